"""Dereferencing: every IRI of ours answers with a page or with data, as the client asks.

``/id/…`` names things that are no documents and answers 303 (httpRange-14; "Cool URIs for the
Semantic Web" §4.2); the ontology, the shapes and the graphs are documents and answer themselves.
"""

from collections.abc import Sequence
from typing import Final

import pyoxigraph as ox
from flask import Blueprint, render_template, request
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from steamkg.engine.question import Question
from steamkg.graph.names import (
    ALL,
    ASSERTED,
    BASE,
    ENTITY,
    GRAPH,
    GRAPH_KIND,
    ONTOLOGY_GRAPH,
    PREFIXES,
    SHAPE,
    SHAPES_GRAPH,
)
from steamkg.protocol.formats import Offer
from steamkg.web import facts, links, offered, terms
from steamkg.web.errors import UnknownError
from steamkg.web.naming import Names, Text, Title
from steamkg.web.results import Download
from steamkg.web.rows import Row, text_of
from steamkg.web.site import Site, current_site

blueprint: Final = Blueprint("resource", __name__)

_SHOWN_THINGS: Final = 300
_SOURCE: Final = PREFIXES["dcterms"] + "source"
_MERGED: Final = {
    ALL: "Everything asserted and what follows from it, merged into one graph for use in FROM.",
    ASSERTED: "Everything that documents, labels and links say, without what follows from it.",
}


@blueprint.after_request
def _vary(response: Response) -> Response:
    """Page and data share an address here (RFC 9110 §12.5.5)."""
    response.vary.add("Accept")
    return response


@blueprint.get("/id/<path:name>")
def thing(name: str) -> Response:
    """303 to the page or the data of a thing (RFC 9110 §15.4.4)."""
    _known(current_site(), name)
    chosen = offered.choose(offered.TRIPLES, request)
    target = f"/page/id/{name}" if chosen is None else f"/data/id/{name}.{chosen.format.extension}"
    return redirect(target, 303)


@blueprint.get("/page/id/<path:name>")
def page(name: str) -> str:
    """The page of a thing."""
    site = current_site()
    iri = _named(name)
    entity = ox.NamedNode(iri)
    said = site.rows("facts", entity=entity)
    counts = site.rows("incoming-counts", entity=entity)
    if not said and not counts:
        _known(site, name)  # an axiom may speak of it where nothing else does
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
    return render_template("entity.html", thing=shown, formats=downloads, section="/browse")


@blueprint.get("/data/id/<path:name>")
def data(name: str) -> Response:
    """The data of a thing: by extension, else by negotiation."""
    site = current_site()
    stem, dot, extension = name.rpartition(".")
    offer = offered.by_extension(offered.TRIPLES, extension)
    if not dot:
        stem, offer = name, offered.choose(offered.TRIPLES, request, page=False)
    if offer is None:
        raise UnknownError(f"{BASE}data/id/{name}")
    _known(site, stem)
    question = site.question("describe", {"entity": ox.NamedNode(_named(stem))})
    return _data(site, question, offer, subject=f"/id/{stem}")


@blueprint.get("/ontology")
def ontology() -> Response | str:
    """The terms, as a page with an anchor for each or as data."""
    return _document(ONTOLOGY_GRAPH) or _ontology_page()


@blueprint.get("/ontology/<version>")
def ontology_version(version: str) -> Response:
    """The version IRI leads to the ontology while that version is the one served."""
    site = current_site()
    if version != site.ontology_version:
        raise UnknownError(f"{BASE}ontology/{version}")
    return redirect("/ontology", 303)


@blueprint.get("/shapes")
def shapes() -> Response | str:
    """The SHACL shapes."""
    return _document(SHAPES_GRAPH) or _graph_page(SHAPES_GRAPH)


@blueprint.get("/graph")
@blueprint.get("/graph/")
def graphs() -> str:
    """All named graphs by kind."""
    site = current_site()
    described: dict[str, list[Row]] = {}
    for row in site.rows("graphs"):
        described.setdefault(text_of(row, "graph") or "", []).append(row)
    shelves: dict[str, list[dict[str, object]]] = {}
    for iri in sorted({*described, *site.graphs}):
        rows = described.get(iri, [])
        heading = (text_of(rows[0], "kindName") if rows else None) or site.graph_kinds.kind(iri)
        shelves.setdefault(heading, []).append(_graph_facts(site, iri, rows))
    merged = [_graph_facts(site, iri, []) for iri in _MERGED]
    order = {"section of a document": 0, "labels": 1, "inferred": 2, "ontology": 3}
    listed = sorted(shelves.items(), key=lambda item: (order.get(item[0], 9), item[0]))
    return render_template(
        "graphs.html", shelves=[*listed, ("merged for FROM", merged)], section="/graph"
    )


@blueprint.get("/graph/<path:name>")
def graph(name: str) -> Response | str:
    """A named graph, or one of the two merged ones."""
    iri = GRAPH + name
    site = current_site()
    if iri not in site.graphs and iri not in _MERGED:
        raise UnknownError(iri)
    return _document(iri) or _graph_page(iri)


def _document(iri: str) -> Response | None:
    """The graph as data when the client asks for data, else None."""
    site = current_site()
    offer = offered.choose(offered.TRIPLES, request)
    if offer is None:
        return None
    if iri not in site.graphs and iri not in _MERGED:
        raise UnknownError(iri)
    question = site.question("graph-triples", {}, graph=iri)
    return _data(site, question, offer, subject=f"/{iri.removeprefix(BASE)}")


def _data(site: Site, question: Question, offer: Offer, *, subject: str) -> Response:
    answer = site.ask(offered.asked_for(question, offer))
    response = Response(answer.body, content_type=offer.content_type)
    response.headers["Link"] = f'<{subject}>; rel="describes"'
    return response


def _ontology_page() -> str:
    site = current_site()
    if not site.terms:
        raise UnknownError(ONTOLOGY_GRAPH)
    return render_template(
        "ontology.html",
        shelves=terms.shelves(site.terms, site.rows("kinds")),
        formats=_own_downloads("/ontology"),
        section="/ontology",
    )


def _graph_page(iri: str) -> str:
    site = current_site()
    if iri not in site.graphs and iri not in _MERGED:
        raise UnknownError(iri)
    described = [row for row in site.rows("graphs") if text_of(row, "graph") == iri]
    about = _graph_facts(site, iri, described)
    rows = [] if iri in _MERGED else site.rows("graph-things", graph=ox.NamedNode(iri))
    path = f"/{iri.removeprefix(BASE)}"
    return render_template(
        "graph.html",
        graph=about,
        things=[_listed(row) for row in rows[:_SHOWN_THINGS]],
        more=len(rows) > _SHOWN_THINGS,
        formats=_own_downloads(path),
        try_href=links.with_query(
            "/editor", {"query": f"SELECT *\nFROM <{iri}>\nWHERE {{ ?s ?p ?o }}\nLIMIT 100"}
        ),
        sources_href=links.with_query(
            "/editor", {"query": f"SELECT ?source\nWHERE {{ <{iri}> <{_SOURCE}> ?source }}"}
        ),
        section="/graph",
    )


def _graph_facts(site: Site, iri: str, rows: Sequence[Row]) -> dict[str, object]:
    """What pages say of a graph, from its rows of ``pages/graphs``: one for each source."""
    about = site.graphs.get(iri, {})
    sources = {text_of(row, "source") for row in rows} - {None}
    first: Row = rows[0] if rows else {}
    row: Row = first if len(sources) == 1 else {}
    name = iri.removeprefix(GRAPH).removeprefix(BASE)
    kind = text_of(first, "kind") or GRAPH_KIND + site.graph_kinds.kind(iri)
    source = text_of(row, "source")
    labels = {"en": text_of(row, "sourceEn"), "lt": text_of(row, "sourceLt")}
    title = [Text(text=text, language=language) for language, text in labels.items() if text]
    lines = [text_of(row, "firstLine"), text_of(row, "lastLine")]
    merged = _MERGED.get(iri)
    return {
        "iri": iri,
        "name": name,
        "title": f"Graph {name}",
        "href": f"/{iri.removeprefix(BASE)}",
        "kind": "merged" if merged else text_of(first, "kindName") or kind.removeprefix(GRAPH_KIND),
        "sources": len(sources),
        "meaning": merged,
        "triples": site.merged_triples.get(iri) if merged else about.get("triples"),
        "source": Title(parts=tuple(title[:1] or [Text(text=links.short(source))]))
        if source
        else None,
        "source_href": links.href(source) if source else None,
        "lines": f"lines {lines[0]}–{lines[1]}" if all(lines) else None,
    }


def _listed(row: Row) -> dict[str, object]:
    iri = text_of(row, "thing") or ""
    english, lithuanian = text_of(row, "nameEn"), text_of(row, "nameLt")
    words, language = (english, "en") if english else (lithuanian, "lt")
    title = Text(text=words, language=language) if words else Text(text=links.short(iri))
    return {
        "anchor": iri.removeprefix(SHAPE) if iri.startswith(SHAPE) else None,
        "href": links.href(iri),
        "title": Title(parts=(title,)),
        "lithuanian": lithuanian,
        "facts": text_of(row, "values"),
    }


def _own_downloads(path: str) -> tuple[Download, ...]:
    return offered.downloads(
        offered.TRIPLES, lambda form: links.with_query(path, {"format": form.names[0]})
    )


def _named(name: str) -> str:
    """The IRI behind ``<kind>/<slug>``; nothing else ever reaches the engine."""
    if not links.ENTITY_PATH.fullmatch(name):
        raise UnknownError(f"{ENTITY}{name}")
    return ENTITY + name


def _known(site: Site, name: str) -> None:
    iri = _named(name)
    if not site.holds("known", entity=ox.NamedNode(iri)):
        raise UnknownError(iri)
