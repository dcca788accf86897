"""What follows from the ontology and the sections, less the noise; and what cannot be.

OWL 2 RL closure (:mod:`steamkg.graph.closure`) and the rules of ``ontology/rules/*.rq`` take
turns until neither adds anything. Reasoning never sees links, alignments, labels or later
developments: whoever calls `infer` leaves them out.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pyoxigraph as ox
from rdflib import OWL, RDF, RDFS, XSD, BNode, Graph, URIRef

from steamkg.graph.closure import Reasoner, close, completions, needs_reference
from steamkg.graph.contradictions import contradictions
from steamkg.graph.findings import Finding, in_order
from steamkg.graph.names import BASE
from steamkg.graph.sparql import Text
from steamkg.graph.terms import Triple, graph_of, quads_to_oxigraph, triples_to_rdflib
from steamkg.graph.turtle import Locate, Place

_LOGIC: Final = tuple(str(namespace) for namespace in (OWL, RDF, RDFS, XSD))
_SCHEMA_NOISE: Final = frozenset(
    (
        OWL.equivalentClass,
        OWL.equivalentProperty,
        OWL.disjointWith,
        OWL.differentFrom,
        RDFS.domain,
        RDFS.range,
        RDF.first,
        RDF.rest,
    )
)
"""Of inferred statements about terms only the two hierarchies are of use to a query: an inferred
domain is weaker than the asserted one, and ``reasonable`` infers none."""
_REFLEXIVE_NOISE: Final = frozenset((OWL.sameAs, RDFS.subClassOf, RDFS.subPropertyOf))
_MOST_ROUNDS: Final = 100


class RuleError(Exception):
    """A rule of ``ontology/rules`` cannot be applied; `finding` says which and why."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.text())
        self.finding = finding


@dataclass(frozen=True, kw_only=True)
class Inferred:
    """What follows, and how it was found."""

    graph: Graph
    """The useful triples that no file asserts."""
    findings: tuple[Finding, ...]
    """Contradictions; with any, the graph is worth nothing."""
    reasoner: Reasoner
    """The engine that did the run: owlrl where `closure.needs_reference` asks for it."""
    rounds: int
    by_rule: Mapping[str, int]
    """Rule's file name → triples that it was the first to give."""


def _nowhere(_subject: str, _predicate: str = "", _value: str = "", /) -> Place:
    return Place(file="", line=0, column=0)


def infer(
    asserted: Graph,
    *,
    reasoner: Reasoner | str = Reasoner.REASONABLE,
    rules: Sequence[Text] = (),
    locate: Locate = _nowhere,
) -> Inferred:
    """The useful consequences of the asserted triples under OWL 2 RL and the rules.

    ``rules`` are CONSTRUCT queries over asserted and inferred triples together. ``locate`` gives
    the place of a contradiction. Raises RuleError.
    """
    engine = Reasoner(reasoner)
    if engine is Reasoner.REASONABLE and needs_reference(asserted):
        engine = Reasoner.OWLRL
    given: set[Triple] = set(asserted)
    store = _store(given)
    supplied = completions(asserted) if engine is Reasoner.REASONABLE else {}
    counted: Counter[str] = Counter()
    known = given
    rounds = 0
    while True:
        if rounds == _MOST_ROUNDS:
            raise _endless(rules)
        rounds += 1
        known, complaints = close(known, engine)
        store.extend(quads_to_oxigraph(known, ox.DefaultGraph()))
        added = _apply(store, supplied, rules, counted)
        known = known | added
        if not added:
            break
    found = list(contradictions(store, locate, asserted=_store(given)))
    if complaints and not found:
        found = [_complaint(complaint) for complaint in complaints]
    return Inferred(
        graph=graph_of(triple for triple in known - given if _is_useful(triple)),
        findings=in_order(found),
        reasoner=engine,
        rounds=rounds,
        by_rule=dict(counted),
    )


def _store(triples: set[Triple]) -> ox.Store:
    store = ox.Store()
    store.extend(quads_to_oxigraph(triples, ox.DefaultGraph()))
    return store


def _apply(
    store: ox.Store, supplied: Mapping[str, str], rules: Sequence[Text], counted: Counter[str]
) -> set[Triple]:
    """What the rules add to the store, applied in order until none adds anything."""
    texts = [Text(file=name, text=text) for name, text in supplied.items()] + list(rules)
    added: set[Triple] = set()
    for _ in range(_MOST_ROUNDS):
        new_in_round = 0
        for rule in texts:
            new = {quad for quad in _construct(store, rule) if quad not in store}
            store.extend(new)
            added |= set(triples_to_rdflib(new))
            new_in_round += len(new)
            if new and rule.file not in supplied:
                counted[rule.file] += len(new)
        if not new_in_round:
            return added
    raise _endless(rules)


def _construct(store: ox.Store, rule: Text) -> set[ox.Quad]:
    try:
        result = store.query(rule.text, base_iri=BASE)
    except SyntaxError as error:
        raise _failure(rule, f"does not parse: {error.msg}") from error
    if not isinstance(result, ox.QueryTriples):
        raise _failure(rule, "is not a CONSTRUCT query")
    # The whole answer before the first change of the store that is being asked.
    answer = list(result)
    quads = set()
    for triple in answer:
        nodes = (triple.subject, triple.object)
        if any(isinstance(node, ox.BlankNode) and not _occurs(store, node) for node in nodes):
            raise _failure(rule, "makes blank nodes, new ones each time, and would never end")
        quads.add(ox.Quad(triple.subject, triple.predicate, triple.object))
    return quads


def _occurs(store: ox.Store, node: ox.BlankNode) -> bool:
    as_subject = store.quads_for_pattern(node, None, None, None)
    as_object = store.quads_for_pattern(None, None, node, None)
    return any(True for quads in (as_subject, as_object) for _ in quads)


def _failure(rule: Text, message: str) -> RuleError:
    return RuleError(Finding(file=rule.file, line=1, column=1, rule="rule", message=message))


def _endless(rules: Sequence[Text]) -> RuleError:
    """Triples over a finite set of names end; only values a rule computes anew do not."""
    files = ", ".join(rule.file for rule in rules)
    message = f"rules keep adding triples after {_MOST_ROUNDS} rounds ({files})"
    return RuleError(Finding(file="", rule="rule", message=message))


def _complaint(message: str) -> Finding:
    return Finding(file="", rule="owlrl", message=message)


def _is_useful(triple: Triple) -> bool:
    """Whether anyone would ask for this inferred triple.

    Noise is what holds of everything (types owl:Thing or rdfs:Resource, reflexive hierarchies and
    equality), what speaks of the logic itself, and what has a blank node, which is the inside of
    an axiom and no thing.
    """
    subject, predicate, value = triple
    if not isinstance(subject, URIRef) or isinstance(value, BNode):
        return False
    if str(subject).startswith(_LOGIC) or predicate in _SCHEMA_NOISE:
        return False
    if subject == value and predicate in _REFLEXIVE_NOISE:
        return False
    speaks_of_logic = predicate in (RDF.type, RDFS.subClassOf, RDFS.subPropertyOf)
    return not (speaks_of_logic and str(value).startswith(_LOGIC))
