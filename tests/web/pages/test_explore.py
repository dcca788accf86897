"""Explore: facets from the shapes, the lists, and what is taken home, over a small graph."""

import csv
import html
import io
import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import openpyxl
import pyoxigraph as ox
import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.serving import make_server

from steamkg.engine.library import Library
from steamkg.engine.pool import Pool
from steamkg.engine.store import Build
from steamkg.graph.content import DEFAULT_KINDS
from steamkg.graph.names import BASE, GRAPH, ONTOLOGY_GRAPH, PREFIXES, SHAPES_GRAPH
from steamkg.graph.publish import Builds
from steamkg.settings import Settings
from steamkg.web.app import create_app
from steamkg.web.explore_index import current_explorer
from steamkg.web.explore_query import Choice, fold
from steamkg.web.explore_shapes import Shapes
from steamkg.web.site import current_site
from steamkg.web.spreadsheet import CELL, Sheet, Table, workbook

STEAM = PREFIXES["steam"]
LONG = "ilgas " * 2000
PLANTED = {
    "formula": "=1+1",
    "plus": "+37060000000",
    "minus": "-1",
    "at": "@SUM(A1)",
    "markup": "<script>alert('x')</script> & „Ko“",
    "quotes": "Sakė \"taip\" ir 'ne'\\ {{ 7*7 }}",
    "arabic": "\u202eמרכז المركز",
    "long": LONG.strip(),
}
_TOWNS = {"siauliu": "Šiaulių", "akmenes": "Akmenės", "zarasu": "Zarasų"}
_FACTS = """
<id/document/model> a steam:Document ; skos:prefLabel "Modelis"@lt , "Model"@en ;
  steam:asOf "2020"^^xsd:gYear ; steam:firstLine 1 ; steam:lastLine 99 .
<id/section/map> a steam:Section ; skos:prefLabel "Žemėlapis"@lt ; steam:firstLine 3 ;
  steam:lastLine 90 ; dcterms:isPartOf <id/document/model> .
<id/network/tinklas> a steam:Network ; skos:prefLabel "Tinklas"@lt .
<id/partnership-status/existing> skos:prefLabel "esamas"@lt , "existing"@en .
<id/partnership-status/potential> skos:prefLabel "potencialus"@lt , "potential"@en .
<id/modality/stated> skos:prefLabel "teigiama"@lt , "stated"@en .
<id/modality/possibility> skos:prefLabel "galimybė"@lt , "possibility"@en .
<id/partner-category/government> a steam:PartnerCategory ; skos:prefLabel "Valdžia"@lt ;
  steam:possibleArea <id/partnership-area/projects> , <id/partnership-area/money> .
<id/partner-category/municipalities> a steam:PartnerCategory ; skos:prefLabel "Savivaldybės"@lt ;
  skos:broader <id/partner-category/government> .
<id/partner-category/companies> a steam:PartnerCategory ; skos:prefLabel "Įmonės"@lt .
<id/partnership-area/projects> a steam:PartnershipArea ; skos:prefLabel "Vykdyti projektus"@lt .
<id/partnership-area/money> a steam:PartnershipArea ; skos:prefLabel "Remti"@lt .
<id/territory/siauliu-apskritis> a steam:County ; skos:prefLabel "Šiaulių apskritis"@lt .
<id/territory/utenos-apskritis> a steam:County ; skos:prefLabel "Utenos apskritis"@lt .
"""


def _partner(slug: str, name: str, category: str, status: str, line: int) -> str:
    modality = "stated" if status == "existing" else "possibility"
    return (
        f"<id/organisation/{slug}> a org:Organization ; skos:prefLabel {ox.Literal(name)}@lt .\n"
        f"<id/passage/model-{line}> a steam:Passage ; dcterms:isPartOf <id/section/map> ;"
        f" steam:firstLine {line} ; steam:lastLine {line} .\n"
        f"<id/partnership/{slug}> a steam:Partnership ; steam:partner <id/organisation/{slug}> ;"
        f" steam:partnerTo <id/network/tinklas> ;"
        f" steam:partnershipStatus <id/partnership-status/{status}> ;"
        f" steam:category <id/partner-category/{category}> ;"
        f" steam:modality <id/modality/{modality}> ; dcterms:source <id/passage/model-{line}> .\n"
    )


def _dataset(root: Path) -> dict[str, tuple[str, str]]:
    facts = _FACTS
    for line, (slug, name) in enumerate(_TOWNS.items(), 10):
        county = "utenos" if slug == "zarasu" else "siauliu"
        facts += _partner(slug, f"{name} savivaldybė", "municipalities", "existing", line)
        facts += f"<id/organisation/{slug}> dcterms:spatial <id/territory/{slug}> .\n"
        facts += f"<id/territory/{slug}> geo:sfWithin <id/territory/{county}-apskritis> .\n"
    for line, (slug, name) in enumerate(PLANTED.items(), 30):
        facts += _partner(slug, name, "companies", "potential", line)
    shapes = "".join(file.read_text("utf-8") for file in sorted((root / "shapes").glob("*.ttl")))
    ontology = (root / "ontology" / "steamkg.ttl").read_text("utf-8")
    return {
        GRAPH + "model/map": ("section", facts),
        SHAPES_GRAPH: ("shapes", shapes),
        ONTOLOGY_GRAPH: ("ontology", ontology),
    }


@pytest.fixture(scope="module")
def explored(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The application over a small graph with the real shapes and their facets."""
    prefixes = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in PREFIXES.items())
    dataset, graphs = ox.Dataset(), {}
    for iri, (kind, text) in _dataset(root).items():
        quads = list(ox.parse(f"@base <{BASE}> .\n{prefixes}{text}", ox.RdfFormat.TURTLE))
        graphs[iri] = {"kind": kind, "triples": len(quads)}
        for quad in quads:
            dataset.add(ox.Quad(quad.subject, quad.predicate, quad.object, ox.NamedNode(iri)))
            if kind in DEFAULT_KINDS:
                dataset.add(ox.Quad(quad.subject, quad.predicate, quad.object))
    directory = tmp_path_factory.mktemp("explored")
    nquads = ox.serialize(dataset, format=ox.RdfFormat.N_QUADS)
    manifest = {"format": 1, "version": "abc123", "built": "2026-11-21T12:00:00+00:00"}
    numbers = {"graphs": graphs, "default": 1, "asserted": 1, "inferred": 0}
    builds = Builds(directory)
    with builds.exclusively(waiting=lambda: None):
        builds.publish(nquads, {**manifest, **numbers})
    with Pool(Build.open(directory), workers=2) as pool:
        library = Library.read(root / "queries")
        yield create_app(Settings(), pool=pool, library=library)


@pytest.fixture
def reader(explored: Flask) -> FlaskClient:
    """A client that accepts what browsers accept."""
    client = explored.test_client()
    client.environ_base["HTTP_ACCEPT"] = "text/html,*/*;q=0.8"
    return client


def rows(client: FlaskClient, query: str) -> list[dict[str, str]]:
    """The rows of a view as CSV."""
    sign = "&" if query else ""
    answer = client.get(f"/lt/explore/partners?{query}{sign}format=csv")
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


def shown(page: str) -> list[str]:
    """The names in the table of a page."""
    cell = r'<th role="rowheader" scope="row">(?:<a[^>]*>)?(.*?)(?:</a>)?</th>'
    found = re.findall(cell, page, re.DOTALL)
    return [html.unescape(re.sub(r"<[^>]+>", "", one)).strip() for one in found]


def test_facets_come_from_the_shapes(explored: Flask) -> None:
    with explored.test_request_context("/lt/explore"):
        shapes = Shapes(current_site().triples("explore-shapes"))
        views = {one.slug: one for one in shapes.views()}
        view = views["partners"]
        assert (view.slug, view.class_) == ("partners", STEAM + "Partnership")
        keys = [one.key for one in view.facets]
        assert keys == ["partnership-status", "broad-category", "county", "area", "later"]
        area = view.facets[3]
        assert area.path == "steam:category/(skos:broader)*/steam:possibleArea"
        assert area.names["lt"] == "galimos sritys"
        assert area.class_ == STEAM + "PartnershipArea"
        status = view.facets[0]
        assert status.variable == "partnershipStatus"
        assert status.values is not None
        assert len(status.values) == 2
        centre = [one.key for one in shapes.facets_of([STEAM + "Centre"])]
        assert "centre-type" in centre, "sh:class makes a facet"
        assert "source" not in centre, "each thing has its own"
        assert [one.key for one in shapes.common()] == ["county", "modality", "document", "section"]


def test_counts_are_those_under_the_other_choices(explored: Flask) -> None:
    with explored.test_request_context("/lt/explore"):
        listing = current_explorer().listing(STEAM + "Partnership")
        facets = {one.key: one for one in listing.facets}
        existing = BASE + "id/partnership-status/existing"
        choice = Choice(values={facets["partnership-status"]: (existing,)})
        counties = listing.counts(choice, facets["county"])
        assert sorted(counties.values()) == [1, 2]
        statuses = listing.counts(choice, facets["partnership-status"])
        assert statuses[BASE + "id/partnership-status/potential"] == len(PLANTED), "not its own"


VIEWS = [
    "",
    "county=siauliu-apskritis",
    "county=-",
    "county=-&county=siauliu-apskritis&partnership-status=existing",
    "broad-category=government",
    "area=money&area=projects&sort=-county",
    "modality=possibility&sort=section",
    "q=SIAULIU",
    "q=akmen%C4%97s&sort=-name",
    "county=utenos-apskritis&partnership-status=potential",
]


@pytest.mark.parametrize("query", VIEWS)
def test_page_and_its_sparql_give_the_same_rows(reader: FlaskClient, query: str) -> None:
    address = f"/lt/explore/partners?{query}".rstrip("?")
    answer = reader.get(address, follow_redirects=True)
    assert answer.status_code == 200
    page = answer.text
    found = rows(reader, query)
    assert shown(page) == [row["name"] for row in found]
    behind = html.unescape(page.partition('<pre class="code" tabindex="0">')[2].split("</pre>")[0])
    asked = reader.get("/sparql", query_string={"query": behind}, headers={"Accept": "text/csv"})
    assert list(csv.DictReader(io.StringIO(asked.text, newline=""))) == found
    editor = html.unescape(re.findall(r'href="(/lt/editor\?[^"]*)"', page)[0])
    assert parse_qs(urlsplit(editor).query)["query"] == [behind]
    assert reader.get(editor).status_code == 200


def test_siauliai_question_is_answered(reader: FlaskClient) -> None:
    found = rows(reader, "county=siauliu-apskritis&partnership-status=existing")
    assert [row["name"] for row in found] == ["Akmenės savivaldybė", "Šiaulių savivaldybė"]
    for row in found:
        assert row["area"] == "Remti; Vykdyti projektus"
        assert row["document"] == "Modelis"
        assert row["asOf"] == "2020"
    assert [row["lines"] for row in found] == ["11", "10"]


def test_address_is_put_in_order(reader: FlaskClient) -> None:
    wanted = "/lt/explore/partners?county=siauliu-apskritis&partnership-status=existing"
    other = "partnership-status=existing&q=&page=1&sort=name&county=siauliu-apskritis&county="
    answer = reader.get(f"/lt/explore/partners?{other}")
    assert (answer.status_code, answer.location) == (302, wanted)
    assert reader.get(wanted).status_code == 200
    assert reader.get("/lt/explore/steam:Partnership").location == "/lt/explore/partners"


@pytest.mark.parametrize(
    ("query", "status", "words"),
    [
        ("colour=red", 400, "county"),
        ("county=atlantis", 404, "siauliu-apskritis"),
        ("sort=colour", 400, "partnership-status"),
        ("page=two", 400, "numeris"),
        ("page=0", 400, "numeris"),
        ("page=2", 404, "Paskutinis"),
        ("page=99999999999999999999", 400, "numeris"),
        ("format=docx", 406, "xlsx"),
    ],
)
def test_what_is_not_understood_is_told(
    reader: FlaskClient, query: str, status: int, words: str
) -> None:
    answer = reader.get(f"/lt/explore/partners?{query}")
    assert answer.status_code == status
    assert words in answer.text


def test_empty_list_says_what_to_try(reader: FlaskClient) -> None:
    page = reader.get("/lt/explore/partners?q=atlantida").text
    assert "bandykite trumpesnę pavadinimo dalį" in page
    assert 'href="/lt/explore/partners"' in page.partition('class="empty"')[2]
    book = reader.get("/lt/explore/partners?q=atlantida&format=xlsx")
    assert openpyxl.load_workbook(io.BytesIO(book.data)).worksheets[0].max_row == 1


def test_choices_are_taken_and_given_back(reader: FlaskClient) -> None:
    page = reader.get("/lt/explore/partners?county=siauliu-apskritis").text
    links = {html.unescape(link) for link in re.findall(r'href="(/lt/explore/[^"]*)"', page)}
    assert "/lt/explore/partners?county=siauliu-apskritis&county=utenos-apskritis" in links
    assert "/lt/explore/partners" in links, "the choice taken back"
    for link in links:
        assert reader.get(link).status_code in (200, 302), link


@pytest.mark.parametrize(
    ("language", "beside", "why"),
    [
        ("en", "no source says where they are", "a city in a name is no place"),
        ("lt", "Nė vienas šaltinis nenurodo", "miestas pavadinime dar nėra vieta"),
        ("sl", "noben vir ne pove, kje so", "mesto v imenu še ni kraj"),
    ],
)
def test_list_says_why_so_many_counties_are_not_known(
    reader: FlaskClient, language: str, beside: str, why: str
) -> None:
    path = f"/{language}/explore/partners"
    for query in ("", "?county=-", "?county=siauliu-apskritis", "?county=utenos-apskritis&q=zzz"):
        page = html.unescape(reader.get(path + query).text)
        assert (why in page) == (query != "?county=utenos-apskritis&q=zzz"), query
    every = html.unescape(reader.get(path).text)
    assert beside in every.partition('class="facet-note"')[2].partition("</p>")[0]
    narrowed = reader.get(f"{path}?county=siauliu-apskritis").text
    note = narrowed.partition('class="callout note"')[2].partition("</div>")[0]
    assert f'href="{path}?county=-"' in note
    assert str(len(PLANTED)) in note


def test_list_that_is_empty_for_a_county_names_those_without_one(reader: FlaskClient) -> None:
    path = "/lt/explore/partners?county=siauliu-apskritis&partnership-status=potential"
    page = reader.get(path).text
    assert shown(page) == []
    assert "county=-&amp;partnership-status=potential" in page


def test_planted_names_stay_text(reader: FlaskClient) -> None:
    page = reader.get("/lt/explore/partners").text
    assert "<script>alert" not in page
    assert sorted(shown(page)) == sorted(
        [*PLANTED.values(), *(f"{name} savivaldybė" for name in _TOWNS.values())]
    )


def test_spreadsheet_is_read_back(reader: FlaskClient) -> None:
    answer = reader.get("/lt/explore/partners?format=xlsx")
    assert answer.headers["Content-Disposition"].endswith('"steamkg-partners.xlsx"')
    book = openpyxl.load_workbook(io.BytesIO(answer.data))
    table, sources, query = book.worksheets
    assert [one.title for one in book.worksheets] == ["Partneriai", "Šaltiniai", "Užklausa"]
    headings = [cell.value for cell in table[1]]
    assert headings[:4] == ["pavadinimas", "būsena", "kategorija", "apskritis"]
    assert headings[4:6] == ["apskritis žinoma pagal", "galimos sritys"]
    assert table.freeze_panes == "B2"
    assert table.auto_filter.ref.startswith("A1:")
    assert table.column_dimensions["A"].width > 8
    cells = {row[0].value: row for row in table.iter_rows(min_row=2)}
    assert set(cells) == {*PLANTED.values(), *(f"{name} savivaldybė" for name in _TOWNS.values())}
    assert all(cell.data_type == "s" for cell in table["A"]), "nothing is a formula"
    row = dict(zip(headings, cells["Šiaulių savivaldybė"], strict=True))
    assert row["kurių metų"].value == 2020
    assert row["kurių metų"].data_type == "n"
    assert row["IRI"].value == BASE + "id/organisation/siauliu"
    assert dict(zip(headings, cells["=1+1"], strict=True))["apskritis"].value == "nežinoma"
    told = {str(one[0].value): str(one[1].value) for one in sources.iter_rows(max_row=7)}
    assert "http://localhost/lt/explore/partners" in told.values()
    assert any("CC BY 4.0" in value for value in told.values())
    assert {"abc123", "2026-11-21"} <= set(told.values())
    assert "miestas pavadinime dar nėra vieta" in told["Vietos"]
    assert [one.value for one in sources[sources.max_row]][:2] == ["Modelis", "Žemėlapis"]
    text = "\n".join(str(one[0].value or "") for one in query.iter_rows())
    assert "SELECT ?name ?partnershipStatus" in text


def test_longest_cell_is_marked_where_it_ends() -> None:
    sheet = Sheet(name="[a]:*?/\\", table=Table(headings=["x"], rows=[["y" * (CELL + 1)], [None]]))
    read = openpyxl.load_workbook(io.BytesIO(workbook([sheet], title="x" * 999)))
    value = read.worksheets[0]["A2"].value
    assert len(value) == CELL
    assert value.endswith("…")


def test_json_ld_holds_the_things_of_the_view(reader: FlaskClient) -> None:
    answer = reader.get("/lt/explore/partners?county=utenos-apskritis&format=jsonld")
    assert answer.mimetype == "application/ld+json"
    things = {one["@id"] for one in json.loads(answer.text)}
    assert BASE + "id/partnership/zarasu" in things
    assert BASE + "id/partnership/siauliu" not in things


def test_every_class_has_a_list(reader: FlaskClient) -> None:
    page = reader.get("/en/explore").text
    links = re.findall(r'href="(/en/explore/[^"]+)"', page)
    assert "/en/explore/partners" in links
    for link in links:
        answer = reader.get(link)
        assert answer.status_code == 200, link
        assert reader.get(f"{link}?format=csv").status_code == 200, link


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["county", "area", "q", "sort", "page", "modality", "x", "format"])
            | st.text(max_size=8),
            st.sampled_from(["-", "siauliu-apskritis", "money", "-name", "2", "csv", '"}', "ė"])
            | st.text(max_size=12),
        ),
        max_size=5,
    )
)
def test_any_parameters_are_answered_or_refused(
    reader: FlaskClient, pairs: list[tuple[str, str]]
) -> None:
    query: dict[str, list[str]] = {}
    for name, value in pairs:
        query.setdefault(name, []).append(value)
    answer = reader.get("/lt/explore/partners", query_string=query)
    assert answer.status_code in (200, 302, 400, 404, 406)
    if answer.status_code == 302:
        again = reader.get(answer.location)
        assert again.status_code == 200, "a redirect leads to a page, not to another redirect"


@given(st.text())
def test_folding_twice_changes_nothing(words: str) -> None:
    assert fold(fold(words)) == fold(words)


def test_labels_that_look_like_sparql_change_no_query(reader: FlaskClient) -> None:
    words = '"))) } INSERT DATA { <x:a> <x:b> <x:c> } #'
    answer = reader.get("/lt/explore/partners", query_string={"q": words, "format": "csv"})
    assert answer.status_code == 200
    assert len(answer.text.splitlines()) == 1


@pytest.fixture(scope="module")
def explored_url(explored: Flask) -> Iterator[str]:
    """The address at which the application answers, for a real browser."""
    server = make_server("127.0.0.1", 0, explored, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


@pytest.mark.browser
@pytest.mark.parametrize("width", [390, 1440])
def test_journey_from_the_start_to_a_spreadsheet(
    chromium: Any, explored_url: str, width: int
) -> None:
    # Without scripts: everything here is a link or a form.
    context = chromium.new_context(
        java_script_enabled=False, viewport={"width": width, "height": 900}
    )
    page = context.new_page()
    page.goto(explored_url + "/lt/explore")
    page.get_by_role("link", name="Partneriai", exact=True).click()
    page.get_by_role("link", name=re.compile("^Šiaulių apskritis 2")).first.click()
    page.get_by_role("link", name=re.compile("^esamas 2")).first.click()
    assert page.url.endswith("?county=siauliu-apskritis&partnership-status=existing")
    table = page.get_by_role("table")
    named = table.get_by_role("rowheader").all_inner_texts()
    assert named == ["Akmenės savivaldybė", "Šiaulių savivaldybė"]
    words = table.inner_text()
    assert "Vykdyti projektus" in words
    assert "11 eilutė" in words
    assert page.get_by_role("link", name="Modelis").first.is_visible(), "who says so"
    with page.expect_download() as taken:
        page.get_by_role("link", name="Excel (XLSX)").click()
    book = openpyxl.load_workbook(io.BytesIO(Path(taken.value.path()).read_bytes()))
    assert [row[0].value for row in book.worksheets[0].iter_rows(min_row=2)] == named
    page.get_by_text("SPARQL užklausa, iš kurios tai gauta").click()
    page.get_by_role("link", name="Atverti rengyklėje").click()
    assert "siauliu-apskritis" in page.locator("textarea").first.input_value()
    context.close()
