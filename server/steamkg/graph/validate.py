"""SHACL validation by pySHACL, with each result placed in the file that is to be mended.

Follows SHACL §3.6 (validation report). Data is validated as the default graph serves it: asserted
and inferred together; what came later, together with that. What the shapes demand is in
``shapes/``.
"""

import logging
import re
import warnings
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Final

import pyshacl
from pyshacl.entrypoints import meta_validate
from pyshacl.errors import ValidationWarning
from rdflib import RDF, RDFS, SH, BNode, Graph, Literal, URIRef
from rdflib.term import Node

from steamkg.graph.demands import demands
from steamkg.graph.findings import Finding, Severity, in_order
from steamkg.graph.kept import KeptGraph
from steamkg.graph.names import BASE, short
from steamkg.graph.terms import graph_of
from steamkg.graph.turtle import Locate

_SEVERITIES: Final[dict[Node | None, Severity]] = {
    SH.Violation: Severity.VIOLATION,
    SH.Warning: Severity.WARNING,
    SH.Info: Severity.INFO,
}
_LONGEST_VALUE: Final = 80
_PLACEHOLDER: Final = re.compile(r"\{[?$]\w+\}")
_OUR_IRI: Final = re.compile(re.escape(BASE) + r"[\w/#-]+")


def validate(
    data: Graph, shapes: Graph, *, locate: Locate, only: Collection[URIRef] = ()
) -> tuple[Finding, ...]:
    """The findings of ``shapes`` on ``data``; both are left as they are.

    ``locate`` gives the place of the focus node's block. ``only`` names the focus nodes to look at;
    without any all are. Shapes that cannot be used are one finding; `check_shapes` says more about
    them.
    """
    if not len(shapes):
        return ()
    # Nothing is written to it: without inference and rules, pySHACL only reads.
    working = data if isinstance(data, KeptGraph) else KeptGraph(data)
    found: list[Finding] = []
    aimed = _aimed(shapes, only, working) if only else shapes
    with _quiet(found):
        _, results, text = pyshacl.validate(
            working, shacl_graph=demands(aimed), inference="none", advanced=False, inplace=True
        )
        if isinstance(results, Graph):
            found += _Report(results, shapes, locate).findings()
        else:
            found.append(_shapes_unusable(str(text)))
    return in_order(found)


def _aimed(shapes: Graph, nodes: Collection[URIRef], data: Graph) -> Graph:
    """The shapes with those of ``nodes`` as targets that are among theirs already (SHACL §2.1.3).

    pySHACL's own ``focus_nodes`` will not do: it leaves out the values that a qualified or logical
    constraint looks at as well, and such a constraint then finds too much or nothing.
    """
    aimed = graph_of(shapes)
    classes = {
        node: {
            above
            for kind in data.objects(node, RDF.type)
            for above in data.transitive_objects(kind, RDFS.subClassOf)
        }
        for node in nodes
    }
    chosen: dict[URIRef, Callable[[URIRef, Node], bool]] = {
        SH.targetClass: lambda node, target: target in classes[node],
        SH.targetNode: lambda node, target: node == target,
        SH.targetObjectsOf: lambda node, target: (None, target, node) in data,
        SH.targetSubjectsOf: lambda node, target: (node, target, None) in data,
    }
    for term, is_among in chosen.items():
        for shape, target in shapes.subject_objects(term):
            aimed.remove((shape, term, target))
        for shape, target in shapes.subject_objects(term):
            for node in nodes:
                if is_among(node, target):
                    aimed.add((shape, SH.targetNode, node))
    return aimed


def check_shapes(shapes: Graph, *, locate: Locate) -> tuple[Finding, ...]:
    """What SHACL's own shapes (SHACL appendix C) find on ``shapes``."""
    found: list[Finding] = []
    with _quiet(found):
        _, results, text = meta_validate(KeptGraph(shapes), inference="none")
        if isinstance(results, Graph):
            found += _Report(results, shapes, locate, of_shapes=True).findings()
        else:
            found.append(_shapes_unusable(str(text)))
    return in_order(found)


@contextmanager
def _quiet(found: list[Finding]) -> Iterator[None]:
    """What pySHACL logs, warns of or raises becomes a finding; nothing reaches the terminal."""
    logging.getLogger("pyshacl-validate").disabled = True
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always", ValidationWarning)
        try:
            yield
        # A bad shape surfaces as whatever pySHACL, rdflib, pyparsing or re raise on it.
        except Exception as error:  # noqa: BLE001
            reason = getattr(error, "message", "") or f"{type(error).__name__}: {error}"
            found.append(_shapes_unusable(str(reason)))
    found += [
        Finding(
            file="shapes",
            rule="shapes",
            severity=Severity.WARNING,
            message=str(warning.message).partition("\n")[0],
        )
        for warning in warned
        if issubclass(warning.category, ValidationWarning)
    ]


def _shapes_unusable(reason: str) -> Finding:
    return Finding(file="shapes", rule="shapes", message=f"cannot be used: {reason}")


class _Report:
    """A validation report as findings; ``of_shapes`` when the data validated are shapes."""

    def __init__(
        self, results: Graph, shapes: Graph, locate: Locate, *, of_shapes: bool = False
    ) -> None:
        self._results = results
        self._shapes = shapes
        self._locate = locate
        self._of_shapes = of_shapes
        self._owner_of = _owners(shapes)

    def findings(self) -> Iterator[Finding]:
        """One for each top-level result."""
        report = self._results.value(None, RDF.type, SH.ValidationReport)
        for result in self._results.objects(report, SH.result):
            yield self._finding(result)

    def _finding(self, result: Node) -> Finding:
        focus = self._value(result, SH.focusNode)
        path = self._value(result, SH.resultPath)
        shape = self._value(result, SH.sourceShape)
        value = self._value(result, SH.value)
        if self._of_shapes and focus in self._owner_of:
            focus = self._owner_of[focus]
        place = self._locate(
            str(focus) if isinstance(focus, URIRef) else "",
            str(path) if isinstance(path, URIRef) else "",
            "" if value is None else str(value),
        )
        messages = _messages(self._results, result, self._shapes)
        component = _shown(self._value(result, SH.sourceConstraintComponent))
        severity = self._value(result, SH.resultSeverity)
        return Finding(
            file=place.file or ("shapes" if self._of_shapes else ""),
            line=place.line,
            column=place.column,
            rule=component,
            severity=_SEVERITIES.get(severity, Severity.VIOLATION),
            focus=_shown(focus),
            message=messages.get("en") or messages.get("") or "; ".join(messages.values()),
            message_lt=messages.get("lt", ""),
            shape="" if self._of_shapes else _shown(self._owner_of.get(shape, shape)),
            path=_shown(path),
            value=_shown(value) if value != focus and not isinstance(value, BNode) else "",
        )

    def _value(self, result: Node, predicate: URIRef) -> Node | None:
        return self._results.value(result, predicate)


def _messages(results: Graph, result: Node, shapes: Graph) -> dict[str, str]:
    """Language ("" for none) → what the result says in it.

    pySHACL gives the messages of the shape beside those of its SPARQL constraint, where SHACL
    §5.3.2 wants the constraint's alone, and loses the language when it fills in values. So each
    message is recognised by the template that it was made from.
    """
    constraint = results.value(result, SH.sourceConstraint)
    shape = results.value(result, SH.sourceShape)
    texts = set(results.objects(result, SH.resultMessage))
    templates: list[Literal] = []
    for origin in (constraint, shape):
        if origin is not None and not templates:
            templates = [m for m in shapes.objects(origin, SH.message) if isinstance(m, Literal)]
    found: dict[str, set[str]] = {}
    for template in templates:
        pattern = ".*".join(re.escape(part) for part in _PLACEHOLDER.split(template))
        made = {str(text) for text in texts if re.fullmatch(pattern, str(text), re.DOTALL)}
        found.setdefault(template.language or "", set()).update(made)
    if not any(found.values()):
        for text in texts:
            found.setdefault(getattr(text, "language", None) or "", set()).add(str(text))
    return {
        language: _OUR_IRI.sub(lambda iri: short(iri[0]), "; ".join(sorted(said)))
        for language, said in found.items()
        if said
    }


def _shown(node: Node | None) -> str:
    if isinstance(node, URIRef):
        return short(node)
    if isinstance(node, Literal):
        written = node.n3()
        return written if len(written) <= _LONGEST_VALUE else written[:_LONGEST_VALUE] + "…"
    return "" if node is None else "a blank node"


def _owners(shapes: Graph) -> dict[Node | None, URIRef]:
    """The named shape that each blank node of the shapes is a part of."""
    owner_of: dict[Node | None, URIRef] = {}
    for owner in set(shapes.subjects()):
        if isinstance(owner, URIRef):
            pending = [node for node in shapes.objects(owner) if isinstance(node, BNode)]
            while pending:
                node = pending.pop()
                if node not in owner_of:
                    owner_of[node] = owner
                    pending += [part for part in shapes.objects(node) if isinstance(part, BNode)]
    return owner_of
