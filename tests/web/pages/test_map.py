"""The map of partners: its picture, its table and its files say the same."""

import csv
import io
import re
from html import unescape
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook


@pytest.fixture(scope="module")
def listed(root: Path) -> dict[str, set[str]]:
    """Municipalities by status, as the expected rows of a stored question have them."""
    words = {"esamas": "existing", "potencialus": "potential"}
    found: dict[str, set[str]] = {}
    with (root / "queries/partners/municipalities.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            found.setdefault(words[row["status"]], set()).add(row["municipality"])
    return found


def rows(client: FlaskClient, address: str) -> list[dict[str, str]]:
    """The rows of the table as a file."""
    response = client.get(address)
    assert response.status_code == 200
    return list(csv.DictReader(io.StringIO(response.data.decode("utf-8-sig"))))


def test_every_municipality_is_drawn_and_tabled_once(reader: FlaskClient) -> None:
    page = reader.get("/en/map").text
    drawn = re.findall(r'id="on-map-([a-z-]+)"', page)
    assert len(drawn) == len(set(drawn)) == 60
    assert len(rows(reader, "/en/map/table.csv")) == 60


def test_counts_are_those_of_the_stored_question(
    reader: FlaskClient, listed: dict[str, set[str]]
) -> None:
    page = reader.get("/en/map").text
    table = rows(reader, "/en/map/table.csv")
    for status in ("existing", "potential"):
        said = [row for row in table if row["Listed as"] == f"{status} partner"]
        assert len(said) == len(listed[status])
        assert page.count(f'<path class="{status}"') == len(listed[status])
    companies = next(row for row in table if row["Municipality"].startswith("Šiauliai City"))
    assert (companies["Existing partners"], companies["Potential partners"]) == ("1", "7")


def test_question_of_a_county_is_answered_by_the_table(reader: FlaskClient) -> None:
    table = rows(reader, "/lt/map/table.csv")
    county = [row for row in table if row["Apskritis"] == "Šiaulių apskritis"]
    assert len(county) == 7
    assert {row["Būsena"] for row in county} == {"esamas partneris"}


def test_filters_narrow_the_partners(reader: FlaskClient) -> None:
    everything = rows(reader, "/en/map/table.csv")
    companies = rows(reader, "/en/map/table.csv?category=companies")
    assert sum(int(row["Potential partners"]) for row in companies) == 7
    assert sum(int(row["Existing partners"]) for row in companies) == 0
    assert all(row["Listed as"] == "not listed in 2020" for row in companies)
    material = rows(reader, "/en/map/table.csv?area=material-support")
    assert (
        0
        < sum(int(row["Potential partners"]) for row in material)
        < sum(int(row["Potential partners"]) for row in everything)
    )
    page = reader.get("/en/map?by=potential&category=companies").text
    assert page.count('<path class="level-4"') == 1
    assert page.count('<path class="level-0"') == 59


def test_municipality_tells_its_partners_and_their_lines(reader: FlaskClient) -> None:
    page = reader.get("/en/map?territory=siauliu-rajono-savivaldybe").text
    details = page[page.index('id="details"') : page.index('id="rows"')]
    assert "Šiauliai District Municipality" in details
    assert "line 485" in details
    assert "could help in:" in details
    assert "/en/id/passage/cooperation-model-485" in details


@pytest.mark.parametrize(
    "query", ["by=size", "category=pirates", "area=moon", "territory=atlantis", "territory=%3Cb%3E"]
)
def test_unknown_choice_is_a_helpful_404(reader: FlaskClient, query: str) -> None:
    response = reader.get(f"/en/map?{query}", headers={"Accept": "text/html"})
    assert response.status_code == 404
    assert "<b>" not in response.text
    assert reader.get(f"/en/map/table.csv?{query.replace('territory', 'by')}").status_code == 404


def test_unknown_format_of_the_table_is_404(reader: FlaskClient) -> None:
    assert reader.get("/en/map/table.pdf").status_code == 404


def test_workbook_has_rows_sources_and_queries(reader: FlaskClient) -> None:
    response = reader.get("/lt/map/table.xlsx?category=companies")
    assert response.mimetype.endswith("spreadsheetml.sheet")
    book = load_workbook(io.BytesIO(response.data))
    table, sources, queries = book.worksheets
    assert [cell.value for cell in table[1]][:2] == ["Savivaldybė", "Apskritis"]
    assert table.max_row == 61
    assert table["D2"].data_type == "n"
    assert "2020" in {str(row[1].value) for row in sources.rows}
    assert any("map/table.xlsx?category=companies" in str(row[1].value) for row in sources.rows)
    assert any("steam:Partnership" in str(row[0].value) for row in queries.rows)


def test_small_graph_without_outlines_has_a_page(browser_like: FlaskClient) -> None:
    assert browser_like.get("/en/map").status_code == 200


@pytest.mark.parametrize("language", ["en", "lt", "sl"])
def test_page_is_light(reader: FlaskClient, language: str) -> None:
    response = reader.get(f"/{language}/map", headers={"Accept-Encoding": "gzip"})
    assert response.headers["Content-Encoding"] == "gzip"
    assert len(response.data) < 60_000


@pytest.mark.browser
def test_map_is_walked_by_arrow_keys_and_opened_by_enter(open_real_page: Any) -> None:
    page = open_real_page("/en/map")
    stops = page.locator(".territories a[tabindex='0']")
    assert stops.count() == 1
    stops.focus()
    first = page.evaluate("document.activeElement.id")
    page.keyboard.press("ArrowDown")
    second = page.evaluate("document.activeElement.id")
    assert second != first
    assert page.locator(".ring.focus").get_attribute("d")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.wait_for_url("**territory=*")
    assert page.locator("#details h2").is_visible()
    assert page.evaluate("window.violations") == []


@pytest.mark.browser
def test_map_works_without_script(open_real_page: Any) -> None:
    page = open_real_page("/lt/map", java_script_enabled=False)
    page.select_option("#category", "companies")
    page.select_option("#by", "potential")
    page.locator(".map-choice button").click()
    assert "category=companies" in page.url
    label = page.locator("#on-map-siauliu-miesto-savivaldybe").get_attribute("aria-label")
    assert unescape(label).endswith(": 7")
    assert not page.locator(".map-buttons").is_visible()


@pytest.mark.browser
def test_closer_look_and_back(open_real_page: Any) -> None:
    page = open_real_page("/en/map", viewport={"width": 390, "height": 800})
    whole = page.locator(".map-picture").get_attribute("viewBox")
    page.locator("[data-zoom='in']").click()
    assert page.locator(".map-picture").get_attribute("viewBox") != whole
    page.locator("[data-zoom='all']").click()
    assert page.locator(".map-picture").get_attribute("viewBox") == whole
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_county_narrows_map_table_and_file_without_script(reader: FlaskClient) -> None:
    page = reader.get("/en/map?county=siauliu-apskritis").text
    assert page.count(' aside" d=') == 53
    table = page.partition("<tbody")[2].partition("</tbody>")[0]
    assert table.count("<tr") == 7
    assert "county=siauliu-apskritis" in re.search(r'href="([^"]*territory=[^"]*)"', table)[1]  # type: ignore[index]
    assert "not counted are" in page
    assert len(rows(reader, "/en/map/table.csv?county=siauliu-apskritis")) == 7
    assert reader.get("/en/map?county=atlantis").status_code == 404


def test_table_is_sorted_as_the_address_says(reader: FlaskClient) -> None:
    counties = [row["County"] for row in rows(reader, "/en/map/table.csv?sort=county")]
    assert len([one for one, _ in groupby(counties)]) == 10, "each county in one piece"
    numbers = [
        int(row["Potential partners"]) for row in rows(reader, "/en/map/table.csv?sort=potential")
    ]
    assert numbers == sorted(numbers, reverse=True)
    assert 'aria-sort="ascending">County<' in reader.get("/en/map?sort=county").text
    assert reader.get("/en/map?sort=moon").status_code == 404


def test_numbers_of_categories_are_explained_at_the_filter(reader: FlaskClient) -> None:
    page = reader.get("/en/map").text
    assert "its number on the document’s own partner map" in page
    assert "at the head of its page)" in page
