"""SPARQL 1.1 Graph Store HTTP Protocol: graphs read, written whole, and patched.

A graph is named by ``?graph=IRI`` or ``?default`` (indirect, §4.2) or by the address itself, below
the graph store (direct, §4.1). Formats are those of the one table, for reading and for writing;
a patch (§5.7) is a SPARQL update that writes to nothing else.

An entity tag starts with the version of its graph, so that a write may be made on the condition
that the graph is still what was read (RFC 9110 §13.1), whatever format that was in.
"""

import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from steamkg.engine.change import ANY, Change, Kind
from steamkg.engine.failures import BadContent, UnknownGraph
from steamkg.engine.pool import Pool
from steamkg.engine.question import Question
from steamkg.protocol import formats, multipart
from steamkg.protocol.body import body_type, decoded, read_body, type_of
from steamkg.protocol.cache import Stored
from steamkg.protocol.endpoint import Engine, allowed, told
from steamkg.protocol.failures import (
    Problem,
    bad_request,
    unsupported_media_type,
    wrong_method,
)
from steamkg.protocol.message import Request, Response
from steamkg.protocol.multipart import Part
from steamkg.protocol.permission import Permission
from steamkg.protocol.request import UPDATE, description_format, fields_of
from steamkg.protocol.update_endpoint import Bounds, Writer

READING: Final = ("GET", "HEAD", "OPTIONS")
WRITING: Final = ("GET", "HEAD", "PUT", "POST", "PATCH", "DELETE", "OPTIONS")

_ABSOLUTE: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|^`\\]*")
_EVERYTHING: Final = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"
_KINDS: Final[dict[str, Kind]] = {
    "PUT": "put",
    "POST": "post",
    "PATCH": "patch",
    "DELETE": "delete",
}
_UNSAID: Final = "application/rdf+xml"
"""What a body is taken for whose Content-Type is not given (§5)."""
MEDIA_TYPES: Final = {
    media_type: one.media_type
    for one in formats.CHOICES
    if one.kind is formats.Kind.TRIPLES
    # application/json and the like would be a guess.
    for media_type in (one.media_type, *(a for a in one.aliases if "x-" in a))
}


_BY_EXTENSION: Final = {
    one.extension: one.media_type for one in formats.CHOICES if one.kind is formats.Kind.TRIPLES
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
        self, pool: Pool, *, engine: Engine, writer: Writer, permission: Permission, bounds: Bounds
    ) -> None:
        self._pool = pool
        self._engine = engine
        self._writer = writer
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
            return allowed(self.methods, *([] if self._permission.is_off else _TAKEN))
        if request.method in ("GET", "HEAD"):
            return self._read(request, _graph(request, path))
        if request.method not in _KINDS:
            raise wrong_method(request.method, self.methods)
        self._permission.require(request)
        return self._write(request, _graph(request, path))

    def _read(self, request: Request, graph: _Graph) -> Response:
        version = self._version(graph)
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
        self._version(graph)  # of a dataset that is written to, a graph dropped since is empty
        stored = Stored(content_type=offer.content_type, body=answer.body, query="")
        stored.etag = f"{version}.{stored.etag}"
        # RFC 9110 §8.7: a graph named here has an address of its own.
        here = (("Content-Location", str(graph.iri)),) if graph.made_here else ()
        return Response(
            status=200,
            content_type=stored.content_type,
            body=stored.body,
            headers=(("Vary", "Accept"), *here),
            stored=stored,
        )

    def _version(self, graph: _Graph) -> str:
        """The version of a graph. Raises Problem (404)."""
        version = self._pool.version_of(graph.iri)
        if version is None:
            raise _no_graph(str(graph.iri))
        return version

    def _write(self, request: Request, graph: _Graph) -> Response:
        body, parts = self._sent(request)
        if request.method == "POST" and not body:
            # §5.5: nothing to add, and so nothing that could be made.
            return Response(status=204, content_type="", body=b"")
        change = Change(
            kind=_KINDS[request.method],
            body=body,
            base=graph.iri or request.url,
            graph=graph.iri,
            parts=parts,
            quads_limit=self._bounds.dataset_quads,
            if_match=_versions(request.if_match),
            if_none_match=_versions(request.if_none_match),
        )
        try:
            outcome = self._writer.write(change, client=request.client)
        except UnknownGraph as failure:
            raise _no_graph(str(graph.iri)) from failure
        except BadContent as failure:
            if request.content_type:
                raise
            said = "without a Content-Type a body is read as RDF/XML"
            raise BadContent(f"{failure.reason}; {said}") from failure
        made = outcome.made and change.kind != "delete"
        location = (("Location", str(graph.iri)),) if made and graph.made_here else ()
        return Response(
            status=201 if made else 204,
            content_type="",
            body=b"",
            headers=(*location, ("Server-Timing", f"write;dur={outcome.seconds * 1000:.3f}")),
        )

    def _sent(self, request: Request) -> tuple[bytes, tuple[tuple[str, int], ...]]:
        """The body of a write, and for RDF the format and the length of each part of it."""
        if request.method == "DELETE":
            return b"", ()
        most = self._bounds.write_bytes
        named = body_type(request)
        if request.method == "PATCH":
            if named != UPDATE:
                raise unsupported_media_type("a patch", (UPDATE,), named, header="Accept-Patch")
            body = read_body(request, most)
            decoded(body)
            return body, ()
        if named == multipart.MEDIA_TYPE and request.method == "POST":
            found = multipart.parts_of(request.content_type or "", read_body(request, most))
            lengths = tuple((_format_of(part), len(part.body)) for part in found)
            return b"".join(part.body for part in found), lengths
        media_type = MEDIA_TYPES.get(named or _UNSAID)
        if media_type is None:
            raise unsupported_media_type("a graph", tuple(MEDIA_TYPES), named)
        body = read_body(request, most)
        return body, ((media_type, len(body)),)


_TAKEN: Final = (
    ("Accept-Patch", UPDATE),  # RFC 5789 §3.1
    ("Accept-Post", ", ".join((*MEDIA_TYPES, multipart.MEDIA_TYPE))),
)


def _format_of(part: Part) -> str:
    """The format of a part: its media type, or else the ending of its file name (§5.5)."""
    named = type_of(part.content_type)
    media_type = MEDIA_TYPES.get(named)
    if media_type is None and named in ("", "application/octet-stream", "text/plain"):
        media_type = _BY_EXTENSION.get(part.filename.rpartition(".")[2].casefold())
    if media_type is None:
        what = f"the part {part.name or part.filename!r}"
        raise unsupported_media_type(what, tuple(MEDIA_TYPES), named)
    return media_type


def _versions(header: str | None) -> tuple[str, ...]:
    """The versions of a graph that If-Match or If-None-Match names; ANY for the asterisk.

    A tag that never was one of ours, or is weak (RFC 9110 §13.1.1), names a version that never is.
    """
    if header is None:
        return ()
    if header.strip() == ANY:
        return (ANY,)
    tags: Iterable[str] = (tag.strip() for tag in header.split(","))
    return tuple(
        tag[1:].partition(".")[0] if tag.startswith('"') and "." in tag else "" for tag in tags
    )


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
