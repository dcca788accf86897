"""Clients that go away free their workers; those that stay keep theirs."""

import os
import socket
import sys
import time
from collections import deque
from collections.abc import Iterator
from urllib.parse import quote, urlsplit

import httpx
import pytest
from tests.waiting import wait_until

from steamkg.engine.running import hash_of
from steamkg.protocol import tokens
from steamkg.web.departures import Connection, Request, connections, ticks, unmatched

HOURS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(?a = ?nothing) }"
COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
TOKEN = "a token of this test"
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc and TCP_INFO")


@pytest.fixture
def client(serve) -> Iterator[httpx.Client]:  # type: ignore[no-untyped-def]
    """A client of a server that would let a query run for a minute."""
    server = serve(
        workers=2,
        client_running=2,
        operator_token_hash=tokens.hash_of(TOKEN),
        query_seconds=60,
        queue_seconds=60,
        departure_seconds=0.1,
    )
    headers = {"Authorization": f"Bearer {TOKEN}"}
    with httpx.Client(base_url=server.url, trust_env=False, headers=headers) as opened:
        yield opened
        for one in opened.get("/queries").json()["queries"]:
            opened.delete(f"/queries/{one['id']}")


def send(client: httpx.Client, query: str, *, post: bool = False) -> socket.socket:
    """A connection on which a query was sent."""
    url = urlsplit(str(client.base_url))
    opened = socket.create_connection((str(url.hostname), url.port))
    if post:
        opened.sendall(
            b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\n"
            b"Content-Length: %d\r\n\r\n" % len(query)
        )
        opened.sendall(query.encode())
    else:
        opened.sendall(f"GET /sparql?query={quote(query)} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    return opened


def looks() -> Iterator[None]:
    """For as long as the server takes to look ten times."""
    end = time.monotonic() + 1
    while time.monotonic() < end:
        yield


def states(client: httpx.Client) -> dict[str, str]:
    """The queries under way: hash to state."""
    found = client.get("/queries").json()["queries"]
    return {one["query"]: one["state"] for one in found}


@linux_only
@pytest.mark.parametrize("post", [False, True])
def test_client_that_goes_away_frees_its_worker(client: httpx.Client, post: bool) -> None:
    gone, stays = HOURS + "#gone", HOURS + "#stays"
    first = send(client, gone, post=post)
    wait_until(lambda: states(client).get(hash_of(gone)) == "running")
    deque(looks(), 0)  # two that come within the kernel's tick cannot be told apart
    with send(client, stays, post=post):
        wait_until(lambda: states(client).get(hash_of(stays)) == "running")
        first.close()
        wait_until(lambda: hash_of(gone) not in states(client))
        for _ in looks():  # the other one is left alone
            assert states(client) == {hash_of(stays): "running"}
    wait_until(lambda: not states(client))
    figures = client.get("/metrics").text
    assert 'steamkg_query_seconds_count{outcome="cancelled"} 2.0' in figures
    assert client.get("/sparql", params={"query": COUNT}).status_code == 200


@linux_only
def test_client_that_goes_away_leaves_the_queue(client: httpx.Client) -> None:
    kept = [send(client, f"{HOURS}#{number}") for number in range(2)]
    wait_until(lambda: list(states(client).values()) == ["running"] * 2)
    deque(looks(), 0)
    waiting = HOURS + "#waits"
    third = send(client, waiting)
    wait_until(lambda: states(client).get(hash_of(waiting)) == "waiting")
    third.close()
    wait_until(lambda: hash_of(waiting) not in states(client))
    assert list(states(client).values()) == ["running"] * 2
    for one in kept:
        one.close()
    wait_until(lambda: not states(client))


@linux_only
def test_client_that_sends_its_next_request_early_is_still_there(client: httpx.Client) -> None:
    with send(client, HOURS + "#first") as opened:
        wait_until(lambda: states(client))
        opened.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
        for _ in looks():
            assert states(client) == {hash_of(HOURS + "#first"): "running"}


@linux_only
def test_equal_query_of_another_client_goes_on(client: httpx.Client) -> None:
    first = send(client, HOURS)
    wait_until(lambda: states(client))
    deque(looks(), 0)
    with send(client, HOURS):
        first.close()
        before = client.get("/queries").json()["queries"][0]["id"]
        wait_until(lambda: [q["id"] for q in client.get("/queries").json()["queries"]] > [before])
        assert states(client) == {hash_of(HOURS): "running"}


@linux_only
def test_looking_leaves_no_descriptor_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)) as client:
            accepted, _ = server.accept()
            with accepted:
                before = set(os.listdir("/proc/self/fd"))
                for _ in range(10):
                    (found,) = connections(port)
                    assert found.peer == "127.0.0.1"
                assert set(os.listdir("/proc/self/fd")) == before
                client.sendall(b"x")
                wait_until(lambda: next(connections(port)).received >= found.received)
                client.close()
                wait_until(lambda: not list(connections(port)))


@linux_only
def test_connections_are_dated_by_the_clock_of_the_kernel() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)) as client:
            accepted, _ = server.accept()
            with accepted:
                for _ in range(200):
                    before = ticks()
                    accepted.sendall(b"x")
                    (found,) = connections(port)
                    # By an exact clock it would look sent after the next request had come. Should
                    # the ticks catch up in between, it looks sent too early, which does no harm.
                    assert before - 1 < found.sent <= ticks()
                assert client.recv(1) == b"x"


def connection(received: float, sent: float, peer: str = "a") -> Connection:
    return Connection(peer, received, sent)


def request(came: float, peer: str = "a") -> Request:
    return Request(peer, came, came + 0.001)


@pytest.mark.parametrize(
    ("requests", "opened", "gone"),
    [
        ([request(5)], [connection(5, 4)], set()),
        ([request(5)], [], {0}),
        ([request(5)], [connection(5, 4, "b")], {0}),
        ([request(5)], [connection(3, 4)], {0}),  # idle
        ([request(5)], [connection(7, 6)], {0}),  # answered since, so it is another's
        ([request(5)], [connection(3, 3)], {0}),  # answered at once, and idle
        ([request(5)], [connection(9, 4)], set()),  # has sent its next request already
        ([request(5), request(6)], [connection(5, 1)], {1}),
        ([request(5), request(6)], [connection(6, 1)], {0}),
        ([request(5), request(6)], [connection(6, 5.5), connection(6, 1)], set()),
        ([request(5), request(5)], [connection(5, 1), connection(5, 1)], set()),
        ([request(5), request(5.01)], [connection(5, 1)], set()),  # one of them, but which?
    ],
)
def test_requests_are_matched_to_connections(
    requests: list[Request], opened: list[Connection], gone: set[int]
) -> None:
    assert unmatched(dict(enumerate(requests)), opened) == gone
