"""The view of the Alliance over the real alignments, and its files."""

import csv
import io
import re

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook

from steamkg.web import sheets
from steamkg.web.citations import Citations
from steamkg.web.spreadsheet import Sheet, Table, workbook


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "en",
            ["our interpretation", "STEM for global impact", "nothing was found", "sureness 0.9"],
        ),
        ("lt", ["STEM pasauliniam poveikiui", "nieko nerasta", "tikrumas 0,9"]),
        ("sl", ["naša razlaga", "Učitelji prihodnosti", "ni najdeno nič", "zanesljivost 0,9"]),
    ],
)
def test_page_shows_key_areas_with_reasons_in_the_language(
    visitor: FlaskClient, language: str, words: list[str]
) -> None:
    page = visitor.get(f"/{language}/alliance").text
    assert [word for word in words if word not in page] == []
    assert page.count('class="key-area"') == 6


def test_every_alignment_says_that_it_is_our_interpretation(visitor: FlaskClient) -> None:
    page = visitor.get("/en/alliance").text
    reasons = page.count('class="grounds"')
    assert reasons >= 100
    assert page.count(">our interpretation</a>") == reasons


def test_key_area_that_nobody_serves_says_so_with_the_reason(visitor: FlaskClient) -> None:
    page = visitor.get("/en/alliance").text
    section = page.partition('id="stem-for-global-impact"')[2].partition("</section>")[0]
    assert "Nothing was found in the model that serves this key area." in section
    assert re.search(
        r'is about an impact on the world \(<a class="line" href="/en/id/passage/[^"]+">B 28</a>\)',
        section,
    )
    assert "<table" not in section


def test_direction_without_a_counterpart_is_shown_with_the_reason(visitor: FlaskClient) -> None:
    page = visitor.get("/en/alliance").text
    row = page.partition("To align with the projects of UNESCO.")[2].partition("</details>")[0]
    assert "nothing found" in row
    assert "names neither UNESCO nor a project of its" in row


def test_contents_lead_to_every_part_and_the_figures_into_the_folded_areas(
    visitor: FlaskClient,
) -> None:
    page = visitor.get("/lt/alliance").text
    named = set(re.findall(r' id="([^"]+)"', page))
    contents = page.partition('aria-labelledby="contents"')[2].partition("</nav>")[0]
    assert len(re.findall(r'href="#', contents)) == 6
    assert set(re.findall(r'href="#([^"]+)"', page)) <= named
    area = page.partition('<div class="inside" id="teachers-of-the-future">')[2]
    assert "<table" in area.partition("</details>")[0], "a link into closed details opens them"


def test_file_holds_every_alignment_of_the_page(visitor: FlaskClient) -> None:
    answer = visitor.get("/lt/alliance/alignments.csv")
    assert answer.mimetype == "text/csv"
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    page = visitor.get("/lt/alliance").text
    assert len(rows) == page.count('class="grounds"')
    assert len({row["Sugretinimo IRI"] for row in rows}) == len(rows)
    denied = [row for row in rows if row["Neigiama"]]
    assert 0 < len(denied) < len(rows)
    book = load_workbook(io.BytesIO(visitor.get("/lt/alliance/alignments.xlsx").data))
    table, sources, queries = book.worksheets
    assert table.max_row == len(rows) + 1
    said = {row[1].value for row in sources.rows}
    note = "Mūsų aiškinimas: dokumentai vienas kito nemini. Aljanso skaidrių data nežinoma."
    assert note in said
    assert any("servesKeyArea" in str(row[0].value) for row in queries.rows)


def test_unknown_file_is_404(visitor: FlaskClient) -> None:
    assert visitor.get("/en/alliance/alignments.docx").status_code == 404


def test_cell_that_looks_like_a_formula_is_text() -> None:
    rows = [["=1+1", "+a", "plain"], ["@x", "-1", 'a "quoted", one']]
    text = sheets.written_csv(["a", "b", "c"], rows).decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(text)))[1:] == [
        ["'=1+1", "'+a", "plain"],
        ["'@x", "'-1", 'a "quoted", one'],
    ]
    table = Sheet(name="x", table=Table(headings=["a", "b", "c"], rows=rows))
    sheet = load_workbook(io.BytesIO(workbook([table], title="x"))).worksheets[0]
    assert (sheet["A2"].value, sheet["A2"].data_type) == ("=1+1", "s")


def test_letters_of_the_documents_are_explained_before_they_are_used(visitor: FlaskClient) -> None:
    page = visitor.get("/en/alliance").text
    head = page.partition('id="overview"')[0]
    for letter, document in (("A", "cooperation-model"), ("B", "stem-alliance")):
        assert f'<strong>{letter}</strong> – <a href="/en/id/document/{document}">' in head
    row = page.partition('id="teachers-of-the-future"')[2].partition("</tr>")[2]
    assert re.search(r'<a class="line" href="/en/id/passage/cooperation-model-', row)


def test_reference_leads_to_the_shortest_passage_and_stays_words_without_one() -> None:
    known = Citations(passages={("A", 10, 20): "http://x/wide", ("A", 14, 15): "http://x/narrow"})
    told = known.pieces("See (A 14, A 30) and B 14.")
    assert [one.text for one in told] == ["See (", "A 14", ", ", "A 30", ") and ", "B 14", "."]
    assert [one.href for one in told if one.href] == ["http://x/narrow"]


def test_workbook_has_numbers_for_how_sure(visitor: FlaskClient) -> None:
    book = load_workbook(io.BytesIO(visitor.get("/sl/alliance/alignments.xlsx").data))
    heads = [cell.value for cell in book.worksheets[0][1]]
    column = heads.index("Zanesljivost, od 0 do 1")
    values = [row[column].value for row in book.worksheets[0].iter_rows(min_row=2)]
    assert values
    assert all(isinstance(value, int | float) for value in values)


def test_page_behind_an_interpretation_is_in_the_words_of_its_language(
    visitor: FlaskClient,
) -> None:
    page = visitor.get("/sl/alliance").text
    href = re.search(r'class="grounds"><a href="([^"]+)">[^<]*</a>, zanesljivost 0,85', page)
    assert href
    behind = visitor.get(href[1]).text
    assert "0,85" in behind
    assert "ročno presojeno" in behind
