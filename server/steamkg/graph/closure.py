"""OWL 2 RL closures by two engines: ``owlrl``, the reference, and ``reasonable``, the fast one.

Follows OWL 2 Profiles §4.3. Compared rule by rule, ``reasonable`` 0.4.4 lacks property chains,
``owl:oneOf``, maximum cardinalities, keys and a few schema rules: `COMPLETIONS` supplies them as
SPARQL, save keys, for which `needs_reference` says that ``owlrl`` must do the run. What is worth
keeping of a closure is :mod:`steamkg.graph.reason`'s to say.
"""

from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from typing import Final

from owlrl import DeductiveClosure, OWLRL_Semantics
from rdflib import OWL, BNode, Graph, Literal, URIRef
from rdflib.collection import Collection
from rdflib.term import Node
from reasonable import PyReasoner

from steamkg.graph.terms import Triple, graph_of

_LITERAL_PROXY: Final = "urn:steamkg:literal:"
_OWLRL_ERROR: Final = URIRef("http://www.daml.org/2002/03/agents/agent-ont#error")
_OWLRL_ERROR_TYPE: Final = URIRef("http://www.daml.org/2002/03/agents/agent-ont#ErrorMessage")


class Reasoner(StrEnum):
    """The engines, by the name of their package."""

    REASONABLE = "reasonable"
    OWLRL = "owlrl"


_PREAMBLE: Final = """\
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
"""
COMPLETIONS: Final = {
    name: _PREAMBLE + text
    for name, text in {
        "scm-spo": """CONSTRUCT { ?a rdfs:subPropertyOf ?c }
            WHERE { ?a rdfs:subPropertyOf ?b . ?b rdfs:subPropertyOf ?c }""",
        "scm-eqp1": """CONSTRUCT { ?a rdfs:subPropertyOf ?b . ?b rdfs:subPropertyOf ?a }
            WHERE { ?a owl:equivalentProperty ?b }""",
        "scm-int": """CONSTRUCT { ?whole rdfs:subClassOf ?part }
            WHERE { ?whole owl:intersectionOf/rdf:rest*/rdf:first ?part }""",
        "scm-uni": """CONSTRUCT { ?part rdfs:subClassOf ?whole }
            WHERE { ?whole owl:unionOf/rdf:rest*/rdf:first ?part }""",
        "cls-oo": """CONSTRUCT { ?member a ?class }
            WHERE { ?class owl:oneOf/rdf:rest*/rdf:first ?member }""",
        "cls-maxc2": """CONSTRUCT { ?one owl:sameAs ?other }
            WHERE { ?class owl:maxCardinality ?n ; owl:onProperty ?property .
                    ?x a ?class ; ?property ?one , ?other .
                    FILTER(xsd:integer(?n) = 1 && ?one != ?other) }""",
        "cls-maxqc3": """CONSTRUCT { ?one owl:sameAs ?other }
            WHERE { ?class owl:maxQualifiedCardinality ?n ;
                    owl:onProperty ?property ; owl:onClass ?of .
                    ?x a ?class ; ?property ?one , ?other .
                    ?one a ?of . ?other a ?of .
                    FILTER(xsd:integer(?n) = 1 && ?one != ?other) }""",
    }.items()
}
"""Rules of the profile that ``reasonable`` lacks, by their names in OWL 2 Profiles §4.3."""


def completions(asserted: Graph) -> dict[str, str]:
    """`COMPLETIONS` and one rule per property chain of the ontology (prp-spo2)."""
    rules = dict(COMPLETIONS)
    for target, head in sorted(asserted.subject_objects(OWL.propertyChainAxiom)):
        steps = list(Collection(asserted, head))
        # An inverse inside a chain is a blank node, which no triple can have as its predicate.
        if isinstance(target, URIRef) and all(isinstance(step, URIRef) for step in steps):
            path = " . ".join(f"?x{at} {step.n3()} ?x{at + 1}" for at, step in enumerate(steps))
            rules[f"prp-spo2 {target}"] = (
                f"CONSTRUCT {{ ?x0 {target.n3()} ?x{len(steps)} }} WHERE {{ {path} }}"
            )
    return rules


def needs_reference(asserted: Graph) -> str:
    """The axiom for which ``reasonable`` has no rule and we have no completion; "" if none."""
    return "owl:hasKey" if (None, OWL.hasKey, None) in asserted else ""


def close(triples: set[Triple], reasoner: Reasoner) -> tuple[set[Triple], tuple[str, ...]]:
    """All that follows from the triples, themselves included, and the engine's own complaints."""
    return _ENGINES[reasoner](triples)


def _close_with_reasonable(triples: set[Triple]) -> tuple[set[Triple], tuple[str, ...]]:
    """Literals travel as proxies, because the engine rewrites ``"x"`` as ``"x"^^xsd:string``."""
    literals: dict[str, Literal] = {}
    proxies: dict[Literal, URIRef] = {}

    def hidden(node: Node) -> Node:
        if not isinstance(node, Literal):
            return node
        if node not in proxies:
            proxies[node] = URIRef(f"{_LITERAL_PROXY}{len(proxies)}")
            literals[str(proxies[node])] = node
        return proxies[node]

    engine = PyReasoner()
    engine.from_graph(graph_of((s, p, hidden(o)) for s, p, o in triples))

    def shown(node: Node) -> Node:
        return literals.get(str(node), node) if isinstance(node, URIRef) else node

    closed = {(shown(s), p, shown(o)) for s, p, o in engine.reason()}
    return triples | set(_sound(closed)), ()


def _close_with_owlrl(triples: set[Triple]) -> tuple[set[Triple], tuple[str, ...]]:
    graph = graph_of(triples)
    DeductiveClosure(OWLRL_Semantics).expand(graph)
    complaints = tuple(sorted({str(message) for message in graph.objects(None, _OWLRL_ERROR)}))
    closed = ((s, p, o) for s, p, o in graph if p != _OWLRL_ERROR and o != _OWLRL_ERROR_TYPE)
    return triples | set(_sound(closed)), complaints


_ENGINES: Final[dict[Reasoner, Callable[[set[Triple]], tuple[set[Triple], tuple[str, ...]]]]] = {
    Reasoner.REASONABLE: _close_with_reasonable,
    Reasoner.OWLRL: _close_with_owlrl,
}


def _sound(triples: Iterable[Triple]) -> Iterator[Triple]:
    """RDF triples only: generalised ones (OWL 2 Profiles §4.3) have literal subjects, say."""
    for subject, predicate, value in triples:
        if isinstance(subject, URIRef | BNode) and isinstance(predicate, URIRef):
            yield subject, predicate, value
