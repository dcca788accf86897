"""The dataset's description as served: what the build says of itself, and when, how and where.

The counts stand in the catalogue graph of the dataset; the time and the software of the build come
from its manifest, and the addresses from the request, so that each host names its own. DCAT 3
(catalogue, distributions, data service), VoID, PROV-O for the build.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import urljoin

import pyoxigraph as ox

from steamkg.engine.question import Answer, Question
from steamkg.graph.catalogue import BUILD, CATALOG, DATASET, SERVICE, is_a, node
from steamkg.graph.names import CATALOGUE, PREFIXES
from steamkg.protocol.formats import CHOICES, Format, Kind

WELL_KNOWN: Final = ".well-known/void"
"""VoID §7.2 and RFC 8615: where a host describes the datasets on it."""
USED: Final = {
    name: PREFIXES[name]
    for name in ("dcat", "dcterms", "foaf", "prov", "rdfs", "sd", "steam", "void")
}
_EVERYTHING: Final = Question(
    text="CONSTRUCT { ?subject ?property ?value } WHERE { ?subject ?property ?value }",
    default_graphs=(CATALOGUE,),
    triples="application/n-triples",
)
_IANA: Final = "https://www.iana.org/assignments/media-types/"
_OF_DATASETS: Final = frozenset(("trig", "nq"))


def catalogue(
    ask: Callable[[Question], Answer], manifest: Mapping[str, Any], base: str
) -> list[ox.Triple]:
    """The description of the dataset served below ``base``, an address that ends in a slash.

    ``ask`` answers questions, and raises one of ``engine.failures``. Empty where the dataset has no
    catalogue graph, as another dataset than ours.
    """
    if CATALOGUE not in manifest.get("graphs", {}):
        return []
    answer = ask(_EVERYTHING)
    counted = [quad.triple for quad in ox.parse(answer.body, ox.RdfFormat.N_TRIPLES)]
    return [*counted, *_build(manifest), *_served(counted, base)]


def described_at(base: str) -> Iterator[ox.Triple]:
    """What the document at the well-known address says of itself (VoID §7)."""
    document = ox.NamedNode(urljoin(base, WELL_KNOWN))
    yield is_a(document, "void", "DatasetDescription")
    yield ox.Triple(document, node("foaf", "primaryTopic"), DATASET)
    for text, language in (
        ("Description of the dataset", "en"),
        ("Duomenų rinkinio aprašas", "lt"),
    ):
        title = ox.Literal(text, language=language)
        yield ox.Triple(document, node("dcterms", "title"), title)


def serialised(triples: Iterable[ox.Triple], media_type: str) -> bytes:
    """The triples in an RDF format. Raises ValueError for a media type of no RDF."""
    chosen = ox.RdfFormat.from_media_type(media_type)
    if chosen is None:
        raise ValueError(media_type)
    return ox.serialize(triples, format=chosen, prefixes=USED) or b""


def _build(manifest: Mapping[str, Any]) -> Iterator[ox.Triple]:
    """The version, and the build as a PROV activity with its software."""
    version = f"{manifest.get('steamkg', '')}+{manifest['version'][:12]}"
    yield ox.Triple(DATASET, node("dcat", "version"), ox.Literal(version))
    yield ox.Triple(DATASET, node("dcterms", "identifier"), ox.Literal(manifest["version"]))
    yield is_a(BUILD, "prov", "Activity")
    yield is_a(DATASET, "prov", "Entity")
    yield ox.Triple(DATASET, node("prov", "wasGeneratedBy"), BUILD)
    built = manifest.get("built")
    if built:
        moment = ox.Literal(str(built), datatype=node("xsd", "dateTime"))
        yield ox.Triple(BUILD, node("prov", "endedAtTime"), moment)
        for thing in (CATALOG, DATASET):
            yield ox.Triple(thing, node("dcterms", "modified"), moment)
    for iri, about in sorted(manifest["graphs"].items()):
        if about.get("file"):
            yield ox.Triple(BUILD, node("prov", "used"), ox.NamedNode(iri))
    software = {"steamkg": manifest.get("steamkg"), **manifest.get("packages", {})}
    for name, number in software.items():
        agent = ox.NamedNode(f"{CATALOGUE}#software-{name}")
        yield ox.Triple(BUILD, node("prov", "wasAssociatedWith"), agent)
        yield is_a(agent, "prov", "SoftwareAgent")
        yield ox.Triple(agent, node("foaf", "name"), ox.Literal(name))
        yield ox.Triple(agent, node("dcat", "version"), ox.Literal(str(number)))


def _served(counted: Iterable[ox.Triple], base: str) -> Iterator[ox.Triple]:
    """The endpoint, and the default graph as a file in each format."""
    endpoint = ox.NamedNode(urljoin(base, "sparql"))
    yield ox.Triple(SERVICE, node("dcat", "endpointURL"), endpoint)
    yield ox.Triple(SERVICE, node("dcat", "endpointDescription"), endpoint)
    yield ox.Triple(DATASET, node("void", "sparqlEndpoint"), endpoint)
    for form in CHOICES:
        if form.kind is Kind.TRIPLES and form.extension not in _OF_DATASETS:
            yield from _distribution(form, base)
            distribution = ox.NamedNode(f"{CATALOGUE}#{form.extension}")
            for triple in counted:
                # A distribution is under the licence of what it distributes.
                if triple.subject == DATASET and triple.predicate == node("dcterms", "license"):
                    yield ox.Triple(distribution, triple.predicate, triple.object)


def _distribution(form: Format, base: str) -> Iterator[ox.Triple]:
    distribution = ox.NamedNode(f"{CATALOGUE}#{form.extension}")
    access = ox.NamedNode(urljoin(base, "graph/all"))
    download = ox.NamedNode(urljoin(base, f"graph/all?format={form.names[0]}"))
    media_type, syntax = ox.NamedNode(_IANA + form.media_type), ox.NamedNode(form.iri)
    yield ox.Triple(DATASET, node("dcat", "distribution"), distribution)
    yield ox.Triple(DATASET, node("void", "dataDump"), download)
    yield ox.Triple(DATASET, node("void", "feature"), syntax)
    yield is_a(distribution, "dcat", "Distribution")
    yield ox.Triple(distribution, node("dcterms", "title"), ox.Literal(form.title))
    yield ox.Triple(distribution, node("dcat", "accessURL"), access)
    yield ox.Triple(distribution, node("dcat", "downloadURL"), download)
    yield ox.Triple(distribution, node("dcat", "accessService"), SERVICE)
    yield ox.Triple(distribution, node("dcat", "mediaType"), media_type)
    yield is_a(media_type, "dcterms", "MediaType")
    yield ox.Triple(distribution, node("dcterms", "format"), syntax)
    yield is_a(syntax, "dcterms", "MediaTypeOrExtent")
