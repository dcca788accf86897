"""One question evaluated in this process: forms, formats, limits, values bound from outside."""

import json

import pyoxigraph as ox
import pytest

from steamkg.engine.evaluate import evaluate
from steamkg.engine.failures import (
    Forbidden,
    NotExpressible,
    NotOffered,
    ParameterError,
    QuerySyntaxError,
    ResultTooLarge,
    Unsupported,
)
from steamkg.engine.question import Answer, Question
from steamkg.engine.store import Stores


def answer(stores: Stores, text: str, **options: object) -> Answer:
    return evaluate(stores, Question(text=text, **options), result_bytes=100_000)


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("SELECT * { ?s ?p ?o }", "SELECT"),
        ("ASK { ?s ?p ?o }", "ASK"),
        ("CONSTRUCT WHERE { ?s ?p ?o }", "CONSTRUCT"),
        ("# DESCRIBE\nPREFIX x: <http://x/> DESCRIBE x:a", "DESCRIBE"),
    ],
)
def test_answer_tells_its_form(stores: Stores, text: str, form: str) -> None:
    assert answer(stores, text).form == form


@pytest.mark.parametrize(
    "media_type",
    [
        "application/sparql-results+json",
        "application/sparql-results+xml",
        "text/csv",
        "text/tab-separated-values",
    ],
)
def test_solutions_are_the_same_in_every_format(stores: Stores, media_type: str) -> None:
    got = answer(stores, "SELECT ?o { <http://x/z> ?p ?o }", solutions=media_type)
    assert got.media_type == media_type
    assert b"three" in got.body
    chosen = ox.QueryResultsFormat.from_media_type(media_type)
    if media_type != "text/csv":  # pyoxigraph reads no CSV back: it has lost the types
        assert [row["o"] for row in ox.parse_query_results(got.body, chosen)] == [
            ox.Literal("three")
        ]


@pytest.mark.parametrize(
    "media_type",
    [
        "text/turtle",
        "application/n-triples",
        "application/trig",
        "application/n-quads",
        "application/rdf+xml",
        "application/ld+json",
    ],
)
def test_triples_are_the_same_in_every_format(stores: Stores, media_type: str) -> None:
    text = "CONSTRUCT WHERE { <http://x/z> ?p ?o }"
    got = answer(stores, text, triples=media_type)
    parsed = ox.parse(got.body, ox.RdfFormat.from_media_type(media_type))
    node = ox.NamedNode("http://x/z")
    assert [quad.triple for quad in parsed] == [
        ox.Triple(node, ox.NamedNode("http://x/q"), ox.Literal("three"))
    ]


def test_constructed_triples_are_a_set(stores: Stores) -> None:
    text = "CONSTRUCT { ?p <http://x/is> 1 } { ?s ?p ?o }"
    body = answer(stores, text, triples="application/n-triples").body
    assert len(body.splitlines()) == len(set(body.splitlines())) == 3


def test_turtle_uses_the_prefixes_of_the_query_that_it_needs(stores: Stores) -> None:
    text = "PREFIX b: <http://unused/> PREFIX x: <http://x/> DESCRIBE x:z"
    assert answer(stores, text).body.decode() == '@prefix x: <http://x/> .\nx:z x:q "three" .\n'


def test_form_without_an_agreed_format_is_not_offered(stores: Stores) -> None:
    with pytest.raises(NotOffered) as caught:
        answer(stores, "ASK {}", solutions=None)
    assert caught.value.details == {"form": "ASK"}


def test_result_over_the_limit_is_no_answer(stores: Stores) -> None:
    text = "SELECT * { ?s ?p ?o . ?a ?b ?c . ?d ?e ?f }"
    with pytest.raises(ResultTooLarge) as caught:
        evaluate(stores, Question(text=text), result_bytes=1000)
    assert caught.value.details == {"limit": 1000}


@pytest.mark.parametrize("media_type", ["application/sparql-results+xml", "application/xml"])
@pytest.mark.parametrize("character", ["\\u0001", "\\uFFFE"])
def test_character_that_xml_cannot_hold_is_refused(
    stores: Stores, media_type: str, character: str
) -> None:
    text = f"SELECT ('a{character}b' AS ?x) {{}}"
    with pytest.raises(NotExpressible):
        answer(stores, text, solutions=media_type)
    assert json.loads(answer(stores, text).body)["results"]["bindings"]


@pytest.mark.parametrize("triple", ["<urn:a> <http://x/1/> 1", "<urn:a> <http://x/p> 'a\\u0001'"])
def test_triple_that_rdf_xml_cannot_hold_is_refused(stores: Stores, triple: str) -> None:
    with pytest.raises(NotExpressible):
        answer(stores, f"CONSTRUCT {{ {triple} }} {{}}", triples="application/rdf+xml")


def test_value_is_bound_and_not_pasted(stores: Stores) -> None:
    text = "SELECT ?s ?o { ?s <http://x/q> ?o }"
    hostile = ox.Literal("three' } #")
    assert b"three" in answer(stores, text, bindings={"o": ox.Literal("three")}).body
    assert json.loads(answer(stores, text, bindings={"o": hostile}).body)["results"] == {
        "bindings": []
    }


@pytest.mark.parametrize("name", ["nowhere", "not a name"])
def test_value_for_no_variable_of_the_query_is_refused(stores: Stores, name: str) -> None:
    with pytest.raises(ParameterError):
        answer(stores, "SELECT ?s { ?s ?p ?o }", bindings={name: ox.Literal("x")})


@pytest.mark.parametrize(
    ("text", "line", "column", "reason"),
    [
        ("SELECT * {\n  ?s x:p ?o }", 2, 6, "the prefix x: is not declared"),
        ("PREFIX x: <urn:x>\nSELEC * {}", 2, 1, "expected SELECT"),
        ("SELECT * {\n ?s ?p ?o", 1, 10, "never closed"),
        ("SELECT * { ?s ?p 'x }", 1, 18, "never closed"),
        ("", 1, 1, "there is no SELECT"),
        ("SELECT ?x { ?s ?p }", 1, 20, "expected"),
        ("SELECT ?x { ?x a <foo bar> }", 1, 27, "IRI"),
    ],
)
def test_syntax_error_has_place_and_reason(
    stores: Stores, text: str, line: int, column: int, reason: str
) -> None:
    with pytest.raises(QuerySyntaxError) as caught:
        answer(stores, text)
    assert (caught.value.line, caught.value.column) == (line, column)
    assert reason in caught.value.reason


@pytest.mark.parametrize(
    "text",
    [
        "LOAD <http://elsewhere.example/>",
        "INSERT DATA { <urn:a> <urn:b> 1 }",
        "PREFIX x: <urn:x> DELETE WHERE { ?s ?p ?o }",
        "CLEAR ALL",
    ],
)
def test_update_is_refused_as_such(stores: Stores, text: str) -> None:
    with pytest.raises(Forbidden, match="read-only"):
        answer(stores, text)


def test_extension_function_is_the_query_s_own_fault(stores: Stores) -> None:
    with pytest.raises(Unsupported, match="urn:f"):
        answer(stores, "SELECT (<urn:f>(1) AS ?x) {}")
