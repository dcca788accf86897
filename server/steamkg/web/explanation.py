"""Why an inferred triple holds: the rules that give it, each with its premises.

Each rule has a stored query ``queries/pages/why-<rule>.rq`` whose rows hold premises in columns of
four: ``?s1 ?p1 ?o1 ?g1`` and so on. Only what reasoning saw counts as a premise: sections, ontology
and what follows from them (see ``steamkg.graph.reason``).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import pyoxigraph as ox
from flask_babel import lazy_gettext

from steamkg.graph.names import PREFIXES, STEAM
from steamkg.web.rows import Row, Value

_TYPE: Final = PREFIXES["rdf"] + "type"
_SUBCLASS: Final = PREFIXES["rdfs"] + "subClassOf"
_SEEN: Final = ("section", "ontology", "inferred")
_MOST_PREMISES: Final = 7
MOST: Final = 10
"""Ways that a page shows of one rule; a class may have many members that give the same."""


class Asked(Protocol):
    """What runs the stored queries of the pages."""

    def rows(self, name: str, **bindings: ox.NamedNode | ox.Literal) -> list[Row]:
        """The rows of ``pages/<name>``."""
        ...


class Kinds(Protocol):
    """What knows of which kind a named graph is."""

    def kind(self, graph: str) -> str:
        """``section``, ``inferred``, …."""
        ...


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A rule: ``properties`` are those of its conclusions, none for any."""

    name: str
    code: str
    words: object
    properties: tuple[str, ...] = ()

    def may_give(self, property_: str) -> bool:
        """Whether a triple of the property can be a conclusion."""
        return not self.properties or property_ in self.properties


RULES: Final = (
    Rule(
        name="partnership",
        code="ontology/rules/partnership.rq",
        words=lazy_gettext(
            "A document lists somebody as a partner, with a status and a category: so that is an "
            "existing or a potential partner, and belongs to the category."
        ),
        properties=(
            STEAM + "existingPartnerOf",
            STEAM + "potentialPartnerOf",
            STEAM + "inCategory",
            PREFIXES["org"] + "linkedTo",
        ),
    ),
    Rule(
        name="activity",
        code="ontology/rules/planned-activity.rq",
        words=lazy_gettext(
            "A document plans it for all centres of a type: so it is planned for each of them."
        ),
        properties=(STEAM + "plannedActivity",),
    ),
    Rule(
        name="year",
        code="ontology/rules/as-of.rq",
        words=lazy_gettext("A partnership is as of the year for which its document speaks."),
        properties=(STEAM + "asOf",),
    ),
    Rule(
        name="class",
        code="cax-sco",
        words=lazy_gettext("What is of a class is also of every class above it."),
        properties=(_TYPE,),
    ),
    Rule(
        name="domain",
        code="prp-dom",
        words=lazy_gettext("What has a property is of the class that the property is said of."),
        properties=(_TYPE,),
    ),
    Rule(
        name="range",
        code="prp-rng",
        words=lazy_gettext("What a property leads to is of the class of its values."),
        properties=(_TYPE,),
    ),
    Rule(
        name="subclass",
        code="scm-sco",
        words=lazy_gettext("A class below another is below every class above that one."),
        properties=(_SUBCLASS,),
    ),
    Rule(
        name="property",
        code="prp-spo1",
        words=lazy_gettext("What holds by a property holds by every property above it."),
    ),
    Rule(
        name="inverse",
        code="prp-inv",
        words=lazy_gettext(
            "What holds in one direction holds by the inverse property in the other."
        ),
    ),
    Rule(
        name="transitive",
        code="prp-trp",
        words=lazy_gettext("What holds in two steps of a transitive property holds in one."),
    ),
    Rule(
        name="value",
        code="cls-hv1",
        words=lazy_gettext("What is of a class has the value that the class fixes for a property."),
    ),
)
"""The rules of OWL 2 RL (OWL 2 Profiles §4.3) and of ``ontology/rules`` that give triples here."""


@dataclass(frozen=True, kw_only=True)
class Premise:
    """A triple from which another follows, with the graphs it stands in."""

    subject: Value
    property: str
    object: Value
    graphs: tuple[str, ...]
    inferred: bool


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """One way to a triple by one rule."""

    rule: Rule
    premises: tuple[Premise, ...]

    @property
    def derived(self) -> int:
        """How many premises are themselves inferred."""
        return sum(premise.inferred for premise in self.premises)


def explanations(
    subject: ox.NamedNode,
    property_: ox.NamedNode,
    value: ox.NamedNode | ox.Literal,
    *,
    asked: Asked,
    kinds: Kinds,
) -> list[Explanation]:
    """Every way, those from asserted triples first; none for what no rule gives."""
    found = []
    for rule in RULES:
        if rule.may_give(property_.value):
            rows = asked.rows(f"why-{rule.name}", s=subject, p=property_, o=value)
            found += [
                Explanation(rule=rule, premises=premises)
                for premises in _ways(rows, kinds)
                if not any(_is(premise, subject, property_, value) for premise in premises)
            ]
    return sorted(found, key=lambda one: (one.derived > 0, RULES.index(one.rule), one.derived))


def _is(premise: Premise, subject: Value, property_: ox.NamedNode, value: Value) -> bool:
    same = (premise.subject, premise.property, premise.object)
    return same == (subject, property_.value, value)


_Triple = tuple[Value, str, Value]


def _ways(rows: Iterable[Row], kinds: Kinds) -> list[tuple[Premise, ...]]:
    """Rows that differ in graphs alone are one way."""
    graphs: dict[tuple[_Triple, ...], dict[_Triple, set[str]]] = {}
    for row in rows:
        premises = _premises(row)
        here = graphs.setdefault(tuple(triple for triple, _ in premises), {})
        for triple, graph in premises:
            here.setdefault(triple, set())
            if kinds.kind(graph) in _SEEN:
                here[triple].add(graph)
    return [
        tuple(_premise(triple, where[triple], kinds) for triple in way)
        for way, where in graphs.items()
        if all(where.values())
    ]


def _premises(row: Row) -> Sequence[tuple[_Triple, str]]:
    found = []
    for number in range(1, _MOST_PREMISES + 1):
        subject, property_ = row.get(f"s{number}"), row.get(f"p{number}")
        value, graph = row.get(f"o{number}"), row.get(f"g{number}")
        if (
            isinstance(subject, ox.NamedNode | ox.BlankNode)
            and isinstance(property_, ox.NamedNode)
            and isinstance(value, ox.NamedNode | ox.BlankNode | ox.Literal)
            and isinstance(graph, ox.NamedNode)
        ):
            found.append(((subject, property_.value, value), graph.value))
    return found


def _premise(triple: _Triple, graphs: set[str], kinds: Kinds) -> Premise:
    subject, property_, value = triple
    return Premise(
        subject=subject,
        property=property_,
        object=value,
        graphs=tuple(sorted(graphs)),
        inferred=all(kinds.kind(graph) == "inferred" for graph in graphs),
    )


def by_rule(found: Iterable[Explanation]) -> Mapping[Rule, list[Explanation]]:
    """The ways under their rules, in order."""
    grouped: dict[Rule, list[Explanation]] = {}
    for one in found:
        grouped.setdefault(one.rule, []).append(one)
    return grouped
