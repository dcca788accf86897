"""The lexer against the engine's own parser, which is what it has to agree with."""

from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steamkg.engine.dataset import view
from steamkg.engine.failures import Forbidden, QuerySyntaxError
from steamkg.engine.lexer import tokens
from steamkg.engine.question import Question
from steamkg.engine.store import Stores

# Port 1 is one that the engine's HTTP client refuses by itself: it is seen to try, dials nothing.
NOWHERE = "<http://127.0.0.1:1/>"


def kinds(text: str) -> list[tuple[str, str]]:
    return [(token.kind, token.text) for token in tokens(text)]


@pytest.mark.parametrize(
    "literal",
    [
        "'SERVICE'",
        '"FROM <g>"',
        "'''it's # no \" comment'''",
        '"""two "" quotes and a \\""""',
        r"'\\'",
        r'"\u0022"',
    ],
)
def test_string_is_one_token(literal: str) -> None:
    assert kinds(f"SELECT ({literal} AS ?x) {{}}")[2] == ("string", literal)


def test_comment_ends_with_its_line() -> None:
    assert kinds("ASK # {SERVICE <x> '\n{}")[1:] == [("other", "{"), ("other", "}")]


def test_hash_in_an_iri_is_no_comment() -> None:
    assert ("iri", "<http://x/#a>") in kinds("ASK {<http://x/#a> ?p ?o}")


@pytest.mark.parametrize(
    ("text", "compared"),
    [
        ("ASK {?s ?p ?a FILTER(?a<'x>y')}", True),
        ("ASK {?s ?p ?a FILTER(STR(?a)<'x>y')}", True),
        ("SELECT ?b (?a<'x>y' AS ?c) {}", True),
        ("ASK {} ORDER BY ?x (?a<'x>y')", True),
        ("ASK {FILTER EXISTS{?s <p> 1} ?s <p> (1 <'x>)}", False),
        ("ASK {FILTER(1<2) ?s ?p (?a <'x>)}", False),
        ("ASK {?s (<a>|<'x>) ?o}", False),
        ("ASK {?s a (?a <'x>)}", False),
        ("ASK {VALUES (?a ?b) {(1 <'x>)}}", False),
        ("ASK {FILTER(<<( ?s <'x> ?o )>> = ?t)}", False),
    ],
)
def test_less_than_is_told_from_an_iri(text: str, compared: bool) -> None:
    assert (("iri", "<'x>") not in kinds(text)) is compared


@pytest.mark.parametrize("text", ["ASK {", "ASK {?s ?p (1}", "ASK }", "ASK {?s ?p 'x}"])
def test_partner_missing_is_a_syntax_error(text: str) -> None:
    with pytest.raises(QuerySyntaxError):
        tokens(text)


def test_place_counts_lines_and_characters() -> None:
    with pytest.raises(QuerySyntaxError) as caught:
        tokens("ASK {\n 'ąč' ?p (1 }")
    assert (caught.value.line, caught.value.column) == (2, 13)


def test_every_valid_query_of_the_w3c_suite_is_lexed(shared: Path) -> None:
    checked = 0
    for file in sorted((shared / "w3c").rglob("*.rq")):
        text = file.read_text(encoding="utf-8")
        try:
            ox.Store().query(text, base_iri="http://example.org/")
        except (SyntaxError, RuntimeError, OSError):
            continue
        tokens(text)
        checked += 1
    assert checked > 100


PIECES = st.lists(
    st.sampled_from(
        [
            "?a<'x>y'",
            "?a <'x>",
            " FILTER(",
            ")",
            "(",
            "{",
            "}",
            " ?s ?p ?o .",
            "?s <it's#> 'q' .",
            "'q'",
            '"',
            "'",
            "'''",
            " # c\n",
            "#",
            f" SERVICE SILENT {NOWHERE} {{}}",
            f"SERVICESILENT{NOWHERE}{{}}",
            "SERVICE?s{}",
            "SERVICE SILENT n:x{}",
            "SERVICESILENTn:x{}",
            "GRAPH ?g {",
            " OPTIONAL {",
            "BIND(1 AS ?z)",
            "<",
            ">",
            "<<(",
            ")>>",
            "&&",
            " ",
            "\n",
            "n:service ",
            "?service ",
            "_:service ",
            "@en",
            "1.",
            "true",
            "[",
            "]",
            "a",
            ",",
            ";",
            ".",
        ]
    ),
    max_size=14,
)


def dials(text: str) -> bool:
    """Whether the engine takes ``text`` for a query that calls another host."""
    store = ox.Store()
    node = ox.NamedNode("http://127.0.0.1:1/")
    store.add(ox.Quad(node, node, node))
    loud = text.replace("SILENT", "      ")
    try:
        results = store.query(loud)
        if not isinstance(results, ox.QueryBoolean):
            list(results)
    except SyntaxError:
        return False
    except (OSError, RuntimeError) as error:
        return "port 1" in str(error) or "service" in str(error).casefold()
    return False


@settings(max_examples=1500, deadline=None)
@given(PIECES)
def test_no_query_that_dials_passes(stores: Stores, pieces: list[str]) -> None:
    text = f"PREFIX n: {NOWHERE} SELECT * {{ ?s ?p ?o {''.join(pieces)} }}"
    if dials(text):
        with pytest.raises((Forbidden, QuerySyntaxError)):
            view(stores, Question(text=text))
