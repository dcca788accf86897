"""A small HTTP client on plain sockets, so that what is timed is the server, not the client."""

import multiprocessing
import socket
import statistics
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self
from urllib.parse import quote

RECEIVE = 1 << 16
ROUNDS = 8
"""Every server has its turn in each, so that whatever else the machine does meets them all."""


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
class Target:
    """A request to a server: the port and the path, with its query string."""

    port: int
    path: str
    accept: str

    def connect(self) -> Connection:
        """A connection of its own for it."""
        return Connection(self.port, self.path, self.accept)


def path_of(query: str, endpoint: str) -> str:
    """The request target of a query."""
    return f"{endpoint}?query={quote(query, safe='')}"


def latencies(targets: Mapping[str, Target], *, seconds: float) -> dict[str, list[float]]:
    """For each target its p50 in each round, in milliseconds, over one connection."""
    found: dict[str, list[float]] = {name: [] for name in targets}
    connections = {name: target.connect() for name, target in targets.items()}
    try:
        for name, connection in connections.items():
            status, body = connection.get()
            if status != 200:
                raise RuntimeError(f"{name}: status {status}: {body[:300]!r}")
        for _ in range(ROUNDS):
            for name, connection in connections.items():
                found[name].append(statistics.median(times(connection, seconds / ROUNDS)) * 1000)
    finally:
        for connection in connections.values():
            connection.socket.close()
    return found


def times(connection: Connection, seconds: float) -> list[float]:
    """How long each answer takes, in seconds, one after the other; one at least."""
    found = []
    end = time.perf_counter() + seconds
    while not found or time.perf_counter() < end:
        start = time.perf_counter()
        connection.get()
        found.append(time.perf_counter() - start)
    return found


def rates(
    targets: Mapping[str, Target], *, seconds: float, connections: int = 8
) -> dict[str, list[float]]:
    """For each target its requests a second in each round, over so many connections."""
    found: dict[str, list[float]] = {name: [] for name in targets}
    with multiprocessing.get_context("fork").Pool(connections) as pool:
        for _ in range(ROUNDS):
            for name, target in targets.items():
                counts = pool.starmap(_rate, [(target, seconds / ROUNDS)] * connections)
                found[name].append(sum(counts))
    return found


def ratio(one: list[float], other: list[float]) -> float:
    """The middle one of the ratios of the rounds."""
    return statistics.median(a / b for a, b in zip(one, other, strict=True))


def _rate(target: Target, seconds: float) -> float:
    with target.connect() as connection:
        connection.get()
        found = times(connection, seconds)
    return len(found) / sum(found)
