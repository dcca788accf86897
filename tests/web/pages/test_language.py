"""In which language a page comes: by its address, else as the browser prefers."""

import re

import pyoxigraph as ox
import pytest
from flask import Flask
from flask.testing import FlaskClient

from steamkg.web.facts import show
from steamkg.web.language import LANGUAGES, current_language, fallback, local_path, register
from steamkg.web.naming import Names

LITHUANIAN = {"Accept-Language": "lt-LT,lt;q=0.9,en;q=0.5"}
WITHOUT = [
    "/",
    "/explore",
    "/explore/steam:Centre",
    "/search?q=tink",
    "/query",
    "/query/partners/companies?format=csv",
    "/editor?query=ASK%20%7B%7D",
    "/results?query=ASK+%7B%7D&dataset=asserted",
    "/graph",
    "/sparql",
    "/ontology",
    "/shapes",
    "/graph/model/business",
]


@pytest.mark.parametrize("path", WITHOUT)
def test_address_without_language_leads_to_the_one_preferred(
    browser_like: FlaskClient, path: str
) -> None:
    answer = browser_like.get(path, headers=LITHUANIAN)
    assert (answer.status_code, answer.location) == (302, f"/lt{path}")
    assert "Accept-Language" in answer.vary
    page = browser_like.get(answer.location)
    assert page.status_code == 200
    assert "Accept-Language" not in page.vary, "the address says it all"


@pytest.mark.parametrize(
    ("accepted", "chosen"),
    [
        ("lt", "lt"),
        ("sl-SI", "sl"),
        ("de, sl;q=0.5, lt;q=0.8", "lt"),
        ("de", "en"),
        ("*", "en"),
        ("lt;q=0, en;q=0.1", "en"),
        ("", "en"),
        ("x" * 5000, "en"),
        (";;;,,,q=", "en"),
    ],
)
def test_language_is_chosen_by_preference(
    browser_like: FlaskClient, accepted: str, chosen: str
) -> None:
    answer = browser_like.get("/explore", headers={"Accept-Language": accepted})
    assert answer.location == f"/{chosen}/explore"


def test_thing_leads_to_its_page_in_the_language_preferred(browser_like: FlaskClient) -> None:
    answer = browser_like.get("/id/body/board", headers=LITHUANIAN)
    assert (answer.status_code, answer.location) == (303, "/lt/id/body/board")
    assert {"Accept", "Accept-Language"} <= set(answer.vary)
    data = browser_like.get("/id/body/board?format=ttl", headers=LITHUANIAN)
    assert data.location == "/data/id/body/board.ttl"


def test_program_gets_the_description_of_the_service_and_no_page(program: FlaskClient) -> None:
    answer = program.get("/sparql", headers={"Accept": "text/turtle", **LITHUANIAN})
    assert (answer.status_code, answer.mimetype) == (200, "text/turtle")
    asked = program.get("/sparql?query=ASK%20%7B%7D", headers={"Accept": "text/html"})
    assert asked.status_code != 302, "a query is answered where it was asked"


@pytest.mark.parametrize("language", LANGUAGES)
def test_page_says_its_language_and_leads_to_itself_in_the_others(
    browser_like: FlaskClient, language: str
) -> None:
    answer = browser_like.get(f"/{language}/explore/steam:Partnership?page=2")
    assert answer.headers["Content-Language"] == language
    assert f'<html lang="{language}">' in answer.text
    switch = answer.text.partition('class="languages"')[2].partition("</nav>")[0]
    for other in LANGUAGES:
        address = f"/{other}/explore/steam:Partnership?page=2"
        assert f'<link rel="alternate" hreflang="{other}" href="{address}">' in answer.text
        link = f'<a href="{address}" lang="{other}" hreflang="{other}">'
        assert (link in switch) == (other != language)
    assert switch.count('aria-current="true"') == 1


def test_links_stay_in_the_language(browser_like: FlaskClient) -> None:
    page = browser_like.get("/lt/id/network/tinklas").text
    main = page.partition("<main")[2].partition("</main>")[0]
    ours = set(re.findall(r'href="(/[^"]*)"', main))
    assert "/lt/graph/model/business" in ours
    assert {link for link in ours if not link.startswith(("/lt/", "/data/"))} == set()


def test_unknown_language_is_404_with_the_three(browser_like: FlaskClient) -> None:
    answer = browser_like.get("/de/explore?page=2", headers=LITHUANIAN)
    assert answer.status_code == 404
    assert '<html lang="lt">' in answer.text
    for language in LANGUAGES:
        assert f'href="/{language}/explore?page=2"' in answer.text
    assert browser_like.get("/de/").status_code == 404
    assert 'href="/en/"' in browser_like.get("/de/no/such").text


def test_posted_form_is_answered_in_its_language(browser_like: FlaskClient) -> None:
    answer = browser_like.post("/sl/results", data={"query": "ASK {}"})
    assert answer.status_code == 200
    assert '<html lang="sl">' in answer.text
    assert 'href="/lt/results?query=ASK+%7B%7D"' in answer.text, "the query is not lost"
    assert 'action="/sl/results"' in answer.text


def test_address_of_a_page_stays_on_the_host(browser_like: FlaskClient) -> None:
    for path in ("//example.org/explore", "/%2F%2Fexample.org", "/explore//example.org"):
        location = browser_like.get(path).headers.get("Location", "/")
        assert re.match(r"/(?!/)", location.removeprefix("http://localhost")), location


def test_name_that_fell_back_says_its_language(browser_like: FlaskClient) -> None:
    page = browser_like.get("/sl/id/body/board").text
    heading = page.partition("<h1>")[2].partition("</h1>")[0]
    assert heading.startswith('<span lang="en">The board</span>')
    assert '<span class="language" title="English">' in heading
    lithuanian = browser_like.get("/lt/id/body/board").text
    assert "<h1>Valdyba</h1>" in lithuanian
    second = lithuanian.partition('class="other-name"')[2].partition("</p>")[0]
    assert '<span lang="en">The board</span>' in second


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["name of the body", "modality", "proposal", "as of 2020", "Lines 7–9"]),
        ("lt", ["tikrumas", "siūloma", "2020 metų duomenys", "7–9 eilutės", "Ką daro"]),
        ("sl", ["modalnost", "predlog", "stanje leta 2020", "Vrstice 7–9", "predlagani organ"]),
    ],
)
def test_facts_are_in_the_language_of_the_page(
    browser_like: FlaskClient, language: str, words: list[str]
) -> None:
    page = browser_like.get(f"/{language}/id/body/board").text
    assert [word for word in words if word not in page] == []


def test_word_of_the_page_s_language_goes_before_a_finer_one_in_another(
    browser_like: FlaskClient,
) -> None:
    # The shape calls the preferred name "name of the body", in English alone.
    english = browser_like.get("/en/id/body/board").text
    assert "name of the body</a>" in english
    lithuanian = browser_like.get("/lt/id/body/board").text
    assert "pagrindinis pavadinimas</a>" in lithuanian
    assert "name of the body" not in lithuanian


def test_titles_put_together_are_in_the_language(browser_like: FlaskClient) -> None:
    for language, title in (("lt", "esamas partneris"), ("sl", "obstoječi partner")):
        page = browser_like.get(f"/{language}/id/partnership/infobalt").text
        assert title in page.partition("<h1")[2].partition("</h1>")[0]


def test_stored_question_is_asked_in_the_language_it_has(browser_like: FlaskClient) -> None:
    path = "/query/provenance/where-a-triple-comes-from"
    assert "<h1>Iš kur paimtas nurodytas faktas</h1>" in browser_like.get(f"/lt{path}").text
    slovenian = browser_like.get(f"/sl{path}").text.partition("<h1>")[2]
    assert slovenian.startswith('<span lang="en">Where a given fact comes from</span>')


def test_numbers_are_written_as_the_language_does(browser_like: FlaskClient) -> None:
    query = "SELECT * { ?s ?p ?o } LIMIT 1500"
    for language, number in (("en", "1,500"), ("lt", "1\N{NO-BREAK SPACE}500"), ("sl", "1.500")):
        page = browser_like.get(f"/{language}/results", query_string={"query": query}).text
        assert f'<span class="number">{number}</span>' in page


def test_day_is_written_as_the_language_does() -> None:
    day = ox.Literal("2026-11-21", datatype=ox.NamedNode("http://www.w3.org/2001/XMLSchema#date"))
    app = Flask(__name__)
    register(app)
    for path, words in (("/lt/", "2026 m. lapkričio 21 d."), ("/sl/", "21. november 2026")):
        with app.test_request_context(path):
            assert show(day, Names(()), spoken=True).title.plain == words
            assert show(day, Names(())).title.plain == "2026-11-21", "a result is data"


def test_failure_is_told_in_the_language(browser_like: FlaskClient) -> None:
    answer = browser_like.get("/lt/id/centre/atlantis")
    assert answer.status_code == 404
    assert "Grafas nežino" in answer.text
    query = {"query": "SELECT ?s WHERE {\n ?s foo:bar ?o }"}
    wrong = browser_like.get("/sl/results", query_string=query)
    assert wrong.status_code == 400
    assert "Vrstica 2, stolpec 5:" in wrong.text
    format_ = browser_like.get("/id/body/board?format=docx", headers=LITHUANIAN)
    assert format_.status_code == 406
    assert "priimamo formato" in format_.text


def test_fallback_begins_with_the_language_and_is_stable() -> None:
    assert fallback("lt") == ("lt", "en", "sl", "")
    assert fallback("en") == ("en", "lt", "sl", "")
    assert fallback("sl") == ("sl", "en", "lt", "")
    assert fallback("de") == fallback("en")


def test_language_outside_a_request_is_english(pages_app: Flask) -> None:
    assert current_language() == "en"
    with pages_app.test_request_context("/lt/explore"):
        assert (current_language(), local_path("/query")) == ("lt", "/lt/query")
