"""From a reviewed sheet to Turtle: only what a person accepted, and every fault named."""

from pathlib import Path

import pyoxigraph as ox
import pytest

from steamkg.graph import layout, turtle
from steamkg.graph.content import Content
from steamkg.graph.findings import Finding
from steamkg.graph.names import BASE, ENTITY
from steamkg.linking.links import Scheme, SchemeError
from steamkg.linking.links import turtle as written_as_turtle
from steamkg.linking.review import Accepted, Entry, ReviewError, accepted
from steamkg.linking.tables import Row, Table

VU = ENTITY + "organisation/vilniaus-universitetas"
KTU = ENTITY + "organisation/kauno-technologijos-universitetas"
THINGS = {VU: "Vilniaus universitetas", KTU: "Kauno technologijos universitetas"}
SCHEME = Scheme(
    slug="partners", title='My "partners"', licence="CC0", retrieved="2026", evidence="a.csv"
)


def sheet(*rows: tuple[str, str, str, str]) -> Table:
    """Row, name, candidate, decision; the sheet's own lines count from 2."""
    columns = ("row", "name", "candidate", "reason", "decision")
    return Table(
        name="reviewed.csv",
        columns=columns,
        rows=tuple(
            Row(line, dict(zip(columns, (row, name, thing, "same name", decision), strict=True)))
            for line, (row, name, thing, decision) in enumerate(rows, start=2)
        ),
    )


def test_only_accepted_rows_count() -> None:
    kept = accepted(
        sheet(
            ("2", "VU", VU, " Accepted "),
            ("2", "VU", KTU, "rejected"),
            ("3", "KTU", KTU, ""),
            ("4", "X", "", ""),
        ),
        THINGS,
    )
    assert [(one.entry.row, one.entry.name, one.thing) for one in kept] == [(2, "VU", VU)]


def test_every_fault_is_named_at_once_with_its_line() -> None:
    with pytest.raises(ReviewError) as raised:
        accepted(
            sheet(
                ("2", "VU", VU, "yes"),
                ("3", "KTU", "", "accepted"),
                ("4", "KTU", KTU + "-x", "accepted"),
                ("x", "KTU", KTU, "accepted"),
            ),
            THINGS,
        )
    faults = str(raised.value).splitlines()
    assert [fault.split(":")[0] for fault in faults] == [
        f"reviewed.csv, line {line}" for line in (2, 3, 4, 5)
    ]
    assert "neither 'accepted' or 'rejected' nor empty" in faults[0]
    assert "there is no candidate" in faults[1]
    assert "the graph has no thing" in faults[2]


def test_a_name_accepted_for_two_things_is_a_fault() -> None:
    twice = sheet(("2", "VU", VU, "accepted"), ("2", "VU", KTU, "accepted"))
    with pytest.raises(ReviewError, match=r"'VU' is accepted for <.*> and <.*>; choose one"):
        accepted(twice, THINGS)


def test_a_sheet_that_is_none_is_refused() -> None:
    with pytest.raises(ReviewError, match="no column candidate and no column decision"):
        accepted(Table(name="x.csv", columns=("row", "name", "reason"), rows=()), THINGS)


def test_the_turtle_is_in_house_style_and_says_what_was_accepted(tmp_path: Path) -> None:
    kept = [
        Accepted(
            entry=Entry(row=7, name='„VU" \\ x', identifier="7"), thing=VU, reason="r", score="9.0"
        ),
        Accepted(entry=Entry(row=3, name="KTU\tx"), thing=KTU, reason="r", score=""),
    ]
    text = written_as_turtle(kept, SCHEME)
    assert text == written_as_turtle(list(reversed(kept)), SCHEME)
    path = tmp_path / "data" / "link" / "partners.ttl"
    path.parent.mkdir(parents=True)
    (tmp_path / "ontology").mkdir()
    path.write_text(text)
    (file,) = Content(tmp_path).data_files()
    document = turtle.read(file)
    assert not isinstance(document, Finding)
    assert list(layout.findings(document)) == []
    triples = {
        (triple.subject.value, triple.predicate.value.rpartition("/")[2]): triple.object
        for triple in ox.parse(text, ox.RdfFormat.TURTLE)
        if isinstance(triple.subject, ox.NamedNode)
    }
    scheme = ox.NamedNode(ENTITY + "identifier-scheme/partners")
    assert triples[VU, "identifier"] == ox.Literal("7", datatype=scheme)
    assert triples[KTU, "identifier"] == ox.Literal("KTU\tx", datatype=scheme)
    identification = BASE + "id/identification/partners-7"
    assert triples[identification, "ontology#identifies"] == ox.NamedNode(VU)
    assert triples[identification, "ontology#evidence"] == ox.Literal("a.csv, row 7 of the list")
    assert "sameAs" not in text


@pytest.mark.parametrize("slug", ["", "My list", "a--b", "žemėlapis", "../x"])
def test_a_scheme_is_a_slug(slug: str) -> None:
    with pytest.raises(SchemeError, match="no short name"):
        Scheme(slug=slug, title="x", licence="x", retrieved="x", evidence="x")
