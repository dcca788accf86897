"""A lexer for Turtle and SPARQL text: where each name stands.

Follows the terminals of RDF 1.1 Turtle §6.5 and SPARQL 1.1 §19.8. It decides nothing about
grammar: the text has been, or will be, parsed by pyoxigraph, which alone says what is wrong with
it. What no terminal matches becomes a token of kind ``other``, one character long.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import urljoin

from steamkg.graph.terminals import BASE_CHARACTER, LOCAL, NAME_CHARACTER, PREFIX

_TERMINALS: Final = re.compile(
    "|".join(
        (
            r"(?P<space>[ \t\r\n]+)",
            r"(?P<comment>#[^\r\n]*)",
            r'(?P<string>"""(?:(?:"|"")?(?:[^"\\]|\\.))*"""'
            r"|'''(?:(?:'|'')?(?:[^'\\]|\\.))*'''"
            r'|"(?:[^"\\\r\n]|\\.)*"'
            r"|'(?:[^'\\\r\n]|\\.)*')",
            r'(?P<iri><(?:[^\x00-\x20<>"{}|^`\\]|\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8})*>)',
            rf"(?P<blank>_:[{BASE_CHARACTER}_0-9](?:[{NAME_CHARACTER}.]*[{NAME_CHARACTER}])?)",
            rf"(?P<name>{PREFIX}:{LOCAL})",
            r"(?P<variable>[?$][A-Za-z_0-9\u00b7-\uffff]+)",
            r"(?P<at>@[A-Za-z]+(?:-[A-Za-z0-9]+)*)",
            r"(?P<number>[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)[eE][+-]?[0-9]+"
            r"|[+-]?[0-9]*\.[0-9]+|[+-]?[0-9]+)",
            r"(?P<word>[A-Za-z_][A-Za-z_0-9]*)",
            r"(?P<datatype>\^\^)",
            r"(?P<other>.)",
        )
    ),
    re.DOTALL,
)
_UNICODE_ESCAPE: Final = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
_LOCAL_ESCAPE: Final = re.compile(r"\\(.)")


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of text and its place; lines and columns count from 1, columns in characters."""

    kind: str
    text: str
    line: int
    column: int


def tokens(text: str) -> Iterator[Token]:
    """The tokens of ``text`` in order, without white space; comments are tokens too."""
    line, line_start = 1, 0
    for match in _TERMINALS.finditer(text):
        kind, piece = str(match.lastgroup), match.group()
        if kind != "space":
            yield Token(kind, piece, line, match.start() - line_start + 1)
        breaks = piece.count("\n")
        if breaks:
            line += breaks
            line_start = match.start() + piece.rindex("\n") + 1


class Resolver:
    """Turns written names into IRIs under the prefixes and the base declared so far."""

    def __init__(self, *, base: str, prefixes: dict[str, str] | None = None) -> None:
        self.base = base
        self.prefixes = dict(prefixes or {})

    def iri(self, token: Token) -> str | None:
        """The IRI that an ``iri`` or ``name`` token stands for; None for an unknown prefix."""
        if token.kind == "iri":
            written = _UNICODE_ESCAPE.sub(
                lambda escape: chr(int(escape[1] or escape[2], 16)), token.text[1:-1]
            )
            resolved = urljoin(self.base, written)
            # urljoin drops an empty fragment ("ontology#"), which is part of an IRI.
            drops_fragment = written.endswith("#") and not resolved.endswith("#")
            return resolved + "#" if drops_fragment else resolved
        prefix, _, local = token.text.partition(":")
        namespace = self.prefixes.get(prefix)
        return None if namespace is None else namespace + _LOCAL_ESCAPE.sub(r"\1", local)
