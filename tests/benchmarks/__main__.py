"""`make bench`: the build, step by step, and the endpoint against `oxigraph serve-read-only`.

Both servers hold the same data in the same run on the same machine; what counts are the ratios.
"""

import gzip
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.benchmarks.client import Connection, measure, path_of

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
JSON = "application/sparql-results+json"
SECONDS = float(os.environ.get("BENCH_SECONDS", "2"))
ROUNDS = 3
COLUMNS = "".join(
    f" {name:>7}"
    for name in ("cold", "warm", "oxigr.", "c/o", "cold", "warm", "oxigr.", "c/o", "w/o")
)

FLOOR = (
    "SELECT ?o { <https://w3id.org/steamkg/id/organisation/vilniaus-universitetas>"
    " <http://www.w3.org/2004/02/skos/core#prefLabel> ?o }"
)
QUESTIONS = (
    "bodies/established-and-proposed",
    "partners/all-partners",
    "partners/counts-by-category",
    "modality/dominating-by-section",
    "across-documents/kinds-of-statement",
)
"""Five of the stored questions; both servers are asked of everything, asserted and inferred."""


def queries() -> dict[str, str]:
    """Name and text: a point lookup, which shows what a request costs at least, and questions."""
    texts = {name: (ROOT / "queries" / f"{name}.rq").read_text("utf-8") for name in QUESTIONS}
    return {"(point lookup)": FLOOR, **texts}


def build(directory: Path) -> Path:
    """Build three times; print the middle time, the steps and the peak memory."""
    runs = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        command = [BIN / "steamkg", "build", "--force", "--output", directory]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        if status:
            sys.exit("steamkg build failed")
        runs.append((time.perf_counter() - start, usage.ru_maxrss / 1024))
    seconds, memory = sorted(runs)[ROUNDS // 2]
    manifest = json.loads((directory / "current" / "manifest.json").read_text("utf-8"))
    print(f"steamkg build: {seconds:.2f} s, peak memory {memory:.0f} MB, ", end="")
    print(f"{manifest['default']} triples in the default graph")
    for step, duration in manifest["steps"].items():
        print(f"  {step:<10} {duration:6.2f} s")
    return directory / "current" / "dataset.nq.gz"


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(
    command: list[object], port: int, **environment: str
) -> Iterator[subprocess.Popen[bytes]]:
    """A server process that answers on ``port`` and is stopped at the end."""
    process = subprocess.Popen(
        [str(part) for part in command],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **environment},
    )
    try:
        end = time.monotonic() + 60
        while True:
            if process.poll() is not None or time.monotonic() > end:
                sys.exit(f"{command[0]} did not start")
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.05)
        yield process
    finally:
        process.terminate()
        process.wait(30)


def endpoint(dataset: Path, output: Path, scratch: Path) -> None:
    """Time the queries on both servers and print the ratios."""
    plain = scratch / "dataset.nq"
    with gzip.open(dataset) as packed, plain.open("wb") as unpacked:
        shutil.copyfileobj(packed, unpacked)
    location = scratch / "oxigraph"
    load = [BIN / "oxigraph", "load", "--location", location, "--file", plain]
    subprocess.run(load, check=True, capture_output=True)
    cold, warm, theirs = free_port(), free_port(), free_port()
    peer = [BIN / "oxigraph", "serve-read-only", "--location", location]
    with (
        running(serving(cold, output), cold, STEAMKG_CACHE_BYTES="0"),
        running(serving(warm, output), warm),
        running([*peer, "--bind", f"127.0.0.1:{theirs}"], theirs),
    ):
        print(f"\n{'':<36} {'':>5} {'p50 ms':^31} {'requests a second':^39}")
        print(f"{'query':<36} {'rows':>5}" + COLUMNS)
        for name, query in queries().items():
            a_path, b_path = path_of(query, "/sparql"), path_of(query, "/query")
            with Connection(cold, a_path, JSON) as connection:
                rows = len(json.loads(connection.get()[1])["results"]["bindings"])
            a = measure(cold, a_path, JSON, seconds=SECONDS)
            w = measure(warm, a_path, JSON, seconds=SECONDS)
            b = measure(theirs, b_path, JSON, seconds=SECONDS)
            print(
                f"{name:<36} {rows:>5}"
                f" {a.p50:>7.2f} {w.p50:>7.2f} {b.p50:>7.2f} {a.p50 / b.p50:>7.2f}"
                f" {a.rate:>7.0f} {w.rate:>7.0f} {b.rate:>7.0f} {a.rate / b.rate:>7.2f}"
                f" {w.rate / b.rate:>7.2f}"
            )


def serving(port: int, output: Path) -> list[object]:
    """The command that serves the build; the cold one has its result cache switched off."""
    return [BIN / "steamkg", "serve", "--port", port, "--no-build", "--output", output]


def main() -> None:
    """Run both benchmarks in a scratch directory."""
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        dataset = build(scratch / "build")
        endpoint(dataset, scratch / "build", scratch)


if __name__ == "__main__":
    main()
