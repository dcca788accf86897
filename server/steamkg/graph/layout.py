"""House style of one Turtle file, so that two people's changes to the data never collide.

The rules: the header is ``@base`` and then the prefixes in use, sorted, as in the house table; one
block per subject, the blocks sorted by the subject as it is written (code points); no tabs, no
trailing blanks, one final line feed, text in NFC; and in data files no blank nodes, because what
has no name cannot be cited. IRIs of ours are ``id/<kind>/<slug>`` in lower-case ASCII.
"""

import re
import unicodedata
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from steamkg.graph.content import Kind
from steamkg.graph.findings import Finding
from steamkg.graph.names import BASE, ENTITY, PREFIXES, short
from steamkg.graph.turtle import Document

_SLUG: Final = r"[a-z0-9]+(?:-[a-z0-9]+)*"
_ENTITY_IRI: Final = re.compile(rf"{_SLUG}/{_SLUG}")
_FILE_NAME: Final = re.compile(rf"{_SLUG}")
_NOT_DATA: Final = frozenset({Kind.ONTOLOGY, Kind.SHAPES})


def findings(document: Document) -> Iterator[Finding]:
    """What in the file is not house style."""
    yield from _file_name(document)
    yield from _header(document)
    yield from _blocks(document)
    yield from _characters(document)
    yield from _entity_names(document)
    if document.file.kind not in _NOT_DATA:
        for token in document.blank_nodes:
            yield _finding(
                document,
                token.line,
                token.column,
                "blank-node",
                f'"{token.text}" makes a blank node; give the thing an IRI',
            )


def _finding(  # noqa: PLR0917
    document: Document, line: int, column: int, rule: str, message: str, focus: str = ""
) -> Finding:
    return Finding(
        file=document.file.name, line=line, column=column, rule=rule, message=message, focus=focus
    )


def _file_name(document: Document) -> Iterator[Finding]:
    """A data file's path becomes a graph's IRI, ``graph/<document>/<section>``."""
    if document.file.kind in _NOT_DATA:
        return
    parts = document.file.name.removesuffix(".ttl").split("/")[1:]
    if len(parts) < 2:
        message = "stands outside a folder; a data file is data/<document>/<section>.ttl"
        yield _finding(document, 1, 1, "file-name", message)
    for part in parts:
        if not _FILE_NAME.fullmatch(part):
            message = f'"{part}" is no slug (lower-case ASCII letters, digits and hyphens)'
            yield _finding(document, 1, 1, "file-name", message)


def _header(document: Document) -> Iterator[Finding]:
    directives = document.directives
    is_data = document.file.kind not in _NOT_DATA
    if is_data and not (directives and directives[0].prefix is None):
        yield _finding(document, 1, 1, "header", f"does not begin with @base <{BASE}> .")
    used = {
        name.token.text.partition(":")[0] for name in document.names if name.token.kind == "name"
    }
    first_block = document.blocks[0].line if document.blocks else None
    for position, directive in enumerate(directives):
        token = directive.token
        message = _header_fault(directive.prefix, directive.iri, position=position, used=used)
        if not message and token.kind != "at":
            message = f'write "@{token.text.lower()} … ." instead of "{token.text}"'
        if not message and first_block is not None and token.line > first_block:
            message = "stands after the first block; all prefixes come first"
        if message:
            yield _finding(document, token.line, token.column, "header", message)
    prefixes = [directive for directive in directives if directive.prefix is not None]
    for before, after in pairwise(prefixes):
        if str(before.prefix) >= str(after.prefix):
            yield _finding(
                document,
                after.token.line,
                after.token.column,
                "header",
                f'prefix "{after.prefix}:" comes before "{before.prefix}:" (each once, sorted)',
            )


def _header_fault(prefix: str | None, iri: str, *, position: int, used: set[str]) -> str:
    if prefix is None:
        if iri != BASE:
            return f"the base is <{BASE}>"
        return "@base comes first, and once" if position else ""
    if prefix not in PREFIXES:
        return f'prefix "{prefix}:" is not in the house table'
    if PREFIXES[prefix] != iri:
        return f'prefix "{prefix}:" is <{PREFIXES[prefix]}> in the house table, not <{iri}>'
    return "" if prefix in used else f'prefix "{prefix}:" is not used'


def _blocks(document: Document) -> Iterator[Finding]:
    seen: dict[str, int] = {}
    for block in document.blocks:
        if block.subject in seen and block.subject:
            yield _finding(
                document,
                block.line,
                block.column,
                "one-block",
                f"has a block already, in line {seen[block.subject]}",
                short(block.subject),
            )
        seen.setdefault(block.subject, block.line)
    for before, after in pairwise(document.blocks):
        if before.written > after.written:
            yield _finding(
                document,
                after.line,
                after.column,
                "order",
                f"{after.written} comes before {before.written}: blocks are sorted by subject",
                short(after.subject) if after.subject else "",
            )


def _characters(document: Document) -> Iterator[Finding]:
    text = document.text
    for number, line in enumerate(text.split("\n"), start=1):
        for pattern, message in (
            ("\t", "a tab; indent by four spaces"),
            ("\r", "a carriage return; lines end in a line feed alone"),
        ):
            if pattern in line:
                yield _finding(document, number, line.index(pattern) + 1, "white-space", message)
        bare = line.rstrip("\r")
        if bare != bare.rstrip():
            yield _finding(
                document, number, len(bare.rstrip()) + 1, "white-space", "blanks at the line's end"
            )
        if not unicodedata.is_normalized("NFC", line):
            column = next(
                (
                    at
                    for at, (mine, normal) in enumerate(
                        zip(line, unicodedata.normalize("NFC", line), strict=False), start=1
                    )
                    if mine != normal
                ),
                len(line),
            )
            yield _finding(
                document, number, column, "nfc", "a letter in pieces; write it composed (NFC)"
            )
    last = text.count("\n") + 1
    if text and not text.endswith("\n"):
        yield _finding(document, last, 1, "white-space", "no line feed at the end of the file")
    elif text.endswith("\n\n"):
        yield _finding(document, last - 1, 1, "white-space", "empty lines at the end of the file")


def _entity_names(document: Document) -> Iterator[Finding]:
    reported: set[str] = set()
    for name in document.names:
        rest = name.iri.removeprefix(ENTITY)
        if rest == name.iri or _ENTITY_IRI.fullmatch(rest) or name.iri in reported:
            continue
        reported.add(name.iri)
        yield _finding(
            document,
            name.token.line,
            name.token.column,
            "slug",
            "is not id/<kind>/<slug> in lower-case ASCII letters, digits and single hyphens",
            short(name.iri),
        )
