"""Where a request ends, and whom it is for: RFC 9112 §3.2 (Host), §6 (length of a body).

The HTTP parser gives the bytes of a body and then nothing more, whether it came to its end or the
client left in the middle. A part of a document that passes for the whole would be stored as one, so
the end is checked here: against Content-Length, or, where a body comes in chunks, by whether the
client is still there.
"""

import math
import os
import re
import socket
import sys
from http import HTTPStatus
from typing import Any, Final
from wsgiref.types import WSGIEnvironment

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


class Body:
    """The body of a request, without waiting for more than the client said it sends."""

    def __init__(self, environ: WSGIEnvironment) -> None:
        self._environ = environ
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
        """Up to so many bytes. Raises Problem (400) where the body ends before its end."""
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
