"""Explore: the lists of the graph, narrowed by facets, sorted, paged, and each view taken home."""

from operator import itemgetter
from typing import Final
from urllib.parse import urlencode

from flask import (
    Blueprint,
    Response,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
)
from flask_babel import gettext

from steamkg.graph.names import ENTITY, STEAM
from steamkg.web import (
    badges,
    explore_files,
    explore_notes,
    explore_query,
    links,
    matrix,
    spreadsheet,
    unplaced,
)
from steamkg.web.atlas import atlas_of
from steamkg.web.badges import Badge
from steamkg.web.errors import UnknownError
from steamkg.web.explore_asked import PER_PAGE, Asked, asked_of, facet_name
from steamkg.web.explore_index import MODALITY, Lines, Listing, current_explorer
from steamkg.web.explore_query import SOURCES, UNKNOWN
from steamkg.web.explore_shapes import Facet
from steamkg.web.language import current_language, local_path
from steamkg.web.naming import Text, collated, lines, pick
from steamkg.web.rows import Row, labels_of, text_of
from steamkg.web.site import current_site

blueprint: Final = Blueprint("explore", __name__)

_OPEN: Final = 12
"""A facet with more choices than this is folded, unless one of them is chosen."""
_IN_CELL: Final = 8
"""Values that a cell of the page shows; files have them all."""
_BADGES: Final = ("modality", "partnership-status")
_SURE: Final = {STEAM + "possibleArea": "possibility", STEAM + "plannedActivity": "plan"}
"""What is only possible or planned, by property: said at the head of a facet or column."""
_PROBLEM: Final = STEAM + "Problem"
_FURTHER: Final = {
    STEAM + "Benefit": (STEAM + "Finding", STEAM + "Problem", STEAM + "WayOfJoining")
}
_COUNTY: Final = STEAM + "County"
_CATEGORY: Final = STEAM + "PartnerCategory"


@blueprint.get("/explore/<name>")
def things(name: str) -> Response:
    """The things of a class, narrowed as the address says; a page or a file."""
    explorer = current_explorer()
    class_ = explorer.class_of(name)
    term = next((row for row in current_site().terms if text_of(row, "term") == class_), None)
    listing = explorer.listing(class_) if class_ else None
    if class_ is None or listing is None or not (listing.subjects or term):
        raise UnknownError(name)
    asked = asked_of(listing)
    wanted = request.args.get("format", "html").casefold()
    label = (
        pick(listing.view.names)
        or (pick(labels_of(term, "label")) if term else None)
        or Text(text=links.words(class_), language="en")
    )
    if wanted != "html":
        view_url = request.host_url.rstrip("/") + asked.href(asked.without())
        return explore_files.handed_over(
            listing,
            asked.choice,
            wanted,
            title=label.text,
            url=view_url,
            open_ended=explore_notes.left_open(listing, listing.left(asked.choice)),
        )
    canonical = asked.href(asked.pairs)
    given = urlencode(list(request.args.items(multi=True)))
    if name != listing.view.slug or given != canonical.partition("?")[2]:
        return make_response(redirect(canonical))
    comment = pick(listing.view.comments) or (pick(labels_of(term, "definition")) if term else None)
    return _page(asked, label, comment)


def _page(asked: Asked, label: Text, comment: Text | None) -> Response:
    listing, choice, language = asked.listing, asked.choice, current_language()
    found = listing.found(choice, language)
    shown = found[(asked.page - 1) * PER_PAGE : asked.page * PER_PAGE]
    query = explore_query.rows(listing.view, choice, language)
    documents = {
        document for thing in found for document, _ in listing.cell(SOURCES[0], thing, language)
    }
    one_document = next(iter(documents)) if len(documents) == 1 else None
    at_least = explore_notes.left_open(listing, found)
    shown_facets = [_shown_facet(asked, one, at_least=at_least) for one in listing.facets]
    columns = _headings(asked)
    page = render_template(
        "explore-list.html",
        label=label,
        comment=comment,
        curie=links.curie(listing.view.class_),
        term_href=links.href(listing.view.class_),
        facets=[one for one in shown_facets if one["choices"] and one["divides"]],
        chosen=_chosen(asked),
        clear=asked.href(()),
        words_given=choice.words,
        hidden=asked.without("q"),
        action=local_path(f"/explore/{listing.view.slug}"),
        columns=columns,
        elsewhere=any(one["origin"] for one in columns),
        at_least=at_least,
        further=_further(listing),
        of_kinds=explore_notes.kind_of_partner(listing),
        later_known=explore_notes.later_known(listing),
        as_of=explore_notes.as_of(
            [one for one in found if listing.cell(SOURCES[0], one, language)]
        ),
        things=[_row(listing, one, language, one_document) for one in shown],
        unplaced=_unplaced(asked),
        document=_document(listing, one_document, language),
        total=len(found),
        everything=len(listing.subjects),
        first=(asked.page - 1) * PER_PAGE + 1,
        last=min(asked.page * PER_PAGE, len(found)),
        page=asked.page,
        last_page=max(1, -(-len(found) // PER_PAGE)),
        page_href=lambda number: asked.href([*asked.without(), ("page", str(number))]),
        files=explore_files.downloads(
            lambda form: asked.href([*asked.without(), ("format", form)])
        ),
        most=spreadsheet.ROWS,
        query=query,
        editor=links.with_query(local_path("/editor"), {"query": query}),
        section="/explore",
    )
    return make_response(page)


def _further(listing: Listing) -> list[dict[str, object]]:
    """The lists that a reader of this one also needs."""
    explorer = current_explorer()
    found: list[dict[str, object]] = [
        {"href": local_path(f"/explore/{explorer.slug(one)}"), "text": named}
        for one in _FURTHER.get(listing.view.class_, ())
        if (named := pick(explorer.label(one)))
    ]
    if listing.view.class_ == _CATEGORY:
        name = Text(text=gettext("Partners by category"))
        found.append({"href": local_path("/matrix"), "text": name})
    return found


def _unplaced(asked: Asked) -> dict[str, object] | None:
    """What a reader who narrows by county does not see: those without one, and why; or None."""
    told = unplaced.facet(asked.listing)
    taken = asked.choice.values.get(told, ()) if told else ()
    number = unplaced.count(asked.listing, asked.choice)
    if told is None or not taken or not number:
        return None
    only = [(one, value) for one, value in asked.without() if one != told.key]
    hidden = UNKNOWN not in taken
    return {
        "count": number,
        "href": asked.href([*only, (told.key, "-")]) if hidden else None,
        "why": unplaced.REASON,
    }


def _value_name(asked: Asked, facet: Facet, value: str) -> Text:
    """What a choice of a facet is called."""
    if value == UNKNOWN:
        return Text(text=explore_notes.without_value(facet))
    if facet.later:
        return Text(text=gettext("changed, by an outside source"))
    named = asked.listing.words.title(value, current_language())
    if named and facet.key == MODALITY and asked.listing.view.class_ == _PROBLEM:
        return badges.modality(value, named, of="", kinds=(_PROBLEM,)).text
    return named or Text(text=links.short(value), language="en")


def _shown_facet(asked: Asked, facet: Facet, *, at_least: bool) -> dict[str, object]:
    """A facet with its choices, each a link that takes it or leaves it."""
    listing = asked.listing
    counts = listing.counts(asked.choice, facet)
    taken = asked.choice.values.get(facet, ())
    depths = _tree() if facet.class_ == _CATEGORY else {}
    choices = []
    for key, value in listing.choices(facet).items():
        if not counts.get(value) and value not in taken and facet.class_ != _COUNTY:
            continue
        named = _value_name(asked, facet, value)
        pair = (facet.key, key)
        rest = asked.without()
        rest = [one for one in rest if one != pair] if value in taken else [*rest, pair]
        choices.append(
            {
                "href": asked.href(rest),
                "text": named,
                "count": counts.get(value, 0),
                "current": value in taken,
                "depth": depths.get(value, (0, 0))[1],
                "order": (value == UNKNOWN, depths.get(value, (0, 0)), collated(named.text)),
            }
        )
    return {
        "divides": bool(taken) or len(listing.choices(facet)) > 1,
        "heading": facet_name(facet),
        "sure": _SURE.get(facet.gives),
        "origin": _origin(facet),
        "least": at_least,
        "choices": sorted(choices, key=itemgetter("order")),
        "open": bool(taken or depths) or len(choices) <= _OPEN or facet.key == "performer",
        "note": _note(asked, facet, counts.get(UNKNOWN, 0)),
    }


def _note(asked: Asked, facet: Facet, unknown: int) -> str | None:
    """What a reader must know before she trusts what a facet leaves out."""
    if facet.later:
        return explore_notes.later_known(asked.listing)
    if facet == unplaced.facet(asked.listing) and unknown and facet not in asked.choice.values:
        return unplaced.words(unknown)
    return None


def _tree() -> dict[str, tuple[int, int]]:
    """Where each category of partners stands in the order of their tree, and how deep."""
    tree = matrix.tree(atlas_of(current_site(), current_app.extensions))
    return {iri: (place, depth) for place, (iri, depth) in enumerate(tree)}


def _origin(facet: Facet) -> dict[str, object] | None:
    """Where values come from that no document says: the word for it, and the first graph."""
    if facet.origin is None:
        return None
    text = explore_files.origin_words(facet.origin)
    return {"text": text, "href": links.href(facet.origin.graphs[0])}


def _chosen(asked: Asked) -> list[dict[str, object]]:
    """What the list is narrowed to, each with the address of the list without it."""
    found: list[dict[str, object]] = []
    for facet in asked.choice.values:
        keys = {value: key for key, value in asked.listing.choices(facet).items()}
        for value in asked.choice.values[facet]:
            rest = [one for one in asked.without() if one != (facet.key, keys[value])]
            found.append(
                {
                    "href": asked.href(rest),
                    "facet": facet_name(facet),
                    "text": _value_name(asked, facet, value),
                }
            )
    if asked.choice.words:
        found.append(
            {
                "href": asked.href(asked.without("q")),
                "facet": Text(text=gettext("name")),
                "text": Text(text=gettext("“%(words)s”", words=asked.choice.words)),
            }
        )
    return found


def _headings(asked: Asked) -> list[dict[str, object]]:
    """The columns, each with the address of the list sorted by it."""
    columns: list[tuple[str, Text, Facet | None]] = [("name", Text(text=gettext("name")), None)]
    columns += [(one.key, facet_name(one), one) for one in asked.listing.view.columns]
    columns.append(("section", Text(text=gettext("who says so")), None))
    found: list[dict[str, object]] = []
    for key, text, facet in columns:
        current = asked.choice.column == key
        sort = f"-{key}" if current and not asked.choice.descending else key
        pairs = asked.without("sort")
        found.append(
            {
                "text": text,
                "sure": _SURE.get(facet.gives) if facet else None,
                "origin": _origin(facet) if facet else None,
                "is_place": facet is not None and facet.class_ == _COUNTY,
                "href": asked.href(pairs if sort == "name" else [*pairs, ("sort", sort)]),
                "sorted": ("descending" if asked.choice.descending else "ascending")
                if current
                else None,
            }
        )
    return found


def _row(
    listing: Listing, thing: str, language: str, one_document: str | None
) -> dict[str, object]:
    cells = []
    for facet in listing.view.columns:
        values: list[dict[str, object]] = []
        held = listing.cell(facet, thing, language)
        for value, text in held[: _IN_CELL if len(held) > _IN_CELL + 1 else None]:
            slug = value.removeprefix(ENTITY).rsplit("/", 1)[-1]
            named = _modality(thing, value, text) if facet.key == MODALITY else text
            badge = Badge(text=named, style=slug) if facet.key in _BADGES else None
            values.append({"href": links.href(value), "text": named, "badge": badge})
        cells.append({"values": values, "more": len(held) - len(values)})
    sections = listing.cell(SOURCES[1], thing, language)
    documents = [] if one_document else listing.cell(SOURCES[0], thing, language)
    return {
        "href": links.href(listing.subjects[thing]),
        "title": listing.title(thing, language),
        "cells": cells,
        "later": [shown_successor(row) for row in listing.successors(thing)],
        "lines": [_shown_lines(one) for one in listing.passages.get(thing, ())],
        "places": [
            {"href": links.href(value), "text": text} for value, text in (*sections, *documents)
        ],
    }


def _modality(thing: str, value: str, name: Text) -> Text:
    """What the modality of a thing is called: a problem is foreseen, and nobody's plan."""
    problem = thing in current_explorer().listing(_PROBLEM).subjects
    return badges.modality(value, name, of=thing, kinds=(_PROBLEM,) if problem else ()).text


def shown_successor(row: Row) -> dict[str, object]:
    """What an institution became later: who, the day, and the pages of both."""
    successor = text_of(row, "successor") or ""
    return {
        "how": explore_files.how_later(row),
        "href": links.href(successor),
        "text": pick(labels_of(row, "name")) or Text(text=links.short(successor), language="en"),
        "day": text_of(row, "day"),
        "event": links.href(text_of(row, "event") or ""),
    }


def _shown_lines(place: Lines) -> dict[str, object]:
    return {"href": links.href(place.passage), "text": lines(str(place.first), str(place.last))}


def _document(listing: Listing, iri: str | None, language: str) -> dict[str, object] | None:
    named = listing.words.title(iri, language) if iri else None
    return {"href": links.href(iri), "text": named} if iri and named else None
