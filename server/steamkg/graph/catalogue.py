"""What the dataset is and holds, said by itself: DCAT 3 and VoID, counted from the triples.

Stands in a named graph outside the default graph, because a count that is part of what it counts
is never right. Only what follows from the content is said here, so that the same content has the
same bytes; when and with what it was built, and where it is served, is the protocol layer's to add.
Things have hash names below the graph's own, so that each leads to the graph.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, TypeAlias
from urllib.parse import urlsplit

import pyoxigraph as ox

from steamkg.graph.names import BASE, CATALOGUE, ENTITY, GRAPH, ONTOLOGY_GRAPH, PREFIXES, short

Triples: TypeAlias = frozenset[ox.Triple]
_Term: TypeAlias = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple

DATASET: Final = ox.NamedNode(CATALOGUE + "#dataset")
CATALOG: Final = ox.NamedNode(CATALOGUE + "#catalogue")
SERVICE: Final = ox.NamedNode(CATALOGUE + "#sparql")
PUBLISHER: Final = ox.NamedNode(CATALOGUE + "#publisher")
BUILD: Final = ox.NamedNode(CATALOGUE + "#build")

_TEXTS: Final = (
    (
        DATASET,
        "title",
        "steamkg: a knowledge graph of the STEAM-education ecosystem",
        "steamkg: STEAM ugdymo ekosistemos žinių grafas",
    ),
    (
        DATASET,
        "description",
        "Centres, governance bodies, partners, their roles and areas, with the source lines and "
        "the modality of every fact, as the cooperation model of Lithuania’s regional STEAM "
        "centres and the slides on the STEM Alliance give them.",
        "Centrai, valdysenos organai, partneriai, jų vaidmenys ir sritys su kiekvieno fakto "
        "šaltinio eilutėmis ir modalumu – kaip juos pateikia Lietuvos regioninių STEAM centrų "
        "bendradarbiavimo modelis ir STEM aljanso skaidrės.",
    ),
    (CATALOG, "title", "Datasets of steamkg", "„steamkg“ duomenų rinkiniai"),
    (
        CATALOG,
        "description",
        "The dataset of steamkg and the service that answers questions about it.",
        "„steamkg“ duomenų rinkinys ir paslauga, atsakanti į klausimus apie jį.",
    ),
    (SERVICE, "title", "SPARQL endpoint of steamkg", "„steamkg“ SPARQL prieiga"),
)
_KEYWORDS: Final = (
    ("STEAM education", "STEAM ugdymas"),
    ("partnership", "partnerystė"),
    ("knowledge graph", "žinių grafas"),
)
_EU_LANGUAGE: Final = "http://publications.europa.eu/resource/authority/language/"
# Read in ckan/ckanext-dcat and in DCAT-AP 3.0.0, whose usage note asks for this authority table.
_LANGUAGES: Final = {"en": "ENG", "lt": "LIT", "sl": "SLV"}
LINKING: Final = frozenset(
    (
        PREFIXES["owl"] + "sameAs",
        PREFIXES["foaf"] + "focus",
        *(
            PREFIXES["skos"] + name
            for name in ("exactMatch", "closeMatch", "broadMatch", "narrowMatch", "relatedMatch")
        ),
    )
)
"""Properties between a thing of ours and one named elsewhere, as VoID's linksets hold them."""


def catalogue(graphs: Sequence[tuple[str, Triples]], default: Triples) -> Triples:
    """The description of the dataset.

    ``graphs`` are the named graphs that the default graph merges, with their triples; ``default``
    is that merge.
    """
    content = dict(graphs)
    return frozenset(
        (
            *_said(content.get(ONTOLOGY_GRAPH, frozenset()), default),
            *_counts(default),
            *_class_partitions(default),
            *_property_partitions(default),
            *_subsets(graphs),
            *_linksets(graphs, default),
        )
    )


def node(prefix: str, name: str) -> ox.NamedNode:
    """A term of a vocabulary in the house table."""
    return ox.NamedNode(PREFIXES[prefix] + name)


def number(count: int) -> ox.Literal:
    """``count`` as xsd:integer."""
    return ox.Literal(str(count), datatype=node("xsd", "integer"))


def is_a(thing: ox.NamedNode, prefix: str, name: str) -> ox.Triple:
    """That ``thing`` is of a class."""
    return ox.Triple(thing, node("rdf", "type"), node(prefix, name))


def _said(ontology: Triples, default: Triples) -> Iterator[ox.Triple]:
    """Titles, licence, languages, publisher and sources."""
    yield is_a(CATALOG, "dcat", "Catalog")
    yield is_a(DATASET, "dcat", "Dataset")
    yield is_a(DATASET, "void", "Dataset")
    yield is_a(SERVICE, "dcat", "DataService")
    yield is_a(PUBLISHER, "foaf", "Agent")
    yield ox.Triple(CATALOG, node("dcat", "dataset"), DATASET)
    yield ox.Triple(CATALOG, node("dcat", "service"), SERVICE)
    yield ox.Triple(CATALOG, node("foaf", "homepage"), ox.NamedNode(BASE))
    yield ox.Triple(DATASET, node("dcat", "landingPage"), ox.NamedNode(BASE))
    yield ox.Triple(SERVICE, node("dcat", "servesDataset"), DATASET)
    yield is_a(ox.NamedNode(BASE), "foaf", "Document")
    for thing, name, *texts in _TEXTS:
        for text, language in zip(texts, ("en", "lt"), strict=True):
            yield ox.Triple(thing, node("dcterms", name), ox.Literal(text, language=language))
    for words in _KEYWORDS:
        for text, language in zip(words, ("en", "lt"), strict=True):
            keyword = ox.Literal(text, language=language)
            yield ox.Triple(DATASET, node("dcat", "keyword"), keyword)
    yield from _responsibility(ontology)
    yield from _languages(default)
    document = node("steam", "Document")
    for triple in default:
        if triple.object == document and triple.predicate == node("rdf", "type"):
            yield ox.Triple(DATASET, node("prov", "wasDerivedFrom"), triple.subject)


def _responsibility(ontology: Triples) -> Iterator[ox.Triple]:
    """Licence and publisher, as the ontology's header has them."""
    header = {
        triple.predicate.value.removeprefix(PREFIXES["dcterms"]): triple.object
        for triple in ontology
        if triple.subject == ox.NamedNode(ONTOLOGY_GRAPH)
    }
    licence, creator = header.get("license"), header.get("creator")
    if isinstance(licence, ox.NamedNode):
        yield is_a(licence, "dcterms", "LicenseDocument")
    for thing in (CATALOG, DATASET, SERVICE):
        yield ox.Triple(thing, node("dcterms", "publisher"), PUBLISHER)
        if licence is not None:
            yield ox.Triple(thing, node("dcterms", "license"), licence)
    if creator is not None:
        yield ox.Triple(PUBLISHER, node("foaf", "name"), creator)


def _languages(default: Triples) -> Iterator[ox.Triple]:
    """The languages that texts of the dataset are in."""
    spoken = {triple.object.language for triple in default if isinstance(triple.object, ox.Literal)}
    for tag in sorted(language for language in spoken if language in _LANGUAGES):
        language = ox.NamedNode(_EU_LANGUAGE + _LANGUAGES[tag])
        yield is_a(language, "dcterms", "LinguisticSystem")
        for thing in (CATALOG, DATASET):
            yield ox.Triple(thing, node("dcterms", "language"), language)


def _counts(default: Triples) -> Iterator[ox.Triple]:
    subjects = {triple.subject for triple in default}
    of_type = {triple.object for triple in default if triple.predicate == node("rdf", "type")}
    things = {subject for subject in subjects if _is_ours(subject)}
    yield ox.Triple(DATASET, node("void", "uriSpace"), ox.Literal(ENTITY))
    for name, count in (
        ("triples", len(default)),
        ("entities", len(things)),
        ("distinctSubjects", len(subjects)),
        ("distinctObjects", len({triple.object for triple in default})),
        ("properties", len({triple.predicate for triple in default})),
        ("classes", len(of_type)),
    ):
        yield ox.Triple(DATASET, node("void", name), number(count))
    for prefix in sorted(_used_prefixes(default, of_type)):
        yield ox.Triple(DATASET, node("void", "vocabulary"), ox.NamedNode(PREFIXES[prefix]))


def _used_prefixes(default: Triples, of_type: Iterable[_Term]) -> set[str]:
    """The vocabularies of the house table whose terms are properties or classes here."""
    terms = {triple.predicate.value for triple in default}
    terms |= {term.value for term in of_type if isinstance(term, ox.NamedNode)}
    return {short(term).partition(":")[0] for term in terms if not short(term).startswith("<")}


def _class_partitions(default: Triples) -> Iterator[ox.Triple]:
    instances: dict[ox.NamedNode, set[_Term]] = defaultdict(set)
    for triple in default:
        if triple.predicate == node("rdf", "type") and isinstance(triple.object, ox.NamedNode):
            instances[triple.object].add(triple.subject)
    for kind, members in instances.items():
        part = _part("class", kind)
        yield ox.Triple(DATASET, node("void", "classPartition"), part)
        yield is_a(part, "void", "Dataset")
        yield ox.Triple(part, node("void", "class"), kind)
        yield ox.Triple(part, node("void", "entities"), number(len(members)))


def _property_partitions(default: Triples) -> Iterator[ox.Triple]:
    triples = Counter(triple.predicate for triple in default)
    subjects: dict[ox.NamedNode, set[_Term]] = defaultdict(set)
    objects: dict[ox.NamedNode, set[_Term]] = defaultdict(set)
    for triple in default:
        subjects[triple.predicate].add(triple.subject)
        objects[triple.predicate].add(triple.object)
    for relation, count in triples.items():
        part = _part("property", relation)
        yield ox.Triple(DATASET, node("void", "propertyPartition"), part)
        yield is_a(part, "void", "Dataset")
        yield ox.Triple(part, node("void", "property"), relation)
        for name, how_many in (
            ("triples", count),
            ("distinctSubjects", len(subjects[relation])),
            ("distinctObjects", len(objects[relation])),
        ):
            yield ox.Triple(part, node("void", name), number(how_many))


def _subsets(graphs: Iterable[tuple[str, Triples]]) -> Iterator[ox.Triple]:
    for iri, triples in graphs:
        graph = ox.NamedNode(iri)
        yield is_a(graph, "void", "Dataset")
        yield ox.Triple(DATASET, node("void", "subset"), graph)
        yield ox.Triple(graph, node("void", "triples"), number(len(triples)))


def _linksets(graphs: Iterable[tuple[str, Triples]], default: Triples) -> Iterator[ox.Triple]:
    """One linkset for each graph, property and dataset linked to."""
    names = _scheme_names(default)
    for iri, triples in graphs:
        found: dict[tuple[ox.NamedNode, str], list[ox.Triple]] = defaultdict(list)
        for triple in triples:
            outside = _outside(triple)
            if outside:
                found[triple.predicate, _host(outside)].append(triple)
        for (relation, host), links in found.items():
            scheme = names.get(iri.removeprefix(GRAPH + "link/"))
            yield from _linkset(iri, relation, host, links, scheme)


def _linkset(
    graph: str,
    relation: ox.NamedNode,
    host: str,
    links: Sequence[ox.Triple],
    scheme: ox.Literal | None,
) -> Iterator[ox.Triple]:
    name = graph.removeprefix(GRAPH).removeprefix("link/")
    linkset = ox.NamedNode(
        f"{CATALOGUE}#linkset-{_slug(name)}-{_slug(short(relation.value))}-{_slug(host)}"
    )
    target = ox.NamedNode(f"{CATALOGUE}#linked-{_slug(name)}-{_slug(host)}")
    yield is_a(linkset, "void", "Linkset")
    yield ox.Triple(ox.NamedNode(graph), node("void", "subset"), linkset)
    yield ox.Triple(linkset, node("void", "linkPredicate"), relation)
    yield ox.Triple(linkset, node("void", "triples"), number(len(links)))
    ours_first = _is_ours(links[0].subject)
    ends = (DATASET, target) if ours_first else (target, DATASET)
    for end, dataset in zip(("subjectsTarget", "objectsTarget"), ends, strict=True):
        yield ox.Triple(linkset, node("void", end), dataset)
    yield is_a(target, "void", "Dataset")
    space = _common_start([outside for link in links if (outside := _outside(link))])
    yield ox.Triple(target, node("void", "uriSpace"), ox.Literal(space))
    yield ox.Triple(target, node("dcterms", "title"), scheme or ox.Literal(host))


def _scheme_names(default: Triples) -> dict[str, ox.Literal]:
    """English names of the identifier schemes, by slug."""
    start = ENTITY + "identifier-scheme/"
    return {
        triple.subject.value.removeprefix(start): triple.object
        for triple in default
        if isinstance(triple.subject, ox.NamedNode)
        and isinstance(triple.object, ox.Literal)
        and triple.object.language == "en"
        and triple.predicate == node("skos", "prefLabel")
        and triple.subject.value.startswith(start)
    }


def _outside(triple: ox.Triple) -> str:
    """The IRI elsewhere that a link connects with a thing of ours; "" when it is no link."""
    ends = (triple.subject, triple.object)
    if triple.predicate.value not in LINKING or sum(map(_is_ours, ends)) != 1:
        return ""
    other = next(end for end in ends if not _is_ours(end))
    return other.value if isinstance(other, ox.NamedNode) else ""


def _is_ours(term: _Term) -> bool:
    return isinstance(term, ox.NamedNode) and term.value.startswith(ENTITY)


def _host(iri: str) -> str:
    return urlsplit(iri).hostname or urlsplit(iri).scheme


def _common_start(iris: Sequence[str]) -> str:
    """What all the IRIs begin with, up to a slash or hash."""
    first, last = min(iris), max(iris)
    same = 0
    while same < min(len(first), len(last)) and first[same] == last[same]:
        same += 1
    start = first[:same]
    return start[: max(start.rfind("/"), start.rfind("#")) + 1]


def _part(kind: str, term: ox.NamedNode) -> ox.NamedNode:
    return ox.NamedNode(f"{CATALOGUE}#{kind}-{_slug(short(term.value))}")


def _slug(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", text).strip("-")
