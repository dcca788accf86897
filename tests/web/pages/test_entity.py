"""The page of a thing: where each fact comes from, its partners, how to cite it."""

import html
import re

import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient

from steamkg.engine.question import Question
from steamkg.graph.names import GRAPH, STEAM
from steamkg.web.arrangement import Arrangement
from steamkg.web.entity import _escaped
from steamkg.web.incoming import asked, incoming
from steamkg.web.marks import GraphKinds
from steamkg.web.naming import Names, Text, kind_words, pick
from steamkg.web.partners import table
from steamkg.web.provenance import Graphs, Provenance

ENTITY = "https://w3id.org/steamkg/id/"
_OURS = f'FILTER(isIRI(?s) && isIRI({{0}}) && STRSTARTS(STR({{0}}), "{ENTITY}"))'


def _literal(text: str, language: str | None = None) -> ox.Literal:
    return ox.Literal(text, language=language) if language else ox.Literal(text)


def _words(page: str) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)))


@pytest.mark.parametrize(
    ("language", "section", "lines"),
    [("lt", "skyrius Verslas", "7–9 eilutės"), ("en", "section Verslas", "lines 7–9")],
)
def test_fact_tells_document_section_and_lines(
    browser_like: FlaskClient, language: str, section: str, lines: str
) -> None:
    page = browser_like.get(f"/{language}/id/organisation/infobalt").text
    told = _words(page.partition('<details class="whence">')[2].partition("</details>")[0])
    assert "Modelis" in told
    assert section in told
    assert lines in told


def test_inferred_fact_leads_to_why(browser_like: FlaskClient) -> None:
    page = browser_like.get("/en/id/organisation/infobalt").text
    for address in re.findall(r'href="(/en/why[^"]+)"', page):
        assert browser_like.get(html.unescape(address)).status_code == 200
    assert "It follows from what documents say." in _words(page)


def test_network_and_category_have_a_table_of_partners(browser_like: FlaskClient) -> None:
    for path in ("network/tinklas", "partner-category/associations"):
        page = _words(browser_like.get(f"/en/id/{path}").text)
        assert "60 partnerships, as of 2020" in page
        assert "Infobalt" in page
        assert "not stated" in page, "no source gives a place"
    assert "partnerships" not in _words(browser_like.get("/en/id/modality/stated").text)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "Not listed in 2020: no document names this municipality"),
        ("lt", "2020 metais nenurodyta: joks dokumentas šios savivaldybės"),
        ("sl", "Leta 2020 ni navedena: noben dokument te občine"),
    ],
)
def test_municipality_that_nobody_lists_says_so(
    browser_like: FlaskClient, language: str, said: str
) -> None:
    page = browser_like.get(f"/{language}/id/territory/kauno-miesto-savivaldybe").text
    assert said in _words(page)
    assert f'href="/{language}/map"' in page.partition("<main")[2]
    for listed in ("network/tinklas", "body/board", "territory/kauno-apskritis"):
        assert said not in _words(browser_like.get(f"/{language}/id/{listed}").text), listed


def test_place_tells_what_lies_within_it(browser_like: FlaskClient) -> None:
    page = browser_like.get("/lt/id/territory/kauno-apskritis").text
    assert "Yra jos ribose" in _words(page.partition('id="incoming"')[2])


def _pointing(page: str) -> list[str]:
    listed = page.partition('id="incoming"')[2].partition("</section>")[0]
    return re.findall(r'<li><span><a href="([^"]+)"', listed)


def test_what_points_here_is_grouped_by_property_with_counts(browser_like: FlaskClient) -> None:
    page = browser_like.get("/en/id/network/tinklas").text
    told = _words(page.partition('id="incoming"')[2])
    assert "Partnerships of this host 10 of 60" in told
    assert 'href="/en/id/network/tinklas?by=steam%3ApartnerTo#incoming"' in page


def test_all_that_points_here_is_reached_in_order_page_by_page(browser_like: FlaskClient) -> None:
    path = "/lt/id/network/tinklas?by=steam:partnerTo"
    first, second = browser_like.get(path).text, browser_like.get(path + "&page=2").text
    assert "1–50 iš 60" in _words(first)
    assert "51–60 iš 60" in _words(second)
    found = _pointing(first) + _pointing(second)
    assert len(set(found)) == len(found) == 60
    assert found[-1].endswith("/partnership/infobalt"), "by name, not by IRI"
    assert found[:-1] == sorted(found[:-1])
    assert "by=steam%3ApartnerTo&amp;page=2#incoming" in first
    assert 'rel="next"' not in second


def test_what_points_here_stands_under_its_kinds(browser_like: FlaskClient) -> None:
    page = browser_like.get("/en/id/modality/stated?by=steam:modality").text
    kinds = [_words(one).strip() for one in re.findall(r'<h4 class="kind">.*?</h4>', page)]
    assert {"Methodological centre", "Network of centres", "Partnership"} <= set(kinds)
    assert kinds == sorted(kinds)


@pytest.mark.parametrize(
    ("query", "status", "offered"),
    [
        ("by=steam:nothing", 404, "steam:partnerTo"),
        ("by=%3Cb%3E", 404, "steam:partnerTo"),
        ("by=steam:partnerTo&page=3", 404, "2"),
        ("by=steam:partnerTo&page=0", 400, "1"),
        ("by=steam:partnerTo&page=x", 400, "1"),
    ],
)
def test_part_that_is_not_there_is_refused_helpfully(
    browser_like: FlaskClient, query: str, status: int, offered: str
) -> None:
    answer = browser_like.get(f"/en/id/network/tinklas?{query}")
    assert answer.status_code == status
    assert offered in _words(answer.text.partition("<main")[2])
    assert "<b>" not in answer.text.partition("<main")[2].partition("</main")[0]


def test_more_than_a_page_can_list_leads_to_the_query(pages_app: object) -> None:
    property_ = ox.NamedNode(STEAM + "host")
    rows = [
        {"property": property_, "subject": ox.NamedNode(f"{ENTITY}centre/c{n}")} for n in range(3)
    ]
    counts = [{"property": property_, "subjects": _literal("4000")}]
    with pages_app.test_request_context("/en/?by=steam:host"):  # type: ignore[attr-defined]
        (group,) = incoming(
            ENTITY + "host/h",
            rows,
            counts,
            asked=asked("host/h", counts),
            names=Names(()),
            layout=Arrangement(),
            graphs=GraphKinds({}),
        )
    assert (group.total, group.known, group.shown, group.last_page) == (4000, 3, 3, 1)
    assert "links-to" in group.rest


def test_general_classes_stand_apart_from_what_follows(browser_like: FlaskClient) -> None:
    for language, words in (("en", "somebody who acts"), ("lt", "veikėjas"), ("sl", "delujoči")):
        page = browser_like.get(f"/{language}/id/organisation/infobalt").text
        before, _, programs = page.partition('<details class="for-programs">')
        assert "foaf:Agent" not in before
        assert words in _words(programs.partition('<details class="take">')[0])
        assert "existingPartnerOf" not in before, "the partnership says it, with its line"
        assert "existingPartnerOf" in programs, "and why it follows can be asked"


def test_identifier_names_its_scheme(reader: FlaskClient) -> None:
    page = _words(reader.get("/en/id/territory/siauliu-miesto-savivaldybe").text)
    assert "29 LAU code" in page
    assert "id/identifier-scheme" not in page


def test_no_property_or_class_on_a_page_is_raw(reader: FlaskClient) -> None:
    """Every property that the real graph uses has words in each language of the pages."""
    site = reader.application.extensions["steamkg.site"]
    out = Question(text="SELECT DISTINCT ?p { GRAPH ?g { ?s ?p ?o } " + _OURS.format("?s") + "}")
    into = Question(text="SELECT DISTINCT ?p { GRAPH ?g { ?s ?p ?o } " + _OURS.format("?o") + "}")
    kinds = Question(text="SELECT DISTINCT ?p { GRAPH ?g { ?s a ?p } " + _OURS.format("?s") + "}")
    for language in ("en", "lt", "sl"):
        with reader.application.test_request_context(f"/{language}/"):
            for question, words in (
                (out, site.arrangement.label),
                (into, site.arrangement.incoming_label),
                (kinds, lambda one: pick(site.term_labels.get(one, {})) or kind_words(one)),
            ):
                raw = [
                    one.value
                    for row in site.answered(question)
                    if isinstance(one := row["p"], ox.NamedNode)
                    and words(one.value).language not in (None, language)
                ]
                assert raw == [], language


def test_mark_of_a_fact_names_its_lines(browser_like: FlaskClient) -> None:
    page = browser_like.get("/lt/id/organisation/infobalt").text
    opened = re.search(r'<details class="whence"><summary>.*?</summary>', page)
    assert opened
    assert _words(opened[0]).strip() == "iš kur tai: 7–9 eilutės"


def test_page_tells_how_to_cite_with_version_and_date(browser_like: FlaskClient) -> None:
    page = html.unescape(browser_like.get("/en/id/body/board").text)
    assert "“The board”. steamkg, version 0.1.0" in page
    assert "@misc{steamkg-board," in page
    assert "date = {2026-11-21}" in page
    assert f"url = {{{ENTITY}body/board}}" in page


def test_bibtex_escapes_its_own_signs() -> None:
    assert _escaped("A & B_{c} 5%") == r"A \& B\_\{c\} 5\%"


def test_page_leads_to_the_queries_behind_it(browser_like: FlaskClient) -> None:
    page = browser_like.get("/en/id/network/tinklas").text
    behind = set(re.findall(r'href="(/en/query/pages/[^"]+)"', page))
    assert len(behind) >= 2
    for address in behind:
        assert browser_like.get(html.unescape(address)).status_code == 200, address


@pytest.fixture
def provenance() -> Provenance:
    """A thing with two identifiers and an alignment."""
    graph = ox.NamedNode(GRAPH + "link/wikidata")
    identifications = [
        {
            "graph": graph,
            "schemeEn": _literal("Wikidata", "en"),
            "notation": _literal(number),
            "evidence": _literal(f"repository:file-{number}"),
            "retrieved": _literal("2024-03-06"),
            "licence": _literal("CC0"),
        }
        for number in ("Q1", "Q23")
    ]
    mappings = [
        {
            "property": ox.NamedNode(STEAM + "servesKeyArea"),
            "value": ox.NamedNode(ENTITY + "key-area/x"),
            "reasonEn": _literal("Because of it.", "en"),
            "confidence": _literal("0.85"),
        }
    ]
    return Provenance(
        subject=ENTITY + "city/x",
        graphs=Graphs(),
        facts=[{"property": ox.NamedNode(STEAM + "labelSource"), "value": _literal("http://x/")}],
        identifications=identifications,
        mappings=mappings,
    )


def test_link_tells_the_evidence_of_its_own_identifier(
    pages_app: object, provenance: Provenance
) -> None:
    with pages_app.test_request_context("/en/"):  # type: ignore[attr-defined]
        value = ox.NamedNode("http://www.wikidata.org/entity/Q23")
        told = provenance.of("p", value, GRAPH + "link/wikidata", kind="link", places=())
    (one,) = told.evidence
    assert (one.source, one.licence, one.href) == ("repository:file-Q23", "CC0", None)
    assert one.scheme == Text(text="Wikidata", language="en")


def test_alignment_tells_reason_and_confidence(pages_app: object, provenance: Provenance) -> None:
    with pages_app.test_request_context("/lt/"):  # type: ignore[attr-defined]
        value = ox.NamedNode(ENTITY + "key-area/x")
        property_ = STEAM + "servesKeyArea"
        told = provenance.of(property_, value, GRAPH + "alignment/x", kind="alignment", places=())
        (reason,) = told.reasons
        assert reason.words == Text(text="Because of it.", language="en")
        assert (reason.confidence or "").startswith("85")
        other = provenance.of("p", value, GRAPH + "alignment/x", kind="alignment", places=())
        assert other.reasons == ()


def test_official_name_tells_its_source(pages_app: object, provenance: Provenance) -> None:
    with pages_app.test_request_context("/en/"):  # type: ignore[attr-defined]
        told = provenance.of(
            "p", _literal("X"), GRAPH + "label/en/official", kind="label", places=()
        )
    assert [one.href for one in told.evidence] == ["http://x/"]


def test_partnership_with_two_places_is_one_row(pages_app: object) -> None:
    row = {
        "partnership": ox.NamedNode(ENTITY + "partnership/x"),
        "partner": ox.NamedNode(ENTITY + "organisation/x"),
        "nameLt": _literal("X", "lt"),
        "status": ox.NamedNode(ENTITY + "partnership-status/potential"),
        "category": ox.NamedNode(ENTITY + "partner-category/y"),
    }
    places = [{**row, "territory": ox.NamedNode(ENTITY + f"territory/{n}")} for n in "ab"]
    with pages_app.test_request_context("/en/"):  # type: ignore[attr-defined]
        (one,) = table(places)
        assert one.said == "potential partner"
    assert len(one.territories) == 2
