"""Whose turn it is, and questions that are ended early."""

import contextlib
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.waiting import wait_until

from steamkg.engine.failures import Cancelled, Overloaded
from steamkg.engine.pool import Pool
from steamkg.engine.question import Limits, Question
from steamkg.engine.running import Register, Running, hash_of
from steamkg.engine.store import Build
from steamkg.engine.turns import Turns

HOURS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(?a = ?nothing) }"
COUNT = Question(text="SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", solutions="text/csv")


def nothing(_: threading.Event) -> None:
    """What waits does not need to be known."""


def test_one_client_cannot_have_all_turns() -> None:
    turns = Turns(3, Limits(client_running=2, queue_seconds=0.01))
    with turns.turn("a", nothing), turns.turn("a", nothing):
        with pytest.raises(Overloaded), turns.turn("a", nothing):
            pass
        with turns.turn("b", nothing):
            assert turns.running == 3
    assert (turns.running, turns.waiting) == (0, 0)


def test_one_client_cannot_fill_the_queue() -> None:
    turns = Turns(1, Limits(client_waiting=2, queue_length=3, queue_seconds=30))

    def wait(client: str) -> None:
        with turns.turn(client, nothing):
            pass

    with ThreadPoolExecutor(4) as threads:
        with turns.turn("a", nothing):
            waiting = [threads.submit(wait, "a") for _ in range(2)]
            wait_until(lambda: turns.waiting == 2)
            with pytest.raises(Overloaded, match="one client may have"):
                wait("a")
            waiting.append(threads.submit(wait, "b"))
            wait_until(lambda: turns.waiting == 3)
            with pytest.raises(Overloaded, match="too many"):
                wait("c")
        for one in waiting:
            one.result()
    assert (turns.running, turns.waiting) == (0, 0)


def test_client_with_the_fewest_running_comes_next() -> None:
    turns = Turns(2, Limits(queue_seconds=30))
    order: list[str] = []

    def wait(client: str) -> None:
        with turns.turn(client, nothing):
            order.append(client)

    with ThreadPoolExecutor(3) as threads:
        first, second = turns.turn("a", nothing), turns.turn("a", nothing)
        first.__enter__()
        second.__enter__()
        waiting = []
        for number, client in enumerate(("a", "a", "b"), 1):
            waiting.append(threads.submit(wait, client))
            wait_until(lambda number=number: turns.waiting == number)
        second.__exit__(None, None, None)
        for one in waiting:
            one.result()
        first.__exit__(None, None, None)
    assert order[0] == "b"


def test_turn_that_steps_aside_goes_to_the_next() -> None:
    turns = Turns(1, Limits(long_running=1, queue_seconds=0.01))
    with turns.turn("a", nothing) as first:
        assert first.step_aside()
        with turns.turn("a", nothing) as second:
            assert not second.step_aside()
            assert turns.running == 2
            with pytest.raises(Overloaded), turns.turn("b", nothing):
                pass
        with turns.turn("b", nothing):
            pass
    assert turns.running == 0
    with turns.turn("a", nothing), pytest.raises(Overloaded), turns.turn("b", nothing):
        pass


def test_endless_questions_do_not_hold_up_short_ones(big_build: Build) -> None:
    limits = Limits(seconds=60, queue_seconds=60, long_running=3, patience=0.02)
    with Pool(big_build, workers=1, limits=limits) as pool, ThreadPoolExecutor(3) as threads:
        asked = [threads.submit(pool.ask, Question(text=HOURS)) for _ in range(3)]
        wait_until(lambda: pool.turns.running == 3)
        for _ in range(20):
            assert pool.ask(COUNT).body == b"n\r\n3000\r\n"
        assert not any(one.done() for one in asked)
        for one in pool.register:
            one.cancel("operator")
        assert all(isinstance(one.exception(), Cancelled) for one in asked)
        assert pool.turns.running == 0
        assert len(pool.processes) == 3  # the nursery, one worker and a spare one


def test_question_that_ran_long_is_answered_and_its_worker_replaced(big_build: Build) -> None:
    limits = Limits(seconds=60, long_running=1, patience=0.0)
    with Pool(big_build, workers=1, limits=limits) as pool:
        before = set(pool.processes)
        long = Question(
            text="SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?b ?f }", solutions="text/csv"
        )
        assert int(pool.ask(long).body.split()[1]) > 3000
        assert len(set(pool.processes) - before) == 1
        assert len(pool.processes) == len(before)


@pytest.fixture(scope="module")
def single(big_build: Build) -> Iterator[Pool]:
    """One worker, and time enough to end what it does."""
    with Pool(big_build, workers=1, limits=Limits(seconds=60, queue_seconds=60)) as pool:
        yield pool


def only(register: Register, state: str) -> Running:
    wait_until(lambda: [one for one in register if one.state == state])
    return next(one for one in register if one.state == state)


def test_running_question_is_cancelled_and_its_worker_replaced(single: Pool) -> None:
    before = set(single.processes)
    with ThreadPoolExecutor(1) as threads:
        asked = threads.submit(single.ask, Question(text=HOURS))
        running = only(single.register, "running")
        assert running.hash == hash_of(HOURS)
        assert single.register.cancel(running.number)
        assert isinstance(asked.exception(), Cancelled)
    assert not single.register.cancel(running.number)
    assert not list(single.register)
    assert single.ask(COUNT).body == b"n\r\n3000\r\n"
    after = set(single.processes)
    assert len(before) == len(after)
    assert before != after
    assert single.lost["Cancelled"] == 1


def test_waiting_question_is_cancelled_without_a_worker(single: Pool) -> None:
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(single.ask, Question(text=HOURS))
        running = only(single.register, "running")
        second = threads.submit(single.ask, COUNT)
        waiting = only(single.register, "waiting")
        assert single.register.cancel(waiting.number)
        assert isinstance(second.exception(), Cancelled)
        assert single.register.cancel(running.number)
        assert isinstance(first.exception(), Cancelled)
    assert single.ask(COUNT).body == b"n\r\n3000\r\n"


def test_cancelling_at_any_moment_harms_nobody_else(single: Pool) -> None:
    ended = threading.Event()

    def cancel_all() -> None:
        while not ended.is_set():
            for one in single.register:
                one.cancel("operator")

    with ThreadPoolExecutor(2) as threads:
        cancelling = threads.submit(cancel_all)
        try:
            for _ in range(60):
                with contextlib.suppress(Cancelled):
                    assert single.ask(COUNT).body == b"n\r\n3000\r\n"
        finally:
            ended.set()
        cancelling.result()
    assert single.ask(COUNT).body == b"n\r\n3000\r\n"
    assert single.is_ready()
