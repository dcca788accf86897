"""Results kept in memory, so that a question asked again costs no evaluation.

A result is kept under everything it depends on: the text of the query, the address that relative
IRIs in it are resolved against, the dataset asked of, the formats agreed, and (for the whole cache)
the version of the data; not the method, the order of parameters or the way they were encoded.
Queries whose answer depends on the moment are never kept, nor is any failure. The least recently
used results go when ``limit`` bytes are reached.

Equal questions that come while the first of them is evaluated wait for its answer.
"""

import hashlib
import itertools
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from steamkg.engine.failures import (
    Cancelled,
    DeadlineExceeded,
    EngineDown,
    EngineFailure,
    EvaluationFailed,
    Overloaded,
)
from steamkg.engine.question import Question
from steamkg.engine.running import OPERATOR
from steamkg.protocol import codings

NAME: Final = "steamkg"
"""How this cache signs Cache-Status (RFC 9211)."""

_OVERHEAD: Final = 1500
"""Bytes that an entry takes beside its texts: objects, headers, places in tables."""
_MOST_REQUESTS: Final = 8
"""In how many ways of asking for one result the short way to it is remembered."""
_SHARE: Final = 4
"""One result may take this part of the cache at most."""
_VOLATILE_NAMES: Final = ("now", "rand", "uuid", "bnode")
# A comment counts for what may follow it: to look behind comments takes time that grows with the
# square of their number, and this runs in the process that everybody shares.
_VOLATILE: Final = re.compile(rf"(?:{'|'.join(_VOLATILE_NAMES)})\s*[(#]", re.IGNORECASE)
# SPARQL 1.1 Federated Query §4: what other endpoints say may change at any moment.
_SERVICE: Final = re.compile(r"(?<![?$:/-])(?<![^\W\d])service[\s<#]", re.IGNORECASE)
_SUSPECT: Final = tuple(name.encode() for name in (*_VOLATILE_NAMES, "service"))
_ESCAPE: Final = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")

RawKey = tuple[str, str | None, str | None, str | None]
"""Query string, Host, Accept and Accept-Encoding of a GET, as they came."""


class Key(NamedTuple):
    """What a result depends on, beside the data."""

    text: str
    default_graphs: tuple[str, ...]
    named_graphs: tuple[str, ...]
    solutions: str | None
    triples: str | None
    base: str | None


def key_of(question: Question) -> Key | None:
    """The key of a question; None for one that has a new answer each time."""
    if is_volatile(question.text):
        return None
    return Key(
        question.text,
        tuple(sorted(set(question.default_graphs))),
        tuple(sorted(set(question.named_graphs))),
        question.solutions,
        question.triples,
        question.base,
    )


def is_volatile(text: str) -> bool:
    """Whether the answer depends on more than the data: time, chance, new names, other endpoints.

    Says so too often rather than too seldom: a string that merely looks like a call counts.
    """
    # As bytes: SPARQL's own words are ASCII, and to fold the rest costs more than all of this.
    folded = text.encode("utf-8", "surrogatepass").lower()
    if b"\\" not in folded and not any(name in folded for name in _SUSPECT):
        return False
    if "\\" in text:
        # SPARQL 1.1 §19.2: a letter of a function's name may be written as its code point.
        text = _ESCAPE.sub(_character, text)
    return _VOLATILE.search(text) is not None or _SERVICE.search(text) is not None


def _character(escape: re.Match[str]) -> str:
    code = int(escape[1] or escape[2], 16)
    return chr(code) if code <= 0x10FFFF else ""


@dataclass(eq=False, slots=True)
class Stored:
    """A complete result: the bytes in every coding asked for so far, and their entity tag."""

    content_type: str
    body: bytes
    query: str
    seconds: float = 0.0
    since: float = field(default_factory=time.monotonic)
    etag: str = ""
    coded: dict[str, bytes] = field(default_factory=dict)
    key: Key | None = None
    size: int = 0
    requests: list[RawKey] = field(default_factory=list)

    def __post_init__(self) -> None:
        # From the bytes themselves: the same query on the same data may give its rows in another
        # order after a restart, so version and query would be no strong validator.
        self.etag = hashlib.blake2b(self.body, digest_size=12).hexdigest()

    def tag(self, coding: str) -> str:
        """The strong entity tag of one coding of it (RFC 9110 §8.8.3.3)."""
        return f'"{self.etag}"' if coding == codings.IDENTITY else f'"{self.etag}-{coding}"'

    def age(self) -> int:
        """Seconds since it was evaluated."""
        return int(time.monotonic() - self.since)


@dataclass(slots=True)
class Hit:
    """A response ready to be sent again; ``headers`` lack Age only."""

    stored: Stored
    headers: list[tuple[str, str]]
    body: bytes
    tag: str


@dataclass(eq=False)
class _Flight:
    """An evaluation that others wait for."""

    done: threading.Event = field(default_factory=threading.Event)
    outcome: "Stored | EngineFailure | None" = None


class ResultCache:
    """The results of one dataset. Safe to use from many threads."""

    def __init__(self, limit: int, *, version: str, wait_seconds: float) -> None:
        self.limit = limit
        self.version = version
        self.size = 0
        self.evicted = 0
        self.short: dict[RawKey, Hit] = {}
        self._wait_seconds = wait_seconds
        self._entries: OrderedDict[Key, Stored] = OrderedDict()
        self._flights: dict[Key, _Flight] = {}
        self._lock = threading.Lock()
        self._hits = itertools.count()
        self._misses = itertools.count()

    @property
    def counts(self) -> dict[str, int]:
        """Hits, misses, results dropped to make room, results and bytes held."""
        return {
            "hits": _value(self._hits),
            "misses": _value(self._misses),
            "evicted": self.evicted,
            "entries": len(self._entries),
            "bytes": self.size,
        }

    def use(self, stored: Stored) -> None:
        """Count a hit, and keep ``stored`` longer than what nobody asks for."""
        next(self._hits)
        try:  # noqa: SIM105  # a context manager would cost more than all the rest
            self._entries.move_to_end(stored.key)  # type: ignore[arg-type]  # one call, atomic
        except KeyError:
            pass  # dropped a moment ago

    def answer(
        self, key: Key, evaluate: Callable[[], Stored], *, version: str
    ) -> tuple[Stored, str]:
        """The result, and how it came (RFC 9211): from here, from another's evaluation, or new.

        ``version`` is that of the data when the question came; what is here of another one is
        forgotten. The evaluation that follows may see later data, never earlier. Raises what
        ``evaluate`` raises, and DeadlineExceeded when another's takes too long.
        """
        end = time.monotonic() + self._wait_seconds
        while True:
            with self._lock:
                if self.version != version:
                    self._restart(version)
                stored = self._entries.get(key)
                flight = self._flights.get(key)
                if stored is None and flight is None:
                    mine = self._flights[key] = _Flight()
                    break
            if stored is not None:
                self.use(stored)
                return stored, f"{NAME}; hit"
            if flight is not None:
                outcome = self._await(flight, end)
                if isinstance(outcome, Stored):
                    next(self._hits)
                    return outcome, f"{NAME}; fwd=miss; collapsed"
                if outcome is not None:
                    raise outcome
        next(self._misses)
        try:
            mine.outcome = stored = evaluate()
            kept = self._keep(key, stored, version)
        except EngineFailure as failure:
            mine.outcome = failure
            raise
        finally:
            with self._lock:
                if self._flights.get(key) is mine:
                    del self._flights[key]
            mine.done.set()
        return stored, f"{NAME}; fwd=miss" + ("; stored" if kept else "")

    def coded(self, stored: Stored, coding: str) -> bytes:
        """The body in a coding, made once for what is kept."""
        if coding == codings.IDENTITY:
            return stored.body
        body = stored.coded.get(coding)
        if body is None:
            body = codings.encode(stored.body, coding)
            with self._lock:
                if coding not in stored.coded:
                    stored.coded[coding] = body
                    self._grow(stored, len(body))
        return body

    def remember(self, request: RawKey, hit: Hit) -> None:
        """Answer the same request with ``hit`` from now on."""
        stored = hit.stored
        with self._lock:
            if stored.key is None or self._entries.get(stored.key) is not stored:
                return
            if len(stored.requests) < _MOST_REQUESTS and request not in self.short:
                stored.requests.append(request)
                self.short[request] = hit
                self._grow(stored, _OVERHEAD + 2 * sum(len(part or "") for part in request))

    def _restart(self, version: str) -> None:
        """Forget everything: the data are of another version now. The caller holds the lock."""
        self.version = version
        self._entries.clear()
        self._flights.clear()
        self.short.clear()
        self.size = 0

    def _await(self, flight: _Flight, end: float) -> "Stored | EngineFailure | None":
        """What the flight ended with; None if its failure was not ours as well."""
        if not flight.done.wait(max(end - time.monotonic(), 0)):
            raise DeadlineExceeded(
                "an equal query is under way and takes longer than one may",
                seconds=self._wait_seconds,
            )
        outcome = flight.outcome
        if isinstance(outcome, Overloaded | EngineDown | EvaluationFailed):
            return None
        if isinstance(outcome, Cancelled) and outcome.details.get("by") != OPERATOR:
            return None
        if isinstance(outcome, EngineFailure):
            return type(outcome)(outcome.reason, **outcome.details)
        return outcome

    def _keep(self, key: Key, stored: Stored, version: str) -> bool:
        stored.key = key
        texts = (key.text, *key.default_graphs, *key.named_graphs, key.base or "")
        size = _OVERHEAD + len(stored.body) + sum(map(len, texts))
        with self._lock:
            if version != self.version or size > self.limit // _SHARE:
                return False
            self._entries[key] = stored
            self._grow(stored, size)
        return True

    def _grow(self, stored: Stored, size: int) -> None:
        """Count ``size`` bytes more for what is kept, and make room. The caller holds the lock."""
        if stored.key is None or self._entries.get(stored.key) is not stored:
            return
        stored.size += size
        self.size += size
        while self.size > self.limit:
            _, oldest = self._entries.popitem(last=False)
            for request in oldest.requests:
                self.short.pop(request, None)
            self.size -= oldest.size
            self.evicted += 1


def _value(counter: "itertools.count[int]") -> int:
    """How often ``next`` was called; a counter of itertools is atomic, ``+= 1`` is not."""
    return int(counter.__reduce__()[1][0])
