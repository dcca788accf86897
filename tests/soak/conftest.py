"""Servers to be worn out, and what of them must not grow.

Run by ``make soak``; ``SOAK_REQUESTS`` says how many requests there are in all.
"""

import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from tests.web.conftest import await_ready, launch

from steamkg.protocol import tokens

REQUESTS = int(os.environ.get("SOAK_REQUESTS", "0"))
TOKEN = "a token of this test"
SLOWEST = 15.0
"""Seconds that any answer may take: queue and deadline together are a fifth of it."""
_KEPT = 2_000_000
_PSS = re.compile(r"^Pss:\s+(\d+) kB", re.MULTILINE)
_DEPLOYED = {
    "workers": 2,
    "query_seconds": 1,
    "queue_seconds": 2,
    "write_bytes": 200_000,
    "result_bytes": 1_000_000,
    "memory_bytes": 300_000_000,
    "cache_bytes": _KEPT,
    "operator_token_hash": tokens.hash_of(TOKEN),
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave these out of every run that does not ask for them."""
    if not REQUESTS:
        skip = pytest.mark.skip(reason="`make soak` runs these")
        for item in items:
            if Path(__file__).parent in item.path.parents:
                item.add_marker(skip)


@dataclass
class Victim:
    """A server, and where its standard error goes."""

    client: httpx.Client
    process: int
    errors: Path

    def tree(self) -> list[int]:
        """All its processes."""
        found = [self.process]
        for parent in found:
            for task in Path(f"/proc/{parent}/task").glob("*/children"):
                with suppress(FileNotFoundError, ProcessLookupError):
                    found += [int(one) for one in task.read_text("ascii").split()]
        return [process for process in found if not _is_dead(process)]

    def memory(self) -> int:
        """Bytes of all processes, each shared page counted once (proc(5), ``smaps_rollup``)."""
        total = 0
        for process in self.tree():
            with suppress(FileNotFoundError, ProcessLookupError):
                text = Path(f"/proc/{process}/smaps_rollup").read_text("ascii")
                total += sum(int(kilobytes) for kilobytes in _PSS.findall(text))
        return total * 1024

    def settle(self) -> None:
        """Have nothing under way, and no more processes than stand by."""
        headers = {"Authorization": f"Bearer {TOKEN}"}
        end = time.monotonic() + 60
        while self.client.get("/queries", headers=headers).json()["queries"]:
            assert time.monotonic() < end, "queries go on for ever"
            os.sched_yield()

    def complaints(self) -> list[str]:
        """What it wrote to its standard error."""
        return self.errors.read_text("utf-8", "replace").splitlines()


def _is_dead(process: int) -> bool:
    """Whether a process has ended and only waits to be reaped (proc(5), ``stat``)."""
    try:
        return Path(f"/proc/{process}/stat").read_text("ascii").rpartition(") ")[2][0] in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return True


Start = Callable[..., Victim]


@pytest.fixture(scope="session")
def start(real_build: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """Start servers; all are stopped at the end."""
    processes = []

    def started(**options: object) -> Victim:
        errors = tmp_path_factory.mktemp("soak") / "errors.txt"
        with errors.open("wb") as file:
            process = launch(real_build, stderr=file, **{**_DEPLOYED, **options})
        processes.append(process)
        limits = httpx.Limits(max_connections=20)
        client = httpx.Client(
            base_url=await_ready(process).url, timeout=SLOWEST, trust_env=False, limits=limits
        )
        return Victim(client, process.pid, errors)

    yield started
    for process in processes:
        process.terminate()
    for process in processes:
        process.communicate(timeout=60)


@pytest.fixture(scope="session")
def own(start: Start) -> Victim:
    """A server of the project's graph."""
    return start()


@pytest.fixture(scope="session")
def written(start: Start) -> Victim:
    """A server of a dataset that takes writes."""
    return start(dataset="empty", writes="open")
