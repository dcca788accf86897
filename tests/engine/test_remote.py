"""Asking another endpoint: whom it may be, what it may answer, and how long that may take.

Real servers on loopback; what other names resolve to is told to the resolver's place in the module.
"""

import http.server
import ipaddress
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from steamkg.engine import remote
from steamkg.engine.failures import (
    Cancelled,
    Forbidden,
    ResultTooLarge,
    ServiceFailed,
    ServiceTimeout,
)
from steamkg.engine.remote import Exchange, is_public

EMPTY = b'{"head":{"vars":["s"]},"results":{"bindings":[]}}'
JSON = "application/sparql-results+json"

Handle = Callable[[http.server.BaseHTTPRequestHandler, str], None]
Endpoint = Callable[..., str]


def reply(
    request: http.server.BaseHTTPRequestHandler,
    body: bytes = EMPTY,
    *,
    status: int = 200,
    media_type: str = JSON,
    **headers: str,
) -> None:
    request.send_response(status)
    request.send_header("Content-Type", media_type)
    request.send_header("Content-Length", str(len(body)))
    for name, value in headers.items():
        request.send_header(name.replace("_", "-"), value)
    request.end_headers()
    request.wfile.write(body)


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    """Start endpoints that answer as they are told; each gives its address."""
    servers: list[http.server.ThreadingHTTPServer] = []

    def start(handle: Handle, context: ssl.SSLContext | None = None) -> str:
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                form = self.rfile.read(int(self.headers["Content-Length"])).decode()
                handle(self, parse_qs(form)["query"][0])

            def log_message(self, format: str, *args: object) -> None:
                """Nothing."""

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        if context is not None:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}/sparql"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    """A socket that takes no connection; a test sees whether one was tried."""
    with socket.create_server(("127.0.0.1", 0)) as opened:
        opened.settimeout(0)
        yield opened


def exchange(
    endpoint: str, *, private: bool = True, seconds: float = 20.0, limit: int = 100_000
) -> Exchange:
    return Exchange(
        endpoint,
        private=private,
        seconds=seconds,
        result_bytes=limit,
        deadline=time.monotonic() + seconds,
    )


def resolving(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> list[str]:
    """Have every host resolve to these; gives the hosts that were looked up."""
    asked: list[str] = []

    def look_up(host: str, port: int, **_: object) -> list[object]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in addresses]

    monkeypatch.setattr(remote.socket, "getaddrinfo", look_up)
    return asked


def test_query_is_posted_as_a_form_and_the_answer_comes_as_it_is(endpoint: Endpoint) -> None:
    seen = {}

    def handle(request: http.server.BaseHTTPRequestHandler, query: str) -> None:
        seen.update(request.headers.items(), path=request.path, query=query)
        reply(request, media_type=JSON + "; charset=utf-8")

    url = endpoint(handle) + "?default-graph-uri=urn:a"
    solutions = exchange(url).ask("SELECT 'ž&+' {}")
    assert (solutions.media_type, solutions.body) == (JSON, EMPTY)
    assert (seen["path"], seen["query"]) == ("/sparql?default-graph-uri=urn:a", "SELECT 'ž&+' {}")
    assert seen["Host"] == url.split("/")[2]
    assert seen["Accept-Encoding"] == "identity"
    assert seen["Accept"].startswith(JSON)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.8.8",
        "0.0.0.0",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.169.254",
        "192.0.2.1",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "fe80::1",
        "fec0::1",
        "fc00::1",
        "ff0e::1",
        "2001:db8::1",
        "::ffff:127.0.0.1",
        "::ffff:8.8.8.8",
        "64:ff9b::7f00:1",
        "64:ff9b:1::1",
        "2002:7f00:1::1",
        "2001:0:7f00:1::1",
    ],
)
def test_address_that_is_not_of_the_open_internet_is_refused(
    monkeypatch: pytest.MonkeyPatch, listening: socket.socket, address: str
) -> None:
    assert not is_public(ipaddress.ip_address(address))
    resolving(monkeypatch, address)
    url = f"http://elsewhere.example:{listening.getsockname()[1]}/"
    with pytest.raises(Forbidden, match="not of the open Internet"):
        exchange(url, private=False).ask("ASK {}")
    with pytest.raises(BlockingIOError):
        listening.accept()


@pytest.mark.parametrize("address", ["8.8.8.8", "193.219.32.1", "2001:4860:4860::8888"])
def test_address_of_the_open_internet_is_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


def test_one_private_address_among_public_ones_is_enough_to_refuse(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    resolving(monkeypatch, "8.8.8.8", "127.0.0.1")
    with pytest.raises(Forbidden):
        exchange("http://elsewhere.example/", private=False).ask("ASK {}")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1", "2130706433", "[::1]", "localhost"])
def test_address_in_the_place_of_a_name_is_looked_at_as_well(
    listening: socket.socket, host: str
) -> None:
    url = f"http://{host}:{listening.getsockname()[1]}/"
    with pytest.raises(Forbidden):
        exchange(url, private=False).ask("ASK {}")
    with pytest.raises(BlockingIOError):
        listening.accept()


def test_name_is_resolved_once_and_the_connection_goes_to_what_was_looked_at(
    monkeypatch: pytest.MonkeyPatch, endpoint: Endpoint
) -> None:
    hosts = []
    url = endpoint(lambda request, _: (hosts.append(request.headers["Host"]), reply(request))[1])
    port = url.split(":")[2].split("/")[0]
    asked = resolving(monkeypatch, "127.0.0.1")
    exchange(f"http://elsewhere.example:{port}/sparql").ask("ASK {}")
    assert asked == ["elsewhere.example"]
    assert hosts == [f"elsewhere.example:{port}"]


def test_next_address_is_tried_where_the_first_takes_no_connection(
    monkeypatch: pytest.MonkeyPatch, endpoint: Endpoint
) -> None:
    port = endpoint(lambda request, _: reply(request)).split(":")[2].split("/")[0]
    real = socket.getaddrinfo

    def look_up(host: str, port: int, *rest: int, **options: int) -> object:
        if host != "elsewhere.example":
            return real(host, port, *rest, **options)
        return [(2, 1, 6, "", (one, port)) for one in ("127.0.0.77", "127.0.0.1")]

    monkeypatch.setattr(remote.socket, "getaddrinfo", look_up)
    assert exchange(f"http://elsewhere.example:{port}/").ask("ASK {}").body == EMPTY


def test_tls_checks_the_name_although_the_address_is_pinned(
    monkeypatch: pytest.MonkeyPatch, endpoint: Endpoint, tmp_path: Path
) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    made = subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-nodes", "-days", "2", "-subj", "/CN=right.example"),
            *("-addext", "subjectAltName=DNS:right.example"),
            *("-keyout", str(key), "-out", str(certificate)),
        ],
        capture_output=True,
        check=False,
    )
    if made.returncode:
        pytest.skip("needs openssl to make a certificate")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    names: list[str | None] = []
    context.sni_callback = lambda _socket, name, _context: names.append(name)
    url = endpoint(lambda request, _: reply(request), context)
    port = url.split(":")[2].split("/")[0]
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    real = socket.getaddrinfo
    monkeypatch.setattr(
        remote.socket,
        "getaddrinfo",
        lambda host, *rest, **options: real("127.0.0.1", *rest, **options),
    )
    assert exchange(f"https://right.example:{port}/").ask("ASK {}").body == EMPTY
    with pytest.raises(ServiceFailed, match="certificate"):
        exchange(f"https://wrong.example:{port}/").ask("ASK {}")
    assert names == ["right.example", "wrong.example"]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect_is_not_followed(
    endpoint: Endpoint, listening: socket.socket, status: int
) -> None:
    target = f"http://127.0.0.1:{listening.getsockname()[1]}/"
    url = endpoint(lambda request, _: reply(request, status=status, Location=target))
    with pytest.raises(ServiceFailed, match="redirect"):
        exchange(url).ask("ASK {}")
    with pytest.raises(BlockingIOError):
        listening.accept()


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"status": 500}, "status 500"),
        ({"status": 204}, "status 204"),
        ({"media_type": "text/html"}, "text/html"),
        ({"media_type": ""}, "no media type"),
        ({"Content_Encoding": "gzip"}, "coding"),
    ],
)
def test_other_answer_is_a_failure(
    endpoint: Endpoint, answer: dict[str, object], said: str
) -> None:
    url = endpoint(lambda request, _: reply(request, **answer))  # type: ignore[arg-type]
    with pytest.raises(ServiceFailed, match=said) as caught:
        exchange(url).ask("ASK {}")
    assert caught.value.details == {"endpoint": url}


@pytest.mark.parametrize("said", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Le"])
def test_peer_that_speaks_no_http_is_a_failure(listening: socket.socket, said: bytes) -> None:
    def answer() -> None:
        listening.settimeout(20)
        connection, _ = listening.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(said)

    thread = threading.Thread(target=answer, daemon=True)
    thread.start()
    with pytest.raises(ServiceFailed, match="cannot be asked"):
        exchange(f"http://127.0.0.1:{listening.getsockname()[1]}/").ask("ASK {}")
    thread.join(20)


def test_nobody_listening_is_a_failure(listening: socket.socket) -> None:
    url = f"http://127.0.0.1:{listening.getsockname()[1]}/"
    listening.close()
    with pytest.raises(ServiceFailed, match="cannot be asked"):
        exchange(url).ask("ASK {}")


def test_name_that_cannot_be_resolved_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    def look_up(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(remote.socket, "getaddrinfo", look_up)
    with pytest.raises(ServiceFailed, match="not known"):
        exchange("http://elsewhere.example/", private=False).ask("ASK {}")


def test_resolver_that_does_not_answer_ends_at_the_deadline(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hang = threading.Event()
    monkeypatch.setattr(remote.socket, "getaddrinfo", lambda *_, **__: hang.wait(60))
    with pytest.raises(ServiceTimeout) as caught:
        exchange("http://elsewhere.example/", seconds=0.2).ask("ASK {}")
    hang.set()
    assert caught.value.details["seconds"] == 0.2


def test_large_answer_is_refused_before_it_is_read_to_its_end(endpoint: Endpoint) -> None:
    endless = threading.Event()

    def handle(request: http.server.BaseHTTPRequestHandler, _: str) -> None:
        request.send_response(200)
        request.send_header("Content-Type", JSON)
        request.end_headers()
        try:
            while not endless.is_set():
                request.wfile.write(b" " * 10_000)
        except OSError:
            endless.set()

    with pytest.raises(ResultTooLarge, match="100,000 bytes"):
        exchange(endpoint(handle)).ask("ASK {}")
    assert endless.wait(20)


@pytest.mark.parametrize(
    "before", [b"", b"HTTP/1.1 200 OK\r\nContent-Type: " + JSON.encode() + b"\r\n\r\n"]
)
def test_peer_that_sends_a_byte_at_a_time_does_not_stretch_the_deadline(
    listening: socket.socket, before: bytes
) -> None:
    over = threading.Event()

    def drip() -> None:
        listening.settimeout(20)
        connection, _ = listening.accept()
        with connection:
            try:
                connection.sendall(before or b"HTTP/1.1 200 OK\r\nX: ")
                while not over.wait(0.02):
                    connection.sendall(b"x")
            except OSError:
                pass

    thread = threading.Thread(target=drip, daemon=True)
    thread.start()
    start = time.monotonic()
    with pytest.raises(ServiceTimeout):
        exchange(f"http://127.0.0.1:{listening.getsockname()[1]}/", seconds=0.5).ask("ASK {}")
    assert 0.4 < time.monotonic() - start < 5
    over.set()
    thread.join(20)


def test_cancelled_exchange_ends_at_once(endpoint: Endpoint) -> None:
    arrived, over = threading.Event(), threading.Event()

    def handle(request: http.server.BaseHTTPRequestHandler, _: str) -> None:
        arrived.set()
        over.wait(60)

    asking = exchange(endpoint(handle), seconds=60)
    outcome: list[BaseException] = []

    def ask() -> None:
        try:
            asking.ask("ASK {}")
        except Cancelled as cancelled:
            outcome.append(cancelled)

    thread = threading.Thread(target=ask)
    thread.start()
    assert arrived.wait(20)
    why = Cancelled("the operator ended it", by="operator")
    asking.cancel(why)
    thread.join(20)
    over.set()
    assert outcome == [why]
