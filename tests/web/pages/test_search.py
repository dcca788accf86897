"""Searching: what is found, in which order, how it is shown, and what is suggested."""

import html
import re

import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient

from steamkg.web.search_index import LONGEST, Piece, SearchIndex, fold, pieces
from steamkg.web.text_index import PASSAGE, TextIndex, passage

LABEL = ox.NamedNode("http://www.w3.org/2004/02/skos/core#prefLabel")
HIDDEN = ox.NamedNode("http://www.w3.org/2004/02/skos/core#hiddenLabel")
NAMES = [
    ("a", LABEL, "Šiauliai", "lt"),
    ("b", LABEL, "Šiaulių apskritis", "lt"),
    ("b", LABEL, "Šiauliai County", "en"),
    ("c", LABEL, "Vilniaus Šiaulių gatvė", "lt"),
    ("c", HIDDEN, "VŠG", "lt"),
    ("d", LABEL, "مدرسة العلوم", "ar"),
    ("e", LABEL, "x" * 10_000, "en"),
]


@pytest.fixture(scope="module")
def index() -> SearchIndex:
    """A few names."""
    return SearchIndex.of(
        {
            "thing": ox.NamedNode(f"x:{thing}"),
            "property": property_,
            "name": ox.Literal(text, language=language),
        }
        for thing, property_, text, language in NAMES
    )


def _found(index: SearchIndex, words: str) -> list[str]:
    return [match.entry.iri for match in index.find(words, ("lt", "en"))]


def test_marks_and_case_do_not_count(index: SearchIndex) -> None:
    assert _found(index, "SIAULIAI") == _found(index, "šiauliai") == ["x:a", "x:b"]


def test_whole_name_goes_before_beginning_before_word_before_part(index: SearchIndex) -> None:
    assert _found(index, "siauli") == ["x:a", "x:b", "x:c"]
    assert _found(index, "iauli")[0] == "x:a", "parts by length"


def test_all_words_must_occur_in_one_name(index: SearchIndex) -> None:
    assert _found(index, "gatve vilniaus") == ["x:c"]
    assert _found(index, "gatve apskritis") == []


def test_other_script_and_hidden_name_are_found(index: SearchIndex) -> None:
    assert _found(index, "العلوم") == ["x:d"]
    assert index.find("vsg", ("lt",))[0].name.preferred is False


@pytest.mark.parametrize("words", ["", "   ", "-.,", "\u0301"])
def test_nothing_to_search_for_finds_nothing(index: SearchIndex, words: str) -> None:
    assert _found(index, words) == []


def test_mistyped_name_is_nearly_found(index: SearchIndex) -> None:
    assert next(match.entry.iri for match in index.near("siaulaii", 3)) == "x:a"
    assert index.near("zzzzzz", 3) == [] == index.near("si", 3)


def test_characters_past_the_limit_do_not_count(index: SearchIndex) -> None:
    assert _found(index, "x" * LONGEST + "y") == ["x:e"]


def test_pieces_join_to_the_name_and_mark_what_was_found() -> None:
    assert pieces("Šiaulių universitetas", "siauliu") == (
        Piece(text="Šiaulių", found=True),
        Piece(text=" universitetas", found=False),
    )
    for text in ("ﬁnansai", "naïve ＡＢＣ", "e\u0301cole", "مدرسة"):
        assert "".join(piece.text for piece in pieces(text, "fi abc eco")) == text


def test_folded_ligature_is_its_letters() -> None:
    assert fold("ﬁŠ-9") == "fis 9"


def test_page_finds_with_and_without_lithuanian_letters(browser_like: FlaskClient) -> None:
    for words in ("ŽEMĖLAPIS", "zemelapis"):
        assert "id/section/map" in browser_like.get("/en/search", query_string={"q": words}).text
    assert "id/section/map" not in browser_like.get("/en/search?q=mapas").text


def test_page_marks_the_name_and_never_makes_markup(browser_like: FlaskClient) -> None:
    found = browser_like.get("/en/search?q=alert").text
    assert "&lt;script&gt;<mark>alert</mark>(" in found
    assert "<script>alert" not in found
    hostile = '")}<b>' * 50
    answer = browser_like.get("/en/search", query_string={"q": hostile})
    assert answer.status_code == 200
    assert "<b>" not in answer.text
    assert f"first {LONGEST} characters" in answer.text


def test_page_tells_the_other_name_kind_modality_and_status(browser_like: FlaskClient) -> None:
    found = html.unescape(browser_like.get("/lt/search?q=infobalt").text)
    assert "organizacija" in found
    assert "esamas partneris" in found
    assert "2020" in found
    assert "taip pat vadinama" in html.unescape(browser_like.get("/lt/search?q=script").text)


def test_page_that_finds_nothing_says_what_to_try(browser_like: FlaskClient) -> None:
    found = browser_like.get("/en/search?q=infobalti").text
    assert "Did you mean" in found
    assert "/en/id/organisation/infobalt" in found
    assert "Did you mean" not in browser_like.get("/en/search?q=qqqqqqqq").text


TEXTS = [
    ("a", "Padeda mokytojams rengti pamokas.", "lt"),
    ("a", "Helps teachers to prepare lessons.", "en"),
    ("b", "Mokytojų tobulinimas ir šalies mokykla.", "lt"),
    ("c", "Veiksmas.", "lt"),
    ("d", "x" * 10_000 + " mokytojas", "lt"),
]


@pytest.fixture(scope="module")
def texts() -> TextIndex:
    """A few descriptions."""
    return TextIndex.of(
        {"thing": ox.NamedNode(f"x:{thing}"), "text": ox.Literal(text, language=language)}
        for thing, text, language in TEXTS
    )


def _said(texts: TextIndex, words: str, *languages: str) -> list[str]:
    return [said.entry.iri for said in texts.find(words, languages or ("lt", "en"))]


@pytest.mark.parametrize("words", ["mokytojai", "MOKYTOJU", "mokytojas", "mokytojomis", "mokyt"])
def test_any_form_of_a_word_is_found(texts: TextIndex, words: str) -> None:
    assert set(_said(texts, words)) == {"x:a", "x:b", "x:d"}


def test_word_as_typed_goes_before_other_forms(texts: TextIndex) -> None:
    assert _said(texts, "mokytojų") == ["x:b", "x:a", "x:d"]


@pytest.mark.parametrize("words", ["veikla", "mokslas", "mo", "tojas", "mokytojas veiksmas", "-"])
def test_another_word_is_not_found(texts: TextIndex, words: str) -> None:
    assert _said(texts, words) == []


def test_what_a_document_says_goes_before_other_notes() -> None:
    note = {"thing": ox.NamedNode("x:note"), "text": ox.Literal("Mokytojai", language="lt")}
    said = {"thing": ox.NamedNode("x:said"), "text": ox.Literal("Mokytojams", language="lt")}
    both = TextIndex.of([note, {**said, "modality": ox.NamedNode("x:stated")}])
    assert _said(both, "mokytojai") == ["x:said", "x:note"]


def test_all_words_must_be_said_in_one_text(texts: TextIndex) -> None:
    assert _said(texts, "pamoka mokytojui") == ["x:a"]
    assert _said(texts, "lesson mokytojui") == []


def test_text_in_the_language_of_the_page_is_shown(texts: TextIndex) -> None:
    both = TextIndex.of(
        {"thing": ox.NamedNode("x:a"), "text": ox.Literal(text, language=language)}
        for text, language in (("Plan A", "en"), ("Planas A", "lt"))
    )
    for language, other in (("lt", "en"), ("en", "lt")):
        (said,) = both.find("plan", (language, other))
        assert said.language == language


def test_passage_is_cut_between_words_around_what_was_found() -> None:
    long = "žodis " * 100 + "mokytojų dalis " + "kitas " * 100
    found = passage(long, "mokytojas")
    assert [piece.text for piece in found if piece.found] == ["mokytojų"]
    whole = "".join(piece.text for piece in found)
    assert whole.startswith("… žodis ")
    assert whole.endswith(" kitas …")
    assert len(whole) <= PASSAGE + 4
    assert passage("Trumpas.", "nieko") == (Piece(text="Trumpas.", found=False),)


@pytest.mark.parametrize("text", ["x" * 1000, "x" * 1000 + " mokytojas " + "y" * 1000, ""])
def test_passage_of_text_without_spaces_is_cut_all_the_same(text: str) -> None:
    assert len("".join(piece.text for piece in passage(text, "mokytojas"))) <= PASSAGE + 4


def test_page_finds_a_statement_by_an_inflected_word(browser_like: FlaskClient) -> None:
    found = html.unescape(browser_like.get("/lt/search?q=koordinuoja").text)
    said = found.partition('id="said"')[2]
    assert 'href="/lt/id/task/coordinates"' in said
    assert "<mark>Koordinuotų</mark> tinklą." in said
    assert "uždavinys" in said
    assert "apie:" in said
    assert 'id="found"' not in found
    assert "task/coordinates" not in browser_like.get("/lt/suggest?q=koordinuot").text


def test_page_shows_names_before_texts_and_nothing_twice(browser_like: FlaskClient) -> None:
    found = html.unescape(browser_like.get("/en/search?q=network").text)
    assert found.index('id="found"') < found.index('id="said"')
    results = re.findall(r'<p class="name"><a href="([^"]+)"', found)
    assert len(results) == len(set(results))
    assert results.index("/en/id/network/tinklas") < results.index("/en/id/task/coordinates")


def test_text_in_another_language_is_shown_beside_the_own(browser_like: FlaskClient) -> None:
    said = browser_like.get("/en/search?q=koordinuoti").text.partition('id="said"')[2]
    assert "Would coordinate the network." in said
    assert '<bdi lang="lt"><mark>Koordinuotų</mark> tinklą.</bdi>' in html.unescape(said)


def test_results_of_both_kinds_are_paged_together(browser_like: FlaskClient) -> None:
    found: list[str] = []
    for number in (1, 2, 3, 4):
        page = browser_like.get(f"/en/search?q=o&page={number}").text
        found += re.findall(r'<p class="name"><a href="([^"]+)"', page)
    assert len(found) == len(set(found)) > 60


def test_results_are_paged(browser_like: FlaskClient) -> None:
    first = browser_like.get("/lt/search?q=imone").text
    last = browser_like.get("/lt/search?q=imone&page=99").text
    assert 'rel="next"' in first
    assert 'rel="next"' not in last
    assert first.count('<p class="name">') == 20
    assert "q=imone&amp;page=2" in first


@pytest.mark.parametrize("language", ["en", "lt", "sl"])
def test_suggestions_are_in_the_language(browser_like: FlaskClient, language: str) -> None:
    answer = browser_like.get(f"/{language}/suggest?q=tinkl").get_json()
    first = answer["suggestions"][0]
    assert first["href"] == f"/{language}/id/network/tinklas"
    assert first["name"] == ("Tinklas" if language == "lt" else "The network")
    assert first["matched"] == (None if language == "lt" else "Tinklas")
    assert first["kindLanguage"] == language


def test_suggestions_are_few_and_none_for_nothing(browser_like: FlaskClient) -> None:
    assert len(browser_like.get("/en/suggest?q=o").get_json()["suggestions"]) == 8
    assert browser_like.get("/en/suggest").get_json()["suggestions"] == []
