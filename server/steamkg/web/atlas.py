"""Who is a partner, and where: what the map and its table show, filtered and counted.

Rows of stored queries become partnerships with a place. A place is known only where a source gives
it: a municipality governs a territory, and some companies are listed under a city, which lies in
one. All other partners have none, and are counted apart.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, Literal

from steamkg.graph.names import ENTITY
from steamkg.web.language import current_language, fallback
from steamkg.web.naming import Names, Title, collated
from steamkg.web.outlines import Frame, Point, middle, rings
from steamkg.web.rows import Row, text_of
from steamkg.web.site import Site

EXTENSION: Final = "steamkg.atlas"
EXISTING: Final = ENTITY + "partnership-status/existing"
POTENTIAL: Final = ENTITY + "partnership-status/potential"
TERRITORY: Final = ENTITY + "territory/"
CITY: Final = ENTITY + "city/"
Standing = Literal["existing", "potential", "none"]


@dataclass(frozen=True, kw_only=True)
class Source:
    """The lines that say something."""

    passage: str
    first: int
    last: int
    section: str = ""
    document: str = ""


@dataclass(frozen=True, kw_only=True)
class Partner:
    """A partnership as of the document's year; ``territory`` is None where no source gives one."""

    iri: str
    partnership: str
    existing: bool
    category: str
    top: str | None
    territory: str | None
    city: str | None
    governs: bool
    sources: tuple[Source, ...]


@dataclass(frozen=True, kw_only=True)
class Area:
    """A municipal territory: its outline in the picture, the middle of it, and its county."""

    iri: str
    county: str
    path: str
    middle: Point

    @property
    def slug(self) -> str:
        """The last part of its IRI."""
        return self.iri.removeprefix(TERRITORY)


@dataclass(frozen=True, kw_only=True)
class Centre:
    """A STEAM centre in a city."""

    iri: str
    city: str
    methodological: bool
    hosts: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Category:
    """A kind of partner; ``areas`` are those of a top category alone."""

    iri: str
    broader: frozenset[str]
    on_map: str | None
    on_page: str | None
    areas: frozenset[str]
    open: frozenset[str]
    """The statuses whose list the document leaves open."""


@dataclass(kw_only=True)
class Tally:
    """The partners placed in one territory."""

    area: Area
    partners: list[Partner] = field(default_factory=list)

    @property
    def existing(self) -> int:
        """Organisations listed as partners."""
        return len({one.iri for one in self.partners if one.existing})

    @property
    def potential(self) -> int:
        """Organisations listed as possible partners."""
        return len({one.iri for one in self.partners if not one.existing})

    @property
    def standing(self) -> Standing:
        """How the municipality itself is listed, whatever else lies in its territory."""
        own = [one for one in self.partners if one.governs]
        if not own:
            return "none"
        return "existing" if any(one.existing for one in own) else "potential"


@dataclass(frozen=True, kw_only=True)
class Small:
    """A little map: the same places with fewer points."""

    width: int
    height: int
    paths: Mapping[str, str]
    points: Mapping[str, Point]

    def picture(self, *, place: str, point: Point | None) -> dict[str, object]:
        """What ``locator.html`` draws."""
        return {
            "width": self.width,
            "height": self.height,
            "country": "".join(self.paths.values()),
            "place": place,
            "point": (round(point[0], 1), round(point[1], 1)) if point else None,
        }


class Atlas:
    """Everything the map and the matrices draw, read once for a build."""

    def __init__(self, site: Site) -> None:
        """Ask the site when something is first needed."""
        self._site = site
        self._names: dict[str, Names] = {}
        self._small: dict[int, Small] = {}

    @property
    def names(self) -> Names:
        """The names of all places, partners, categories and areas in the current language."""
        language = current_language()
        if language not in self._names:
            triples = self._site.triples("map-names")
            self._names[language] = Names(triples, fallback(language))
        return self._names[language]

    @cached_property
    def lithuanian(self) -> Names:
        """The same in Lithuanian, in which the documents name places and partners."""
        return Names(self._site.triples("map-names"), fallback("lt"))

    def title(self, iri: str) -> Title:
        """What a thing is called in the current language."""
        return self.names.title(iri)

    def by_name(self, iris: Iterable[str]) -> list[str]:
        """In the order of their names."""
        return sorted(iris, key=lambda iri: collated(self.title(iri).plain))

    @cached_property
    def _outlines(self) -> dict[str, tuple[str, list[list[Point]]]]:
        return {
            text_of(row, "place") or "": (
                text_of(row, "within") or "",
                rings(text_of(row, "outline") or ""),
            )
            for row in self._site.rows("map-outlines")
        }

    @cached_property
    def frame(self) -> Frame:
        """The frame around all territories."""
        return Frame.around(
            point for _, outline in self._outlines.values() for ring in outline for point in ring
        )

    @cached_property
    def areas(self) -> Mapping[str, Area]:
        """The municipal territories by IRI, from north to south."""
        found = [
            Area(
                iri=iri,
                county=within,
                path=self.frame.path(outline),
                middle=self.frame.place(middle(outline)),
            )
            for iri, (within, outline) in self._outlines.items()
            if iri.startswith(TERRITORY)
        ]
        return {area.iri: area for area in sorted(found, key=lambda area: area.middle[::-1])}

    @cached_property
    def cities(self) -> Mapping[str, Point]:
        """Where in the picture the cities lie."""
        return {
            iri: self.frame.place(outline[0][0])
            for iri, (_, outline) in self._outlines.items()
            if iri.startswith(CITY)
        }

    @cached_property
    def partners(self) -> tuple[Partner, ...]:
        """All partnerships, in order of IRI."""
        sources: dict[str, dict[str, Source]] = {}
        rows: dict[str, Row] = {}
        for row in self._site.rows("map-partners"):
            partnership = text_of(row, "partnership") or ""
            rows.setdefault(partnership, row)
            if passage := text_of(row, "passage"):
                sources.setdefault(partnership, {})[passage] = Source(
                    passage=passage,
                    first=int(text_of(row, "first") or 0),
                    last=int(text_of(row, "last") or 0),
                    section=text_of(row, "section") or "",
                    document=text_of(row, "document") or "",
                )
        return tuple(
            self._partner(row, tuple(sources.get(partnership, {}).values()))
            for partnership, row in rows.items()
        )

    def _partner(self, row: Row, sources: tuple[Source, ...]) -> Partner:
        place = text_of(row, "place")
        city = place if place and place.startswith(CITY) else None
        within, _ = self._outlines.get(city or "", (None, None))
        return Partner(
            iri=text_of(row, "partner") or "",
            partnership=text_of(row, "partnership") or "",
            existing=text_of(row, "status") == EXISTING,
            category=text_of(row, "category") or "",
            top=text_of(row, "top"),
            territory=within if city else place,
            city=city,
            governs="governs" in row,
            sources=sources,
        )

    @cached_property
    def centres(self) -> tuple[Centre, ...]:
        """The STEAM centres."""
        hosts: dict[str, list[str]] = {}
        rows = {text_of(row, "centre") or "": row for row in self._site.rows("map-centres")}
        for row in self._site.rows("map-centres"):
            if host := text_of(row, "host"):
                hosts.setdefault(text_of(row, "centre") or "", []).append(host)
        return tuple(
            Centre(
                iri=iri,
                city=text_of(row, "city") or "",
                methodological="methodological" in row,
                hosts=tuple(hosts.get(iri, ())),
            )
            for iri, row in rows.items()
        )

    @cached_property
    def categories(self) -> Mapping[str, Category]:
        """The kinds of partners by IRI."""
        rows: dict[str, list[Row]] = {}
        for row in self._site.rows("matrix-categories"):
            rows.setdefault(text_of(row, "category") or "", []).append(row)

        def every(found: list[Row], column: str) -> frozenset[str]:
            return frozenset(value for row in found if (value := text_of(row, column)))

        return {
            iri: Category(
                iri=iri,
                broader=every(found, "broader"),
                on_map=text_of(found[0], "onMap"),
                on_page=text_of(found[0], "onPage"),
                areas=every(found, "area"),
                open=every(found, "open"),
            )
            for iri, found in rows.items()
        }

    def above(self, category: str) -> frozenset[str]:
        """A category with all broader ones."""
        reached = {category}
        frontier = {category}
        while frontier:
            frontier = {
                up
                for one in frontier
                if one in self.categories
                for up in self.categories[one].broader
            } - reached
            reached |= frontier
        return frozenset(reached)

    def areas_of(self, category: str) -> frozenset[str]:
        """The areas in which partners of a category could help: those of its top category."""
        return frozenset(
            area
            for one in self.above(category)
            if one in self.categories
            for area in self.categories[one].areas
        )

    def by_number(self) -> list[str]:
        """The categories as the partner map numbers them; those without a number last."""
        return sorted(
            self.categories,
            key=lambda iri: (
                self.categories[iri].on_map or self.categories[iri].on_page or "9",
                iri,
            ),
        )

    def lies_in(self, city: str) -> str | None:
        """The territory that a city lies in."""
        within, _ = self._outlines.get(city, (None, None))
        return within

    def small(self, width: int) -> "Small":
        """The same picture at a smaller width."""
        if width not in self._small:
            frame = Frame.around(
                (
                    point
                    for _, outline in self._outlines.values()
                    for ring in outline
                    for point in ring
                ),
                width,
            )
            shapes = {iri: outline for iri, (_, outline) in self._outlines.items()}
            self._small[width] = Small(
                width=width,
                height=frame.height,
                paths={
                    iri: frame.path(shape, grid=1)
                    for iri, shape in shapes.items()
                    if iri.startswith(TERRITORY)
                },
                points={
                    iri: frame.place(shape[0][0])
                    for iri, shape in shapes.items()
                    if iri.startswith(CITY)
                },
            )
        return self._small[width]

    @cached_property
    def possible_areas(self) -> frozenset[str]:
        """All areas that some category is given."""
        return frozenset(area for one in self.categories.values() for area in one.areas)

    def chosen(self, *, category: str | None, area: str | None) -> list[Partner]:
        """The partnerships of a category, narrower ones included, that could help in an area."""
        return [
            one
            for one in self.partners
            if (category is None or category in self.above(one.category))
            and (area is None or area in self.areas_of(one.category))
        ]

    def tallies(self, partners: Iterable[Partner]) -> dict[str, Tally]:
        """For every territory the partners placed in it."""
        found = {iri: Tally(area=area) for iri, area in self.areas.items()}
        for one in partners:
            if one.territory in found:
                found[one.territory].partners.append(one)
        return found


def atlas_of(site: Site, extensions: dict[str, object]) -> Atlas:
    """The atlas of an application, which serves one build; made when first asked for."""
    found = extensions.get(EXTENSION)
    if not isinstance(found, Atlas):
        found = extensions[EXTENSION] = Atlas(site)
    return found
