"""The lists of the project's own graph: who, what, for whom, how sure, and said by whom."""

import csv
import io
import re

import openpyxl
import pytest
from flask.testing import FlaskClient

FEARED = "stable+upkeep"
"""Words of a problem that the document expects."""


def table(reader: FlaskClient, address: str) -> list[dict[str, str]]:
    answer = reader.get(address)
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


def workbook(reader: FlaskClient, address: str) -> openpyxl.Workbook:
    answer = reader.get(address)
    assert answer.status_code == 200, answer.text
    return openpyxl.load_workbook(io.BytesIO(answer.data))


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("benefits", ["modality", "beneficiary", "broughtBy"]),
        ("tasks", ["modality", "performer", "beneficiary", "concerns"]),
        ("roles", ["modality", "category", "beneficiary", "kindOfSupportInterpretation"]),
        ("criteria", ["modality", "performer"]),
        ("conditions", ["modality", "becomes"]),
        ("activities", ["modality", "beneficiary"]),
    ],
)
def test_list_says_who_for_whom_and_how_sure(
    reader: FlaskClient, name: str, columns: list[str]
) -> None:
    rows = table(reader, f"/en/explore/{name}?format=csv")
    assert list(rows[0])[1 : len(columns) + 1] == columns
    assert all(row["modality"] and row["lines"] for row in rows)
    assert any(row[columns[-1]] for row in rows)


@pytest.mark.parametrize("name", ["steam:Need", "steam:Composition", "steam:Proposal"])
def test_every_list_of_statements_has_its_modality(reader: FlaskClient, name: str) -> None:
    rows = table(reader, f"/en/explore/{name}?format=csv")
    assert {row["modality"] for row in rows} <= {"stated", "plan", "proposal", "possibility"}
    assert rows


def test_column_that_no_document_says_is_marked(reader: FlaskClient) -> None:
    page = reader.get("/en/explore/partners").text
    heads = page[page.index("<thead") : page.index("</thead>")]
    assert heads.count(">register</a>") == 1
    assert "But for the columns that say otherwise at their head" in page
    page = reader.get("/en/explore/roles").text
    assert page[page.index("<thead") : page.index("</thead>")].count("our interpretation</a>") == 1


def test_workbook_marks_columns_and_has_lines_as_numbers(reader: FlaskClient) -> None:
    book = workbook(reader, "/en/explore/partners?format=xlsx")
    rows, sources, _ = book.worksheets
    heads = {cell.value: cell for cell in rows[1]}
    county = heads["county (register)"]
    assert "graph/link/territory" in county.comment.text
    about = {row[0]: row[1] for row in sources.iter_rows(values_only=True)}
    assert "graph/link/territory" in about["county (register)"]
    assert "etc." in about["Open list"]
    lines = [row[heads["lines"].column - 1] for row in rows.iter_rows(2, values_only=True)]
    first = [row[heads["first line"].column - 1] for row in rows.iter_rows(2, values_only=True)]
    assert sum(isinstance(one, int) for one in lines) > 100
    assert all(isinstance(one, int) for one in first)


def test_partner_that_was_joined_to_another_says_so(reader: FlaskClient) -> None:
    rows = table(reader, "/lt/explore/partners?format=csv")
    later = {row["name"]: row["later"] for row in rows if row["later"]}
    assert len(later) == 7
    assert later["Marijampolės kolegija"] == (
        "Mykolo Romerio universiteto Sūduvos akademija (2024-10-01)"
    )
    page = reader.get("/lt/explore/partners?q=marijampoles+kolegija").text
    assert "/lt/id/organisation/mykolo-romerio-universiteto-suduvos-akademija" in page
    assert re.search(r"tapo:\s+<a [^>]*>.*Sūduvos akademija.*</a>\s+\(nuo 2024-10-01\)", page)


def test_date_of_a_later_change_is_told_in_words(reader: FlaskClient) -> None:
    page = reader.get("/en/explore/partners?later=ChangeEvent").text
    assert "merged on 2024-07-01, into" in page
    assert re.search(r"became part of\s+<a [^>]*>.*?</a>\s+on 2024-07-01", page)
    assert re.search(r"became\s+<a [^>]*>.*Sūduva.*?</a>\s+on 2024-10-01", page)


def test_how_far_later_changes_are_known_stands_at_list_filter_and_file(
    reader: FlaskClient,
) -> None:
    told = "outside sources read by 2026-11-21; others were not looked into."
    page = reader.get("/en/explore/partners").text
    assert page.count(told) == 2
    facet = re.search(r"<summary>Known to have changed later.*?</details>", page, re.S)
    assert facet
    assert told in facet[0]
    assert "no later change known here" in facet[0]
    sources = workbook(reader, "/en/explore/partners?format=xlsx").worksheets[1]
    about = {row[0]: row[1] for row in sources.iter_rows(values_only=True)}
    assert told in about["Later changes"]
    assert told not in reader.get("/en/explore/benefits").text


def test_list_is_narrowed_to_what_changed_later(reader: FlaskClient) -> None:
    changed = table(reader, "/en/explore/partners?later=ChangeEvent&format=csv")
    assert len(changed) == 7
    assert all(row["later"] for row in changed)
    others = table(reader, "/en/explore/partners?later=-&format=csv")
    assert others
    assert not any(row["later"] for row in others)


@pytest.mark.parametrize(
    "address",
    ["/en/explore/steam:Problem", "/en/explore/steam:Statement?q=WORDS", "/en/search?q=WORDS"],
)
def test_problem_is_foreseen_and_not_planned(reader: FlaskClient, address: str) -> None:
    page = reader.get(address.replace("WORDS", FEARED)).text
    main = page[page.index("<h1>") :]
    assert "foreseen by the document" in main
    assert not re.search(r'class="badge plan tiny"[^>]*>(<[^>]*>)*plan\b', main)


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", "they do not say that each partner does it."),
        ("lt", "kad tai daro kiekvienas partneris."),
        ("sl", "da to počne vsak partner."),
    ],
)
def test_sentences_on_a_kind_of_partner_say_what_they_do_not_say(
    reader: FlaskClient, language: str, told: str
) -> None:
    for name in ("roles", "benefits"):
        assert told in reader.get(f"/{language}/explore/{name}").text
    assert told not in reader.get(f"/{language}/explore/tasks").text
    sources = workbook(reader, f"/{language}/explore/roles?format=xlsx").worksheets[1]
    assert any(told in str(row[1]) for row in sources.iter_rows(values_only=True))


@pytest.mark.parametrize(
    "words",
    ["Šiaulių akademija", "Sūduvos akademija", "Lietuvos inžinerijos kolegija", "Sūduva Academy"],
)
def test_later_organisation_is_found_and_marked(reader: FlaskClient, words: str) -> None:
    page = reader.get("/en/search", query_string={"q": words}).text
    first = re.search(r'<ol class="results".*?</li>', page, re.S)
    assert first
    assert "later, from an outside source" in first[0]


def test_text_of_a_later_development_is_found_and_marked(reader: FlaskClient) -> None:
    page = reader.get("/en/search?q=joined+Mykolas+Romeris").text
    assert "/en/id/development/marijampoles-kolegija-joins-mykolo-romerio-universitetas" in page
    assert "later, from an outside source" in page


@pytest.mark.parametrize(
    ("language", "words", "slug"),
    [
        ("en", "benefit", "benefits"),
        ("lt", "nauda", "benefits"),
        ("sl", "koristi", "benefits"),
        ("en", "problems", "steam:Problem"),
    ],
)
def test_search_offers_lists_of_kinds_first(
    reader: FlaskClient, language: str, words: str, slug: str
) -> None:
    page = reader.get(f"/{language}/search?q={words}").text
    first = page.index(f'<a href="/{language}/explore/{slug}">', page.index("<h1>"))
    results = page.find('<ol class="results"')
    assert results < 0 or first < results


def test_all_planned_activities_are_shown_and_called_planned(reader: FlaskClient) -> None:
    page = reader.get("/en/explore/centres").text
    assert 'Planned activity</a> <span class="badge plan tiny">plan</span>' in page
    assert "Modality of the centre itself" in page
    assert "International events" in page
    assert not re.search(r"and \d+ more", page)


def test_open_list_counts_are_the_least(reader: FlaskClient) -> None:
    address = "/en/explore/partners?broad-category=companies&partnership-status="
    assert "at least" in reader.get(address + "potential").text
    assert "at least" not in reader.get(address + "existing").text


def test_categories_stand_in_their_tree_and_are_open(reader: FlaskClient) -> None:
    page = reader.get("/en/explore/partners").text
    facet = re.search(r'<details class="facet" open>\s*<summary>Category.*?</details>', page, re.S)
    assert facet
    depths = re.findall(r'<li( class="depth-\d")?>', facet[0])
    assert depths[0] == ""
    assert any(depths)


def test_about_counts_modalities(reader: FlaskClient) -> None:
    page = reader.get("/en/about").text
    found = re.search(r'<dl class="facts-list modalities">(.*?)</dl>', page, re.S)
    assert found
    assert len(re.findall(r"\([1-9]\d* things and statements\)", found[1])) == 4
    assert found[1].count("<dd>") == 4
    assert "<dd> <span" not in found[1]


def _facet(page: str, heading: str) -> str:
    found = re.search(
        rf'<details class="facet"[^>]*>\s*<summary>{heading}\b.*?</details>', page, re.S
    )
    assert found, heading
    return found[0]


def test_lists_of_partners_are_counted_exactly_and_need_no_place(reader: FlaskClient) -> None:
    page = reader.get("/en/explore/steam:PartnerList").text
    assert "at least" not in page
    assert "no source says where" not in page
    about = workbook(reader, "/en/explore/steam:PartnerList?format=xlsx").worksheets[1]
    assert "no source says where" not in str(list(about.iter_rows(values_only=True)))


def test_what_a_document_does_not_name_is_not_called_unknown(reader: FlaskClient) -> None:
    categories = reader.get("/en/explore/steam:PartnerCategory").text
    assert "not named" in _facet(categories, "Possible area")
    broader = _facet(categories, "Broader")
    assert ">none" in re.sub(r"<bdi[^>]*>", "", broader)
    assert "not known" in _facet(reader.get("/en/explore/partners").text, "County")


def test_all_counties_are_offered_with_how_many(reader: FlaskClient) -> None:
    counties = _facet(reader.get("/en/explore/partners").text, "County")
    assert len(re.findall("<li", counties)) == 11
    without = re.findall(r"<li[^>]*><a>.*?<span class=\"count\">(\d+)</span>", counties)
    assert set(without) <= {"0"}
    assert without


def test_long_list_says_which_part_it_shows_and_leads_on_above(reader: FlaskClient) -> None:
    page = reader.get("/en/explore/partners").text
    head = page[: page.index("<table")]
    assert re.search(r"1–50 of \d+<", head)
    assert 'aria-label="Pages, above the list"' in head
    assert "Pages, above the list" not in reader.get("/en/explore/criteria").text


def test_who_does_it_is_open_in_tasks(reader: FlaskClient) -> None:
    page = reader.get("/en/explore/tasks").text
    facets = re.findall(r'<details class="facet"( open)?>(.*?)</details>', page, re.S)
    assert any(is_open and "performer=" in facet for is_open, facet in facets)


def test_facet_with_one_choice_is_left_out(reader: FlaskClient) -> None:
    page = reader.get("/en/explore/steam:PartnerCategory").text
    for facet in re.findall(r'<details class="facet".*?</details>', page, re.S):
        assert facet.count("<li") > 1
    assert '<a href="/en/matrix">' in page[page.index("<h1") :]


def test_benefits_lead_to_findings_problems_and_ways_of_joining(reader: FlaskClient) -> None:
    page = reader.get("/en/explore/benefits").text
    beside = page[page.index("See also:") :].partition("</p>")[0]
    for name in ("Finding", "Problem", "WayOfJoining"):
        assert f"/en/explore/steam:{name}" in beside


@pytest.mark.parametrize(
    ("language", "quoted"), [("en", "“kol”"), ("lt", "„kol“"), ("sl", "»kol«")]
)
def test_words_of_a_choice_are_quoted_as_the_language_does(
    reader: FlaskClient, language: str, quoted: str
) -> None:
    page = reader.get(f"/{language}/explore/partners?q=kol").text
    chosen = page[page.index('<ul class="chosen"') :].partition("</ul>")[0]
    assert quoted in chosen


def test_home_says_that_open_numbers_are_the_least(reader: FlaskClient) -> None:
    page = reader.get("/en/").text
    partners = page[page.index("partners of the network:") :].partition("</dd>")[0]
    assert "at least" in partners
    assert "so there may be more." in page
    beginning = page[page.index('id="entrances"') :]
    for path, name in (("explore", "Explore"), ("matrix", "Partners by category")):
        assert f'<a href="/en/{path}">{name}</a>' in beginning


def test_year_stands_only_beside_what_the_dated_document_says(reader: FlaskClient) -> None:
    tasks = reader.get("/en/explore/tasks").text
    assert "statuses as of 2020; of 5 the date is not known" in tasks
    assert "date is not known" not in reader.get("/en/explore/partners").text
    about = workbook(reader, "/sl/explore/tasks?format=xlsx").worksheets[1]
    said = {row[1].value for row in about.rows}
    assert "stanje leta 2020; za 5 datum ni znan" in said


def test_search_says_of_the_slides_that_their_date_is_not_known(reader: FlaskClient) -> None:
    page = reader.get("/en/search?q=teachers+of+the+future").text
    first = page.partition('<ol class="results"')[2].partition("</li>")[0]
    assert "date not known" in first
    assert "2020" not in first
    page = reader.get("/en/search?q=infobalt").text
    assert "as of 2020" in page.partition('<ol class="results"')[2].partition("</li>")[0]
