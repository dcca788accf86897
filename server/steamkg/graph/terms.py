"""RDF terms between rdflib and pyoxigraph, unchanged to the letter.

rdflib would otherwise rewrite ``"05"^^xsd:integer`` as ``"5"``: what the file says stays.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import TypeAlias

import pyoxigraph as ox
from rdflib import BNode, Graph, Literal, URIRef
from rdflib.term import Node

Triple: TypeAlias = tuple[Node, Node, Node]


class Rdf12Error(ValueError):
    """A triple term or a base direction (RDF 1.2), which rdflib has no place for."""


@lru_cache(maxsize=65_536)
def _uri(iri: str) -> URIRef:
    return URIRef(iri)


def to_rdflib(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple) -> Node:
    """The rdflib term; raises Rdf12Error."""
    if isinstance(term, ox.NamedNode):
        return _uri(term.value)
    if isinstance(term, ox.BlankNode):
        return BNode(term.value)
    if isinstance(term, ox.Triple):
        raise Rdf12Error("a triple term (RDF 1.2) is not part of this graph's model")
    if term.direction is not None:
        raise Rdf12Error("a text direction (RDF 1.2) is not part of this graph's model")
    if term.language:
        return Literal(term.value, lang=term.language)
    if term.datatype.value == "http://www.w3.org/2001/XMLSchema#string":
        return Literal(term.value)
    return Literal(term.value, datatype=_uri(term.datatype.value), normalize=False)


def to_oxigraph(node: Node) -> ox.NamedNode | ox.BlankNode | ox.Literal:
    """The pyoxigraph term."""
    if isinstance(node, URIRef):
        return ox.NamedNode(str(node))
    if isinstance(node, BNode):
        return ox.BlankNode(str(node))
    if isinstance(node, Literal):
        if node.language:
            return ox.Literal(str(node), language=node.language)
        datatype = ox.NamedNode(str(node.datatype)) if node.datatype else None
        return ox.Literal(str(node), datatype=datatype)
    raise TypeError(f"not an RDF term: {node!r}")


def triples_to_rdflib(triples: Iterable[ox.Triple | ox.Quad]) -> Iterator[Triple]:
    """Each triple (or the triple of each quad) in rdflib's terms."""
    for triple in triples:
        yield (
            to_rdflib(triple.subject),
            to_rdflib(triple.predicate),
            to_rdflib(triple.object),
        )


def quads_to_oxigraph(
    triples: Iterable[Triple], graph: ox.NamedNode | ox.DefaultGraph
) -> Iterator[ox.Quad]:
    """Each triple as a quad of ``graph``; one with a literal subject is left out."""
    for subject, predicate, value in triples:
        first, second = to_oxigraph(subject), to_oxigraph(predicate)
        if isinstance(first, ox.Literal) or not isinstance(second, ox.NamedNode):
            continue
        yield ox.Quad(first, second, to_oxigraph(value), graph)


def graph_of(triples: Iterable[Triple]) -> Graph:
    """An rdflib graph of the triples, without rdflib's own table of prefixes."""
    graph = Graph(store="SimpleMemory", bind_namespaces="none")
    for triple in triples:
        graph.add(triple)
    return graph
