"""The endpoint's description of itself: SPARQL 1.1 Service Description, with VoID's counts.

Made from the table of formats and the build's manifest; says nothing that is not in one of them.
"""

from collections.abc import Iterator
from typing import Final

import pyoxigraph as ox

from steamkg.engine.store import Build
from steamkg.graph.names import ALL, ASSERTED, GRAPH_KIND, PREFIXES
from steamkg.protocol.formats import CHOICES, Offer

_SD: Final = PREFIXES["sd"]
_TYPE: Final = ox.NamedNode(PREFIXES["rdf"] + "type")
_INTEGER: Final = ox.NamedNode(PREFIXES["xsd"] + "integer")
_USED: Final = {name: PREFIXES[name] for name in ("sd", "void", "dcterms")}


def description(build: Build, endpoint: str, offer: Offer) -> bytes:
    """The description of ``endpoint`` as RDF in the format offered."""
    chosen = ox.RdfFormat.from_media_type(offer.media_type)
    if chosen is None:
        raise ValueError(offer.media_type)
    written = ox.serialize(_triples(build, endpoint), format=chosen, prefixes=_USED)
    return written or b""


def _sd(name: str) -> ox.NamedNode:
    return ox.NamedNode(_SD + name)


def _triples(build: Build, endpoint: str) -> Iterator[ox.Triple]:
    manifest = build.manifest
    service, dataset, default = (ox.BlankNode(name) for name in ("service", "dataset", "default"))
    yield ox.Triple(service, _TYPE, _sd("Service"))
    yield ox.Triple(service, _sd("endpoint"), ox.NamedNode(endpoint))
    yield ox.Triple(service, _sd("supportedLanguage"), _sd("SPARQL11Query"))
    for one in CHOICES:
        yield ox.Triple(service, _sd("resultFormat"), ox.NamedNode(one.iri))
    yield ox.Triple(service, _sd("defaultDataset"), dataset)
    yield ox.Triple(dataset, _TYPE, _sd("Dataset"))
    yield ox.Triple(dataset, _sd("defaultGraph"), default)
    yield from _graph(default, manifest.get("default"))
    for number, (iri, about) in enumerate(sorted(manifest["graphs"].items())):
        kind = ox.NamedNode(GRAPH_KIND + about["kind"])
        yield from _named(dataset, f"graph{number}", iri, about.get("triples"))
        yield ox.Triple(
            ox.BlankNode(f"graph{number}"), ox.NamedNode(PREFIXES["dcterms"] + "type"), kind
        )
    # What FROM and default-graph-uri may name beside the named graphs.
    available = ox.BlankNode("available")
    yield ox.Triple(service, _sd("availableGraphs"), available)
    yield ox.Triple(available, _TYPE, _sd("GraphCollection"))
    yield from _named(available, "all", ALL, manifest.get("default"))
    yield from _named(available, "asserted", ASSERTED, manifest.get("asserted"))


def _named(
    collection: ox.BlankNode, label: str, iri: str, triples: int | None
) -> Iterator[ox.Triple]:
    named, graph = ox.BlankNode(f"{label}-named"), ox.BlankNode(label)
    yield ox.Triple(collection, _sd("namedGraph"), named)
    yield ox.Triple(named, _TYPE, _sd("NamedGraph"))
    yield ox.Triple(named, _sd("name"), ox.NamedNode(iri))
    yield ox.Triple(named, _sd("graph"), graph)
    yield from _graph(graph, triples)


def _graph(graph: ox.BlankNode, triples: int | None) -> Iterator[ox.Triple]:
    yield ox.Triple(graph, _TYPE, _sd("Graph"))
    if triples is not None:
        count = ox.Literal(str(triples), datatype=_INTEGER)
        yield ox.Triple(graph, ox.NamedNode(PREFIXES["void"] + "triples"), count)
