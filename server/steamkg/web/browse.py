"""Which lists there are: for the reader who has no IRI and no SPARQL."""

from collections.abc import Mapping
from operator import itemgetter
from typing import Final

from flask import Blueprint, Response, render_template
from flask_babel import lazy_gettext

from steamkg.graph.names import PREFIXES, STEAM
from steamkg.web import links
from steamkg.web.explore_index import current_explorer
from steamkg.web.language import local_path, to_page
from steamkg.web.naming import Text, collated, pick
from steamkg.web.rows import labels_of, text_of
from steamkg.web.site import current_site

blueprint: Final = Blueprint("browse", __name__)

_STATEMENTS: Final = STEAM + "Statement"
_CONCEPT: Final = PREFIXES["skos"] + "Concept"
_SOURCES: Final = frozenset((PREFIXES["foaf"] + "Document", STEAM + "Passage"))
_FIRST: Final = (
    "partners",
    "roles",
    "centres",
    "bodies",
    "tasks",
    "activities",
    "benefits",
    "conditions",
    "criteria",
    "key-areas",
)
"""The lists that most people come for, as the page has them; others that are arranged follow."""
_SHELVES: Final = {
    "actors": lazy_gettext("Who and what"),
    "statements": lazy_gettext("What is said"),
    "concepts": lazy_gettext("Concepts"),
    "sources": lazy_gettext("Sources"),
    "others": lazy_gettext("As other vocabularies see it"),
}


@blueprint.get("/explore")
def kinds() -> str:
    """The classes worth exploring, with how many things there are of each."""
    explorer = current_explorer()
    meanings = {text_of(row, "term"): labels_of(row, "definition") for row in current_site().terms}
    shelves: dict[str, list[dict[str, object]]] = {}
    for row in current_site().kept_rows("kinds"):
        iri = text_of(row, "kind") or ""
        slug = explorer.slug(iri)
        if slug is None:
            continue
        view = explorer.arranged.get(iri)
        label = (
            (pick(view.names) if view else None)
            or pick(labels_of(row, "label"))
            or Text(text=links.words(iri), language="en")
        )
        kind = {
            "href": local_path(f"/explore/{slug}"),
            "label": label,
            "comment": pick(view.comments) if view else None,
            "meaning": pick(meanings.get(iri, {})),
            "slug": slug,
            "things": int(text_of(row, "things") or 0),
            "order": collated(label.text),
        }
        shelf = "arranged" if view else _shelf(iri, explorer.above)
        shelves.setdefault(shelf, []).append(kind)
    listed = [
        (str(heading), sorted(shelves[shelf], key=itemgetter("order")))
        for shelf, heading in _SHELVES.items()
        if shelf in shelves
    ]
    return render_template(
        "explore.html",
        arranged=sorted(
            shelves.get("arranged", []),
            key=lambda kind: (
                _FIRST.index(str(kind["slug"])) if kind["slug"] in _FIRST else len(_FIRST)
            ),
        ),
        shelves=listed,
        section="/explore",
    )


@blueprint.get("/browse")
def old_kinds() -> Response:
    """Where the lists once were."""
    return to_page("/explore", 301)


@blueprint.get("/browse/<name>")
def old_things(name: str) -> Response:
    """Where a list once was."""
    return to_page(f"/explore/{name}", 301)


def _shelf(iri: str, above: Mapping[str, set[str]]) -> str:
    """The key of the shelf that a class stands on."""
    if not iri.startswith(STEAM):
        return "others"
    family = {iri, *above.get(iri, ())}
    if _STATEMENTS in family:
        return "statements"
    if _CONCEPT in family:
        return "concepts"
    return "sources" if family & _SOURCES else "actors"
