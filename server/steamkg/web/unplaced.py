"""Why so many have no place: said in the same words beside lists, in files, and on the map."""

from typing import Final

from flask_babel import lazy_gettext, ngettext

from steamkg.graph.names import STEAM
from steamkg.web.explore_index import Listing
from steamkg.web.explore_query import UNKNOWN, Choice
from steamkg.web.explore_shapes import Facet

KEY: Final = "county"
"""What the shapes call the way to a county, whatever leads there."""
_PRINTED: Final = STEAM + "PartnerList"
"""A list in the document stands nowhere; what it names does."""
REASON: Final = lazy_gettext(
    "The document gives no addresses. A place is known where a municipality governs a territory, "
    "or where the document lists companies under a city; a city in a name is no place."
)


def facet(listing: Listing) -> Facet | None:
    """The facet of a list with a column of counties, where some of its things have none."""
    columns = {one.key for one in listing.view.columns}
    if listing.view.class_ == _PRINTED:
        return None
    found = (one for one in listing.facets if one.key == KEY and KEY in columns)
    return next((one for one in found if UNKNOWN in listing.choices(one).values()), None)


def count(listing: Listing, choice: Choice) -> int:
    """How many fit the other choices and have no county that anybody knows."""
    told = facet(listing)
    return listing.counts(choice, told).get(UNKNOWN, 0) if told else 0


def words(number: int) -> str:
    """How many have no place, and why."""
    many = ngettext(
        "Of %(count)s entry no source says where it is.",
        "Of %(count)s entries no source says where they are.",
        number,
        count=number,
    )
    return f"{many} {REASON}"
