"""Tables of the pages taken home: CSV (RFC 4180), and XLSX with sources and queries beside it.

Whatever a cell looks like, it is text or a number: nothing is a formula in a workbook, and in CSV a
text that a spreadsheet would take for one stands behind an apostrophe (OWASP, "CSV injection").
"""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from flask import Response, request
from flask_babel import gettext

from steamkg import __version__
from steamkg.graph.names import BASE
from steamkg.web import spreadsheet
from steamkg.web.errors import UnknownError
from steamkg.web.results import Download
from steamkg.web.site import Site, current_site
from steamkg.web.spreadsheet import Cell, Sheet, Table

KINDS: Final[Mapping[str, str]] = {"csv": "text/csv", "xlsx": spreadsheet.MEDIA_TYPE}
_LICENCE: Final = "https://creativecommons.org/licenses/by/4.0/"
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def offers(address: Callable[[str], str]) -> tuple[Download, ...]:
    """The formats of a table, each with its ``address``."""
    return tuple(
        Download(label=form.upper(), href=address(form), media_type=kind)
        for form, kind in KINDS.items()
    )


def answer(
    form: str,
    *,
    name: str,
    title: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[Cell]],
    queries: Sequence[str],
    note: str = "",
) -> Response:
    """The table as a file ``name``; ``queries`` are the stored queries that it comes from.

    Raises UnknownError for a format that is not offered.
    """
    if form not in KINDS:
        raise UnknownError(f"{name}.{form}")
    if form == "csv":
        body = written_csv(columns, rows)
    else:
        site = current_site()
        sheets = (
            Sheet(name=title, table=Table(headings=columns, rows=rows)),
            Sheet(name=gettext("Sources"), about=_sources(site, note)),
            Sheet(name=gettext("Query"), text="\n\n".join(site.library[q].text for q in queries)),
        )
        body = spreadsheet.workbook(sheets, title=title)
    response = Response(body, mimetype=KINDS[form])
    response.headers["Content-Disposition"] = f'attachment; filename="steamkg-{name}.{form}"'
    return response


def written_csv(columns: Sequence[str], rows: Sequence[Sequence[Cell]]) -> bytes:
    """UTF-8 with a byte order mark, by which spreadsheets know it."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def _harmless(cell: Cell) -> Cell:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def _sources(site: Site, note: str) -> list[tuple[str, str]]:
    about = [
        (gettext("Address of this view"), request.url),
        (gettext("Dataset"), BASE),
        (gettext("Version"), f"{__version__}, {site.version}"),
        (gettext("Date"), str(site.manifest.get("built") or "")),
        (gettext("Statuses as of"), str(site.counts.get("asOf") or "")),
        (gettext("Licence"), f"CC BY 4.0, {_LICENCE}"),
    ]
    return [*about, (gettext("Note"), note)] if note else about
