"""Searching: what is found, in which order, how it is shown, and what is suggested."""

import html

import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient

from steamkg.web.search_index import LONGEST, Piece, SearchIndex, fold, pieces

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
