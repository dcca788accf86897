"""The partner map as a page: two matrices, and the list of partners behind each number.

Both matrices come from stored queries by way of the atlas. Every choice stands in the address.
"""

from collections.abc import Collection, Mapping
from typing import Final

from flask import Blueprint, render_template, request
from flask_babel import gettext

from steamkg.graph.names import STEAM
from steamkg.web import explore_query, links, matrix, matrix_roles, sheets, unplaced
from steamkg.web.atlas import TERRITORY, Atlas, Partner
from steamkg.web.badges import Badge
from steamkg.web.errors import UnknownError
from steamkg.web.explore import shown_successor
from steamkg.web.explore_index import current_explorer
from steamkg.web.explore_query import UNKNOWN
from steamkg.web.language import local_path
from steamkg.web.matrix import CategoryRow, Count, PlaceRow
from steamkg.web.matrix_choice import (
    AREA_QUERIES,
    CATEGORY,
    PATH,
    PLACE_QUERIES,
    Choice,
    here,
    parts,
    place_name,
    status_of,
)
from steamkg.web.matrix_roles import Role
from steamkg.web.naming import Text, lines, status_words
from steamkg.web.results import Download
from steamkg.web.site import current_site

blueprint: Final = Blueprint("matrix", __name__)

ALL: Final = "all"


@blueprint.get(PATH)
def page() -> str:
    """Both matrices."""
    atlas = here()
    opened = _opened(request.args.get("county"), atlas)
    tops = matrix.tops(atlas)
    every = Count.of(atlas.partners, matrix.open_lists(atlas))
    known = matrix_roles.roles(current_site())
    return render_template(
        "matrix.html",
        why_unplaced=unplaced.REASON,
        areas=[_linked(atlas, iri) for iri in matrix.areas(atlas)],
        categories=[_category(atlas, row, known) for row in matrix.category_rows(atlas)],
        tops=[{**_linked(atlas, top), "number": _number(atlas, top)} for top in tops],
        places=[_place_cells(atlas, row, opened) for row in matrix.place_rows(atlas, opened)],
        views=_views(request.args.get("county"), opened, atlas),
        nowhere=matrix.without_places(atlas),
        total=every,
        unplaced=len({one.iri for one in atlas.partners if one.territory is None}),
        area_files=_files("areas"),
        place_files=_files("places"),
        area_queries=(*AREA_QUERIES, "matrix-roles"),
        place_queries=PLACE_QUERIES,
        section=PATH,
    )


@blueprint.get(PATH + "/partners")
def partners() -> str:
    """The partners behind one number, with what they could do and where it is said."""
    atlas = here()
    choice = Choice.of(request.args, atlas)
    found = choice.partners(atlas)
    named = parts()
    reached = sorted(
        {top for one in found for top in matrix.tops(atlas) if top in atlas.above(one.category)},
        key=matrix.tops(atlas).index,
    )
    return render_template(
        "matrix-partners.html",
        choice=choice,
        at_least=_at_least(atlas, found),
        category=_linked(atlas, choice.category) if choice.category else None,
        place=_linked(atlas, choice.place) if choice.place else None,
        rows=[_partner(atlas, one, named) for one in found],
        documents=[
            {"href": links.href(iri), "title": named[iri]}
            for iri in sorted({source.document for one in found for source in one.sources})
            if iri in named
        ],
        could=[
            {
                **_linked(atlas, top),
                "areas": [
                    _linked(atlas, area)
                    for area in matrix.areas(atlas)
                    if area in atlas.areas_of(top)
                ],
            }
            for top in reached
        ],
        files=sheets.offers(lambda form: choice.address(f"{PATH}/partners.{form}")),
        explore=_explore(choice),
        queries=PLACE_QUERIES,
        section=PATH,
    )


def _at_least(atlas: Atlas, found: Collection[Partner]) -> bool:
    count = Count.of(found, matrix.open_lists(atlas))
    return count.open_existing or count.open_potential


def _explore(choice: Choice) -> str | None:
    """The same list with facets; None where a place is chosen, which facets know by county only."""
    if choice.level != "all":
        return None
    given = {
        "broad-category": (choice.category or "").removeprefix(CATEGORY),
        "partnership-status": choice.status or "",
    }
    return links.with_query(
        local_path("/explore/partners"), {name: value for name, value in given.items() if value}
    )


def _files(table: str) -> tuple[Download, ...]:
    return sheets.offers(lambda form: local_path(f"{PATH}/{table}.{form}"))


def _opened(county: str | None, atlas: Atlas) -> frozenset[str]:
    """The counties whose municipalities are shown. Raises UnknownError."""
    counties = matrix.counties(atlas)
    if not county:
        return frozenset()
    if county == ALL:
        return counties
    if TERRITORY + county not in counties:
        raise UnknownError(TERRITORY + county)
    return frozenset({TERRITORY + county})


def _views(county: str | None, opened: frozenset[str], atlas: Atlas) -> list[dict[str, object]]:
    """Counties alone, all municipalities, and the one county that is open, if any."""
    views: list[dict[str, object]] = [
        {"text": gettext("Counties"), "href": _unfold(None), "current": not county},
        {"text": gettext("All municipalities"), "href": _unfold(ALL), "current": county == ALL},
    ]
    if county and county != ALL:
        (one,) = opened
        views.append({"text": atlas.title(one).plain, "href": _unfold(county), "current": True})
    return views


def _unfold(county: str | None) -> str:
    return links.with_query(local_path(PATH), {"county": county} if county else {}) + "#places"


def _linked(atlas: Atlas, iri: str) -> dict[str, object]:
    return {"title": atlas.title(iri), "href": links.href(iri)}


def _number(atlas: Atlas, category: str) -> str | None:
    about = atlas.categories[category]
    return about.on_map or about.on_page


def _category(atlas: Atlas, row: CategoryRow, known: Collection[Role]) -> dict[str, object]:
    about = atlas.categories[row.iri]
    own = matrix_roles.within(atlas, known, row.iri)
    return {
        **_linked(atlas, row.iri),
        "depth": row.depth,
        "on_map": about.on_map,
        "on_page": about.on_page,
        "listed_with": atlas.title(row.listed_with) if row.listed_with else None,
        "statuses": [
            {
                "count": count,
                "style": status if count else "no",
                "open": left_open,
                "href": _list_of(category=row.iri, status=status),
            }
            for status, count, left_open in (
                ("existing", row.count.existing, row.open_existing),
                ("potential", row.count.potential, row.open_potential),
            )
        ],
        "roles": {
            "href": matrix_roles.listed(row.iri),
            "stated": sum(one.stated for one in own),
            "possible": sum(not one.stated for one in own),
        },
        "cells": [
            {
                "way": _area_cell(atlas, row, area),
                "says": matrix_roles.saying(own, row.iri, area),
            }
            for area in matrix.areas(atlas)
        ],
    }


def _area_cell(atlas: Atlas, row: CategoryRow, area: str) -> dict[str, object] | None:
    top = row.through.get(area)
    if top is None:
        return None
    return {
        "own": top == row.iri,
        "number": _number(atlas, top) or atlas.title(top).plain,
        "through": atlas.title(top).plain,
    }


def _place_cells(atlas: Atlas, row: PlaceRow, opened: frozenset[str]) -> dict[str, object]:
    nowhere = matrix.without_places(atlas)
    place = (row.place or "").removeprefix(TERRITORY)
    return {
        "level": row.level,
        "name": place_name(atlas, row),
        "title": atlas.title(row.place) if row.place else None,
        "href": links.href(row.place) if row.place else None,
        "open": row.place in opened,
        "named": _named(atlas, row),
        "namesakes": _namesakes(_named(atlas, row)),
        "unfold": _unfold(None if row.place in opened else place),
        "cells": [
            {
                "count": count,
                **_unknown(row, top, nowhere),
                "category": atlas.title(top).plain if top else None,
                "existing": _list_of(category=top, place=row, status="existing"),
                "potential": _list_of(category=top, place=row, status="potential"),
            }
            for top, count in ((None, row.count), *row.counts.items())
        ],
    }


def _unknown(row: PlaceRow, top: str | None, nowhere: matrix.Lists) -> dict[str, bool]:
    """Of which statuses a cell cannot know, and whether there is nothing else to say in it."""
    existing, potential = (matrix.is_unknown(row, top, status, nowhere) for status in (True, False))
    return {
        "unknown_existing": existing,
        "unknown_potential": potential,
        "unknown": existing and potential,
    }


def _named(atlas: Atlas, row: PlaceRow) -> str:
    """The name of a county without „apskritis“, as names of organisations have it."""
    if row.level != "county" or not row.place:
        return ""
    return atlas.lithuanian.title(row.place).plain.partition(" ")[0]


def _namesakes(named: str) -> int:
    """How many partners without a place have that in their names: as many as the list finds."""
    listing = current_explorer().listing(STEAM + "Partnership")
    county = next((one for one in listing.view.facets if one.key == "county"), None)
    if not named or county is None:
        return 0
    return len(listing.left(explore_query.Choice(values={county: (UNKNOWN,)}, words=named)))


def _list_of(*, category: str | None, status: str, place: PlaceRow | None = None) -> str:
    return Choice(
        category=category,
        level=place.level if place else "all",
        place=place.place if place else None,
        status=status,
    ).address()


def _partner(atlas: Atlas, partner: Partner, named: Mapping[str, Text]) -> dict[str, object]:
    return {
        **_linked(atlas, partner.iri),
        "badge": Badge(
            text=Text(text=str(status_words(status_of(partner)))), style=status_of(partner)
        ),
        "became": [
            shown_successor(row) for row in current_explorer().successors.get(partner.iri, ())
        ],
        "category": _linked(atlas, partner.category),
        "place": _linked(atlas, partner.territory) if partner.territory else None,
        "city": atlas.title(partner.city) if partner.city else None,
        "sources": [
            {
                "href": links.href(source.passage),
                "text": lines(str(source.first), str(source.last)),
                "section": named.get(source.section),
                "section_href": links.href(source.section),
            }
            for source in partner.sources
        ],
    }
