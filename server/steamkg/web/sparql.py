"""The SPARQL endpoint as WSGI, in front of Flask.

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
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from steamkg.protocol.endpoint import Endpoint
from steamkg.protocol.message import Request, Response
from steamkg.protocol.request import wants_editor

PATH: Final = "/sparql"

_log = logging.getLogger(__name__)

_HOST: Final = re.compile(r"(?:[A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
_STATUS: Final = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}
_ALWAYS: Final = [
    # Public data that nobody has to log in for: any page may ask.
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Expose-Headers", "Retry-After, Server-Timing"),
    ("X-Content-Type-Options", "nosniff"),
    # A result opened in a browser is data, whatever a value in it looks like.
    ("Content-Security-Policy", "default-src 'none'; sandbox"),
]


class SparqlFront:
    """A WSGI application that answers ``/sparql`` itself and leaves the rest to ``application``."""

    def __init__(self, application: WSGIApplication, endpoint: Endpoint) -> None:
        self._application = application
        self._endpoint = endpoint

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        if environ["PATH_INFO"] != PATH:
            return self._application(environ, start_response)
        request = _request(environ)
        if wants_editor(request):
            return self._application(environ, start_response)
        response = self._respond(request)
        headers = [*_ALWAYS, *response.headers]
        if response.content_type:
            headers.append(("Content-Type", response.content_type))
            headers.append(("Content-Length", str(len(response.body))))
        start_response(_STATUS[response.status], headers)
        return [] if request.method == "HEAD" else [response.body]

    def _respond(self, request: Request) -> Response:
        try:
            return self._endpoint.respond(request)
        except Exception:  # noqa: BLE001  # logged; the server goes on
            _log.exception("a fault while answering %s %s", request.method, request.url)
            return Response(
                status=500,
                content_type="text/plain; charset=utf-8",
                body=b"Internal Server Error: a fault of this server; it has been logged\n",
            )


def _request(environ: WSGIEnvironment) -> Request:
    length = environ.get("CONTENT_LENGTH")
    return Request(
        method=environ["REQUEST_METHOD"],
        url=_url(environ),
        query_string=environ.get("QUERY_STRING", ""),
        accept=environ.get("HTTP_ACCEPT"),
        content_type=environ.get("CONTENT_TYPE"),
        content_encoding=environ.get("HTTP_CONTENT_ENCODING"),
        content_length=int(length) if length and length.isdecimal() else None,
        read=_reader(environ),
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


def _url(environ: WSGIEnvironment) -> str:
    """The endpoint's address; a Host that is none falls back to the server's own name."""
    host = environ.get("HTTP_HOST", "")
    if not _HOST.fullmatch(host):
        host = f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}"
    return f"{environ['wsgi.url_scheme']}://{host}{environ.get('SCRIPT_NAME', '')}{PATH}"
