"""Which partners stand behind a number of the partner map's matrices: a choice, and its address."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from flask import current_app
from flask_babel import gettext

from steamkg.graph.names import ENTITY
from steamkg.web import links, matrix
from steamkg.web.atlas import TERRITORY, Atlas, Partner, atlas_of
from steamkg.web.errors import UnknownError
from steamkg.web.language import local_path
from steamkg.web.matrix import Level, PlaceRow
from steamkg.web.naming import Text, pick
from steamkg.web.rows import labels_of, text_of
from steamkg.web.site import current_site

PATH: Final = "/matrix"
CATEGORY: Final = ENTITY + "partner-category/"
UNPLACED: Final = "not-stated"
"""Stands for a place in the address: partners of which no source says where they are."""
AREA_QUERIES: Final = ("matrix-categories", "map-partners")
PLACE_QUERIES: Final = ("map-partners", "map-outlines")
_STATUSES: Final = {"existing": True, "potential": False}


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Which partners a list holds: those behind one number of a matrix."""

    category: str | None
    level: Level
    place: str | None
    status: str | None

    @classmethod
    def of(cls, values: Mapping[str, str], atlas: Atlas) -> "Choice":
        """Raises UnknownError for a value that nothing here has."""
        level, place = _place(values.get("place"), atlas)
        category = values.get("category")
        if category and CATEGORY + category not in atlas.categories:
            raise UnknownError(CATEGORY + category)
        status = values.get("status")
        if status and status not in _STATUSES:
            raise UnknownError(ENTITY + "partnership-status/" + status)
        return cls(
            category=CATEGORY + category if category else None,
            level=level,
            place=place,
            status=status or None,
        )

    def address(self, path: str = PATH + "/partners") -> str:
        """The address of these partners."""
        place = UNPLACED if self.level == "unplaced" else self.place
        given = {
            "category": (self.category or "").removeprefix(CATEGORY),
            "place": (place or "").removeprefix(TERRITORY),
            "status": self.status or "",
        }
        return links.with_query(local_path(path), {key: one for key, one in given.items() if one})

    def partners(self, atlas: Atlas) -> list[Partner]:
        """They, by name."""
        return matrix.listed(
            atlas,
            category=self.category,
            level=self.level,
            place=self.place,
            existing=_STATUSES.get(self.status or ""),
        )


def _place(slug: str | None, atlas: Atlas) -> tuple[Level, str | None]:
    if not slug:
        return "all", None
    if slug == UNPLACED:
        return "unplaced", None
    iri = TERRITORY + slug
    if iri in atlas.areas:
        return "municipality", iri
    if iri in matrix.counties(atlas):
        return "county", iri
    raise UnknownError(iri)


def parts() -> dict[str, Text]:
    """What documents and their sections are called, by IRI."""
    named = {
        text_of(row, "part") or "": pick(labels_of(row, "name"))
        for row in current_site().kept_rows("document-parts")
    }
    return {iri: name for iri, name in named.items() if name}


def here() -> Atlas:
    """The atlas of the application that serves this request."""
    return atlas_of(current_site(), current_app.extensions)


def status_of(partner: Partner) -> str:
    """The last part of the IRI of a partner's status."""
    return "existing" if partner.existing else "potential"


def place_name(atlas: Atlas, row: PlaceRow) -> str:
    """What a row of places is called."""
    if row.place:
        return atlas.title(row.place).plain
    return str(gettext("Place not stated") if row.level == "unplaced" else gettext("All partners"))
