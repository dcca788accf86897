"""The questions and writes under way: what an operator sees of them, and how one is ended early.

One is shown by a number, its age and a hash of its text, never by the text itself. A write can be
ended until its patches are applied.
"""

import hashlib
import itertools
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final, Protocol

from steamkg.engine.failures import Cancelled

OPERATOR: Final = "operator"
CLIENT_GONE: Final = "client-gone"
_WORDS: Final = {
    OPERATOR: "the operator of this server ended the {kind}",
    CLIENT_GONE: "the client had closed its connection",
}
_HASH_LENGTH: Final = 16


def hash_of(text: str) -> str:
    """The name of a query in logs and lists: the start of its SHA-256."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_HASH_LENGTH]


class Cancellable(Protocol):
    """What evaluates a question and can be stopped: a worker."""

    def cancel(self, why: Cancelled) -> None:
        """End it; the question then fails with ``why``."""
        ...


@dataclass(eq=False)
class Running:
    """A question or a write under way; ``kind`` says which, in a word for people.

    ``since`` is a time of ``time.monotonic``, ``thread`` the one that waits for it.
    """

    number: int
    text: str
    client: str
    kind: str = "query"
    since: float = field(default_factory=time.monotonic)
    thread: int = field(default_factory=threading.get_ident)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _worker: Cancellable | None = None
    _event: threading.Event | None = None
    _cancelled: Cancelled | None = None
    _is_over: bool = False

    @property
    def hash(self) -> str:
        """The name of its text."""
        return hash_of(self.text)

    @property
    def state(self) -> str:
        """``waiting`` for a worker, or ``running``."""
        return "running" if self._worker is not None else "waiting"

    def waits(self, event: threading.Event) -> None:
        """The question waits in a queue until ``event`` is set."""
        with self._lock:
            self._event = event
            if self._cancelled is not None:
                event.set()

    def starts(self, worker: Cancellable) -> None:
        """``worker`` is about to evaluate it. Raises Cancelled if it should not."""
        with self._lock:
            if self._cancelled is not None:
                raise self._cancelled
            self._worker = worker

    def ends(self) -> None:
        """From here on nothing is left to cancel, and the worker is somebody else's."""
        with self._lock:
            self._is_over = True

    def cancel(self, why: str) -> bool:
        """End it early; False when it was over already. Returns when the worker is dead."""
        with self._lock:
            if self._is_over or self._cancelled is not None:
                return False
            self._cancelled = Cancelled(_WORDS[why].format(kind=self.kind), by=why)
            if self._worker is not None:
                self._worker.cancel(self._cancelled)
            elif self._event is not None:
                self._event.set()
        return True

    @property
    def cancelled(self) -> Cancelled | None:
        """Why it was ended early, if it was."""
        return self._cancelled


class Register:
    """All questions under way, of one pool or of several that follow each other."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._running: dict[int, Running] = {}

    def __iter__(self) -> Iterator[Running]:
        """The questions under way, the oldest first."""
        return iter(sorted(self._running.copy().values(), key=lambda one: one.number))

    @contextmanager
    def entered(self, text: str, client: str, kind: str = "query") -> Iterator[Running]:
        """An entry for as long as it is under way."""
        running = Running(next(self._numbers), text, client, kind)
        self._running[running.number] = running
        try:
            yield running
        finally:
            running.ends()
            del self._running[running.number]

    def cancel(self, number: int, why: str = OPERATOR) -> bool:
        """End a question early; False when there is none of that number."""
        running = self._running.get(number)
        return running is not None and running.cancel(why)
