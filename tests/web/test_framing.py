"""Requests that end too early, or may be read in two ways, sent byte by byte to a real server."""

import select
import socket
import sys
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest

LINE = b"<http://x/s> <http://x/p> <http://x/o> .\n"
G = "http://example.org/framing"
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="told by the kernel of Linux")


@pytest.fixture(scope="module")
def writable(serve) -> Iterator[httpx.Client]:  # type: ignore[no-untyped-def]
    """A client of a server that takes writes from this machine."""
    server = serve(dataset="empty", writes="open", workers=1)
    with httpx.Client(base_url=server.url, timeout=30, trust_env=False) as client:
        yield client


def exchange(client: httpx.Client, request: bytes, *, leave: bool = False) -> bytes:
    """All that the server sends back on one connection; with ``leave`` nothing more is sent."""
    url = urlsplit(str(client.base_url))
    with socket.create_connection((str(url.hostname), url.port), timeout=30) as opened:
        opened.sendall(request.replace(b"{host}", url.netloc.encode()))
        if leave:
            opened.shutdown(socket.SHUT_WR)
        received = b""
        while part := opened.recv(1 << 16):
            received += part
        return received


def status(response: bytes) -> int:
    return int(response.split(b" ", 2)[1])


def put(fields: bytes, body: bytes) -> bytes:
    start = b"PUT /graph-store?graph=" + G.encode() + b" HTTP/1.1\r\nHost: {host}\r\n"
    return start + b"Content-Type: application/n-triples\r\n" + fields + b"\r\n" + body


def is_kept(client: httpx.Client) -> bool:
    """Whether the graph was made."""
    return client.head("/graph-store", params={"graph": G}).status_code == 200


def test_body_shorter_than_its_length_is_not_stored(writable: httpx.Client) -> None:
    length = b"Content-Length: %d\r\n" % (2 * len(LINE))
    response = exchange(writable, put(length, LINE), leave=True)
    assert status(response) == 400
    assert b"before its Content-Length" in response
    assert not is_kept(writable)


@linux_only
def test_chunks_without_an_end_are_not_stored(writable: httpx.Client) -> None:
    chunk = b"%x\r\n%s\r\n" % (len(LINE), LINE)
    response = exchange(writable, put(b"Transfer-Encoding: chunked\r\n", chunk), leave=True)
    assert status(response) == 400
    assert b"while the body came in chunks" in response
    assert not is_kept(writable)


def test_chunks_with_an_end_are_stored(writable: httpx.Client) -> None:
    address = f"/graph-store?graph={G}/whole"
    kind = {"Content-Type": "application/n-triples"}
    assert writable.put(address, content=iter([LINE, LINE]), headers=kind).status_code == 201
    assert writable.get(address, headers={"Accept": kind["Content-Type"]}).content == LINE


def test_update_that_ends_too_early_is_not_made(writable: httpx.Client) -> None:
    update = b"INSERT DATA { GRAPH <" + G.encode() + b"> { <http://x/s> <http://x/p> 1 } } ;"
    response = exchange(
        writable,
        b"POST /update HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/sparql-update\r\n"
        b"Content-Length: 1000\r\n\r\n" + update,
        leave=True,
    )
    assert status(response) == 400
    assert not is_kept(writable)


@pytest.mark.parametrize(
    "hosts",
    [b"", b"Host:\r\n", b"Host: a b\r\n", b"Host: a/b\r\n", b"Host: {host}\r\nHost: evil\r\n"],
)
@pytest.mark.parametrize("path", [b"/health", b"/en", b"/sparql?query=ASK%7B%7D", b"/update"])
def test_request_without_one_host_is_refused(
    client: httpx.Client, hosts: bytes, path: bytes
) -> None:
    for _ in range(2):  # the second finds nothing kept, either
        response = exchange(client, b"GET " + path + b" HTTP/1.1\r\n" + hosts + b"\r\n")
        assert status(response) == 400
    assert b"names one host" in response


def test_old_client_needs_no_host(client: httpx.Client) -> None:
    assert status(exchange(client, b"GET /health HTTP/1.0\r\n\r\n")) == 200


@pytest.mark.parametrize("coding", [b"gzip, chunked", b"chunked, chunked", b"identity, chunked"])
def test_transfer_coding_that_is_not_undone_is_501(client: httpx.Client, coding: bytes) -> None:
    response = exchange(
        client,
        b"POST /sparql HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/sparql-query\r\n"
        b"Transfer-Encoding: " + coding + b"\r\n\r\n6\r\nASK {}\r\n0\r\n\r\n",
    )
    assert status(response) in (400, 501)
    assert b"boolean" not in response


@pytest.mark.parametrize("length", [b"4", b"11", b"90"])
def test_second_request_is_not_smuggled_behind_two_lengths(
    client: httpx.Client, length: bytes
) -> None:
    response = exchange(
        client,
        b"POST /sparql HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/sparql-query\r\n"
        b"Content-Length: " + length + b"\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"6\r\nASK {}\r\n0\r\n\r\n"
        b"GET /health HTTP/1.1\r\nHost: {host}\r\n\r\n",
    )
    # RFC 9112 §6.3: the chunks count, and the connection ends behind them.
    assert response.count(b"HTTP/1.1 ") == 1


@pytest.mark.parametrize("path", [b"/en", b"/browse//x", b"/lt//browse"])
def test_redirect_stays_on_the_host_whatever_host_says(client: httpx.Client, path: bytes) -> None:
    response = exchange(
        client,
        b"GET " + path + b"?a=b HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
    )
    head = response.partition(b"\r\n\r\n")[0]
    assert b"evil.example" not in head
    places = [line for line in head.lower().split(b"\r\n") if line.startswith(b"location:")]
    assert all(b" /" in place and b" //" not in place for place in places)
    assert places or status(response) == 404


@pytest.mark.parametrize("path", ["/sparql", "/en/results"])
def test_slow_bodies_leave_threads_for_others(serve, path: str) -> None:  # type: ignore[no-untyped-def]
    server = serve(threads=8, workers=1)
    url = urlsplit(server.url)
    head = f"POST {path} HTTP/1.1\r\nHost: {url.netloc}\r\nContent-Length: 100\r\n"
    form = "Content-Type: application/x-www-form-urlencoded\r\n\r\nquery="
    slow = [socket.create_connection((str(url.hostname), url.port), timeout=30) for _ in range(9)]
    try:
        for one in slow:
            one.sendall((head + form).encode())
        # One client has two places of eight threads; whoever has none is told so at once.
        refused: set[socket.socket] = set()
        while len(refused) < 7:
            readable, _, _ = select.select(set(slow) - refused, [], [], 30)
            assert readable, "the server waits for those that are slow"
            for one in readable:
                assert status(one.recv(1 << 16)) == 503
            refused |= set(readable)
        with httpx.Client(base_url=server.url, timeout=30, trust_env=False) as client:
            assert client.get("/health").status_code == 200
            assert client.get("/sparql", params={"query": "ASK {}"}).status_code == 200
    finally:
        for one in slow:
            one.close()
