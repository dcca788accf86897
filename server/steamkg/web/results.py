"""An answer as a page shows it: a table, Turtle, or yes and no; and a refused query, explained.

The page shows the beginning of a long result and says so; the downloads hold all of it.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

import pyoxigraph as ox
from flask_babel import format_decimal, ngettext

from steamkg.engine.question import Answer
from steamkg.graph.names import PREFIXES
from steamkg.web import links
from steamkg.web.facts import Shown, show
from steamkg.web.naming import Names, Text, Title

ROWS: Final = 500
CHARACTERS: Final = 200_000
SOLUTIONS: Final = "application/sparql-results+json"
TRIPLES: Final = "text/turtle"

_NUMBERS: Final = frozenset(
    PREFIXES["xsd"] + name
    for name in ("integer", "decimal", "double", "float", "positiveInteger", "nonNegativeInteger")
)
_WORD: Final = re.compile(r"[?$@]?\w+(?::\w*)?|\S")
_STRING: Final = PREFIXES["xsd"] + "string"


@dataclass(frozen=True, kw_only=True)
class Column:
    """A variable of the result; ``number`` when all its values are numbers."""

    name: str
    number: bool


@dataclass(frozen=True, kw_only=True)
class Table:
    """The first rows of ``total``."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Shown | None, ...], ...]
    total: int


@dataclass(frozen=True, kw_only=True)
class Download:
    """A link to the complete result in one format."""

    label: str
    media_type: str
    href: str


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of a query: one of table, text and verdict is given."""

    milliseconds: str
    table: Table | None = None
    text: str | None = None
    triples: int = 0
    cut: bool = False
    verdict: bool | None = None
    downloads: tuple[Download, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line of a refused query; ``marked`` is where the parser stopped."""

    before: str
    marked: str = ""
    after: str = ""
    at_fault: bool = False


def outcome(answer: Answer, downloads: Iterable[Download] = ()) -> Outcome:
    """The answer, which has the form SOLUTIONS or TRIPLES, made ready for its page."""
    pattern = "#,##0.0" if answer.seconds < 1 else "#,##0"
    milliseconds = format_decimal(answer.seconds * 1000, pattern)
    found = tuple(downloads)
    if answer.form in ("CONSTRUCT", "DESCRIBE"):
        text = answer.body.decode()
        cut = len(text) > CHARACTERS
        shown = text[: text.rfind("\n", 0, CHARACTERS) + 1] if cut else text
        return Outcome(
            milliseconds=milliseconds,
            text=shown,
            triples=sum(1 for _ in ox.parse(answer.body, ox.RdfFormat.TURTLE)),
            cut=cut,
            downloads=found,
        )
    results = ox.parse_query_results(answer.body, ox.QueryResultsFormat.JSON)
    if isinstance(results, ox.QueryBoolean):
        return Outcome(milliseconds=milliseconds, verdict=bool(results), downloads=found)
    return Outcome(milliseconds=milliseconds, table=_table(results), downloads=found)


def listing(text: str, line: int, column: int) -> tuple[Line, ...]:
    """The lines of a query with the word at ``line`` and ``column`` (from 1) marked."""
    lines = text.split("\n")
    found = []
    for number, content in enumerate(lines, start=1):
        if number != line:
            found.append(Line(before=content))
            continue
        start = min(max(column - 1, 0), len(content))
        end = min(start + 1, len(content))
        for word in _WORD.finditer(content):
            if word.start() <= start < word.end():
                start, end = word.span()
        marked = content[start:end] or " "
        found.append(
            Line(before=content[:start], marked=marked, after=content[end:], at_fault=True)
        )
    return tuple(found)


def _table(results: ox.QuerySolutions) -> Table:
    names = [variable.value for variable in results.variables]
    nameless = Names(())
    rows: list[tuple[Shown | None, ...]] = []
    numeric = [True] * len(names)
    seen = [False] * len(names)
    total = 0
    for solution in results:
        total += 1
        if total > ROWS:
            continue
        row: list[Shown | None] = []
        for index in range(len(names)):
            value = solution[index]
            if value is not None:
                seen[index] = True
                numeric[index] = numeric[index] and _is_number(value)
            row.append(_cell(value, nameless))
        rows.append(tuple(row))
    columns = tuple(
        Column(name=name, number=seen[index] and numeric[index]) for index, name in enumerate(names)
    )
    return Table(
        caption=_caption(total),
        columns=columns,
        rows=tuple(rows),
        total=total,
    )


def _caption(total: int) -> str:
    many = format_decimal(total)
    if total <= ROWS:
        return str(ngettext("Result, %(count)s row", "Result, %(count)s rows", total, count=many))
    return str(
        ngettext(
            "Result, first %(shown)s of %(count)s row",
            "Result, first %(shown)s of %(count)s rows",
            total,
            shown=format_decimal(ROWS),
            count=many,
        )
    )


def _is_number(value: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple) -> bool:
    return isinstance(value, ox.Literal) and value.datatype.value in _NUMBERS


def _cell(
    value: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple | None, nameless: Names
) -> Shown | None:
    if value is None:
        return None
    if isinstance(value, ox.Literal) and _is_number(value):
        return Shown(title=Title(parts=(Text(text=value.value),)))
    if isinstance(value, ox.NamedNode):
        return Shown(
            title=Title(parts=(Text(text=links.short(value.value)),)),
            iri=value.value,
            href=links.href(value.value),
            outside=links.outside(value.value),
        )
    shown = show(value, nameless)
    if isinstance(value, ox.Literal) and not value.language and value.datatype.value != _STRING:
        return replace(shown, datatype=Text(text=links.short(value.datatype.value)))
    return shown
