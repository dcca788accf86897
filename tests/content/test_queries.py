"""The competency questions: each gives its expected rows, and together they use every term."""

import csv
import io
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path

import pyoxigraph as ox
import pytest

from steamkg.engine.evaluate import evaluate
from steamkg.engine.library import StoredQuery, read
from steamkg.engine.store import Stores
from steamkg.engine.wording import CONTENT, chosen
from steamkg.graph import sparql
from steamkg.graph.names import BASE, INFERRED, ONTOLOGY_GRAPH, PREFIXES, SHAPES_GRAPH, STEAM
from steamkg.graph.tokens import tokens

QUERIES = Path(__file__).resolve().parents[2] / "queries"
QUESTIONS = {
    question.name: question
    for question in (
        read(file, QUERIES)
        for file in sorted(QUERIES.rglob("*.rq"))
        if QUERIES / "pages" not in file.parents  # those answer for pages, not for the model
    )
}
AWAITING: set[str] = set()
"""Terms that the data do not hold yet; none at present."""

each_question = pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS.keys())


def rows(
    stores: Stores, name: str, values: Mapping[str, str] | None = None
) -> list[dict[str, str]]:
    """The answer to a stored question, each row by the names of its columns."""
    asked = QUESTIONS[name].question(values, solutions="text/csv")
    body = evaluate(stores, asked, result_bytes=10_000_000).body
    return list(csv.DictReader(io.StringIO(body.decode(), newline="")))


def column(
    stores: Stores, name: str, variable: str, values: Mapping[str, str] | None = None
) -> set[str]:
    """What stands in one column of that answer."""
    return {row[variable] for row in rows(stores, name, values)}


def text_of(question: StoredQuery) -> sparql.Text:
    return sparql.Text(file=question.name, text=question.text)


def terms_of(question: StoredQuery) -> set[str]:
    """Every IRI that the query names."""
    return {name.iri for name in sparql.names(text_of(question))[0]}


def instances(stores: Stores, kind: str) -> set[str]:
    """The instances of one of our classes, inferred ones included."""
    found = stores.everything.quads_for_pattern(
        None, ox.NamedNode(PREFIXES["rdf"] + "type"), ox.NamedNode(STEAM + kind), ox.DefaultGraph()
    )
    return {quad.subject.value for quad in found}


def iris_of(term: object) -> Iterator[str]:
    """The IRI of a term, or that of a literal's datatype."""
    if isinstance(term, ox.NamedNode):
        yield term.value
    elif isinstance(term, ox.Literal):
        yield term.datatype.value


@pytest.fixture(scope="module")
def declared(stores: Stores) -> set[str]:
    """The terms of our ontology."""
    types = {
        PREFIXES["owl"] + "Class",
        PREFIXES["owl"] + "ObjectProperty",
        PREFIXES["owl"] + "DatatypeProperty",
        PREFIXES["rdfs"] + "Datatype",
    }
    found = stores.everything.quads_for_pattern(
        None, ox.NamedNode(PREFIXES["rdf"] + "type"), None, ox.NamedNode(ONTOLOGY_GRAPH)
    )
    return {
        quad.subject.value
        for quad in found
        if isinstance(quad.subject, ox.NamedNode)
        and quad.subject.value.startswith(STEAM)
        and quad.object.value in types
    }


@pytest.fixture(scope="module")
def used(stores: Stores) -> set[str]:
    """The IRIs that stand in the data, in whatever place; ontology and shapes left out."""
    apart = {ONTOLOGY_GRAPH, SHAPES_GRAPH, INFERRED}
    return {
        iri
        for graph in stores.graphs - apart
        for quad in stores.everything.quads_for_pattern(None, None, None, ox.NamedNode(graph))
        for term in (quad.subject, quad.predicate, quad.object)
        for iri in iris_of(term)
    }


def test_there_are_as_many_questions_as_promised() -> None:
    assert len(QUESTIONS) >= 60


@each_question
def test_question_gives_its_expected_rows(question: StoredQuery, stores: Stores) -> None:
    asked = question.question(solutions="text/csv")
    answer = evaluate(stores, asked, result_bytes=10_000_000)
    assert answer.body.count(b"\r\n") > 1, "an answer without rows proves nothing"
    assert question.differences(answer.body) == []


@each_question
def test_question_answers_the_same_in_each_language(question: StoredQuery, stores: Stores) -> None:
    """A thing has one name in each language, so no row is lost or gained by another one."""

    def answered(language: str | None) -> list[tuple[str, ...]]:
        asked = question.question(language=language, solutions="text/csv")
        return _rows_of(evaluate(stores, asked, result_bytes=10_000_000).body)

    written = answered(None)
    for language in CONTENT:
        translated = answered(language)
        assert translated[0] == written[0]
        if not any(one.defaults for one in question.parameters):
            assert len(translated) == len(written), language
            assert _things(translated) == _things(written), language
        assert len(translated) > 1, language


def _rows_of(body: bytes) -> list[tuple[str, ...]]:
    return [tuple(row) for row in csv.reader(io.StringIO(body.decode(), newline=""))]


def _things(rows: list[tuple[str, ...]]) -> list[str]:
    return sorted(cell for row in rows for cell in row if cell.startswith(BASE))


@each_question
def test_question_chooses_its_languages_in_a_way_that_a_reader_can_change(
    question: StoredQuery,
) -> None:
    """``LANG(?name) = "lt"`` is found and changed; what is written otherwise has to be meant."""
    written = question.text.count("LANG(") - question.text.count("DISTINCT LANG(")
    meant = {"languages/english-of-the-documents": 1, "provenance/documents": 1}
    assert written == len(chosen(question.text)) + meant.get(question.name, 0)


@each_question
def test_question_has_title_and_description_in_both_languages(question: StoredQuery) -> None:
    for texts in (question.titles, question.descriptions):
        assert set(texts) == {"en", "lt"}
        assert all(texts.values())
    assert set(question.notes) in (set(), {"en", "lt"})


@each_question
def test_question_gives_its_rows_an_order(question: StoredQuery) -> None:
    assert question.is_ordered


@each_question
def test_question_declares_the_prefixes_it_uses_and_no_other(question: StoredQuery) -> None:
    stream = [token for token in tokens(question.text) if token.kind in ("name", "word")]
    declares = [name.text for word, name in pairwise(stream) if word.text.upper() == "PREFIX"]
    written = [token.text for token in stream if token.kind == "name" and token.text[-1] != ":"]
    assert declares == sorted({name.partition(":")[0] + ":" for name in written})


def said(question: StoredQuery, language: str) -> str:
    """What the header tells of the question, for everybody and for readers of its text."""
    return f"{question.descriptions[language]} {question.notes.get(language, '')}".lower()


@each_question
def test_inference_is_used_only_with_a_reason(question: StoredQuery) -> None:
    reasons = {"en": ("derived", "infer", "whole"), "lt": ("išvest", "viso")}
    explained = all(
        any(word in said(question, language) for word in words)
        for language, words in reasons.items()
    )
    assert explained or question.dataset == "asserted"


def test_titles_tell_questions_apart() -> None:
    for language in ("en", "lt"):
        titles = [question.titles[language] for question in QUESTIONS.values()]
        assert len(set(titles)) == len(titles)


def test_readme_lists_every_question() -> None:
    lines = (QUERIES / "README.md").read_text("utf-8").splitlines()
    listed = {
        folder.strip(" `") + name.strip(" `")
        for folder, names in (line.split("|")[1:3] for line in lines if line.startswith("| `"))
        for name in names.split(",")
    }
    assert listed == set(QUESTIONS)


def test_every_term_is_used_by_a_question_or_awaited(declared: set[str]) -> None:
    asked = set().union(*(terms_of(question) for question in QUESTIONS.values()))
    assert declared - asked == AWAITING


def test_awaited_terms_are_not_in_the_data_yet(used: set[str]) -> None:
    assert STEAM + "Centre" not in AWAITING
    assert STEAM + "partner" in used
    assert AWAITING & used == set(), "write a question for it and take it off the list"


@pytest.mark.parametrize("name", [name for name in QUESTIONS if name.startswith("interoper")])
def test_a_generic_client_needs_no_term_of_ours(name: str) -> None:
    assert not [iri for iri in terms_of(QUESTIONS[name]) if iri.startswith(BASE)]


def test_a_generic_client_takes_no_proposal_for_a_fact(stores: Stores) -> None:
    found = rows(stores, "interoperability/organisations-for-an-org-client")
    proposed, council = instances(stores, "ProposedBody"), instances(stores, "EstablishedBody")
    organisations = {row["organisation"] for row in found}
    assert len(proposed) == 4
    assert council <= organisations
    assert not proposed & organisations
    listed = rows(stores, "partners/all-partners")
    linked = {row["organisation"] for row in found if row["linkedTo"]}
    assert linked == {row["partner"] for row in listed if row["status"] == "esamas"}


def test_areas_of_a_university_are_those_of_education(stores: Stores) -> None:
    university = BASE + "id/organisation/klaipedos-universitetas"
    found = rows(stores, "areas/areas-of-a-partner", {"partner": university})
    assert {row["topCategory"] for row in found} == {"Švietimo atstovai"}
    assert len(found) == 3


def test_material_support_is_an_area_of_business_alone(stores: Stores) -> None:
    area = {"area": BASE + "id/partnership-area/material-support"}
    found = rows(stores, "areas/who-could-help", area)
    assert {row["topCategory"] for row in found} == {"Verslo ir pramonės atstovai"}
    assert len(found) == 27


def test_joint_projects_are_an_area_of_local_government_alone(stores: Stores) -> None:
    area = {"area": BASE + "id/partnership-area/joint-projects"}
    top = column(stores, "areas/who-could-help", "topCategory", area)
    assert top == {"Savivaldos atstovai"}


def test_a_partner_is_found_by_its_name_as_written(stores: Stores) -> None:
    name = {"name": "Alytaus r. savivaldybė"}
    found = rows(stores, "partners/chain-to-top-category", name)
    assert [row["broader"] for row in found] == ["Savivaldybės", "Savivaldos atstovai"]
    assert {row["memberOf"] for row in found} == {""}


def test_a_name_that_nobody_has_leads_nowhere(stores: Stores) -> None:
    assert rows(stores, "partners/chain-to-top-category", {"name": "Nėra tokio"}) == []


def test_network_advisory_council_has_signatories_and_no_tasks(stores: Stores) -> None:
    council = {"body": BASE + "id/body/network-advisory-council"}
    found = rows(stores, "bodies/about-a-body", council)
    assert sorted(row["kind"] for row in found) == ["category role"] * 2 + ["composition"] * 2
    assert {(row["party"], row["modality"]) for row in found if row["party"]} == {
        ("Parties that signed the protocol of intent to cooperate", "proposal"),
        ("Partners", "possibility"),
    }


def test_coordinating_council_exists_and_its_change_is_proposed(stores: Stores) -> None:
    council = {"body": BASE + "id/body/coordinating-council"}
    found = rows(stores, "bodies/about-a-body", council)
    modalities = {(row["kind"], row["modality"]) for row in found}
    assert modalities == {
        ("assessment", "stated"),
        ("composition", "stated"),
        ("purpose", "stated"),
        ("task", "stated"),
        ("transition", "proposal"),
    }


def test_companies_could_do_what_the_document_calls_possible(stores: Stores) -> None:
    companies = {"category": BASE + "id/partner-category/companies"}
    found = rows(stores, "roles/roles-of-a-category", companies)
    assert len(found) == 11
    assert {row["modality"] for row in found} == {"galima"}
    responsible = [row for row in found if row["performer"] == "Socialiai atsakingos įmonės"]
    assert len(responsible) == 4


def test_an_inferred_triple_comes_from_the_graph_of_inferred_ones(stores: Stores) -> None:
    triple = {
        "subject": BASE + "id/organisation/klaipedos-universitetas",
        "predicate": STEAM + "inCategory",
        "object": BASE + "id/partner-category/education-and-science-institutions",
    }
    found = rows(stores, "provenance/where-a-triple-comes-from", triple)
    assert [row["graph"] for row in found] == [INFERRED]


def test_nothing_inferred_stands_in_the_asserted_dataset(stores: Stores) -> None:
    centre = {"subject": BASE + "id/centre/klaipeda"}
    found = rows(stores, "provenance/only-inferred", centre)
    assert (PREFIXES["rdf"] + "type", STEAM + "Centre") in {
        (row["property"], row["value"]) for row in found
    }
    for row in found:
        triple = (ox.NamedNode(row[part]) for part in ("subject", "property", "value"))
        assert not list(stores.asserted.quads_for_pattern(*triple, None))
