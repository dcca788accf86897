"""The page of a thing: ``/<language>/id/<kind>/<slug>``."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import pyoxigraph as ox
from flask import Blueprint, render_template
from flask_babel import format_date, gettext

from steamkg import __version__
from steamkg.graph.names import PREFIXES, STEAM
from steamkg.web import facts, incoming, links, offered, partners, said
from steamkg.web.language import local_path
from steamkg.web.map_page import locator
from steamkg.web.naming import Names
from steamkg.web.provenance import Provenance
from steamkg.web.resource import iri_of, require_known
from steamkg.web.rows import Row, labels_of, text_of
from steamkg.web.said import Reader, Said
from steamkg.web.site import Site, current_site
from steamkg.web.substance import substance

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
    stated = site.rows("facts", entity=entity)
    counts = site.rows("incoming-counts", entity=entity)
    if not stated and not counts:
        require_known(site, name)  # an axiom may speak of it where nothing else does
    provenance = Provenance(
        subject=iri,
        graphs=site.provenance,
        facts=stated,
        identifications=site.rows("evidence", entity=entity),
        mappings=site.rows("mappings", entity=entity),
    )
    names = Names(site.triples("names", entity=entity))
    pointed = site.rows("incoming", entity=entity) if counts else []
    reader = _reader(site)
    about = _about(site, entity, reader)
    told = substance(iri, site=site, reader=reader, later=_speaks_later([*stated, *pointed], site))
    shown = facts.thing(
        iri,
        facts=stated,
        names=names,
        layout=site.arrangement,
        kinds=site.graph_kinds,
        provenance=provenance,
        datatypes=_datatypes(stated, site),
        told=told.told,
        about=about,
    )
    asked = incoming.asked(name, counts)
    pointing = incoming.incoming(
        iri,
        pointed,
        counts,
        asked=asked,
        names=names,
        layout=site.arrangement,
        graphs=site.graph_kinds,
        about=about,
    )
    if asked.by is None:
        pointing = tuple(
            group for group in pointing if group.by not in told.told and not group.derived
        )
    kind, _, slug = name.partition("/")
    partnerships = site.rows("partners-of", entity=entity) if kind in _WITH_PARTNERS else []
    downloads = offered.downloads(offered.TRIPLES, lambda form: f"/data/id/{name}.{form.extension}")
    return render_template(
        "entity.html",
        thing=shown,
        told=told,
        proposed=_is(STEAM + "ProposedBody", stated),
        incoming=pointing,
        asked=asked,
        formats=downloads,
        partners=partners.table(partnerships),
        unlisted=not partnerships and _is(STEAM + "MunicipalTerritory", stated),
        partners_query=_stored("partners-of", iri),
        facts_query=_stored("facts", iri),
        citation=_citation(shown.title.plain, iri, slug, site),
        place=_place(iri, stated),
        section="/explore",
    )


def _reader(site: Site) -> Reader:
    """What reads statements in the words of this build."""
    modalities = {text_of(row, "modality") or "": labels_of(row, "name") for row in site.modalities}
    return Reader(modalities=modalities, kinds=site.term_labels, layout=site.arrangement)


def _about(site: Site, entity: ox.NamedNode, reader: Reader) -> dict[str, Said]:
    """How all that is linked with the thing is said, who does it and for whom."""
    rows = said.claimed(site.rows("statements-about", entity=entity))
    return {one.iri: one for one in reader.read(rows, without={entity.value})}


def _speaks_later(rows: list[Row], site: Site) -> bool:
    return any(site.graph_kinds.kind(text_of(row, "graph") or "") == "later" for row in rows)


def _datatypes(said: list[Row], site: Site) -> dict[str, dict[str, str]]:
    """What the schemes of identifiers are called, which are datatypes of theirs."""
    values = (row["value"] for row in said)
    found = {value.datatype.value for value in values if isinstance(value, ox.Literal)}
    return {iri: labels for iri in found if (labels := site.search_index.labels(iri))}


def _is(class_: str, stated: list[Row]) -> bool:
    """Whether the thing is of a class; a municipal territory, say, which a document may list."""
    kinds = (text_of(row, "value") for row in stated if text_of(row, "property") == _KIND)
    return class_ in kinds


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
