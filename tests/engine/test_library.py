"""Stored queries: headers, parameters, expected rows."""

from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
import pytest

from steamkg.engine.evaluate import evaluate
from steamkg.engine.failures import ParameterError
from steamkg.engine.library import Library, LibraryError, StoredQuery
from steamkg.engine.store import Stores
from steamkg.graph.names import ASSERTED

GOOD = """\
#+ title@en: What stands in b
#+ title@lt: Kas yra b
#+ description@en: With: a colon.
# a plain comment
#+ parameter: node iri <http://x/b> The node to look at
#+ parameter: word string@lt <žodis su tarpais> A word
#+ parameter: number integer <5> A number

SELECT ?s ?node ?word ?number { ?s <http://x/p> ?node }
ORDER BY ?s
"""

Write = Callable[..., StoredQuery]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(text: str, expected: str | None = None) -> StoredQuery:
        folder = tmp_path / "topic"
        folder.mkdir(exist_ok=True)
        (folder / "name.rq").write_text(text, encoding="utf-8")
        if expected is not None:
            (folder / "name.csv").write_bytes(expected.encode())
        return Library.read(tmp_path)["topic/name"]

    return write


def test_header_is_read(write: Write) -> None:
    query = write(GOOD)
    assert query.titles == {"en": "What stands in b", "lt": "Kas yra b"}
    assert query.descriptions == {"en": "With: a colon."}
    assert query.dataset == "asserted"
    assert [(one.name, one.kind, one.default) for one in query.parameters] == [
        ("node", "iri", ox.NamedNode("http://x/b")),
        ("word", "string@lt", ox.Literal("žodis su tarpais", language="lt")),
        ("number", "integer", ox.Literal(5)),
    ]
    assert query.is_ordered


def test_question_has_dataset_and_values(write: Write) -> None:
    question = write(GOOD).question({"number": "7"})
    assert question.default_graphs == (ASSERTED,)
    assert question.bindings["number"] == ox.Literal(7)
    assert question.bindings["node"] == ox.NamedNode("http://x/b")
    everything = write("#+ dataset: all\nASK {}").question()
    assert everything.default_graphs == everything.named_graphs == ()


def test_question_is_asked_in_the_language_of_the_reader(write: Write) -> None:
    text = """\
#+ parameter: word string <žodis> A word
#+ default@en: word a word
#+ fixed: own
SELECT ?s ?word {
  ?s ?p ?name, ?own, ?word # LANG(?name) = "lt" in a comment
  FILTER(LANG(?name) = "lt" && lang( ?own )="sl" && ?word != "lt")
}"""
    query = write(text)
    english = query.question(language="en")
    assert 'FILTER(LANG(?name) = "en" && lang( ?own )="sl" && ?word != "lt")' in english.text
    assert '# LANG(?name) = "lt" in a comment' in english.text
    assert english.bindings["word"] == ox.Literal("a word")
    assert query.question().text == text
    assert query.question(language="lt").bindings["word"] == ox.Literal("žodis")


def test_open_parameters_and_notes_are_read(write: Write) -> None:
    query = write(
        "#+ note@en: For readers of the text.\n#+ parameter: s iri <x:s> A thing\n"
        "#+ open: s\n#+ among: s id/body/\nSELECT ?s { ?s ?p ?o }"
    )
    assert query.notes == {"en": "For readers of the text."}
    assert query.parameters[0].is_open
    assert query.parameters[0].among == "https://w3id.org/steamkg/id/body/"


@pytest.mark.parametrize(
    "values", [{"number": "x"}, {"node": "no iri"}, {"unknown": "x"}, {"node": "a b"}]
)
def test_value_that_does_not_fit_is_refused(write: Write, values: dict[str, str]) -> None:
    with pytest.raises(ParameterError, match=next(iter(values))):
        write(GOOD).question(values)


def test_stored_query_runs_with_its_defaults(write: Write, stores: Stores) -> None:
    question = write(GOOD).question(solutions="text/csv")
    rows = evaluate(stores, question, result_bytes=10_000).body.decode().splitlines()
    assert rows[0] == "s,node,word,number"
    assert "http://x/a,http://x/b,žodis su tarpais,5" in rows


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("#+ title@en: a\n#+ colour: red\nASK {}", 2, "unknown field"),
        ("#+ title: no language\nASK {}", 1, "needs a language"),
        ("#+ title@en: a\n#+ title@en: b\nASK {}", 2, "needs a language of its own"),
        ("#+ dataset: some\nASK {}", 1, "'all' or 'asserted'"),
        ("#+ nonsense\nASK {}", 1, "field: value"),
        ("#+ parameter: x iri\nASK { ?x ?y ?z }", 1, "name kind"),
        ("#+ parameter: x iri <no iri> A thing\nASK { ?x ?y ?z }", 1, "no iri"),
        ("#+ parameter: x integer <a> A thing\nASK { ?x ?y ?z }", 1, "no integer"),
        ("#+ parameter: x iri <urn:a> A\n#+ parameter: x iri <urn:a> B\nASK {?x ?y 1}", 2, "twice"),
        ("#+ parameter: x iri <urn:a> A thing\nASK { ?s ?y ?z }", 1, "no variable"),
        ("#+ open: x\nASK { ?x ?y ?z }", 1, "no parameter x"),
        ("#+ default@en: x words\nASK { ?x ?y ?z }", 1, "no parameter x"),
        ("#+ default: x words\nASK { ?x ?y ?z }", 1, "unknown field"),
        ("#+ fixed: x\nASK { ?x ?y ?z }", 1, "no language for x"),
        ("ASK {\n?s ?p 'x }", 2, "never closed"),
        ("\n\nASK { GRAPH ?g { ?s ?p ?o } }", 3, "dataset: all"),
    ],
)
def test_bad_query_file_is_named_with_its_line(
    write: Write, tmp_path: Path, text: str, line: int, reason: str
) -> None:
    with pytest.raises(LibraryError) as caught:
        write(text)
    assert str(caught.value).startswith(f"{tmp_path / 'topic' / 'name.rq'}:{line}:")
    assert reason in str(caught.value)


def test_file_that_is_not_utf_8_is_named(tmp_path: Path) -> None:
    (tmp_path / "bad.rq").write_bytes(b"ASK {} # \xff")
    with pytest.raises(LibraryError, match=r"bad\.rq:1: .*UTF-8"):
        Library.read(tmp_path)


@pytest.mark.parametrize(
    ("answer", "differences"),
    [
        (b"s,n\r\na,1\r\nb,2\r\nb,2\r\n", []),
        (b"s,n\r\nb,2\r\na,1\r\nb,2\r\n", []),
        (b"s,n\r\na,1\r\nb,2\r\n", ["missing: b,2"]),
        (b"s,n\r\na,1\r\nb,2\r\nb,2\r\nc,3\r\n", ["not expected: c,3"]),
        (b"n,s\r\n1,a\r\n", ["columns: expected [('s', 'n')], got [('n', 's')]"]),
    ],
)
def test_rows_are_compared_as_a_multiset(
    write: Write, answer: bytes, differences: list[str]
) -> None:
    query = write("SELECT ?s ?n { ?s ?p ?n }", "s,n\r\na,1\r\nb,2\r\nb,2\r\n")
    assert query.differences(answer) == differences


def test_order_counts_only_with_order_by(write: Write) -> None:
    query = write("SELECT ?s { ?s ?p ?n } ORDER BY ?s", "s\r\na\r\nb\r\n")
    assert query.differences(b"s\r\nb\r\na\r\n") == ["order: row 1 is b"]
    inner = write("SELECT ?s { { SELECT ?s { ?s ?p 1 } ORDER BY ?s } }", "s\r\na\r\nb\r\n")
    assert inner.differences(b"s\r\nb\r\na\r\n") == []


def test_query_without_expected_rows_cannot_be_compared(write: Write) -> None:
    with pytest.raises(LibraryError, match="no expected rows"):
        write("ASK {}").differences(b"")
