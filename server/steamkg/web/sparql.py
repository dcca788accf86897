"""The SPARQL endpoint, updates and the graph store as WSGI, in front of Flask.

A query costs a third of a millisecond, so what Flask does for a page (contexts, routing, request
and response objects) would be a good part of it. Nothing of that is needed here: the protocol
layer takes a plain request. What a browser gets at the bare address is a page like any other, and
is left to Flask.
"""

import logging
import re
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from steamkg.protocol.endpoint import Endpoint
from steamkg.protocol.graph_store import GraphStore
from steamkg.protocol.message import Request, Response
from steamkg.protocol.request import wants_editor
from steamkg.protocol.update_endpoint import UpdateEndpoint

PATH: Final = "/sparql"
UPDATE_PATH: Final = "/update"
STORE_PATH: Final = "/graph-store"

_log = logging.getLogger(__name__)

_HOST: Final = re.compile(r"(?:[A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
_STATUS: Final = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}
_OPEN: Final = [
    # Public data that nobody has to log in for: any page may ask.
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Expose-Headers", "Retry-After, Server-Timing"),
]
_SAFE: Final = [
    ("X-Content-Type-Options", "nosniff"),
    # A result opened in a browser is data, whatever a value in it looks like.
    ("Content-Security-Policy", "default-src 'none'; sandbox"),
]
_UNREAD: Final = frozenset((401, 403, 405, 413, 415))
"""Said without reading the body, behind which the connection cannot go on; so clients are told."""
_ALWAYS: Final = [*_OPEN, *_SAFE]
# A path as it may stand in an IRI (RFC 3987 allows more; clients percent-encode).
_PATH_CHARACTERS: Final = "/-._~!$&'()*+,;=:@"


class SparqlFront:
    """A WSGI application that answers SPARQL itself and leaves the rest to ``application``."""

    def __init__(
        self,
        application: WSGIApplication,
        endpoint: Endpoint,
        *,
        update: UpdateEndpoint,
        store: GraphStore,
    ) -> None:
        self._application = application
        self._endpoint = endpoint
        self._update = update
        self._store = store

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        path = environ["PATH_INFO"]
        if path != PATH:
            if path in (UPDATE_PATH, STORE_PATH) or path.startswith(STORE_PATH + "/"):
                return self._other(environ, start_response, path)
            return self._application(environ, start_response)
        request = _request(environ, PATH)
        if wants_editor(request):
            return self._application(environ, start_response)
        response = self._respond(request, lambda: self._endpoint.respond(request))
        return _started(start_response, request, response, _ALWAYS)

    def _other(
        self, environ: WSGIEnvironment, start_response: StartResponse, path: str
    ) -> Iterable[bytes]:
        """Updates, which no page of another site may send, and the graph store."""
        request = _request(environ, _quoted(path))
        if path == UPDATE_PATH:
            response = self._respond(request, lambda: self._update.respond(request))
        else:
            below = path.removeprefix(STORE_PATH).removeprefix("/")
            response = self._respond(request, lambda: self._store.respond(request, below))
        reads = request.method in ("GET", "HEAD")
        return _started(start_response, request, response, _ALWAYS if reads else _SAFE)

    def _respond(self, request: Request, answer: Callable[[], Response]) -> Response:
        try:
            return answer()
        except Exception:  # noqa: BLE001  # logged; the server goes on
            _log.exception("a fault while answering %s %s", request.method, request.url)
            return Response(
                status=500,
                content_type="text/plain; charset=utf-8",
                body=b"Internal Server Error: a fault of this server; it has been logged\n",
            )


def _started(
    start_response: StartResponse,
    request: Request,
    response: Response,
    always: list[tuple[str, str]],
) -> Iterable[bytes]:
    headers = [*always, *response.headers]
    if response.content_type:
        headers.append(("Content-Type", response.content_type))
        headers.append(("Content-Length", str(len(response.body))))
    if response.status in _UNREAD and request.method not in ("GET", "HEAD"):
        headers.append(("Connection", "close"))
    start_response(_STATUS[response.status], headers)
    return [] if request.method == "HEAD" else [response.body]


def _request(environ: WSGIEnvironment, path: str) -> Request:
    length = environ.get("CONTENT_LENGTH")
    return Request(
        method=environ["REQUEST_METHOD"],
        url=_url(environ, path),
        query_string=environ.get("QUERY_STRING", ""),
        accept=environ.get("HTTP_ACCEPT"),
        content_type=environ.get("CONTENT_TYPE"),
        content_encoding=environ.get("HTTP_CONTENT_ENCODING"),
        content_length=int(length) if length and length.isdecimal() else None,
        read=_reader(environ),
        authorization=environ.get("HTTP_AUTHORIZATION"),
        host=environ.get("HTTP_HOST"),
        origin=environ.get("HTTP_ORIGIN"),
    )


def _reader(environ: WSGIEnvironment) -> Callable[[int], bytes]:
    """The body, without waiting for more than the client said it sends."""
    stream: Any = environ["wsgi.input"]
    length = environ.get("CONTENT_LENGTH")

    def read(most: int) -> bytes:
        if length and length.isdecimal():
            most = min(most, int(length))
        elif not environ.get("wsgi.input_terminated"):
            return b""  # PEP 3333: without a length there is nothing that may be read
        parts = []
        while most > 0 and (part := bytes(stream.read(most))):
            parts.append(part)
            most -= len(part)
        return b"".join(parts)

    return read


def _quoted(path: str) -> str:
    """PATH_INFO, which PEP 3333 gives as the bytes of the decoded path, percent-encoded again."""
    return quote(path.encode("latin-1", "replace"), safe=_PATH_CHARACTERS)


def _url(environ: WSGIEnvironment, path: str) -> str:
    """The address of a path here; a Host that is none falls back to the server's own name."""
    host = environ.get("HTTP_HOST", "")
    if not _HOST.fullmatch(host):
        host = f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}"
    return f"{environ['wsgi.url_scheme']}://{host}{environ.get('SCRIPT_NAME', '')}{path}"
