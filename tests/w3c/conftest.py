"""A running server with an empty dataset, and the table of what the W3C's tests gave."""

import os
import re
import select
import socket
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

_KNOWN = tomllib.loads((Path(__file__).parent / "known.toml").read_text(encoding="utf-8"))
_SERVER = Path(__file__).resolve().parents[2] / "server"
_COMMAND = "--dataset empty --default-graph strict --writes open --validate-writes off --port 0"
_START_SECONDS = 60
_counts: dict[str, Counter[str]] = {}


@pytest.fixture(scope="session")
def known() -> dict[str, dict[str, str]]:
    """Tests that are skipped, and those known to fail: name to reason."""
    return _KNOWN


@contextmanager
def _served(*endpoints: str) -> Iterator[str]:
    """The address of a server for the suites that may ask these endpoints."""
    listed = [option for endpoint in endpoints for option in ("--private-service", endpoint)]
    process = subprocess.Popen(
        [sys.executable, "-m", "steamkg", "serve", *_COMMAND.split(), "--workers", "1", *listed],
        # The endpoints' data change from test to test, so what they answer must not be kept.
        env={**os.environ, "PYTHONPATH": str(_SERVER), "STEAMKG_SERVICE_CACHE_SECONDS": "0"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        readable, _, _ = select.select([process.stdout], [], [], _START_SECONDS)
        found = re.search(r"at (http://\S+)/\n", process.stdout.readline() if readable else "")
        assert found, "the server did not start"
        yield found[1]
    finally:
        process.terminate()
        process.communicate(timeout=_START_SECONDS)


@pytest.fixture(scope="session")
def endpoints() -> Iterator[dict[str, str]]:
    """The endpoints that the suites ask, and the real servers that stand in for them.

    The first one may ask the second, as a test of nested blocks needs; where the third should be,
    nobody listens.
    """
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        gone = f"http://127.0.0.1:{nobody.getsockname()[1]}/sparql"
        with _served() as second, _served(second + "/sparql", gone) as first:
            yield {
                "http://example.org/sparql": first + "/sparql",
                "http://example1.org/sparql": first + "/sparql",
                "http://example2.org/sparql": second + "/sparql",
                "http://invalid.endpoint.org/sparql": gone,
            }


@pytest.fixture(scope="session")
def client(endpoints: dict[str, str]) -> Iterator[httpx.Client]:
    """A client of a server started for the suites."""
    with (
        _served(*sorted(set(endpoints.values()))) as url,
        httpx.Client(base_url=url, timeout=30, trust_env=False) as opened,
    ):
        yield opened


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Count for the table: by folder of the suite."""
    _, is_case, case = report.nodeid.partition("test_sparql11.py::test_w3c[")
    folder, slash, _ = case.partition("/")
    if not (is_case and slash):  # without the suite there is one empty case
        return
    if report.when == "call" or report.outcome == "skipped":
        outcome = "known failures" if hasattr(report, "wasxfail") else report.outcome
        _counts.setdefault(folder, Counter())[outcome] += 1


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The table."""
    if not _counts:
        return
    columns = ("passed", "failed", "known failures", "skipped")
    terminalreporter.section("W3C SPARQL 1.1 over HTTP")
    rows = [*sorted(_counts.items()), ("in all", sum(_counts.values(), Counter()))]
    terminalreporter.write_line(f"{'':22}" + "".join(f"{name:>16}" for name in columns))
    for folder, counts in rows:
        line = "".join(f"{counts[name] or '':>16}" for name in columns)
        terminalreporter.write_line(f"{folder:22}{line}")
