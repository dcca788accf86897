"""Tables as files for a spreadsheet: CSV (RFC 4180) and XLSX, in which every cell is text.

A cell that begins with ``=``, ``+``, ``-`` or ``@`` is a formula to a spreadsheet that opens a CSV
file, so it gets an apostrophe in front there; XLSX can say that it is text.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Final

from flask import Response

KINDS: Final[Mapping[str, str]] = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_WIDEST: Final = 60


def answered(
    kind: str,
    name: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    notes: Sequence[str] = (),
) -> Response:
    """The table as a file called ``name``; ``notes`` stand on a sheet of their own in XLSX."""
    body = written_csv(columns, rows) if kind == "csv" else written_xlsx(columns, rows, notes)
    response = Response(body, mimetype=KINDS[kind])
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    return response


def written_csv(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    """UTF-8 with a byte order mark, by which spreadsheets know it."""
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(columns)
    table.writerows([_as_text(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def written_xlsx(
    columns: Sequence[str], rows: Sequence[Sequence[str]], notes: Sequence[str] = ()
) -> bytes:
    """A workbook with the table, its headings in sight and filtered, and the notes after it."""
    import xlsxwriter  # noqa: PLC0415  # a tenth of a second that few requests need

    file = io.BytesIO()
    # Texts only: nothing a label begins with becomes a formula, a link or a number.
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(file, options) as book:
        bold, wrapped = (
            book.add_format({"bold": True, "text_wrap": True, "valign": "top"}),
            book.add_format({"text_wrap": True, "valign": "top"}),
        )
        sheet = book.add_worksheet()
        for column, name in enumerate(columns):
            sheet.write_string(0, column, name, bold)
            width = max((len(row[column]) for row in rows), default=0)
            sheet.set_column(column, column, min(max(width, len(name)) + 2, _WIDEST), wrapped)
        for line, row in enumerate(rows, start=1):
            for column, cell in enumerate(row):
                sheet.write_string(line, column, cell, wrapped)
        sheet.freeze_panes(1, 1)
        sheet.autofilter(0, 0, max(len(rows), 1), len(columns) - 1)
        if notes:
            second = book.add_worksheet()
            second.set_column(0, 0, 2 * _WIDEST, wrapped)
            for line, note in enumerate(notes):
                second.write_string(line, 0, note, wrapped)
    return file.getvalue()


def _as_text(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
