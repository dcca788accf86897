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
from collections import Counter
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from steamkg.engine.change import ANY, WRITES, Change, Outcome
from steamkg.engine.failures import EngineDown, EngineFailure, Overloaded, PreconditionFailed
from steamkg.engine.files import Files
from steamkg.engine.question import Answer, Limits, Question
from steamkg.engine.running import Register, Running
from steamkg.engine.store import Build
from steamkg.engine.turns import Turn, Turns
from steamkg.engine.workers import Source, Worker
from steamkg.graph.names import VIRTUAL

_VERSION_LENGTH: Final = 16


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
        register: Register | None = None,
    ) -> None:
        self.build = Build.open(build) if isinstance(build, Path) else build
        self.workers = workers or os.cpu_count() or 1
        self.limits = limits or Limits()
        self._lock = threading.Lock()
        self._starting = threading.Lock()
        self.register = register or Register()
        self.turns = Turns(self.workers, self.limits)
        self.lost: Counter[str] = Counter()
        """Workers that ended, by the failure of their last question; ``spent`` if it had none."""
        self._idle: list[Worker] = []
        self._source: Source | None = None
        self._closed = False
        self.writing = Turns(1, _of_writes(self.limits), "writes")
        self._has_written = False
        self._manifest = self.build.manifest

    @property
    def manifest(self) -> dict[str, Any]:
        """What is served now: ``version``, ``graphs`` by IRI, and for a build its counts."""
        return self._manifest

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

    @property
    def version(self) -> str:
        """The version of the data that questions asked from now on are answered from."""
        return str(self._manifest["version"])

    def is_ready(self) -> bool:
        """Whether the nursery lives, so that a question would be answered."""
        with self._lock:
            source = self._source
        return source is not None and source.is_alive()

    def ask(self, question: Question, *, client: str = "") -> Answer:
        """The whole answer, for ``client`` (see ``turns.py``). Raises one of ``failures``."""
        with self.register.entered(question.text, client) as running:
            try:
                return self._answer(question, client, running)
            except Overloaded:
                if running.cancelled is not None:
                    raise running.cancelled from None
                raise

    def _answer(self, question: Question, client: str, running: Running) -> Answer:
        worker: Worker | None = None
        ended = "spent"
        try:
            with self.turns.turn(client, running.waits) as turn:
                worker = self._take()
                try:
                    running.starts(worker)
                    return worker.ask(question, self.limits, is_long=partial(self._aside, turn))
                except EngineFailure as failure:
                    ended = type(failure).__name__
                    raise
                finally:
                    running.ends()
                    if not worker.is_lost:
                        self._give_back(worker)
        finally:
            # After the turn has been handed on: the spare worker takes the next question.
            if worker is not None and worker.is_lost:
                with self._lock:
                    self.lost[ended] += 1
                self._replace()

    def _aside(self, turn: Turn) -> bool:
        """Have ``turn`` step aside, and a fresh worker stand by for the question after it."""
        if not turn.step_aside():
            return False
        self._replace()
        return True

    def write(self, change: Change, *, client: str = "") -> Outcome:
        """Make a change for ``client``, wholly or not at all. Raises one of ``failures``.

        When this returns, every question asked from now on is answered from after the change.
        """
        text = change.text if change.is_update else f"{change.kind} {change.graph}"
        with self.register.entered(text, client, WRITES[change.kind]) as running:
            try:
                with self.writing.turn(client, running.waits):
                    return self._write(change, running)
            except Overloaded:
                if running.cancelled is not None:
                    raise running.cancelled from None
                raise

    def _write(self, change: Change, running: Running) -> Outcome:
        source = self._running()
        self._require_version(change)
        worker = source.fork()
        try:
            running.starts(worker)
            outcome, patches = worker.write(change, self.limits)
        finally:
            running.ends()
            if not worker.is_lost:
                worker.end()
        if patches:
            self._publish(source, patches)
        return outcome

    def _require_version(self, change: Change) -> None:
        """Look whether the graph is what the write is meant for. Raises PreconditionFailed."""
        version = self.version_of(change.graph)
        here = (version, ANY) if version is not None else ()
        wanted, unwanted = change.if_match, change.if_none_match
        if wanted and not set(wanted).intersection(here):
            raise PreconditionFailed(
                "the graph has been changed, or is not there; read it again (If-Match)",
                graph=change.graph or "",
            )
        if set(unwanted).intersection(here):
            raise PreconditionFailed(
                "the graph is there already as the request would not have it (If-None-Match)",
                graph=change.graph or "",
            )

    def version_of(self, graph: str | None) -> str | None:
        """A short name of a graph's version; None where it is not there.

        The graph None is the default graph. The merged graphs of a build are there to be read.
        """
        manifest = self._manifest
        merged = graph in VIRTUAL and isinstance(self.build, Build)
        about = {} if graph is None or merged else manifest["graphs"].get(graph)
        if about is None:
            return None
        of_graph = manifest.get("default_version") if graph is None else about.get("version")
        return str(of_graph or manifest["version"])[:_VERSION_LENGTH]

    def _publish(self, source: Source, patches: bytes) -> None:
        try:
            source.apply(patches)
        finally:
            # Even a failure may have changed something: what is left must not be asked.
            with self._lock:
                # At once with the workers: whoever has seen the new version is answered from it.
                self._has_written = True
                self._manifest = source.manifest
                stale, self._idle = self._idle, []
        for worker in stale:
            worker.end()
        self._replace()

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
            if self._has_written:
                raise EngineDown(
                    "what was written since the start is lost with the process that kept it; "
                    "start the server anew to serve the files"
                )
            fresh = Source(self.build.origin(), self.limits)
            workers = [fresh.fork() for _ in range(self.workers + 1)]
            with self._lock:
                self._source = fresh
                self._idle = workers
                if not isinstance(self.build, Build):
                    self._manifest = fresh.manifest
            return fresh


def _of_writes(limits: Limits) -> Limits:
    """The limits of turns where one write is made at a time."""
    return replace(
        limits,
        queue_length=limits.write_queue,
        client_running=1,
        client_waiting=limits.client_writes,
        long_running=0,
    )
