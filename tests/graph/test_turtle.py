"""Reading Turtle: what parses, where the blocks are, and what a broken file is told."""

from pathlib import Path

import pytest

from steamkg.graph import turtle
from steamkg.graph.content import DataFile, Kind
from steamkg.graph.findings import Finding
from steamkg.graph.tokens import Resolver, Token, tokens
from steamkg.graph.turtle import Document, Places

HEADER = (
    "@base <https://w3id.org/steamkg/> .\n@prefix steam: <https://w3id.org/steamkg/ontology#> .\n"
)


def read_text(tmp_path: Path, text: str | bytes) -> Document | Finding:
    path = tmp_path / "x.ttl"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    graph = "https://w3id.org/steamkg/graph/a/x"
    return turtle.read(DataFile(name="data/a/x.ttl", path=path, graph=graph, kind=Kind.SECTION))


def finding(tmp_path: Path, text: str | bytes) -> Finding:
    read = read_text(tmp_path, text)
    assert isinstance(read, Finding)
    return read


def document(tmp_path: Path, text: str) -> Document:
    read = read_text(tmp_path, text)
    assert isinstance(read, Document), read
    return read


def test_broken_turtle_is_reported_with_line_and_column(tmp_path: Path) -> None:
    found = finding(tmp_path, HEADER + "<id/a/b>\n    steam:x steam:y steam:z .\n")
    assert (found.file, found.line, found.column) == ("data/a/x.ttl", 4, 21)
    assert found.text().startswith("data/a/x.ttl:4:21: violation syntax: ")
    assert "Parser error" not in found.message


def test_truncated_file_is_reported_where_it_ends(tmp_path: Path) -> None:
    found = finding(tmp_path, HEADER + "<id/a/b> steam:x ")
    assert (found.line, found.rule) == (3, "syntax")
    assert "end" in found.message.lower()


def test_wrong_encoding_names_the_byte_and_its_place(tmp_path: Path) -> None:
    found = finding(tmp_path, HEADER.encode() + '<id/a/b> steam:x "Šiauliai" .'.encode("cp1257"))
    assert (found.line, found.column) == (3, 19)
    assert "not UTF-8: byte 0xd0" in found.message


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\xef\xbb\xbf" + HEADER.encode(), "byte order mark"),
        (b"PK\x03\x04\x00\x00", "null byte"),
        (b"<html><body>not found</body></html>", "is not a valid"),
        (HEADER.encode("utf-16"), "UTF-16"),
        (b"steam:a steam:b steam:c .", "prefix"),
        (b'<a> <b> "x"@en--ltr .', "direction"),
    ],
)
def test_what_is_not_our_turtle_is_a_clear_finding(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    found = finding(tmp_path, content)
    assert found.rule == "syntax"
    assert reason in found.message
    assert found.line >= 1


def test_missing_file_is_a_finding(tmp_path: Path) -> None:
    file = DataFile(name="data/a/b.ttl", path=tmp_path / "gone.ttl", graph="", kind=Kind.SECTION)
    found = turtle.read(file)
    assert isinstance(found, Finding)
    assert "No such file" in found.message


def test_blocks_are_found_past_strings_comments_and_brackets(tmp_path: Path) -> None:
    text = (
        HEADER
        + '<id/a/one> steam:p "a . b" , """two\nlines . <id/a/not>""" ; # <id/a/no> .\n'
        + "    steam:q 1.5 , [ steam:r ( 1 2 ) ; steam:s 'x' ] .\n\n"
        + "steam:two steam:p <id/a/one> .\n"
        + "[] steam:p 1 .\n"
    )
    blocks = document(tmp_path, text).blocks
    assert [(block.written, block.line) for block in blocks] == [
        ("<id/a/one>", 3),
        ("steam:two", 7),
        ("[", 8),
    ]
    assert [block.subject for block in blocks] == [
        "https://w3id.org/steamkg/id/a/one",
        "https://w3id.org/steamkg/ontology#two",
        "",
    ]


def test_sparql_style_directives_are_understood(tmp_path: Path) -> None:
    text = "BASE <http://x/>\nprefix s: <y#>\n<a> s:p s:b .\n"
    read = document(tmp_path, text)
    assert [(d.prefix, d.iri) for d in read.directives] == [
        (None, "http://x/"),
        ("s", "http://x/y#"),
    ]
    assert read.blocks[0].subject == "http://x/a"


def test_literals_keep_their_letters(tmp_path: Path) -> None:
    text = '@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .\n<a> <b> "05"^^xsd:integer .\n'
    (value,) = document(tmp_path, text).graph.objects()
    assert str(value) == "05"


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("steam:a.b.", ["name", "other"]),
        ("<a>.", ["iri", "other"]),
        ("'it\\'s' \"\"\"a \"quoted\" b\"\"\"", ["string", "string"]),
        ('"x"@lt-LT "3"^^xsd:integer', ["string", "at", "string", "datatype", "name"]),
        ("3.14 .5 -7 1e6 5.", ["number", "number", "number", "number", "number", "other"]),
        ("_:b1 ?x $y a # rest", ["blank", "variable", "variable", "word", "comment"]),
        ("?a < 5 && ?b", ["variable", "other", "number", "other", "other", "variable"]),
        ("steam:a\\,b steam:a%20b ąč:ę", ["name", "name", "name"]),
    ],
)  # fmt: skip
def test_lexer_cuts_text_at_the_terminals(text: str, kinds: list[str]) -> None:
    assert [token.kind for token in tokens(text)] == kinds


def test_lexer_counts_lines_and_columns_in_characters() -> None:
    found = [(token.text, token.line, token.column) for token in tokens('"ž\n" x:y\n  a')]
    # A line break ends a short string in Turtle, so the quotes stand alone here.
    assert found[-2:] == [("x:y", 2, 3), ("a", 3, 3)]


@pytest.mark.parametrize(
    ("written", "iri"),
    [
        ("<id/centre/vilnius>", "https://w3id.org/steamkg/id/centre/vilnius"),
        ("<http://www.w3.org/ns/org#>", "http://www.w3.org/ns/org#"),
        ("<ontology#>", "https://w3id.org/steamkg/ontology#"),
        ("<>", "https://w3id.org/steamkg/"),
        ("<\\u0061>", "https://w3id.org/steamkg/a"),
        ("p:a\\-b", "http://p/a-b"),
        ("unknown:a", None),
    ],
)
def test_written_names_resolve(written: str, iri: str | None) -> None:
    resolver = Resolver(base="https://w3id.org/steamkg/", prefixes={"p": "http://p/"})
    kind = "iri" if written.startswith("<") else "name"
    assert resolver.iri(Token(kind, written, 1, 1)) == iri


def test_place_is_the_block_in_the_file_that_says_it(tmp_path: Path) -> None:
    def named(name: str, kind: Kind, text: str) -> Document:
        path = tmp_path / name.replace("/", "-")
        path.write_text(HEADER + text)
        read = turtle.read(DataFile(name=name, path=path, graph="g:" + name, kind=kind))
        assert isinstance(read, Document)
        return read

    section = named("data/m/a.ttl", Kind.SECTION, "<id/a/b>\n    steam:p 1 .\n")
    label = named("data/label/en/ours.ttl", Kind.LABEL, "\n<id/a/b>\n    steam:q 1 .\n")
    places = Places([label, section])
    subject, steam = "https://w3id.org/steamkg/id/a/b", "https://w3id.org/steamkg/ontology#"
    assert (places.find(subject).file, places.find(subject).line) == ("data/m/a.ttl", 3)
    assert places.find(subject, steam + "q").file == "data/label/en/ours.ttl"
    assert places.find(subject, steam + "unsaid").file == "data/m/a.ttl"
    assert places.find("https://w3id.org/steamkg/id/a/c").line == 0
    assert subject in places
