"""What a name may mean: scores, reasons and verdicts, on a few names and on the real graph."""

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from steamkg.graph.names import ENTITY, PREFIXES
from steamkg.linking.catalogue import Catalogue, Found, NameRow, UnknownKindError
from steamkg.linking.matching import Comparison, Rarity, compare
from steamkg.linking.spelling import fold, stem, take_apart

PREFERRED = PREFIXES["skos"] + "prefLabel"
EVEN = Rarity(100, {})


def named(*pairs: tuple[str, str]) -> Catalogue:
    """A catalogue of ``kind/slug`` and name."""
    return Catalogue(
        NameRow(thing=ENTITY + thing, relation=PREFERRED, name=name, language="lt")
        for thing, name in pairs
    )


FEW = named(
    ("organisation/ktu", "Kauno technologijos universitetas"),
    ("organisation/vu", "Vilniaus universitetas"),
    ("organisation/vu-planetariumas", "Vilniaus universiteto planetariumas"),
    ("organisation/alytaus-miesto", "Alytaus miesto savivaldybė"),
    ("organisation/alytaus-rajono", "Alytaus rajono savivaldybė"),
    ("territory/alytaus-miesto", "Alytaus miesto savivaldybė"),
    ("organisation/chambers", "Kauno prekybos, pramonės ir amatų rūmai"),
    ("organisation/emundus", "VšĮ „eMundus“"),
)


def best(found: Found) -> tuple[str, str]:
    first = found.candidates[0]
    return first.thing.removeprefix(ENTITY), first.reason


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("Kauno technologijos universitetas", "same name"),
        (
            "„KAUNO  technologijos universitetas“",
            "same name but for capitals, quotes or punctuation",
        ),
        ("Kauno technologijos universitetas (KTU)", "same name with its abbreviation"),
        ("universitetas Kauno technologijos", "same words in another order"),
        ("Kauno technologijos universiteto", "another grammatical ending"),
        ("Kauno technologijos univ.", "words shortened"),
        ("Kauno technlogijos universitetas", "one letter differs"),
        ("KTU", "abbreviation by initials: KTU"),
        ("ktu", "abbreviation by initials: ktu"),
        ("UAB Kauno technologijos universitetas", "legal form “UAB” only in the list"),
        ("technologijos universitetas", "the list lacks “Kauno”"),
    ],
)
def test_the_reason_is_said_in_plain_words(written: str, reason: str) -> None:
    assert best(FEW.find(written)) == ("organisation/ktu", reason)


def test_a_name_without_its_diacritics_is_found() -> None:
    assert best(FEW.find("Kauno prekybos, pramones ir amatu rumai")) == (
        "organisation/chambers",
        "without diacritics",
    )


@pytest.mark.parametrize(
    "written",
    ['VšĮ "eMundus"', "VŠĮ «eMundus»", "eMundus, viešoji įstaiga", "e-Mundus", "v.š.į. eMundus"],
)
def test_legal_forms_quotes_and_hyphens_do_not_matter_much(written: str) -> None:
    found = FEW.find(written)
    assert best(found)[0] == "organisation/emundus"
    assert found.candidates[0].score >= 95


def test_initials_pass_over_small_words_and_stand_among_others() -> None:
    assert best(FEW.find("KPPAR"))[0] == "organisation/chambers"
    assert best(FEW.find("Kauno PPAR"))[0] == "organisation/chambers"
    assert best(FEW.find("VU planetariumas"))[0] == "organisation/vu-planetariumas"


def test_a_university_is_not_taken_for_its_planetarium() -> None:
    found = FEW.find("Vilniaus universitetas")
    assert [one.thing.removeprefix(ENTITY) for one in found.candidates[:2]] == [
        "organisation/vu",
        "organisation/vu-planetariumas",
    ]
    assert found.verdict == "clear"


def test_a_municipality_and_its_territory_are_not_decided_between() -> None:
    found = FEW.find("Alytaus m. sav.", top=1)
    assert found.verdict == "ambiguous"
    assert {one.kind for one in found.candidates} == {"organisation", "territory"}


def test_an_area_is_not_clear_where_bodies_are_called_so_and_this_one_is_not_here() -> None:
    some = named(
        ("organisation/alytaus-miesto", "Alytaus miesto savivaldybė"),
        ("territory/kauno-rajono", "Kauno rajono savivaldybė"),
        ("territory/kauno-apskritis", "Kauno apskritis"),
    )
    found = some.find("Kauno rajono savivaldybė", top=1)
    assert (found.verdict, found.rivals, found.only_its_area) == ("ambiguous", 0, True)
    assert found.candidates[0].score == 100
    assert some.find("Kauno apskritis", top=1).verdict == "clear"


def test_an_area_is_clear_where_only_areas_were_asked_for() -> None:
    some = named(("territory/kauno-rajono", "Kauno rajono savivaldybė"))
    assert some.find("Kauno rajono savivaldybė").verdict == "clear"


def test_city_and_district_are_not_decided_between_when_neither_is_named() -> None:
    found = FEW.find("Alytaus savivaldybė")
    assert found.verdict == "ambiguous"
    assert found.rivals == 3
    assert {one.thing.removeprefix(ENTITY) for one in found.candidates} == {
        "organisation/alytaus-miesto",
        "organisation/alytaus-rajono",
        "territory/alytaus-miesto",
    }


def test_an_administration_is_another_body_and_the_reason_says_so() -> None:
    found = FEW.find("Alytaus miesto savivaldybės administracija")
    first = found.candidates[0]
    assert first.score < 80
    assert "perhaps a part of it or another body" in first.reason
    assert "the list also says “administracija”" in first.reason


def test_one_word_in_one_name_only_finds_it_without_being_clear() -> None:
    found = FEW.find("Planetariumas")
    assert best(found) == (
        "organisation/vu-planetariumas",
        "the list lacks “Vilniaus universiteto”",
    )
    assert found.verdict == "unsure"


def test_what_is_not_there_has_no_candidate() -> None:
    assert FEW.find("Tartu Ülikool", min_score=60).verdict == "none"


def test_a_short_word_is_not_taken_for_another_by_its_letters() -> None:
    assert compare(take_apart("Ra"), take_apart("Ru"), EVEN).score == 0


def test_an_unknown_kind_is_refused_with_those_that_there_are() -> None:
    rows = [NameRow(thing=ENTITY + "city/vilnius", relation=PREFERRED, name="Vilnius")]
    with pytest.raises(UnknownKindError, match=r"did you mean city\? There are: city"):
        Catalogue.of_kinds(rows, ["citi"])


def test_identifiers_addresses_and_labels_of_the_real_graph_are_found(catalogue: Catalogue) -> None:
    for written, thing, reason in (
        ("Q216", "city/vilnius", "its identifier in Wikidata"),
        ("http://www.wikidata.org/entity/Q216", "city/vilnius", "IRI of it in www.wikidata.org"),
        ("https://www.vu.lt/", "organisation/vilniaus-universitetas", "its home page"),
        ("Severna Makedonija", "country/north-macedonia", "same name"),
    ):
        assert best(catalogue.find(written)) == (thing, reason)


def test_candidates_of_the_real_graph_say_which_name_was_compared(catalogue: Catalogue) -> None:
    first = catalogue.find("Kaunas University of Technology").candidates[0]
    assert first.label == "Kauno technologijos universitetas"
    assert first.matched == "Kaunas University of Technology"


@given(st.text(max_size=60))
@example("...")
@example("UAB")
@example("„“")
@example("ß ﬁ Ǆ")
def test_any_text_gets_scores_in_order_between_0_and_100(written: str) -> None:
    scores = [one.score for one in FEW.find(written, top=20).candidates]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 100 and not math.isnan(score) for score in scores)


@given(st.text(max_size=40), st.text(max_size=40))
def test_comparing_is_reflexive_and_never_exceeds_the_same_name(mine: str, theirs: str) -> None:
    found = compare(take_apart(mine), take_apart(theirs), EVEN)
    assert isinstance(found, Comparison)
    assert (found.score == 100) == (mine == theirs)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Vilnius", "Vilniaus"),
        ("Kaunas", "Kauno"),
        ("Panevėžys", "Panevėžio"),
        ("Šiauliai", "Šiaulių"),
        ("Telšiai", "Telšiuose"),
        ("Utena", "Utenoje"),
        ("kolegija", "kolegijai"),
        ("savivaldybė", "savivaldybės"),
    ],
)
def test_cases_of_a_word_have_one_stem(one: str, other: str) -> None:
    assert stem(fold(one)) == stem(fold(other))
