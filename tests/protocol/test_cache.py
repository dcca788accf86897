"""The result cache by itself: what it keeps, how much, and for whom it evaluates."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from steamkg.engine.failures import (
    Cancelled,
    DeadlineExceeded,
    EngineFailure,
    Overloaded,
    QuerySyntaxError,
)
from steamkg.engine.question import Question
from steamkg.protocol.cache import Key, ResultCache, Stored, is_volatile, key_of

LIMIT = 100_000


def cache(limit: int = LIMIT, wait_seconds: float = 30.0) -> ResultCache:
    return ResultCache(limit, version="one", wait_seconds=wait_seconds)


def key(text: str) -> Key:
    found = key_of(Question(text=text))
    assert found is not None
    return found


def stored(size: int = 10) -> Stored:
    return Stored(content_type="text/csv", body=b"x" * size, query="hash")


def answer(
    kept: ResultCache, asked: Key, evaluate: Callable[[], Stored], version: str = "one"
) -> tuple[Stored, str]:
    return kept.answer(asked, evaluate, version=version)


def test_second_question_is_a_hit() -> None:
    kept = cache()
    first, how = answer(kept, key("ASK {}"), stored)
    assert how == "steamkg; fwd=miss; stored"
    again, how = answer(kept, key("ASK {}"), stored)
    assert (again, how) == (first, "steamkg; hit")
    assert (kept.counts["hits"], kept.counts["misses"], kept.counts["entries"]) == (1, 1, 1)


def test_key_holds_the_dataset_as_a_set_and_the_formats() -> None:
    question = Question(text="ASK {}", default_graphs=("urn:b", "urn:a", "urn:b"))
    same = Question(text="ASK {}", default_graphs=("urn:a", "urn:b"))
    assert key_of(question) == key_of(same)
    others = (
        Question(text="ASK {} "),
        Question(text="ASK {}", default_graphs=("urn:b", "urn:a"), base="http://e/"),
        Question(text="ASK {}", named_graphs=("urn:a", "urn:b")),
        Question(text="ASK {}", default_graphs=("urn:a", "urn:b"), solutions="text/csv"),
    )
    assert key_of(question) not in {key_of(one) for one in others}


@pytest.mark.parametrize(
    "text",
    [
        "SELECT (NOW() AS ?n) {}",
        "SELECT (now ( ) AS ?n) {}",
        "SELECT (NOW # (\n () AS ?n) {}",
        r"SELECT (\u004eOW() AS ?n) {}",
        r"SELECT (N\U0000004fW() AS ?n) {}",
        "SELECT (RAND() AS ?n) {}",
        "SELECT (UUID() AS ?n) {}",
        "SELECT (STRUUID() AS ?n) {}",
        "SELECT (BNODE('a') AS ?n) {}",
        "SELECT * { SERVICE <http://e/> { ?s ?p ?o } }",
        "SELECT * {SERVICE<http://e/>{}}",
        "PREFIX e: <http://e/> SELECT * { ?s ?p ?o . service # c\n silent e:x { ?s ?p ?o } }",
        "PREFIX ė: <http://e/> SELECT * { service\n# c\rė: { ?s ?p ?o } }",
        "SELECT * { SERVICE ?e { ?s ?p ?o } }",
    ],
)
def test_what_depends_on_the_moment_is_not_kept(text: str) -> None:
    assert is_volatile(text)
    assert key_of(Question(text=text)) is None


@pytest.mark.parametrize(
    "piece", ["now#", "now ", "service#", "service", "service ", "#", "\\u0041"]
)
def test_long_text_is_looked_through_in_no_time(piece: str) -> None:
    start = time.process_time()
    is_volatile(piece * (200_000 // len(piece)))
    assert time.process_time() - start < 1


@pytest.mark.parametrize(
    "text",
    [
        "SELECT ?service { ?service x:service ?o . ?o a <http://x/service> }",
        "SELECT * { ?s x:public-service 'services' ; x:know ?now }",
    ],
)
def test_names_alone_do_not_keep_an_answer_from_being_kept(text: str) -> None:
    assert not is_volatile(text)


@pytest.mark.parametrize(
    "text", ["SELECT ?now { ?s ?p ?now }", "ASK { ?known ?p 'uuid' }", r"'\u'"]
)
def test_what_only_looks_like_it_is_kept(text: str) -> None:
    assert not is_volatile(text)


def test_bytes_are_bounded_and_the_least_recently_used_goes() -> None:
    kept = cache()
    for name in "abcd":
        answer(kept, key(name), lambda: stored(20_000))
    answer(kept, key("a"), stored)
    answer(kept, key("e"), lambda: stored(20_000))
    assert kept.size <= LIMIT
    assert kept.counts["evicted"] == 1
    assert answer(kept, key("a"), stored)[1] == "steamkg; hit"
    assert "fwd=miss" in answer(kept, key("b"), lambda: stored(20_000))[1]


def test_coded_variants_count_and_go_with_their_result() -> None:
    kept = cache()
    result, _ = answer(kept, key("a"), lambda: stored(20_000))
    before = kept.size
    assert kept.coded(result, "gzip") is kept.coded(result, "gzip")
    assert kept.size == before + len(result.coded["gzip"])
    answer(kept, key("x"), lambda: stored(LIMIT), version="two")
    assert kept.size == 0
    assert kept.coded(result, "br")
    assert kept.size == 0


def test_result_that_would_fill_the_cache_is_not_kept() -> None:
    kept = cache()
    _, how = answer(kept, key("a"), lambda: stored(LIMIT // 2))
    assert how == "steamkg; fwd=miss"
    assert kept.size == 0


def test_result_of_the_data_before_is_not_kept() -> None:
    kept = cache()

    def evaluate() -> Stored:
        answer(kept, key("b"), stored, version="two")
        return stored()

    assert answer(kept, key("a"), evaluate)[1] == "steamkg; fwd=miss"
    assert kept.counts["entries"] == 1
    assert answer(kept, key("b"), stored, version="two")[1] == "steamkg; hit"
    assert "fwd=miss" in answer(kept, key("a"), stored, version="two")[1]


class Slow:
    """An evaluation that ends when it is told to."""

    def __init__(self, failure: EngineFailure | None = None) -> None:
        self.failure = failure
        self.begun = threading.Event()
        self.go = threading.Event()
        self.count = 0

    def __call__(self) -> Stored:
        self.count += 1
        self.begun.set()
        assert self.go.wait(30)
        if self.failure is not None:
            raise self.failure
        return stored()


def test_equal_questions_in_flight_are_evaluated_once() -> None:
    kept, slow = cache(), Slow()
    with ThreadPoolExecutor(8) as threads:
        first = threads.submit(answer, kept, key("a"), slow)
        assert slow.begun.wait(30)
        others = [threads.submit(answer, kept, key("a"), slow) for _ in range(7)]
        other_question = answer(kept, key("b"), stored)
        slow.go.set()
        results = {id(one.result()[0]) for one in (first, *others)}
        assert {one.result()[1] for one in others} <= {
            "steamkg; fwd=miss; collapsed",
            "steamkg; hit",
        }
    assert slow.count == 1
    assert len(results) == 1
    assert other_question[1] == "steamkg; fwd=miss; stored"


def test_failure_is_shared_by_those_who_wait_and_not_kept() -> None:
    kept, slow = cache(), Slow(QuerySyntaxError("no", line=1, column=2))
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(answer, kept, key("a"), slow)
        assert slow.begun.wait(30)
        second = threads.submit(answer, kept, key("a"), slow)
        slow.go.set()
        for one in (first, second):
            failure = one.exception()
            assert isinstance(failure, QuerySyntaxError)
            assert failure.column == 2
    assert kept.counts["entries"] == 0
    assert answer(kept, key("a"), stored)[1] == "steamkg; fwd=miss; stored"


@pytest.mark.parametrize(
    "failure",
    [Overloaded("x", seconds=1), Cancelled("x", by="client-gone")],
    ids=lambda f: f.reason,
)
def test_failure_of_one_client_alone_is_not_shared(failure: EngineFailure) -> None:
    kept, slow = cache(), Slow(failure)
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(answer, kept, key("a"), slow)
        assert slow.begun.wait(30)
        second = threads.submit(answer, kept, key("a"), stored)
        slow.go.set()
        assert first.exception() is failure
        assert second.result()[1] == "steamkg; fwd=miss; stored"


def test_waiting_for_another_has_an_end() -> None:
    kept, slow = cache(wait_seconds=0.01), Slow()
    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(answer, kept, key("a"), slow)
        assert slow.begun.wait(30)
        with pytest.raises(DeadlineExceeded):
            answer(kept, key("a"), stored)
        slow.go.set()
        assert first.result()
