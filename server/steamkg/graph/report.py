"""What a build found out about itself, for its manifest: validation and coverage in figures.

Counts only what :mod:`steamkg.graph.check` and :mod:`steamkg.graph.coverage` have seen; nothing
here decides whether a build may be published.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final

from rdflib import RDF, RDFS, SH, Graph, URIRef
from rdflib.term import Node

from steamkg.graph.coverage import Coverage
from steamkg.graph.findings import Finding, Severity

_PARAMETERS: Final = """
class datatype nodeKind minCount maxCount minExclusive minInclusive maxExclusive maxInclusive
minLength maxLength pattern languageIn uniqueLang equals disjoint lessThan lessThanOrEquals
not and or xone node qualifiedMinCount qualifiedMaxCount closed hasValue in sparql
"""
COMPONENTS: Final = frozenset(SH[name] for name in _PARAMETERS.split())
"""The parameters by which a constraint is declared (SHACL §4 and §5), one for each component."""
_SEVERITIES: Final = (Severity.VIOLATION, Severity.WARNING, Severity.INFO)


def report(
    *, data: Graph, shapes: Graph, findings: Iterable[Finding], rows: Iterable[Coverage]
) -> dict[str, Any]:
    """The figures, ready for JSON; ``findings`` are those of the validation."""
    severities = Counter(finding.severity for finding in findings)
    targeted = _targeted(data, shapes)
    return {
        "validation": {
            "conforms": not severities,
            "nodeShapes": len(targeted),
            "constraints": sum(1 for _, term, _ in shapes if term in COMPONENTS),
            "focusNodes": len(set().union(*targeted.values())),
            "results": {severity.value: severities[severity] for severity in _SEVERITIES},
        },
        "coverage": [
            {
                "section": row.section,
                "first": row.first,
                "last": row.last,
                "cited": row.cited,
                "explained": row.explained,
                "missing": list(row.missing),
            }
            for row in rows
        ],
    }


def _targeted(data: Graph, shapes: Graph) -> Mapping[Node, set[Node]]:
    """Shape → its focus nodes, for the shapes that declare targets (SHACL §2.1.3)."""
    found: dict[Node, set[Node]] = {}
    for shape, class_ in shapes.subject_objects(SH.targetClass):
        of_class = found.setdefault(shape, set())
        for kind in data.transitive_subjects(RDFS.subClassOf, class_):
            of_class.update(data.subjects(RDF.type, kind))
    for shape, node in shapes.subject_objects(SH.targetNode):
        found.setdefault(shape, set()).add(node)
    for shape, term in shapes.subject_objects(SH.targetSubjectsOf):
        if isinstance(term, URIRef):
            found.setdefault(shape, set()).update(data.subjects(term))
    for shape, term in shapes.subject_objects(SH.targetObjectsOf):
        if isinstance(term, URIRef):
            found.setdefault(shape, set()).update(data.objects(None, term))
    return found
