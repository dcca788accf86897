"""Questions with SERVICE: the endpoints are asked first, then the query is evaluated.

The process that dials is this one, and it asks nobody but the endpoints that the operator listed,
by their exact IRIs. What a query asks of them is worked out by a worker, which can open nothing
(``calls.py``), and what came back is read by one as well (``solutions.py``): here are only policy,
limits and a cache.

What the operator or a limit of this server refuses is a failure with or without SILENT, which is
for what goes wrong elsewhere.
"""

import json
import re
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from steamkg.engine.calls import Call
from steamkg.engine.change import Change, Outcome
from steamkg.engine.failures import (
    EngineFailure,
    Forbidden,
    Overloaded,
    QueryTooComplex,
    ServiceFailed,
    ServiceTimeout,
)
from steamkg.engine.pool import Pool
from steamkg.engine.question import Answer, Limits, Question, Solutions
from steamkg.engine.remote import Exchange
from steamkg.engine.running import Running
from steamkg.engine.turns import Turns

_SERVICE: Final = re.compile("service", re.IGNORECASE)
_OVERHEAD: Final = 500
"""Bytes that a kept answer takes beside its texts."""


@dataclass(frozen=True, kw_only=True)
class ServiceLimits:
    """Whom SERVICE may ask, and what that may cost.

    ``endpoints`` are exact IRIs; of these ``private`` may have any address, the others only one of
    the open Internet. All blocks of a query together take ``seconds`` at most, each answer
    ``result_bytes``; a query has ``calls`` blocks and ``running`` queries ask others at once. An
    answer is kept for ``cache_seconds``, all of them in ``cache_bytes``.
    """

    endpoints: frozenset[str] = frozenset()
    private: frozenset[str] = frozenset()
    seconds: float = 5.0
    result_bytes: int = 10_000_000
    calls: int = 8
    running: int = 8
    cache_bytes: int = 16_000_000
    cache_seconds: float = 60.0

    @property
    def listed(self) -> frozenset[str]:
        """Every endpoint that may be asked."""
        return self.endpoints | self.private


class Federation:
    """A pool whose questions may have SERVICE. Safe to use from many threads."""

    def __init__(self, pool: Pool, limits: ServiceLimits) -> None:
        self._pool = pool
        self.limits = limits
        queue = pool.limits
        self._turns = Turns(
            limits.running,
            Limits(
                queue_seconds=queue.queue_seconds,
                queue_length=queue.queue_length,
                client_running=max(1, limits.running // 2),
                client_waiting=queue.client_waiting,
            ),
        )
        self._kept = Kept(limits.cache_bytes, limits.cache_seconds)
        self.counts: Counter[str] = Counter()
        """Calls by what became of them: ``answered``, ``kept``, or the failure."""

    @property
    def manifest(self) -> dict[str, Any]:
        """What is served now."""
        return self._pool.manifest

    def ask(self, question: Question, *, client: str = "") -> Answer:
        """The whole answer. Raises one of ``failures``."""
        if not self.limits.listed or not _SERVICE.search(question.text):
            return self._pool.ask(question, client=client)
        asked = self._pool.ask(replace(question, for_calls=True), client=client)
        calls = [Call.from_wire(wire) for wire in json.loads(asked.body)]
        if not calls:
            return self._pool.ask(question, client=client)
        self._refuse(calls)
        solved = self._solved(question, calls, client)
        try:
            return self._pool.ask(replace(question, solved=solved), client=client)
        except ServiceFailed:
            for call in calls:  # one of the answers is none
                self._kept.forget(call)
            raise

    def write(self, change: Change, *, client: str = "") -> Outcome:
        """What came of a change, which asks nobody. Raises one of ``failures``."""
        return self._pool.write(change, client=client)

    def _refuse(self, calls: Sequence[Call]) -> None:
        """Refuse what is not listed, before anybody is asked anything."""
        if len(calls) > self.limits.calls:
            raise QueryTooComplex(
                f"the query asks {len(calls)} times elsewhere, and {self.limits.calls} SERVICE "
                "blocks are what one may have; ask in steps",
                limit=self.limits.calls,
            )
        for call in calls:
            for endpoint in (call.endpoint, *call.nested):
                if endpoint not in self.limits.listed:
                    self.counts["refused"] += 1
                    raise Forbidden(
                        f"SERVICE <{endpoint}> is refused: this server asks only the endpoints "
                        "that its operator has listed, letter for letter. Ask that one yourself "
                        "and join the two results."
                    )

    def _solved(
        self, question: Question, calls: Sequence[Call], client: str
    ) -> tuple[Solutions | None, ...]:
        """The answers of the endpoints; None for one that failed silently."""
        with self._pool.register.entered(question.text, client) as running:
            try:
                with self._turns.turn(client, running.waits):
                    deadline = time.monotonic() + self.limits.seconds
                    return tuple([self._answer(call, running, deadline) for call in calls])
            except Overloaded:
                if running.cancelled is not None:
                    raise running.cancelled from None
                raise

    def _answer(self, call: Call, running: Running, deadline: float) -> Solutions | None:
        kept = self._kept.get(call)
        if kept is not None:
            self.counts["kept"] += 1
            return kept
        outcome = "fault"
        exchange = Exchange(
            call.endpoint,
            private=call.endpoint in self.limits.private,
            seconds=self.limits.seconds,
            result_bytes=self.limits.result_bytes,
            deadline=deadline,
        )
        try:
            running.starts(exchange)
            solutions = exchange.ask(call.query)
            outcome = "answered"
        except (ServiceFailed, ServiceTimeout) as failure:
            outcome = type(failure).__name__
            if call.silent:
                return None
            raise
        except EngineFailure as failure:
            outcome = type(failure).__name__
            raise
        finally:
            self.counts[outcome] += 1
        self._kept.put(call, solutions)
        return solutions


class Kept:
    """Answers of other endpoints, for a while: up to ``limit`` bytes, the oldest use goes first."""

    def __init__(self, limit: int, seconds: float) -> None:
        self._limit = limit
        self._seconds = seconds
        self._lock = threading.Lock()
        self._entries: OrderedDict[tuple[str, str], tuple[float, Solutions]] = OrderedDict()
        self.size = 0

    def get(self, call: Call) -> Solutions | None:
        """The answer to an equal call, if it is not too old."""
        key = (call.endpoint, call.query)
        with self._lock:
            entry = self._entries.get(key)
            if entry is None:
                return None
            if entry[0] <= time.monotonic():
                self._drop(key)
                return None
            self._entries.move_to_end(key)
            return entry[1]

    def put(self, call: Call, solutions: Solutions) -> None:
        """Keep an answer, unless it alone would be too large."""
        key = (call.endpoint, call.query)
        if not self._seconds or _size(key, solutions) > self._limit:
            return
        with self._lock:
            if key in self._entries:
                self._drop(key)
            self._entries[key] = (time.monotonic() + self._seconds, solutions)
            self.size += _size(key, solutions)
            while self.size > self._limit:
                self._drop(next(iter(self._entries)))

    def forget(self, call: Call) -> None:
        """Keep no answer to this call."""
        with self._lock:
            if (call.endpoint, call.query) in self._entries:
                self._drop((call.endpoint, call.query))

    def _drop(self, key: tuple[str, str]) -> None:
        _, solutions = self._entries.pop(key)
        self.size -= _size(key, solutions)


def _size(key: tuple[str, str], solutions: Solutions) -> int:
    return sum(4 * len(text) for text in key) + len(solutions.body) + _OVERHEAD
