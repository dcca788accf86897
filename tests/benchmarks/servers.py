"""The servers that are compared: steamkg, Oxigraph, and nginx as an HTTP cache before steamkg."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

BIN = Path(sys.executable).parent

# Two caches. One keeps a result for the whole run, although steamkg asks caches to make sure each
# time: the best that a cache could do, and stale after the next publication. The other does what
# it is told. Vary is kept, or CSV would be given to who asked for JSON.
NGINX = """
daemon off;
worker_processes auto;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
  access_log off;
  keepalive_requests 1000000000;
  client_body_temp_path {folder}/body;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  proxy_temp_path {folder}/proxy;
  proxy_cache_path {folder}/cache keys_zone=results:8m max_size=256m use_temp_path=off;
  open_file_cache max=1000;
  sendfile on;
  tcp_nodelay on;
  server {{
    listen 127.0.0.1:{port};
    large_client_header_buffers 8 64k;
    location / {{
      proxy_pass http://127.0.0.1:{behind};
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      proxy_cache results;
      proxy_cache_valid 200 1h;
      proxy_ignore_headers Cache-Control;
    }}
  }}
  upstream told {{
    server 127.0.0.1:{before_told};
    keepalive 16;
  }}
  server {{
    listen 127.0.0.1:{told};
    large_client_header_buffers 8 64k;
    location / {{
      proxy_pass http://told;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      proxy_cache results;
      proxy_cache_revalidate on;
    }}
  }}
}}
"""


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


@contextmanager
def steamkg(output: Path, **environment: str) -> Iterator[tuple[int, int]]:
    """Serves the build in ``output``; gives port and process number."""
    port = free_port()
    command = [BIN / "steamkg", "serve", "--port", port, "--no-build", "--output", output]
    with running(command, port, **environment) as process:
        yield port, process.pid


@contextmanager
def oxigraph(plain: Path, scratch: Path) -> Iterator[int]:
    """`oxigraph serve-read-only` on the N-Quads in ``plain``; gives the port."""
    location = scratch / "oxigraph"
    program = BIN / "oxigraph"
    load = [program, "load", "--location", location, "--file", plain]
    subprocess.run(load, check=True, capture_output=True)
    port = free_port()
    command = [program, "serve-read-only", "--location", location, "--bind", f"127.0.0.1:{port}"]
    with running(command, port):
        yield port


@contextmanager
def nginx(cold: int, warm: int, scratch: Path) -> Iterator[tuple[int, int] | None]:
    """nginx as a cache; None where there is no nginx.

    Gives the port of the one that keeps everything, before the server on port ``cold``, and of the
    one that does as it is told, before the server on port ``warm``.
    """
    program = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin")
    if program is None:
        yield None
        return
    folder = scratch / "nginx"
    folder.mkdir()
    # Its workers run as another user when it is started as root.
    scratch.chmod(0o755)
    folder.chmod(0o755)
    port, told = free_port(), free_port()
    configuration = folder / "nginx.conf"
    configuration.write_text(
        NGINX.format(folder=folder, port=port, behind=cold, told=told, before_told=warm), "utf-8"
    )
    with running([program, "-p", folder, "-c", configuration], port):
        yield port, told


def memory(process: int) -> float:
    """Megabytes of a process and all below it; pages that they share are counted once (Linux)."""
    total = 0
    waiting = [process]
    while waiting:
        one = Path("/proc") / str(waiting.pop())
        for line in (one / "smaps_rollup").read_text("ascii").splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1])
        for children in one.glob("task/*/children"):
            waiting += map(int, children.read_text("ascii").split())
    return total / 1024
