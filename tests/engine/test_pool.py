"""The pool with real processes: limits, kills, queues, and what is left behind."""

import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyoxigraph as ox
import pytest
from tests.waiting import wait_until

from steamkg.engine.failures import (
    DeadlineExceeded,
    EngineDown,
    EngineFailure,
    Forbidden,
    MemoryExceeded,
    Overloaded,
    ParameterError,
    QuerySyntaxError,
    QueryTooComplex,
    ResultTooLarge,
)
from steamkg.engine.pool import Pool
from steamkg.engine.question import Answer, Limits, Question
from steamkg.engine.store import Build

Ask = Callable[..., Answer]

HOURS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(?a = ?nothing) }"
COUNT = Question(text="SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", solutions="text/csv")
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="Linux keeps this limit")


def is_running(process: int) -> bool:
    """Whether the process runs; one that is dead and not yet reaped does not."""
    try:
        os.kill(process, 0)
        if sys.platform == "linux":
            stat = Path(f"/proc/{process}/stat").read_text(encoding="ascii")
            return stat.rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False
    return True


def test_answer_comes_whole(ask: Ask) -> None:
    answer = ask("SELECT ?s { ?s ?p ?o }", solutions="text/csv")
    assert (answer.form, answer.media_type) == ("SELECT", "text/csv")
    assert len(answer.body.splitlines()) == 3001
    assert answer.seconds > 0


def test_cross_product_ends_at_the_deadline_and_the_next_is_served_at_once(pool: Pool) -> None:
    before = set(pool.processes)
    start = time.monotonic()
    with pytest.raises(DeadlineExceeded) as caught:
        pool.ask(Question(text=HOURS))
    killed = time.monotonic()
    assert caught.value.details == {"seconds": 1.0}
    assert 1.0 <= killed - start < 5.0
    assert pool.ask(COUNT).body == b"n\r\n3000\r\n"
    assert time.monotonic() - killed < 1.0
    after = set(pool.processes)
    assert len(before) == len(after) == 4  # a new one stands by in place of the one killed
    (lost,) = before - after
    wait_until(lambda: not is_running(lost), seconds=1.0)


def test_every_worker_at_the_deadline_leaves_a_working_pool(pool: Pool) -> None:
    with ThreadPoolExecutor(4) as threads:
        failures = list(threads.map(lambda _: _failure(pool, HOURS), range(4)))
    assert {type(failure) for failure in failures} == {DeadlineExceeded}
    assert pool.ask(COUNT).body == b"n\r\n3000\r\n"


def _failure(pool: Pool, text: str) -> EngineFailure | None:
    try:
        pool.ask(Question(text=text))
    except EngineFailure as failure:
        return failure
    return None


def test_large_result_is_refused(ask: Ask) -> None:
    with pytest.raises(ResultTooLarge) as caught:
        ask("SELECT * { ?a ?p ?b . ?c ?p ?d }")
    assert caught.value.details == {"limit": 200_000}


@linux_only
def test_memory_hog_is_stopped(pool: Pool) -> None:
    # A deadline so far away that a busy machine does not reach it before the memory is used up.
    limits = Limits(seconds=120, memory_bytes=150_000_000)
    with Pool(pool.build, workers=1, limits=limits) as patient:
        with pytest.raises(MemoryExceeded):
            patient.ask(Question(text="SELECT * { ?a ?p ?b . ?c ?p ?d } ORDER BY ?d ?c ?b"))
        assert patient.ask(COUNT).body == b"n\r\n3000\r\n"


def test_deep_nesting_is_named_as_such(big_build: Build) -> None:
    text = "ASK { FILTER(" + "(" * 40_000 + "1" + ")" * 40_000 + ") }"
    # Finding the depth of so many brackets takes a second where the processors are busy.
    with Pool(big_build, workers=1, limits=Limits(seconds=60)) as patient:
        with pytest.raises(QueryTooComplex):
            patient.ask(Question(text=text))
        assert patient.ask(COUNT).body == b"n\r\n3000\r\n"


def test_failure_of_the_query_costs_no_worker(pool: Pool) -> None:
    before = pool.processes
    for text, failure in (
        ("SELEC", QuerySyntaxError),
        ("ASK { SERVICE <http://127.0.0.1:1/> {} }", Forbidden),
    ):
        with pytest.raises(failure):
            pool.ask(Question(text=text))
    assert sorted(pool.processes) == sorted(before)


def test_syntax_error_keeps_its_place_across_processes(ask: Ask) -> None:
    with pytest.raises(QuerySyntaxError) as caught:
        ask("ASK {\n ?s x:p ?o }")
    assert (caught.value.line, caught.value.column) == (2, 5)


@pytest.mark.parametrize(
    "term",
    [
        ox.NamedNode("http://x/s1"),
        ox.Literal("ąč' } #"),
        ox.Literal("žodis", language="lt"),
        ox.Literal(5),
    ],
)
def test_bound_value_crosses_unchanged(ask: Ask, term: ox.NamedNode | ox.Literal) -> None:
    answer = ask("SELECT ?x { BIND(?x AS ?y) }", bindings={"x": term})
    rows = ox.parse_query_results(answer.body, ox.QueryResultsFormat.JSON)
    assert [row["x"] for row in rows] == [term]


def test_bound_value_for_an_unknown_variable_is_refused(ask: Ask) -> None:
    with pytest.raises(ParameterError):
        ask("SELECT ?x { ?x ?y ?z }", bindings={"nowhere": ox.Literal("x")})


@pytest.mark.parametrize(
    "text",
    [
        "ASK {{ SERVICE <{url}> {{ ?s ?p ?o }} }}",
        "ASK {{ SERVICE SILENT <{url}> {{ ?s ?p ?o }} }}",
        "SELECT * {{ VALUES ?e {{ <{url}> }} SERVICE SILENT ?e {{ ?s ?p ?o }} }}",
        "ASK {{SERVICESILENT<{url}>{{}}}}",
        "SELECT * FROM <{url}> {{ ?s ?p ?o }}",
        "SELECT * FROM NAMED <{url}> {{ GRAPH ?g {{ ?s ?p ?o }} }}",
        "LOAD <{url}>",
    ],
)
def test_nothing_is_dialled(pool: Pool, text: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0)
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/"
        with pytest.raises(EngineFailure, match=r"refused|no graph of this dataset|read-only"):
            pool.ask(Question(text=text.format(url=url)))
        with pytest.raises(BlockingIOError):
            listening.accept()


def test_no_turn_within_the_wait_is_overload(big_build: Build) -> None:
    limits = Limits(seconds=30.0, queue_seconds=0.05)
    with Pool(big_build, workers=1, limits=limits) as pool, ThreadPoolExecutor(1) as thread:
        busy = thread.submit(_failure, pool, HOURS)
        wait_until(lambda: len(pool.processes) == 2)
        with pytest.raises(Overloaded) as caught:
            pool.ask(COUNT)
        assert caught.value.details == {"seconds": 0.05}
        pool.close()
        assert isinstance(busy.result(), EngineDown)


def test_queue_has_an_end(big_build: Build) -> None:
    limits = Limits(seconds=30.0, queue_seconds=30.0, queue_length=1)
    with Pool(big_build, workers=1, limits=limits) as pool, ThreadPoolExecutor(3) as threads:
        first = [threads.submit(_failure, pool, HOURS) for _ in range(3)]
        wait_until(lambda: any(one.done() for one in first))
        refused = next(one for one in first if one.done())
        assert isinstance(refused.result(), Overloaded)
        pool.close()
        assert all(isinstance(one.result(), EngineDown | Overloaded) for one in first)


def test_waiting_question_gets_the_next_turn(big_build: Build) -> None:
    with Pool(big_build, workers=1) as pool, ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: pool.ask(COUNT).body, range(50)))
    assert set(answers) == {b"n\r\n3000\r\n"}


def test_dead_nursery_is_replaced(big_build: Build) -> None:
    with Pool(big_build, workers=1) as pool:
        nursery, *workers = pool.processes
        os.kill(nursery, signal.SIGKILL)
        failed = 0
        while nursery in pool.processes:
            try:
                pool.ask(COUNT)
            except EngineDown:
                failed += 1
            assert failed < 5
        assert pool.ask(COUNT).body == b"n\r\n3000\r\n"
        if sys.platform == "linux":
            wait_until(lambda: not any(map(is_running, workers)))


def test_close_leaves_no_process(big_build: Build) -> None:
    pool = Pool(big_build, workers=2).start()
    processes = pool.processes
    assert len(processes) == 4
    pool.close()
    assert not any(map(is_running, processes))
    with pytest.raises(EngineDown):
        pool.ask(COUNT)


def test_owner_that_is_killed_leaves_no_process(big_build: Build) -> None:
    read, write = os.pipe()
    code = (
        "import os, sys, signal\n"
        "from pathlib import Path\n"
        "from steamkg.engine.pool import Pool\n"
        f"pool = Pool(Path({str(big_build.directory)!r}), workers=1).start()\n"
        f"os.write({write}, ' '.join(map(str, pool.processes)).encode())\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    server = Path(__file__).resolve().parents[2] / "server"
    owner = os.posix_spawn(
        sys.executable,
        [sys.executable, "-c", code],
        {**os.environ, "PYTHONPATH": str(server)},
        file_actions=[(os.POSIX_SPAWN_DUP2, write, write)],
    )
    os.close(write)
    processes = [int(number) for number in os.read(read, 1000).split()]
    os.close(read)
    os.waitpid(owner, 0)
    assert len(processes) == 3
    wait_until(lambda: not any(map(is_running, processes)))


def test_build_that_is_damaged_is_told_by_the_nursery(tmp_path: Path, big_build: Build) -> None:
    for file in big_build.directory.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    with (tmp_path / "dataset.nq.gz").open("ab") as dataset:
        dataset.write(b"x")
    with pytest.raises(EngineDown, match="differs from its manifest"):
        Pool(tmp_path, workers=1).start()


def test_pool_is_safe_to_use_from_many_threads(pool: Pool) -> None:
    texts = [f"SELECT ?o {{ <http://x/s{n}> ?p ?o }}" for n in range(100)]
    with ThreadPoolExecutor(8) as threads:
        bodies = list(threads.map(lambda text: pool.ask(Question(text=text)).body, texts))
    for number, body in enumerate(bodies):
        assert f'http://x/o{number % 50}"'.encode() in body


def test_worker_that_has_grown_is_replaced(big_build: Build) -> None:
    limits = Limits(memory_bytes=200_000_000, result_bytes=90_000_000)
    with Pool(big_build, workers=1, limits=limits) as pool:
        before = set(pool.processes)
        answer = pool.ask(Question(text="SELECT * { ?a ?p ?b . ?c ?p ?d } LIMIT 250000"))
        assert len(answer.body) > 50_000_000
        assert len(before - set(pool.processes)) == 1
