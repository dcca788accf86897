"""The page of a thing: where each fact comes from, its partners, how to cite it."""

import html
import re

import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient

from steamkg.graph.names import GRAPH, STEAM
from steamkg.web.entity import _escaped
from steamkg.web.naming import Text
from steamkg.web.partners import table
from steamkg.web.provenance import Graphs, Provenance

ENTITY = "https://w3id.org/steamkg/id/"


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
    assert "Said by no document" in _words(page)


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


def test_mark_of_a_fact_names_its_lines(browser_like: FlaskClient) -> None:
    page = browser_like.get("/lt/id/organisation/infobalt").text
    opened = re.search(r"<summary>.*?</summary>", page)
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
