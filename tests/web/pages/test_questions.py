"""The pages of stored questions: in the reader's language, from the question to the file."""

import html
import re
from io import BytesIO

import openpyxl
import pytest
from flask.testing import FlaskClient

from steamkg.engine.library import Library
from steamkg.web import collation, column_titles, question_list
from steamkg.web.language import LANGUAGES
from steamkg.web.question_table import sorted_by

ID = "https://w3id.org/steamkg/id/"
BARE = re.compile(r">(?:id|graph|steam|dcterms|skos|org|xsd)[:/][a-zA-Z][^<]*<")
"""A name of a thing that only its IRI gave."""


def words(page: str) -> str:
    """What a reader sees of the page's own part."""
    own = page.partition("<main")[2].partition("</main>")[0].partition(">")[2]
    text = re.sub(r'<span class="hidden-text">.*?</span>', "", own)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


def cells(page: str) -> list[list[str]]:
    """The rows of the answer."""
    body = page.partition("<tbody")[2].partition("</tbody>")[0]
    return [
        [words(f"<main>{cell}</main>") for cell in re.findall(r"<td[^>]*>(.*?)</td>", row, re.S)]
        for row in re.findall(r"<tr[^>]*>(.*?)</tr>", body, re.S)
    ]


def questions(library: Library) -> list[str]:
    return [name for name in library if not name.startswith("pages/")]


def test_every_column_of_every_question_has_a_title(library: Library) -> None:
    lacking = {}
    for name in questions(library):
        expected = library[name].expected
        assert expected is not None
        header = expected.read_text("utf-8").splitlines()[0].split(",")
        untitled = [one for one in header if column_titles.title(name, one).text == one]
        if untitled:
            lacking[name] = untitled
    assert lacking == {}


def test_every_title_of_a_column_is_used(library: Library) -> None:
    used = {}
    for name in questions(library):
        expected = library[name].expected
        assert expected is not None
        used[name] = expected.read_text("utf-8").splitlines()[0].split(",")
    assert set(column_titles.TITLES) <= {one for header in used.values() for one in header}
    for one in column_titles.APART:
        name, _, variable = one.partition(":")
        assert variable in used[name], one


def test_every_topic_has_a_title(library: Library) -> None:
    assert set(question_list.TOPICS) == {name.partition("/")[0] for name in questions(library)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_question_is_answered_in_words(
    language: str, library: Library, visitor: FlaskClient
) -> None:
    for name in questions(library):
        answer = visitor.get(f"/{language}/query/{name}")
        assert answer.status_code == 200, name
        page = answer.text.partition("<main")[2].partition("<details")[0]
        assert cells(page), name
        assert not BARE.findall(page), name
        assert "xsd:" not in page, name


@pytest.mark.parametrize(
    ("question", "lithuanian", "english"),
    [
        ("bodies/compositions", "Centrų atstovai", "Representatives of the centres"),
        ("centres/activities", "Formaliojo ugdymo veiklos", "Formal education activities"),
        ("areas/who-could-help", "esamas partneris", "existing partner"),
        ("geography/municipalities-by-county", "Šiaulių apskritis", "Šiauliai County"),
        ("education/who-does-what-for-whom", "Moksleiviai", "Pupils"),
        ("benefits/counts-by-audience-and-modality", "Naudotojai", "All ten centres"),
    ],
)
def test_question_answers_in_the_language_of_the_page(
    question: str, lithuanian: str, english: str, visitor: FlaskClient
) -> None:
    pages = {one: words(visitor.get(f"/{one}/query/{question}").text) for one in ("en", "lt")}
    assert lithuanian in pages["lt"]
    assert lithuanian not in pages["en"]
    assert english in pages["en"]
    assert english not in pages["lt"]


def test_slovenian_names_stand_where_there_are_any(visitor: FlaskClient) -> None:
    page = visitor.get("/sl/query/geography/partners-of-a-county").text
    assert "obstoječi partner" in words(page)
    assert "Mestna občina Šiauliai" not in page.partition("<table")[2], "that is the territory"


def test_value_is_chosen_by_name_and_told(visitor: FlaskClient) -> None:
    path = "/lt/query/geography/partners-of-a-county"
    page = visitor.get(path).text
    assert f'<option value="{ID}territory/siauliu-apskritis" selected>Šiaulių apskritis' in page
    assert "Atsakymas apie: Šiaulių apskritis" in words(page)
    named = visitor.get(path, query_string={"county": "tauragės apskr"})
    assert named.status_code == 200
    assert "Atsakymas apie: Tauragės apskritis" in words(named.text)
    file = visitor.get(path, query_string={"county": "taurages apskritis", "format": "csv"})
    assert "territory/taurages-apskritis" in file.text


@pytest.mark.parametrize("typed", ["Board of nothing", f"{ID}body/nothing", "x" * 10_000])
def test_unknown_value_is_refused_in_the_language_of_the_page(
    typed: str, visitor: FlaskClient
) -> None:
    answer = visitor.get("/lt/query/bodies/about-a-body", query_string={"body": typed})
    assert answer.status_code == 404
    assert "Šiam klausimui nežinoma niekas" in words(answer.text)
    assert "<option" in answer.text, "another value can be chosen at once"
    assert "<li>STEAM centro patariamoji taryba</li>" in answer.text
    assert "iri" not in words(answer.text)


def test_value_without_an_answer_says_what_to_try(visitor: FlaskClient) -> None:
    for typed in (f"{ID}territory/vilniaus-apskritis", "Vilnius county"):
        values = {"county": typed}
        answer = visitor.get("/en/query/geography/partners-of-a-county", query_string=values)
        assert answer.status_code == 200
        assert "Answer for: Vilnius County" in words(answer.text)
        assert "Try another value above." in words(answer.text)


def test_open_parameter_takes_a_name(visitor: FlaskClient) -> None:
    values = {"subject": "Klaipeda university"}
    page = visitor.get("/en/query/provenance/only-inferred", query_string=values).text
    assert 'value="Klaipėda University"' in page


def test_parameter_that_there_is_not_is_refused(visitor: FlaskClient) -> None:
    answer = visitor.get("/en/query/partners/companies", query_string={"nonsense": "1"})
    assert answer.status_code == 400


def test_part_of_a_word_is_asked_for_in_the_language_of_the_page(visitor: FlaskClient) -> None:
    assert "Answer for: fund" in words(
        visitor.get("/en/query/across-documents/a-word-in-both").text
    )
    page = words(visitor.get("/lt/query/across-documents/a-word-in-both").text)
    assert "Atsakymas apie: finans" in page


def test_columns_that_repeat_a_name_or_the_value_asked_about_are_left_to_files(
    visitor: FlaskClient,
) -> None:
    path = "/en/query/geography/partners-of-a-county"
    header = re.findall(r"<th [^>]*>(.*?)</th>", visitor.get(path).text)
    assert header == ["Status of the partner", "Municipality"]
    assert visitor.get(f"{path}?format=csv").text.startswith("county,status,municipality,name")


def test_rows_are_in_the_order_of_the_language(visitor: FlaskClient) -> None:
    rows = cells(visitor.get("/lt/query/geography/municipalities-by-county").text)
    names = [row[0] for row in rows]
    assert names == sorted(names, key=lambda name: collation.key(name, "lt"))
    assert names.index("Šiaulių apskritis") < names.index("Tauragės apskritis")


def test_letters_follow_each_other_as_in_the_language() -> None:
    towns = ["Žagarė", "Šiauliai", "Zarasai", "Skuodas", "Ylakiai", "Ignalina", "Joniškis"]
    ordered = ["Ignalina", "Ylakiai", "Joniškis", "Skuodas", "Šiauliai", "Zarasai", "Žagarė"]
    assert sorted(towns, key=lambda town: collation.key(town, "lt")) == ordered
    english = sorted(towns, key=lambda town: collation.key(town, "en"))
    assert english.index("Šiauliai") < english.index("Skuodas")
    assert collation.key("39, 41", "en") < collation.key("156, 160", "en")


@pytest.mark.parametrize(
    ("order", "keys"),
    [
        ("?a ?b", [("a", False), ("b", False)]),
        ("DESC(?a) ASC( ?b ) LIMIT 5", [("a", True), ("b", False)]),
        ("LCASE(?a)", []),
    ],
)
def test_order_of_a_query_is_read(order: str, keys: list[tuple[str, bool]]) -> None:
    assert (
        sorted_by(f"SELECT ?a ?b {{ {{ SELECT ?a {{}} ORDER BY ?c }} }} ORDER BY {order}") == keys
    )


def test_problem_that_is_feared_is_no_plan(visitor: FlaskClient) -> None:
    path = "/query/introduction/findings-and-problems"
    assert "numatoma problema" in words(visitor.get(f"/lt{path}").text)
    assert "planuojama" not in words(visitor.get(f"/lt{path}").text.partition("<details")[0])
    assert "planuojama" in visitor.get(f"/lt{path}?format=csv").text, "the data say it as before"


def test_questions_about_what_came_later_say_so(library: Library, visitor: FlaskClient) -> None:
    for name in questions(library):
        told = words(visitor.get(f"/en/query/{name}").text).partition("Answer ")[0]
        assert ("what later sources report" in words(visitor.get(f"/en/query/{name}").text)) == (
            name.startswith("later/")
        ), (name, told)


def test_workbook_has_names_iris_sources_and_the_query(visitor: FlaskClient) -> None:
    path = "/lt/query/geography/partners-of-a-county?format=xlsx"
    answer = visitor.get(path)
    assert answer.status_code == 200
    rows, sources, query = openpyxl.load_workbook(BytesIO(answer.data)).worksheets
    found = [[cell.value for cell in row] for row in rows.iter_rows()]
    assert found[0] == [
        "Apskritis",
        "Apskritis (IRI)",
        "Partnerio būsena",
        "Savivaldybė",
        "Savivaldybė (IRI)",
        "Pavadinimas",
    ]
    assert found[1][:3] == [
        "Šiaulių apskritis",
        f"{ID}territory/siauliu-apskritis",
        "esamas partneris",
    ]
    assert len(found) == 8
    told = " ".join(str(cell.value) for row in sources.iter_rows() for cell in row)
    assert "Šiaulių apskritis" in told
    assert "CC BY 4.0" in told
    asked = "\n".join(str(row[0].value) for row in query.iter_rows())
    assert 'LANG(?status) = "lt"' in asked
    assert "#+" not in asked


def test_list_is_filtered_by_words_in_any_form(visitor: FlaskClient) -> None:
    page = visitor.get("/lt/query", query_string={"q": "nauda mokytojams"}).text
    assert "/lt/query/benefits/by-audience" in page
    assert "/lt/query/geography/" not in page
    none = visitor.get("/en/query", query_string={"q": "zzzz <b>"})
    assert none.status_code == 200
    assert "No question has these words" in none.text
    assert "zzzz <b>" not in none.text


def test_search_leads_to_questions(visitor: FlaskClient) -> None:
    page = visitor.get("/lt/search", query_string={"q": "nauda mokytojams"}).text
    assert "/lt/query/benefits/by-audience" in page.partition('id="questions"')[2]
    nothing = visitor.get("/en/search", query_string={"q": "qqqqqq"}).text
    assert 'id="questions"' not in nothing


def test_query_is_folded_and_in_the_language_of_the_page(visitor: FlaskClient) -> None:
    page = visitor.get("/en/query/bodies/compositions").text
    folded = page.partition('<details class="query-text">')[2].partition("</details>")[0]
    assert "LANG(?body) = &#34;en&#34;" in folded
    assert "<pre" not in page.partition("<details")[0].partition("<main")[2]
