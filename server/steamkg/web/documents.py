"""The pages of our documents: the ontology with an anchor for each term, shapes and graphs."""

from collections.abc import Sequence
from typing import Final

import pyoxigraph as ox
from flask import Blueprint, render_template
from flask_babel import gettext

from steamkg.graph.names import (
    BASE,
    GRAPH,
    GRAPH_KIND,
    ONTOLOGY_GRAPH,
    PREFIXES,
    SHAPE,
    SHAPES_GRAPH,
)
from steamkg.web import links, model, naming, offered, terms
from steamkg.web.errors import UnknownError
from steamkg.web.language import local_path
from steamkg.web.naming import Text, Title, pick
from steamkg.web.resource import require_graph
from steamkg.web.results import Download
from steamkg.web.rows import Row, labels_of, text_of
from steamkg.web.site import MERGED, Site, current_site

blueprint: Final = Blueprint("documents", __name__)

_SHOWN_THINGS: Final = 300
_SOURCE: Final = PREFIXES["dcterms"] + "source"
_ORDER: Final = {"section": 0, "label": 1, "inferred": 2, "ontology": 3}
"""Which kinds of graph come first; the others follow by name."""


@blueprint.get("/ontology")
def ontology() -> str:
    """The terms, with an anchor for each."""
    site = current_site()
    if not site.terms:
        raise UnknownError(ONTOLOGY_GRAPH)
    return render_template(
        "ontology.html",
        shelves=terms.shelves(site.terms, site.rows("kinds")),
        formats=_downloads("/ontology"),
        picture=model.picture(site),
        hierarchy=model.hierarchy(site.terms),
        extras=model.extras(site),
        version=site.ontology_version,
        section="/ontology",
    )


@blueprint.get("/shapes")
def shapes() -> str:
    """The SHACL shapes."""
    return _graph_page(SHAPES_GRAPH)


@blueprint.get("/graph")
@blueprint.get("/graph/")
def graphs() -> str:
    """All named graphs by kind."""
    site = current_site()
    described: dict[str, list[Row]] = {}
    for row in site.rows("graphs"):
        described.setdefault(text_of(row, "graph") or "", []).append(row)
    shelves: dict[str, list[dict[str, object]]] = {}
    headings: dict[str, Text] = {}
    for iri in sorted({*described, *site.graphs}):
        rows = described.get(iri, [])
        kind = site.graph_kinds.kind(iri)
        headings.setdefault(kind, _kind(site, iri, rows))
        shelves.setdefault(kind, []).append(_graph_facts(site, iri, rows))
    listed = [
        (headings[kind], shelves[kind])
        for kind in sorted(shelves, key=lambda kind: (_ORDER.get(kind, 9), headings[kind].text))
    ]
    merged = [_graph_facts(site, iri, []) for iri in MERGED]
    return render_template(
        "graphs.html",
        shelves=[*listed, (Text(text=gettext("merged for FROM")), merged)],
        section="/graph",
    )


@blueprint.get("/graph/<path:name>")
def graph(name: str) -> str:
    """A named graph, or one of the two merged ones."""
    return _graph_page(GRAPH + name)


def _graph_page(iri: str) -> str:
    site = current_site()
    require_graph(site, iri)
    described = [row for row in site.rows("graphs") if text_of(row, "graph") == iri]
    rows = [] if iri in MERGED else site.rows("graph-things", graph=ox.NamedNode(iri))
    return render_template(
        "graph.html",
        graph=_graph_facts(site, iri, described),
        things=[_listed(row) for row in rows[:_SHOWN_THINGS]],
        more=len(rows) > _SHOWN_THINGS,
        formats=_downloads(f"/{iri.removeprefix(BASE)}"),
        try_href=_to_editor(f"SELECT *\nFROM <{iri}>\nWHERE {{ ?s ?p ?o }}\nLIMIT 100"),
        sources_href=_to_editor(f"SELECT ?source\nWHERE {{ <{iri}> <{_SOURCE}> ?source }}"),
        section="/graph",
    )


def _to_editor(query: str) -> str:
    return links.with_query(local_path("/editor"), {"query": query})


def _graph_facts(site: Site, iri: str, rows: Sequence[Row]) -> dict[str, object]:
    """What pages say of a graph, from its rows of ``pages/graphs``: one for each source."""
    about = site.graphs.get(iri, {})
    sources = {text_of(row, "source") for row in rows} - {None}
    row: Row = rows[0] if len(sources) == 1 else {}
    name = iri.removeprefix(GRAPH).removeprefix(BASE)
    source = text_of(row, "source")
    first, last = text_of(row, "firstLine"), text_of(row, "lastLine")
    merged = MERGED.get(iri)
    return {
        "iri": iri,
        "name": name,
        "href": local_path(f"/{iri.removeprefix(BASE)}"),
        "kind": _kind(site, iri, rows),
        "sources": len(sources),
        "meaning": merged,
        "triples": site.merged_triples.get(iri) if merged else about.get("triples"),
        "source": Title(parts=(pick(labels_of(row, "source")) or Text(text=links.short(source)),))
        if source
        else None,
        "source_href": links.href(source) if source else None,
        "lines": naming.lines(first, last) if first and last else None,
    }


def _kind(site: Site, iri: str, rows: Sequence[Row]) -> Text:
    if iri in MERGED:
        return Text(text=gettext("merged"))
    kind = (text_of(rows[0], "kind") if rows else None) or GRAPH_KIND + site.graph_kinds.kind(iri)
    named = pick(labels_of(rows[0], "kindName")) if rows else None
    return named or Text(text=kind.removeprefix(GRAPH_KIND), language="en")


def _listed(row: Row) -> dict[str, object]:
    iri = text_of(row, "thing") or ""
    labels = labels_of(row, "name")
    title = pick(labels) or Text(text=links.short(iri))
    return {
        "anchor": iri.removeprefix(SHAPE) if iri.startswith(SHAPE) else None,
        "href": links.href(iri),
        "title": Title(parts=(title,)),
        "others": naming.others(labels, title),
        "facts": int(text_of(row, "values") or 0),
    }


def _downloads(path: str) -> tuple[Download, ...]:
    """The formats of a document, which are to be had at its own address."""
    return offered.downloads(
        offered.TRIPLES, lambda form: links.with_query(path, {"format": form.names[0]})
    )
