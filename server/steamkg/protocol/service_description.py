"""The endpoint's description of itself: SPARQL 1.1 Service Description, with VoID's counts.

How far SPARQL 1.2 goes is told as its own Service Description (a draft) would have it. Made from
the tables of formats and languages and the build's manifest; says nothing that is not in them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urljoin

import pyoxigraph as ox

from steamkg.graph.catalogue import DATASET
from steamkg.graph.names import ALL, ASSERTED, GRAPH_KIND, PREFIXES
from steamkg.protocol import languages
from steamkg.protocol.catalogue import USED
from steamkg.protocol.formats import CHOICES, Kind, Offer

_SD: Final = PREFIXES["sd"]
_TYPE: Final = ox.NamedNode(PREFIXES["rdf"] + "type")
_INTEGER: Final = ox.NamedNode(PREFIXES["xsd"] + "integer")
_SIMPLE: Final = ox.NamedNode("http://www.w3.org/ns/entailment/Simple")


@dataclass(frozen=True, kw_only=True)
class Features:
    """What holds for the service beside its formats and graphs.

    ``update``: whether updates are taken at ``/update``. ``union``: whether the default graph is
    the merge of all named graphs and more. ``own``: whether this is the project's own graph, with
    its merged graphs for FROM and what follows by OWL 2 RL in its default graph. ``federation``:
    whether SERVICE may ask any endpoint.
    """

    update: bool = False
    union: bool = False
    own: bool = True
    federation: bool = False


def description(
    manifest: Mapping[str, Any],
    endpoint: str,
    offer: Offer,
    features: Features,
    *,
    catalogue: Sequence[ox.Triple] = (),
) -> bytes:
    """The description of ``endpoint`` as RDF in the format offered.

    ``manifest`` tells the graphs: ``Pool.manifest``. With a ``catalogue`` the dataset of the
    service is the one described there. Raises ValueError for a format of no RDF.
    """
    chosen = ox.RdfFormat.from_media_type(offer.media_type)
    if chosen is None:
        # Under one of its other names, such as application/xml.
        chosen = ox.RdfFormat.from_media_type(offer.format.media_type)
    if chosen is None:
        raise ValueError(offer.media_type)
    dataset = DATASET if catalogue else ox.BlankNode("dataset")
    triples = [*_triples(manifest, endpoint, features, dataset), *catalogue]
    return ox.serialize(triples, format=chosen, prefixes=USED) or b""


def _sd(name: str) -> ox.NamedNode:
    return ox.NamedNode(_SD + name)


def _triples(
    manifest: Mapping[str, Any],
    endpoint: str,
    features: Features,
    dataset: ox.NamedNode | ox.BlankNode,
) -> Iterator[ox.Triple]:
    service, default = ox.BlankNode("service"), ox.BlankNode("default")
    yield ox.Triple(service, _TYPE, _sd("Service"))
    yield ox.Triple(service, _sd("endpoint"), ox.NamedNode(endpoint))
    yield from _languages(service, features)
    if features.update:
        # One service may have several endpoints: updates are taken at the second one.
        yield ox.Triple(service, _sd("endpoint"), ox.NamedNode(urljoin(endpoint, "update")))
        # An empty graph is one, until it is dropped (SPARQL 1.1 Update §3.1.5).
        yield ox.Triple(service, _sd("feature"), _sd("EmptyGraphs"))
    if features.federation:
        yield ox.Triple(service, _sd("feature"), _sd("BasicFederatedQuery"))
    # LOAD and graphs from elsewhere are refused, so no DereferencesURIs.
    if features.union:
        yield ox.Triple(service, _sd("feature"), _sd("UnionDefaultGraph"))
    for one in CHOICES:
        yield ox.Triple(service, _sd("resultFormat"), ox.NamedNode(one.iri))
    if features.update:
        for one in CHOICES:
            if one.kind is Kind.TRIPLES:
                yield ox.Triple(service, _sd("inputFormat"), ox.NamedNode(one.iri))
    # The engine answers from the triples there are: what follows by OWL 2 RL was added before.
    yield ox.Triple(service, _sd("defaultEntailmentRegime"), _SIMPLE)
    yield ox.Triple(service, _sd("defaultDataset"), dataset)
    yield ox.Triple(dataset, _TYPE, _sd("Dataset"))
    yield ox.Triple(dataset, _sd("defaultGraph"), default)
    yield from _graph(default, manifest.get("default"))
    for number, (iri, about) in enumerate(sorted(manifest["graphs"].items())):
        yield from _named(dataset, f"graph{number}", iri, about.get("triples"))
        if "kind" in about:
            kind = ox.NamedNode(GRAPH_KIND + about["kind"])
            yield ox.Triple(
                ox.BlankNode(f"graph{number}"), ox.NamedNode(PREFIXES["dcterms"] + "type"), kind
            )
    if not features.own:
        return
    # What FROM and default-graph-uri may name beside the named graphs.
    available = ox.BlankNode("available")
    yield ox.Triple(service, _sd("availableGraphs"), available)
    yield ox.Triple(available, _TYPE, _sd("GraphCollection"))
    yield from _named(available, "all", ALL, manifest.get("default"))
    yield from _named(available, "asserted", ASSERTED, manifest.get("asserted"))


def _languages(service: ox.BlankNode, features: Features) -> Iterator[ox.Triple]:
    for name in ("Query", "Update") if features.update else ("Query",):
        # SPARQL 1.2 has a language without a version, and versions apart; 1.1 had both in one.
        yield ox.Triple(service, _sd("supportedLanguage"), _sd(f"SPARQL11{name}"))
        yield ox.Triple(service, _sd("supportedLanguage"), _sd(f"SPARQL{name}"))
    for version in languages.VERSIONS:
        yield ox.Triple(service, _sd("supportedVersion"), ox.NamedNode(version))
    for extension in languages.EXTENSIONS.values():
        yield ox.Triple(service, _sd("languageExtension"), ox.NamedNode(extension))
    for function in languages.FUNCTIONS:
        yield ox.Triple(service, _sd("extensionFunction"), ox.NamedNode(function))
    comment = ox.Literal(languages.HOW_FAR, language="en")
    yield ox.Triple(service, ox.NamedNode(PREFIXES["rdfs"] + "comment"), comment)


def _named(
    collection: ox.NamedNode | ox.BlankNode, label: str, iri: str, triples: int | None
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
