"""The terms of the ontology as its page lists them: classes, properties, datatypes."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from steamkg.graph.names import PREFIXES, STEAM
from steamkg.web import links
from steamkg.web.rows import Row, text_of

_RELATIONS: Final = {
    PREFIXES["rdfs"] + "subClassOf": "a kind of",
    PREFIXES["rdfs"] + "subPropertyOf": "a kind of",
    PREFIXES["rdfs"] + "domain": "said of",
    PREFIXES["rdfs"] + "range": "its values are",
    PREFIXES["owl"] + "inverseOf": "inverse of",
    PREFIXES["owl"] + "disjointWith": "never at the same time",
}
_SHELVES: Final = {
    PREFIXES["owl"] + "Class": "Classes",
    PREFIXES["owl"] + "ObjectProperty": "Relations",
    PREFIXES["owl"] + "DatatypeProperty": "Attributes",
    PREFIXES["owl"] + "AnnotationProperty": "Annotations",
    PREFIXES["rdfs"] + "Datatype": "Datatypes",
}


@dataclass(frozen=True, kw_only=True)
class Other:
    """A term that another one builds on."""

    text: str
    href: str | None
    outside: bool


@dataclass(kw_only=True)
class Term:
    """A term with what the ontology says of it; ``things`` counts a class's instances."""

    local: str
    label: str
    label_lt: str | None
    definition: str | None
    definition_lt: str | None
    things: int = 0
    related: dict[str, list[Other]] = field(default_factory=lambda: defaultdict(list))

    @property
    def relations(self) -> list[tuple[str, list[Other]]]:
        """What the term builds on, by relation."""
        return list(self.related.items())


def shelves(rows: Sequence[Row], kinds: Iterable[Row]) -> list[tuple[str, list[Term]]]:
    """The terms under a heading each, by label, from the rows of ``pages/terms``."""
    counted = {text_of(row, "kind"): int(text_of(row, "things") or 0) for row in kinds}
    found: dict[str, dict[str, Term]] = {}
    for row in rows:
        iri, type_ = text_of(row, "term") or "", text_of(row, "type") or ""
        if not iri.startswith(STEAM):
            continue
        shelf = found.setdefault(_SHELVES.get(type_, "Others"), {})
        term = shelf.setdefault(iri, _term(iri, row, counted.get(iri, 0)))
        relation, other = text_of(row, "relation"), text_of(row, "other")
        if relation and other:
            term.related[_RELATIONS[relation]].append(
                Other(text=links.short(other), href=links.href(other), outside=links.outside(other))
            )
    order = [heading for heading in (*_SHELVES.values(), "Others") if heading in found]
    return [
        (heading, sorted(found[heading].values(), key=lambda term: term.label.casefold()))
        for heading in order
    ]


def _term(iri: str, row: Row, things: int) -> Term:
    return Term(
        local=iri.removeprefix(STEAM),
        label=text_of(row, "labelEn") or links.words(iri),
        label_lt=text_of(row, "labelLt"),
        definition=text_of(row, "definitionEn"),
        definition_lt=text_of(row, "definitionLt"),
        things=things,
    )
