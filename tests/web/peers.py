"""Other SPARQL servers as peers: real processes on free ports of this machine."""

import os
import re
import select
import socket
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import httpx
import pytest

_START_SECONDS = 300
_SERVER = Path(__file__).resolve().parents[2] / "server"


def free_port() -> int:
    """A port that was free a moment ago, for programs that cannot take port 0."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


@contextmanager
def running(command: Sequence[str | Path], *, ready: str, **options: object) -> Iterator[str]:
    """A process from the moment that it has printed what matches ``ready`` until the end.

    Gives the first group of the match, or all of it.
    """
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        **options,  # type: ignore[call-overload]
    )
    try:
        assert process.stdout is not None
        found = _awaited(process.stdout, re.compile(ready))
        # A pipe that nobody reads stops the process when it is full.
        threading.Thread(target=deque, args=(process.stdout, 0), daemon=True).start()
        yield found[1] if found.re.groups else found[0]
    finally:
        process.terminate()
        process.wait(timeout=60)


def _awaited(output: IO[bytes], ready: re.Pattern[str]) -> re.Match[str]:
    said = ""
    while True:
        readable, _, _ = select.select([output], [], [], _START_SECONDS)
        part = os.read(output.fileno(), 65536) if readable else b""
        said += part.decode(errors="replace")
        if found := ready.search(said):
            return found
        if not part:
            pytest.fail(f"the server did not start: {said}")


@contextmanager
def oxigraph(turtle: str) -> Iterator[str]:
    """The query endpoint of an ``oxigraph serve`` that holds this Turtle."""
    program = Path(sys.executable).with_name("oxigraph")
    if not program.is_file():
        pytest.skip("needs the package oxigraph (extra 'bench')")
    address = f"127.0.0.1:{free_port()}"
    with running([program, "serve", "--bind", address], ready="Listening for requests"):
        httpx.post(
            f"http://{address}/store?default",
            content=turtle.encode(),
            headers={"Content-Type": "text/turtle"},
            trust_env=False,
        ).raise_for_status()
        yield f"http://{address}/query"


@contextmanager
def steamkg(*options: str | Path) -> Iterator[str]:
    """The endpoint of a ``steamkg serve`` with these options."""
    command = [sys.executable, "-m", "steamkg", "serve", "--port", "0", "--workers", "1", *options]
    environment = {**os.environ, "PYTHONPATH": str(_SERVER)}
    with running(command, ready=r"at (http://\S+)/\n", env=environment) as url:
        yield url + "/sparql"


def select_rows(endpoint: str, query: str) -> list[dict[str, str]]:
    """The rows of a query as an endpoint gives them, values only."""
    response = httpx.post(
        endpoint,
        data={"query": query},
        headers={"Accept": "application/sparql-results+json"},
        timeout=120,
        trust_env=False,
    )
    assert response.status_code == 200, response.text
    return [
        {name: term["value"] for name, term in row.items()}
        for row in response.json()["results"]["bindings"]
    ]
