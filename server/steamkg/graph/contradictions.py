"""What cannot be true together: each way a closure can clash, with individuals and axiom.

The false-deriving rules of OWL 2 RL (OWL 2 Profiles §4.3, tables 4-9) as SPARQL over the closure,
so that the report is the same whichever engine made the closure, and names things. Two rules are
ours: two entities of ours never turn out to be one, and a functional property has no two values.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

import pyoxigraph as ox

from steamkg.graph.findings import Finding
from steamkg.graph.names import BASE, PREFIXES, short
from steamkg.graph.turtle import Locate

Term: TypeAlias = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple

_PREAMBLE: Final = "".join(
    f"PREFIX {prefix}: <{PREFIXES[prefix]}>\n" for prefix in ("owl", "rdf", "rdfs", "xsd")
)


@dataclass(frozen=True)
class Contradiction:
    """A clash: ``query`` selects ?x (the individual) and what ``message`` names in braces."""

    rule: str
    query: str
    message: str


CONTRADICTIONS: Final = (
    Contradiction(
        "cax-dw",
        """SELECT DISTINCT ?x ?a ?b WHERE {
            { ?a owl:disjointWith ?b } UNION { ?b owl:disjointWith ?a }
            ?x a ?a , ?b . FILTER(STR(?a) <= STR(?b)) }""",
        "is both {a} and {b}, which are disjoint ({a} owl:disjointWith {b})",
    ),
    Contradiction(
        "cax-adc",
        """SELECT DISTINCT ?x ?a ?b WHERE {
            ?all a owl:AllDisjointClasses ; owl:members/rdf:rest*/rdf:first ?a , ?b .
            ?x a ?a , ?b . FILTER(STR(?a) < STR(?b)) }""",
        "is both {a} and {b}, which are disjoint (owl:AllDisjointClasses)",
    ),
    Contradiction(
        "cls-com",
        """SELECT DISTINCT ?x ?a ?b WHERE { ?a owl:complementOf ?b . ?x a ?a , ?b }""",
        "is both {a} and {b}, of which each excludes the other ({a} owl:complementOf {b})",
    ),
    Contradiction(
        "cls-nothing2",
        """SELECT DISTINCT ?x WHERE { ?x a owl:Nothing }""",
        "belongs to a class that can have no members (owl:Nothing)",
    ),
    Contradiction(
        "prp-asyp",
        """SELECT DISTINCT ?x ?p ?y WHERE {
            ?p a owl:AsymmetricProperty . ?x ?p ?y . ?y ?p ?x . FILTER(STR(?x) <= STR(?y)) }""",
        "{p} holds both from {x} to {y} and back ({p} a owl:AsymmetricProperty)",
    ),
    Contradiction(
        "prp-irp",
        """SELECT DISTINCT ?x ?p WHERE { ?p a owl:IrreflexiveProperty . ?x ?p ?x }""",
        "{p} holds from {x} to itself ({p} a owl:IrreflexiveProperty)",
    ),
    Contradiction(
        "prp-pdw",
        """SELECT DISTINCT ?x ?p ?q ?y WHERE {
            { ?p owl:propertyDisjointWith ?q } UNION { ?q owl:propertyDisjointWith ?p }
            ?x ?p ?y ; ?q ?y . FILTER(STR(?p) <= STR(?q)) }""",
        "both {p} and {q} hold from {x} to {y} ({p} owl:propertyDisjointWith {q})",
    ),
    Contradiction(
        "prp-adp",
        """SELECT DISTINCT ?x ?p ?q ?y WHERE {
            ?all a owl:AllDisjointProperties ; owl:members/rdf:rest*/rdf:first ?p , ?q .
            ?x ?p ?y ; ?q ?y . FILTER(STR(?p) < STR(?q)) }""",
        "both {p} and {q} hold from {x} to {y} (owl:AllDisjointProperties)",
    ),
    Contradiction(
        "prp-npa",
        """SELECT DISTINCT ?x ?p ?y WHERE {
            ?not owl:sourceIndividual ?x ; owl:assertionProperty ?p .
            { ?not owl:targetIndividual ?y } UNION { ?not owl:targetValue ?y }
            ?x ?p ?y }""",
        "{p} holds from {x} to {y}, which is denied (owl:NegativePropertyAssertion)",
    ),
    Contradiction(
        "cls-maxc1",
        """SELECT DISTINCT ?x ?p ?y WHERE {
            ?class owl:maxCardinality ?n ; owl:onProperty ?p .
            ?x a ?class ; ?p ?y . FILTER(xsd:integer(?n) = 0) }""",
        "{p} has the value {y} and may have none (owl:maxCardinality 0)",
    ),
    Contradiction(
        "eq-diff1",
        """SELECT DISTINCT ?x ?y WHERE {
            { ?x owl:differentFrom ?y } UNION { ?y owl:differentFrom ?x }
            ?x owl:sameAs ?y . FILTER(STR(?x) < STR(?y)) }""",
        "is the same as {y} and different from it (owl:differentFrom)",
    ),
    Contradiction(
        "eq-diff2",
        """SELECT DISTINCT ?x ?y WHERE {
            ?all a owl:AllDifferent ; owl:members|owl:distinctMembers ?list .
            ?list rdf:rest*/rdf:first ?x , ?y .
            ?x owl:sameAs ?y . FILTER(STR(?x) < STR(?y)) }""",
        "is the same as {y} and different from it (owl:AllDifferent)",
    ),
    Contradiction(
        "functional-value",
        """SELECT DISTINCT ?x ?p ?a ?b WHERE {
            ?p a owl:FunctionalProperty . ?x ?p ?a , ?b .
            FILTER(ISLITERAL(?a) && ISLITERAL(?b) && !SAMETERM(?a, ?b) && !COALESCE(?a = ?b, false))
            FILTER(CONCAT(STR(?a), LANG(?a), STR(DATATYPE(?a)))
                   < CONCAT(STR(?b), LANG(?b), STR(DATATYPE(?b)))) }""",
        "{p} has two values, {a} and {b} ({p} a owl:FunctionalProperty)",
    ),
)

_MERGED: Final = """SELECT DISTINCT ?x ?y WHERE {
    ?x owl:sameAs ?y . FILTER(STR(?x) < STR(?y)) FILTER(ISIRI(?x) && ISIRI(?y)) }"""
_WHY_MERGED: Final = (
    (
        """SELECT ?p ?s ?x ?y WHERE { ?p a owl:FunctionalProperty . ?s ?p ?x , ?y }
        ORDER BY ?p ?s LIMIT 1""",
        "{p} of {s} has both as its one value ({p} a owl:FunctionalProperty)",
    ),
    (
        """SELECT ?p ?s ?x ?y WHERE {
            ?p a owl:InverseFunctionalProperty . ?x ?p ?s . ?y ?p ?s } ORDER BY ?p ?s LIMIT 1""",
        "both have {s} as their {p} ({p} a owl:InverseFunctionalProperty)",
    ),
)


def contradictions(closure: ox.Store, locate: Locate, *, asserted: ox.Store) -> Iterator[Finding]:
    """Every clash in the closure (its default graph), placed by ``locate``.

    The merge of two entities is explained by facts that a file states (``asserted``) before any
    others, since in the closure each of the two has taken over all facts of the other.
    """
    for clash in CONTRADICTIONS:
        solutions = _select(closure, clash.query)
        for named in solutions:
            yield _finding(clash.rule, clash.message.format_map(_written(named)), named, locate)
    for named in _select(closure, _MERGED):
        one, other = named["x"], named["y"]
        if not (_is_ours(one) and _is_ours(other)):
            continue
        message = f"would become one with {_shown(other)} (owl:sameAs)"
        for store in (asserted, closure):
            reason = _reason_of_merge(store, one, other)
            if reason:
                message += f": {reason}"
                break
        yield _finding("same-as", f"{message}; they are two things", named, locate)


def _select(
    store: ox.Store, query: str, bound: dict[ox.Variable, Term] | None = None
) -> Iterator[dict[str, Term]]:
    """The solutions of a SELECT query, each by the names of its variables."""
    solutions = store.query(_PREAMBLE + query, substitutions=bound)
    if not isinstance(solutions, ox.QuerySolutions):
        raise TypeError("a contradiction is looked for by a SELECT query")
    names = [variable.value for variable in solutions.variables]
    for solution in solutions:
        yield {name: solution[name] for name in names}


def _is_ours(term: Term) -> bool:
    return isinstance(term, ox.NamedNode) and term.value.startswith(BASE)


def _reason_of_merge(store: ox.Store, one: Term, other: Term) -> str:
    bound = {ox.Variable("x"): one, ox.Variable("y"): other}
    for query, message in _WHY_MERGED:
        for named in _select(store, query, bound):
            return message.format_map(_written(named))
    return ""


def _finding(rule: str, message: str, named: dict[str, Term], locate: Locate) -> Finding:
    individual, predicate = named["x"], named.get("p")
    place = locate(
        individual.value if isinstance(individual, ox.NamedNode) else "",
        predicate.value if isinstance(predicate, ox.NamedNode) else PREFIXES["rdf"] + "type",
    )
    return Finding(
        file=place.file,
        line=place.line,
        column=place.column,
        rule=rule,
        focus=_shown(individual),
        message=message,
    )


def _written(named: dict[str, Term]) -> dict[str, str]:
    return {name: _shown(term) for name, term in named.items()}


def _shown(term: Term) -> str:
    return short(term.value) if isinstance(term, ox.NamedNode) else str(term)
