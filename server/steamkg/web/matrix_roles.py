"""What the roles of a category say, beside the areas that are possible for its top category.

The document states roles and possible areas apart. That a role speaks of an area is our
interpretation: both are of one kind of support (``data/alignment/kinds-of-support.ttl``).
"""

from collections.abc import Iterable
from dataclasses import dataclass

from steamkg.graph.names import ENTITY
from steamkg.web import links
from steamkg.web.atlas import Atlas
from steamkg.web.language import local_path
from steamkg.web.rows import text_of
from steamkg.web.site import Site

STATED = ENTITY + "modality/stated"
_CATEGORY = ENTITY + "partner-category/"
_KIND = ENTITY + "kind-of-support/"


@dataclass(frozen=True, kw_only=True)
class Role:
    """What a category does (stated) or could do; ``kinds`` has an area for each that we read in."""

    iri: str
    category: str
    stated: bool
    kinds: tuple[tuple[str, str | None], ...]


def roles(site: Site) -> tuple[Role, ...]:
    """All roles of categories."""
    found: dict[tuple[str, str, bool], dict[tuple[str, str | None], None]] = {}
    for row in site.kept_rows("matrix-roles"):
        role, category = text_of(row, "role") or "", text_of(row, "category") or ""
        kinds = found.setdefault((role, category, text_of(row, "modality") == STATED), {})
        if kind := text_of(row, "kind"):
            kinds[kind, text_of(row, "area")] = None
    return tuple(
        Role(iri=iri, category=category, stated=stated, kinds=tuple(kinds))
        for (iri, category, stated), kinds in found.items()
    )


def within(atlas: Atlas, known: Iterable[Role], category: str) -> list[Role]:
    """The roles of a category and of narrower ones."""
    return [one for one in known if category in atlas.above(one.category)]


def saying(known: Iterable[Role], category: str, area: str) -> dict[str, object] | None:
    """The roles of the very category that we read as speaking of an area: a link to their list."""
    own = [
        (one, kind)
        for one in known
        if one.category == category
        for kind, of in one.kinds
        if of == area
    ]
    if not own:
        return None
    return {
        "href": listed(category, {kind for _, kind in own}),
        "sure": "stated" if any(one.stated for one, _ in own) else "possibility",
    }


def listed(category: str, kinds: Iterable[str] = ()) -> str:
    """The address of the list of roles."""
    path = links.with_query(
        local_path("/explore/roles"), {"broad-category": category.removeprefix(_CATEGORY)}
    )
    return path + "".join(f"&kind-of-support={one.removeprefix(_KIND)}" for one in sorted(kinds))
