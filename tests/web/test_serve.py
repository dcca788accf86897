"""Starting and stopping the server: ports, signals, and what is left behind."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from tests.waiting import wait_until

from steamkg.settings import Settings
from steamkg.web.serve import serve as serve_here

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


def descendants(process: int) -> list[int]:
    """All processes below ``process`` (proc(5))."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text(encoding="ascii").split()
    return [one for child in map(int, children) for one in (child, *descendants(child))]


def is_running(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state.split()[0] != "Z"


def test_greeting_says_what_is_served_and_where(serve, build_directory) -> None:  # type: ignore[no-untyped-def]
    server = serve(workers=1)
    version = (build_directory / "current").resolve().name
    assert server.greeting == f"steamkg serves 2005 triples (version {version}) at {server.url}/\n"
    assert httpx.get(server.sparql, trust_env=False).status_code == 200


@linux_only
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_stop_leaves_no_process(serve, how: signal.Signals) -> None:  # type: ignore[no-untyped-def]
    server = serve(workers=2)
    started = descendants(server.process.pid)
    assert len(started) == 5  # the web process, the nursery, two workers and a spare one
    server.process.send_signal(how)
    assert server.process.wait(timeout=60) == 0
    assert not any(map(is_running, started))
    assert server.process.stderr.read() == ""


@linux_only
def test_stop_ends_even_with_a_client_connected(serve) -> None:  # type: ignore[no-untyped-def]
    server = serve(workers=1, query_seconds=2)
    with httpx.Client(trust_env=False) as client:
        assert client.get(server.sparql).status_code == 200
        started = descendants(server.process.pid)
        assert server.stop() == 0
        assert not any(map(is_running, started))


@linux_only
def test_server_that_is_killed_leaves_no_process(serve) -> None:  # type: ignore[no-untyped-def]
    server = serve(workers=1)
    started = descendants(server.process.pid)
    assert len(started) == 4
    server.process.kill()
    wait_until(lambda: not any(map(is_running, started)))


@linux_only
def test_killed_worker_and_nursery_are_replaced(serve) -> None:  # type: ignore[no-untyped-def]
    server = serve(workers=1)
    web, nursery, *workers = descendants(server.process.pid)
    with httpx.Client(base_url=server.url, trust_env=False) as client:
        for victim in (*workers, nursery):
            os.kill(victim, signal.SIGKILL)
            wait_until(lambda victim=victim: not is_running(victim))
            statuses = []
            while not statuses or statuses[-1] != 200:
                statuses.append(client.get("/sparql", params={"query": "ASK {}"}).status_code)
                assert set(statuses) <= {200, 503}
                assert len(statuses) < 6
    assert descendants(server.process.pid)[0] == web


@linux_only
def test_web_process_that_dies_ends_the_server(serve) -> None:  # type: ignore[no-untyped-def]
    server = serve(workers=1)
    started = descendants(server.process.pid)
    os.kill(started[0], signal.SIGKILL)
    assert server.process.wait(timeout=60) == 1
    wait_until(lambda: not any(map(is_running, started)))


def test_port_in_use_is_one_line(build_directory: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert serve_here(Settings(build_directory=build_directory, port=port)) == 1
    written = capfd.readouterr()
    assert written.err == f"steamkg: cannot listen on 127.0.0.1:{port}: Address already in use\n"
    assert written.out == ""


def test_second_server_does_not_share_the_port(  # type: ignore[no-untyped-def]
    serve, build_directory: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    port = httpx.URL(serve(workers=1).url).port
    assert serve_here(Settings(build_directory=build_directory, port=port)) == 1
    assert "already in use" in capfd.readouterr().err


@pytest.mark.parametrize("host", ["256.1.1.1", "no host", "192.0.2.1"])
def test_address_that_is_not_ours_is_one_line(
    build_directory: Path, capfd: pytest.CaptureFixture[str], host: str
) -> None:
    assert serve_here(Settings(build_directory=build_directory, host=host, port=0)) == 1
    assert capfd.readouterr().err.startswith(f"steamkg: cannot listen on {host}:0: ")


def test_no_build_is_one_line(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert serve_here(Settings(build_directory=tmp_path, port=0)) == 1
    written = capfd.readouterr().err
    assert written == f"steamkg: no build in {tmp_path}; `steamkg build` makes one\n"


def test_damaged_build_is_told_and_ends_the_server(tmp_path: Path, build_directory: Path) -> None:
    for file in (build_directory / "current").iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "dataset.nq.gz").write_bytes(b"")
    code = (
        "import sys\nfrom pathlib import Path\nfrom steamkg.settings import Settings\n"
        "from steamkg.web.serve import serve\n"
        f"sys.exit(serve(Settings(build_directory=Path({str(tmp_path)!r}), port=0)))"
    )
    server = Path(__file__).resolve().parents[2] / "server"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(server)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1
    assert "differs from its manifest" in done.stderr
    assert "Traceback" not in done.stderr
