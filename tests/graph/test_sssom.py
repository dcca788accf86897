"""SSSOM/TSV from a few mappings: the header, the columns, and what is left out."""

import csv
import io

import pyoxigraph as ox
import pytest

from steamkg.graph.names import GRAPH
from steamkg.graph.sssom import NoMappingsError, write

ALIGNMENT = GRAPH + "alignment/sample"
PREFIXES = """
@base <https://w3id.org/steamkg/> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix prov: <http://www.w3.org/ns/prov#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix semapv: <https://w3id.org/semapv/vocab/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix sssom: <https://w3id.org/sssom/> .
@prefix steam: <https://w3id.org/steamkg/ontology#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
SET = """
<id/mapping-set/sample> a sssom:MappingSet ; dcterms:title "Mūsų: „a“"@lt , "Ours: \\"a\\""@en ;
  dcterms:license <https://creativecommons.org/licenses/by/4.0/> ; owl:versionInfo "0.1.0" ;
  sssom:creator_label "The developers" ; sssom:mappings <id/mapping/one> , <id/mapping/two> ;
  steam:evidence "file@commit" ; steam:licence "CC0" .
<id/mapping/one> a owl:Axiom ; owl:annotatedSource <id/key-area/a> ;
  owl:annotatedProperty skos:relatedMatch ; owl:annotatedTarget <http://elsewhere.example/x#7> ;
  sssom:confidence "0.8"^^xsd:double ; sssom:mapping_justification semapv:ManualMappingCuration ;
  dcterms:created "2026-01-01"^^xsd:date ; rdfs:comment "Why,\\tso \\"so\\""@en , "Kodėl"@lt .
<id/mapping/two> a owl:Axiom ; owl:annotatedSource <id/key-area/a> ;
  owl:annotatedProperty skos:closeMatch ; owl:annotatedTarget sssom:NoTermFound ;
  sssom:predicate_modifier sssom:NegatedPredicate ;
  sssom:mapping_justification semapv:ManualMappingCuration ; rdfs:comment "No"@en , "Ne"@lt .
<id/key-area/a> skos:prefLabel "A"@en , "Ą"@lt .
"""
OTHER = """
<id/mapping-set/other> a sssom:MappingSet ; sssom:mappings <id/mapping/three> .
<id/mapping/three> a owl:Axiom ; owl:annotatedSource <id/key-area/a> ;
  owl:annotatedProperty skos:closeMatch ; owl:annotatedTarget <http://metadata.un.org/sdg> .
"""
JOIN = """
<id/mapping-set/all> a sssom:MappingSet ;
  prov:wasDerivedFrom <id/mapping-set/sample> , <id/mapping-set/other> .
"""


def build(*parts: str) -> list[ox.Quad]:
    """The parts in the default graph, the first in its named graph as well."""
    quads = list(ox.parse(PREFIXES + "".join(parts), format=ox.RdfFormat.TURTLE))
    named = ox.parse(PREFIXES + "".join(parts[:1]), format=ox.RdfFormat.TURTLE)
    graph = ox.NamedNode(ALIGNMENT)
    return quads + [ox.Quad(quad.subject, quad.predicate, quad.object, graph) for quad in named]


def written(*parts: str, graph: str = "") -> tuple[str, list[dict[str, str]]]:
    """The header and the rows."""
    output = io.BytesIO()
    write(build(*parts), output, graph=graph)
    lines = output.getvalue().decode().splitlines(keepends=True)
    header = "".join(line for line in lines if line.startswith("#"))
    table = io.StringIO("".join(lines[header.count("\n") :]))
    return header, list(csv.DictReader(table, delimiter="\t"))


def test_each_mapping_is_a_row() -> None:
    _, (one, two) = written(SET)
    assert one == {
        "record_id": "steamkg:mapping/one",
        "subject_id": "steamkg:key-area/a",
        "subject_label": "A",
        "predicate_id": "skos:relatedMatch",
        "predicate_modifier": "",
        "object_id": "ns1:7",
        "mapping_justification": "semapv:ManualMappingCuration",
        "mapping_date": "2026-01-01",
        "confidence": "0.8",
        "comment": 'Why,\tso "so"',
        "ext_comment_lt": "Kodėl",
    }
    assert two["predicate_modifier"] == "Not"
    assert two["object_id"] == "sssom:NoTermFound"


def test_header_declares_every_prefix_and_says_whose_it_is() -> None:
    header, rows = written(SET)
    used = {cell.partition(":")[0] for row in rows for name, cell in row.items() if "_id" in name}
    declared = {line[3:].partition(":")[0] for line in header.split("\n") if line[:3] == "#  "}
    assert used <= declared
    assert '#  ns1: "http://elsewhere.example/x#"\n' in header
    assert '#mapping_set_id: "https://w3id.org/steamkg/id/mapping-set/sample"\n' in header
    assert '#mapping_set_title: "Ours: \\"a\\""\n' in header
    assert '#license: "https://creativecommons.org/licenses/by/4.0/"\n' in header
    assert 'file@commit, CC0."\n' in header


def test_the_set_that_joins_others_names_the_source_of_each_row() -> None:
    header, rows = written(SET, OTHER, JOIN)
    assert "mapping-set/all" in header
    assert [row["mapping_source"] for row in rows] == [
        "steamkg:mapping-set/sample",
        "steamkg:mapping-set/other",
        "steamkg:mapping-set/sample",
    ]
    assert rows[1]["object_id"] == "un:sdg"


def test_one_graph_has_its_own_set() -> None:
    _, rows = written(SET, OTHER, JOIN, graph=ALIGNMENT)
    assert len(rows) == 2
    assert "mapping_source" not in rows[0]


@pytest.mark.parametrize(
    ("parts", "graph", "said"),
    [
        ((SET, OTHER), "", "2 mapping sets and none that joins them"),
        (("",), "", "no mapping set"),
        (("", SET), ALIGNMENT, "holds no mapping sets"),
    ],
)
def test_where_there_is_no_one_set_nothing_is_written(
    parts: tuple[str, ...], graph: str, said: str
) -> None:
    with pytest.raises(NoMappingsError, match=said):
        written(*parts, graph=graph)
