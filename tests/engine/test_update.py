"""Updates on a real pool: what WHERE sees, what templates write, all or nothing."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest

from steamkg.engine import failures
from steamkg.engine.change import Change, Outcome
from steamkg.engine.files import Files
from steamkg.engine.pool import Pool
from steamkg.engine.question import Limits, Question
from steamkg.engine.workers import Source

P = "PREFIX x: <http://x/>\n"
DATA = """@prefix x: <http://x/> .
x:a x:p x:b .
x:g { x:a x:p x:b . x:c x:p _:n . _:n x:q 1 }
x:h { x:a x:p x:b . x:d x:p x:e }
"""
HOURS = "?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . FILTER(?a = ?nothing)"


class Data:
    """A pool over DATA, with short ways to ask and to write."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool

    def rows(self, query: str) -> list[str]:
        body = self.pool.ask(Question(text=P + query, solutions="text/csv")).body.decode()
        return sorted(body.split("\r\n")[1:-1])

    def count(self, pattern: str) -> int:
        return int(self.rows(f"SELECT (COUNT(*) AS ?n) {{ {pattern} }}")[0])

    def holds(self, pattern: str) -> bool:
        return self.count(pattern) > 0

    def update(self, text: str, **options: object) -> Outcome:
        return self.pool.write(Change(kind="update", body=(P + text).encode(), **options))  # type: ignore[arg-type]


Open = Callable[..., Data]


@pytest.fixture
def open_data(tmp_path: Path) -> Iterator[Open]:
    opened: list[Pool] = []

    def open_(text: str = DATA, *, merge: bool = True, **limits: float) -> Data:
        file = tmp_path / "data.trig"
        file.write_text(text, encoding="utf-8")
        allowed = Limits(**{"seconds": 5.0, **limits})  # type: ignore[arg-type]
        pool = Pool(Files.open((file,), merge=merge), workers=2, limits=allowed).start()
        opened.append(pool)
        return Data(pool)

    yield open_
    for pool in opened:
        pool.close()


@pytest.fixture
def merged(open_data: Open) -> Data:
    """With the merge of all graphs as default graph."""
    return open_data()


@pytest.fixture
def strict(open_data: Open) -> Data:
    """With nothing but its own triples in the default graph."""
    return open_data(merge=False)


def test_default_graph_is_a_set_or_only_itself(merged: Data, strict: Data) -> None:
    assert merged.count("?s ?p ?o") == 4
    assert strict.count("?s ?p ?o") == 1
    assert merged.count("GRAPH ?g { ?s ?p ?o }") == strict.count("GRAPH ?g { ?s ?p ?o }") == 5


def test_plain_pattern_matches_named_graphs_in_the_merge(merged: Data, strict: Data) -> None:
    for data, seen in ((merged, 4), (strict, 1)):
        data.update("INSERT { GRAPH x:new { [] x:saw ?s } } WHERE { ?s ?p ?o }")
        # A blank node for every solution: a merge that is no set would make more of them.
        assert data.count("GRAPH x:new { ?s ?p ?o }") == seen


def test_counts_in_where_are_those_of_a_query(merged: Data) -> None:
    merged.update("INSERT { x:all x:n ?n } WHERE { { SELECT (COUNT(*) AS ?n) { ?s ?p ?o } } }")
    assert merged.rows("SELECT ?n { x:all x:n ?n }") == ["4"]


def test_graph_variable_in_where_and_template(merged: Data) -> None:
    merged.update("INSERT { GRAPH ?g { ?g x:has ?s } } WHERE { GRAPH ?g { ?s x:p x:b } }")
    assert merged.rows("SELECT ?g ?s { GRAPH ?g { ?g x:has ?s } }") == [
        "http://x/g,http://x/a",
        "http://x/h,http://x/a",
    ]


@pytest.mark.parametrize("merge", [True, False])
def test_with_is_the_default_graph_of_where_and_templates(open_data: Open, merge: bool) -> None:
    data = open_data(merge=merge)
    data.update("WITH x:h DELETE { ?s ?p ?o } INSERT { ?s x:was ?o } WHERE { ?s ?p ?o }")
    assert data.rows("SELECT ?s ?p ?o { GRAPH x:h { ?s ?p ?o } }") == [
        "http://x/a,http://x/was,http://x/b",
        "http://x/d,http://x/was,http://x/e",
    ]
    assert data.count("GRAPH x:g { ?s ?p ?o }") == 3
    assert data.holds("x:a x:p x:b")  # x:g and the default graph still have it
    assert not data.holds("x:d x:p x:e")


@pytest.mark.parametrize("merge", [True, False])
def test_with_leaves_the_named_graphs_to_graph(open_data: Open, merge: bool) -> None:
    data = open_data(merge=merge)
    data.update("WITH x:new INSERT { ?s ?p ?o } WHERE { GRAPH x:h { ?s ?p ?o } }")
    assert data.count("GRAPH x:new { ?s ?p ?o }") == 2


@pytest.mark.parametrize("merge", [True, False])
def test_using_is_a_set_and_wins_over_with(open_data: Open, merge: bool) -> None:
    data = open_data(merge=merge)
    data.update("WITH x:new INSERT { [] x:saw ?s } USING x:g USING x:h WHERE { ?s x:p ?o }")
    assert data.count("GRAPH x:new { ?s ?p ?o }") == 3
    data.update(
        "INSERT { GRAPH x:more { ?g x:in ?s } } USING NAMED x:h WHERE { GRAPH ?g {?s ?p ?o}}"
    )
    assert data.rows("SELECT DISTINCT ?g { GRAPH x:more { ?g ?p ?o } }") == ["http://x/h"]


def test_graphs_of_the_request_are_used(strict: Data) -> None:
    insert = "INSERT { GRAPH x:new { ?s x:seen ?o } } WHERE { ?s x:p ?o }"
    strict.update(insert, default_graphs=("http://x/h", "http://x/g"))
    assert strict.count("GRAPH x:new { ?s ?p ?o }") == 3
    for text in ("USING x:g WHERE { ?s ?p ?o }", "USING NAMED x:g WHERE { ?s ?p ?o }"):
        with pytest.raises(failures.DatasetConflict):
            strict.update(f"INSERT {{ ?s ?p ?o }} {text}", named_graphs=("http://x/h",))
    with pytest.raises(failures.DatasetConflict):
        strict.update("WITH x:g DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }", default_graphs=("x:h",))


def test_what_is_deleted_from_the_merge_is_not_found_again(merged: Data) -> None:
    merged.update("DELETE DATA { x:a x:p x:b }")
    assert not merged.holds("x:a x:p x:b")
    assert not merged.holds("GRAPH ?g { x:a x:p x:b }")
    assert merged.count("?s ?p ?o") == 3


def test_triple_stays_in_the_merge_while_a_graph_has_it(merged: Data) -> None:
    for step, left in (
        ("DELETE DATA { GRAPH x:g { x:a x:p x:b } }", True),
        ("CLEAR DEFAULT", True),
        ("DROP GRAPH x:h", False),
    ):
        merged.update(step)
        assert merged.holds("x:a x:p x:b") is left, step
    assert merged.count("?s ?p ?o") == 2


def test_blank_nodes_of_the_data_are_themselves(strict: Data) -> None:
    strict.update(
        "WITH x:g DELETE { ?n x:q ?v } INSERT { ?n x:r ?v . x:c x:again ?n } WHERE { ?n x:q ?v }"
    )
    assert strict.holds("GRAPH x:g { x:c x:p ?n . ?n x:r 1 . x:c x:again ?n }")
    assert not strict.holds("GRAPH x:g { ?n x:q ?v }")


def test_new_blank_nodes_of_two_requests_never_meet(strict: Data) -> None:
    for _ in range(3):
        strict.update("INSERT DATA { _:b x:made 1 }")
        strict.update("INSERT { _:b x:made 2 } WHERE {}")
        strict.update('INSERT { ?b x:made 3 } WHERE { BIND(BNODE("same") AS ?b) }')
        strict.update("INSERT { x:u x:made ?u } WHERE { BIND(UUID() AS ?u) }")
    assert strict.count("?b x:made 1") == strict.count("?b x:made 2") == 3
    assert strict.count("?b x:made 3") == strict.count("x:u x:made ?u") == 3


def test_uuid_differs_between_workers(strict: Data) -> None:
    answers: list[str] = []
    threads = [
        threading.Thread(target=lambda: answers.extend(strict.rows("SELECT (UUID() AS ?u) {}")))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(answers)) == 8


def test_operations_see_what_those_before_them_did(merged: Data) -> None:
    merged.update(
        "INSERT DATA { GRAPH x:n { x:one x:two x:three } } ;\n"
        "PREFIX y: <http://x/>\n"
        "INSERT { y:found y:it ?o } WHERE { y:one y:two ?o } ; # plain pattern, new graph\n"
        "DROP GRAPH y:n ;"
    )
    assert merged.holds("x:found x:it x:three")
    assert not merged.holds("x:one ?p ?o")


@pytest.mark.parametrize(
    ("text", "failure"),
    [
        ("DROP GRAPH x:nowhere", failures.GraphConflict),
        ("CLEAR GRAPH x:nowhere", failures.GraphConflict),
        ("CREATE GRAPH x:g", failures.GraphConflict),
        ("COPY x:nowhere TO x:g", failures.GraphConflict),
        ("LOAD <http://127.0.0.1/>", failures.Forbidden),
        (
            "INSERT { ?s ?p ?o } WHERE { SERVICE SILENT <http://127.0.0.1/> { ?s ?p ?o } }",
            failures.Forbidden,
        ),
        ("INSERT DATA { x:a }", failures.QuerySyntaxError),
        ("INSERT DATA { y:a x:b x:c }", failures.QuerySyntaxError),
        ("SELECT * { ?s ?p ?o }", failures.QuerySyntaxError),
        ("INSERT DATA { _:a x:p 1 } ; INSERT DATA { _:a x:p 1 }", failures.QuerySyntaxError),
        ("INSERT { ?s ?p ?o } WHERE { FILTER(x:nothing(1)) }", failures.Unsupported),
    ],
)
def test_all_or_nothing(strict: Data, text: str, failure: type[Exception]) -> None:
    before = strict.pool.manifest
    with pytest.raises(failure):
        strict.update(f"INSERT DATA {{ x:new x:p 1 }} ;\n{text}")
    assert strict.pool.manifest == before
    assert not strict.holds("x:new ?p ?o")


@pytest.mark.parametrize(
    "text",
    [
        "DROP SILENT GRAPH x:nowhere",
        "CREATE SILENT GRAPH x:g",
        "MOVE SILENT x:nowhere TO x:g",
        "LOAD SILENT <http://127.0.0.1/> INTO GRAPH x:g",
    ],
)
def test_silent_hides_what_an_operation_misses(strict: Data, text: str) -> None:
    before = strict.count("GRAPH ?g { ?s ?p ?o }")
    strict.update(f"{text} ; INSERT DATA {{ x:new x:p 1 }}")
    assert strict.count("GRAPH ?g { ?s ?p ?o }") == before
    assert strict.holds("x:new x:p 1")


def test_syntax_error_tells_its_place_in_the_whole_request(strict: Data) -> None:
    with pytest.raises(failures.QuerySyntaxError) as caught:
        strict.update("INSERT DATA { x:a x:b 1 } ;\n  DELETE { _:b x:p ?o } WHERE { ?s ?p ?o }")
    assert caught.value.line == 3  # after the line of the prefix
    assert caught.value.column > 2


def test_graph_management_in_the_merge_is_about_graphs_themselves(merged: Data) -> None:
    merged.update("COPY DEFAULT TO x:copy")
    assert merged.count("GRAPH x:copy { ?s ?p ?o }") == 1
    merged.update("MOVE x:g TO x:h ; ADD x:h TO DEFAULT")
    assert sorted(merged.pool.manifest["graphs"]) == ["http://x/copy", "http://x/h"]
    merged.update("DROP NAMED")
    assert merged.count("?s ?p ?o") == 3
    merged.update("CLEAR ALL")
    assert merged.count("?s ?p ?o") == 0
    assert merged.pool.manifest["quads"] == 0


def test_update_past_the_deadline_changes_nothing(open_data: Open) -> None:
    many = " ".join(f"x:s{n} x:p x:o ." for n in range(2000))
    data = open_data(f"@prefix x: <http://x/> . {many}", seconds=0.5)
    with pytest.raises(failures.DeadlineExceeded):
        data.update(f"INSERT DATA {{ x:new x:p 1 }} ; DELETE {{ ?a ?b ?c }} WHERE {{ {HOURS} }}")
    assert not data.holds("x:new ?p ?o")
    data.update("INSERT DATA { x:new x:p 1 }")
    assert data.holds("x:new ?p ?o")


def test_update_beyond_its_memory_changes_nothing(open_data: Open) -> None:
    many = " ".join(f"x:s{n} x:p x:o{n} ." for n in range(3000))
    data = open_data(f"@prefix x: <http://x/> . {many}", memory_bytes=100_000_000, seconds=300.0)
    with pytest.raises(failures.MemoryExceeded):
        data.update("INSERT { [] ?a ?b } WHERE { ?a ?p ?q . ?b ?r ?s }")
    assert data.count("?s ?p ?o") == 3000


def test_dataset_does_not_grow_past_its_limit(strict: Data) -> None:
    with pytest.raises(failures.DatasetFull):
        strict.update("INSERT DATA { x:new x:p 1, 2, 3 }", quads_limit=7)
    assert not strict.holds("x:new ?p ?o")


def test_writes_of_many_threads_all_count_and_readers_see_whole_ones(strict: Data) -> None:
    strict.update("INSERT DATA { x:n x:left 0 ; x:right 0 }")
    add = (
        "DELETE { x:n x:left ?l ; x:right ?r } INSERT { x:n x:left ?m ; x:right ?m }"
        " WHERE { x:n x:left ?l ; x:right ?r BIND(?l + 1 AS ?m) }"
    )
    seen: list[list[str]] = []
    writers = [
        threading.Thread(target=lambda: [strict.update(add) for _ in range(5)]) for _ in range(4)
    ]
    for thread in writers:
        thread.start()
    while any(thread.is_alive() for thread in writers):
        seen.append(strict.rows("SELECT ?l ?r { x:n x:left ?l ; x:right ?r }"))
    for thread in writers:
        thread.join()
    assert strict.rows("SELECT ?l ?r { x:n x:left ?l ; x:right ?r }") == ["20,20"]
    assert all(len(rows) == 1 and len(set(rows[0].split(","))) == 1 for rows in seen)


def test_what_was_written_is_not_silently_lost(strict: Data) -> None:
    nursery = strict.pool.processes[0]
    strict.update("INSERT DATA { x:new x:p 1 }")
    os.kill(nursery, signal.SIGKILL)
    os.waitid(os.P_PID, nursery, os.WEXITED | os.WNOWAIT)
    for _ in range(6):
        with pytest.raises(failures.EngineDown):
            strict.update("INSERT DATA { x:new x:p 2 }")
    with pytest.raises(failures.EngineDown, match="is lost"):
        strict.update("INSERT DATA { x:new x:p 2 }")


def test_version_changes_together_with_what_is_answered(
    strict: Data, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = strict.pool.version
    seen: list[tuple[str, bool]] = []
    apply = Source.apply

    def look(source: Source, patches: bytes) -> None:
        apply(source, patches)
        # The nursery has the new data already, and the workers standing by do not.
        seen.append((strict.pool.version, strict.holds("x:new ?p ?o")))

    monkeypatch.setattr(Source, "apply", look)
    for number in (1, 2):
        strict.update(f"INSERT DATA {{ x:new x:p {number} }}")
        assert strict.holds(f"x:new x:p {number}")
    assert seen[0] == (before, False)
    assert seen[1][0] not in (before, strict.pool.version)
    assert strict.pool.manifest["version"] == strict.pool.version


def test_oxigraph_alone_would_change_nothing() -> None:
    """The reason for all this: should it change one day, update.py can become simpler."""
    store = ox.Store()
    store.load(DATA.encode(), ox.RdfFormat.TRIG)
    store.update("INSERT { <x:s> <x:p> ?s } WHERE { ?s <http://x/p> <http://x/e> }")
    assert len(store) == 6


def test_writes_that_wait_are_few(open_data: Open) -> None:
    many = " ".join(f"x:s{n} x:p x:o ." for n in range(2000))
    data = open_data(f"@prefix x: <http://x/> . {many}", seconds=1.0, queue_seconds=30.0)
    told: list[str] = []

    def write() -> None:
        try:
            data.update(f"DELETE {{ ?a ?b ?c }} WHERE {{ {HOURS} }}")
        except failures.EngineFailure as failure:
            told.append(type(failure).__name__)

    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["DeadlineExceeded"] * 5 + ["Overloaded"] * 3
