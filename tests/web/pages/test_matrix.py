"""The partner map's matrices: every number against the stored questions, the files, the page."""

import csv
import html
import io
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.serving import make_server

from steamkg.engine.library import Library
from steamkg.engine.pool import Pool
from steamkg.engine.store import Build
from steamkg.settings import Settings
from steamkg.web import matrix
from steamkg.web.app import create_app
from steamkg.web.atlas import Atlas, Partner, atlas_of
from steamkg.web.matrix import Count
from steamkg.web.site import EXTENSION

from .conftest import PARTNERS
from .test_accessibility import EVERY_RULE, RUN, axe

__all__ = ["axe"]

LINK = re.compile(r'href="(/lt/matrix/partners\?[^"]+)">(?:<span class="sign[^>]*></span>)?(\d+)')
TABLE = re.compile(r"<tbody[^>]*>(.*?)</tbody>", re.DOTALL)
ROWS = re.compile(r"<tr\b")
Table = list[dict[str, str]]


@pytest.fixture(scope="module")
def real_app(real_build: Path, library: Library) -> Iterator[Flask]:
    """The application over a build of this checkout."""
    with Pool(Build.open(real_build), workers=1) as pool:
        yield create_app(Settings(), pool=pool, library=library)


@pytest.fixture(scope="module")
def real(real_app: Flask) -> FlaskClient:
    """A browser's requests to it."""
    client = real_app.test_client()
    client.environ_base["HTTP_ACCEPT"] = "text/html"
    return client


@pytest.fixture
def atlas(real_app: Flask) -> Iterator[Atlas]:
    """What the matrices are made of, in Lithuanian."""
    with real_app.test_request_context("/lt/matrix"):
        yield atlas_of(real_app.extensions[EXTENSION], real_app.extensions)


@pytest.fixture(scope="module")
def areas(real: FlaskClient) -> Table:
    """The first matrix as a file."""
    return table(real, "/lt/matrix/areas.csv")


@pytest.fixture(scope="module")
def places(real: FlaskClient) -> Table:
    """The second matrix as a file."""
    return table(real, "/lt/matrix/places.csv")


def table(client: FlaskClient, address: str) -> Table:
    """A CSV answer as rows."""
    response = client.get(address)
    assert response.status_code == 200, response.text
    return list(csv.DictReader(io.StringIO(response.data.decode("utf-8-sig"), newline="")))


def number(cell: str) -> int:
    """What a cell counts: ``≥ 7`` is 7 at least, ``?`` is nobody that is known of."""
    return 0 if cell == "?" else int(cell.removeprefix("≥ "))


def body(text: str, number: int) -> str:
    """The body of a table in a page."""
    return TABLE.findall(text)[number]


def test_counts_of_categories_are_those_of_the_stored_question(
    real: FlaskClient, areas: Table
) -> None:
    asked = table(real, "/lt/query/partners/counts-by-category?format=csv")
    expected = {(row["category"], row["status"]): row["partners"] for row in asked}
    assert len(expected) == 17
    columns = {"esamas": "Esami", "potencialus": "Potencialūs"}
    narrowest = [row for row in areas if row["Kategorija"] in {row["category"] for row in asked}]
    found = {
        (row["Kategorija"], status): row[column]
        for row in narrowest
        for status, column in columns.items()
        if row[column] != "0"
    }
    assert found == expected


def test_open_lists_are_those_of_the_stored_question(real: FlaskClient, areas: Table) -> None:
    asked = table(real, "/lt/query/partners/counts-by-category?format=csv")
    left_open = {(row["category"], row["status"]) for row in asked if row["openEnded"] == "true"}
    categories = {row["category"] for row in asked}
    words = {"esamas": "esami partneriai", "potencialus": "potencialūs partneriai"}
    assert left_open == {
        (row["Kategorija"], status)
        for row in areas
        for status, word in words.items()
        if row["Kategorija"] in categories and word in row["Atviras sąrašas"]
    }


def test_top_categories_count_all_below_them(areas: Table, real: FlaskClient) -> None:
    asked = table(real, "/lt/query/partners/counts-by-category?format=csv")
    for status, column in (("esamas", "Esami"), ("potencialus", "Potencialūs")):
        tops = [row for row in areas if not row["Platesnė kategorija"]]
        assert len(tops) == 4
        whole = sum(int(row["partners"]) for row in asked if row["status"] == status)
        assert sum(int(row[column]) for row in tops) == whole


def test_possible_areas_are_those_of_the_stored_question(real: FlaskClient, areas: Table) -> None:
    """For financial support, which the question asks about when nothing else is given."""
    asked = table(real, "/lt/query/areas/who-could-help?format=csv")
    name = "Remti finansiškai"
    (area,) = {row["area"] for row in asked}
    assert area.endswith("/financial-support")
    assert {row["Kategorija"] for row in areas if row[name] == "galima"} == {
        row["topCategory"] for row in asked
    }
    reached = {row["category"] for row in asked}
    assert reached <= {row["Kategorija"] for row in areas if row[name]}
    inherited = [row[name] for row in areas if row["Kategorija"] == "Įmonės"]
    assert inherited == ["galima per kategoriją „Verslo ir pramonės atstovai“"]


def test_every_category_stands_once_below_the_nearest(atlas: Atlas) -> None:
    order = matrix.tree(atlas)
    assert sorted(iri for iri, _ in order) == sorted(atlas.categories)
    slugs = [(iri.rsplit("/", 1)[1], depth) for iri, depth in order]
    start = slugs.index(("confederations-associations-and-unions", 1))
    assert slugs[start + 1 : start + 4] == [
        ("confederations", 2),
        ("associations", 2),
        ("business-unions", 2),
    ]


def test_category_without_a_list_says_where_its_partners_stand(atlas: Atlas) -> None:
    rows = {row.iri.rsplit("/", 1)[1]: row for row in matrix.category_rows(atlas)}
    shared = rows["associations"].listed_with
    assert shared is not None
    assert shared.endswith("/confederations-associations-and-unions")
    assert rows["non-formal-education-providers"].listed_with is None
    assert rows["companies"].listed_with is None


def test_counties_and_no_place_make_up_all_partners(places: Table) -> None:
    numbers = [column for column in places[0] if column.endswith(("esami", "potencialūs"))]
    assert len(numbers) == 10
    counties = [row for row in places if row["Eilutės rūšis"] == "apskritis"]
    assert len(counties) == 10
    assert sum(row["Eilutės rūšis"] == "savivaldybė" for row in places) == 60
    (unplaced,) = [row for row in places if row["Eilutės rūšis"] == "vieta nenurodyta"]
    (whole,) = [row for row in places if row["Eilutės rūšis"] == "visi partneriai"]
    for column in numbers:
        placed = sum(number(row[column]) for row in counties)
        assert placed + number(unplaced[column]) == number(whole[column]), column
    assert (number(whole["Visi: esami"]), number(whole["Visi: potencialūs"])) == (68, 55)


def test_municipalities_of_a_county_are_those_of_the_stored_question(
    real: FlaskClient, places: Table
) -> None:
    for row in places:
        if row["Eilutės rūšis"] != "apskritis":
            continue
        asked = table(
            real, f"/lt/query/geography/partners-of-a-county?format=csv&county={row['IRI']}"
        )
        for status, column in (("esamas", "esami"), ("potencialus", "potencialūs")):
            expected = sum(one["status"] == status for one in asked)
            assert number(row[f"Savivaldos atstovai: {column}"]) == expected, row["Vieta"]


def test_municipality_without_a_number_is_one_that_the_document_does_not_list(
    real: FlaskClient, places: Table
) -> None:
    asked = table(real, "/lt/query/geography/municipalities-not-listed?format=csv")
    assert {row["territory"] for row in asked} == {
        row["Vieta"]
        for row in places
        if row["Eilutės rūšis"] == "savivaldybė"
        and row["Savivaldos atstovai: esami"] == row["Savivaldos atstovai: potencialūs"] == "0"
    }


def test_every_number_leads_to_a_list_of_that_length(real: FlaskClient) -> None:
    page = real.get("/lt/matrix?county=siauliu-apskritis").text
    links = {(href.replace("&amp;", "&"), int(number)) for href, number in LINK.findall(page)}
    assert len(links) > 60
    for href, number in links:
        listed = real.get(href)
        assert listed.status_code == 200
        assert len(ROWS.findall(body(listed.text, 0))) == number, href


def test_lists_of_categories_are_as_long_as_those_with_facets(real: FlaskClient) -> None:
    first = body(real.get("/lt/matrix").text, 0)
    links = {(href.replace("&amp;", "&"), int(number)) for href, number in LINK.findall(first)}
    assert len(links) > 20
    for href, number in links:
        (explore,) = re.findall(r'href="(/lt/explore/partners\?[^"]+)"', real.get(href).text)
        address = explore.replace("&amp;", "&") + "&format=csv"
        assert len(table(real, address)) == number, address


def test_list_says_what_they_could_do_and_who_says_so(real: FlaskClient) -> None:
    page = real.get(
        "/lt/matrix/partners?category=municipalities&place=siauliu-apskritis&status=existing"
    ).text
    assert "Joniškio rajono savivaldybė" in page
    assert "Remti finansiškai" in page
    assert "/lt/id/passage/" in page
    assert "Būsenos – 2020 metų" in page


def test_blank_open_and_unknown_are_words_too(real: FlaskClient) -> None:
    page = real.get("/en/matrix").text
    counties = re.split(ROWS, body(page, 1))
    kaunas = next(row for row in counties if "Kaunas County" in row)
    assert kaunas.count("not listed in 2020") == 2, "all, local government"
    assert kaunas.count("place not stated</span></td>") == 2, "education, NGOs"
    assert kaunas.count("existing partners: place not stated") == 1, "business"
    companies = next(row for row in re.split(ROWS, body(page, 0)) if ">Companies<" in row)
    assert companies.count("open list") == 1
    assert "possible through Business" in companies
    assert "no promise of any partner" in page


def test_status_whose_partners_have_no_place_is_unknown_not_nobody(
    real: FlaskClient, places: Table
) -> None:
    """All 19 existing partners of business are without a place, some potential ones have one."""
    counties = re.split(ROWS, body(real.get("/en/matrix").text, 1))
    alytus = next(row for row in counties if "Alytus County" in row)
    assert "existing partners: place not stated" in alytus
    (row,) = [row for row in places if row["Vieta"] == "Alytaus apskritis"]
    column = "Verslo ir pramonės atstovai: {}".format
    assert (row[column("esami")], row[column("potencialūs")] == "?") == ("?", False)
    assert row["Pastaba"].startswith("?: joks šaltinis")
    (whole,) = [row for row in places if row["Eilutės rūšis"] == "visi partneriai"]
    assert (whole[column("esami")], whole["Pastaba"][:3]) == ("19", "≥: ")


def test_least_number_is_a_number_with_its_sign_in_a_workbook(real: FlaskClient) -> None:
    response = real.get("/en/matrix/places.xlsx")
    first, sources, _ = openpyxl.load_workbook(io.BytesIO(response.data)).worksheets
    cells = [cell for row in first.iter_rows() for cell in row if cell.number_format == '"≥ "0']
    assert cells
    assert all(isinstance(cell.value, int) for cell in cells)
    about = "\n".join(str(row[1]) for row in sources.iter_rows(values_only=True))
    assert "?: no source places" in about
    assert "≥: at least" in about


def test_cell_says_where_a_role_speaks_of_what_is_no_possible_area(real: FlaskClient) -> None:
    rows = re.split(ROWS, body(real.get("/en/matrix").text, 0))
    makers = next(row for row in rows if ">Education policy makers<" in row)
    assert "roles of the category: 4 stated, 0 possible" in makers
    (href,) = re.findall(r'class="says" href="([^"]+)"', makers)
    (role,) = table(real, html.unescape(href) + "&format=csv")
    assert "funded regularly" in role["name"]
    assert role["modality"] == "stated"
    schools = next(row for row in rows if ">Vocational schools<" in row)
    assert schools.count("a role says so") == 3, "equipment, joint projects, career guidance"


def test_note_of_a_county_counts_as_many_as_its_list(real: FlaskClient) -> None:
    rows = re.split(ROWS, body(real.get("/en/matrix").text, 1))
    kaunas = next(row for row in rows if "Kaunas County" in row)
    note = re.search(r'href="([^"]+)">not counted: (\d+) partners', kaunas)
    assert note
    listed = table(real, html.unescape(note[1]) + "&format=csv")
    assert len(listed) == int(note[2])
    assert any("rūmai" in row["name"] or "Chamber" in row["name"] for row in listed)


@pytest.mark.parametrize(("status", "least"), [("potential", True), ("existing", False)])
def test_list_of_an_open_list_is_the_least(real: FlaskClient, status: str, least: bool) -> None:
    page = real.get(f"/en/matrix/partners?category=companies&status={status}").text
    assert ("At least" in page) == least


def test_county_opens_and_closes(real: FlaskClient) -> None:
    closed = body(real.get("/en/matrix").text, 1)
    opened = body(real.get("/en/matrix?county=telsiu-apskritis").text, 1)
    everything = body(real.get("/en/matrix?county=all").text, 1)
    assert [len(ROWS.findall(one)) for one in (closed, opened, everything)] == [12, 16, 72]
    assert "?county=telsiu-apskritis#places" in closed
    assert "?county=telsiu-apskritis#places" not in opened


@pytest.mark.parametrize(
    "address",
    [
        "?county=atlantis",
        "/partners?place=atlantis",
        "/partners?category=atlantis",
        "/partners?status=former",
        "/areas.pdf",
        "/partners.csv?place=%22%3E%3Cscript%3E",
    ],
)
def test_what_there_is_not_is_not_found(real: FlaskClient, address: str) -> None:
    response = real.get(f"/en/matrix{address}")
    assert response.status_code == 404
    assert "<script>" not in response.text


@pytest.mark.parametrize("name", ["areas", "places", "partners"])
def test_workbook_holds_the_cells_of_the_csv(real: FlaskClient, name: str) -> None:
    rows = table(real, f"/sl/matrix/{name}.csv")
    response = real.get(f"/sl/matrix/{name}.xlsx")
    book = openpyxl.load_workbook(io.BytesIO(response.data))
    first, *others = book.worksheets
    header, *cells = first.iter_rows(values_only=True)
    assert list(header) == list(rows[0])
    as_text = [["" if cell is None else str(cell) for cell in row] for row in cells]
    # What is the least is a number in a workbook, and its format shows the sign.
    assert as_text == [[cell.removeprefix("≥ ") for cell in row.values()] for row in rows]
    assert len(others) == 2, "sources and query"
    written = "\n".join(str(row[0]) for row in others[1].iter_rows(values_only=True))
    assert "steam:partnershipStatus ?status" in written


def test_organisation_listed_twice_counts_once_for_a_status() -> None:
    def listed(name: str, existing: bool) -> Partner:
        return Partner(
            iri=name,
            partnership=f"{name}-{existing}",
            existing=existing,
            category="c",
            top=None,
            territory=None,
            city=None,
            governs=False,
            sources=(),
        )

    partners = [listed("a", True), listed("a", True), listed("a", False), listed("b", False)]
    assert Count.of(partners) == Count(existing=1, potential=2)
    assert [Count(existing=e, potential=p).style for e, p in ((1, 1), (0, 1), (0, 0))] == [
        "yes",
        "open",
        "no",
    ]


def test_graph_without_places_has_all_partners_in_the_row_of_no_place(
    browser_like: FlaskClient,
) -> None:
    page = browser_like.get("/en/matrix").text
    assert len(ROWS.findall(body(page, 1))) == 2
    rows = table(browser_like, "/en/matrix/partners.csv?place=not-stated")
    assert len(rows) == PARTNERS
    assert len(table(browser_like, "/en/matrix/partners.csv?status=existing")) == 1


@pytest.fixture(scope="module")
def real_url(real_app: Flask) -> Iterator[str]:
    """Its address, for a real browser."""
    server = make_server("127.0.0.1", 0, real_app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


@pytest.fixture
def phone(chromium: Any, real_url: str) -> Iterator[Any]:
    """The page with all municipalities on a phone without script."""
    context = chromium.new_context(viewport={"width": 390, "height": 844}, base_url=real_url)
    page = context.new_page()
    page.goto("/lt/matrix?county=all")
    yield page
    context.close()


@pytest.mark.browser
def test_tables_show_all_rows_and_scroll_to_the_side_within_themselves(phone: Any) -> None:
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    frames = phone.locator(".matrix")
    assert frames.count() == 2
    for number in range(2):
        frame = frames.nth(number)
        frame.evaluate("frame => frame.scrollTo(200, 0)")
        assert frame.evaluate("frame => frame.scrollLeft > 100")
        assert frame.evaluate("frame => frame.scrollHeight - frame.clientHeight") <= 1
        side = frame.evaluate(
            """frame => Math.round(
              frame.querySelector("tbody th").getBoundingClientRect().left
              - frame.getBoundingClientRect().left
            )"""
        )
        assert side == 1, "the border of the frame"


@pytest.mark.browser
def test_axe_finds_nothing_serious_in_the_whole_matrix(phone: Any, axe: str) -> None:
    phone.evaluate(axe)
    found = phone.evaluate(RUN, EVERY_RULE)
    assert [one for one in found if one[0] in ("serious", "critical")] == []


@pytest.mark.browser
def test_keyboard_reaches_the_list_behind_a_number(phone: Any) -> None:
    phone.locator(".matrix").nth(1).focus()
    for _ in range(60):
        phone.keyboard.press("Tab")
        if phone.evaluate("document.activeElement.closest('td') !== null"):
            break
    with phone.expect_navigation():
        phone.keyboard.press("Enter")
    assert "/lt/matrix/partners?" in phone.url
