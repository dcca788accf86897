"""A running server with an empty dataset, and the table of what the W3C's tests gave."""

import os
import re
import select
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

_KNOWN = tomllib.loads((Path(__file__).parent / "known.toml").read_text(encoding="utf-8"))
_SERVER = Path(__file__).resolve().parents[2] / "server"
_COMMAND = "--dataset empty --default-graph strict --writes open --validate-writes off --port 0"
_counts: dict[str, Counter[str]] = {}


@pytest.fixture(scope="session")
def known() -> dict[str, dict[str, str]]:
    """Tests that are skipped, and those known to fail: name to reason."""
    return _KNOWN


@pytest.fixture(scope="session")
def client() -> Iterator[httpx.Client]:
    """A client of a server started for the suites."""
    process = subprocess.Popen(
        [sys.executable, "-m", "steamkg", "serve", *_COMMAND.split(), "--workers", "1"],
        env={**os.environ, "PYTHONPATH": str(_SERVER)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        readable, _, _ = select.select([process.stdout], [], [], 60)
        found = re.search(r"at (http://\S+)/\n", process.stdout.readline() if readable else "")
        assert found, "the server did not start"
        with httpx.Client(base_url=found[1], timeout=30, trust_env=False) as opened:
            yield opened
    finally:
        process.terminate()
        process.communicate(timeout=60)


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
