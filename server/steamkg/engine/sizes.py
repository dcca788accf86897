"""How large a query and its result may be, counted in brackets, rows and triples.

Oxigraph writes a result by itself and tells nobody how many rows it has written, and handing them
over one by one to be counted would cost more than writing them. So rows are counted in what was
written, exactly: first by what can stand only between rows or inside a value, which is quick and
never too few; only if that is over the limit, again without the values.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final, TypeVar

from steamkg.engine.failures import QuerySyntaxError, QueryTooComplex, ResultTooLarge
from steamkg.engine.lexer import tokens

_OPENING: Final = ("{", "(", "[", "<<")
_JSON_STRING: Final = re.compile(rb'"(?:[^"\\]|\\.)*"')
_CSV_STRING: Final = re.compile(rb'"[^"]*"')

One = TypeVar("One")


def refuse_nesting(text: str, limit: int) -> None:
    """Raise QueryTooComplex where brackets are nested deeper than ``limit``."""
    # Most queries have fewer brackets than may be nested, and need no closer look.
    if sum(map(text.count, _OPENING)) <= limit:
        return
    try:
        found = tokens(text)
    except QuerySyntaxError:
        return  # the parser says it better
    for token in found:
        if token.depth > limit:
            at = QuerySyntaxError.at(text, token.start, "")
            raise QueryTooComplex(
                f"line {at.line}, column {at.column}: brackets are nested deeper than the {limit} "
                "levels that a query may have; bind inner results to variables, or ask in steps",
                limit=limit,
                line=at.line,
                column=at.column,
            )


def refuse_rows(body: bytes, media_type: str, limit: int) -> None:
    """Raise ResultTooLarge where a written result has more than ``limit`` rows."""
    counts = _COUNTS.get(media_type, ())
    if counts and all(count(body) > limit for count in counts):
        raise _too_many(limit, "rows")


def counted(triples: Iterable[One], limit: int) -> Iterator[One]:
    """The triples, up to ``limit`` of them. Raises ResultTooLarge at the next one."""
    for number, triple in enumerate(triples):
        if number >= limit:
            raise _too_many(limit, "triples")
        yield triple


def _too_many(limit: int, what: str) -> ResultTooLarge:
    return ResultTooLarge(
        f"the result has more than {limit:,} {what}; add a LIMIT, or ask for less", rows=limit
    )


def _json_at_most(body: bytes) -> int:
    return body.count(b"},{") + 1


def _json_exactly(body: bytes) -> int:
    # Without strings, "},{" stands between two rows and nowhere else.
    return _json_at_most(_JSON_STRING.sub(b"", body))


def _csv_at_most(body: bytes) -> int:
    return body.count(b"\n") - 1


def _csv_exactly(body: bytes) -> int:
    return _csv_at_most(_CSV_STRING.sub(b"", body))


def _elements(body: bytes) -> int:
    return body.count(b"<result>")  # in a value, "<" is written as a reference


def _lines(body: bytes) -> int:
    return body.count(b"\n")  # in a value, a line feed is written as \n


_COUNTS: Final[dict[str, tuple[Callable[[bytes], int], ...]]] = {
    "application/sparql-results+json": (_json_at_most, _json_exactly),
    "application/json": (_json_at_most, _json_exactly),
    "application/sparql-results+xml": (_elements,),
    "application/xml": (_elements,),
    "text/xml": (_elements,),
    "text/csv": (_csv_at_most, _csv_exactly),
    "text/tab-separated-values": (lambda body: _lines(body) - 1,),
    "application/n-triples": (_lines,),
    "application/n-quads": (_lines,),
}
