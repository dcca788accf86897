"""Dereferencing: every IRI of ours answers with data or leads to a page, as the client asks.

``/id/…`` names things that are no documents and answers 303 (httpRange-14; "Cool URIs for the
Semantic Web" §4.2). The ontology, the shapes and the graphs are documents: their data are to be
had at their own address, from where a browser is led to the page in its language. The pages
themselves are in ``entity.py`` and ``documents.py``.
"""

from typing import Final

import pyoxigraph as ox
from flask import Blueprint, Response, make_response, redirect, request

from steamkg.engine.question import Question
from steamkg.graph.names import BASE, ENTITY, GRAPH, ONTOLOGY_GRAPH, SHAPES_GRAPH
from steamkg.protocol.formats import Offer
from steamkg.web import links, offered
from steamkg.web.errors import UnknownError
from steamkg.web.language import to_page
from steamkg.web.site import MERGED, Site, current_site

blueprint: Final = Blueprint("resource", __name__)


@blueprint.after_request
def _vary(response: Response) -> Response:
    """Page and data share an address here (RFC 9110 §12.5.5)."""
    response.vary.add("Accept")
    return response


@blueprint.get("/id/<path:name>")
def thing(name: str) -> Response:
    """303 to the page or the data of a thing (RFC 9110 §15.4.4)."""
    require_known(current_site(), name)
    chosen = offered.choose(offered.TRIPLES, request)
    if chosen is None:
        return to_page(f"/id/{name}", 303)
    return make_response(redirect(f"/data/id/{name}.{chosen.format.extension}", 303))


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
    require_known(site, stem)
    question = site.question("describe", {"entity": ox.NamedNode(iri_of(stem))})
    return _data(site, question, offer, subject=f"/id/{stem}")


@blueprint.get("/ontology")
def ontology() -> Response:
    """The terms."""
    return _document(ONTOLOGY_GRAPH)


@blueprint.get("/ontology/<version>")
def ontology_version(version: str) -> Response:
    """The version IRI leads to the ontology while that version is the one served."""
    if version != current_site().ontology_version:
        raise UnknownError(f"{BASE}ontology/{version}")
    return make_response(redirect("/ontology", 303))


@blueprint.get("/shapes")
def shapes() -> Response:
    """The SHACL shapes."""
    return _document(SHAPES_GRAPH)


@blueprint.get("/graph/<path:name>")
def graph(name: str) -> Response:
    """A named graph, or one of the two merged ones."""
    return _document(GRAPH + name)


def iri_of(name: str) -> str:
    """The IRI behind ``<kind>/<slug>``; nothing else ever reaches the engine."""
    if not links.ENTITY_PATH.fullmatch(name):
        raise UnknownError(f"{ENTITY}{name}")
    return ENTITY + name


def require_known(site: Site, name: str) -> None:
    """Raises UnknownError for a thing that no graph speaks of."""
    iri = iri_of(name)
    if not site.holds("known", entity=ox.NamedNode(iri)):
        raise UnknownError(iri)


def require_graph(site: Site, iri: str) -> None:
    """Raises UnknownError for a graph that is not served."""
    if iri not in site.graphs and iri not in MERGED:
        raise UnknownError(iri)


def _document(iri: str) -> Response:
    """The graph as data when the client asks for data, else the way to its page."""
    site = current_site()
    require_graph(site, iri)
    offer = offered.choose(offered.TRIPLES, request)
    path = f"/{iri.removeprefix(BASE)}"
    if offer is None:
        return to_page(path)
    question = site.question("graph-triples", {}, graph=iri)
    return _data(site, question, offer, subject=path)


def _data(site: Site, question: Question, offer: Offer, *, subject: str) -> Response:
    answer = site.ask(offered.asked_for(question, offer))
    response = Response(answer.body, content_type=offer.content_type)
    response.headers["Link"] = f'<{subject}>; rel="describes"'
    return response
