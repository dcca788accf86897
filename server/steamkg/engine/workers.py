"""The pool's end of the nursery: start it, order workers from it, talk to them.

``Source`` is the nursery as a process of ours, ``Worker`` one of its workers as a socket. Neither
knows about queues; ``pool.py`` does.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from typing import Any, Final

from steamkg.engine import frames
from steamkg.engine.change import Change, Outcome
from steamkg.engine.failures import (
    Cancelled,
    DeadlineExceeded,
    EngineDown,
    EngineFailure,
    EvaluationFailed,
    MemoryExceeded,
    QueryTooComplex,
    ResultTooLarge,
)
from steamkg.engine.question import Answer, Limits, Question

_LOWEST_PRIORITY: Final = 19
_ALLOCATOR: Final = {"GLIBC_TUNABLES": "glibc.malloc.tcache_count=500"}
"""Freed blocks kept for use again, of each size (ld.so(8)). To parse a query takes thousands of
small ones; with glibc's 7 a short query took 15% longer. No other C library reads this."""
_ORDER_SECONDS: Final = 10.0
"""How long the nursery may take for one order; a fork takes milliseconds."""
_APPLY_SECONDS: Final = 300.0
"""How long it may take to apply patches, whose size is bounded."""


class Source:
    """A running nursery. Orders are carried out one at a time."""

    def __init__(
        self, origin: dict[str, object], limits: Limits, *, start_seconds: float = 300.0
    ) -> None:
        """Start a nursery that serves what ``origin`` describes, and wait until it is ready.

        Raises EngineDown with the nursery's own words when it cannot load the build.
        """
        self._lock = threading.Lock()
        self._limits = limits
        self._is_gone = False
        self._channel, theirs = socket.socketpair()
        arguments = {"origin": origin, "limits": asdict(limits)}
        # A new program instead of a fork: this process may have threads. A session of its own:
        # Ctrl-C at the terminal is for the server, which then closes the socket.
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603  # our own interpreter and module
                [
                    sys.executable,
                    "-P",
                    "-m",
                    "steamkg.engine.nursery",
                    str(theirs.fileno()),
                    json.dumps(arguments),
                ],
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                env={**_ALLOCATOR, **os.environ},  # an operator's own tuning holds instead
                start_new_session=True,
            )
        ready = self._receive(time.monotonic() + start_seconds)
        if "failed" in ready:
            self.close()
            raise EngineDown(str(ready["failed"]))
        self.triples = int(ready["triples"])
        self.seconds = float(ready["seconds"])
        self.manifest: dict[str, Any] = ready["manifest"]

    @property
    def process(self) -> int:
        """The nursery's process number."""
        return self._process.pid

    def is_alive(self) -> bool:
        """Whether the nursery still runs and listens."""
        return not self._is_gone and self._process.poll() is None

    def fork(self) -> "Worker":
        """A new worker. Raises EngineDown."""
        with self._lock:
            deadline = self._order({"order": "fork"})
            try:
                self._channel.settimeout(_ORDER_SECONDS)
                _, descriptors, _, _ = socket.recv_fds(self._channel, 1, 1)
            except OSError as error:
                self._is_gone = True
                raise EngineDown(f"the engine does not answer: {error}") from error
            answer = self._receive(deadline)
            version = str(self.manifest["version"])
        if not descriptors:
            raise EngineDown(f"the engine has no new worker: {answer.get('refused', 'it ended')}")
        channel = socket.socket(fileno=descriptors[0])
        frames.limit_sending(channel, self._limits.seconds)
        number, process = int(answer["worker"]), int(answer["process"])
        return Worker(self, number, process, channel, version=version)

    def kill(self, worker: int) -> None:
        """End a worker at once."""
        with self._lock:
            self._receive(self._order({"order": "kill", "worker": worker}))

    def apply(self, patches: bytes) -> None:
        """Change the data for all workers forked from now on; ``manifest`` tells what they are."""
        with self._lock:
            self._order({"order": "apply"}, patches, seconds=_APPLY_SECONDS)
            self.manifest = self._receive(time.monotonic() + _APPLY_SECONDS)["manifest"]

    def status(self, worker: int) -> int:
        """How a worker ended that has closed its socket: exit code, or minus the signal."""
        with self._lock:
            answer = self._receive(self._order({"order": "status", "worker": worker}))
        return int(answer["status"])

    def close(self) -> None:
        """End the nursery and with it all its workers."""
        self._channel.close()
        try:
            self._process.wait(timeout=_ORDER_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()  # the kernel then ends its workers
            self._process.wait()

    def _order(
        self, order: dict[str, object], body: bytes = b"", *, seconds: float = _ORDER_SECONDS
    ) -> float:
        deadline = time.monotonic() + seconds
        try:
            self._channel.settimeout(seconds)
            frames.send(self._channel, order, body)
        except OSError as error:
            self._is_gone = True
            raise EngineDown(f"the engine is gone: {error}") from error
        return deadline

    def _receive(self, deadline: float) -> dict[str, Any]:
        try:
            answer, _ = frames.receive(self._channel, limit=0, deadline=deadline)
        except (EOFError, OSError) as error:  # TimeoutError is an OSError
            self._is_gone = True
            raise EngineDown("the engine is gone") from error
        return answer


class Worker:
    """A worker process; one question at a time.

    ``version`` is that of the data it was forked with.
    After a failure for which ``is_lost`` is true the process has ended, or was ended.
    """

    def __init__(
        self, source: Source, number: int, process: int, channel: socket.socket, *, version: str
    ) -> None:
        self._source = source
        self._number = number
        self._channel = channel
        self._lock = threading.Lock()
        self._cancelled: Cancelled | None = None
        self._waits: float | None = None
        self.process = process
        self.version = version
        self.is_lost = False

    def ask(
        self,
        question: Question,
        limits: Limits,
        *,
        is_long: Callable[[], bool] = lambda: False,
    ) -> Answer:
        """The answer, complete and in time, or a failure.

        ``is_long`` is called when the question has run for ``limits.patience``; where it says so,
        the process gets only what time others leave, and is not asked again.
        """
        head, body = self._exchange(
            question.to_wire(),
            question.body,
            limits,
            limits.result_bytes,
            is_long=is_long if limits.long_running else None,
        )
        return Answer(
            form=head["form"],
            media_type=head["media_type"],
            body=body,
            seconds=float(head["seconds"]),
        )

    def write(self, change: Change, limits: Limits) -> tuple[Outcome, bytes]:
        """What comes of a change and the patches that make it; the worker is lost afterwards."""
        head, patches = self._exchange(change.to_wire(), change.body, limits, limits.memory_bytes)
        return Outcome(made=bool(head["made"]), seconds=float(head["seconds"])), patches

    def _exchange(
        self,
        wire: dict[str, object],
        sent: bytes,
        limits: Limits,
        most: int,
        *,
        is_long: Callable[[], bool] | None = None,
    ) -> tuple[dict[str, Any], bytes]:
        deadline = time.monotonic() + limits.seconds
        has_stepped_aside = False
        waits = limits.seconds if is_long is None else min(limits.patience, limits.seconds)
        try:
            if waits != self._waits:
                self._waits = waits
                frames.limit_receiving(self._channel, waits)
            frames.send(self._channel, wire, sent)
            start = frames.begin(self._channel)
            if not start and is_long is not None and is_long():
                has_stepped_aside = True
                with suppress(ProcessLookupError):  # what it died of is told below
                    os.setpriority(os.PRIO_PROCESS, self.process, _LOWEST_PRIORITY)
            head, body = frames.receive(self._channel, limit=most, deadline=deadline, start=start)
        except (TimeoutError, BlockingIOError) as error:
            self.end()
            raise DeadlineExceeded(
                f"the query ran longer than the {limits.seconds:g} seconds that one may take",
                seconds=limits.seconds,
            ) from error
        except frames.FrameTooLarge as error:
            self.end()
            raise ResultTooLarge(
                f"the result is larger than {most:,} bytes",
                limit=most,
            ) from error
        except (EOFError, ConnectionError) as error:
            raise self._death(limits) from error
        if head.get("spent"):
            self._bury()
        elif has_stepped_aside:
            self.end()  # no process may raise its priority again
        if "failure" in head:
            raise EngineFailure.from_wire(head)
        return head, body

    def end(self) -> None:
        """Kill the process."""
        with self._lock:
            is_lost, self.is_lost = self.is_lost, True
            self._channel.close()
            if not is_lost:
                self._source.kill(self._number)

    def cancel(self, why: Cancelled) -> None:
        """Kill the process while another thread waits for its answer, which then gets ``why``."""
        with self._lock:
            if not self.is_lost:
                self.is_lost = True
                self._cancelled = why
                # The channel stays open: its other end closes with the process, and wakes whoever
                # reads this one.
                self._source.kill(self._number)

    def _bury(self) -> int | None:
        """How the process ended; None if ``cancel`` ended it."""
        with self._lock:
            is_lost, self.is_lost = self.is_lost, True
            self._channel.close()
            return None if is_lost else self._source.status(self._number)

    def _death(self, limits: Limits) -> EngineFailure:
        """What the end of a worker says about the question it was working on."""
        status = self._bury()
        if self._cancelled is not None:
            return self._cancelled
        if status in (-signal.SIGABRT, -signal.SIGKILL):
            # Rust aborts when it gets no memory; the system kills when there is none at all.
            return MemoryExceeded(
                f"the query needs more than the {limits.memory_bytes:,} bytes of memory that one "
                "may use",
                limit=limits.memory_bytes,
            )
        if status == -signal.SIGALRM:
            return DeadlineExceeded("the query used up its time", seconds=limits.seconds)
        if status in (-signal.SIGSEGV, -signal.SIGBUS):
            return QueryTooComplex("the query is nested too deeply")
        return EvaluationFailed(f"the worker ended with status {status}")
