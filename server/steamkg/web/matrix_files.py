"""The partner map's matrices and lists as files: CSV, and XLSX with sources and queries."""

from collections.abc import Iterable, Mapping
from typing import Final

from flask import Blueprint, Response, request
from flask_babel import gettext

from steamkg.web import explore_files, matrix, matrix_roles, sheets
from steamkg.web.atlas import Atlas, Partner
from steamkg.web.explore_index import current_explorer
from steamkg.web.matrix import CategoryRow, Count, Level, Lists, PlaceRow
from steamkg.web.matrix_choice import (
    AREA_QUERIES,
    PATH,
    PLACE_QUERIES,
    Choice,
    here,
    parts,
    place_name,
    status_of,
)
from steamkg.web.naming import Text, status_words
from steamkg.web.site import current_site
from steamkg.web.spreadsheet import AtLeast, Cell

blueprint: Final = Blueprint("matrix_files", __name__)

_UNKNOWN: Final = "?"
"""Stands where a number would say that nobody is there, though nobody knows."""


@blueprint.get(PATH + "/areas.<form>")
def areas(form: str) -> Response:
    """Categories by possible areas, as a file."""
    atlas = here()
    possible = matrix.areas(atlas)
    return sheets.answer(
        form,
        name="matrix-areas",
        title=gettext("Categories by possible areas"),
        columns=(
            gettext("Category"),
            gettext("Number on the map"),
            gettext("Number on its page"),
            gettext("Broader category"),
            gettext("Existing"),
            gettext("Potential"),
            gettext("Open list"),
            *(atlas.title(area).plain for area in possible),
            gettext("Areas that a role of the category speaks of (our interpretation)"),
            "IRI",
        ),
        rows=[_area_cells(atlas, row, possible) for row in matrix.category_rows(atlas)],
        queries=_names(*AREA_QUERIES, "matrix-roles", "map-names"),
    )


@blueprint.get(PATH + "/places.<form>")
def places(form: str) -> Response:
    """Places by top categories, all municipalities included, as a file."""
    atlas = here()
    tops = matrix.tops(atlas)
    nowhere = matrix.without_places(atlas)
    return sheets.answer(
        form,
        name="matrix-places",
        title=gettext("Places by category"),
        columns=(
            gettext("Place"),
            gettext("Kind of row"),
            gettext("All: existing"),
            gettext("All: potential"),
            *(_heading(atlas, top, existing) for top in tops for existing in (True, False)),
            "IRI",
            gettext("Note"),
        ),
        rows=[
            _place_cells(atlas, row, nowhere)
            for row in matrix.place_rows(atlas, matrix.counties(atlas))
        ],
        note=f"{_unknown_words()} {_least_words()}",
        queries=_names(*PLACE_QUERIES, "map-names"),
    )


@blueprint.get(PATH + "/partners.<form>")
def partners(form: str) -> Response:
    """The partners behind one number, as a file."""
    atlas = here()
    found = Choice.of(request.args, atlas).partners(atlas)
    count = Count.of(found, matrix.open_lists(atlas))
    named = parts()
    return sheets.answer(
        form,
        name="matrix-partners",
        title=gettext("Partners"),
        columns=(
            gettext("Partner"),
            gettext("Status"),
            gettext("Category"),
            gettext("Place"),
            gettext("Place known from"),
            gettext("What they could help with"),
            gettext("later became, or became part of (not in the document)"),
            gettext("Document"),
            gettext("Section"),
            gettext("Line"),
            gettext("Source"),
            "IRI",
        ),
        rows=[
            (
                atlas.title(one.iri).plain,
                str(status_words(status_of(one))),
                atlas.title(one.category).plain,
                atlas.title(one.territory).plain if one.territory else None,
                _known_from(one),
                "; ".join(
                    atlas.title(area).plain for area in atlas.by_name(atlas.areas_of(one.category))
                ),
                "; ".join(
                    explore_files.successor_words(row)
                    for row in current_explorer().successors.get(one.iri, ())
                ),
                _parts((source.document for source in one.sources), named),
                _parts((source.section for source in one.sources), named),
                min((source.first for source in one.sources), default=None),
                "; ".join(source.passage for source in one.sources),
                one.iri,
            )
            for one in found
        ],
        note=gettext("At least as many: the document leaves a list among these open (“etc.”).")
        if count.open_existing or count.open_potential
        else "",
        queries=_names(*PLACE_QUERIES, "matrix-categories", "map-names"),
    )


def _place_cells(atlas: Atlas, row: PlaceRow, nowhere: Lists) -> tuple[Cell, ...]:
    """As on the page: a number, the least number, or a question mark; the note says which."""
    numbers = tuple(
        number
        for top, count in ((None, row.count), *row.counts.items())
        for number in (
            _number(
                count.existing,
                is_least=count.open_existing,
                is_unknown=matrix.is_unknown(row, top, True, nowhere),
            ),
            _number(
                count.potential,
                is_least=count.open_potential,
                is_unknown=matrix.is_unknown(row, top, False, nowhere),
            ),
        )
    )
    notes = (
        _unknown_words() if _UNKNOWN in numbers else "",
        _least_words() if any(isinstance(one, AtLeast) for one in numbers) else "",
    )
    note = " ".join(one for one in notes if one)
    return (place_name(atlas, row), _level_words(row.level), *numbers, row.place, note)


def _number(number: int, *, is_least: bool, is_unknown: bool) -> Cell:
    if is_unknown:
        return _UNKNOWN
    return AtLeast(number) if is_least else number


def _unknown_words() -> str:
    words = gettext(
        "no source places any partner of this category and status, so one of them may be here"
    )
    return f"{_UNKNOWN}: {words}."


def _least_words() -> str:
    words = gettext("at least: the document ends a list with “etc.”")
    return f"≥: {words}."


def _parts(iris: Iterable[str], named: Mapping[str, Text]) -> str:
    return "; ".join(named[iri].text for iri in dict.fromkeys(iris) if iri in named)


def _known_from(partner: Partner) -> str | None:
    if partner.territory is None:
        return None
    if partner.city:
        return str(gettext("city named by the document"))
    return str(gettext("municipality (register)"))


def _names(*queries: str) -> tuple[str, ...]:
    return tuple(f"pages/{one}" for one in queries)


def _area_cells(atlas: Atlas, row: CategoryRow, areas: list[str]) -> tuple[Cell, ...]:
    about = atlas.categories[row.iri]
    known = matrix_roles.roles(current_site())
    left_open = (
        (gettext("existing partners"), row.open_existing),
        (gettext("potential partners"), row.open_potential),
    )
    return (
        atlas.title(row.iri).plain,
        about.on_map,
        about.on_page,
        "; ".join(atlas.title(one).plain for one in atlas.by_name(about.broader)),
        row.count.existing,
        row.count.potential,
        "; ".join(word for word, is_open in left_open if is_open),
        *(_area_words(atlas, row, area) for area in areas),
        "; ".join(
            atlas.title(area).plain for area in areas if matrix_roles.saying(known, row.iri, area)
        ),
        row.iri,
    )


def _area_words(atlas: Atlas, row: CategoryRow, area: str) -> str | None:
    top = row.through.get(area)
    if top is None:
        return None
    if top == row.iri:
        return str(gettext("possible"))
    return str(gettext("possible through %(category)s", category=atlas.title(top).plain))


def _level_words(level: Level) -> str:
    words = {
        "county": gettext("county"),
        "municipality": gettext("municipality"),
        "unplaced": gettext("place not stated"),
        "all": gettext("all partners"),
    }
    return str(words[level])


def _heading(atlas: Atlas, top: str, existing: bool) -> str:
    name = atlas.title(top).plain
    if existing:
        return str(gettext("%(category)s: existing", category=name))
    return str(gettext("%(category)s: potential", category=name))
