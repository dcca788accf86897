"""What a reader must know of a list as a whole: whether it is open, and as of when it speaks."""

from collections.abc import Collection, Iterable
from typing import Final

from flask_babel import gettext, ngettext

from steamkg.graph.names import PREFIXES, STEAM
from steamkg.web.explore_index import Listing
from steamkg.web.explore_shapes import Facet
from steamkg.web.rows import text_of
from steamkg.web.site import current_site

_LIST: Final = ("category", "partnership-status")
"""The columns that say in which list of the document a partner stands."""
_LISTS: Final = STEAM + "PartnerList"
_OF_KINDS: Final = frozenset((STEAM + "Benefit", STEAM + "CategoryRole"))
"""Lists of sentences about kinds of partners."""
_HIERARCHY: Final = frozenset(PREFIXES["skos"] + name for name in ("broader", "topConceptOf"))
_KNOWN_ELSEWHERE: Final = frozenset(("county", "modality", "document", "section"))
"""What everything has somewhere, known or not; anything else a document names, or does not."""


def left_open(listing: Listing, things: Iterable[str]) -> bool:
    """Whether a list of the document that these stand in ends with “etc.”: they are not all."""
    columns = {one.key: one for one in listing.view.columns}
    if listing.view.class_ == _LISTS or not all(key in columns for key in _LIST):
        return False  # The lists themselves are counted: they are all there.
    left = {
        (text_of(row, "category"), text_of(row, "open"))
        for row in current_site().kept_rows("matrix-categories")
        if "open" in row
    }
    category, status = (columns[key] for key in _LIST)
    return any(
        (one, other) in left
        for thing in things
        for one in listing.of(category, thing)
        for other in listing.of(status, thing)
    )


def later_known(listing: Listing) -> str | None:
    """How far later changes are known, in a list that tells of some; None in others."""
    if not listing.view.later:
        return None
    rows = current_site().kept_rows("later-read")
    day = text_of(rows[0], "day") if rows else None
    if day is None:
        return None
    told = gettext(
        "Later changes are those that are known here, from outside sources read by %(day)s; others "
        "were not looked into.",
        day=day,
    )
    return str(told)


def kind_of_partner(listing: Listing) -> str | None:
    """What “stated” does not mean of a sentence about a kind of partner; None in other lists."""
    if listing.view.class_ not in _OF_KINDS:
        return None
    told = gettext(
        "These sentences describe what the document assigns to a kind of partner; they do not say "
        "that each partner does it."
    )
    return str(told)


def without_value(facet: Facet) -> str:
    """What is chosen for the things to which a facet gives nothing."""
    if facet.later:
        return str(gettext("no later change known here"))
    if facet.key in _KNOWN_ELSEWHERE:
        return str(gettext("not known"))
    if facet.gives in _HIERARCHY or facet.origin:
        return str(gettext("none"))
    return str(gettext("not named"))


def as_of(things: Collection[str]) -> str:
    """As of when the documents of these speak: a year, not known, or a year but for some."""
    site = current_site()
    year = site.counts.get("asOf") if things else None
    undated = sum(site.as_of(thing) is None for thing in things)
    if undated and undated == len(things):
        return str(gettext("date of the document not known"))
    if not year:
        return ""
    words = str(gettext("statuses as of %(year)s", year=year))
    if not undated:
        return words
    rest = ngettext(
        "of %(count)s the date is not known",
        "of %(count)s the date is not known",
        undated,
        count=undated,
    )
    return f"{words}; {rest}"
