"""Counting: rows and triples in every format, brackets in every position."""

import pyoxigraph as ox
import pytest

from steamkg.engine.evaluate import evaluate
from steamkg.engine.failures import QueryTooComplex, ResultTooLarge
from steamkg.engine.question import Question
from steamkg.engine.sizes import refuse_nesting
from steamkg.engine.store import Stores

SOLUTIONS = (
    "application/sparql-results+json",
    "application/json",
    "application/sparql-results+xml",
    "text/xml",
    "text/csv",
    "text/tab-separated-values",
)
TRIPLES = (
    "text/turtle",
    "application/ld+json",
    "application/n-triples",
    "application/rdf+xml",
    "application/trig",
    "application/n-quads",
)
# Values that look like the end of a row in one of the formats.
ROWS = r"""SELECT ?a ?b { VALUES (?a ?b) {
  ("},{" "}},{\"x\"") (UNDEF UNDEF) ("\r\n\n" "<result>") ("\",\"" "a\\") (UNDEF "\t") } }"""


def stores() -> Stores:
    nothing = frozenset[str]()
    return Stores(
        everything=ox.Store(), asserted=ox.Store(), graphs=nothing, merged=nothing, overlaps=nothing
    )


@pytest.mark.parametrize("media_type", SOLUTIONS)
def test_rows_are_counted_exactly(media_type: str) -> None:
    question = Question(text=ROWS, solutions=media_type)
    assert evaluate(stores(), question, result_bytes=10_000, rows=5).body
    with pytest.raises(ResultTooLarge) as caught:
        evaluate(stores(), question, result_bytes=10_000, rows=4)
    assert caught.value.details == {"rows": 4}


@pytest.mark.parametrize("media_type", TRIPLES)
def test_triples_are_counted_exactly(media_type: str) -> None:
    template = r'<x:a> <x:p> "a\n.\n" , <x:b> , 3 .'
    question = Question(text=f"CONSTRUCT {{ {template} }} {{}}", triples=media_type)
    assert evaluate(stores(), question, result_bytes=10_000, rows=3).body
    with pytest.raises(ResultTooLarge):
        evaluate(stores(), question, result_bytes=10_000, rows=2)


@pytest.mark.parametrize(
    "text",
    ["ASK {{{{}}}}", "ASK { FILTER((((1)))) }", "ASK { ?s ?p [ ?q [ ?r [] ] ] }"],
)
def test_nesting_is_refused_past_the_limit(text: str) -> None:
    refuse_nesting(text, 5)
    with pytest.raises(QueryTooComplex, match="line 1, column") as caught:
        refuse_nesting(text, 2)
    assert caught.value.details["limit"] == 2


def test_brackets_that_are_no_nesting_do_not_count() -> None:
    refuse_nesting('ASK { FILTER("((((((" = "[[[[[[") } # {{{{{{{{{{', 2)
    refuse_nesting("ASK {" + "{} UNION {} UNION {} UNION" * 20 + "{} }", 2)
