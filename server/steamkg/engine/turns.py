"""Whose turn it is: how many questions run and wait, in all and of one client.

A client is any name that the layers above give to where a question comes from; the empty name
stands for nobody in particular and has no limit of its own. When a turn becomes free, the client
with the fewest questions running is served first, and of these the one that has waited longest: a
client that asks much waits for itself.
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from steamkg.engine.failures import Overloaded
from steamkg.engine.question import Limits


@dataclass(eq=False)
class _Ticket:
    """A place in the queue; ``called`` is set when its turn has come, or is not wanted any more."""

    client: str
    called: threading.Event = field(default_factory=threading.Event)
    has_turn: bool = False


class Turns:
    """The turns of a pool with ``total`` workers. Safe to use from many threads."""

    def __init__(self, total: int, limits: Limits) -> None:
        self._total = total
        self._limits = limits
        self._lock = threading.Lock()
        self._running = 0
        self._running_of: Counter[str] = Counter()
        self._queue: list[_Ticket] = []

    @property
    def running(self) -> int:
        """How many questions have a turn."""
        return self._running

    @property
    def waiting(self) -> int:
        """How many questions wait for one."""
        return len(self._queue)

    @contextmanager
    def turn(self, client: str, waits: Callable[[threading.Event], None]) -> Iterator[None]:
        """A turn for a question of ``client``.

        ``waits`` is given the event that ends the waiting, should there be any; who sets it early
        ends it without a turn. Raises Overloaded.
        """
        ticket = self._ticket(client)
        if ticket is not None:
            waits(ticket.called)
            self._wait(ticket)
        try:
            yield
        finally:
            self._done(client)

    def _ticket(self, client: str) -> _Ticket | None:
        """A place in the queue; None where the turn could be taken at once."""
        limits = self._limits
        with self._lock:
            if self._running < self._total and self._may_run(client):
                self._start(client)
                return None
            if len(self._queue) >= limits.queue_length:
                raise Overloaded("too many queries are waiting", seconds=limits.queue_seconds)
            if client and sum(t.client == client for t in self._queue) >= limits.client_waiting:
                raise Overloaded(
                    f"{limits.client_waiting} queries of yours are waiting already, "
                    "and that is as many as one client may have",
                    seconds=limits.queue_seconds,
                )
            ticket = _Ticket(client)
            self._queue.append(ticket)
        return ticket

    def _wait(self, ticket: _Ticket) -> None:
        seconds = self._limits.queue_seconds
        ticket.called.wait(seconds)
        with self._lock:
            if ticket.has_turn:
                return
            with suppress(ValueError):
                self._queue.remove(ticket)
        if ticket.called.is_set():
            raise Overloaded("the query was cancelled while it waited", seconds=seconds)
        raise Overloaded(
            f"no worker became free within {seconds:g} seconds",
            seconds=seconds,
        )

    def _done(self, client: str) -> None:
        with self._lock:
            self._running -= 1
            self._running_of[client] -= 1
            if not self._running_of[client]:
                del self._running_of[client]
            self._call_next()

    def _call_next(self) -> None:
        able = [ticket for ticket in self._queue if self._may_run(ticket.client)]
        if able:
            # min takes the first of equals, which is the one that came first.
            ticket = min(able, key=lambda one: self._running_of[one.client])
            self._queue.remove(ticket)
            self._start(ticket.client)
            ticket.has_turn = True
            ticket.called.set()

    def _start(self, client: str) -> None:
        self._running += 1
        self._running_of[client] += 1

    def _may_run(self, client: str) -> bool:
        return not client or self._running_of[client] < self._limits.client_running
