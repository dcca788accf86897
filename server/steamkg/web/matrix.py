"""The partner map as two matrices: categories by possible areas, and places by top categories.

Counts are of organisations, each once; partners of narrower categories count for the broader ones
too. What an area or a place does not show is not denied: areas are possibilities, a place is known
only where a source gives it. Layout and words are the business of ``matrix_page.py``.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from steamkg.web.atlas import EXISTING, POTENTIAL, Atlas, Partner

Level = Literal["county", "municipality", "unplaced", "all"]
Lists = Collection[tuple[str, bool]]
"""Lists of partners: category, and whether of existing partners."""


@dataclass(frozen=True, kw_only=True)
class Count:
    """How many organisations are listed as existing and as potential partners."""

    existing: int
    potential: int
    open_existing: bool = False
    """Whether the document leaves a list among these open, so that the number is the least."""
    open_potential: bool = False

    @classmethod
    def of(cls, partners: Iterable[Partner], left: Collection[tuple[str, bool]] = ()) -> "Count":
        """Each organisation counts once for a status; ``left`` are the lists left open."""
        known = list(partners)
        listed = {(one.iri, one.existing) for one in known}
        existing = sum(is_partner for _, is_partner in listed)
        return cls(
            existing=existing,
            potential=len(listed) - existing,
            open_existing=any(one.existing and (one.category, True) in left for one in known),
            open_potential=any(not one.existing and (one.category, False) in left for one in known),
        )

    @property
    def style(self) -> str:
        """The class of a cell."""
        if self.existing:
            return "yes"
        return "open" if self.potential else "no"


@dataclass(frozen=True, kw_only=True)
class CategoryRow:
    """A category in the tree; a top category has depth 0."""

    iri: str
    depth: int
    count: Count
    open_existing: bool
    """Whether the list, or one of a narrower category, is left open: the count is the least."""
    open_potential: bool
    listed_with: str | None
    """The broader category in whose list its partners stand, where it has no list of its own."""
    through: Mapping[str, str]
    """For each possible area the top category that the document gives it to."""


@dataclass(frozen=True, kw_only=True)
class PlaceRow:
    """Partners placed in ``place``: in all, and by top category; None for no place or all."""

    level: Level
    place: str | None
    count: Count
    counts: Mapping[str, Count]


def open_lists(atlas: Atlas) -> frozenset[tuple[str, bool]]:
    """The lists that the document ends with “etc.”: category, and whether of existing partners."""
    return frozenset(
        (iri, status == EXISTING) for iri, one in atlas.categories.items() for status in one.open
    )


def tops(atlas: Atlas) -> list[str]:
    """The categories with nothing above them, as the map numbers them."""
    return [iri for iri in atlas.by_number() if not atlas.categories[iri].broader]


def tree(atlas: Atlas) -> list[tuple[str, int]]:
    """Every category once with its depth: each below the nearest of those that are broader."""
    below: dict[str, list[str]] = {}
    for iri in atlas.by_number():
        if broader := atlas.categories[iri].broader:
            below.setdefault(_nearest(atlas, broader), []).append(iri)
    found: list[tuple[str, int]] = []
    waiting = [(iri, 0) for iri in reversed(tops(atlas))]
    while waiting:
        iri, depth = waiting.pop()
        found.append((iri, depth))
        waiting.extend((one, depth + 1) for one in reversed(below.get(iri, ())))
    return found


def _nearest(atlas: Atlas, broader: Collection[str]) -> str:
    """The one that lies deepest: most others are above it."""
    return max(sorted(broader), key=lambda iri: len(atlas.above(iri)))


def areas(atlas: Atlas) -> list[str]:
    """The possible areas: first those of most top categories, then by name."""
    shared = {
        area: sum(area in one.areas for one in atlas.categories.values())
        for area in atlas.possible_areas
    }
    return sorted(atlas.by_name(shared), key=lambda area: -shared[area])


def category_rows(atlas: Atlas) -> list[CategoryRow]:
    """The first matrix: all categories in the order of the tree."""
    direct = {one.category for one in atlas.partners}
    found: list[CategoryRow] = []
    path: list[str] = []
    for iri, depth in tree(atlas):
        path[depth:] = [iri]
        count = Count.of(atlas.chosen(category=iri, area=None))
        within = [one.open for name, one in atlas.categories.items() if iri in atlas.above(name)]
        above = path[-2] if depth > 1 else None
        silent = count.style == "no"
        found.append(
            CategoryRow(
                iri=iri,
                depth=depth,
                count=count,
                open_existing=any(EXISTING in one for one in within),
                open_potential=any(POTENTIAL in one for one in within),
                listed_with=above if silent and above in direct else None,
                through=_through(atlas, iri),
            )
        )
    return found


def _through(atlas: Atlas, category: str) -> dict[str, str]:
    return {
        area: one
        for one in sorted(atlas.above(category))
        if one in atlas.categories
        for area in atlas.categories[one].areas
    }


def place_rows(atlas: Atlas, opened: Collection[str]) -> list[PlaceRow]:
    """The second matrix: all counties, the municipalities of ``opened`` ones, no place, and all."""
    top_of = {
        category: [top for top in tops(atlas) if top in atlas.above(category)]
        for category in {one.category for one in atlas.partners}
    }

    left = open_lists(atlas)

    def row(level: Level, place: str | None) -> PlaceRow:
        partners = [one for one in atlas.partners if _lies(atlas, one, level, place)]
        return PlaceRow(
            level=level,
            place=place,
            count=Count.of(partners, left),
            counts={
                top: Count.of((one for one in partners if top in top_of[one.category]), left)
                for top in tops(atlas)
            },
        )

    found: list[PlaceRow] = []
    for county in atlas.by_name(counties(atlas)):
        found.append(row("county", county))
        if county in opened:
            within = [iri for iri, area in atlas.areas.items() if area.county == county]
            found.extend(row("municipality", one) for one in atlas.by_name(within))
    return [*found, row("unplaced", None), row("all", None)]


def _lies(atlas: Atlas, partner: Partner, level: Level, place: str | None) -> bool:
    if level == "all":
        return True
    if level == "county":
        return county_of(atlas, partner) == place
    return partner.territory == place  # which is None for partners without a place


def counties(atlas: Atlas) -> frozenset[str]:
    """The counties that the municipal territories lie in."""
    return frozenset(area.county for area in atlas.areas.values())


def county_of(atlas: Atlas, partner: Partner) -> str | None:
    """The county that a partner's territory lies in; None where no source gives a territory."""
    area = atlas.areas.get(partner.territory or "")
    return area.county if area else None


def without_places(atlas: Atlas) -> frozenset[tuple[str, bool]]:
    """Lists of whose partners no source places a single one: top category, and whether existing."""
    known = set(tops(atlas))
    every, placed = (
        {
            (top, one.existing)
            for one in atlas.partners
            if one.territory or not only_placed
            for top in known.intersection(atlas.above(one.category))
        }
        for only_placed in (False, True)
    )
    return frozenset(every - placed)


def is_unknown(row: PlaceRow, top: str | None, existing: bool, nowhere: Lists) -> bool:
    """Whether a count of 0 in a row says nothing: no partner of that list has a place at all."""
    return (top, existing) in nowhere and row.level in ("county", "municipality")


def listed(
    atlas: Atlas,
    *,
    category: str | None,
    level: Level,
    place: str | None,
    existing: bool | None,
) -> list[Partner]:
    """The partners behind a number of either matrix, by name."""
    found = {
        one.iri: one
        for one in atlas.chosen(category=category, area=None)
        if _lies(atlas, one, level, place) and existing in (None, one.existing)
    }
    return [found[iri] for iri in atlas.by_name(found)]
