"""What the dataset says of itself, held against what it holds."""

from pathlib import Path

import pyoxigraph as ox
import pytest

from steamkg.engine.evaluate import evaluate
from steamkg.engine.question import Question
from steamkg.engine.store import Stores
from steamkg.graph.catalogue import DATASET, catalogue, node
from steamkg.graph.names import CATALOGUE, ENTITY, GRAPH, ONTOLOGY_GRAPH
from steamkg.graph.publish import Builds

PREFIXES = """
    @base <https://w3id.org/steamkg/> .
    @prefix dcterms: <http://purl.org/dc/terms/> .
    @prefix foaf: <http://xmlns.com/foaf/0.1/> .
    @prefix owl: <http://www.w3.org/2002/07/owl#> .
    @prefix skos: <http://www.w3.org/2004/02/skos/core#> .
    @prefix steam: <https://w3id.org/steamkg/ontology#> .
"""
VOID = """
    PREFIX void: <http://rdfs.org/ns/void#>
    SELECT ?what ?said (COUNT(*) AS ?counted) WHERE {
"""


def triples(turtle: str) -> frozenset[ox.Triple]:
    return frozenset(quad.triple for quad in ox.parse(PREFIXES + turtle, ox.RdfFormat.TURTLE))


def value(
    described: frozenset[ox.Triple], subject: ox.NamedNode, prefix: str, name: str
) -> set[str]:
    return {
        triple.object.value
        for triple in described
        if triple.subject == subject and triple.predicate == node(prefix, name)
    }


SECTION = triples(
    '<id/centre/a> a steam:Centre ; skos:prefLabel "a"@lt , "b"@sl . <id/centre/b> a steam:Centre .'
)
LINKS = triples(
    "<id/centre/a> owl:sameAs <http://x.org/item/1> , <http://x.org/item/2> ."
    " <id/centre/a> owl:sameAs <id/centre/b> ."
    " <http://y.org/c#1> foaf:focus <id/centre/a> ."
    ' <id/identifier-scheme/x> skos:prefLabel "X"@en .'
)
HEADER = triples('<ontology> dcterms:license <http://licence/> ; dcterms:creator "We" .')
GRAPHS = [(ONTOLOGY_GRAPH, HEADER), (GRAPH + "link/x", LINKS), (GRAPH + "model/one", SECTION)]
DESCRIBED = catalogue(GRAPHS, SECTION | LINKS | HEADER)


def test_the_dataset_is_counted() -> None:
    for name, expected in (("triples", 11), ("entities", 3), ("classes", 1), ("properties", 6)):
        assert value(DESCRIBED, DATASET, "void", name) == {str(expected)}, name


def test_licence_publisher_and_languages_come_from_the_content() -> None:
    assert value(DESCRIBED, DATASET, "dcterms", "license") == {"http://licence/"}
    (publisher,) = value(DESCRIBED, DATASET, "dcterms", "publisher")
    assert value(DESCRIBED, ox.NamedNode(publisher), "foaf", "name") == {"We"}
    spoken = value(DESCRIBED, DATASET, "dcterms", "language")
    assert {iri.rpartition("/")[2] for iri in spoken} == {"ENG", "LIT", "SLV"}


def test_a_linkset_says_between_whom_how_and_how_many() -> None:
    same = ox.NamedNode(CATALOGUE + "#linkset-x-owl-sameAs-x-org")
    assert value(DESCRIBED, same, "void", "triples") == {"2"}
    assert value(DESCRIBED, same, "void", "subjectsTarget") == {DATASET.value}
    (target,) = value(DESCRIBED, same, "void", "objectsTarget")
    assert value(DESCRIBED, ox.NamedNode(target), "void", "uriSpace") == {"http://x.org/item/"}
    assert value(DESCRIBED, ox.NamedNode(target), "dcterms", "title") == {"X"}
    focus = ox.NamedNode(CATALOGUE + "#linkset-x-foaf-focus-y-org")
    assert value(DESCRIBED, focus, "void", "objectsTarget") == {DATASET.value}
    (other,) = value(DESCRIBED, focus, "void", "subjectsTarget")
    assert value(DESCRIBED, ox.NamedNode(other), "void", "uriSpace") == {"http://y.org/c#"}


def test_the_same_content_gives_the_same_description() -> None:
    assert catalogue(list(reversed(GRAPHS)), SECTION | LINKS | HEADER) == DESCRIBED


def test_no_blank_nodes_so_that_everything_can_be_cited() -> None:
    assert not [t for t in DESCRIBED if isinstance(t.subject, ox.BlankNode)]


def rows(stores: Stores, text: str) -> list[tuple[str, ...]]:
    asked = Question(text=text, solutions="text/csv")
    body = evaluate(stores, asked, result_bytes=1_000_000).body.decode()
    return [tuple(line.split(",")) for line in body.split("\r\n")[1:] if line]


@pytest.mark.parametrize(
    "pattern",
    [
        # Of classes and of properties: what is said, beside what a count over the data gives.
        "{ ?part void:class ?what ; void:entities ?said } ?thing a ?what",
        "{ ?part void:property ?what ; void:triples ?said } ?thing ?what ?value",
    ],
)
def test_partitions_of_the_real_graph_are_what_a_query_counts(stores: Stores, pattern: str) -> None:
    text = VOID + f"GRAPH <{CATALOGUE}> {pattern} }} GROUP BY ?what ?said"
    found = rows(stores, text)
    assert len(found) > 50
    assert [row for row in found if row[1] != row[2]] == []


def test_subsets_of_the_real_graph_are_what_a_query_counts(stores: Stores) -> None:
    text = (
        VOID
        + f"GRAPH <{CATALOGUE}> {{ <{DATASET.value}> void:subset ?what . "
        + "?what void:triples ?said } GRAPH ?what { ?s ?p ?o } } GROUP BY ?what ?said"
    )
    found = rows(stores, text)
    assert len(found) > 40
    assert [row for row in found if row[1] != row[2]] == []


def test_the_whole_is_what_a_query_counts_and_does_not_hold_its_own_count(
    stores: Stores, real_build: Path
) -> None:
    published = Builds(real_build).current()
    assert published is not None
    ((counted,),) = rows(stores, "SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }")
    ((said,),) = rows(
        stores,
        f"SELECT ?n WHERE {{ GRAPH <{CATALOGUE}> {{ <{DATASET.value}> "
        "<http://rdfs.org/ns/void#triples> ?n } }",
    )
    assert counted == said == str(published.manifest["default"])
    assert published.manifest["graphs"][CATALOGUE]["kind"] == "catalogue"
    assert rows(stores, f"SELECT ?p WHERE {{ <{DATASET.value}> ?p ?o }}") == []


def test_every_link_to_another_dataset_is_in_a_linkset(stores: Stores) -> None:
    """Counted by a query that knows nothing of linksets."""
    ((counted,),) = rows(
        stores,
        "SELECT (COUNT(*) AS ?n) WHERE { VALUES ?p { <http://www.w3.org/2002/07/owl#sameAs> "
        "<http://xmlns.com/foaf/0.1/focus> } GRAPH ?g { ?s ?p ?o } "
        f"FILTER(STRSTARTS(STR(?g), '{GRAPH}link/')) "
        f"FILTER(STRSTARTS(STR(?s), '{ENTITY}') != STRSTARTS(STR(?o), '{ENTITY}')) }}",
    )
    ((said,),) = rows(
        stores,
        "PREFIX void: <http://rdfs.org/ns/void#> SELECT (SUM(?n) AS ?all) WHERE { "
        f"GRAPH <{CATALOGUE}> {{ ?g void:subset ?l . ?l a void:Linkset ; void:triples ?n }} "
        f"FILTER(STRSTARTS(STR(?g), '{GRAPH}link/')) }}",
    )
    assert int(said) == int(counted) > 200
