"""What to call a thing: its label, or a title composed of its parts where it has none.

Partnerships, lists, mappings and passages have no label of their own (they are statements and
places in a text); their titles are put together from the labels of what they join.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pyoxigraph as ox
from flask_babel import gettext, lazy_gettext

from steamkg.graph.names import ENTITY, PREFIXES, STEAM
from steamkg.web import links
from steamkg.web.language import current_language, fallback

_LABELS: Final = (
    PREFIXES["skos"] + "prefLabel",
    PREFIXES["rdfs"] + "label",
    PREFIXES["dcterms"] + "title",
)
_DESCRIPTION: Final = PREFIXES["dcterms"] + "description"
_PART_OF: Final = PREFIXES["dcterms"] + "isPartOf"
_OWL: Final = PREFIXES["owl"]
_DRAWN: Final = PREFIXES["geo"] + "hasGeometry"
_NOTATION: Final = PREFIXES["skos"] + "notation"
_PARTNER: Final = {
    "existing": lazy_gettext("existing partner"),
    "potential": lazy_gettext("potential partner"),
}
_LIST: Final = {
    "existing": lazy_gettext("list of existing partners"),
    "potential": lazy_gettext("list of potential partners"),
}
_RELATIONS: Final = {
    PREFIXES["dcterms"] + "subject": lazy_gettext("topic"),
    PREFIXES["skos"] + "broadMatch": lazy_gettext("broad match"),
    PREFIXES["skos"] + "closeMatch": lazy_gettext("close match"),
    PREFIXES["skos"] + "exactMatch": lazy_gettext("exact match"),
    PREFIXES["skos"] + "narrowMatch": lazy_gettext("narrow match"),
    PREFIXES["skos"] + "relatedMatch": lazy_gettext("related match"),
    STEAM + "counterpart": lazy_gettext("counterpart"),
    STEAM + "servesKeyArea": lazy_gettext("serves key area"),
}
"""How a mapping relates two things."""
_KINDS_ELSEWHERE: Final = {
    PREFIXES["cpov"] + "PublicOrganisation": lazy_gettext("public organisation"),
    PREFIXES["dcterms"] + "Location": lazy_gettext("place on the map"),
    PREFIXES["foaf"] + "Agent": lazy_gettext("somebody who acts"),
    PREFIXES["foaf"] + "Document": lazy_gettext("document"),
    PREFIXES["foaf"] + "Group": lazy_gettext("group"),
    PREFIXES["foaf"] + "Person": lazy_gettext("person"),
    PREFIXES["foaf"] + "Project": lazy_gettext("project"),
    PREFIXES["geo"] + "Geometry": lazy_gettext("outline"),
    PREFIXES["locn"] + "Address": lazy_gettext("address"),
    PREFIXES["org"] + "ChangeEvent": lazy_gettext("change of organisations"),
    PREFIXES["org"] + "Organization": lazy_gettext("organisation"),
    PREFIXES["org"] + "OrganizationalCollaboration": lazy_gettext("organisations working together"),
    PREFIXES["org"] + "OrganizationalUnit": lazy_gettext("unit of an organisation"),
    PREFIXES["org"] + "Role": lazy_gettext("role"),
    PREFIXES["org"] + "Site": lazy_gettext("site"),
    PREFIXES["owl"] + "Axiom": lazy_gettext("mapping with its reason"),
    PREFIXES["prov"] + "Entity": lazy_gettext("something with an origin"),
    PREFIXES["semapv"] + "ManualMappingCuration": lazy_gettext("judged by hand"),
    PREFIXES["skos"] + "Concept": lazy_gettext("concept"),
    PREFIXES["skos"] + "ConceptScheme": lazy_gettext("list of concepts"),
    PREFIXES["sssom"] + "MappingSet": lazy_gettext("set of mappings"),
}
"""Classes of other vocabularies that things are instances of; the graph has no labels of them."""
_STATUS_IRI: Final = ENTITY + "partnership-status/"


@dataclass(frozen=True, kw_only=True)
class Text:
    """Words in a language; ``language`` None means the language of the page."""

    text: str
    language: str | None = None

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, kw_only=True)
class Title:
    """What a thing is called: parts to be joined by a dash, and the name in another language."""

    parts: tuple[Text, ...]
    second: Text | None = None

    @property
    def plain(self) -> str:
        """The title as one string."""
        return " – ".join(part.text for part in self.parts)

    @property
    def long(self) -> bool:
        """Whether it is a sentence rather than a name."""
        return len(self.plain) > 90


@dataclass(frozen=True, kw_only=True)
class Place:
    """Lines of a document: what a passage or a section points to."""

    passage: str
    first: int
    lines: str
    section: Title | None
    section_iri: str | None
    page: str | None
    document: Title | None
    document_iri: str | None
    as_of: str | None


class Names:
    """The triples that name things, and the titles made from them."""

    def __init__(
        self, triples: Iterable[ox.Triple], languages: Sequence[str] | None = None
    ) -> None:
        """Keep every triple by subject and property.

        ``languages``: where to look for a label, in order; those of the current page if not given.
        """
        self._languages = tuple(languages or fallback(current_language()))
        self._values: dict[tuple[str, str], list[ox.NamedNode | ox.Literal]] = defaultdict(list)
        for triple in triples:
            subject, value = triple.subject, triple.object
            if isinstance(subject, ox.NamedNode) and isinstance(value, ox.NamedNode | ox.Literal):
                self._values[subject.value, triple.predicate.value].append(value)

    def labels(self, iri: str) -> dict[str, str]:
        """The preferred labels by language, ``""`` for none."""
        for property_ in _LABELS:
            values = self._literals(iri, property_)
            if values:
                return {value.language or "": value.value for value in reversed(values)}
        return {}

    def said(self, iri: str) -> dict[str, str]:
        """What names it, or where nothing does, what describes it, by language."""
        return self.labels(iri) or {one.language or "": one.value for one in self._described(iri)}

    def title(self, iri: str) -> Title:
        """What ``iri`` is called; its short form where nothing names it."""
        labels = self.labels(iri)
        if labels:
            return self._title(labels)
        composed = (
            self._partnership(iri)
            or self._list(iri)
            or self._identification(iri)
            or self._mapping(iri)
            or self._outline(iri)
        )
        if composed:
            return Title(parts=composed)
        described = {value.language or "": value.value for value in self._described(iri)}
        if described:
            return self._title(described)
        place = self.place(iri)
        if place is not None:
            within = place.section or place.document
            last = Text(text=place.lines)
            return Title(parts=(*within.parts, last) if within else (last,))
        return Title(parts=(Text(text=links.short(iri)),))

    def place(self, iri: str) -> Place | None:
        """The lines that a passage (or section) covers, and of what; None for other things."""
        first, last = self._number(iri, "firstLine"), self._number(iri, "lastLine")
        if not first or not last:
            return None
        above = self._above(iri)
        document = above[-1] if above else None
        section = above[0] if len(above) > 1 else None
        if self.labels(iri):
            section = iri
        return Place(
            passage=iri,
            first=int(first),
            lines=lines(first, last),
            section=self.title(section) if section else None,
            section_iri=section,
            page=self._page([iri, *above]),
            document=self.title(document) if document else None,
            document_iri=document,
            as_of=self._number(document, "asOf") if document else None,
        )

    def _above(self, iri: str) -> list[str]:
        """What ``iri`` is part of, step by step, up to the document that has a year."""
        found: list[str] = []
        step: str | None = iri
        while step and (step := self._one(step, _PART_OF)) and step not in found:
            found.append(step)
            if self._number(step, "asOf"):
                break
        return found

    def one(self, iri: str, name: str) -> str | None:
        """The IRI that a term of ours (``partnershipStatus``) relates ``iri`` to."""
        return self._one(iri, STEAM + name)

    def related(self, iri: str, property_: str) -> list[str]:
        """The IRIs that a property relates ``iri`` to."""
        values = self._values.get((iri, property_), [])
        return [value.value for value in values if isinstance(value, ox.NamedNode)]

    def subjects(self) -> list[str]:
        """Everything that has a naming triple, in order of IRI."""
        return sorted({subject for subject, _ in self._values})

    def _partnership(self, iri: str) -> tuple[Text, ...]:
        partner, host = self.one(iri, "partner"), self.one(iri, "partnerTo")
        if not partner:
            return ()
        whose = self.title(host).parts if host else ()
        return (*self.title(partner).parts, self._worded(iri, _PARTNER, gettext("partner")), *whose)

    def _list(self, iri: str) -> tuple[Text, ...]:
        category = self.one(iri, "category")
        if not category or not self.one(iri, "partnershipStatus"):
            return ()
        listed = self._worded(iri, _LIST, gettext("list of partners"))
        return (*self.title(category).parts, listed)

    def _worded(self, iri: str, words: Mapping[str, object], otherwise: str) -> Text:
        """The words for the partnership status of ``iri``."""
        status = self.one(iri, "partnershipStatus") or ""
        return Text(text=str(words.get(status.removeprefix(_STATUS_IRI), otherwise)))

    def _title(self, labels: Mapping[str, str]) -> Title:
        first, *rest = _in_order(labels, self._languages)
        second = rest[0] if rest and labels[rest[0]] != labels[first] else None
        return Title(
            parts=(Text(text=labels[first], language=first or None),),
            second=Text(text=labels[second], language=second or None)
            if second is not None
            else None,
        )

    def _identification(self, iri: str) -> tuple[Text, ...]:
        scheme, notations = self.one(iri, "identifierScheme"), self._literals(iri, _NOTATION)
        if not scheme or not notations:
            return ()
        return (*self.title(scheme).parts, Text(text=notations[0].value))

    def _mapping(self, iri: str) -> tuple[Text, ...]:
        one, other = (self._one(iri, _OWL + f"annotated{end}") for end in ("Source", "Target"))
        relation = self._one(iri, _OWL + "annotatedProperty")
        if not one or not other or not relation:
            return ()
        denied = self._one(iri, PREFIXES["sssom"] + "predicate_modifier")
        known = _RELATIONS.get(relation)
        words = str(known) if known else links.words(relation)
        if denied:
            words = str(gettext("not: %(relation)s", relation=words))
        between = Text(text=words, language=None if known else "en")
        return (*self.title(one).parts, between, *self.title(other).parts)

    def _outline(self, iri: str) -> tuple[Text, ...]:
        drawn = ox.NamedNode(iri)
        whose = (
            one for (one, by), values in self._values.items() if by == _DRAWN and drawn in values
        )
        owner = next(whose, None)
        return (*self.title(owner).parts, Text(text=gettext("outline"))) if owner else ()

    def _page(self, steps: Iterable[str]) -> str | None:
        """The printed page of the nearest section that has one."""
        return next((page for step in steps if (page := self._number(step, "pageNumber"))), None)

    def _described(self, iri: str) -> list[ox.Literal]:
        return self._literals(iri, _DESCRIPTION)

    def _literals(self, iri: str, property_: str) -> list[ox.Literal]:
        values = self._values.get((iri, property_), [])
        return sorted(
            (value for value in values if isinstance(value, ox.Literal)),
            key=lambda literal: (literal.language or "", literal.value),
        )

    def _number(self, iri: str, name: str) -> str | None:
        values = self._literals(iri, STEAM + name)
        return values[0].value if values else None

    def _one(self, iri: str | None, property_: str) -> str | None:
        values = sorted(self.related(iri, property_)) if iri else []
        return values[0] if values else None


def collated(words: str) -> tuple[str, str]:
    """A sort key that puts ``Šiauliai`` beside ``Siena``: letters first, their marks after."""
    folded = words.casefold()
    plain = unicodedata.normalize("NFKD", folded).encode("ascii", "ignore").decode()
    return plain, folded


def lines(first: str, last: str) -> str:
    """``lines 7–9``."""
    if first == last:
        return str(gettext("line %(number)s", number=first))
    return str(gettext("lines %(first)s–%(last)s", first=first, last=last))


def is_known_elsewhere(iri: str) -> bool:
    """Whether ``iri`` is a class of another vocabulary that we have words for."""
    return iri in _KINDS_ELSEWHERE


def kind_words(iri: str) -> Text:
    """What a class without a label in the graph is called."""
    known = _KINDS_ELSEWHERE.get(iri)
    return Text(text=str(known)) if known else Text(text=links.words(iri), language="en")


def status_words(slug: str) -> str:
    """What a partner of a status is called: ``existing partner``."""
    return str(_PARTNER.get(slug, gettext("partner")))


def list_words(slug: str) -> str:
    """What a list of partners of a status is called."""
    return str(_LIST.get(slug, gettext("list of partners")))


def pick(labels: Mapping[str, str], languages: Sequence[str] | None = None) -> Text | None:
    """The label in the first language that has one; None where there is no label."""
    order = _in_order(labels, languages or fallback(current_language()))
    return Text(text=labels[order[0]], language=order[0] or None) if order else None


def others(labels: Mapping[str, str], shown: Text) -> list[Text]:
    """The names in other languages than the one shown, where they differ from it."""
    found = [
        Text(text=text, language=language)
        for language, text in labels.items()
        if language and language != shown.language and text != shown.text
    ]
    return sorted(found, key=lambda text: text.language or "")


def _in_order(labels: Mapping[str, str], languages: Sequence[str]) -> list[str]:
    known = [language for language in languages if language in labels]
    return known + sorted(language for language in labels if language not in known)
