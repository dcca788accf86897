"""SPARQL 1.1 Protocol §2.2: the update operation, by POST of a form or of the update itself."""

from dataclasses import dataclass, replace
from typing import Final, Protocol

from steamkg.engine.change import Change, Outcome
from steamkg.engine.running import hash_of
from steamkg.protocol.body import body_type, decoded, read_body
from steamkg.protocol.endpoint import allowed, told
from steamkg.protocol.failures import (
    Problem,
    bad_request,
    unsupported_media_type,
    wrong_method,
)
from steamkg.protocol.message import Request, Response
from steamkg.protocol.permission import Permission
from steamkg.protocol.request import FORM, UPDATE, fields_of, values_of

METHODS: Final = ("POST", "OPTIONS")
_TAKEN: Final = ("Accept-Post", ", ".join((UPDATE, FORM)))
_PARAMETERS: Final = ("using-graph-uri", "using-named-graph-uri")


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """The largest body of a write in bytes, and the most quads that a dataset may have.

    Bodies of responses under ``coded_bytes`` are sent as they are.
    """

    write_bytes: int = 50_000_000
    dataset_quads: int = 10_000_000
    coded_bytes: int = 1000


class Writer(Protocol):
    """What makes changes: the pool, or something in front of it."""

    def write(self, change: Change, *, client: str = "") -> Outcome:
        """Make a change, wholly or not at all. Raises one of ``engine.failures``."""
        ...


class UpdateEndpoint:
    """Updates over a pool."""

    def __init__(self, writer: Writer, *, permission: Permission, bounds: Bounds) -> None:
        self._writer = writer
        self._permission = permission
        self._bounds = bounds

    def respond(self, request: Request) -> Response:
        """The response to ``request``; never raises for what a client or the engine did."""
        query = ""

        def answer() -> Response:
            nonlocal query
            if request.method == "OPTIONS":
                return allowed(METHODS, *([] if self._permission.is_off else [_TAKEN]))
            if request.method != "POST":
                raise wrong_method(request.method, METHODS)
            self._permission.require(request)
            change = self._change(request)
            query = hash_of(change.text)
            return self._made(change, request.client)

        response = told(answer, request, smallest=self._bounds.coded_bytes)
        return replace(response, query=query)

    def _made(self, change: Change, client: str) -> Response:
        outcome = self._writer.write(change, client=client)
        return Response(
            status=204,
            content_type="",
            body=b"",
            headers=(("Server-Timing", f"update;dur={outcome.seconds * 1000:.3f}"),),
        )

    def _change(self, request: Request) -> Change:
        fields = fields_of(request.query_string)
        media_type = body_type(request)
        if media_type not in (FORM, UPDATE):
            raise unsupported_media_type("an update", (UPDATE, FORM), media_type)
        body = read_body(request, self._bounds.write_bytes)
        text = decoded(body)
        if media_type == UPDATE:
            if values_of(fields, "update") or values_of(fields, "query"):
                raise _stray("'update' and 'query'")
        else:
            # §2.2.2: by form, all parameters are in the body, and none in the address.
            if fields:
                raise _stray("parameters")
            fields = fields_of(text)
            if values_of(fields, "query"):
                raise bad_request("query", "a query goes to /sparql; this address takes updates")
            updates = values_of(fields, "update")
            if len(updates) != 1:
                found = "more than once" if updates else "not at all"
                raise bad_request("no-update", f"the parameter 'update' is given {found}")
            body = updates[0].encode()
        graphs = [tuple(values_of(fields, name)) for name in _PARAMETERS]
        return Change(
            kind="update",
            body=body,
            base=request.url,
            default_graphs=graphs[0],
            named_graphs=graphs[1],
            quads_limit=self._bounds.dataset_quads,
        )


def _stray(what: str) -> Problem:
    return bad_request(
        "stray-parameters", f"with this media type {what} must not stand in the address"
    )
