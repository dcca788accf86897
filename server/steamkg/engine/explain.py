"""Why the engine refused a query text, in words a person can use.

The parser's own place is where it gave up, which may be far behind the mistake, and its message
lists all it would have liked to see. Kept, but after the plain reason where one can be told.
"""

import re
from itertools import pairwise
from typing import Final

from steamkg.engine.failures import EngineFailure, Forbidden, QuerySyntaxError
from steamkg.engine.lexer import Token, tokens

_PLACE: Final = re.compile(r"^error at (\d+):(\d+): ")
_CHARACTER_CLASS: Final = re.compile(r",? ?\[(?:'[^]]*|_)\]")
_LONGEST: Final = 300
_FORMS: Final = ("SELECT", "CONSTRUCT", "ASK", "DESCRIBE")
_UPDATES: Final = frozenset(
    ("INSERT", "DELETE", "LOAD", "CLEAR", "CREATE", "DROP", "COPY", "MOVE", "ADD", "WITH")
)


def refusal(text: str, error: SyntaxError) -> EngineFailure:
    """The failure for a text that the engine's parser refused with ``error``."""
    message = str(error.msg or error)
    try:
        found = tokens(text)
    except QuerySyntaxError as unbalanced:
        return unbalanced
    return _no_query(text, found) or _undeclared_prefix(text, found) or _as_the_parser_says(message)


def refused_update(text: str, error: SyntaxError) -> EngineFailure:
    """The failure for an update that the engine's parser refused with ``error``."""
    message = str(error.msg or error)
    return _undeclared_prefix(text, tokens(text)) or _as_the_parser_says(message)


def _no_query(text: str, found: list[Token]) -> EngineFailure | None:
    first = _first_keyword(found)
    if first is None:
        return QuerySyntaxError.at(
            text, len(text), "there is no SELECT, CONSTRUCT, ASK or DESCRIBE"
        )
    if first.keyword in _UPDATES:
        return Forbidden(
            f"{first.keyword} is refused: this is a query endpoint, and its data are read-only"
        )
    if not first.keyword.startswith(_FORMS):
        return QuerySyntaxError.at(
            text,
            first.start,
            f"expected SELECT, CONSTRUCT, ASK or DESCRIBE and found '{first.text}'",
        )
    return None


def _first_keyword(found: list[Token]) -> Token | None:
    for token in found:
        if token.kind == "word" and token.keyword not in ("PREFIX", "BASE", "VERSION"):
            return token
    return None


def _undeclared_prefix(text: str, found: list[Token]) -> QuerySyntaxError | None:
    declared = {
        two.text for one, two in pairwise(found) if one.keyword == "PREFIX" and two.kind == "name"
    }
    for token in found:
        prefix = token.text.partition(":")[0] + ":"
        if token.kind == "name" and prefix not in declared:
            return QuerySyntaxError.at(text, token.start, f"the prefix {prefix} is not declared")
    return None


def _as_the_parser_says(message: str) -> QuerySyntaxError:
    place = _PLACE.match(message)
    reason = " ".join(_CHARACTER_CLASS.sub("", _PLACE.sub("", message)).split())
    if len(reason) > _LONGEST:
        reason = reason[:_LONGEST].rsplit(",", 1)[0] + " …"
    if place is None:
        return QuerySyntaxError(reason, line=1, column=1)
    return QuerySyntaxError(reason, line=int(place[1]), column=int(place[2]))
