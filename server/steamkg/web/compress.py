"""Content codings for pages and files: what Flask answers, coded as the client takes it.

The endpoint codes its own answers and keeps them coded (``protocol/delivery.py``).
"""

from collections.abc import Callable, Iterable
from typing import Any, Final
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from steamkg.protocol import codings

_CODED: Final = (
    "text/",
    "application/json",
    "application/ld+json",
    "application/n-",
    "application/problem+json",
    "application/rdf+xml",
    "application/sparql-results",
    "application/trig",
    "application/xml",
    "image/svg+xml",
)


class Compressed:
    """A WSGI application that codes what ``application`` answers, if it is text of some size."""

    def __init__(self, application: WSGIApplication, *, smallest: int) -> None:
        self._application = application
        self._smallest = smallest

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        accept = environ.get("HTTP_ACCEPT_ENCODING")
        told: list[tuple[str, list[tuple[str, str]], tuple[Any, ...]]] = []

        def hold(status: str, headers: list[tuple[str, str]], *more: Any) -> Callable[..., Any]:
            told.append((status, headers, more))
            return lambda _: None

        chunks = self._application(environ, hold)
        try:
            body = b"".join(chunks)
        finally:
            close = getattr(chunks, "close", None)
            if close is not None:
                close()
        status, headers, more = told[-1]
        coding = self._coding(status, headers, body, accept)
        if coding is not None:
            headers = _with(headers, "Vary", "Accept-Encoding")
        if coding in (None, codings.IDENTITY):
            start_response(status, headers, *more)
            return [body]
        coded = codings.encode(body, str(coding))
        kept = [
            (name, _weak(value) if name.casefold() == "etag" else value)
            for name, value in headers
            if name.casefold() != "content-length"
        ]
        kept += [("Content-Encoding", str(coding)), ("Content-Length", str(len(coded)))]
        start_response(status, kept, *more)
        return [coded]

    def _coding(
        self, status: str, headers: list[tuple[str, str]], body: bytes, accept: str | None
    ) -> str | None:
        """The coding; None where there is no choice of one."""
        found = {name.casefold(): value for name, value in headers}
        kind = found.get("content-type", "")
        if not body or "content-encoding" in found or not kind.startswith(_CODED):
            return None
        if status.startswith(("206", "304")):
            return None
        # A page in a coding that was refused still says more than an error page in one.
        return codings.choose(accept, is_small=len(body) < self._smallest) or codings.IDENTITY


def _with(headers: list[tuple[str, str]], name: str, value: str) -> list[tuple[str, str]]:
    """The headers with ``value`` in the list that ``name`` holds."""
    before = [one for key, one in headers if key.casefold() == name.casefold()]
    others = [header for header in headers if header[0].casefold() != name.casefold()]
    return [*others, (name, ", ".join([*before, value]))]


def _weak(tag: str) -> str:
    """The same tag, no longer for these very bytes (RFC 9110 §8.8.1)."""
    return tag if tag.startswith("W/") else "W/" + tag
