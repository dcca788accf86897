"""Graphs merged once: what is kept, for how long, and that it is never of other data."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pyoxigraph as ox
import pytest

from steamkg.engine.change import Change
from steamkg.engine.dataset import view
from steamkg.engine.evaluate import evaluate
from steamkg.engine.files import Files, load
from steamkg.engine.merges import Merges
from steamkg.engine.patch import Patch, apply
from steamkg.engine.pool import Pool
from steamkg.engine.question import Limits, Question
from steamkg.engine.store import Stores

# <x:1> and <x:2> share a triple, <x:3> has others.
DATA = """
<x:1> { <x:a> <x:p> 1, 2 }
<x:2> { <x:a> <x:p> 2, 3 }
<x:3> { <x:b> <x:p> 1, 2 }
"""
COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"


@pytest.fixture
def stores() -> Stores:
    quads = list(ox.parse(DATA, ox.RdfFormat.TRIG))
    return replace(apply(load(Files(merge=False)), Patch(added=quads)), merges=Merges(10_000))


def asked(*graphs: str, named: tuple[str, ...] = ()) -> Question:
    return Question(
        text=COUNT, default_graphs=graphs, named_graphs=named, solutions="text/tab-separated-values"
    )


def count(stores: Stores, *graphs: str, named: tuple[str, ...] = ()) -> int:
    answer = evaluate(stores, asked(*graphs, named=named), result_bytes=1000)
    return int(answer.body.split(b"\n")[1])


def test_graphs_that_share_a_triple_are_merged_once(stores: Stores) -> None:
    first = view(stores, asked("x:1", "x:2")).store
    assert first is not stores.everything
    assert view(stores, asked("x:2", "x:1", "x:2")).store is first
    assert view(stores, asked("x:1", "x:2", named=("x:3",))).store is not first
    assert count(stores, "x:1", "x:2") == count(stores, "x:2", "x:1") == 3


def test_graphs_that_share_none_are_asked_in_place(stores: Stores) -> None:
    for _ in range(2):
        assert view(stores, asked("x:1", "x:3", "x:nowhere")).store is stores.everything
    assert count(stores, "x:1", "x:3") == 4
    assert count(stores, "x:1", "x:2", "x:3") == 5


def test_many_graphs_are_merged_without_being_compared(stores: Stores) -> None:
    graphs = [f"x:{number}" for number in range(20)]
    assert view(stores, asked(*graphs)).store is not stores.everything
    assert count(stores, *graphs) == 5


def test_least_recently_used_merge_goes(stores: Stores) -> None:
    stores = replace(stores, merges=Merges(250))  # two entries, each counting for a hundred
    one, two, three = (("x:1", "x:2", f"x:new{number}") for number in range(3))
    first = view(stores, asked(*one)).store
    second = view(stores, asked(*two)).store
    assert view(stores, asked(*one)).store is first
    view(stores, asked(*three))
    assert len(stores.merges) == 2
    assert stores.merges.size <= stores.merges.limit
    assert view(stores, asked(*one)).store is first
    assert view(stores, asked(*two)).store is not second


def test_merge_larger_than_all_the_room_is_not_kept(stores: Stores) -> None:
    stores = replace(stores, merges=Merges(50))
    view(stores, asked("x:1", "x:2"))
    assert len(stores.merges) == 0
    assert count(stores, "x:1", "x:2") == 3


@pytest.fixture
def pool(tmp_path: Path) -> Iterator[Pool]:
    file = tmp_path / "data.trig"
    file.write_text(DATA, encoding="utf-8")
    with Pool(Files.open((file,), merge=False), workers=1, limits=Limits(seconds=5)) as running:
        yield running


def test_merge_is_of_the_data_after_every_write(pool: Pool) -> None:
    def count_now() -> int:
        return int(pool.ask(asked("x:1", "x:2")).body.split(b"\n")[1])

    assert [count_now(), count_now()] == [3, 3]
    pool.write(Change(kind="update", body=b"INSERT DATA { GRAPH <x:1> { <x:c> <x:p> 1 } }"))
    assert [count_now(), count_now()] == [4, 4]


def test_operation_of_an_update_sees_what_the_one_before_wrote(pool: Pool) -> None:
    insert = "INSERT { GRAPH <x:n> { [] <x:saw> ?o } } USING <x:1> USING <x:2> WHERE { ?s ?p ?o }"
    text = f"{insert} ; INSERT DATA {{ GRAPH <x:1> {{ <x:c> <x:p> 9 }} }} ; {insert}"
    pool.write(Change(kind="update", body=text.encode()))
    assert int(pool.ask(asked("x:n")).body.split(b"\n")[1]) == 3 + 4
