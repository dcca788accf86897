"""The answer of a stored question as a table: columns with titles, rows in the reader's order.

A query sorts by code point, in which ``Š`` comes after ``Z``; here the rows are sorted again, by
the variables that the query names and in the order of the page's language. A column that only
repeats the name of a thing beside it, or the value that was asked about, is left to the files.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pyoxigraph as ox

from steamkg.engine.lexer import tokens
from steamkg.engine.library import StoredQuery
from steamkg.engine.question import Answer
from steamkg.web import collation, column_titles
from steamkg.web.language import current_language
from steamkg.web.naming import Names, Text
from steamkg.web.question_cells import Cell, Cells, Term
from steamkg.web.site import Site

_NUMBERED: Final = (int, float)
_ENDS: Final = ("LIMIT", "OFFSET", "VALUES")

Row = Mapping[str, Cell | None]


@dataclass(frozen=True, kw_only=True)
class Column:
    """A variable with its title; ``number`` when all its values are numbers."""

    name: str
    title: Text
    number: bool


@dataclass(frozen=True, kw_only=True)
class Table:
    """All rows; ``columns`` are those that the page shows, ``all_columns`` those of files."""

    columns: tuple[Column, ...]
    all_columns: tuple[Column, ...]
    rows: tuple[Row, ...]


def table(
    site: Site, stored: StoredQuery, answer: Answer, names: Names, asked: Collection[str] = ()
) -> Table | None:
    """The table of an answer in JSON; ``asked``: parameters whose value the page tells anyway.

    None for an answer that is no table.
    """
    if answer.form != "SELECT":
        return None
    results = ox.parse_query_results(answer.body, ox.QueryResultsFormat.JSON)
    if not isinstance(results, ox.QuerySolutions):
        return None
    variables = [variable.value for variable in results.variables]
    cells = Cells(site, names, stored)
    rows = [cells.row(_values(variables, solution)) for solution in results]
    rows = _in_order(rows, sorted_by(stored.text))
    columns = tuple(
        Column(
            name=name,
            title=column_titles.title(stored.name, name),
            number=_is_numbered([row[name] for row in rows]),
        )
        for name in variables
    )
    hidden = _told(rows, asked) | (_repeated(rows, variables) - stored.fixed)
    return Table(
        columns=tuple(one for one in columns if one.name not in hidden) or columns,
        all_columns=columns,
        rows=tuple(rows),
    )


def sorted_by(text: str) -> list[tuple[str, bool]]:
    """The variables of a query's own ORDER BY, each with whether it descends.

    Empty where it orders by anything but variables, which is then left as it is.
    """
    found = [token for token in tokens(text) if token.depth == 0 or token.kind == "variable"]
    start = next(
        (at for at, one in enumerate(found) if one.keyword == "ORDER" and one.depth == 0), None
    )
    if start is None:
        return []
    keys: list[tuple[str, bool]] = []
    falling = False
    for token in found[start + 2 :]:
        if token.keyword in _ENDS:
            break
        if token.keyword in ("ASC", "DESC"):
            falling = token.keyword == "DESC"
        elif token.kind == "variable":
            keys.append((token.text[1:], falling))
            falling = False
        elif token.text not in ("(", ")"):
            return []
    return keys


def _values(variables: Sequence[str], solution: ox.QuerySolution) -> dict[str, Term | None]:
    return {name: solution[at] for at, name in enumerate(variables)}


def _in_order(
    rows: list[dict[str, Cell | None]], keys: Sequence[tuple[str, bool]]
) -> list[dict[str, Cell | None]]:
    if not rows or any(name not in rows[0] for name, _ in keys):
        return rows
    language = current_language()
    for name, falling in reversed(keys):
        rows = sorted(rows, key=_key(name, language), reverse=falling)
    return rows


def _key(name: str, language: str) -> Callable[[Mapping[str, Cell | None]], tuple[object, ...]]:
    """SPARQL 1.1 §15.1: no value first; then numbers, then words."""

    def key(row: Mapping[str, Cell | None]) -> tuple[object, ...]:
        cell = row[name]
        if cell is None:
            return (0,)
        if isinstance(cell.sorted_by, _NUMBERED):
            return (1, cell.sorted_by)
        return (2, collation.key(str(cell.sorted_by), language))

    return key


def _is_numbered(cells: Sequence[Cell | None]) -> bool:
    values = [cell for cell in cells if cell is not None]
    return bool(values) and all(isinstance(cell.sorted_by, _NUMBERED) for cell in values)


def _told(rows: Sequence[Row], asked: Collection[str]) -> set[str]:
    """The columns of what was asked about, which have one value."""
    return {name for name in asked if rows and len({_text(row.get(name)) for row in rows}) == 1}


def _repeated(rows: Sequence[Row], variables: Sequence[str]) -> set[str]:
    """The columns that give in every row the name of the thing in another column."""
    found = set()
    for name in variables:
        cells = [row[name] for row in rows]
        if any(cell is not None and cell.iri for cell in cells) or not any(cells):
            continue
        for other in variables:
            things = [row[other] for row in rows]
            if other != name and any(thing is not None and thing.iri for thing in things):
                pairs = zip(cells, things, strict=True)
                if all(_text(cell) == _text(thing) for cell, thing in pairs):
                    found.add(name)
    return found


def _text(cell: Cell | None) -> str | None:
    return None if cell is None else cell.text
