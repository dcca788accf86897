"""In what order and under which headings the facts of a thing stand on its page.

The shapes say it (``sh:group``, ``sh:order``, ``sh:name``); what they leave open falls to a short
table here, and a property in neither goes to the general group under its own label.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from flask_babel import lazy_gettext

from steamkg.graph.names import PREFIXES
from steamkg.web import links
from steamkg.web.language import current_language
from steamkg.web.naming import Text, pick
from steamkg.web.property_words import ELSEWHERE, POINTING
from steamkg.web.rows import Row, labels_of, text_of

GENERAL: Final = "facts"
NAMES: Final = "names"
INFERRED: Final = "inferred"
FOR_PROGRAMS: Final = "programs"
LATER: Final = "later"
SOURCES: Final = "sources"

_RDF, _SKOS, _DCTERMS = PREFIXES["rdf"], PREFIXES["skos"], PREFIXES["dcterms"]
_STEAM = PREFIXES["steam"]
_FALLBACK: Final = {
    _SKOS + "prefLabel": (NAMES, 1, lazy_gettext("preferred name")),
    _SKOS + "altLabel": (NAMES, 2, lazy_gettext("also called")),
    _SKOS + "hiddenLabel": (NAMES, 3, lazy_gettext("as written in the text")),
    _STEAM + "labelSource": (NAMES, 4, ""),
    _RDF + "type": (GENERAL, 1, lazy_gettext("kind")),
    _DCTERMS + "description": (GENERAL, 2, lazy_gettext("description")),
    _SKOS + "definition": (GENERAL, 2, lazy_gettext("definition")),
    _STEAM + "modality": (GENERAL, 3, ""),
    _SKOS + "notation": (GENERAL, 90, lazy_gettext("number")),
    _SKOS + "broader": (GENERAL, 40, lazy_gettext("broader category")),
    _SKOS + "narrower": (GENERAL, 41, lazy_gettext("narrower category")),
    _SKOS + "inScheme": (GENERAL, 91, lazy_gettext("scheme")),
    _SKOS + "topConceptOf": (GENERAL, 92, lazy_gettext("top of scheme")),
    _DCTERMS + "source": (SOURCES, 1, lazy_gettext("source")),
    _DCTERMS + "isPartOf": (GENERAL, 5, lazy_gettext("part of")),
    _DCTERMS + "spatial": (GENERAL, 45, lazy_gettext("place")),
}
_REPEATING: Final = frozenset(
    (
        PREFIXES["org"] + "linkedTo",
        _SKOS + "broaderTransitive",
        _SKOS + "hasTopConcept",
        _DCTERMS + "spatial",
        _STEAM + "asOf",
        _STEAM + "centreType",
        _STEAM + "existingPartnerOf",
        _STEAM + "inCategory",
        _STEAM + "potentialPartnerOf",
    )
)
"""What says again, for short queries and general vocabularies, what a page says elsewhere."""
_HOMES: Final = {GENERAL: "#Facts", NAMES: "#Identity"}


def telling(property_: str) -> bool:
    """Whether a reader learns something from a property, where it holds by reasoning alone."""
    known = property_.startswith(_STEAM) or property_ in _FALLBACK or property_ in ELSEWHERE
    return known and property_ not in _REPEATING


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a property stands: key and name of its group, and sort keys of both."""

    group: str
    group_label: Text | None
    order: tuple[float, float, str]
    label: Text


@dataclass(frozen=True, kw_only=True)
class Shaped:
    """What a property shape says about the look of its property on things of a class."""

    class_: str | None
    names: Mapping[str, str]
    order: float
    group: str | None
    group_labels: Mapping[str, str]
    group_order: float


@dataclass(frozen=True, kw_only=True)
class Arrangement:
    """The layout of all pages, read once from shapes and ontology; words in every language."""

    shaped: Mapping[str, Sequence[Shaped]] = field(default_factory=dict)
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @classmethod
    def of(cls, layout: Iterable[Row], terms: Iterable[Row]) -> "Arrangement":
        """From the rows of ``pages/layout`` and ``pages/terms``."""
        labels = {
            text_of(row, "term") or "": found for row in terms if (found := labels_of(row, "label"))
        }
        shaped: dict[str, list[Shaped]] = defaultdict(list)
        for row in layout:
            shaped[text_of(row, "property") or ""].append(
                Shaped(
                    class_=text_of(row, "class"),
                    names=labels_of(row, "name"),
                    order=_number(row, "order"),
                    group=text_of(row, "group"),
                    group_labels=labels_of(row, "groupLabel"),
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
                group_label=pick(shape.group_labels),
                order=(shape.group_order, shape.order, label.text),
                label=label,
            )
        # A property without a shape joins the group of that name which the shapes have.
        home = self._home(group)
        if home is not None and home.group is not None:
            return Place(
                group=home.group,
                group_label=pick(home.group_labels),
                order=(home.group_order, 500.0 + order, label.text),
                label=label,
            )
        last = 900.0 if group == NAMES else 500.0
        return Place(group=group, group_label=None, order=(last, order, label.text), label=label)

    def label(self, property_: str, kinds: Collection[str] = ()) -> Text:
        """What a property is called on things of these kinds."""
        shape = self._shape(property_, kinds)
        named = shape.names if shape is not None and shape.class_ in kinds else {}
        termed = self.labels.get(property_, {})
        _, _, house = _FALLBACK.get(property_, ("", 0, ELSEWHERE.get(property_, "")))
        # A word in the language of the page, however general, before the right one in another.
        for labels in (named, {current_language(): str(house)} if str(house) else {}, termed):
            if current_language() in labels:
                return Text(text=labels[current_language()], language=current_language())
        return pick(named) or pick(termed) or Text(text=links.words(property_), language="en")

    def incoming_label(self, property_: str) -> Text:
        """What the things that point here by a property are, seen from here."""
        known = POINTING.get(property_)
        return self.label(property_) if known is None else Text(text=str(known))

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
