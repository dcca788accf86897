"""In what order and under which headings the facts of a thing stand on its page.

The shapes say it (``sh:group``, ``sh:order``, ``sh:name``); what they leave open falls to a short
table here, and a property in neither goes to the general group under its own label.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from steamkg.graph.names import PREFIXES
from steamkg.web import links
from steamkg.web.rows import Row, text_of

GENERAL: Final = "facts"
NAMES: Final = "names"
INFERRED: Final = "inferred"
LATER: Final = "later"
SOURCES: Final = "sources"

_RDF, _SKOS, _DCTERMS = PREFIXES["rdf"], PREFIXES["skos"], PREFIXES["dcterms"]
_STEAM = PREFIXES["steam"]
_FALLBACK: Final = {
    _SKOS + "prefLabel": (NAMES, 1, "preferred name"),
    _SKOS + "altLabel": (NAMES, 2, "also called"),
    _SKOS + "hiddenLabel": (NAMES, 3, "as written in the text"),
    _STEAM + "labelSource": (NAMES, 4, ""),
    _RDF + "type": (GENERAL, 1, "kind"),
    _DCTERMS + "description": (GENERAL, 2, "description"),
    _SKOS + "definition": (GENERAL, 2, "definition"),
    _STEAM + "modality": (GENERAL, 3, ""),
    _SKOS + "notation": (GENERAL, 90, "number"),
    _SKOS + "broader": (GENERAL, 40, "broader category"),
    _SKOS + "narrower": (GENERAL, 41, "narrower category"),
    _SKOS + "inScheme": (GENERAL, 91, "scheme"),
    _SKOS + "topConceptOf": (GENERAL, 92, "top of scheme"),
    _DCTERMS + "source": (SOURCES, 1, "source"),
    _DCTERMS + "isPartOf": (GENERAL, 5, "part of"),
    _DCTERMS + "spatial": (GENERAL, 45, "place"),
}
_ORG, _OWL, _SSSOM = PREFIXES["org"], PREFIXES["owl"], PREFIXES["sssom"]
_HOMES: Final = {GENERAL: "#Facts", NAMES: "#Identity"}
_INCOMING: Final = {
    _RDF + "type": "things of this kind",
    _DCTERMS + "contributor": "contributed to",
    _DCTERMS + "creator": "author of",
    _DCTERMS + "isPartOf": "parts",
    _DCTERMS + "source": "what rests on it",
    _DCTERMS + "spatial": "placed here",
    _DCTERMS + "type": "graphs of this kind",
    _OWL + "annotatedSource": "why it is aligned",
    _OWL + "annotatedTarget": "why others are aligned with it",
    _ORG + "linkedTo": "linked organisations",
    _ORG + "memberOf": "members",
    _SKOS + "broadMatch": "narrower concepts here",
    _SKOS + "broader": "narrower",
    _SKOS + "broaderTransitive": "narrower, at any depth",
    _SKOS + "closeMatch": "almost the same here",
    _SKOS + "hasTopConcept": "at the top of",
    _SKOS + "inScheme": "in this scheme",
    _SKOS + "narrower": "broader",
    _SKOS + "relatedMatch": "related here",
    _SKOS + "topConceptOf": "top concepts",
    _SSSOM + "mappings": "in the mapping set",
    _STEAM + "attachedTo": "would be attached to it",
    _STEAM + "basedOnWorkOf": "based on its work",
    _STEAM + "beneficiary": "meant for it",
    _STEAM + "body": "who it is made up of",
    _STEAM + "category": "in this category",
    _STEAM + "centreType": "centres of this type",
    _STEAM + "city": "in this city",
    _STEAM + "concerns": "what is said about it",
    _STEAM + "counterpart": "counterpart in the other document",
    _STEAM + "existingPartnerOf": "existing partners",
    _STEAM + "fromBody": "what it should turn into",
    _STEAM + "host": "centres it hosts",
    _STEAM + "identifies": "evidence for its identifiers",
    _STEAM + "inCategory": "partners in this category",
    _STEAM + "modality": "said in this way",
    _STEAM + "operatesAt": "bodies that operate at it",
    _STEAM + "partner": "partnerships",
    _STEAM + "partnerTo": "partnerships of this host",
    _STEAM + "partnershipStatus": "with this status",
    _STEAM + "party": "represented in",
    _STEAM + "performer": "what it does or would do",
    _STEAM + "plannedActivity": "planned for",
    _STEAM + "possibleArea": "categories that could help here",
    _STEAM + "potentialPartnerOf": "potential partners",
    _STEAM + "precondition": "condition of",
    _STEAM + "sector": "in this sector",
    _STEAM + "servesKeyArea": "what serves it",
    _STEAM + "toBody": "what would turn into it",
}
"""How the page of the thing pointed to puts a property: ``host`` is "centres it hosts" there."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a property stands: key and name of its group, and sort keys of both."""

    group: str
    group_label: str | None
    order: tuple[float, float, str]
    label: str


@dataclass(frozen=True, kw_only=True)
class Shaped:
    """What a property shape says about the look of its property on things of a class."""

    class_: str | None
    name: str | None
    order: float
    group: str | None
    group_label: str | None
    group_order: float


@dataclass(frozen=True, kw_only=True)
class Arrangement:
    """The layout of all pages, read once from shapes and ontology."""

    shaped: Mapping[str, Sequence[Shaped]] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, layout: Iterable[Row], terms: Iterable[Row]) -> "Arrangement":
        """From the rows of ``pages/layout`` and ``pages/terms``."""
        labels: dict[str, str] = {}
        for row in terms:
            if label := text_of(row, "labelEn"):
                labels[text_of(row, "term") or ""] = label
        shaped: dict[str, list[Shaped]] = defaultdict(list)
        for row in layout:
            shaped[text_of(row, "property") or ""].append(
                Shaped(
                    class_=text_of(row, "class"),
                    name=text_of(row, "name"),
                    order=_number(row, "order"),
                    group=text_of(row, "group"),
                    group_label=text_of(row, "groupLabel"),
                    group_order=_number(row, "groupOrder"),
                )
            )
        return cls(shaped=dict(shaped), labels=labels)

    def place(self, property_: str, kinds: Collection[str] = ()) -> Place:
        """Where the facts of a property stand on the page of a thing of these kinds."""
        shape = self._shape(property_, kinds)
        label = self.label(property_, kinds)
        group, order, _ = _FALLBACK.get(property_, (GENERAL, 50, ""))
        if group == SOURCES:
            return Place(group=SOURCES, group_label=None, order=(0, 0, ""), label=label)
        if shape is not None and shape.group is not None:
            return Place(
                group=shape.group,
                group_label=shape.group_label,
                order=(shape.group_order, shape.order, label),
                label=label,
            )
        # A property without a shape joins the group of that name which the shapes have.
        home = self._home(group)
        if home is not None and home.group is not None:
            return Place(
                group=home.group,
                group_label=home.group_label,
                order=(home.group_order, 500.0 + order, label),
                label=label,
            )
        last = 900.0 if group == NAMES else 500.0
        return Place(group=group, group_label=None, order=(last, order, label), label=label)

    def label(self, property_: str, kinds: Collection[str] = ()) -> str:
        """What a property is called on things of these kinds."""
        shape = self._shape(property_, kinds)
        if shape is not None and shape.name and shape.class_ in kinds:
            return shape.name
        fallback = _FALLBACK.get(property_)
        if fallback and fallback[2]:
            return fallback[2]
        return self.labels.get(property_) or links.words(property_)

    def incoming_label(self, property_: str) -> str:
        """What the things that point here by a property are, seen from here."""
        return _INCOMING.get(property_) or self.label(property_)

    def _shape(self, property_: str, kinds: Collection[str]) -> Shaped | None:
        """The property's shape for one of the kinds, else any that has a group."""
        found = self.shaped.get(property_, ())
        fitting = [shape for shape in found if shape.class_ in kinds] or list(found)
        return min(fitting, key=lambda shape: (shape.group is None, shape.order), default=None)

    def _home(self, group: str) -> Shaped | None:
        every = (shape for shapes in self.shaped.values() for shape in shapes)
        return next((one for one in every if (one.group or "").endswith(_HOMES[group])), None)


def _number(row: Row, name: str) -> float:
    try:
        return float(text_of(row, name) or 999)
    except ValueError:
        return 999.0
