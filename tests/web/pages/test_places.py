"""Where partners are: lists, matrices, map and the pages of counties tell one story of a build."""

import csv
import io
from collections import Counter

import pyoxigraph as ox
import pytest
from flask import Flask
from flask.testing import FlaskClient

from steamkg.graph.names import ENTITY
from steamkg.web.site import current_site

UNKNOWN = ""


def table(reader: FlaskClient, address: str) -> list[dict[str, str]]:
    answer = reader.get(address)
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"), newline="")))


@pytest.fixture
def listed(reader: FlaskClient) -> Counter[str]:
    """How many partners the list with facets has in each county."""
    rows = table(reader, "/en/explore/partners?format=csv")
    return Counter(row["countyFromRegister"] for row in rows)


def counted_in(cell: str) -> int:
    """A number of partners, "≥ 7" where a list is open; nobody whose place is known for "?"."""
    return 0 if cell == "?" else int(cell.removeprefix("≥ "))


def test_lists_and_matrix_have_as_many_in_each_county(
    reader: FlaskClient, listed: Counter[str]
) -> None:
    rows = table(reader, "/en/matrix/places.csv")
    counted = {
        row["Place"] if row["Kind of row"] == "county" else UNKNOWN: counted_in(
            row["All: existing"]
        )
        + counted_in(row["All: potential"])
        for row in rows
        if row["Kind of row"] in ("county", "place not stated")
    }
    assert {place: number for place, number in counted.items() if number} == dict(listed)
    assert listed["Šiauliai County"] == 14


def test_map_has_as_many_in_each_county(reader: FlaskClient, listed: Counter[str]) -> None:
    counted: Counter[str] = Counter()
    for row in table(reader, "/en/map/table.csv"):
        counted[row["County"]] += int(row["Existing partners"]) + int(row["Potential partners"])
    assert +counted == Counter({place: n for place, n in listed.items() if place != UNKNOWN})
    assert f'of <span class="number">{listed[UNKNOWN]}</span> no source says where they are' in (
        reader.get("/en/map").text
    )


def test_page_of_a_county_lists_as_many(real_app: Flask, listed: Counter[str]) -> None:
    with real_app.test_request_context():
        county = ox.NamedNode(ENTITY + "territory/siauliu-apskritis")
        rows = current_site().rows("partners-of", entity=county)
    assert len({row["partnership"] for row in rows}) == listed["Šiauliai County"]


def test_list_says_how_a_county_is_known(reader: FlaskClient) -> None:
    rows = table(reader, "/en/explore/partners?county=siauliu-apskritis&format=csv")
    known = Counter(row["placeKnownFrom"] for row in rows)
    assert set(known) == {"municipal territory", "city"}
    cities = [row for row in rows if row["placeKnownFrom"] == "city"]
    assert all(row["lines"].startswith("365") for row in cities)
