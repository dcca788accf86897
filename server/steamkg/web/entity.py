"""The page of a thing: ``/<language>/id/<kind>/<slug>``."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import pyoxigraph as ox
from flask import Blueprint, render_template
from flask_babel import format_date, gettext

from steamkg import __version__
from steamkg.graph.names import PREFIXES, STEAM
from steamkg.web import facts, incoming, links, offered, partners
from steamkg.web.language import local_path
from steamkg.web.map_page import locator
from steamkg.web.naming import Names
from steamkg.web.provenance import Provenance
from steamkg.web.resource import iri_of, require_known
from steamkg.web.rows import Row, text_of
from steamkg.web.site import Site, current_site

blueprint: Final = Blueprint("entity", __name__)

_WITH_PARTNERS: Final = ("network", "partner-category", "territory", "city", "centre")
"""Kinds, as IRIs name them, of what has partners, or is where partners are."""
_KIND: Final = PREFIXES["rdf"] + "type"
_PLACED: Final = (STEAM + "city", PREFIXES["dcterms"] + "spatial")
_AUTHOR: Final = "The steamkg developers"


@dataclass(frozen=True, kw_only=True)
class Citation:
    """How to cite the page: in words, and for a list of references in BibTeX."""

    text: str
    bibtex: str


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
    provenance = Provenance(
        subject=iri,
        graphs=site.provenance,
        facts=said,
        identifications=site.rows("evidence", entity=entity),
        mappings=site.rows("mappings", entity=entity),
    )
    names = Names(site.triples("names", entity=entity))
    shown = facts.thing(
        iri,
        facts=said,
        names=names,
        layout=site.arrangement,
        kinds=site.graph_kinds,
        provenance=provenance,
        datatypes=_datatypes(said, site),
    )
    asked = incoming.asked(name, counts)
    pointing = incoming.incoming(
        iri,
        site.rows("incoming", entity=entity) if counts else (),
        counts,
        asked=asked,
        names=names,
        layout=site.arrangement,
        graphs=site.graph_kinds,
    )
    kind, _, slug = name.partition("/")
    partnerships = site.rows("partners-of", entity=entity) if kind in _WITH_PARTNERS else []
    downloads = offered.downloads(offered.TRIPLES, lambda form: f"/data/id/{name}.{form.extension}")
    return render_template(
        "entity.html",
        thing=shown,
        incoming=pointing,
        asked=asked,
        formats=downloads,
        partners=partners.table(partnerships),
        unlisted=not partnerships and _is_municipality(said),
        partners_query=_stored("partners-of", iri),
        facts_query=_stored("facts", iri),
        citation=_citation(shown.title.plain, iri, slug, site),
        place=_place(iri, said),
        section="/explore",
    )


def _datatypes(said: list[Row], site: Site) -> dict[str, dict[str, str]]:
    """What the schemes of identifiers are called, which are datatypes of theirs."""
    values = (row["value"] for row in said)
    found = {value.datatype.value for value in values if isinstance(value, ox.Literal)}
    return {iri: labels for iri in found if (labels := site.search_index.labels(iri))}


def _is_municipality(said: list[Row]) -> bool:
    """Whether the thing is the territory of a municipality, which a document may list."""
    kinds = (text_of(row, "value") for row in said if text_of(row, "property") == _KIND)
    return STEAM + "MunicipalTerritory" in kinds


def _place(iri: str, said: list[Row]) -> dict[str, object] | None:
    """Where the thing lies: itself a place, or in one that a source gives; None if none does."""
    given = [text_of(row, "value") for row in said if text_of(row, "property") in _PLACED]
    found = (locator(one) for one in (iri, *given) if one)
    return next((place for place in found if place), None)


def _stored(query: str, iri: str) -> str:
    """The page of the stored query behind a part of this page."""
    return links.with_query(local_path(f"/query/pages/{query}"), {"entity": iri})


def _citation(title: str, iri: str, slug: str, site: Site) -> Citation:
    """With the version of the software and of the data, and the day the data were built."""
    built = site.manifest.get("built")
    moment = datetime.fromisoformat(str(built)) if built else None
    release = f"{__version__}, {site.version[:12]}"
    text = gettext(
        "%(author)s. “%(title)s”. steamkg, version %(release)s, %(day)s. %(iri)s",
        author=_AUTHOR,
        title=title,
        release=release,
        day=format_date(moment, "long") if moment else "",
        iri=iri,
    )
    fields = {
        "author": f"{{{_AUTHOR}}}",
        "title": _escaped(title),
        "howpublished": "steamkg: a knowledge graph of the STEAM-education ecosystem",
        "version": release,
        "date": moment.date().isoformat() if moment else "",
        "url": iri,
    }
    body = "".join(f"  {name} = {{{value}}},\n" for name, value in fields.items() if value)
    return Citation(text=str(text), bibtex=f"@misc{{steamkg-{slug},\n{body}}}")


def _escaped(text: str) -> str:
    r"""``text`` as BibTeX takes it: its own signs escaped."""
    written = text.replace("\\", r"\textbackslash ")
    for sign in "{}#$%&_":
        written = written.replace(sign, f"\\{sign}")
    return written
