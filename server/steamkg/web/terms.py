"""The terms of the ontology as its page lists them: classes, properties, datatypes."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from flask_babel import gettext, lazy_gettext

from steamkg.graph.names import PREFIXES, STEAM
from steamkg.web import links
from steamkg.web.naming import Text, collated, pick
from steamkg.web.rows import Row, labels_of, text_of

_RELATIONS: Final = {
    PREFIXES["rdfs"] + "subClassOf": lazy_gettext("a kind of"),
    PREFIXES["rdfs"] + "subPropertyOf": lazy_gettext("a kind of"),
    PREFIXES["rdfs"] + "domain": lazy_gettext("said of"),
    PREFIXES["rdfs"] + "range": lazy_gettext("its values are"),
    PREFIXES["owl"] + "inverseOf": lazy_gettext("inverse of"),
    PREFIXES["owl"] + "disjointWith": lazy_gettext("never at the same time"),
}
_SHELVES: Final = {
    PREFIXES["owl"] + "Class": lazy_gettext("Classes"),
    PREFIXES["owl"] + "ObjectProperty": lazy_gettext("Relations"),
    PREFIXES["owl"] + "DatatypeProperty": lazy_gettext("Attributes"),
    PREFIXES["owl"] + "AnnotationProperty": lazy_gettext("Annotations"),
    PREFIXES["rdfs"] + "Datatype": lazy_gettext("Datatypes"),
}


@dataclass(frozen=True, kw_only=True)
class Other:
    """A term that another one builds on."""

    text: str
    href: str | None
    outside: bool


@dataclass(kw_only=True)
class Term:
    """A term with what the ontology says of it; ``things`` counts a class's instances.

    ``others``: label and definition in the other languages.
    """

    local: str
    label: Text
    definition: Text | None
    others: tuple[tuple[Text, Text | None], ...] = ()
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
        shelf = found.setdefault(type_ if type_ in _SHELVES else "", {})
        term = shelf.setdefault(iri, _term(iri, row, counted.get(iri, 0)))
        relation, other = text_of(row, "relation"), text_of(row, "other")
        if relation and other:
            term.related[str(_RELATIONS[relation])].append(
                Other(text=links.short(other), href=links.href(other), outside=links.outside(other))
            )
    return [
        (
            str(_SHELVES.get(type_) or gettext("Others")),
            sorted(found[type_].values(), key=lambda term: collated(term.label.text)),
        )
        for type_ in (*_SHELVES, "")
        if type_ in found
    ]


def _term(iri: str, row: Row, things: int) -> Term:
    labels, definitions = labels_of(row, "label"), labels_of(row, "definition")
    label = pick(labels) or Text(text=links.words(iri), language="en")
    definition = pick(definitions)
    return Term(
        local=iri.removeprefix(STEAM),
        label=label,
        definition=definition,
        others=tuple(
            (Text(text=text, language=language), _in(language, definitions, definition))
            for language, text in labels.items()
            if language != label.language
        ),
        things=things,
    )


def _in(language: str, texts: Mapping[str, str], shown: Text | None) -> Text | None:
    """The text in a language, unless it is shown already."""
    if language not in texts or (shown and shown.language == language):
        return None
    return Text(text=texts[language], language=language)
