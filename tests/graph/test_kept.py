"""A graph that keeps what it was asked answers as the one it was made from."""

from collections.abc import Iterable, Mapping

import pytest
from pyparsing import ParseException
from rdflib import BNode, Graph, Literal, URIRef
from rdflib.term import Node

from steamkg.graph.kept import KeptGraph
from steamkg.graph.terms import graph_of

A, B, P, Q = (URIRef(f"http://x/{name}") for name in "abpq")
PLAIN = Graph()
for triple in ((A, P, B), (B, P, Literal("b", lang="en")), (A, Q, Literal(1))):
    PLAIN.add(triple)


def test_every_pattern_gives_what_a_plain_graph_gives_each_time_it_is_asked() -> None:
    kept = KeptGraph(PLAIN)
    for _ in range(2):
        for pattern in ((None, None, None), (A, None, None), (None, P, None), (B, Q, None)):
            assert set(kept.triples(pattern)) == set(PLAIN.triples(pattern))
        assert set(kept.objects(A, P / P)) == {Literal("b", lang="en")}


def test_what_is_added_or_removed_is_seen() -> None:
    kept = KeptGraph(PLAIN)
    assert set(kept.objects(A, P)) == {B}
    kept.add((A, P, A))
    assert set(kept.objects(A, P)) == {A, B}
    kept.remove((A, P, B))
    assert set(kept.objects(A, P)) == {A}
    assert len(PLAIN) == 3


def test_query_is_asked_of_each_graph_with_its_bindings() -> None:
    text = "SELECT ?s ?o WHERE { ?s <http://x/p> ?o }"
    kept = KeptGraph(PLAIN)
    assert [tuple(row) for row in kept.query(text, initBindings={"s": A})] == [(A, B)]
    assert [tuple(row) for row in kept.query(text, initBindings={"s": B})] == [
        (B, Literal("b", lang="en"))
    ]
    assert list(KeptGraph(()).query(text)) == []


def test_query_gives_what_a_plain_graph_gives() -> None:
    blank = BNode()
    plain = graph_of([*PLAIN, (blank, P, A)])
    kept = KeptGraph(plain)
    for text, bound in (
        ("SELECT $s ?o WHERE { $s ?p ?o }", blank),
        ("SELECT ?s (COUNT(?o) AS ?n) WHERE { ?s ?p ?o } GROUP BY ?s", A),
        ("SELECT ?s ?none WHERE { ?s ?p ?o OPTIONAL { ?o <http://x/none> ?none } }", A),
        ("SELECT ?s WHERE { ?s ?p ?o FILTER NOT EXISTS { ?s <http://x/q> 1 } }", A),
        ("SELECT ?s WHERE { ?s ?p ?o FILTER NOT EXISTS { ?s <http://x/q> 1 } }", B),
        ("SELECT ?o WHERE { ?s <http://x/p> ?o }", A),
    ):
        bindings = {"s": bound}
        answers = [graph.query(text, initBindings=bindings).bindings for graph in (kept, plain)]
        # rdflib gives a bound variable back also where the query does not.
        kept_rows, plain_rows = ([{**bindings, **_named(row)} for row in rows] for rows in answers)
        assert _as_set(kept_rows) == _as_set(plain_rows), text


def _named(row: Mapping[Node, Node]) -> dict[str, Node]:
    return {str(variable): value for variable, value in row.items()}


def _as_set(rows: Iterable[Mapping[str, Node]]) -> set[frozenset[tuple[str, Node]]]:
    return {frozenset(row.items()) for row in rows}


def test_what_is_added_is_found_by_the_next_query() -> None:
    kept = KeptGraph(PLAIN)
    text = "SELECT ?o WHERE { <http://x/a> <http://x/p> ?o }"
    assert len(kept.query(text)) == 1
    kept.add((A, P, A))
    assert len(kept.query(text)) == 2


def test_rdflib_has_the_last_word_on_what_oxigraph_does_not_read() -> None:
    with pytest.raises(ParseException):
        KeptGraph(PLAIN).query("SELECT ?s WHERE { ?s ?p }")
    assert KeptGraph(PLAIN).query("ASK { ?s <http://x/q> 1 }").askAnswer
