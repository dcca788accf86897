"""What shapes demand, put so that pySHACL has the least to do for the same results.

pySHACL takes up a property shape (SHACL §2.3) anew for every focus node of the node shape that has
it, but once for all of the focus nodes that are its own. So each property shape gets the targets of
the node shapes that lead to it, which leaves its results as they are: it is the source shape either
way (§4.7.2). Node shapes that say more by their ``sh:property`` than that keep it.
"""

import re
from collections.abc import Iterator
from typing import Final

from rdflib import OWL, RDF, RDFS, SH, Graph, Literal, URIRef
from rdflib.term import Node

from steamkg.graph.kept import KeptGraph
from steamkg.graph.terms import Triple

# What shapes say to people and forms; pySHACL would pass over it again and again.
_FOR_READERS: Final = frozenset(
    (SH.name, SH.description, SH.order, SH.group, RDFS.label, RDFS.comment, RDFS.isDefinedBy)
)
_TARGETS: Final = (SH.targetClass, SH.targetNode, SH.targetObjectsOf, SH.targetSubjectsOf)
_BLANKS_AT_LINE_ENDS: Final = re.compile(r"\s*\n\s*")


def demands(shapes: Graph) -> KeptGraph:
    """The shapes as pySHACL is to read them, without what they say to people and forms alone."""
    lifted: dict[Triple, list[tuple[URIRef, Node]]] = {
        (node, SH.property, part): targets
        for node in set(shapes.subjects(SH.property))
        if (targets := _targets_to_give(shapes, node))
        for part in shapes.objects(node, SH.property)
        if (part, SH.path, None) in shapes
    }
    return KeptGraph(_reworded(shapes, lifted))


def _reworded(shapes: Graph, lifted: dict[Triple, list[tuple[URIRef, Node]]]) -> Iterator[Triple]:
    for triple in shapes:
        subject, predicate, value = triple
        if triple in lifted:
            for term, target in lifted[triple]:
                yield value, term, target
        elif predicate == SH.select and isinstance(value, Literal):
            yield subject, predicate, _on_few_lines(value)
        elif predicate not in _FOR_READERS:
            yield triple


def _targets_to_give(shapes: Graph, node: Node) -> list[tuple[URIRef, Node]]:
    """The targets of a node shape whose ``sh:property`` says no more than that its parts hold of
    them; none if it does.
    """
    parts = list(shapes.objects(node, SH.property))
    says_more = (
        (node, SH.path, None) in shapes  # §4.7.2: its parts are about the values
        or (node, SH.closed, None) in shapes  # §4.8.1: its parts say what it is open to
        or (node, SH.deactivated, None) in shapes
        or (None, None, node) in shapes  # §4.7.1: it may be part of another shape
        or any((node, RDF.type, kind) in shapes for kind in (RDFS.Class, OWL.Class))  # §2.1.3.3
        # §4.7.3: its parts are siblings
        or any((part, SH.qualifiedValueShapesDisjoint, None) in shapes for part in parts)
    )
    if says_more:
        return []
    return [(term, target) for term in _TARGETS for target in shapes.objects(node, term)]


def _on_few_lines(query: Literal) -> Literal:
    """The query without its indentation, through which pySHACL searches for every focus node."""
    if '"""' in query or "'''" in query:
        return query
    # A comment ends with its line; so only a text that can have none becomes one line.
    return Literal(
        _BLANKS_AT_LINE_ENDS.sub("\n" if "#" in query else " ", query),
        lang=query.language,
        datatype=query.datatype,
    )
