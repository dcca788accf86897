"""The SPARQL endpoint, updates and the graph store as WSGI, in front of Flask.

A query costs a third of a millisecond, so what Flask does for a page (contexts, routing, request
and response objects) would be a good part of it. Nothing of that is needed here: the protocol
layer takes a plain request. What a browser gets at the bare address is a page like any other, and
is left to Flask.
"""

import logging
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Final
from urllib.parse import quote
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from steamkg.protocol import delivery, failures
from steamkg.protocol.cache import NAME, Hit, RawKey, ResultCache
from steamkg.protocol.endpoint import Endpoint
from steamkg.protocol.graph_store import GraphStore
from steamkg.protocol.message import Request, Response
from steamkg.protocol.request import wants_editor
from steamkg.protocol.update_endpoint import UpdateEndpoint
from steamkg.web.clients import address
from steamkg.web.framing import HOST, Body, Input, Places, refusal
from steamkg.web.headers import ALWAYS, DATA_POLICY, EXPOSED, OPEN

PATH: Final = "/sparql"
UPDATE_PATH: Final = "/update"
STORE_PATH: Final = "/graph-store"

_log = logging.getLogger(__name__)

_STATUS: Final = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}
_SAFE: Final = [*ALWAYS, DATA_POLICY]
_ALWAYS: Final = [OPEN, EXPOSED, *_SAFE]
_OF_BODY: Final = ("Content-Type", "Content-Length", "Content-Encoding")
_OF_MOMENT: Final = ("Age", "Cache-Status", "Server-Timing")
_LONGEST_REQUEST: Final = 8000
"""Characters of a query string up to which the short way is remembered."""
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
        proxies: int = 0,
        threads: int = 128,
    ) -> None:
        self._application = application
        self._endpoint = endpoint
        self._update = update
        self._store = store
        self._proxies = proxies
        self._places = Places(threads)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        path = environ["PATH_INFO"]
        problem = refusal(environ)
        if problem is not None:
            return self._refused(environ, start_response, problem)
        if path != PATH:
            return self._elsewhere(environ, start_response, path)
        body = self.shortcut(environ, start_response)
        if body is not None:
            return body
        request = self._request(environ, PATH)
        if wants_editor(request):
            return self._application(environ, start_response)
        response = self._respond(request, lambda: self._endpoint.respond(request))
        environ["steamkg.query"] = response.query
        headers = _headers(request, response, _ALWAYS)
        cache = self._endpoint.cache
        if cache is not None and response.status == 200 and request.method == "GET":
            _remember(cache, environ, response, headers)
        return _started(environ, start_response, request, response, headers)

    def shortcut(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> list[bytes] | None:
        """The body of a request that was answered before, as short a way as there is."""
        if environ["PATH_INFO"] != PATH or environ["REQUEST_METHOD"] != "GET":
            return None
        cache = self._endpoint.cache
        if cache is None:
            return None
        hit = cache.short.get(_raw_key(environ))
        if hit is None or cache.version != self._endpoint.version:
            return None
        stored = hit.stored
        cache.use(stored)
        environ["steamkg.query"] = stored.query
        headers = [*hit.headers, ("Age", str(stored.age()))]
        if "HTTP_IF_NONE_MATCH" in environ and delivery.matches(
            environ["HTTP_IF_NONE_MATCH"], hit.tag
        ):
            start_response(_STATUS[304], [one for one in headers if one[0] not in _OF_BODY])
            return []
        start_response("200 OK", headers)
        return [hit.body]

    def _elsewhere(
        self, environ: WSGIEnvironment, start_response: StartResponse, path: str
    ) -> Iterable[bytes]:
        """Any address but that of queries."""
        if path in (PATH + "/", UPDATE_PATH + "/"):
            return self._moved(environ, start_response, path[:-1])
        if path in (UPDATE_PATH, STORE_PATH) or path.startswith(STORE_PATH + "/"):
            return self._other(environ, start_response, path)
        client = address(environ, self._proxies)
        environ["wsgi.input"] = Input(environ["wsgi.input"], self._places, client)
        return self._application(environ, start_response)

    def _other(
        self, environ: WSGIEnvironment, start_response: StartResponse, path: str
    ) -> Iterable[bytes]:
        """Updates, which no page of another site may send, and the graph store."""
        request = self._request(environ, _quoted(path))
        if path == UPDATE_PATH:
            response = self._respond(request, lambda: self._update.respond(request))
        else:
            below = path.removeprefix(STORE_PATH).removeprefix("/")
            response = self._respond(request, lambda: self._store.respond(request, below))
        reads = request.method in ("GET", "HEAD")
        environ["steamkg.query"] = response.query
        headers = _headers(request, response, _ALWAYS if reads else _SAFE)
        return _started(environ, start_response, request, response, headers)

    def _moved(
        self, environ: WSGIEnvironment, start_response: StartResponse, path: str
    ) -> Iterable[bytes]:
        """To the address without a slash, with method and body as they were (RFC 9110 §15.4.9)."""
        query = environ.get("QUERY_STRING")
        there = f"{path}?{query}" if query else path
        request = self._request(environ, path)
        response = Response(
            status=308,
            content_type="text/plain; charset=utf-8",
            body=f"The address is {path}, without a slash at its end.\n".encode(),
            headers=(("Location", there),),
        )
        headers = _headers(request, response, _ALWAYS)
        return _started(environ, start_response, request, response, headers)

    def _refused(
        self, environ: WSGIEnvironment, start_response: StartResponse, problem: failures.Problem
    ) -> Iterable[bytes]:
        """What cannot be told from another request is answered as the last of its connection."""
        request = self._request(environ, "/")
        response = failures.response(problem, request.accept)
        headers = [*_headers(request, response, _SAFE), ("Cache-Control", "no-store")]
        if ("Connection", "close") not in headers:
            headers.append(("Connection", "close"))
        return _started(environ, start_response, request, response, headers)

    def _request(self, environ: WSGIEnvironment, path: str) -> Request:
        length = environ.get("CONTENT_LENGTH")
        client = address(environ, self._proxies)
        return Request(
            method=environ["REQUEST_METHOD"],
            url=_url(environ, path),
            query_string=environ.get("QUERY_STRING", ""),
            accept=environ.get("HTTP_ACCEPT"),
            content_type=environ.get("CONTENT_TYPE"),
            content_encoding=environ.get("HTTP_CONTENT_ENCODING"),
            content_length=int(length) if length and length.isdecimal() else None,
            read=Body(environ, self._places, client),
            accept_encoding=environ.get("HTTP_ACCEPT_ENCODING"),
            if_match=environ.get("HTTP_IF_MATCH"),
            if_none_match=environ.get("HTTP_IF_NONE_MATCH"),
            client=client,
            authorization=environ.get("HTTP_AUTHORIZATION"),
            host=environ.get("HTTP_HOST"),
            origin=environ.get("HTTP_ORIGIN"),
        )

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


def _raw_key(environ: WSGIEnvironment) -> RawKey:
    return (
        environ["QUERY_STRING"],
        environ.get("HTTP_HOST"),
        environ.get("HTTP_ACCEPT"),
        environ.get("HTTP_ACCEPT_ENCODING"),
    )


def _remember(
    cache: ResultCache,
    environ: WSGIEnvironment,
    response: Response,
    headers: list[tuple[str, str]],
) -> None:
    """Have the next request of the same letters answered by ``shortcut``."""
    tag = next((value for name, value in headers if name == "ETag"), None)
    if response.stored is None or tag is None or len(environ["QUERY_STRING"]) > _LONGEST_REQUEST:
        return
    kept = [header for header in headers if header[0] not in _OF_MOMENT]
    kept.append(("Cache-Status", f"{NAME}; hit"))
    cache.remember(_raw_key(environ), Hit(response.stored, kept, response.body, tag))


def _headers(
    request: Request, response: Response, always: list[tuple[str, str]]
) -> list[tuple[str, str]]:
    headers = [*always, *response.headers]
    if response.content_type:
        headers.append(("Content-Type", response.content_type))
        headers.append(("Content-Length", str(len(response.body))))
    if isinstance(request.read, Body) and not request.read.is_over:
        # Behind a body that is not read to its end the connection cannot go on.
        headers.append(("Connection", "close"))
    return headers


def _started(
    environ: WSGIEnvironment,
    start_response: StartResponse,
    request: Request,
    response: Response,
    headers: list[tuple[str, str]],
) -> Iterable[bytes]:
    environ["steamkg.problem"] = response.code
    start_response(_STATUS[response.status], headers)
    return [] if request.method == "HEAD" else [response.body]


def _quoted(path: str) -> str:
    """PATH_INFO, which PEP 3333 gives as the bytes of the decoded path, percent-encoded again."""
    return quote(path.encode("latin-1", "replace"), safe=_PATH_CHARACTERS)


def _url(environ: WSGIEnvironment, path: str) -> str:
    """The address of a path here; a Host that is none falls back to the server's own name."""
    host = environ.get("HTTP_HOST", "")
    if not HOST.fullmatch(host):
        host = f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}"
    return f"{environ['wsgi.url_scheme']}://{host}{environ.get('SCRIPT_NAME', '')}{path}"
