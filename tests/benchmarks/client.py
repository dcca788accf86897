"""A small HTTP client on plain sockets, so that what is timed is the server, not the client."""

import multiprocessing
import socket
import statistics
import time
from dataclasses import dataclass
from typing import Self
from urllib.parse import quote

RECEIVE = 1 << 16


class Connection:
    """One kept-alive connection that sends the same GET again and again."""

    def __init__(self, port: int, path: str, accept: str) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.request = (
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: {accept}\r\n\r\n"
        ).encode()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def get(self) -> tuple[int, bytes]:
        """Send the request; return status and body, still chunked where the server chunks."""
        self.socket.sendall(self.request)
        received = b""
        while b"\r\n\r\n" not in received:
            received += self._more()
        head, _, body = received.partition(b"\r\n\r\n")
        fields = head.lower()
        if b"transfer-encoding: chunked" in fields:
            while not body.endswith(b"0\r\n\r\n"):
                body += self._more()
        else:
            length = int(fields.partition(b"content-length:")[2].split(b"\r\n")[0])
            while len(body) < length:
                body += self._more()
        return int(head.split(b" ", 2)[1]), body

    def _more(self) -> bytes:
        more = self.socket.recv(RECEIVE)
        if not more:
            raise ConnectionError("the server closed the connection in the middle of an answer")
        return more


@dataclass(frozen=True)
class Figures:
    """p50 in milliseconds over one connection, and requests a second over eight."""

    p50: float
    rate: float


def path_of(query: str, endpoint: str) -> str:
    """The request target of a query."""
    return f"{endpoint}?query={quote(query, safe='')}"


def measure(port: int, path: str, accept: str, *, seconds: float, connections: int = 8) -> Figures:
    """Time one request on one server."""
    with Connection(port, path, accept) as connection:
        status, body = connection.get()
        if status != 200:
            raise RuntimeError(f"status {status}: {body[:300]!r}")
        times = []
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            start = time.perf_counter()
            connection.get()
            times.append(time.perf_counter() - start)
    with multiprocessing.get_context("fork").Pool(connections) as pool:
        counts = pool.starmap(_count, [(port, path, accept, seconds)] * connections)
    return Figures(p50=statistics.median(times) * 1000, rate=sum(counts) / seconds)


def _count(port: int, path: str, accept: str, seconds: float) -> int:
    done = 0
    with Connection(port, path, accept) as connection:
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            connection.get()
            done += 1
    return done
