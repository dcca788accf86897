"""A stored query in another language than the one it is written in.

Queries pick each label by a comparison ``LANG(?name) = "lt"``. Nothing else in a query says in
which language it answers, so a query in the reader's language is the same query with another code
there. The code comes from our list of languages, never from a request.
"""

from collections.abc import Collection, Iterator
from typing import Final

from steamkg.engine.lexer import Token, tokens

CONTENT: Final = ("en", "lt")
"""The languages in which everything is named and described."""


def in_language(text: str, language: str, fixed: Collection[str] = ()) -> str:
    """``text`` with its labels in ``language``, but for the variables in ``fixed``."""
    parts: list[str] = []
    end = 0
    for variable, code in _choices(tokens(text)):
        if variable not in fixed:
            parts += [text[end : code.start], f'"{language}"']
            end = code.start + len(code.text)
    return "".join([*parts, text[end:]])


def chosen(text: str) -> dict[str, str]:
    """The variables whose language a query chooses, each with the code."""
    return {variable: code.text[1:-1] for variable, code in _choices(tokens(text))}


def _choices(found: list[Token]) -> Iterator[tuple[str, Token]]:
    """Each ``LANG(?variable) = "code"``: the variable, and the token of the code."""
    for place, token in enumerate(found[:-5]):
        opening, variable, closing, sign, code = found[place + 1 : place + 6]
        words = opening.text + closing.text + sign.text
        if token.keyword == "LANG" and words == "()=" and code.kind == "string":
            yield variable.text[1:], code
