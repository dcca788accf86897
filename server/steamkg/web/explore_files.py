"""A view taken home: CSV, XLSX and JSON-LD, each from the query that the page shows.

The queries run through the same engine and limits as at the endpoint, and a file is complete or is
not given.
"""

from collections.abc import Callable, Sequence
from typing import Final

from flask import Response
from flask_babel import gettext

from steamkg.engine.question import Question
from steamkg.web import explore_query, offered, spreadsheet, unplaced
from steamkg.web.errors import NotOfferedError, refused
from steamkg.web.explore_index import Listing
from steamkg.web.explore_query import SOURCES, Choice
from steamkg.web.language import current_language
from steamkg.web.naming import pick
from steamkg.web.results import Download
from steamkg.web.rows import Row, text_of
from steamkg.web.site import current_site
from steamkg.web.spreadsheet import Cell, Sheet, Table

FORMATS: Final = {
    "xlsx": ("Excel (XLSX)", spreadsheet.MEDIA_TYPE),
    "csv": ("CSV", "text/csv"),
    "jsonld": ("JSON-LD", "application/ld+json"),
}
LICENCE: Final = "CC BY 4.0, https://creativecommons.org/licenses/by/4.0/"


def downloads(href: Callable[[str], str]) -> tuple[Download, ...]:
    """A link for each format."""
    return tuple(
        Download(label=label, media_type=media_type, href=href(name))
        for name, (label, media_type) in FORMATS.items()
    )


def handed_over(listing: Listing, choice: Choice, wanted: str, *, title: str, url: str) -> Response:
    """The view as a file. Raises NotOfferedError for a format that there is not."""
    if wanted not in FORMATS:
        raise NotOfferedError(("html", *FORMATS))
    file = "steamkg-" + listing.view.slug.replace(":", "-")
    if wanted == "jsonld":
        question = Question(text=explore_query.triples(listing.view, choice))
        return offered.handed_over(question, "jsonld", file=file)
    text = explore_query.rows(listing.view, choice, current_language())
    if wanted == "csv":
        return offered.handed_over(Question(text=text), "csv", file=file)
    rows = current_site().answered(Question(text=text))
    if len(rows) > spreadsheet.ROWS:
        raise refused(
            413,
            gettext(
                "A spreadsheet takes %(most)s rows, and this list has %(rows)s. Narrow it, or take "
                "CSV.",
                most=spreadsheet.ROWS,
                rows=len(rows),
            ),
        )
    about = _about(url)
    without = unplaced.count(listing, choice)
    if without:
        about.append((gettext("Places"), unplaced.words(without)))
    sheets = _sheets(listing, rows, text, title=title, about=about)
    written = spreadsheet.workbook(sheets, title=title)
    response = Response(written, content_type=spreadsheet.MEDIA_TYPE)
    response.headers["Content-Disposition"] = f'attachment; filename="{file}.xlsx"'
    return response


def _sheets(
    listing: Listing,
    rows: list[Row],
    text: str,
    *,
    title: str,
    about: Sequence[tuple[str, str]],
) -> tuple[Sheet, ...]:
    return (
        Sheet(name=title[:1].upper() + title[1:], table=_rows(listing, rows)),
        Sheet(name=gettext("Sources"), about=about, table=_sources(rows)),
        Sheet(name=gettext("Query"), text=text),
    )


def _rows(listing: Listing, rows: list[Row]) -> Table:
    columns = listing.view.columns
    named = [(pick(one.names), one.key) for one in columns]
    headings = [
        gettext("name"),
        *(label.text if label else key for label, key in named),
        gettext("document"),
        gettext("section"),
        gettext("lines"),
        gettext("as of"),
        "IRI",
    ]
    variables = [
        "name",
        *(one.variable for one in (*columns, *SOURCES)),
        "lines",
        "asOf",
        "subject",
    ]
    if listing.view.named_by:
        headings.append(gettext("IRI of the statement"))
        variables.append("thing")
    unknown = gettext("not known")
    counties = {one.variable for one in columns if one.key == unplaced.KEY}
    return Table(
        headings=headings,
        rows=[
            [_cell(row, name, unknown if name in counties else None) for name in variables]
            for row in rows
        ],
    )


def _cell(row: Row, name: str, otherwise: str | None) -> Cell:
    value = text_of(row, name)
    if name == "asOf" and value and value.isdigit():
        return int(value)
    return value or otherwise


def _about(url: str) -> list[tuple[str, str]]:
    site = current_site()
    about = [
        (gettext("Address of this view"), url),
        (gettext("Licence of data and ontology"), LICENCE),
        (gettext("Version of the data"), site.version),
        (gettext("Date of the data"), str(site.manifest.get("built", ""))[:10]),
    ]
    year = site.counts.get("asOf")
    if year:
        about.append((gettext("Statuses"), gettext("as of %(year)s", year=year)))
    about.append(
        (
            gettext("How to read it"),
            gettext(
                "A potential partner is no partner yet, and possible areas are possibilities that "
                "the document sees for a category of partners. A cell holds %(most)s characters; a "
                "longer text ends in “…”.",
                most=spreadsheet.CELL,
            ),
        )
    )
    return about


def _sources(rows: list[Row]) -> Table:
    """Each document and section that the rows rest on, with the lines."""
    found: dict[tuple[str, str], dict[str, None]] = {}
    for row in rows:
        document, section = text_of(row, "document"), text_of(row, "section")
        if document:
            lines = (text_of(row, "lines") or "").split(", ")
            found.setdefault((document, section or ""), {}).update(dict.fromkeys(lines))
    return Table(
        headings=[gettext("document"), gettext("section"), gettext("lines")],
        rows=[
            [document, section, ", ".join(sorted(lines, key=_first))]
            for (document, section), lines in sorted(found.items())
        ],
    )


def _first(lines: str) -> tuple[int, str]:
    number = lines.partition("–")[0]
    return (int(number) if number.isdigit() else 0, lines)
