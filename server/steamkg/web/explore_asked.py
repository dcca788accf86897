"""What the address of a list says: how it is narrowed and sorted, and which page is wanted."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from flask import request
from flask_babel import gettext

from steamkg.web.errors import refused
from steamkg.web.explore_index import Listing
from steamkg.web.explore_query import SOURCES, Choice
from steamkg.web.explore_shapes import Facet
from steamkg.web.language import local_path
from steamkg.web.naming import Text, pick

PER_PAGE: Final = 50
LONGEST_WORDS: Final = 120


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the address of a view says: ``pairs`` are its parameters, known and in order."""

    listing: Listing
    choice: Choice
    page: int
    pairs: tuple[tuple[str, str], ...]

    def href(self, pairs: Sequence[tuple[str, str]]) -> str:
        """The address of the same list with other parameters."""
        query = urlencode(sorted(pairs))
        path = local_path(f"/explore/{self.listing.view.slug}")
        return f"{path}?{query}" if query else path

    def without(self, *names: str) -> list[tuple[str, str]]:
        """The parameters but these; what page it is goes with every change."""
        return [(name, value) for name, value in self.pairs if name not in (*names, "page")]


def asked_of(listing: Listing) -> Asked:
    """What the parameters mean. Raises RefusedError for those that mean nothing."""
    facets = {one.key: one for one in listing.facets}
    values: dict[Facet, tuple[str, ...]] = {}
    pairs: list[tuple[str, str]] = []
    for name in sorted(request.args):
        given = sorted({value for value in request.args.getlist(name) if value})
        if name in facets:
            known = listing.choices(facets[name])
            for value in given:
                if value not in known:
                    raise refused(
                        404,
                        gettext(
                            "“%(facet)s” has no choice “%(value)s”. These are known:",
                            facet=facet_name(facets[name]).text,
                            value=value[:100],
                        ),
                        tuple(known),
                    )
            if given:
                values[facets[name]] = tuple(known[value] for value in given)
            pairs += [(name, value) for value in given]
        elif name not in ("q", "sort", "page", "format"):
            raise refused(
                400,
                gettext("This list cannot be narrowed by “%(name)s”, only by:", name=name[:100]),
                (*facets, "q", "sort", "page", "format"),
            )
    words = " ".join(request.args.get("q", "").split())[:LONGEST_WORDS]
    pairs += [("q", words)] if words else []
    sort = _sort(listing)
    pairs += [("sort", sort)] if sort != "name" else []
    choice = Choice(values=values, words=words, sort=sort)
    page = _page_number(len(listing.left(choice)))
    pairs += [("page", str(page))] if page > 1 else []
    return Asked(listing=listing, choice=choice, page=page, pairs=tuple(sorted(pairs)))


def _sort(listing: Listing) -> str:
    sort = request.args.get("sort") or "name"
    known = ["name", *(one.key for one in (*listing.view.columns, *SOURCES))]
    if sort.removeprefix("-") not in known:
        raise refused(
            400,
            gettext("This list cannot be sorted by “%(name)s”, only by:", name=sort[:100]),
            tuple(known),
        )
    return sort


def _page_number(total: int) -> int:
    last = max(1, -(-total // PER_PAGE))
    given = request.args.get("page") or "1"
    if not (given.isascii() and given.isdigit() and len(given) < 8 and int(given) > 0):
        raise refused(
            400, gettext("“%(given)s” is no number of a page.", given=given[:100]), ("1",)
        )
    if int(given) > last:
        raise refused(
            404,
            gettext("This list has no page %(page)s. Its last page is:", page=given),
            (str(last),),
        )
    return int(given)


def facet_name(facet: Facet) -> Text:
    return pick(facet.names) or Text(text=facet.key.replace("-", " "), language="en")
