"""The data against the documents: every name stands where the data says, no sentence is pasted."""

import re
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path

import pytest
from rdflib import DCTERMS, RDF, SKOS, Graph, Literal, Namespace, URIRef

STEAM = Namespace("https://w3id.org/steamkg/ontology#")
LABELS = (SKOS.prefLabel, SKOS.altLabel, SKOS.hiddenLabel)
ENDING = re.compile("[aąeęėgiįyouųūsmj]{0,4}")
"""What the words of a name may differ in: the letters of which endings of cases are made."""
NOT_AS_WRITTEN = {
    "alytaus-rajono-savivaldybe": "the document abbreviates a word",
    "business-and-industry-representatives": "words of one list share their last word",
    "confederations-associations-and-unions": "a misprint in the word's stem",
    "education-and-science-representatives": "words of one list share their last word",
    "employees-of-companies": "the document says: their employees",
}
"""The things whose preferred label differs from what the document writes in more than endings."""
PASTED_WORDS = 6
"""So many words of a document in a row are a pasted sentence, not a name."""


@pytest.fixture(scope="module")
def said(root: Path) -> Graph:
    """The merge of the section graphs: what the documents say, without our translations."""
    graph = Graph()
    for file in sorted((root / "data").glob("*/*.ttl")):
        if file.parent.name not in {"label", "link", "alignment", "later"}:
            graph.parse(file)
    return graph


def folded(text: str) -> str:
    """``text`` with every run of white space as one blank."""
    return " ".join(text.split())


def document_of(graph: Graph, node: URIRef) -> URIRef:
    """The document that a passage or section belongs to."""
    while (node, RDF.type, STEAM.Document) not in graph:
        node = graph.value(node, DCTERMS.isPartOf)
        assert node is not None
    return node


def lines_of(graph: Graph, node: URIRef, sources: dict[str, list[str]]) -> str:
    """The text of the lines of a passage, section or document."""
    text = sources[str(graph.value(document_of(graph, node), STEAM.sha256))]
    first, last = (int(graph.value(node, line)) for line in (STEAM.firstLine, STEAM.lastLine))
    assert 1 <= first <= last <= len(text), f"{node} has no such lines"
    return folded("\n".join(text[first - 1 : last]))


def labels_of(graph: Graph, entity: URIRef) -> list[str]:
    """All labels that the section graphs give an entity."""
    return [folded(str(label)) for kind in LABELS for label in graph.objects(entity, kind)]


def endings_only(name: str, written: str) -> bool:
    """Whether the words of the two, one by one, differ in nothing but case and ending."""
    pairs = [re.findall(r"\w+", text.casefold()) for text in (name, written)]
    if len(pairs[0]) != len(pairs[1]):
        return False
    for word, other in zip(*pairs, strict=True):
        stem = sum(
            1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(word, other, strict=False))
        )
        if not all(ENDING.fullmatch(each[stem:]) for each in (word, other)):
            return False
    return True


def named(graph: Graph) -> Iterator[URIRef]:
    """The entities that a document names: they have a preferred label in a section graph."""
    for entity in sorted(set(graph.subjects(SKOS.prefLabel))):
        if graph.value(entity, DCTERMS.source):
            yield entity


def test_the_documents_are_those_that_the_lines_count(
    said: Graph, sources: dict[str, list[str]]
) -> None:
    documents = list(said.subjects(RDF.type, STEAM.Document))
    assert documents
    for document in documents:
        assert str(said.value(document, STEAM.sha256)) in sources
        assert int(said.value(document, STEAM.lastLine)) <= len(
            sources[str(said.value(document, STEAM.sha256))]
        )


def test_each_named_entity_stands_in_its_cited_lines(
    said: Graph, sources: dict[str, list[str]]
) -> None:
    missing = [
        (str(entity), labels_of(said, entity))
        for entity in named(said)
        if not any(
            label in lines_of(said, passage, sources)
            for passage in said.objects(entity, DCTERMS.source)
            for label in labels_of(said, entity)
        )
    ]
    assert not missing


def test_each_name_differs_from_what_is_written_in_endings_only(
    said: Graph, sources: dict[str, list[str]]
) -> None:
    otherwise = {}
    for entity in named(said):
        cited = [
            lines_of(said, passage, sources) for passage in said.objects(entity, DCTERMS.source)
        ]
        written = [form for form in labels_of(said, entity) if any(form in text for text in cited)]
        for kind in (SKOS.prefLabel, SKOS.altLabel):
            for label in said.objects(entity, kind):
                name = folded(str(label))
                as_written = any(name.casefold() in text.casefold() for text in cited)
                if not as_written and not any(endings_only(name, form) for form in written):
                    otherwise[str(entity).rpartition("/")[2]] = name
    assert otherwise.keys() == NOT_AS_WRITTEN.keys(), otherwise


@pytest.mark.parametrize(
    ("name", "written", "same"),
    [
        ("Tauragė", "TAURAGĖJE", True),
        ("Judita Šarpenė", "JUDITA ŠARPIENĖ", False),
        ("Vilniaus planetariumas", "Vilniaus Universiteto planetariume", False),
    ],
)
def test_a_wrong_letter_is_told_from_an_ending(name: str, written: str, same: bool) -> None:
    assert endings_only(name, written) is same


def test_each_form_as_written_stands_in_a_cited_line(
    said: Graph, sources: dict[str, list[str]]
) -> None:
    invented = [
        (str(entity), str(label))
        for entity in named(said)
        for label in said.objects(entity, SKOS.hiddenLabel)
        if not any(
            folded(str(label)) in lines_of(said, passage, sources)
            for passage in said.objects(entity, DCTERMS.source)
        )
    ]
    assert not invented


def test_each_section_bears_its_heading_or_its_title_in_the_contents(
    said: Graph, sources: dict[str, list[str]]
) -> None:
    for section in said.subjects(RDF.type, STEAM.Section):
        labels = labels_of(said, section)
        if not labels:  # its heading is lost in the text; the name is ours, in a label graph
            continue
        document = document_of(said, section)
        contents = folded("\n".join(sources[str(said.value(document, STEAM.sha256))][:35]))
        text = lines_of(said, section, sources)
        assert any(label in text or label in contents for label in labels), section


def test_each_printed_page_number_stands_in_the_contents(
    said: Graph, sources: dict[str, list[str]]
) -> None:
    pages = list(said.subject_objects(STEAM.pageNumber))
    assert pages
    for section, page in pages:
        contents = sources[str(said.value(document_of(said, section), STEAM.sha256))][:35]
        titles = labels_of(said, section)
        assert any(folded(line) == f"- {page} {title}" for line in contents for title in titles), (
            section
        )


def test_each_year_stands_in_the_cited_lines(said: Graph, sources: dict[str, list[str]]) -> None:
    years = [
        (subject, year)
        for subject, year in said.subject_objects()
        if isinstance(year, Literal) and str(year.datatype).endswith(("#gYear", "#date"))
    ]
    assert years
    for subject, year in years:
        passages = said.objects(subject, DCTERMS.source)
        cited = [lines_of(said, passage, sources) for passage in passages]
        assert any(str(year) in text for text in cited), (subject, year)


def test_each_cited_line_belongs_to_its_section(said: Graph) -> None:
    outside = []
    for passage in said.subjects(RDF.type, STEAM.Passage):
        section = said.value(passage, DCTERMS.isPartOf)
        bounds = [int(said.value(section, line)) for line in (STEAM.firstLine, STEAM.lastLine)]
        cited = [int(said.value(passage, line)) for line in (STEAM.firstLine, STEAM.lastLine)]
        if not bounds[0] <= cited[0] <= cited[1] <= bounds[1]:
            outside.append((str(passage), cited, bounds))
    assert not outside


def test_no_sentence_of_a_document_is_pasted(said: Graph, sources: dict[str, list[str]]) -> None:
    texts = [re.findall(r"\w+", "\n".join(lines).casefold()) for lines in sources.values()]
    runs = {
        tuple(words[i : i + PASTED_WORDS])
        for words in texts
        for i in range(len(words) - PASTED_WORDS + 1)
    }
    pasted = []
    for subject, text in said.subject_objects(DCTERMS.description):
        assert isinstance(text, Literal)
        words = re.findall(r"\w+", str(text).casefold())
        if any(
            tuple(words[i : i + PASTED_WORDS]) in runs for i in range(len(words) - PASTED_WORDS + 1)
        ):
            pasted.append(f"{subject}: {text}")
    assert not pasted, "\n".join(pasted)
