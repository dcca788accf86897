"""Whose turn it is: how many questions run and wait, in all and of one client.

A client is any name that the layers above give to where a question comes from; the empty name
stands for nobody in particular and has no limit of its own. When a turn becomes free, the client
with the fewest questions running is served first, and of these the one that has waited longest: a
client that asks much waits for itself.

A question that runs long steps aside: it goes on without its turn, which the next one gets. So a
few endless questions do not hold up the many that take a millisecond.
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from steamkg.engine.failures import Overloaded
from steamkg.engine.question import Limits


class Turn:
    """The right to run."""

    def __init__(self, turns: "Turns", client: str) -> None:
        self._turns = turns
        self.client = client
        self.is_aside = False

    def step_aside(self) -> bool:
        """Go on without the turn; False if as many do already as may."""
        return self._turns.step_aside(self)


@dataclass(eq=False)
class _Ticket:
    """A place in the queue; ``called`` is set when its turn has come, or is not wanted any more."""

    client: str
    called: threading.Event = field(default_factory=threading.Event)
    has_turn: bool = False


class Turns:
    """The turns of a pool with ``total`` workers. Safe to use from many threads.

    ``what`` is the word for what takes turns here.
    """

    def __init__(self, total: int, limits: Limits, what: str = "queries") -> None:
        self._total = total
        self._limits = limits
        self._what = what
        self._lock = threading.Lock()
        self._running = 0
        self._aside = 0
        self._running_of: Counter[str] = Counter()
        self._queue: list[_Ticket] = []

    @property
    def running(self) -> int:
        """How many questions run, with a turn or aside."""
        return self._running + self._aside

    @property
    def waiting(self) -> int:
        """How many questions wait for one."""
        return len(self._queue)

    @contextmanager
    def turn(self, client: str, waits: Callable[[threading.Event], None]) -> Iterator[Turn]:
        """A turn for a question of ``client``.

        ``waits`` is given the event that ends the waiting, should there be any; who sets it early
        ends it without a turn. Raises Overloaded.
        """
        ticket = self._ticket(client)
        if ticket is not None:
            waits(ticket.called)
            self._wait(ticket)
        turn = Turn(self, client)
        try:
            yield turn
        finally:
            self._done(turn)

    def step_aside(self, turn: Turn) -> bool:
        """Let ``turn`` run on beside the turns, and give its own to the next."""
        with self._lock:
            if self._aside >= self._limits.long_running:
                return False
            turn.is_aside = True
            self._aside += 1
            self._running -= 1
            self._call_next()
        return True

    def _ticket(self, client: str) -> _Ticket | None:
        """A place in the queue; None where the turn could be taken at once."""
        limits = self._limits
        with self._lock:
            if self._running < self._total and self._may_run(client):
                self._start(client)
                return None
            if len(self._queue) >= limits.queue_length:
                raise Overloaded(f"too many {self._what} are waiting", seconds=limits.queue_seconds)
            if client and sum(t.client == client for t in self._queue) >= limits.client_waiting:
                raise Overloaded(
                    f"{limits.client_waiting} {self._what} of yours are waiting already, "
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
            raise Overloaded("it was cancelled while it waited", seconds=seconds)
        raise Overloaded(
            f"no worker became free within {seconds:g} seconds",
            seconds=seconds,
        )

    def _done(self, turn: Turn) -> None:
        with self._lock:
            if turn.is_aside:
                self._aside -= 1
            else:
                self._running -= 1
            self._running_of[turn.client] -= 1
            if not self._running_of[turn.client]:
                del self._running_of[turn.client]
            self._call_next()

    def _call_next(self) -> None:
        if self._running >= self._total:
            return
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
