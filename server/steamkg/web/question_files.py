"""The answer of a stored question as a workbook: rows, where they come from, and the query.

As in Explore's files, names are in the language of the page, and a column of things has a column
with their IRIs beside it.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from flask import Response
from flask_babel import gettext

from steamkg.engine.library import StoredQuery
from steamkg.web import spreadsheet
from steamkg.web.errors import refused
from steamkg.web.explore_files import LICENCE
from steamkg.web.naming import pick
from steamkg.web.question_cells import Cell as Shown
from steamkg.web.question_choices import Field
from steamkg.web.question_table import Column, Table
from steamkg.web.results import Download
from steamkg.web.rows import labels_of, text_of
from steamkg.web.site import Site
from steamkg.web.spreadsheet import Cell, Sheet

NAME: Final = "xlsx"


def download(href: str) -> Download:
    """The link to the workbook."""
    return Download(label="Excel (XLSX)", media_type=spreadsheet.MEDIA_TYPE, href=href)


def handed_over(
    site: Site,
    stored: StoredQuery,
    table: Table,
    fields: Sequence[Field],
    *,
    title: str,
    notes: Sequence[str],
    text: str,
    url: str,
) -> Response:
    """The workbook. Raises RefusedError where there are more rows than a spreadsheet takes."""
    if len(table.rows) > spreadsheet.ROWS:
        raise refused(
            413,
            gettext(
                "A spreadsheet takes %(most)s rows, and this list has %(rows)s. Narrow it, or take "
                "CSV.",
                most=spreadsheet.ROWS,
                rows=len(table.rows),
            ),
        )
    sheets = (
        Sheet(name=gettext("Answer"), table=_rows(table)),
        Sheet(
            name=gettext("Sources"),
            about=[*_about(site, title, fields, url), *((gettext("Note"), note) for note in notes)],
            table=_documents(site),
        ),
        Sheet(name=gettext("Query"), text=text),
    )
    response = Response(
        spreadsheet.workbook(sheets, title=title), content_type=spreadsheet.MEDIA_TYPE
    )
    file = "steamkg-" + stored.name.replace("/", "-")
    response.headers["Content-Disposition"] = f'attachment; filename="{file}.xlsx"'
    return response


def _rows(table: Table) -> spreadsheet.Table:
    things = {
        name for row in table.rows for name, cell in row.items() if cell is not None and cell.iri
    }
    return spreadsheet.Table(
        headings=list(_headings(table.all_columns, things)),
        rows=[
            [
                value
                for column in table.all_columns
                for value in _values(row[column.name], column, is_thing=column.name in things)
            ]
            for row in table.rows
        ],
    )


def _headings(columns: Sequence[Column], things: set[str]) -> Iterator[str]:
    for column in columns:
        yield column.title.text
        if column.name in things:
            yield gettext("%(column)s (IRI)", column=column.title.text)


def _values(cell: Shown | None, column: Column, *, is_thing: bool) -> Iterator[Cell]:
    """The cells of one value: a number where the whole column has numbers, and the IRI."""
    if cell is None:
        yield None
    elif column.number and isinstance(cell.sorted_by, float):
        yield int(cell.sorted_by) if cell.sorted_by.is_integer() else cell.sorted_by
    else:
        yield cell.text
    if is_thing:
        yield cell.iri if cell is not None else None


def _about(site: Site, title: str, fields: Sequence[Field], url: str) -> Iterator[tuple[str, str]]:
    yield gettext("Question"), title
    for field in fields:
        yield field.label.text, field.shown.text
    yield gettext("Address of this view"), url
    yield gettext("Licence of data and ontology"), LICENCE
    yield gettext("Version of the data"), site.version
    yield gettext("Date of the data"), str(site.manifest.get("built", ""))[:10]


def _documents(site: Site) -> spreadsheet.Table:
    """The documents that the dataset rests on."""
    rows = []
    for row in site.rows("documents"):
        named = pick(labels_of(row, "name"))
        rows.append([named.text if named else None, text_of(row, "asOf"), text_of(row, "document")])
    return spreadsheet.Table(headings=[gettext("document"), gettext("as of"), "IRI"], rows=rows)
