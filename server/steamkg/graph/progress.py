"""What a long piece of work tells whoever waits for it.

The command line shows a bar or plain lines; tests and other callers show nothing.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Protocol


class Progress(Protocol):
    """Called in order: `begin` and `end` for each step, `note` for anything else worth a line."""

    def begin(self, step: str) -> None:
        """A step starts."""

    def end(self, step: str, seconds: float, result: str) -> None:
        """The step is over; ``result`` says in a few words what came of it."""

    def note(self, text: str) -> None:
        """One line that belongs to no step."""


class Silent:
    """Shows nothing."""

    def begin(self, step: str) -> None:
        """Nothing."""

    def end(self, step: str, seconds: float, result: str) -> None:
        """Nothing."""

    def note(self, text: str) -> None:
        """Nothing."""


class Steps:
    """Times the steps of one piece of work and reports them."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self.seconds: dict[str, float] = {}

    @contextmanager
    def step(self, name: str) -> Iterator[list[str]]:
        """Around a step; the last string put into the list given is its result."""
        self._progress.begin(name)
        started = perf_counter()
        result: list[str] = []
        try:
            yield result
        finally:
            self.seconds[name] = round(perf_counter() - started, 4)
            self._progress.end(name, self.seconds[name], result[-1] if result else "stopped")
