"""The alignments: every mapping can be checked by someone who opens both sides.

What a shape can say stands in ``shapes/alignment.ttl``. Here are the rules that need the table of
identifiers, the passages of the documents, or all mapping sets at once.
"""

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from rdflib import DCTERMS, OWL, RDF, RDFS, SKOS, Graph, Namespace, URIRef
from rdflib.namespace import PROV
from rdflib.term import Node

BASE = "https://w3id.org/steamkg/"
STEAM = Namespace(BASE + "ontology#")
ENTITY = Namespace(BASE + "id/")
SSSOM = Namespace("https://w3id.org/sssom/")
TOGETHER = ENTITY["mapping-set/together"]
DOCUMENTS = {
    "A": ENTITY["document/cooperation-model"],
    "B": ENTITY["document/stem-alliance"],
}
THESAURUS = "http://vocabularies.unesco.org/thesaurus/"
READ_BESIDE_THE_TABLE = {
    THESAURUS + "concept3": "Educational environment",
    THESAURUS + "concept39": "Formal education",
    THESAURUS + "concept90": "Educational quality",
    THESAURUS + "concept94": "Educational equipment",
    THESAURUS + "concept111": "Research",
    THESAURUS + "concept669": "Enterprises",
    THESAURUS + "concept1528": "Parents",
    THESAURUS + "concept1921": "Financial aid",
    THESAURUS + "concept2577": "Apprenticeship",
    THESAURUS + "concept4286": "Schoolchildren",
    THESAURUS + "concept8283": "Teachers",
    THESAURUS + "concept8689": "Vocational schools",
    THESAURUS + "concept9341": "Educational strategies",
    "http://metadata.un.org/sdg": "Sustainable Development Goals Taxonomy",
}
"""Concepts that the table lacks, read in the very files that it cites for their vocabulary."""


@pytest.fixture(scope="module")
def alignments(root: Path) -> Graph:
    """The alignment graphs in one."""
    graph = Graph()
    for file in (root / "data" / "alignment").glob("*.ttl"):
        graph.parse(file)
    return graph


@pytest.fixture(scope="module")
def said(root: Path) -> Graph:
    """The section graphs in one."""
    graph = Graph()
    for folder in ("cooperation-model", "stem-alliance"):
        for file in (root / "data" / folder).glob("*.ttl"):
            graph.parse(file)
    return graph


@pytest.fixture(scope="module")
def table(shared: Path) -> dict[str, dict[str, str]]:
    """The rows of the table of identifiers that are about concepts, by IRI."""
    with (shared / "reference" / "identifiers.csv").open(encoding="utf-8", newline="") as file:
        kinds = {"concept", "sdg-goal", "sdg-target"}
        return {row["value"]: row for row in csv.DictReader(file) if row["kind"] in kinds}


def mappings(graph: Graph) -> list[Node]:
    """Every mapping."""
    return sorted(graph.subjects(RDF.type, STEAM.Mapping))


def ends(graph: Graph, mapping: Node) -> list[Node]:
    """Subject and object, without the term that stands for none."""
    found = (graph.value(mapping, end) for end in (OWL.annotatedSource, OWL.annotatedTarget))
    return [end for end in found if end is not None and end != SSSOM.NoTermFound]


def outside(graph: Graph) -> set[str]:
    """The concepts of others that are mapped."""
    return {
        str(end)
        for mapping in mappings(graph)
        for end in ends(graph, mapping)
        if not str(end).startswith(BASE)
    }


def cited(text: str) -> set[tuple[str, int]]:
    """The lines that a reason names: ``A 71`` is line 71 of the cooperation model."""
    return {(letter, int(line)) for letter, line in re.findall(r"\b([AB]) (\d+)", text)}


def lines(said: Graph, thing: Node) -> Iterator[tuple[str, int]]:
    """Every line of the passages that a thing of the documents rests on."""
    for passage in said.objects(thing, DCTERMS.source):
        step: Node | None = passage
        while step is not None and step not in DOCUMENTS.values():
            step = said.value(step, DCTERMS.isPartOf)
        letter = next(letter for letter, document in DOCUMENTS.items() if document == step)
        first, last = (said.value(passage, STEAM[end]) for end in ("firstLine", "lastLine"))
        assert first is not None
        assert last is not None
        yield from ((letter, line) for line in range(int(str(first)), int(str(last)) + 1))


def test_there_are_mappings_to_every_vocabulary(alignments: Graph) -> None:
    assert len(mappings(alignments)) >= 100
    assert len(set(alignments.objects(None, SSSOM.object_source))) == 5


def test_each_reason_cites_lines_of_its_own_passages(alignments: Graph, said: Graph) -> None:
    for mapping in mappings(alignments):
        own = {line for end in ends(alignments, mapping) for line in lines(said, end)}
        english, *others = sorted(
            alignments.objects(mapping, RDFS.comment), key=lambda text: str(text.language)
        )
        assert cited(english), mapping
        assert others, mapping
        for other in others:
            assert cited(english) == cited(other), (mapping, other.language)
        assert cited(english) <= own, mapping


def test_each_mapping_names_the_documents_of_its_ends(alignments: Graph, said: Graph) -> None:
    for mapping in mappings(alignments):
        for end, source in (
            (OWL.annotatedSource, SSSOM.subject_source),
            (OWL.annotatedTarget, SSSOM.object_source),
        ):
            thing = alignments.value(mapping, end)
            if thing is not None and str(thing).startswith(BASE):
                documents = {DOCUMENTS[letter] for letter, _ in lines(said, thing)}
                assert documents == {alignments.value(mapping, source)}, mapping


def test_each_subject_of_an_alignment_has_its_mapping(alignments: Graph) -> None:
    pairs = {
        tuple(alignments.value(mapping, end) for end in (OWL.annotatedSource, OWL.annotatedTarget))
        for mapping in mappings(alignments)
    }
    subjects = list(alignments.subject_objects(DCTERMS.subject))
    assert subjects
    assert set(subjects) <= pairs


def test_each_concept_of_others_has_a_name_and_was_read(
    alignments: Graph, table: dict[str, dict[str, str]]
) -> None:
    for concept in outside(alignments):
        (label,) = alignments.objects(URIRef(concept), RDFS.label)
        known = table[concept]["label_en"] if concept in table else READ_BESIDE_THE_TABLE[concept]
        # The table cuts the long names of targets.
        assert str(label) == known or str(label).startswith(known[:100]), concept
    assert set(READ_BESIDE_THE_TABLE) <= outside(alignments) - set(table)


def test_each_set_bears_the_evidence_of_the_table(
    alignments: Graph, table: dict[str, dict[str, str]]
) -> None:
    terms = {"evidence": "source", "licence": "licence", "retrieved": "retrieved"}
    for mapping in mappings(alignments):
        target = str(alignments.value(mapping, OWL.annotatedTarget))
        if target in table:
            group = alignments.value(None, SSSOM.mappings, mapping)
            for term, column in terms.items():
                assert str(alignments.value(group, STEAM[term])) == table[target][column], target


def test_one_set_brings_all_others_together(alignments: Graph) -> None:
    sets = set(alignments.subjects(RDF.type, STEAM.MappingSet))
    assert sets == set(alignments.subjects(RDF.type, SSSOM.MappingSet))
    assert set(alignments.objects(TOGETHER, PROV.wasDerivedFrom)) == sets - {TOGETHER}
    listed = list(alignments.objects(None, SSSOM.mappings))
    assert sorted(listed) == mappings(alignments)


def test_steam_and_stem_are_never_one_concept(alignments: Graph) -> None:
    """READING: different words, and neither document names the other."""
    assert not list(alignments.subject_objects(SKOS.exactMatch))
    for one, other in alignments.subject_objects(SKOS.closeMatch):
        assert str(one).startswith(BASE) != str(other).startswith(BASE)
