"""A graph that keeps what it was asked answers as the one it was made from."""

from rdflib import Graph, Literal, URIRef

from steamkg.graph.kept import KeptGraph

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
    text = "SELECT ?o WHERE { ?s <http://x/p> ?o }"
    kept = KeptGraph(PLAIN)
    assert [tuple(row) for row in kept.query(text, initBindings={"s": A})] == [(B,)]
    assert [tuple(row) for row in kept.query(text, initBindings={"s": B})] == [
        (Literal("b", lang="en"),)
    ]
    assert list(KeptGraph(()).query(text)) == []
