"""Browsing by kind: for the reader who has no IRI and no SPARQL."""

from operator import itemgetter
from typing import Final

import pyoxigraph as ox
from flask import Blueprint, render_template, request
from flask_babel import lazy_gettext

from steamkg.graph.names import ENTITY, PREFIXES, STEAM
from steamkg.web import links
from steamkg.web.errors import UnknownError
from steamkg.web.facts import Badge
from steamkg.web.language import local_path
from steamkg.web.naming import Names, Text, collated, others, pick, status_words
from steamkg.web.rows import Row, labels_of, text_of
from steamkg.web.site import Site, current_site

blueprint: Final = Blueprint("browse", __name__)

PER_PAGE: Final = 100
_TYPE: Final = PREFIXES["rdf"] + "type"
_STATEMENTS: Final = STEAM + "Statement"
_CONCEPT: Final = PREFIXES["skos"] + "Concept"
_DOCUMENT: Final = PREFIXES["foaf"] + "Document"
_PASSAGE: Final = STEAM + "Passage"
_SHELVES: Final = {
    "actors": lazy_gettext("Who and what"),
    "statements": lazy_gettext("What is said"),
    "concepts": lazy_gettext("Concepts"),
    "sources": lazy_gettext("Sources"),
    "others": lazy_gettext("As other vocabularies see it"),
}


@blueprint.get("/browse")
def kinds() -> str:
    """The kinds of things, with how many there are of each."""
    site = current_site()
    above = _superclasses(site)
    shelves: dict[str, list[dict[str, object]]] = {}
    for row in site.rows("kinds"):
        iri = text_of(row, "kind") or ""
        name = links.curie(iri)
        if name is not None:
            label = _label(iri, row)
            kind = {
                "href": local_path(f"/browse/{name}"),
                "label": label,
                "others": others(labels_of(row, "label"), label),
                "things": int(text_of(row, "things") or 0),
                "order": collated(label.text),
            }
            shelves.setdefault(_shelf(iri, above), []).append(kind)
    listed = [
        (str(heading), sorted(shelves[shelf], key=itemgetter("order")))
        for shelf, heading in _SHELVES.items()
        if shelf in shelves
    ]
    return render_template("browse.html", shelves=listed, section="/browse")


@blueprint.get("/browse/<name>")
def things(name: str) -> str:
    """The things of one kind, a hundred to a page."""
    site = current_site()
    iri = links.expand(name)
    if iri is None:
        raise UnknownError(name)
    names = Names(site.triples("things", kind=ox.NamedNode(iri)))
    found = sorted(
        (thing for thing in names.subjects() if iri in names.related(thing, _TYPE)),
        key=lambda thing: collated(names.title(thing).plain),
    )
    term = next((row for row in site.terms if text_of(row, "term") == iri), None)
    if not found and term is None:
        raise UnknownError(iri)
    last_page = max(1, (len(found) + PER_PAGE - 1) // PER_PAGE)
    page = _page(last_page)
    shown = found[(page - 1) * PER_PAGE : page * PER_PAGE]
    return render_template(
        "browse-kind.html",
        label=_label(iri, term or {}),
        definition=pick(labels_of(term, "definition")) if term else None,
        curie=name,
        term_href=links.href(iri),
        outside=links.outside(iri),
        things=[_listed(thing, names) for thing in shown],
        total=len(found),
        page=page,
        last_page=last_page,
        page_href=lambda number: f"?page={number}",
        section="/browse",
    )


def _page(last_page: int) -> int:
    page = request.args.get("page", 1, type=int)
    return min(max(page, 1), last_page)


def _listed(thing: str, names: Names) -> dict[str, object]:
    badges = []
    if modality := names.one(thing, "modality"):
        badges.append(_badge(modality, names))
    for name, slug in (("existingPartnerOf", "existing"), ("potentialPartnerOf", "potential")):
        if names.one(thing, name):
            badges.append(Badge(text=Text(text=status_words(slug)), style=slug))
    if status := names.one(thing, "partnershipStatus"):
        badges.append(_badge(status, names))
    title = names.title(thing)
    return {
        "href": links.href(thing),
        "title": title,
        "others": others(names.labels(thing), title.parts[0]),
        "badges": badges,
    }


def _badge(iri: str, names: Names) -> Badge:
    """A modality or a status; its look goes by the last part of its IRI."""
    slug = iri.removeprefix(ENTITY).rsplit("/", 1)[-1]
    return Badge(text=names.title(iri).parts[0], style=slug)


def _label(iri: str, row: Row) -> Text:
    return pick(labels_of(row, "label")) or Text(text=links.words(iri), language="en")


def _superclasses(site: Site) -> dict[str, set[str]]:
    """Each class with everything above it."""
    direct: dict[str, set[str]] = {}
    for row in site.terms:
        if (text_of(row, "relation") or "").endswith("#subClassOf"):
            direct.setdefault(text_of(row, "term") or "", set()).add(text_of(row, "other") or "")
    above: dict[str, set[str]] = {}
    for term in direct:
        reached: set[str] = set()
        frontier = {term}
        while frontier:
            frontier = {up for one in frontier for up in direct.get(one, ())} - reached
            reached |= frontier
        above[term] = reached
    return above


def _shelf(iri: str, above: dict[str, set[str]]) -> str:
    """The key of the shelf that a class stands on."""
    if not iri.startswith(STEAM):
        return "others"
    family = {iri, *above.get(iri, ())}
    if _STATEMENTS in family:
        return "statements"
    if _CONCEPT in family:
        return "concepts"
    return "sources" if family & {_DOCUMENT, _PASSAGE} else "actors"
