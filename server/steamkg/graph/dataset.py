"""The dataset as one N-Quads text: named graphs, their descriptions, and the merged default graph.

Oxigraph's union of graphs counts a triple twice that stands in two of them, so the default graph
(RDF merge, RDF 1.1 Semantics §4.1) is written out in full beside the named graphs. Canonical by
RDFC-1.0, so that the same content has the same bytes and the same version on any machine.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Final, TypeAlias

import pyoxigraph as ox
from rdflib import Graph

from steamkg.graph.catalogue import catalogue
from steamkg.graph.content import ASSERTED_KINDS, DEFAULT_KINDS, REASONED_KINDS, Kind
from steamkg.graph.names import CATALOGUE, DESCRIPTIONS, INFERRED, PREFIXES, STEAM
from steamkg.graph.terms import quads_to_oxigraph
from steamkg.graph.turtle import Document

_Term: TypeAlias = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple

_TYPE: Final = ox.NamedNode(PREFIXES["dcterms"] + "type")
_SOURCE: Final = ox.NamedNode(PREFIXES["dcterms"] + "source")
_PART_OF: Final = ox.NamedNode(PREFIXES["dcterms"] + "isPartOf")
_LABEL_SOURCE: Final = ox.NamedNode(STEAM + "labelSource")


@dataclass(frozen=True, kw_only=True)
class NamedGraph:
    """One named graph of the dataset and where it comes from."""

    iri: str
    kind: Kind
    files: tuple[str, ...]
    triples: frozenset[ox.Triple]


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """The finished dataset; counts are of triples as a set."""

    nquads: bytes
    version: str
    """SHA-256 of `nquads`."""
    graphs: tuple[NamedGraph, ...]
    default: int
    asserted: int
    inferred: int


def assemble(documents: Sequence[Document], inferred: Graph) -> Dataset:
    """Everything that is published, from the files and what follows from them."""
    graphs = _graphs_of_files(documents)
    conclusions = quads_to_oxigraph(inferred, ox.DefaultGraph())
    graphs.append(
        NamedGraph(iri=INFERRED, kind=Kind.INFERRED, files=(), triples=_triples(conclusions))
    )
    # Empty at first: it is described like the others, and counts them when they are complete.
    counted = NamedGraph(iri=CATALOGUE, kind=Kind.CATALOGUE, files=(), triples=frozenset())
    graphs.append(_descriptions([*graphs, counted]))
    merged = _merge(graphs, DEFAULT_KINDS)
    in_default = [(graph.iri, graph.triples) for graph in graphs if graph.kind in DEFAULT_KINDS]
    graphs.append(replace(counted, triples=catalogue(in_default, merged)))
    graphs.sort(key=lambda graph: graph.iri)
    nquads = _canonical(_quads(graphs, merged))
    return Dataset(
        nquads=nquads,
        version=hashlib.sha256(nquads).hexdigest(),
        graphs=tuple(graphs),
        default=len(merged),
        asserted=len(_merge(graphs, ASSERTED_KINDS)),
        inferred=sum(len(graph.triples) for graph in graphs if graph.kind is Kind.INFERRED),
    )


def _triples(items: Iterable[ox.Triple | ox.Quad]) -> frozenset[ox.Triple]:
    return frozenset(ox.Triple(item.subject, item.predicate, item.object) for item in items)


def _graphs_of_files(documents: Sequence[Document]) -> list[NamedGraph]:
    by_graph: dict[str, list[Document]] = defaultdict(list)
    for document in documents:
        by_graph[document.file.graph].append(document)
    return [
        NamedGraph(
            iri=iri,
            kind=parts[0].file.kind,
            files=tuple(part.file.name for part in parts),
            triples=frozenset(triple for part in parts for triple in part.triples),
        )
        for iri, parts in by_graph.items()
    ]


def _merge(graphs: Iterable[NamedGraph], kinds: frozenset[Kind]) -> frozenset[ox.Triple]:
    return frozenset().union(*(graph.triples for graph in graphs if graph.kind in kinds))


def _quads(graphs: Iterable[NamedGraph], merged: frozenset[ox.Triple]) -> Iterator[ox.Quad]:
    for graph in graphs:
        name = ox.NamedNode(graph.iri)
        for triple in graph.triples:
            yield ox.Quad(triple.subject, triple.predicate, triple.object, name)
    for triple in merged:
        yield ox.Quad(triple.subject, triple.predicate, triple.object)


def _canonical(quads: Iterable[ox.Quad]) -> bytes:
    """Sorted N-Quads with the blank nodes named by RDFC-1.0."""
    dataset = ox.Dataset(quads)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    text = BytesIO()
    ox.serialize(dataset, text, format=ox.RdfFormat.N_QUADS)
    return b"".join(sorted(text.getvalue().splitlines(keepends=True)))


def _descriptions(graphs: Sequence[NamedGraph]) -> NamedGraph:
    """What each graph is and what it rests on: ``dcterms:type`` and ``dcterms:source``."""
    described: set[ox.Triple] = set()
    everything = _merge(graphs, frozenset(Kind))
    part_of = _objects(everything, _PART_OF)
    self_described = {triple.subject for triple in everything if triple.predicate == _SOURCE}
    reasoned = [ox.NamedNode(graph.iri) for graph in graphs if graph.kind in REASONED_KINDS]
    for graph in graphs:
        name = ox.NamedNode(graph.iri)
        described.add(ox.Triple(name, _TYPE, ox.NamedNode(graph.kind.iri)))
        if name not in self_described:
            sources = reasoned if graph.kind is Kind.INFERRED else _sources(graph, part_of)
            described.update(ox.Triple(name, _SOURCE, source) for source in sources)
    own_type = ox.Triple(ox.NamedNode(DESCRIPTIONS), _TYPE, ox.NamedNode(Kind.DESCRIPTION.iri))
    return NamedGraph(
        iri=DESCRIPTIONS,
        kind=Kind.DESCRIPTION,
        files=(),
        triples=frozenset(described | {own_type}),
    )


def _sources(graph: NamedGraph, part_of: Mapping[_Term, set[_Term]]) -> set[_Term]:
    """The sections (or documents) that a section's cited passages are part of; a label graph's
    ``steam:labelSource`` values. A graph whose file states its own ``dcterms:source`` is not asked.
    """
    if graph.kind is Kind.SECTION:
        cited = {triple.object for triple in graph.triples if triple.predicate == _SOURCE}
        return {whole for passage in cited for whole in part_of.get(passage, ())}
    if graph.kind is Kind.LABEL:
        return {triple.object for triple in graph.triples if triple.predicate == _LABEL_SOURCE}
    return set()


def _objects(triples: Iterable[ox.Triple], predicate: ox.NamedNode) -> Mapping[_Term, set[_Term]]:
    found: dict[_Term, set[_Term]] = defaultdict(set)
    for triple in triples:
        if triple.predicate == predicate:
            found[triple.subject].add(triple.object)
    return found
