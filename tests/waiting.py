"""Waiting for what another process or thread does, without guessing how long it takes."""

import os
import time
from collections.abc import Callable


def wait_until(condition: Callable[[], object], seconds: float = 60.0) -> None:
    """Returns once ``condition`` holds; fails after ``seconds``, which only a fault uses up."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        os.sched_yield()
