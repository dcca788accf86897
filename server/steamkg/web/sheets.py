"""Tables taken home: CSV, and XLSX with the sources and the queries on sheets of their own.

Whatever a cell looks like, it is text or a number: nothing is a formula in a workbook, and in CSV a
text that a spreadsheet would take for one stands behind an apostrophe (OWASP, "CSV injection").
"""

import csv
import io
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

import xlsxwriter
from flask import Response, request
from flask_babel import gettext

from steamkg import __version__
from steamkg.graph.names import BASE
from steamkg.web.errors import UnknownError
from steamkg.web.results import Download
from steamkg.web.site import Site, current_site

Cell: TypeAlias = str | int | float | None

_TYPES: Final = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
MEDIA_TYPES: Final = tuple(kind.partition(";")[0] for kind in _TYPES.values())
_LICENCE: Final = "https://creativecommons.org/licenses/by/4.0/"
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_WIDEST: Final = 60
_LONGEST_CELL: Final = 32767
"""What a cell of a workbook holds (Excel's specifications and limits)."""
_LONGEST_NAME: Final = 31


def offers(address: Callable[[str], str]) -> tuple[Download, ...]:
    """The formats of a table, each with its ``address``."""
    return tuple(
        Download(label=form.upper(), href=address(form), media_type=kind.partition(";")[0])
        for form, kind in _TYPES.items()
    )


def answer(
    form: str,
    *,
    name: str,
    title: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[Cell]],
    queries: Sequence[str],
) -> Response:
    """The table as a file ``name``; ``queries`` are the stored queries that it comes from.

    Raises UnknownError for a format that is not offered.
    """
    if form not in _TYPES:
        raise UnknownError(f"{name}.{form}")
    if form == "csv":
        body = _csv(columns, rows)
    else:
        body = _workbook(current_site(), title, columns, rows, queries)
    response = Response(body, content_type=_TYPES[form])
    response.headers["Content-Disposition"] = f'attachment; filename="steamkg-{name}.{form}"'
    return response


def _csv(columns: Sequence[str], rows: Sequence[Sequence[Cell]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")  # with the mark that spreadsheets know UTF-8 by


def _harmless(cell: Cell) -> Cell:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def _workbook(
    site: Site,
    title: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[Cell]],
    queries: Sequence[str],
) -> bytes:
    file = io.BytesIO()
    texts = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(file, {"in_memory": True, **texts}) as book:
        bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        sheet = book.add_worksheet(title[:_LONGEST_NAME])
        sheet.write_row(0, 0, columns, bold)
        for number, row in enumerate(rows, 1):
            for column, cell in enumerate(row):
                _write(sheet, number, column, cell)
        sheet.freeze_panes(1, 1)
        sheet.autofilter(0, 0, max(len(rows), 1), len(columns) - 1)
        for column, heading in enumerate(columns):
            longest = max((len(str(row[column] or "")) for row in rows), default=0)
            sheet.set_column(column, column, min(max(longest, len(heading)) + 2, _WIDEST))
        sources = book.add_worksheet(gettext("Sources")[:_LONGEST_NAME])
        for number, (what, words) in enumerate(_sources(site)):
            sources.write_string(number, 0, what, bold)
            sources.write_string(number, 1, words)
        sources.set_column(0, 0, 24)
        sources.set_column(1, 1, 100)
        _queries(site, book.add_worksheet(gettext("Query")[:_LONGEST_NAME]), queries)
    return file.getvalue()


def _write(sheet: xlsxwriter.worksheet.Worksheet, row: int, column: int, cell: Cell) -> None:
    if isinstance(cell, int | float):
        sheet.write_number(row, column, cell)
    elif cell:
        sheet.write_string(row, column, cell[:_LONGEST_CELL])


def _sources(site: Site) -> list[tuple[str, str]]:
    built = str(site.manifest.get("built") or "")
    return [
        (gettext("Address of this view"), request.url),
        (gettext("Dataset"), BASE),
        (gettext("Version"), f"{__version__}, {site.version}"),
        (gettext("Date"), built),
        (gettext("Statuses as of"), str(site.counts.get("asOf") or "")),
        (gettext("Licence"), f"CC BY 4.0, {_LICENCE}"),
    ]


def _queries(site: Site, sheet: xlsxwriter.worksheet.Worksheet, queries: Sequence[str]) -> None:
    number = 0
    for name in queries:
        for line in site.library[name].text.splitlines():
            sheet.write_string(number, 0, line)
            number += 1
        number += 1
    sheet.set_column(0, 0, 120)
