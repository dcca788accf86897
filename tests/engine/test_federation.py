"""A pool with other endpoints: whom it asks and whom not, what it keeps, and how it fails.

The other endpoints are small servers that answer from a store, on loopback.
"""

import http.server
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from urllib.parse import parse_qs

import pyoxigraph as ox
import pytest

from steamkg.engine.calls import Call
from steamkg.engine.failures import (
    Cancelled,
    EngineFailure,
    Forbidden,
    Overloaded,
    QueryTooComplex,
    ResultTooLarge,
    ServiceFailed,
    ServiceTimeout,
)
from steamkg.engine.federation import Federation, Kept, ServiceLimits
from steamkg.engine.pool import Pool
from steamkg.engine.question import Question, Solutions
from steamkg.engine.running import OPERATOR
from steamkg.engine.store import Build

JSON = "application/sparql-results+json"


@dataclass
class Elsewhere:
    """An endpoint with a few triples; it waits for ``go`` before it answers."""

    url: str = ""
    queries: list[str] = field(default_factory=list)
    status: int = 200
    go: threading.Event = field(default_factory=threading.Event)
    arrived: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    store = ox.Store()
    store.load(
        b"@prefix x: <http://x/> . x:b x:name 'B' . x:c x:name 'C' . x:far x:name 'Far' .",
        ox.RdfFormat.TURTLE,
    )
    here = Elsewhere()
    here.go.set()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            form = self.rfile.read(int(self.headers["Content-Length"])).decode()
            query = parse_qs(form)["query"][0]
            here.queries.append(query)
            here.arrived.release()
            here.go.wait(60)
            results = store.query(query)
            assert isinstance(results, ox.QuerySolutions)
            body = results.serialize(format=ox.QueryResultsFormat.JSON) or b""
            self.send_response(here.status)
            self.send_header("Content-Type", JSON)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    here.url = f"http://127.0.0.1:{server.server_port}/sparql"
    yield here
    here.go.set()
    server.shutdown()
    server.server_close()


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    """A socket that takes no connection; a test sees whether one was tried."""
    with socket.create_server(("127.0.0.1", 0)) as opened:
        opened.settimeout(0)
        yield opened


@pytest.fixture(scope="module")
def small_pool(build: Build) -> Iterator[Pool]:
    with Pool(build, workers=2) as running:
        yield running


Federate = Callable[..., Federation]


@pytest.fixture
def federate(small_pool: Pool, elsewhere: Elsewhere) -> Federate:
    """The pool with that endpoint listed, unless other limits are given."""
    return lambda **options: Federation(
        small_pool,
        ServiceLimits(**{"private": frozenset([elsewhere.url]), "seconds": 20.0, **options}),
    )


def names(url: str, silent: str = "") -> Question:
    text = (
        "PREFIX x: <http://x/> SELECT ?o ?n { x:a x:p ?o "
        f"SERVICE {silent} <{url}> {{ ?o x:name ?n }} }} ORDER BY ?o"
    )
    return Question(text=text, solutions="text/csv")


def test_query_joins_what_is_here_and_elsewhere(federate: Federate, elsewhere: Elsewhere) -> None:
    answer = federate().ask(names(elsewhere.url))
    assert answer.body == b"o,n\r\nhttp://x/b,B\r\nhttp://x/c,C\r\n"
    assert elsewhere.queries == ["SELECT ?n ?o WHERE { ?o <http://x/name> ?n }"]


def test_every_form_may_ask(federate: Federate, elsewhere: Elsewhere) -> None:
    block = f"{{ x:a x:p ?o SERVICE <{elsewhere.url}> {{ ?o x:name 'C' }} }}"
    federation, prefix = federate(), "PREFIX x: <http://x/> "
    ask = federation.ask(Question(text=f"{prefix} ASK {block}", solutions="text/csv"))
    assert ask.body == b"true"
    for form in ("CONSTRUCT { ?o x:found true } WHERE", "DESCRIBE ?o WHERE"):
        answer = federation.ask(
            Question(text=f"{prefix} {form} {block}", triples="application/n-triples")
        )
        assert (form.split()[0], b"true" in answer.body) == (answer.form, form[0] == "C")


@pytest.mark.parametrize("silent", ["", "SILENT"])
def test_endpoint_that_is_not_listed_is_not_asked(
    federate: Federate, listening: socket.socket, elsewhere: Elsewhere, silent: str
) -> None:
    url = f"http://127.0.0.1:{listening.getsockname()[1]}/"
    federation = federate()
    nested = (
        f"SELECT * {{ SERVICE <{elsewhere.url}> {{ ?s ?p ?o SERVICE {silent} <{url}> {{}} }} }}"
    )
    near = elsewhere.url + "?x=1"
    for question in (names(url, silent), Question(text=nested), names(near, silent)):
        with pytest.raises(Forbidden, match="only the endpoints that its operator has listed"):
            federation.ask(question)
    with pytest.raises(BlockingIOError):
        listening.accept()
    assert elsewhere.queries == []
    assert federation.counts == {"refused": 3}


@pytest.mark.parametrize("silent", ["", "SILENT"])
def test_nobody_is_listed_at_first(small_pool: Pool, listening: socket.socket, silent: str) -> None:
    url = f"http://127.0.0.1:{listening.getsockname()[1]}/"
    with pytest.raises(Forbidden, match="asks no other host"):
        Federation(small_pool, ServiceLimits()).ask(names(url, silent))
    with pytest.raises(BlockingIOError):
        listening.accept()


@pytest.mark.parametrize("silent", ["", "SILENT"])
def test_loopback_is_refused_unless_listed_as_private(
    federate: Federate, elsewhere: Elsewhere, silent: str
) -> None:
    federation = federate(endpoints=frozenset([elsewhere.url]), private=frozenset())
    with pytest.raises(Forbidden, match="not of the open Internet"):
        federation.ask(names(elsewhere.url, silent))
    assert elsewhere.queries == []


def test_failure_elsewhere_is_told_and_silent_joins_with_nothing(
    federate: Federate, elsewhere: Elsewhere
) -> None:
    elsewhere.status = 500
    federation = federate()
    with pytest.raises(ServiceFailed, match="status 500"):
        federation.ask(names(elsewhere.url))
    answer = federation.ask(names(elsewhere.url, "SILENT"))
    assert answer.body == b"o,n\r\nhttp://x/b,\r\nhttp://x/c,\r\n"
    elsewhere.status = 200  # a failure is not kept
    assert b"http://x/c,C" in federation.ask(names(elsewhere.url)).body
    assert federation.counts == {"ServiceFailed": 2, "answered": 1}


def test_slow_endpoint_is_told_and_silent_joins_with_nothing(
    federate: Federate, elsewhere: Elsewhere
) -> None:
    elsewhere.go.clear()
    federation = federate(seconds=0.3)
    start = time.monotonic()
    with pytest.raises(ServiceTimeout):
        federation.ask(names(elsewhere.url))
    answer = federation.ask(names(elsewhere.url, "SILENT"))
    assert answer.body == b"o,n\r\nhttp://x/b,\r\nhttp://x/c,\r\n"
    assert time.monotonic() - start < 10


def test_time_is_for_all_blocks_of_a_query_together(
    federate: Federate, elsewhere: Elsewhere
) -> None:
    elsewhere.go.clear()
    blocks = " ".join(
        f"OPTIONAL {{ SERVICE SILENT <{elsewhere.url}> {{ ?s <urn:p{n}> ?o }} }}" for n in range(8)
    )
    start = time.monotonic()
    federate(seconds=0.5).ask(Question(text=f"SELECT * {{ {blocks} }}"))
    assert 0.4 < time.monotonic() - start < 3.5


@pytest.mark.parametrize("silent", ["", "SILENT"])
def test_large_answer_is_an_error_also_when_silent(
    federate: Federate, elsewhere: Elsewhere, silent: str
) -> None:
    with pytest.raises(ResultTooLarge, match="100 bytes"):
        federate(result_bytes=100).ask(names(elsewhere.url, silent))


def test_number_of_blocks_is_bounded(federate: Federate, elsewhere: Elsewhere) -> None:
    blocks = f"SERVICE <{elsewhere.url}> {{}} " * 3
    federation = federate(calls=2)
    with pytest.raises(QueryTooComplex, match="2 SERVICE"):
        federation.ask(Question(text=f"ASK {{ {blocks} }}"))
    assert elsewhere.queries == []


def test_equal_call_is_answered_from_what_is_kept_for_a_while(
    federate: Federate, elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    federation = federate(cache_seconds=1000.0)
    for _ in range(3):
        assert federation.ask(names(elsewhere.url)).body.count(b"\n") == 3
    assert len(elsewhere.queries) == 1
    now = time.monotonic()
    monkeypatch.setattr("steamkg.engine.federation.time.monotonic", lambda: now + 1001)
    federation.ask(names(elsewhere.url))
    assert len(elsewhere.queries) == 2
    assert federation.counts == {"answered": 2, "kept": 2}


@pytest.mark.parametrize("options", [{"cache_seconds": 0.0}, {"cache_bytes": 0}])
def test_keeping_can_be_switched_off(
    federate: Federate, elsewhere: Elsewhere, options: dict[str, float]
) -> None:
    federation = federate(**options)
    federation.ask(names(elsewhere.url))
    federation.ask(names(elsewhere.url))
    assert len(elsewhere.queries) == 2


def test_what_is_kept_is_bounded_in_bytes_and_the_oldest_use_goes() -> None:
    kept = Kept(10_000, 60.0)
    calls = [Call(endpoint=f"http://e{n}/", query="ASK {}", silent=False) for n in range(10)]
    solutions = Solutions(media_type=JSON, body=b" " * 2000)
    for call in calls[:3]:
        kept.put(call, solutions)
    assert kept.get(calls[0]) is solutions
    kept.put(calls[3], solutions)
    assert [call for call in calls[:4] if kept.get(call)] == [calls[0], calls[2], calls[3]]
    assert kept.size <= 10_000
    kept.put(calls[0], Solutions(media_type=JSON, body=b" " * 20_000))
    assert kept.size <= 10_000


def test_one_client_has_half_of_the_calls_at_most(federate: Federate, elsewhere: Elsewhere) -> None:
    elsewhere.go.clear()
    federation = federate(running=2, cache_bytes=0)
    with ThreadPoolExecutor(3) as threads:
        one = [threads.submit(federation.ask, names(elsewhere.url), client="one") for _ in range(2)]
        assert elsewhere.arrived.acquire(timeout=20)
        # The second one of the same client waits; another client's goes ahead of it.
        other = threads.submit(federation.ask, names(elsewhere.url), client="other")
        assert elsewhere.arrived.acquire(timeout=20)
        assert len(elsewhere.queries) == 2
        elsewhere.go.set()
        assert {future.result(20).form for future in (*one, other)} == {"SELECT"}


def test_query_that_asks_elsewhere_holds_no_worker(
    federate: Federate, elsewhere: Elsewhere, small_pool: Pool
) -> None:
    elsewhere.go.clear()
    federation = federate(cache_bytes=0)
    with ThreadPoolExecutor(4) as threads:
        waiting = [threads.submit(federation.ask, names(elsewhere.url)) for _ in range(4)]
        for _ in waiting:
            assert elsewhere.arrived.acquire(timeout=20)
        assert small_pool.turns.running == 0
        count = Question(text="SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", solutions="text/csv")
        assert federation.ask(count).body.startswith(b"n\r\n")
        elsewhere.go.set()
        assert all(future.result(20) for future in waiting)


def test_operator_ends_a_query_that_waits_for_another_endpoint(
    federate: Federate, elsewhere: Elsewhere, small_pool: Pool
) -> None:
    elsewhere.go.clear()
    federation = federate(seconds=60.0, running=1)

    def failure() -> EngineFailure | None:
        try:
            federation.ask(names(elsewhere.url))
        except EngineFailure as found:
            return found
        return None

    with ThreadPoolExecutor(2) as threads:
        asking = threads.submit(failure)
        assert elsewhere.arrived.acquire(timeout=20)
        (running,) = list(small_pool.register)
        assert small_pool.register.cancel(running.number, OPERATOR)
        assert isinstance(asking.result(20), Cancelled)
    elsewhere.go.set()


def test_queue_for_other_endpoints_has_an_end(build: Build, elsewhere: Elsewhere) -> None:
    elsewhere.go.clear()
    from steamkg.engine.question import Limits

    with Pool(build, workers=1, limits=Limits(queue_seconds=0.2)) as pool:
        limits = ServiceLimits(private=frozenset([elsewhere.url]), running=1, seconds=60.0)
        federation = Federation(pool, limits)
        with ThreadPoolExecutor(1) as threads:
            first = threads.submit(federation.ask, names(elsewhere.url))
            assert elsewhere.arrived.acquire(timeout=20)
            with pytest.raises(Overloaded):
                federation.ask(names(elsewhere.url))
            elsewhere.go.set()
            assert first.result(20).form == "SELECT"
