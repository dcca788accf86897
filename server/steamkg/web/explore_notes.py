"""What a reader must know of a list as a whole: whether it is open, and as of when it speaks."""

from collections.abc import Collection, Iterable
from typing import Final

from steamkg.web.explore_index import Listing
from steamkg.web.rows import text_of
from steamkg.web.site import current_site

_LIST: Final = ("category", "partnership-status")
"""The columns that say in which list of the document a partner stands."""


def left_open(listing: Listing, things: Iterable[str]) -> bool:
    """Whether a list of the document that these stand in ends with “etc.”: they are not all."""
    columns = {one.key: one for one in listing.view.columns}
    if not all(key in columns for key in _LIST):
        return False
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


def undated(documents: Collection[str]) -> bool:
    """Whether of none of these documents it is known as of when it speaks."""
    rows = current_site().kept_rows("documents")
    dated = {text_of(row, "document") for row in rows if "asOf" in row}
    return bool(documents) and dated.isdisjoint(documents)
