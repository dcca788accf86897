"""The home page: what this is, a search, the ecosystem in one picture, ways in for each reader."""

from collections.abc import Mapping
from typing import Final

from flask import Blueprint, current_app, render_template
from flask_babel import gettext, npgettext
from werkzeug.exceptions import HTTPException

from steamkg.graph.names import STEAM
from steamkg.web import links, picture
from steamkg.web.language import current_language
from steamkg.web.naming import Text, collated, pick
from steamkg.web.picture import Actor, Actors, Category
from steamkg.web.question_list import topics
from steamkg.web.rows import Row, labels_of, text_of
from steamkg.web.site import current_site

blueprint: Final = Blueprint("home", __name__)
_TOPICS: Final = 6
"""Topics of stored questions that the page shows; all have a page of their own."""


@blueprint.get("/")
def page() -> str:
    """What this is, and where to go."""
    site = current_site()
    actors = _actors(site.rows("ecosystem"), site.rows("partners-by-category"))
    words = _words()
    return render_template(
        "home.html",
        counts=site.counts,
        actors=actors,
        drawings=[("wide", picture.wide(actors, words)), ("narrow", picture.narrow(actors, words))],
        words=words,
        topics=topics(site)[:_TOPICS],
        offered=_is_offered,
        section="/",
    )


def _is_offered(path: str) -> bool:
    """Whether this application has the page: what leads nowhere is not shown."""
    try:
        current_app.url_map.bind("").match(f"/{current_language()}{path}", method="GET")
    except HTTPException:
        return False
    return True


def _actors(rows: list[Row], categories: list[Row]) -> Actors:
    found: Mapping[str, list[Actor]] = {
        kind: sorted(
            (_actor(row, "thing") for row in rows if text_of(row, "kind") == STEAM + kind),
            key=lambda actor: collated(actor.name.text),
        )
        for kind in (
            "Network",
            "MethodologicalCentre",
            "RegionalCentre",
            "EstablishedBody",
            "ProposedBody",
            "Alliance",
            "KeyArea",
        )
    }
    return Actors(
        network=next(iter(found["Network"]), None),
        methodological=found["MethodologicalCentre"],
        regional=found["RegionalCentre"],
        established=found["EstablishedBody"],
        proposed=found["ProposedBody"],
        categories=[_category(row) for row in categories],
        alliance=next(iter(found["Alliance"]), None),
        key_areas=found["KeyArea"],
    )


def _actor(row: Row, column: str) -> Actor:
    iri = text_of(row, column) or ""
    return Actor(
        href=links.href(iri), name=pick(labels_of(row, "name")) or Text(text=links.short(iri))
    )


def _category(row: Row) -> Category:
    named = _actor(row, "category")
    return Category(
        href=named.href,
        name=named.name,
        existing=int(text_of(row, "existingPartners") or 0),
        potential=int(text_of(row, "potentialPartners") or 0),
        open_existing=text_of(row, "openExisting") not in (None, "0"),
        open_potential=text_of(row, "openPotential") not in (None, "0"),
    )


def _words() -> picture.Words:
    return picture.Words(
        centres=str(gettext("STEAM centres")),
        methodological=str(gettext("methodological")),
        regional=str(gettext("regional")),
        bodies=str(gettext("Governance: existing and only proposed")),
        partners=str(gettext("Partners of the network")),
        existing=lambda count: str(npgettext("of several", "existing", "existing", count)),
        potential=lambda count: str(npgettext("of several", "potential", "potential", count)),
        key_areas=str(gettext("Key areas of the Alliance")),
        least=str(gettext("at least")),
    )
