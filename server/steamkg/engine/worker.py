"""The life of a worker: a forked, confined process that answers one question after another.

It reads questions from its one socket and writes answers to it. A change is answered with the
patches that make it, and spoils the worker's own copy of the data, so it is the last thing a worker
does. It keeps no deadline: the pool kills it. It ends by itself when the socket is closed, or after
an answer that left it grown.
"""

import os
import resource
import socket
import sys
from dataclasses import dataclass, replace
from typing import Any, Final, NoReturn

from steamkg.engine import frames, sandbox
from steamkg.engine.change import Change
from steamkg.engine.evaluate import evaluate
from steamkg.engine.failures import EngineFailure, EvaluationFailed, MemoryExceeded
from steamkg.engine.merges import QUAD_BYTES, Merges
from steamkg.engine.question import Limits, Question
from steamkg.engine.store import Stores
from steamkg.engine.write import write

_QUESTION_BYTES: Final = 1 << 31
"""More than the web process lets through: changes, and what other endpoints answered."""
_MERGES_SHARE: Final = 16
"""This part of a question's memory is for merged graphs that are kept."""
_ALARM_MARGIN: Final = 2.0
"""Seconds past the deadline after which the kernel ends a worker that nobody killed."""


@dataclass(frozen=True)
class _Growth:
    """Watches how far this process has grown since it was confined."""

    before: int
    limit: int

    def is_spent(self) -> bool:
        """Whether too little of the allowance is left for the next question."""
        return _peak() - self.before > self.limit // 4


def run(channel: socket.socket, stores: Stores, limits: Limits) -> NoReturn:
    """Answer questions from ``channel`` until it is closed, then end this process."""
    code = 1
    try:
        _silence()
        sandbox.confine(limits.memory_bytes)
        stores = replace(stores, merges=_room(limits))
        growth = _Growth(_peak(), limits.memory_bytes)
        _loop(channel, stores, limits, growth)
        code = 0
    except (EOFError, ConnectionError):
        code = 0  # the pool is gone, or has let this worker go
    finally:
        os._exit(code)


def _room(limits: Limits) -> Merges:
    """Room for merged graphs, in a part of the memory whose use would not yet end this process."""
    return Merges(limits.memory_bytes // _MERGES_SHARE // QUAD_BYTES)


def _loop(channel: socket.socket, stores: Stores, limits: Limits, growth: _Growth) -> None:
    spent = False
    while not spent:
        wire, sent = frames.receive(channel, limit=_QUESTION_BYTES)
        sandbox.set_alarm(limits.seconds + _ALARM_MARGIN)
        head, body = _reply(stores, wire, sent, limits)
        # A worker that lies about its growth only shortens its own life.
        spent = (
            "change" in wire
            or growth.is_spent()
            or head.get("failure") in ("MemoryExceeded", "EvaluationFailed")
        )
        if spent:
            head["spent"] = True
        frames.send(channel, head, body)
        sandbox.set_alarm(0)


def _reply(
    stores: Stores, wire: dict[str, Any], sent: bytes, limits: Limits
) -> tuple[dict[str, object], bytes]:
    try:
        if "change" in wire:
            outcome, patches = write(stores, Change.from_wire(wire, sent), nesting=limits.nesting)
            return {"made": outcome.made, "seconds": outcome.seconds}, patches
        answer = evaluate(
            stores,
            Question.from_wire(wire, sent),
            result_bytes=limits.result_bytes,
            rows=limits.rows,
            nesting=limits.nesting,
        )
    except EngineFailure as failure:
        return failure.to_wire(), b""
    except MemoryError:
        return MemoryExceeded("out of memory", limit=limits.memory_bytes).to_wire(), b""
    except BaseException as fault:  # noqa: BLE001  # a panic in the engine is no Exception
        reason = f"{type(fault).__name__}: {fault}"
        return EvaluationFailed(reason).to_wire(), b""
    head: dict[str, object] = {
        "form": answer.form,
        "media_type": answer.media_type,
        "seconds": answer.seconds,
    }
    return head, answer.body


def _peak() -> int:
    """The largest resident size so far, in bytes (getrusage(2): kilobytes, on macOS bytes)."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _silence() -> None:
    """Send what the engine prints when it aborts to nowhere; the exit status says enough."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nowhere, standard)
    os.close(nowhere)
