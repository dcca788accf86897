"""What a page tells before its single facts: what documents say of the thing, in reading order."""

import html
import re

import pytest
from flask.testing import FlaskClient

_ORGANISATION = "id/organisation/"


def _words(page: str) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)))


def _part(page: str, heading: str) -> str:
    """The words of the section with the id ``heading``."""
    return _words(page.partition(f'aria-labelledby="{heading}"')[2].partition("</section>")[0])


def _badge(page: str) -> str:
    return _words(page.partition('<ul class="badges"')[2].partition("</ul>")[0])


@pytest.mark.parametrize(
    ("language", "status", "county"),
    [
        ("en", "As of 2020 an existing partner: the document lists it as one.", "Šiauliai County"),
        ("lt", "2020 m. duomenimis – esamas partneris", "Šiaulių apskritis"),
        ("sl", "Po stanju leta 2020 obstoječi partner", "Okrožje Šiauliai"),
    ],
)
def test_partner_page_says_its_partnership_with_its_line_first(
    reader: FlaskClient, language: str, status: str, county: str
) -> None:
    page = reader.get(f"/{language}/{_ORGANISATION}kelmes-rajono-savivaldybe").text
    told = _part(page, "partnerships")
    assert status in told
    assert county in told
    assert "/id/passage/cooperation-model-472" in page
    assert page.index('id="partnerships"') < page.index('<dl class="facts">')
    before, _, programs = page.partition('<details class="for-programs">')
    assert "existingPartnerOf" not in before
    assert "existingPartnerOf" in programs


def test_potential_partner_is_one_clear_statement(reader: FlaskClient) -> None:
    page = reader.get(f"/en/{_ORGANISATION}nord-robotics").text
    assert "named in a document" in _badge(page)
    assert "potential partner: a possibility" in _badge(page)
    assert "stated" not in _badge(page)
    told = _part(page, "partnerships")
    assert "As of 2020 a potential partner: a possibility that the document lists" in told
    assert "Open: the document says that there may be others." in told
    assert "Šiauliai County The document lists it under the city Šiauliai" in told


def test_partner_page_says_what_its_category_could_do(reader: FlaskClient) -> None:
    page = reader.get(f"/en/{_ORGANISATION}kelmes-rajono-savivaldybe").text
    told = _part(page, "possible-1")
    assert "Named for the category and not for this partner" in told
    assert "Supporting financially possibility line 421" in told
    assert "line 311" not in told, "lines of the same area in the section of another category"
    assert "Help to ensure the activity of the centres. stated" in told


def test_category_page_says_it_too(reader: FlaskClient) -> None:
    page = reader.get("/en/id/partner-category/companies").text
    told = _part(page, "possible-1")
    assert "Supporting financially possibility line 311" in told
    assert "performer: Companies" not in told, "the category itself"
    assert "performer: Socially responsible companies" in told


@pytest.mark.parametrize(
    ("language", "heading", "plan"),
    [
        ("en", "What is planned for it", "International events plan line 59"),
        ("lt", "Kas jam planuojama", "Tarptautiniai renginiai planuojama"),
        ("sl", "Kaj je zanj načrtovano", "vrstica 59"),
    ],
)
def test_centre_page_says_what_is_planned_for_its_type(
    reader: FlaskClient, language: str, heading: str, plan: str
) -> None:
    page = reader.get(f"/{language}/id/centre/kaunas").text
    told = _part(page, "planned")
    assert heading in told
    assert plan in told
    assert "badge tiny plan" in page or "badge plan tiny" in page
    assert page.count("/id/activity/international-events") == 1, "told once"
    assert "passage/cooperation-model-57" in page
    assert "passage/cooperation-model-69" not in page, "what is planned for the other type"
    why = re.search(r'href="(/[a-z]+/why[^"]+plannedActivity[^"]+)"', page)
    assert why
    answer = reader.get(html.unescape(why[1]))
    assert answer.status_code == 200


def test_why_says_the_rule_in_words_and_its_file_small(reader: FlaskClient) -> None:
    page = reader.get(f"/lt/{_ORGANISATION}kelmes-rajono-savivaldybe").text
    address = re.search(r'href="(/lt/why[^"]+existingPartnerOf[^"]+)"', page)
    assert address
    told = reader.get(html.unescape(address[1])).text
    heading = _words(told.partition('<h2 id="r1">')[2].partition("</h2>")[0])
    assert "Dokumente kas nors išvardytas kaip partneris" in heading
    assert ".rq" not in heading
    assert told.index("partnership.rq") > told.index('<ol class="premises"')


def test_passage_page_shows_what_rests_on_the_lines(reader: FlaskClient) -> None:
    page = reader.get("/en/id/passage/cooperation-model-472").text
    told = _part(page, "resting")
    assert "Kelmė District Municipality named in a document" in told
    assert (
        "Kelmė District Municipality – existing partner – Network of STEAM centres of Lithuania "
        "stated" in told
    )
    assert "Judita Šarpienė" in told
    assert "section begins on printed page 13" in told
    assert "sentences of the document are not reproduced here" in told
    assert "SHA-256" in told
    assert "first line" not in _words(page)


def test_section_page_shows_all_it_says_in_the_order_of_lines(reader: FlaskClient) -> None:
    page = reader.get("/lt/id/section/coordinating-council").text
    shown = re.findall(r'<h3 class="said-lines"><a class="lines" href="([^"]+)"', page)
    lines = [int(one.split("-")[2]) for one in shown]
    assert lines == sorted(lines)
    assert {98, 102, 104} <= set(lines)
    told = _part(page, "resting")
    assert "Tvirtina koordinavimo tarybos sudėtį. teigiama" in told
    assert "Kas jį" not in told


def test_listed_statements_carry_badge_and_performer(reader: FlaskClient) -> None:
    page = reader.get("/en/id/target-group/teachers?by=steam:beneficiary").text
    listed = re.findall(r"<li><span><a .*?</li>", page.partition('id="incoming"')[2], re.DOTALL)
    assert listed
    for one in listed:
        assert 'class="badge' in one, _words(one)
    assert any("performer:" in _words(one) for one in listed)


def test_feared_problem_is_no_plan_and_not_meant_for_pupils(reader: FlaskClient) -> None:
    badge = _badge(reader.get("/lt/id/problem/little-variety-of-activities").text)
    assert "dokumente numatoma problema" in badge
    assert "planuojama" not in badge
    pupils = reader.get("/en/id/target-group/pupils?by=steam:beneficiary").text
    assert "lasting variety" not in _words(pupils)
    concerned = _words(reader.get("/en/id/target-group/pupils?by=steam:concerns").text)
    assert "lasting variety" in concerned
    assert "foreseen by the document" in concerned


def test_proposed_board_says_who_would_make_it_up_and_on_what_conditions(
    reader: FlaskClient,
) -> None:
    page = reader.get("/en/id/body/network-board").text
    composed = _part(page, "composed")
    assert "Who would make it up" in composed
    assert "has no members" in composed
    assert "The board would keep the composition that the council has now. proposal" in composed
    assert "National Agency for Education" in composed
    assert "First wording" in composed
    assert "Second wording" in composed
    coming = _part(page, "transitions")
    assert "On condition that: The activity model is created. proposal line 98" in coming
    assert "Nothing is recorded here" in _part(page, "since")


def test_established_council_has_later_developments(reader: FlaskClient) -> None:
    page = reader.get("/en/id/body/coordinating-council").text
    assert "Who makes it up" in _part(page, "composed")
    assert "no members" not in _part(page, "composed")
    assert "April 9, 2021" in _part(page, "since")


@pytest.mark.parametrize(
    ("language", "heading"),
    [("en", "What became of it later"), ("lt", "Kas nutiko vėliau"), ("sl", "Kaj se je zgodilo")],
)
def test_merged_institution_says_so_at_the_top(
    reader: FlaskClient, language: str, heading: str
) -> None:
    page = reader.get(f"/{language}/{_ORGANISATION}siauliu-universitetas").text
    top = page.partition('<div class="columns">')[0]
    assert heading in _words(top)
    assert "vilniaus-universiteto-siauliu-akademija" in top


def test_successor_is_found_and_named_as_later(reader: FlaskClient) -> None:
    found = _words(reader.get("/lt/search?q=siauliu+akademija").text)
    assert "Vilniaus universiteto Šiaulių akademija" in found
    assert "vėliau, iš išorinio šaltinio" in found
    page = reader.get(f"/en/{_ORGANISATION}vilniaus-universiteto-siauliu-akademija").text
    assert "only since the documents" in _badge(page)
    assert "named in a document" not in _badge(page)
    assert "it began later" in _words(page.partition('<div class="columns">')[0])


def test_substance_comes_before_what_is_for_programs_and_citing(reader: FlaskClient) -> None:
    page = reader.get("/en/id/role/traineeships").text
    main = page.partition("<main")[2]
    order = [
        main.index(one) for one in ('<dl class="facts">', "for-programs", '<details class="take"')
    ]
    assert order == sorted(order)
    assert main.index("@misc{") > order[-1]


def test_outline_of_a_territory_is_for_programs(reader: FlaskClient) -> None:
    page = reader.get("/lt/id/territory/kelmes-rajono-savivaldybe").text
    before, _, programs = page.partition("<main")[2].partition('class="for-programs"')
    assert "id/geometry/" not in before
    assert "Kelmės rajono savivaldybė – kontūras" in _words(programs)
    drawn = reader.get("/lt/id/geometry/kelmes-rajono-savivaldybe").text
    assert "Kelmės rajono savivaldybė – kontūras" in _words(drawn.partition("<h1")[2])


def test_document_page_names_no_graph_as_if_it_rested_on_it(reader: FlaskClient) -> None:
    page = _words(reader.get("/en/id/document/cooperation-model").text)
    assert "graph/cooperation-model/document" not in page
