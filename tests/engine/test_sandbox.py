"""What a confined process cannot do any more, tried in one."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="Linux keeps this limit")
SERVER = Path(__file__).resolve().parents[2] / "server"
PROLOGUE = """
import os, socket, sys
import pyoxigraph as ox
from steamkg.engine import sandbox
def attempt(action):
    try:
        action()
    except BaseException as error:
        os.write(1, (type(error).__name__ + "\\n").encode())
    else:
        os.write(1, b"done\\n")
"""


def confined(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", PROLOGUE + code, *arguments],
        env={**os.environ, "PYTHONPATH": str(SERVER)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_confined_process_opens_neither_file_nor_socket() -> None:
    code = """
sandbox.confine(1 << 30)
attempt(lambda: os.open("/dev/null", os.O_RDONLY))
attempt(lambda: socket.socket())
attempt(lambda: os.pipe())
"""
    assert confined(code).stdout.split() == ["OSError"] * 3


def test_confined_engine_loads_nothing() -> None:
    # LOAD is refused before; this is what holds if that is ever outwitted.
    code = """
store = ox.Store()
update = "LOAD <" + sys.argv[1] + ">"
sandbox.confine(1 << 30)
attempt(lambda: store.update(update))
"""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0)
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/"
        assert confined(code, url).stdout.split() == ["OSError"]
        with pytest.raises(BlockingIOError):
            listening.accept()


@pytest.mark.parametrize("silent", ["", "SILENT"])
def test_confined_engine_dials_nobody(silent: str) -> None:
    # The lexer refuses SERVICE before; this is what holds if it is ever outwitted.
    code = f"""
store = ox.Store()
query = "SELECT * {{ SERVICE {silent} <" + sys.argv[1] + "> {{ ?s ?p ?o }} }}"
sandbox.confine(1 << 30)
attempt(lambda: list(store.query(query)))
"""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0)
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/"
        done = confined(code, url)
        with pytest.raises(BlockingIOError):
            listening.accept()
    assert done.stdout.split() == (["done"] if silent else ["OSError"])


@linux_only
def test_confined_process_gets_no_more_memory_than_allowed() -> None:
    code = """
sandbox.confine(50_000_000)
attempt(lambda: bytearray(20_000_000))
attempt(lambda: bytearray(100_000_000))
"""
    assert confined(code).stdout.split() == ["done", "MemoryError"]


def test_confined_process_cannot_take_its_limits_back() -> None:
    code = """
import resource
sandbox.confine(1 << 30)
os.setuid(65534) if os.getuid() == 0 else None
attempt(lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (100, 100)))
"""
    assert confined(code).stdout.split() == ["ValueError"]


def test_alarm_ends_a_process_that_nobody_kills() -> None:
    done = confined("sandbox.set_alarm(0.05)\nwhile True: pass\n")
    assert done.returncode == -signal.SIGALRM


def test_alarm_called_off_ends_nothing() -> None:
    code = "import signal\nsandbox.set_alarm(30)\nsandbox.set_alarm(0)\n"
    code += "os.write(1, str(signal.getitimer(signal.ITIMER_REAL)).encode())"
    assert confined(code).stdout == "(0.0, 0.0)"
