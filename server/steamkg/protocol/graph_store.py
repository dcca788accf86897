"""SPARQL 1.1 Graph Store HTTP Protocol: graphs read and written whole.

A graph is named by ``?graph=IRI`` or ``?default`` (indirect, §4.2) or by the address itself, below
the graph store (direct, §4.1). Formats are those of the one table, for reading and for writing.
"""

import re
import uuid
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from steamkg.engine.change import Change, Kind
from steamkg.engine.failures import UnknownGraph
from steamkg.engine.pool import Pool
from steamkg.engine.question import Question
from steamkg.protocol import formats
from steamkg.protocol.endpoint import Engine, allowed, told
from steamkg.protocol.failures import Problem, unsupported_media_type, wrong_method
from steamkg.protocol.message import Request, Response
from steamkg.protocol.permission import Permission
from steamkg.protocol.request import (
    bad_request,
    body_type,
    description_format,
    fields_of,
    read_body,
)
from steamkg.protocol.update_endpoint import Bounds

READING: Final = ("GET", "HEAD", "OPTIONS")
WRITING: Final = ("GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS")

_ABSOLUTE: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|^`\\]*")
_EVERYTHING: Final = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"
_KINDS: Final[dict[str, Kind]] = {"PUT": "put", "POST": "post", "DELETE": "delete"}
MEDIA_TYPES: Final = {
    media_type: one.media_type
    for one in formats.CHOICES
    if one.kind is formats.Kind.TRIPLES
    # application/json and the like would be a guess.
    for media_type in (one.media_type, *(a for a in one.aliases if "x-" in a))
}


@dataclass(frozen=True)
class _Graph:
    """The graph that a request is about; ``iri`` None is the default graph."""

    iri: str | None
    made_here: bool = False


class GraphStore:
    """The Graph Store Protocol over a pool; ``url`` of a request starts with its own address.

    Graphs are read through ``engine``, as queries are.
    """

    def __init__(
        self, pool: Pool, *, engine: Engine, permission: Permission, bounds: Bounds
    ) -> None:
        self._pool = pool
        self._engine = engine
        self._permission = permission
        self._bounds = bounds

    @property
    def methods(self) -> tuple[str, ...]:
        """What is allowed here."""
        return READING if self._permission.is_off else WRITING

    def respond(self, request: Request, path: str) -> Response:
        """The response to ``request``, whose address goes on with ``path`` below the store's own.

        Never raises for what a client or the engine did.
        """
        return told(lambda: self._answer(request, path), request, smallest=self._bounds.coded_bytes)

    def _answer(self, request: Request, path: str) -> Response:
        if request.method == "OPTIONS":
            return allowed(self.methods)
        if request.method in ("GET", "HEAD"):
            return self._read(request, _graph(request, path))
        if request.method not in _KINDS:
            raise wrong_method(request.method, self.methods)
        self._permission.require(request)
        return self._write(request, _graph(request, path))

    def _read(self, request: Request, graph: _Graph) -> Response:
        if graph.iri is not None and graph.iri not in self._graphs():
            raise _no_graph(graph.iri)
        offer = description_format(request)
        try:
            answer = self._engine.ask(
                Question(
                    text=_EVERYTHING,
                    default_graphs=() if graph.iri is None else (graph.iri,),
                    solutions=None,
                    triples=offer.format.media_type,
                ),
                client=request.client,
            )
        except UnknownGraph as failure:  # dropped since
            raise _no_graph(str(graph.iri)) from failure
        # RFC 9110 §8.7: a graph named here has an address of its own.
        here = (("Content-Location", str(graph.iri)),) if graph.made_here else ()
        return Response(
            status=200,
            content_type=offer.content_type,
            body=answer.body,
            headers=(("Vary", "Accept"), *here),
        )

    def _write(self, request: Request, graph: _Graph) -> Response:
        body, media_type = b"", ""
        if request.method != "DELETE":
            named = body_type(request)
            media_type = MEDIA_TYPES.get(named, "")
            if not media_type:
                raise unsupported_media_type("a graph", tuple(MEDIA_TYPES), named)
            body = read_body(request, self._bounds.write_bytes)
        change = Change(
            kind=_KINDS[request.method],
            body=body,
            base=graph.iri or request.url,
            graph=graph.iri,
            media_type=media_type,
            quads_limit=self._bounds.dataset_quads,
        )
        try:
            outcome = self._pool.write(change)
        except UnknownGraph as failure:
            raise _no_graph(str(graph.iri)) from failure
        made = outcome.made and change.kind != "delete"
        location = (("Location", str(graph.iri)),) if made and graph.made_here else ()
        return Response(
            status=201 if made else 204,
            content_type="",
            body=b"",
            headers=(*location, ("Server-Timing", f"write;dur={outcome.seconds * 1000:.3f}")),
        )

    def _graphs(self) -> set[str]:
        return set(self._pool.manifest["graphs"])


def _graph(request: Request, path: str) -> _Graph:
    fields = fields_of(request.query_string)
    unknown = [name for name, _ in fields if name not in ("graph", "default")]
    if unknown:
        raise bad_request("unknown-parameter", f"'{unknown[0]}' is no parameter of a graph store")
    if path:
        if fields:
            raise bad_request(
                "two-graphs", "the address names a graph already; leave out the parameters"
            )
        return _Graph(request.url, made_here=True)
    if len(fields) > 1:
        raise bad_request("two-graphs", "name one graph: either ?default or one ?graph=IRI")
    if not fields:
        if request.method == "POST":  # §5.5: the store makes up a name
            return _Graph(f"{request.url.rstrip('/')}/{uuid.uuid4()}", made_here=True)
        raise bad_request("no-graph", "name a graph: ?default or ?graph=IRI")
    name, value = fields[0]
    if name == "default":
        if value:
            raise bad_request("default-with-value", "'default' takes no value")
        return _Graph(None)
    if not _ABSOLUTE.fullmatch(value):
        raise bad_request("relative-graph", f"'graph' must be an absolute IRI, not {value!r}")
    return _Graph(value, made_here=value.startswith(request.url))


def _no_graph(iri: str) -> Problem:
    return Problem(
        status=HTTPStatus.NOT_FOUND,
        code="no-such-graph",
        reason=f"there is no graph <{iri}> here",
        members={"graph": iri},
    )
