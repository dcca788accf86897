"""The tokens of a SPARQL query, exact enough to decide what the query may ask for.

Terminals of SPARQL 1.1 §19.8, read as Oxigraph reads them. Two things need more than a table of
patterns. ``<`` opens an IRI or is "less than", which only the surroundings tell: ``?a<'x>y'`` is a
comparison in ``FILTER(…)`` and would hide what follows it if taken for an IRI. And keywords are
found without spaces around them (``SERVICESILENT<…>``), because Oxigraph accepts that.

Grammar is left to the engine: a text without tokens that can be right is refused here only where
guessing on would be unsafe (a bracket or a quote without its partner).
"""

import re
from typing import Final, NamedTuple

from steamkg.engine.failures import QuerySyntaxError
from steamkg.graph.terminals import (
    BASE_CHARACTER,
    LOCAL,
    NAME_CHARACTER,
    PREFIX,
    VARIABLE_CHARACTER,
)

_TERMINALS: Final = re.compile(
    "|".join(
        (
            r"(?P<space>[ \t\r\n]+|#[^\r\n]*)",
            r'(?P<string>"""(?:"{0,2}(?:[^"\\]|\\.))*"""'
            r"|'''(?:'{0,2}(?:[^'\\]|\\.))*'''"
            r'|"(?:[^"\\\r\n]|\\.)*"'
            r"|'(?:[^'\\\r\n]|\\.)*')",
            r'(?P<iri><(?:[^\x00-\x20<>"{}|^`\\]|\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8})*>)',
            rf"(?P<blank>_:[{BASE_CHARACTER}_0-9][{NAME_CHARACTER}]*"
            rf"(?:\.+[{NAME_CHARACTER}]+)*)",
            rf"(?P<name>{PREFIX}:{LOCAL})",
            rf"(?P<variable>[?$][{VARIABLE_CHARACTER}]+)",
            r"(?P<language>@[A-Za-z]+(?:-[A-Za-z0-9]+)*)",
            r"(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)[eE][+-]?[0-9]+|[0-9]*\.[0-9]+|[0-9]+)",
            r"(?P<word>[A-Za-z_][A-Za-z_0-9]*)",
            r"(?P<other><<|>>|.)",
        )
    ),
    re.DOTALL,
)

_OPERANDS: Final = frozenset(("string", "iri", "blank", "name", "variable", "language", "number"))
_PARTNERS: Final = {")": "(", "]": "[", "}": "{", ">>": "<<"}


class Token(NamedTuple):
    """A piece of the text: ``kind`` as in the table above, its characters, where it starts.

    ``depth`` counts the brackets that are open around it.
    """

    kind: str
    text: str
    start: int
    depth: int

    @property
    def keyword(self) -> str:
        """The word in capitals; empty for everything that is no bare word."""
        return self.text.upper() if self.kind == "word" else ""


class _Level:
    """An open bracket; ``clause`` is the keyword under which parentheses hold expressions."""

    __slots__ = ("bracket", "clause", "expression", "start")

    def __init__(self, bracket: str, start: int, *, expression: bool = False) -> None:
        self.bracket = bracket
        self.start = start
        self.expression = expression
        self.clause = ""


def tokens(text: str) -> list[Token]:
    """The tokens of ``text`` without white space and comments.

    Raises QuerySyntaxError for a bracket or quote without its partner: from there on nothing
    could be said for certain about what the engine would read.
    """
    found: list[Token] = []
    levels = [_Level("", 0)]
    position = 0
    while position < len(text):
        match = _TERMINALS.match(text, position)
        if match is None:  # every character matches "other"
            raise AssertionError(position)
        kind, piece = str(match.lastgroup), match.group()
        if kind == "space":
            position = match.end()
            continue
        if piece[0] == "<" and len(piece) > 1 and levels[-1].expression and _operand(found):
            kind, piece = "other", "<"
        elif piece == ">>" and levels[-1].bracket != "<<":
            piece = ">"
        token = Token(kind, piece, position, len(levels) - 1)
        if kind == "other":
            _bracket(text, token, found, levels)
        elif kind == "word":
            _clause(levels[-1], token)
        found.append(token)
        position += len(piece)
    if len(levels) > 1:
        opened = levels[-1]
        raise QuerySyntaxError.at(text, opened.start, f"'{opened.bracket}' is never closed")
    return found


def _operand(found: list[Token]) -> bool:
    """Whether a value has just ended, so that ``<`` in an expression compares."""
    if not found:
        return False
    last = found[-1]
    return last.kind in _OPERANDS or last.text in _PARTNERS or last.keyword in ("TRUE", "FALSE")


def _clause(level: _Level, token: Token) -> None:
    if token.keyword in ("SELECT", "DISTINCT", "REDUCED", "BY", "HAVING", "FILTER"):
        level.clause = token.keyword


def _bracket(text: str, token: Token, found: list[Token], levels: list[_Level]) -> None:
    """Open or close a bracket, and tell the parentheses of expressions from the others.

    Others are collections, property paths, rows of VALUES and triple terms, where values stand
    side by side and ``<`` after a value opens an IRI.
    """
    level = levels[-1]
    if token.text in ("'", '"'):
        raise QuerySyntaxError.at(text, token.start, f"the quote {token.text} is never closed")
    if token.text in ("{", "[", "<<"):
        levels.append(_Level(token.text, token.start))
    elif token.text == "(":
        if level.bracket in ("(", "<<"):
            expression = level.expression
        else:
            word = found[-1].keyword if found else ""
            expression = bool(level.clause) or word not in ("", "A", "TRUE", "FALSE")
        levels.append(_Level("(", token.start, expression=expression))
    elif token.text in _PARTNERS:
        if level.bracket != _PARTNERS[token.text]:
            raise QuerySyntaxError.at(text, token.start, f"'{token.text}' closes nothing")
        levels.pop()
        if levels[-1].clause == "FILTER" and token.text in (")", "}"):
            levels[-1].clause = ""
