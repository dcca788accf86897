"""The map of partners: municipal territories by how they are listed, and a table as its equal.

The picture is drawn here, as SVG, from stored queries; it needs no script and asks no other host.
Every choice stands in the address, so a view can be kept and sent on.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from flask import Blueprint, Response, current_app, render_template, request
from flask_babel import gettext, lazy_gettext

from steamkg.graph.names import ENTITY
from steamkg.web import links, sheets, unplaced
from steamkg.web.atlas import CITY, TERRITORY, Atlas, Centre, Partner, Tally, atlas_of
from steamkg.web.badges import Badge
from steamkg.web.errors import UnknownError
from steamkg.web.language import local_path
from steamkg.web.matrix import Count, counties, county_of, open_lists
from steamkg.web.naming import Text, Title, status_words
from steamkg.web.outlines import WIDTH
from steamkg.web.site import current_site

blueprint: Final = Blueprint("map", __name__)

CATEGORY: Final = ENTITY + "partner-category/"
POSSIBLE: Final = ENTITY + "partnership-area/"
_MEASURES: Final = {
    "status": lazy_gettext("how the municipality is listed"),
    "existing": lazy_gettext("number of existing partners"),
    "potential": lazy_gettext("number of potential partners"),
}
_SORTS: Final = ("county", "existing", "potential")
"""What the table can be sorted by, besides the name."""
_STEPS: Final = (1, 2, 3, 5, 8)
"""Where the levels of the ordered scale begin."""
_EDGE: Final = 120
"""Left of this a name in the middle above its city would be cut off."""
_SMALL: Final = 240
"""Width of the little map on the pages of things."""


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What the address asks for. Values are IRIs; None for no restriction."""

    measure: str
    category: str | None
    area: str | None
    territory: str | None
    county: str | None
    sort: str | None

    @classmethod
    def of(cls, values: Mapping[str, str], atlas: Atlas) -> "Choice":
        """Raises UnknownError for a value that nothing here has."""
        measure = values.get("by") or "status"
        if measure not in _MEASURES:
            raise UnknownError(measure)
        sort = values.get("sort") or None
        if sort and sort not in _SORTS:
            raise UnknownError(sort)
        return cls(
            measure=measure,
            category=_known(values.get("category"), CATEGORY, atlas.categories),
            area=_known(values.get("area"), POSSIBLE, atlas.possible_areas),
            territory=_known(values.get("territory"), TERRITORY, atlas.areas),
            county=_known(values.get("county"), TERRITORY, counties(atlas)),
            sort=sort,
        )

    def address(self, path: str, **changed: str | None) -> str:
        """The address of the same choice at a path, with some of it changed."""
        values = {
            "by": None if self.measure == "status" else self.measure,
            "category": _slug(self.category, CATEGORY),
            "area": _slug(self.area, POSSIBLE),
            "territory": _slug(self.territory, TERRITORY),
            "county": _slug(self.county, TERRITORY),
            "sort": self.sort,
            **changed,
        }
        given = {name: value for name, value in sorted(values.items()) if value}
        return links.with_query(local_path(path), given)


def _known(slug: str | None, base: str, known: object) -> str | None:
    if not slug:
        return None
    iri = base + slug
    if not isinstance(known, Mapping | frozenset) or iri not in known:
        raise UnknownError(iri)
    return iri


def _slug(iri: str | None, base: str) -> str | None:
    return iri.removeprefix(base) if iri else None


@blueprint.get("/map")
def page() -> str:
    """The map with its filters, its legend and its table."""
    atlas = _atlas()
    choice = Choice.of(request.args, atlas)
    partners = atlas.chosen(category=choice.category, area=choice.area)
    tallies = atlas.tallies(partners)
    return render_template(
        "map.html",
        why_unplaced=unplaced.REASON,
        choice=choice,
        measures=_MEASURES,
        categories=_options(atlas, atlas.categories, CATEGORY, choice.category),
        areas=_options(atlas, atlas.possible_areas, POSSIBLE, choice.area),
        counties=_options(atlas, counties(atlas), TERRITORY, choice.county),
        sorts={key: choice.address("/map", sort=key) + "#rows" for key in (None, *_SORTS)},
        frame=atlas.frame,
        width=WIDTH,
        territories=[_drawn(atlas, tally, choice) for tally in tallies.values()],
        cities=_cities(atlas),
        levels=_levels(),
        rows=[_row(atlas, tally, choice) for tally in _in_order(atlas, tallies, choice)],
        details=_details(atlas, tallies[choice.territory]) if choice.territory else None,
        total=len({one.iri for one in partners if _is_near(atlas, one, choice)}),
        elsewhere=len({one.iri for one in partners if one.territory is None}),
        at_least=_at_least(atlas, [one for one in partners if _is_near(atlas, one, choice)]),
        shown=_heading(atlas, choice),
        downloads=sheets.offers(lambda form: choice.address(f"/map/table.{form}", territory=None)),
        queries=("map-partners", "map-outlines"),
        section="/map",
    )


@blueprint.get("/map/table.<form>")
def table(form: str) -> Response:
    """The rows beside the map, as a file."""
    atlas = _atlas()
    choice = Choice.of(request.args, atlas)
    tallies = atlas.tallies(atlas.chosen(category=choice.category, area=choice.area))
    columns = (
        gettext("Municipality"),
        gettext("County"),
        gettext("Listed as"),
        gettext("Existing partners"),
        gettext("Potential partners"),
        "IRI",
    )
    rows = [
        (
            atlas.title(tally.area.iri).plain,
            atlas.title(tally.area.county).plain,
            _standing(tally.standing),
            tally.existing,
            tally.potential,
            tally.area.iri,
        )
        for tally in _in_order(atlas, tallies, choice)
    ]
    return sheets.answer(
        form,
        name="map",
        title=gettext("Partners by municipality"),
        columns=columns,
        rows=rows,
        queries=("pages/map-partners", "pages/map-outlines", "pages/map-names"),
    )


def _atlas() -> Atlas:
    return atlas_of(current_site(), current_app.extensions)


def _options(
    atlas: Atlas, iris: Mapping[str, object] | frozenset[str], base: str, chosen: str | None
) -> list[dict[str, object]]:
    ordered = atlas.by_number() if base == CATEGORY else atlas.by_name(iris)
    return [
        {"value": iri.removeprefix(base), "text": _option(atlas, iri), "selected": iri == chosen}
        for iri in ordered
    ]


def _option(atlas: Atlas, iri: str) -> str:
    """With the number on the document's map; that at the head of its page, where it is another."""
    about = atlas.categories.get(iri)
    name = atlas.title(iri).plain
    if about is None or not (about.on_map or about.on_page):
        return name
    if about.on_map == about.on_page:
        return f"{about.on_map} {name}"
    named = f"{about.on_map} {name}" if about.on_map else name
    if not about.on_page:
        return named
    on_page = gettext("no. %(number)s at the head of its page", number=about.on_page)
    return f"{named} ({on_page})"


def _drawn(atlas: Atlas, tally: Tally, choice: Choice) -> dict[str, object]:
    return {
        "id": tally.area.slug,
        "path": tally.area.path,
        "fill": _fill(tally, choice.measure),
        "aside": choice.county not in (None, tally.area.county),
        "label": f"{atlas.title(tally.area.iri).plain}: {_said(tally, choice.measure)}",
        "href": choice.address("/map", territory=tally.area.slug) + "#details",
        "chosen": tally.area.iri == choice.territory,
        "x": round(tally.area.middle[0]),
        "y": round(tally.area.middle[1]),
    }


def _fill(tally: Tally, measure: str) -> str:
    if measure == "status":
        return tally.standing
    return f"level-{_level(tally.existing if measure == 'existing' else tally.potential)}"


def _level(number: int) -> int:
    return sum(number >= step for step in _STEPS)


def _said(tally: Tally, measure: str) -> str:
    if measure == "status":
        return _standing(tally.standing)
    return str(tally.existing if measure == "existing" else tally.potential)


def _standing(standing: str) -> str:
    if standing != "none":
        return status_words(standing)
    return str(gettext("not listed in %(year)s", year=current_site().counts.get("asOf")))


def _levels() -> list[dict[str, object]]:
    found: list[dict[str, object]] = [{"level": 0, "text": "0"}]
    for level, step in enumerate(_STEPS, 1):
        last = _STEPS[level] - 1 if level < len(_STEPS) else None
        text = f"{step}+" if last is None else str(step) if last == step else f"{step}–{last}"
        found.append({"level": level, "text": text})
    return found


def _cities(atlas: Atlas) -> list[dict[str, object]]:
    by_city: dict[str, list[Centre]] = {}
    for centre in atlas.centres:
        by_city.setdefault(centre.city, []).append(centre)
    return [
        {
            "x": round(atlas.cities[city][0], 1),
            "y": round(atlas.cities[city][1], 1),
            "at_edge": atlas.cities[city][0] < _EDGE,
            "name": atlas.title(city),
            "href": links.href(centres[0].iri),
            # The word on the map comes first: who speaks to the page says what she sees.
            "label": f"{atlas.title(city).plain}: "
            + ", ".join(atlas.title(one.iri).plain for one in centres),
            "methodological": any(one.methodological for one in centres),
        }
        for city, centres in sorted(by_city.items())
        if city in atlas.cities
    ]


def _centres_of(atlas: Atlas, city: str, centres: list[Centre]) -> str:
    """Begins with the word on the map, so that it can be spoken to press it (WCAG 2.5.3)."""
    names = ", ".join(atlas.title(one.iri).plain for one in centres)
    return f"{atlas.title(city).plain}: {names}"


def _is_near(atlas: Atlas, partner: Partner, choice: Choice) -> bool:
    """Whether a partner is in the county asked for, if any is."""
    return choice.county is None or county_of(atlas, partner) == choice.county


def _in_order(atlas: Atlas, tallies: Mapping[str, Tally], choice: Choice) -> list[Tally]:
    """The municipalities of the county asked for or all, by name or as the address sorts them."""
    named = [
        tallies[iri]
        for iri in atlas.by_name(tallies)
        if choice.county in (None, tallies[iri].area.county)
    ]
    if choice.sort == "county":
        places = {iri: place for place, iri in enumerate(atlas.by_name(counties(atlas)))}
        return sorted(named, key=lambda tally: places[tally.area.county])
    if choice.sort == "existing":
        return sorted(named, key=lambda tally: -tally.existing)
    if choice.sort == "potential":
        return sorted(named, key=lambda tally: -tally.potential)
    return named


def _row(atlas: Atlas, tally: Tally, choice: Choice) -> dict[str, object]:
    return {
        "href": choice.address("/map", territory=tally.area.slug) + "#details",
        "title": atlas.title(tally.area.iri),
        "county": atlas.title(tally.area.county),
        "county_href": links.href(tally.area.county),
        "badge": _badge(tally.standing) if tally.standing != "none" else None,
        "existing": tally.existing,
        "potential": tally.potential,
        "chosen": tally.area.iri == choice.territory,
    }


def _badge(standing: str) -> Badge:
    return Badge(text=Text(text=_standing(standing)), style=standing)


def _details(atlas: Atlas, tally: Tally) -> dict[str, object]:
    area = tally.area
    return {
        "title": atlas.title(area.iri),
        "href": links.href(area.iri),
        "county": atlas.title(area.county),
        "county_href": links.href(area.county),
        "badge": _badge(tally.standing) if tally.standing != "none" else None,
        "partners": [_partner(atlas, one) for one in tally.partners],
        "centres": [
            {"title": atlas.title(one.iri), "href": links.href(one.iri)}
            for one in atlas.centres
            if atlas.lies_in(one.city) == area.iri
        ],
    }


def _partner(atlas: Atlas, partner: Partner) -> dict[str, object]:
    return {
        "title": atlas.title(partner.iri),
        "href": links.href(partner.iri),
        "badge": _badge("existing" if partner.existing else "potential"),
        "category": atlas.title(partner.category),
        "category_href": links.href(partner.category),
        "areas": [
            {"title": atlas.title(area), "href": links.href(area)}
            for area in atlas.by_name(atlas.areas_of(partner.category))
        ],
        "sources": [
            {
                "href": links.href(source.passage),
                "first": source.first,
                "last": source.last,
            }
            for source in partner.sources
        ],
        "city": atlas.title(partner.city) if partner.city else None,
    }


def _at_least(atlas: Atlas, partners: Iterable[Partner]) -> bool:
    count = Count.of(partners, open_lists(atlas))
    return count.open_existing or count.open_potential


def _heading(atlas: Atlas, choice: Choice) -> list[Title]:
    return [atlas.title(iri) for iri in (choice.category, choice.area, choice.county) if iri]


def locator(iri: str) -> dict[str, object] | None:
    """A little map that shows where a territory, county or city lies; None for other things.

    For ``locator.html``: ``width``, ``height``, the ``country`` and the ``place`` as paths, and
    ``point``.
    """
    atlas = _atlas()
    small = atlas.small(_SMALL)
    if iri.startswith(CITY):
        point = small.points.get(iri)
        return small.picture(place="", point=point) if point else None
    if not iri.startswith(TERRITORY):
        return None
    within = [one for one in atlas.areas.values() if iri in (one.iri, one.county)]
    if not within:
        return None
    return small.picture(place="".join(small.paths[one.iri] for one in within), point=None)
