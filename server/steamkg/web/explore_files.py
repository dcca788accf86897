"""A view taken home: CSV, XLSX and JSON-LD, each from the query that the page shows.

The queries run through the same engine and limits as at the endpoint, and a file is complete or is
not given.
"""

from collections.abc import Callable, Collection, Sequence
from typing import Final

from flask import Response
from flask_babel import gettext, ngettext

from steamkg.engine.question import Question
from steamkg.graph.names import GRAPH
from steamkg.web import explore_notes, explore_query, offered, spreadsheet, unplaced
from steamkg.web.errors import NotOfferedError, refused
from steamkg.web.explore_index import Listing
from steamkg.web.explore_query import Choice
from steamkg.web.explore_shapes import Facet, Origin
from steamkg.web.language import current_language
from steamkg.web.naming import pick
from steamkg.web.results import Download
from steamkg.web.rows import Row, labels_of, text_of
from steamkg.web.site import current_site
from steamkg.web.spreadsheet import Cell, Sheet, Table

FORMATS: Final = {
    "xlsx": ("Excel (XLSX)", spreadsheet.MEDIA_TYPE),
    "csv": ("CSV", "text/csv"),
    "jsonld": ("JSON-LD", "application/ld+json"),
}
_FIRST_LINE: Final = "first line"
LICENCE: Final = "CC BY 4.0, https://creativecommons.org/licenses/by/4.0/"


def downloads(href: Callable[[str], str]) -> tuple[Download, ...]:
    """A link for each format."""
    return tuple(
        Download(label=label, media_type=media_type, href=href(name))
        for name, (label, media_type) in FORMATS.items()
    )


def handed_over(
    listing: Listing, choice: Choice, wanted: str, *, title: str, url: str, open_ended: bool
) -> Response:
    """The view as a file. Raises NotOfferedError for a format that there is not.

    ``open_ended`` says that the document leaves a list among the rows open.
    """
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
    about = _about(url, as_of=_as_of(rows), open_ended=open_ended)
    of_kinds = explore_notes.kind_of_partner(listing)
    if of_kinds:
        about.append((gettext("What the sentences mean"), of_kinds))
    later = explore_notes.later_known(listing)
    if later:
        about.append((gettext("Later changes"), later))
    without = unplaced.count(listing, choice)
    if without:
        about.append((gettext("Places"), unplaced.words(without)))
    sheets = _sheets(listing, rows, text, title=title, about=[*about, *_origins(listing)])
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
    view = listing.view
    columns = [("name", gettext("name"))]
    columns += [(one.variable, _heading(one)) for one in view.columns]
    if view.later:
        columns.append(("later", _later_heading()))
    columns += [
        ("document", gettext("document")),
        ("section", gettext("section")),
        ("lines", gettext("lines")),
        (_FIRST_LINE, gettext("first line")),
        ("asOf", gettext("as of")),
        ("subject", "IRI"),
    ]
    if view.named_by:
        columns.append(("thing", gettext("IRI of the statement")))
    unknown = gettext("not known")
    counties = {one.variable for one in view.columns if one.key == unplaced.KEY}
    origins = {one.variable: text for one, text in _notes(listing)}
    return Table(
        headings=[heading for _, heading in columns],
        rows=[
            [_cell(row, name, unknown if name in counties else None) for name, _ in columns]
            for row in rows
        ],
        notes={at: origins[name] for at, (name, _) in enumerate(columns) if name in origins},
    )


def _later_heading() -> str:
    return str(
        gettext("later became, or became part of, on the day in brackets (not in the document)")
    )


def _heading(facet: Facet) -> str:
    """What a column is called, and where it comes from if no document says it."""
    label = pick(facet.names)
    name = label.text if label else facet.key
    return f"{name} ({origin_words(facet.origin)})" if facet.origin else name


def origin_words(origin: Origin) -> str:
    """What the graphs of an origin are, in a word."""
    words = {"link": gettext("register"), "alignment": gettext("our interpretation")}
    return str(words[origin.kind])


def how_later(row: Row) -> tuple[str, str]:
    """What happened, before and after the successor's name; a row of ``pages/later-successors``.

    Two that come out as one have merged; what came out may be a part of another organisation.
    """
    day = text_of(row, "day")
    if text_of(row, "merged") == "true":
        said = gettext("merged on %(day)s, into |", day=day) if day else gettext("merged into |")
    elif text_of(row, "part") == "true":
        said = gettext("became | on %(day)s", day=day) if day else gettext("became |")
    else:
        said = (
            gettext("became part of | on %(day)s", day=day) if day else gettext("became part of |")
        )
    before, _, after = said.partition("|")
    return before.strip(), after.strip()


def successor_words(row: Row) -> str:
    """A row of ``pages/later-successors`` as the SPARQL of a list has it."""
    named = pick(labels_of(row, "name"))
    day = text_of(row, "day")
    name = named.text if named else text_of(row, "successor") or ""
    return f"{name} ({day})" if day else name


def _notes(listing: Listing) -> list[tuple[Facet, str]]:
    """The columns that no document says, each with where it comes from."""
    return [
        (
            one,
            gettext(
                "Not from the document: %(origin)s. %(graphs)s",
                origin=origin_words(one.origin),
                graphs=" ".join(one.origin.graphs),
            ),
        )
        for one in listing.view.columns
        if one.origin
    ]


def _origins(listing: Listing) -> list[tuple[str, str]]:
    found = [(_heading(facet), text) for facet, text in _notes(listing)]
    if listing.view.later:
        text = gettext(
            "Not from the document, which is older: what happened since, from the graphs of later "
            "developments, each with its source. %(graphs)s",
            graphs=GRAPH + "later/institutions",
        )
        found.append((_later_heading(), text))
    return found


def _cell(row: Row, name: str, otherwise: str | None) -> Cell:
    value = text_of(row, "lines" if name == _FIRST_LINE else name)
    if name == _FIRST_LINE and value:
        return _first(value)[0] or None
    if name in ("asOf", "lines") and value and value.isdigit():
        return int(value)
    return value or otherwise


def _as_of(rows: Collection[Row]) -> str:
    """For which year the rows speak, and for how many of them it is not known."""
    years = sorted({year for row in rows if (year := text_of(row, "asOf"))})
    if not years:
        return str(gettext("date of the document not known"))
    words: str = gettext("as of %(year)s", year=", ".join(years))
    undated = sum("asOf" not in row for row in rows)
    if not undated:
        return words
    rest: str = ngettext(
        "of %(count)s the date is not known",
        "of %(count)s the date is not known",
        undated,
        count=undated,
    )
    return f"{words}; {rest}"


def _about(url: str, *, as_of: str, open_ended: bool) -> list[tuple[str, str]]:
    site = current_site()
    about = [
        (gettext("Address of this view"), url),
        (gettext("Licence of data and ontology"), LICENCE),
        (gettext("Version of the data"), site.version),
        (gettext("Date of the data"), str(site.manifest.get("built", ""))[:10]),
    ]
    about.append((gettext("Statuses"), as_of))
    if open_ended:
        about.append(
            (
                gettext("Open list"),
                gettext(
                    "The document ends a list among these with “etc.” and leaves it open: the "
                    "number of rows is the least."
                ),
            )
        )
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
    number = lines.partition(",")[0].partition("–")[0]
    return (int(number) if number.isdigit() else 0, lines)
