"""Which graphs a question is asked of, and what is refused before anything is asked."""

from dataclasses import replace

import pytest
from pyoxigraph import DefaultGraph

from steamkg.engine.dataset import given, view
from steamkg.engine.evaluate import evaluate
from steamkg.engine.failures import Forbidden, ParameterError, QuerySyntaxError, UnknownGraph
from steamkg.engine.question import Question
from steamkg.engine.store import Stores
from steamkg.graph.names import ALL, ASSERTED, BASE, INFERRED

ONE, TWO, THREE = (f"{BASE}graph/a/{name}" for name in ("one", "two", "three"))
LATER = f"{BASE}graph/later/now"
COUNT = "SELECT (COUNT(*) AS ?n) {} {{ ?s ?p ?o }}"
NAMES = "SELECT DISTINCT ?g {} {{ GRAPH ?g {{ ?s ?p ?o }} }}"


def rows(stores: Stores, text: str, *default: str, named: tuple[str, ...] = ()) -> list[str]:
    question = Question(text=text, default_graphs=default, named_graphs=named, solutions="text/csv")
    return evaluate(stores, question, result_bytes=10_000).body.decode().split("\r\n")[1:-1]


def count(stores: Stores, clauses: str = "", *default: str, named: tuple[str, ...] = ()) -> int:
    return int(rows(stores, COUNT.format(clauses), *default, named=named)[0])


@pytest.mark.parametrize(
    ("graphs", "expected"),
    [
        ((), 6),
        ((ALL,), 6),
        ((ASSERTED,), 5),
        ((INFERRED,), 1),
        ((ONE,), 3),
        ((ONE, TWO), 4),
        ((TWO, ONE, TWO), 4),
        ((ONE, THREE), 4),
        ((ONE, TWO, THREE), 5),
        ((ASSERTED, ONE), 5),
        ((ASSERTED, INFERRED), 6),
        ((ALL, ASSERTED, ONE), 6),
        ((ALL, LATER), 7),
        ((LATER,), 1),
        (("urn:nothing",), 0),
        (("urn:nothing", ONE), 3),
    ],
)
def test_default_graph_is_a_set(stores: Stores, graphs: tuple[str, ...], expected: int) -> None:
    assert count(stores, "", *graphs) == expected
    assert count(stores, " ".join(f"FROM <{graph}>" for graph in graphs)) == expected


def test_blank_node_in_two_merged_graphs_stays_one(stores: Stores) -> None:
    text = "SELECT (COUNT(DISTINCT ?n) AS ?k) { ?n <http://x/p> ?o FILTER(isBlank(?n)) }"
    assert rows(stores, text, ASSERTED) == ["1"]
    assert rows(stores, text, ONE, TWO) == ["1"]


def test_protocol_wins_over_from(stores: Stores) -> None:
    assert count(stores, f"FROM <{THREE}>", ONE) == 3
    assert rows(stores, NAMES.format(f"FROM NAMED <{THREE}>"), named=(ONE,)) == [ONE]


def test_default_graph_alone_leaves_no_named_graphs(stores: Stores) -> None:
    assert rows(stores, NAMES.format("")) != []
    for graph in (ALL, ASSERTED, ONE):
        assert rows(stores, NAMES.format(""), graph) == []


def test_named_graph_alone_leaves_the_default_graph_empty(stores: Stores) -> None:
    assert count(stores, f"FROM NAMED <{ONE}>") == 0
    assert rows(stores, NAMES.format(f"FROM NAMED <{ONE}>")) == [ONE]


def test_merged_graphs_are_never_named_graphs_of_the_dataset(stores: Stores) -> None:
    assert not {ALL, ASSERTED} & set(rows(stores, NAMES.format("")))


@pytest.mark.parametrize("graphs", [(ASSERTED,), (ONE, TWO)])
def test_named_graphs_go_along_with_a_merge(stores: Stores, graphs: tuple[str, ...]) -> None:
    assert rows(stores, NAMES.format(""), *graphs, named=(THREE,)) == [THREE]


def test_merged_graph_can_be_named_when_asked_for(stores: Stores) -> None:
    text = "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }"
    assert rows(stores, text, named=(ASSERTED,)) == ["5"]
    assert rows(stores, text, named=(ALL,)) == ["6"]


@pytest.mark.parametrize(
    "prologue_and_clause",
    [
        f"PREFIX g: <{BASE}graph/a/> SELECT (COUNT(*) AS ?n) FROM g:one {{ ?s ?p ?o }}",
        f"PREFIX g: <{BASE}graph/> SELECT (COUNT(*) AS ?n) FROM g:a\\/one {{ ?s ?p ?o }}",
        f"BASE <{BASE}graph/a/x> SELECT (COUNT(*) AS ?n) FROM <one> {{ ?s ?p ?o }}",
        f"BASE <{BASE}> BASE <graph/> PREFIX : <a/> SELECT (COUNT(*)AS?n)FROM :one{{?s ?p ?o}}",
        f"SELECT (COUNT(*) AS ?n)FROM<{BASE}graph/a/\\u006fne>{{ ?s ?p ?o }}",
        f"# FROM <urn:x>\nSELECT (COUNT(*) AS ?n) # FROM <urn:y>\nfrom <{ONE}> {{ ?s ?p ?o }}",
        f"SELECT ('FROM <urn:x>' AS ?m) (COUNT(*) AS ?n) FROM <{ONE}> {{ ?s ?p ?o }}",
        f"SELECT ((1<'x>y') AS ?m) (COUNT(*) AS ?n) FROM <{ONE}> {{ ?s ?p ?o }} #'",
    ],
)
def test_from_is_read_as_the_engine_reads_it(stores: Stores, prologue_and_clause: str) -> None:
    assert rows(stores, prologue_and_clause)[0].split(",")[-1] == "3"


@pytest.mark.parametrize(
    "text",
    [
        'ASK { ?s ?p "FROM <http://elsewhere.example/>" }',
        "ASK { ?s ?p 'SERVICE <http://elsewhere.example/> {}' }",
        "PREFIX from: <http://x/> ASK { ?s from:p ?service . FILTER(?service != from:service) }",
        "PREFIX service: <http://x/> ASK { GRAPH service:x { ?s service:p ?o } }",
        "PREFIX from: <http://x/> DESCRIBE from:a",
        "PREFIX from: <http://x/> DESCRIBE <http://x/a> from:b",
        "PREFIX from: <http://www.w3.org/2001/XMLSchema#> ASK {} ORDER BY from:string(?s)",
        "ASK { <http://x/service/from> ?p ?o } # SERVICE <http://elsewhere.example/> {",
        "ASK { _:service ?p 'x'@service }",
    ],
)
def test_what_only_looks_like_a_clause_is_no_clause(stores: Stores, text: str) -> None:
    evaluate(stores, Question(text=text), result_bytes=10_000)


@pytest.mark.parametrize(
    "text",
    [
        "ASK { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }",
        "ASK { service silent <http://127.0.0.1:1/> { ?s ?p ?o } }",
        "ASK { ?s ?p ?o SERVICE ?s { ?s ?p ?o } }",
        "ASK { ?s ?p ?o.SERVICE SILENT ?s{ ?s ?p ?o } }",
        "ASK {SERVICESILENT<http://127.0.0.1:1/>{}}",
        "PREFIX x: <http://127.0.0.1:1/> ASK {SERVICESILENTx:y{}}",
        "PREFIX x: <http://127.0.0.1:1/> PREFIX SERVICEx: <urn:x> ASK {SERVICEx:y{}}",
        "ASK {?s ?p trueSERVICE<http://127.0.0.1:1/>{}}",
        "ASK {?s ?p ?o FILTER(?o<'x>y') SERVICE SILENT <http://127.0.0.1:1/> {} FILTER(?o='q')}",
        "ASK {FILTER EXISTS {SERVICE <http://127.0.0.1:1/> {}}}",
        "ASK {{SELECT * {SERVICE # c\n SILENT <http://127.0.0.1:1/> {}}}}",
        "ASK {?s ?p ?o FILTER(<<(?s <http://x#p> ?o)>>=?s) SERVICE <http://127.0.0.1:1/> {}}",
    ],
)
def test_service_is_refused_however_it_is_written(stores: Stores, text: str) -> None:
    with pytest.raises(Forbidden, match="SERVICE is refused"):
        evaluate(stores, Question(text=text), result_bytes=10_000)


@pytest.mark.parametrize("graph", ["http://e.example/", "HTTPS://e.example/", "file:///etc/hosts"])
def test_remote_graph_is_refused(stores: Stores, graph: str) -> None:
    for clause in (f"FROM <{graph}>", f"FROM NAMED <{graph}>"):
        with pytest.raises(UnknownGraph) as caught:
            count(stores, clause)
        assert caught.value.details["graph"] == graph
    for options in ({"default_graphs": (graph,)}, {"named_graphs": (graph,)}):
        with pytest.raises(UnknownGraph):
            evaluate(stores, Question(text="ASK {}", **options), result_bytes=10_000)


@pytest.mark.parametrize(
    "text",
    [
        f"SELECT * FROMNAMED<{ONE}> {{ ?s ?p ?o }}",
        f"ASKFROM<{ONE}> {{ ?s ?p ?o }}",
        f"PREFIX x: <{BASE}graph/a/> SELECT * FROMx:one {{ ?s ?p ?o }}",
        f"PREFIX x: <{BASE}graph/a/> DESCRIBE ?s FROMx:one {{ ?s ?p ?o }}",
        f"PREFIX x: <{BASE}graph/a/> DESCRIBE*FROMx:one {{ ?s ?p ?o }}",
    ],
)
def test_from_without_spaces_is_refused_rather_than_merged_wrongly(
    stores: Stores, text: str
) -> None:
    with pytest.raises(QuerySyntaxError, match="FROM needs spaces"):
        evaluate(stores, Question(text=text), result_bytes=10_000)


def test_mistake_in_the_prologue_has_its_place(stores: Stores) -> None:
    with pytest.raises(QuerySyntaxError) as caught:
        evaluate(stores, Question(text="ASK\nFROM g:one { ?s ?p ?o }"), result_bytes=10_000)
    assert (caught.value.line, caught.value.column) == (2, 6)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT ?g { GRAPH ?g { <http://x/z> ?p ?o } }",
        "select?g{graph?g{<http://x/z>?p?o}}",
        f"SELECT ?g FROM <{ALL}> FROM NAMED <{THREE}> {{ GraPH ?g {{ <http://x/z> ?p ?o }} }}",
    ],
)
def test_graph_is_found_however_it_is_written(stores: Stores, text: str) -> None:
    assert rows(stores, text) == [THREE]


@pytest.mark.parametrize(
    "text",
    [
        "SELECT ?s ?p ?o { ?s ?p ?o }",
        "SELECT (COUNT(*) AS ?n) { ?s <http://x/none>* ?o }",
        "SELECT (COUNT(*) AS ?n) { ?s !<http://x/none> ?o }",
        "SELECT ?o { <http://x/a> <http://x/none>? ?o }",
        "SELECT ?s { ?s <http://x/p> ?o FILTER NOT EXISTS { ?s <http://x/later> ?o } }",
    ],
)
def test_default_graph_alone_answers_as_it_does_beside_the_others(
    stores: Stores, text: str
) -> None:
    assert stores.plain is not None
    assert {quad.graph_name for quad in stores.plain} == {DefaultGraph()}
    everything = replace(stores, plain=None)
    assert sorted(rows(stores, text)) == sorted(rows(everything, text)) != []


def test_description_has_nothing_from_named_graphs_alone(stores: Stores) -> None:
    question = Question(text="DESCRIBE <http://x/a>", triples="application/n-triples")
    told = [
        sorted(evaluate(one, question, result_bytes=10_000).body.splitlines())
        for one in (stores, replace(stores, plain=None))
    ]
    assert told[0] == told[1] != []


@pytest.mark.parametrize("graph", ["", "relative", "http://a b/", "x:<"])
def test_parameter_that_is_no_iri_is_refused(stores: Stores, graph: str) -> None:
    for graphs in ({"default_graphs": (graph,)}, {"named_graphs": (BASE + "graph/a/one", graph)}):
        with pytest.raises(ParameterError, match="names no graph"):
            view(stores, Question(text="ASK {}", **graphs))
        with pytest.raises(ParameterError, match="names no graph"):
            given(stores, graphs.get("default_graphs", ()), graphs.get("named_graphs", ()))
