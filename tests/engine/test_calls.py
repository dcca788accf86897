"""SERVICE blocks: what is asked of whom, and that the query joined with the answers is right.

The reference is the same data in one place: what ``SERVICE <…> { P }`` gives with the data at the
other end, ``GRAPH <…> { P }`` gives with them in a graph here.
"""

import json
from collections import Counter
from collections.abc import Callable

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.engine.test_lexer import NOWHERE, PIECES, dials

from steamkg.engine.calls import Call, blocks
from steamkg.engine.evaluate import evaluate
from steamkg.engine.failures import (
    EngineFailure,
    Forbidden,
    QuerySyntaxError,
    ServiceFailed,
    Unsupported,
)
from steamkg.engine.lexer import tokens
from steamkg.engine.question import Question, Solutions
from steamkg.engine.solutions import filled
from steamkg.engine.store import Stores

THERE = "http://there.example/sparql"
OTHER = "http://other.example/sparql"
JSON = "application/sparql-results+json"
PREFIX = "PREFIX x: <http://x/> "

Ask = Callable[[Call], Solutions | None]


def stores_of(turtle: str, graph: str = "") -> Stores:
    """A dataset of a default graph and, if given, one named graph."""
    store = ox.Store()
    store.load(f"@prefix x: <http://x/> . {turtle}".encode(), ox.RdfFormat.TURTLE)
    if graph:
        store.load(
            f"@prefix x: <http://x/> . {graph}".encode(),
            ox.RdfFormat.TURTLE,
            to_graph=ox.NamedNode(THERE),
        )
    return Stores(
        everything=store,
        asserted=store,
        graphs=frozenset([THERE] if graph else []),
        merged=frozenset(),
        overlaps=None,
        virtual=frozenset(),
    )


def calls_of(text: str, **options: object) -> list[Call]:
    question = Question(text=text, for_calls=True, **options)  # type: ignore[arg-type]
    answer = evaluate(stores_of(""), question, result_bytes=1_000_000)
    return [Call.from_wire(wire) for wire in json.loads(answer.body)]


def asked_of(stores: Stores) -> Ask:
    """An endpoint with this dataset."""

    def ask(call: Call) -> Solutions:
        question = Question(text=call.query, solutions=JSON)
        body = evaluate(stores, question, result_bytes=10_000_000).body
        return Solutions(media_type=JSON, body=body)

    return ask


def federated(stores: Stores, text: str, ask: Ask, **options: object) -> str:
    """The result of a query as CSV, with its blocks answered by ``ask``."""
    solved = tuple(ask(call) for call in calls_of(text))
    question = Question(text=text, solved=solved, solutions="text/csv", **options)  # type: ignore[arg-type]
    # As it crosses to a worker.
    wired = Question.from_wire(json.loads(json.dumps(question.to_wire())), question.body)
    assert wired == question
    return evaluate(stores, question, result_bytes=10_000_000).body.decode()


def bag(csv: str) -> Counter[str]:
    return Counter(csv.split("\r\n"))


def given_rows(*bindings: dict[str, object], names: str = "s v") -> Ask:
    content = {"head": {"vars": names.split()}, "results": {"bindings": list(bindings)}}
    return lambda _: Solutions(media_type=JSON, body=json.dumps(content).encode())


def test_block_is_sent_with_every_iri_written_out() -> None:
    text = (
        "BASE <http://b/x/> PREFIX : <http://ex/> PREFIX y: <../y#>\n"
        "SELECT * { ?s :p ?o # SERVICE <urn:no> {\n"
        "SERVICE SILENT :sparql { ?s y:q 'a\\u0022b'@en, '''1\n'''^^:t; ^y:p|!:q <z> # c }\n"
        "FILTER(?s<:b&&'x'<?v) } SERVICE<two>{} }"
    )
    first, second = calls_of(text, base="http://unused/")
    assert (first.endpoint, first.silent, first.nested) == ("http://ex/sparql", True, ())
    assert first.query == (
        'SELECT ?s WHERE { ?s <http://b/y#q> "a\\"b"@en, "1\\n"^^<http://ex/t> ;'
        " ^<http://b/y#p> |! <http://ex/q> <http://b/x/z>"
        ' FILTER(?s< <http://ex/b> && "x"<?v) }'
    )
    assert (second.endpoint, second.silent) == ("http://b/x/two", False)
    assert second.query == "SELECT (1 AS ?solution) WHERE {}"


@pytest.mark.parametrize(
    ("block", "columns"),
    [
        ("?s ?p ?o FILTER(?x > 1)", "?o ?p ?s"),
        ("?s ?p ?o MINUS { ?s ?q ?r }", "?o ?p ?s"),
        ("{ SELECT ?a (COUNT(?b) AS ?n) { ?a ?b ?c } GROUP BY ?a }", "?a ?n"),
        ("SELECT ?a { ?a ?b ?c } LIMIT 3", "?a"),
        ("GRAPH ?g { ?s x:p 1 } BIND(1 AS ?b) VALUES (?v ?w) { (1 2) }", "?b ?g ?s ?v ?w"),
        ("?s x:p/x:q* $t OPTIONAL { ?t x:p ?u } { ?s x:q ?l } UNION { ?s x:q ?r }", None),
        (f"?s ?p ?o SERVICE <{OTHER}> {{ ?s ?q ?v }}", "?o ?p ?q ?s ?v"),
    ],
)
def test_variables_in_scope_are_asked_for(block: str, columns: str | None) -> None:
    (call,) = calls_of(f"{PREFIX} SELECT * {{ SERVICE <{THERE}> {{ {block} }} }}")
    found = call.query.removeprefix("SELECT ").partition(" WHERE ")[0]
    assert found == (columns or "?l ?r ?s ?t ?u")
    ox.Store().query(call.query)  # is a query


def test_nested_block_stays_and_is_named() -> None:
    (call,) = calls_of(
        f"PREFIX e: <{OTHER}> SELECT * {{ SERVICE <{THERE}> {{ ?s ?p ?o "
        "OPTIONAL { SERVICE SILENT e: { ?s ?q ?r SERVICE <urn:third> {} } } } }"
    )
    assert call.nested == (OTHER, "urn:third")
    assert f"SERVICE SILENT <{OTHER}> {{" in call.query


def test_query_that_only_mentions_service_asks_nobody() -> None:
    assert calls_of(f"{PREFIX} SELECT * {{ ?service x:service 'SERVICE <urn:a> {{}}' }}") == []


@pytest.mark.parametrize(
    ("pattern", "failure", "said"),
    [
        ("SERVICE ?e { ?s ?p ?o }", Forbidden, "come out of data"),
        ("SERVICE SILENT ?e { ?s ?p ?o }", Forbidden, "come out of data"),
        ("SERVICE <urn:a> { SERVICE ?e { ?s ?p ?o } }", Forbidden, "come out of data"),
        ("SERVICESILENT<urn:a>{}", QuerySyntaxError, "needs spaces"),
        ("?s ?p trueSERVICE<urn:a>{}", QuerySyntaxError, "needs spaces"),
        ("SERVICEx:y{}", QuerySyntaxError, "needs spaces"),
        ("SERVICE 'a' {}", QuerySyntaxError, "an IRI and a block"),
        ("SERVICE <urn:a> ", QuerySyntaxError, "an IRI and a block"),
        ("SERVICE <urn:a> { } UNION { }", QuerySyntaxError, None),
        ("SERVICE <urn:a> { ?s ?p }", QuerySyntaxError, None),
        ("SERVICE <urn:a> { ?s y:p ?o }", QuerySyntaxError, "the prefix y: is not declared"),
        ("SERVICE <urn:a> { BIND(1 AS ?s) ?s ?p ?o BIND(2 AS ?s) }", QuerySyntaxError, None),
        ("FILTER EXISTS { SERVICE <urn:a> { ?s ?p ?o } }", Unsupported, "within EXISTS"),
        ("FILTER(1=1&&NOT EXISTS{{?s ?p ?o SERVICE <urn:a> {}}})", Unsupported, "within EXISTS"),
        ("GRAPH ?g { SERVICE <urn:a> { ?s ?p ?o } }", Unsupported, "within GRAPH"),
        ("GRAPH x:g{{ SERVICE <urn:a> { ?s ?p ?o } }}", Unsupported, "within GRAPH"),
        ("GRAPHx:g{ SERVICE <urn:a> { ?s ?p ?o } }", Unsupported, "within GRAPH"),
        ("SERVICE <urn:a> { ?s ?p '\\\\u0022 } SERVICE <urn:b> {' }", Unsupported, "backslash"),
    ],
)
def test_what_cannot_be_asked_right_is_refused(
    pattern: str, failure: type[EngineFailure], said: str | None
) -> None:
    with pytest.raises(failure, match=said):
        calls_of(f"{PREFIX} SELECT * {{ {pattern} }}")


def test_mistake_has_its_place_in_the_text() -> None:
    with pytest.raises(QuerySyntaxError) as caught:
        calls_of("SELECT * {\n  SERVICE <urn:a-rather-long-name> { ?s ?p ?o }\n  ?s ?p }")
    assert caught.value.line == 3


def test_value_given_for_a_variable_in_a_block_is_refused() -> None:
    with pytest.raises(Unsupported, match="VALUES"):
        calls_of(
            f"SELECT ?s {{ SERVICE <{THERE}> {{ ?s ?p ?o }} }}",
            bindings={"s": ox.NamedNode("urn:a")},
        )


def test_code_points_and_comments_do_not_reach_the_endpoint() -> None:
    (call,) = calls_of(
        f"SELECT * {{ SERVICE <{THERE}> {{ ?s <http://x/\\u0070> 'a\\u0022 }} SERVICE <u:x> {{' "
        "# \\u000A SERVICE <u:y> {}\n } }"
    )
    assert "\\u" not in call.query
    assert "#" not in call.query
    assert '"a\\" } SERVICE <u:x> {"' in call.query
    assert [token.text for token in tokens(call.query) if token.keyword == "SERVICE"] == []


HERE_DATA = "x:a x:p 1, 2 . x:b x:p 3 . x:c x:q x:a ."


def test_solutions_keep_kinds_and_number() -> None:
    ask = given_rows(
        {"s": {"type": "uri", "value": "http://x/a"}, "v": {"type": "literal", "value": 'q"\\\n'}},
        {"s": {"type": "uri", "value": "http://x/a"}, "v": {"type": "literal", "value": 'q"\\\n'}},
        {"s": {"type": "literal", "value": "ž", "xml:lang": "lt"}},
        {"v": {"type": "literal", "value": "1.50", "datatype": "http://x/t"}},
        {},
    )
    columns = "?s ?v (DATATYPE(?v) AS ?t) (LANG(?s) AS ?l)"
    text = f"SELECT {columns} {{ SERVICE <{THERE}> {{ ?s x:p ?v }} }}"
    assert bag(federated(stores_of(""), PREFIX + text, ask)) == bag(
        "s,v,t,l\r\n"
        'http://x/a,"q""\\\n",http://www.w3.org/2001/XMLSchema#string,\r\n'
        'http://x/a,"q""\\\n",http://www.w3.org/2001/XMLSchema#string,\r\n'
        "ž,,,lt\r\n"
        ",1.50,http://x/t,\r\n"
        ",,,\r\n"
    )


def test_blank_nodes_are_the_same_within_an_answer_and_new_in_each() -> None:
    node = {"type": "bnode", "value": "b0"}
    ask = given_rows({"s": node, "v": node}, {"s": node, "v": {"type": "bnode", "value": "b1"}}, {})
    store = stores_of("_:b0 x:p 1 . _:b1 x:p 2 .")
    block = f"SERVICE <{THERE}> {{ ?s ?a ?v }}"
    same = "SUM(COALESCE(IF(?s = ?v, 1, 0), 0))"
    count = f"SELECT (COUNT(DISTINCT ?s) AS ?n) ({same} AS ?m) {{ {block} }}"
    assert federated(store, count, ask) == "n,m\r\n1,1\r\n"
    # The empty solution joins with both, the others with none.
    joined = f"{PREFIX} SELECT (COUNT(*) AS ?n) {{ ?s x:p ?o {block} }}"
    assert federated(store, joined, ask) == "n\r\n2\r\n"
    # Two blocks, equal labels: different nodes.
    twice = (
        f"SELECT (COUNT(*) AS ?n) {{ {block} SERVICE <{OTHER}> {{ ?s ?b ?w }} FILTER(BOUND(?s)) }}"
    )
    ask = given_rows({"s": node, "v": node}, names="s v w")
    assert federated(store, twice, ask) == "n\r\n0\r\n"


def test_triple_terms_come_through() -> None:
    inner = {"type": "bnode", "value": "x"}
    term = {
        "type": "triple",
        "value": {
            "subject": inner,
            "predicate": {"type": "uri", "value": "http://x/p"},
            "object": {"type": "literal", "value": "o"},
        },
    }
    ask = given_rows({"s": inner, "v": term})
    text = f"SELECT (?s = SUBJECT(?v) AS ?same) {{ SERVICE <{THERE}> {{ ?s ?p ?v }} }}"
    assert federated(stores_of(""), text, ask) == "same\r\ntrue\r\n"


def test_silent_failure_is_one_empty_solution() -> None:
    text = f"{PREFIX} SELECT ?s ?v {{ x:b x:p ?n SERVICE SILENT <{THERE}> {{ ?s x:p ?v }} }}"
    assert federated(stores_of(HERE_DATA), text, lambda _: None) == "s,v\r\n,\r\n"


@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        (JSON, b"{}"),
        (JSON, b'{"head":{},"boolean":true}'),
        (
            JSON,
            b'{"head":{"vars":["s"]},"results":{"bindings":[{"s":{"type":"uri","value":"a b"}}]}}',
        ),
        (JSON, b'{"head":{"vars":["s"]},"results":{"bindings":[{'),
        ("application/sparql-results+xml", b"<html/>"),
        ("text/csv", b"s\r\n1\r\n"),
    ],
)
def test_answer_that_is_none_fails_unless_silent(media_type: str, body: bytes) -> None:
    answer = Solutions(media_type=media_type, body=body)
    text = f"SELECT * {{ SERVICE <{THERE}> {{ ?s ?p 1 }} }}"
    with pytest.raises(ServiceFailed, match="no SPARQL result"):
        federated(stores_of(""), text, lambda _: answer)
    silent = text.replace("SERVICE", "SERVICE SILENT")
    assert federated(stores_of(""), silent, lambda _: answer) == "p,s\r\n,\r\n"


def test_answer_in_xml_is_read() -> None:
    body = (
        b'<sparql xmlns="http://www.w3.org/2005/sparql-results#"><head><variable name="v"/></head>'
        b'<results><result><binding name="v"><literal>a</literal></binding></result></results>'
        b"</sparql>"
    )
    answer = Solutions(media_type="application/sparql-results+xml", body=body)
    text = f"SELECT ?v {{ SERVICE <{THERE}> {{ ?s ?p ?v }} }}"
    assert federated(stores_of(""), text, lambda _: answer) == "v\r\na\r\n"


NODES = ("x:a", "x:b", "x:c", "1", "2", "'t'@en")
VARIABLES = ("?s", "?o", "?v", "?w")


def triples_strategy() -> st.SearchStrategy[str]:
    subject = st.sampled_from(NODES[:3])
    triple = st.tuples(subject, st.sampled_from(("x:p", "x:q")), st.sampled_from(NODES))
    return st.lists(triple.map(" ".join), min_size=1, max_size=6).map(
        lambda found: " . ".join(found) + " ."
    )


def pattern_strategy(*, remote: bool) -> st.SearchStrategy[str]:
    """Patterns over few names, so that they join; with ``§{ … §}`` for what is asked elsewhere."""
    term = st.sampled_from((*VARIABLES, *VARIABLES, "x:a", "1"))
    triple = st.tuples(
        st.sampled_from((*VARIABLES, "x:a")), st.sampled_from(("x:p", "x:q", "?p")), term
    ).map(lambda parts: " ".join(parts) + " .")
    values = st.sampled_from(
        ("VALUES ?v { 1 2 2 }", "VALUES (?s ?w) { (x:a UNDEF) (UNDEF 1) }", "FILTER(?o = 1)")
    )

    def larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        forms = [
            st.tuples(inner, inner).map(" ".join),
            inner.map(lambda one: f"OPTIONAL {{ {one} }}"),
            st.tuples(inner, inner).map(lambda two: f"{{ {two[0]} }} UNION {{ {two[1]} }}"),
            inner.map(lambda one: f"MINUS {{ {one} }}"),
            inner.map(lambda one: f"{{ {one} }}"),
            inner.map(lambda one: f"{{ SELECT DISTINCT ?s ?v {{ {one} }} }}"),
            inner.map(lambda one: f"{{ SELECT ?s (COUNT(?o) AS ?w) {{ {one} }} GROUP BY ?s }}"),
            inner.map(lambda one: f"OPTIONAL {{ {one} FILTER(BOUND(?s) || ?o = ?w) }}"),
        ]
        return st.one_of(forms)

    leaf = st.one_of(triple, triple, values)
    if remote:
        leaf = st.one_of(leaf, pattern_strategy(remote=False).map(lambda one: f"§{{ {one} §}}"))
    return st.recursive(leaf, larger, max_leaves=5)


@settings(max_examples=400, deadline=None)
@given(triples_strategy(), triples_strategy(), st.lists(pattern_strategy(remote=True), max_size=3))
def test_asked_elsewhere_is_as_asked_of_the_same_data_here(
    here: str, there: str, patterns: list[str]
) -> None:
    body = f"?s x:p ?o . {' '.join(patterns)}"
    select = f"{PREFIX} SELECT ?s ?o ?v ?w {{ {body} }}"
    reference = select.replace("§{", f"GRAPH <{THERE}> {{").replace("§}", "}")
    asked = select.replace("§{", f"SERVICE <{THERE}> {{").replace("§}", "}")
    both = stores_of(here, there)
    wanted = evaluate(
        both, Question(text=reference, solutions="text/csv"), result_bytes=10_000_000
    ).body.decode()
    found = federated(stores_of(here), asked, asked_of(stores_of(there)))
    assert bag(found) == bag(wanted), asked


@settings(max_examples=1000, deadline=None)
@given(PIECES)
def test_nothing_that_dials_is_left_when_the_blocks_are_filled(pieces: list[str]) -> None:
    text = f"PREFIX n: {NOWHERE} SELECT * {{ ?s ?p ?o {''.join(pieces)} }}"
    if not dials(text):
        return
    question = Question(text=text)
    try:
        found = blocks(question)
    except EngineFailure:
        return
    assert found
    assert not dials(filled(text, found, [None] * len(found)).text)


def test_large_answer_joins() -> None:
    bindings = [{"s": {"type": "uri", "value": f"http://x/n{n}"}} for n in range(20_000)]
    text = f"{PREFIX} SELECT (COUNT(*) AS ?n) {{ ?s x:p 1 SERVICE <{THERE}> {{ ?s x:q ?v }} }}"
    store = stores_of("x:n7 x:p 1 . x:n19999 x:p 1 . x:other x:p 1 .")
    assert federated(store, text, given_rows(*bindings)) == "n\r\n2\r\n"
