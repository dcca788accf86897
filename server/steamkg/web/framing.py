"""Where a request ends, and whom it is for: RFC 9112 §3.2 (Host), §6 (length of a body).

The HTTP parser gives the bytes of a body and then nothing more, whether it came to its end or the
client left in the middle. A part of a document that passes for the whole would be stored as one, so
the end is checked here: against Content-Length, or, where a body comes in chunks, by whether the
client is still there.

Nor does it give up on a client that sends a byte now and then, and each of these has a thread. So
only some threads read bodies at the same time, and few for one client; the rest answer.
"""

import math
import os
import re
import socket
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any, Final
from wsgiref.types import WSGIEnvironment

from werkzeug.exceptions import ServiceUnavailable

from steamkg.protocol.failures import Problem, bad_request

HOST: Final = re.compile(r"(?:[A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
"""A Host that may stand in an IRI."""

_BODILESS: Final = ("GET", "HEAD", "OPTIONS", "DELETE")
"""Methods whose body, were there one without a length, would mean nothing (RFC 9110 §9.3)."""
_CLOSE_WAIT: Final = 8
"""The state of a connection whose other end sends no more (tcp_states.h of Linux)."""


def refusal(environ: WSGIEnvironment) -> Problem | None:
    """Why a request cannot be told from another, if it cannot."""
    host = environ.get("HTTP_HOST", "")
    # Several Host lines arrive joined by commas, and are none.
    if not HOST.fullmatch(host) and (host or environ.get("SERVER_PROTOCOL") == "HTTP/1.1"):
        return bad_request("bad-host", "a request names one host, as in 'Host: example.org'")
    coding = environ.get("HTTP_TRANSFER_ENCODING")
    if coding is None or coding.strip().casefold() == "chunked":
        return None
    return Problem(
        status=HTTPStatus.NOT_IMPLEMENTED,
        code="unsupported-transfer-coding",
        reason="send the body with a Content-Length or in the transfer coding 'chunked' alone; "
        "compress it with Content-Encoding",
    )


class Places:
    """For bodies that are being read: three quarters of ``threads``, a quarter for one client."""

    def __init__(self, threads: int) -> None:
        self._most = max(threads * 3 // 4, 1)
        self._most_each = max(threads // 4, 1)
        self._taken: Counter[str] = Counter()
        self._lock = threading.Lock()

    @contextmanager
    def taken(self, client: str) -> Iterator[None]:
        """Hold a place for ``client``. Raises Problem (503)."""
        with self._lock:
            if self._taken[client] >= self._most_each or self._taken.total() >= self._most:
                raise Problem(
                    status=HTTPStatus.SERVICE_UNAVAILABLE,
                    code="overloaded",
                    reason="too many bodies of requests are on their way; try again when yours "
                    "have been sent",
                    headers=(("Retry-After", "1"),),
                )
            self._taken[client] += 1
        try:
            yield
        finally:
            with self._lock:
                self._taken[client] -= 1
                if not self._taken[client]:
                    del self._taken[client]


class Input:
    """``wsgi.input`` for pages, which read forms by themselves; in a place, too."""

    def __init__(self, stream: Any, places: Places, client: str) -> None:
        self._stream = stream
        self._places = places
        self._client = client
        self._is_refused = False

    def read(self, size: int = -1) -> bytes:
        """Up to so many bytes. Raises ServiceUnavailable; the page that tells it finds nothing."""
        if self._is_refused:
            return b""
        try:
            with self._places.taken(self._client):
                return bytes(self._stream.read(*([size] if size >= 0 else [])))
        except Problem as problem:
            self._is_refused = True
            raise ServiceUnavailable(problem.reason, retry_after=1) from problem

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class Body:
    """The body of a request, without waiting for more than the client said it sends."""

    def __init__(self, environ: WSGIEnvironment, places: Places, client: str) -> None:
        self._environ = environ
        self._places = places
        self._client = client
        self._stream: Any = environ["wsgi.input"]
        length = environ.get("CONTENT_LENGTH")
        self._left: float = 0
        if length and length.isdecimal():
            self._left = int(length)
        elif environ.get("wsgi.input_terminated") and environ["REQUEST_METHOD"] not in _BODILESS:
            self._left = math.inf  # PEP 3333: without either there is nothing that may be read

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to be read."""
        return self._left <= 0

    def __call__(self, most: int) -> bytes:
        """Up to so many bytes. Raises Problem: 400 where it ends before its end, 503."""
        if self.is_over:
            return b""
        with self._places.taken(self._client):
            return self._read(most)

    def _read(self, most: int) -> bytes:
        parts = []
        while most > 0 and self._left > 0:
            part = bytes(self._stream.read(int(min(most, self._left))))
            if not part:
                self._require_end()
                self._left = 0
            most -= len(part)
            self._left -= len(part)
            parts.append(part)
        return b"".join(parts)

    def _require_end(self) -> None:
        if math.isfinite(self._left):
            raise bad_request(
                "body-incomplete",
                f"the body ended {int(self._left):,} bytes before its Content-Length; nothing of "
                "it was used, send it again",
            )
        environ = self._environ
        if has_left(environ.get("REMOTE_ADDR", ""), int(environ.get("SERVER_PORT") or 0)):
            raise bad_request(
                "body-incomplete",
                "the connection was closed while the body came in chunks; nothing of it was used, "
                "send it again, best with a Content-Length",
            )


def has_left(peer: str, port: int) -> bool:
    """Whether a client at ``peer`` has closed a connection to ``port`` that is still open here.

    It may be another connection of the same address: then a write is refused that could have been
    made, which its client sees. Linux only; elsewhere nobody has left.
    """
    if sys.platform != "linux":
        return False
    for name in os.listdir("/proc/self/fd"):
        try:
            copy = os.dup(int(name))
        except OSError:
            continue  # closed since it was listed
        try:
            one = socket.socket(fileno=copy)
        except OSError:
            os.close(copy)
            continue  # no socket
        with one:
            if _is_left(one, peer, port):
                return True
    return False


def _is_left(one: socket.socket, peer: str, port: int) -> bool:
    if one.family not in (socket.AF_INET, socket.AF_INET6) or one.type != socket.SOCK_STREAM:
        return False
    try:
        if one.getsockname()[1] != port or one.getpeername()[0] != peer:
            return False
        state = one.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0]
    except OSError:
        return False  # it listens, or has been reset
    return state == _CLOSE_WAIT
