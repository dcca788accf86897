"""A client that goes away frees its worker. Linux only; elsewhere the deadline does.

WSGI has no word for "the client has gone", and granian, which knows, cannot say it: it closes the
connection, and later throws the answer away. So the connections of this process are looked at: the
kernel tells when each last received and last sent something (``TCP_INFO``, tcp(7)). A connection
with a request pending has received since it last sent. Requests are matched to such connections of
the same address, nearest in time first, and as many as possible; a request for which none is left,
twice in a row, has lost its client, and its query is cancelled. Where connections cannot be told
apart, nothing is cancelled: an error here is a query that runs on to its deadline.
"""

import errno
import ipaddress
import logging
import os
import socket
import stat
import struct
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from steamkg.engine.failures import EngineDown
from steamkg.engine.running import CLIENT_GONE, Register

_log = logging.getLogger(__name__)

_INFO: Final = struct.Struct("@B7x9I3I")
"""The start of ``struct tcp_info``: the state, nine figures, and when what happened last."""
_ESTABLISHED: Final = 1
_COARSE: Final = 6
"""CLOCK_MONOTONIC_COARSE (clock_gettime(2)), which Python has no name for."""
_TICK: Final = 0.02
"""Seconds by which the kernel's times may be off: they come in ticks of up to 10 ms."""
_TIE: Final = 1.0


def ticks() -> float:
    """Seconds, by the clock that the kernel dates a connection's last words with.

    It moves with the timer interrupt and stands still while that is late: 20 ms and more where
    other machines share the processor. Compared with an exact clock, an old answer then looks
    younger than the request after it, and the client of that request as if it had gone.
    """
    return time.clock_gettime(_COARSE)


@dataclass(frozen=True)
class Connection:
    """An open connection: whose, and when (``ticks``) it last received and last sent something."""

    peer: str
    received: float
    sent: float


@dataclass(frozen=True)
class Request:
    """A request being answered: whose, and when (``ticks``) it came and its query began."""

    peer: str
    came: float
    since: float

    def distance(self, connection: Connection) -> float | None:
        """How far in time the connection's last words are from this request; None if not its."""
        if connection.peer != self.peer or connection.sent > self.came + _TICK:
            return None  # it has been answered since
        waits = connection.received - connection.sent
        before = self.came - connection.received
        if waits < 0 or (waits < _TICK and before > _TIE):
            return None  # it was answered, and has been idle
        return max(before, connection.received - self.since, 0.0)


class Departures:
    """A WSGI application that watches the clients of ``application``."""

    def __init__(
        self, application: WSGIApplication, register: Register, *, port: int, seconds: float
    ) -> None:
        self._application = application
        self._register = register
        self._port = port
        self._seconds = seconds
        self._requests: dict[int, tuple[str, float]] = {}
        self._suspects: set[int] = set()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request. A thread answers one at a time."""
        thread = threading.get_ident()
        self._requests[thread] = (environ.get("REMOTE_ADDR", ""), ticks())
        try:
            return self._application(environ, start_response)
        finally:
            del self._requests[thread]

    def start(self) -> None:
        """Watch from now on, in a thread of its own."""
        threading.Thread(target=self._run, name="departures", daemon=True).start()

    def _run(self) -> None:
        ended = threading.Event()
        while not ended.wait(self._seconds):
            try:
                self.look()
            except (OSError, EngineDown) as error:
                self._suspects.clear()
                _log.error("clients cannot be looked after: %s", error)

    def look(self) -> None:
        """Cancel the queries whose client was gone at the last look as well."""
        queries = {one.thread: one for one in self._register}
        # Ages before the coarse time: a query then looks younger than it is, by a tick at most.
        exact = time.monotonic()
        age = {thread: exact - one.since for thread, one in queries.items()}
        coarse = ticks()
        if not any(seconds > self._seconds for seconds in age.values()):
            self._suspects.clear()
            return
        # Connections after requests: what comes in between has a connection and no request, which
        # does no harm; the other way round it would lack its connection.
        came = self._requests.copy()
        requests = {
            thread: Request(
                _plain(peer), at, coarse - age[thread] if thread in age else at + self._seconds
            )
            for thread, (peer, at) in came.items()
        }
        lonely = unmatched(requests, tuple(connections(self._port)))
        gone = {queries[one].number: queries[one] for one in lonely if one in queries}
        for number in gone.keys() & self._suspects:
            if self._requests.get(gone[number].thread) == came[gone[number].thread]:
                gone[number].cancel(CLIENT_GONE)
        self._suspects = set(gone)


def unmatched(requests: Mapping[int, Request], connections: Sequence[Connection]) -> frozenset[int]:
    """The requests without a connection in a largest matching, nearest pairs first."""
    near: dict[int, list[tuple[float, int]]] = {}
    for number, request in requests.items():
        found = [(request.distance(one), index) for index, one in enumerate(connections)]
        near[number] = sorted((d, index) for d, index in found if d is not None)
    taken: dict[int, int] = {}
    matched = set()
    pairs = ((d, number, index) for number, found in near.items() for d, index in found)
    for _, number, index in sorted(pairs):
        if number not in matched and index not in taken:
            taken[index] = number
            matched.add(number)
    # What the nearest pairs left over may still fit when others move (Kuhn's algorithm). Where it
    # came within a tick of another that has its connection, either may be the one that is left.
    return frozenset(
        number
        for number in requests.keys() - matched
        if not any(
            index in taken and d - dict(_turned(near[taken[index]]))[index] < _TICK
            for d, index in near[number]
        )
        and not _fits(number, near, taken, set())
    )


def _turned(found: list[tuple[float, int]]) -> Iterator[tuple[int, float]]:
    return ((index, d) for d, index in found)


def _fits(
    number: int,
    near: Mapping[int, list[tuple[float, int]]],
    taken: dict[int, int],
    tried: set[int],
) -> bool:
    for _, index in near[number]:
        if index not in tried:
            tried.add(index)
            if index not in taken or _fits(taken[index], near, taken, tried):
                taken[index] = number
                return True
    return False


def connections(port: int) -> Iterator[Connection]:
    """The open TCP connections of this process to its own ``port``.

    Raises OSError rather than leave one out: a connection overlooked is a query cancelled.
    """
    for name in os.listdir("/proc/self/fd"):
        try:
            # A copy of the descriptor, because the server may close its own at any moment.
            copy = os.dup(int(name))
        except OSError as error:
            if error.errno == errno.EBADF:
                continue  # closed since it was listed
            raise
        if not stat.S_ISSOCK(os.fstat(copy).st_mode):
            os.close(copy)
            continue
        with socket.socket(fileno=copy) as one:
            found = _connection(one, port)
        if found is not None:
            yield found


def _connection(one: socket.socket, port: int) -> Connection | None:
    if one.family not in (socket.AF_INET, socket.AF_INET6) or one.type != socket.SOCK_STREAM:
        return None
    try:
        peer = one.getpeername()[0]
    except OSError as error:
        if error.errno in (errno.ENOTCONN, errno.EINVAL):
            return None  # it listens, or is closed by now
        raise
    if one.getsockname()[1] != port:
        return None
    # The clock first: should this thread be held up, the times look earlier than they were, and
    # the connection fits more requests, not fewer.
    now = ticks()
    state, *figures = _INFO.unpack(one.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _INFO.size))
    if state != _ESTABLISHED:
        return None
    sent, _, received = figures[-3:]
    return Connection(_plain(peer), now - received / 1000, now - sent / 1000)


def _plain(written: str) -> str:
    """An address in its one form, without the interface that a link-local one may have."""
    try:
        return str(ipaddress.ip_address(written.partition("%")[0]))
    except ValueError:
        return written
