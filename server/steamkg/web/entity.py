"""The page of a thing: ``/<language>/id/<kind>/<slug>``."""

from typing import Final

import pyoxigraph as ox
from flask import Blueprint, render_template

from steamkg.web import facts, offered
from steamkg.web.naming import Names
from steamkg.web.resource import iri_of, require_known
from steamkg.web.site import current_site

blueprint: Final = Blueprint("entity", __name__)


@blueprint.get("/id/<path:name>")
def page(name: str) -> str:
    """What is known about a thing, and where it comes from."""
    site = current_site()
    iri = iri_of(name)
    entity = ox.NamedNode(iri)
    said = site.rows("facts", entity=entity)
    counts = site.rows("incoming-counts", entity=entity)
    if not said and not counts:
        require_known(site, name)  # an axiom may speak of it where nothing else does
    shown = facts.thing(
        iri,
        facts=said,
        incoming=site.rows("incoming", entity=entity) if counts else [],
        counts=counts,
        names=Names(site.triples("names", entity=entity)),
        layout=site.arrangement,
        kinds=site.graph_kinds,
    )
    downloads = offered.downloads(offered.TRIPLES, lambda form: f"/data/id/{name}.{form.extension}")
    return render_template("entity.html", thing=shown, formats=downloads, section="/explore")
