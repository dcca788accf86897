"""What operators watch: counters and times, in the form that Prometheus reads.

One registry for the life of a process; what a pool or a cache counts by itself is read from it
when somebody looks, and goes on adding up when a new build brings a new pool.
"""

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from steamkg import __version__
from steamkg.engine.change import Change, Outcome
from steamkg.engine.failures import EngineFailure
from steamkg.engine.federation import Federation
from steamkg.engine.pool import Pool
from steamkg.engine.question import Answer, Question
from steamkg.protocol.cache import ResultCache
from steamkg.protocol.failures import code_of

_BUCKETS: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


class Telemetry:
    """The figures of a web process."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._seconds = Histogram(
            "steamkg_query_seconds",
            "Time from a question to the engine until its outcome, waiting included.",
            ("outcome",),
            buckets=_BUCKETS,
            registry=self._registry,
        )
        self._series: dict[str, Histogram] = {}
        self._write_seconds = Histogram(
            "steamkg_write_seconds",
            "Time from a write to the engine until its outcome, waiting included.",
            ("outcome",),
            buckets=_BUCKETS,
            registry=self._registry,
        )
        self._registry.register(_Reader(self))
        self.pool: Pool | None = None
        self.cache: ResultCache | None = None
        self.federation: Federation | None = None
        self.reloads = 0
        self.failed_reloads = 0
        self._past: Counter[str] = Counter()
        self._past_lost: Counter[str] = Counter()
        self._past_calls: Counter[str] = Counter()

    def follow(
        self, pool: Pool, cache: ResultCache | None, federation: Federation | None = None
    ) -> None:
        """From now on read these, which take the place of those before."""
        if self.pool is not None:
            self._past_lost.update(self.pool.lost)
            self.reloads += 1
        if self.cache is not None:
            self._past.update(self.cache.counts)
        if self.federation is not None:
            self._past_calls.update(self.federation.counts)
        self.pool, self.cache, self.federation = pool, cache, federation

    def observe(self, outcome: str, seconds: float) -> None:
        """A question came to its end."""
        series = self._series.get(outcome)
        if series is None:
            series = self._series[outcome] = self._seconds.labels(outcome)
        series.observe(seconds)

    def observe_write(self, outcome: str, seconds: float) -> None:
        """A write came to its end."""
        self._write_seconds.labels(outcome).observe(seconds)

    def reload_failed(self) -> None:
        """A new build could not be served."""
        self.failed_reloads += 1

    def text(self) -> bytes:
        """All figures, in the text format of Prometheus."""
        return generate_latest(self._registry)

    def lost(self) -> Mapping[str, int]:
        """Workers that ended, by reason."""
        return self._past_lost + (self.pool.lost if self.pool else Counter())

    def called(self) -> Mapping[str, int]:
        """What became of the calls of SERVICE, by outcome."""
        now = self.federation.counts if self.federation is not None else Counter()
        return self._past_calls + now

    def cached(self, name: str) -> int:
        """A count of the cache since the process started."""
        now = self.cache.counts if self.cache is not None else {}
        return self._past[name] + now.get(name, 0)


class Observed:
    """A pool whose every question and every write is timed."""

    def __init__(self, pool: Pool | Federation, telemetry: Telemetry) -> None:
        self._pool = pool
        self._telemetry = telemetry

    @property
    def manifest(self) -> dict[str, Any]:
        """What is served now."""
        return self._pool.manifest

    def ask(self, question: Question, *, client: str = "") -> Answer:
        """The pool's answer."""
        start = time.perf_counter()
        outcome = "fault"
        try:
            answer = self._pool.ask(question, client=client)
            outcome = "answered"
            return answer
        except EngineFailure as failure:
            outcome = code_of(failure)
            raise
        finally:
            self._telemetry.observe(outcome, time.perf_counter() - start)

    def write(self, change: Change, *, client: str = "") -> Outcome:
        """What came of a change in the pool."""
        start = time.perf_counter()
        outcome = "fault"
        try:
            made = self._pool.write(change, client=client)
            outcome = "made"
            return made
        except EngineFailure as failure:
            outcome = code_of(failure)
            raise
        finally:
            self._telemetry.observe_write(outcome, time.perf_counter() - start)


class _Reader:
    """Reads what others count."""

    def __init__(self, telemetry: Telemetry) -> None:
        self._telemetry = telemetry

    def collect(self) -> Iterator[Metric]:
        """The figures of this moment."""
        pool, cache = self._telemetry.pool, self._telemetry.cache
        yield _labelled(
            "steamkg_build_info",
            "What is served: version of the software, version of the data.",
            {"version": __version__, "dataset": pool.version if pool else ""},
        )
        yield _gauge("steamkg_ready", "Whether the engine lives.", pool and pool.is_ready())
        yield _gauge("steamkg_workers", "Queries evaluated at once at most.", pool and pool.workers)
        yield _gauge(
            "steamkg_queries_running", "Queries evaluated now.", pool and pool.turns.running
        )
        yield _gauge(
            "steamkg_queries_waiting",
            "Queries that wait for a worker.",
            pool and pool.turns.waiting,
        )
        lost = CounterMetricFamily(
            "steamkg_workers_ended", "Worker processes that ended, by reason.", labels=("reason",)
        )
        for reason, count in sorted(self._telemetry.lost().items()):
            lost.add_metric((reason,), count)
        yield lost
        called = CounterMetricFamily(
            "steamkg_service_calls", "Calls of other endpoints by SERVICE.", labels=("outcome",)
        )
        for outcome, count in sorted(self._telemetry.called().items()):
            called.add_metric((outcome,), count)
        yield called
        yield _counter("steamkg_reloads", "New builds taken into service.", self._telemetry.reloads)
        yield _counter(
            "steamkg_reloads_failed",
            "New builds that could not be served.",
            self._telemetry.failed_reloads,
        )
        for name, meaning in (
            ("hits", "Answers from the result cache."),
            ("misses", "Answers that were evaluated although a cache was there."),
            ("evicted", "Results dropped to make room."),
        ):
            yield _counter(f"steamkg_cache_{name}", meaning, self._telemetry.cached(name))
        held = cache.counts if cache is not None else {}
        yield _gauge("steamkg_cache_entries", "Results held.", held.get("entries", 0))
        yield _gauge("steamkg_cache_bytes", "Memory of the results held.", held.get("bytes", 0))


def _gauge(name: str, meaning: str, value: Any) -> Metric:
    return GaugeMetricFamily(name, meaning, value=float(value or 0))


def _counter(name: str, meaning: str, value: int) -> Metric:
    return CounterMetricFamily(name, meaning, value=value)


def _labelled(name: str, meaning: str, labels: Mapping[str, str]) -> Metric:
    family = GaugeMetricFamily(name, meaning, labels=tuple(labels))
    family.add_metric(tuple(labels.values()), 1)
    return family
