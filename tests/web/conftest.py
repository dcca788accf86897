"""A tiny build, and real servers that serve it on free ports."""

import hashlib
import os
import re
import select
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import httpx
import pyoxigraph as ox
import pytest

from steamkg.graph.content import DEFAULT_KINDS
from steamkg.graph.publish import Builds

BASE = "https://w3id.org/steamkg/"
GRAPHS = {
    BASE + "graph/a/one": (
        "section",
        "x:a x:p x:b . x:a x:p x:c . x:a x:label 'žodis'@lt ."
        + " ".join(f"x:s{n} x:many x:o{n % 50} ." for n in range(2000)),
    ),
    # x:a x:p x:b stands in both sections: a merge that is no set counts it twice.
    BASE + "graph/a/two": ("section", "x:a x:p x:b . x:d x:p x:e ."),
    BASE + "graph/inferred": ("inferred", "x:b x:inverse x:a ."),
}
TRIPLES = 2005
_SERVER = Path(__file__).resolve().parents[2] / "server"
_START = (
    "import sys\n"
    "from steamkg.settings import Settings\n"
    "from steamkg.web.serve import serve\n"
    "sys.exit(serve(Settings.from_environment()))\n"
)
_READY = re.compile(r"at (http://\S+)/\n")
_START_SECONDS = 60


@dataclass
class Server:
    """A running server: its process, its address, what it said first."""

    process: subprocess.Popen[str]
    url: str
    greeting: str

    @property
    def sparql(self) -> str:
        """The endpoint."""
        return self.url + "/sparql"

    def stop(self) -> int:
        """Stop it as a service manager does; its exit code."""
        self.process.terminate()
        return self.process.wait(timeout=60)


def launch(
    build_directory: Path, *, stderr: IO[bytes] | int = subprocess.PIPE, **options: object
) -> subprocess.Popen[str]:
    """A server process with options given as environment variables."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(_SERVER),
        "STEAMKG_BUILD": str(build_directory),
        "STEAMKG_PORT": "0",
        **{f"STEAMKG_{name.upper()}": str(value) for name, value in options.items()},
    }
    return subprocess.Popen(
        [sys.executable, "-c", _START],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
    )


def await_ready(process: subprocess.Popen[str]) -> Server:
    """The server once it has printed where it is."""
    assert process.stdout is not None
    readable, _, _ = select.select([process.stdout], [], [], _START_SECONDS)
    greeting = process.stdout.readline() if readable else ""
    found = _READY.search(greeting)
    if found is None:
        process.kill()
        _, errors = process.communicate()
        pytest.fail(f"the server did not start: {greeting}{errors}")
    return Server(process, found[1], greeting)


@pytest.fixture(scope="session")
def build_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of builds with the tiny build in it."""
    root = tmp_path_factory.mktemp("served")
    dataset = ox.Dataset()
    graphs = {}
    for iri, (kind, turtle) in GRAPHS.items():
        quads = list(ox.parse("@prefix x: <http://x/> .\n" + turtle, ox.RdfFormat.TURTLE))
        graphs[iri] = {"kind": kind, "triples": len(quads)}
        for quad in quads:
            dataset.add(ox.Quad(quad.subject, quad.predicate, quad.object, ox.NamedNode(iri)))
            if kind in DEFAULT_KINDS:
                dataset.add(ox.Quad(quad.subject, quad.predicate, quad.object))
    nquads = ox.serialize(dataset, format=ox.RdfFormat.N_QUADS)
    manifest = {
        "format": 1,
        "version": hashlib.sha256(nquads).hexdigest(),
        "graphs": graphs,
        "default": TRIPLES,
        "asserted": TRIPLES - 1,
        "inferred": 1,
    }
    builds = Builds(root)
    with builds.exclusively(waiting=lambda: None):
        builds.publish(nquads, manifest)
    return root


Serve = Callable[..., Server]


@pytest.fixture(scope="session")
def serve(build_directory: Path) -> Iterator[Serve]:
    """Start servers; all are stopped at the end of the run."""
    started: list[subprocess.Popen[str]] = []

    def start(**options: object) -> Server:
        process = launch(build_directory, **options)
        started.append(process)
        return await_ready(process)

    yield start
    for process in started:
        process.terminate()
    for process in started:
        process.communicate(timeout=60)


@pytest.fixture(scope="session")
def server(serve: Serve) -> Server:
    """A server with limits that a test can reach."""
    return serve(
        query_seconds=1,
        result_bytes=100_000,
        memory_bytes=150_000_000,
        workers=2,
        query_bytes=50_000,
    )


@pytest.fixture(scope="session")
def client(server: Server) -> Iterator[httpx.Client]:
    """A client of that server."""
    with httpx.Client(base_url=server.url, timeout=30, trust_env=False) as opened:
        yield opened
