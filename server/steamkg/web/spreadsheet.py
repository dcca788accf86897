"""A list as a workbook: the rows, where they come from, and the query that gives them.

Everything that is text is written as text, so that a cell beginning with ``=`` computes nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, Final

import xlsxwriter

MEDIA_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ROWS: Final = 100_000
"""A sheet holds 1,048,576 rows; more than this many are for a program to fetch."""
CELL: Final = 32_767
"""Characters that a cell of the format can hold."""
_WIDEST: Final = 60
_NARROWEST: Final = 8
_FORBIDDEN: Final = str.maketrans(dict.fromkeys("[]:*?/\\", " "))


@dataclass(frozen=True)
class AtLeast:
    """A number that is the least: a number in a workbook, shown with the sign before it."""

    number: int

    def __str__(self) -> str:
        return f"≥ {self.number}"


Cell = str | int | float | AtLeast | None


@dataclass(frozen=True, kw_only=True)
class Table:
    """Headings and rows; None is an empty cell. ``notes`` are to the headings, by column."""

    headings: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    notes: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A named sheet: what it is about in pairs, then a table, then text line by line."""

    name: str
    about: Sequence[tuple[str, str]] = ()
    table: Table | None = None
    text: str = ""


def workbook(sheets: Sequence[Sheet], *, title: str) -> bytes:
    """The file; a text longer than a cell can hold ends in ``…``."""
    written = BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(written, options) as book:
        book.set_properties({"title": title[:255]})
        styles = {
            "heading": book.add_format({"bold": True, "bottom": 1, "text_wrap": True}),
            "text": book.add_format({"text_wrap": True, "valign": "top"}),
            "least": book.add_format({"text_wrap": True, "valign": "top", "num_format": '"≥ "0'}),
            "code": book.add_format({"font_name": "Consolas"}),
        }
        for number, sheet in enumerate(sheets, 1):
            name = sheet.name.translate(_FORBIDDEN).strip("' ")[:31] or f"{number}"
            _write(book.add_worksheet(name), sheet, styles)
    return written.getvalue()


def _write(page: Any, sheet: Sheet, styles: dict[str, Any]) -> None:
    row = 0
    for label, text in sheet.about:
        page.write_string(row, 0, label[:CELL], styles["heading"])
        page.write_string(row, 1, _fitted(text), styles["text"])
        row += 1
    if sheet.about:
        page.set_column(0, 0, 26)
        page.set_column(1, 1, _WIDEST)
        row += 1
    if sheet.table:
        _table(page, sheet.table, row, styles, widths=not sheet.about)
    for line in sheet.text.splitlines():
        page.write_string(row, 0, _fitted(line), styles["code"])
        row += 1


def _table(page: Any, table: Table, top: int, styles: dict[str, Any], *, widths: bool) -> None:
    for column, heading in enumerate(table.headings):
        page.write_string(top, column, heading[:CELL], styles["heading"])
        if column in table.notes:
            page.write_comment(top, column, _fitted(table.notes[column]))
        if widths:
            page.set_column(column, column, _width(table, column))
    for number, cells in enumerate(table.rows, top + 1):
        for column, cell in enumerate(cells):
            if isinstance(cell, int | float):
                page.write_number(number, column, cell, styles["text"])
            elif isinstance(cell, AtLeast):
                page.write_number(number, column, cell.number, styles["least"])
            elif cell is not None:
                page.write_string(number, column, _fitted(cell), styles["text"])
    if widths:
        page.freeze_panes(top + 1, 1)
        page.autofilter(top, 0, top + len(table.rows), len(table.headings) - 1)


def _width(table: Table, column: int) -> int:
    lengths = [len(str(row[column])) for row in table.rows[:500] if row[column] is not None]
    longest = max((*lengths, len(table.headings[column]) + 3))
    return min(max(longest + 1, _NARROWEST), _WIDEST)


def _fitted(text: str) -> str:
    return text if len(text) <= CELL else text[: CELL - 1] + "…"
