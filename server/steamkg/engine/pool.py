"""Questions in, answers out: the workers and the queue before them.

At most ``workers`` questions are evaluated at once, and one spare worker stands by, so that the
question after one that was killed is served at once. A question waits for its turn up to a limit.
Safe to use from many threads.

Writes are made one at a time: a fresh worker evaluates the change into patches, the nursery applies
them, and workers that have the data of before answer nothing more. A question already under way is
answered from before.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from steamkg.engine.change import Change, Outcome
from steamkg.engine.failures import EngineDown, Overloaded
from steamkg.engine.files import Files
from steamkg.engine.question import Answer, Limits, Question
from steamkg.engine.store import Build
from steamkg.engine.workers import Source, Worker

_WRITERS: Final = 5
"""Writes under way and waiting; each holds a thread of the web process, which queries need."""


class Pool:
    """Workers that answer questions about one build, or about a dataset given as files.

    Use as a context manager, or call ``start`` and ``close``. When the nursery dies, questions
    under way fail with EngineDown and the next one starts a new nursery; unless something has been
    written, which is then lost: from there on every question fails, for to answer from the files
    again would be to tell yesterday's news as today's.
    """

    def __init__(
        self,
        build: Build | Files | Path,
        *,
        workers: int | None = None,
        limits: Limits | None = None,
    ) -> None:
        self.build = Build.open(build) if isinstance(build, Path) else build
        self.workers = workers or os.cpu_count() or 1
        self.limits = limits or Limits()
        self._lock = threading.Lock()
        self._starting = threading.Lock()
        self._turns = threading.Semaphore(self.workers)
        self._waiting = 0
        self._idle: list[Worker] = []
        self._source: Source | None = None
        self._closed = False
        self._writing = threading.Lock()
        self._writers = threading.Semaphore(_WRITERS)
        self._written: dict[str, Any] | None = None

    @property
    def manifest(self) -> dict[str, Any]:
        """What is served now: ``version``, ``graphs`` by IRI, and for a build its counts."""
        if isinstance(self.build, Build):
            return self.build.manifest
        source = self._source
        return self._written or (source.manifest if source else self.build.manifest)

    def start(self) -> Self:
        """Load the data and fork the workers. Raises EngineDown."""
        self._running()
        return self

    def close(self) -> None:
        """End every process; questions under way fail with EngineDown."""
        with self._lock:
            self._closed = True
            source, self._source = self._source, None
            self._idle.clear()
        if source is not None:
            source.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def processes(self) -> list[int]:
        """The process numbers of the nursery and the idle workers, for tests and monitoring."""
        with self._lock:
            source = [self._source.process] if self._source else []
            return source + [worker.process for worker in self._idle]

    def ask(self, question: Question) -> Answer:
        """The whole answer. Raises one of ``failures``."""
        worker: Worker | None = None
        try:
            with self._turn():
                worker = self._take()
                try:
                    return worker.ask(question, self.limits)
                finally:
                    if not worker.is_lost:
                        self._give_back(worker)
        finally:
            # After the turn has been handed on: the spare worker takes the next question.
            if worker is not None and worker.is_lost:
                self._replace()

    def write(self, change: Change) -> Outcome:
        """Make a change, wholly or not at all. Raises one of ``failures``.

        When this returns, every question asked from now on is answered from after the change.
        """
        if not self._writers.acquire(blocking=False):
            raise Overloaded("too many writes are waiting", seconds=self.limits.queue_seconds)
        try:
            return self._write(change)
        finally:
            self._writers.release()

    def _write(self, change: Change) -> Outcome:
        if not self._writing.acquire(timeout=self.limits.queue_seconds):
            raise Overloaded(
                f"other writes took longer than {self.limits.queue_seconds:g} seconds",
                seconds=self.limits.queue_seconds,
            )
        try:
            source = self._running()
            worker = source.fork()
            try:
                outcome, patches = worker.write(change, self.limits)
            finally:
                if not worker.is_lost:
                    worker.end()
            if patches:
                self._publish(source, patches)
            return outcome
        finally:
            self._writing.release()

    def _publish(self, source: Source, patches: bytes) -> None:
        try:
            source.apply(patches)
        finally:
            # Even a failure may have changed something: what is left must not be asked.
            with self._lock:
                self._written = source.manifest
                stale, self._idle = self._idle, []
        for worker in stale:
            worker.end()
        self._replace()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._turns.acquire(blocking=False):
            self._wait()
        try:
            yield
        finally:
            self._turns.release()

    def _wait(self) -> None:
        limits = self.limits
        with self._lock:
            if self._waiting >= limits.queue_length:
                raise Overloaded("too many queries are waiting", seconds=limits.queue_seconds)
            self._waiting += 1
        try:
            if not self._turns.acquire(timeout=limits.queue_seconds):
                raise Overloaded(
                    f"no worker became free within {limits.queue_seconds:g} seconds",
                    seconds=limits.queue_seconds,
                )
        finally:
            with self._lock:
                self._waiting -= 1

    def _take(self) -> Worker:
        with self._lock:
            # The last one in is the one whose memory is still in the processor's cache.
            if self._idle:
                return self._idle.pop()
        return self._running().fork()

    def _give_back(self, worker: Worker) -> None:
        with self._lock:
            stale = self._source is None or worker.version != self._source.manifest["version"]
            if not self._closed and not stale:
                self._idle.append(worker)
        if stale and not self._closed:
            worker.end()

    def _replace(self) -> None:
        """Have a fresh worker stand by in place of a lost one."""
        with self._lock:
            source = self._source
            if self._closed or source is None or len(self._idle) > self.workers:
                return
        try:
            self._give_back(source.fork())
        except EngineDown:
            with self._lock:
                # They have ended with the nursery. The next question starts a new one.
                self._idle.clear()

    def _running(self) -> Source:
        """The nursery, started anew if it has died."""
        with self._starting:
            with self._lock:
                source = self._source
                if self._closed:
                    raise EngineDown("the engine is closed")
            if source is not None and source.is_alive():
                return source
            if source is not None:
                source.close()
            if self._written is not None:
                raise EngineDown(
                    "what was written since the start is lost with the process that kept it; "
                    "start the server anew to serve the files"
                )
            fresh = Source(self.build.origin(), self.limits)
            workers = [fresh.fork() for _ in range(self.workers + 1)]
            with self._lock:
                self._source = fresh
                self._idle = workers
            return fresh
