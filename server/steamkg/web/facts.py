"""A thing as its page shows it: facts in groups with their graphs, and sources.

Works on rows that the queries in ``queries/pages`` returned; asks nothing itself.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Final

import pyoxigraph as ox
from flask_babel import format_date, format_decimal, gettext, ngettext

from steamkg.graph.names import PREFIXES, STEAM
from steamkg.web import arrangement, badges, links
from steamkg.web.arrangement import Arrangement
from steamkg.web.badges import Badge
from steamkg.web.language import current_language, fallback, local_path
from steamkg.web.marks import GraphKinds, Mark, Marked
from steamkg.web.naming import (
    Names,
    Place,
    Text,
    Title,
    collated,
    is_known_elsewhere,
    kind_words,
    pick,
    status_words,
)
from steamkg.web.provenance import Provenance
from steamkg.web.rows import Row, Value, text_of
from steamkg.web.said import Related, Said

_TYPE: Final = PREFIXES["rdf"] + "type"
_SOURCE: Final = PREFIXES["dcterms"] + "source"
_MODALITY: Final = STEAM + "modality"
_DATE: Final = PREFIXES["xsd"] + "date"
_FRACTIONS: Final = (PREFIXES["xsd"] + "decimal", PREFIXES["xsd"] + "double")
_EVERY_DIGIT: Final = "#,##0." + "#" * 20
_PLAIN: Final = re.compile(r"-?\d+\.\d+")
"""A number as people write one: no exponent, no INF."""
_DRAWN: Final = frozenset(PREFIXES["geo"] + one for one in ("hasGeometry", "hasDefaultGeometry"))
"""What the map draws; a reader sees it there."""
_EVERYDAY: Final = PREFIXES["xsd"]
"""Datatypes that the words themselves show: a year, a number, yes or no."""
_COORDINATES: Final = PREFIXES["geo"] + "wktLiteral"
_LAST: Final = {
    arrangement.INFERRED: 2000.0,
    arrangement.LATER: 3000.0,
    arrangement.FOR_PROGRAMS: 4000.0,
}
_COORDINATES_SHOWN: Final = 60
"""Characters of an outline that a page shows; the data formats and downloads hold all of it."""


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A term made visible: words, language, link, datatype; ``term`` as programs know a class.

    ``badge`` and ``related``: in which way a statement is said, who does it and for whom.
    """

    title: Title
    iri: str | None = None
    href: str | None = None
    outside: bool = False
    datatype: Text | None = None
    marks: tuple[Mark, ...] = ()
    term: str | None = None
    badge: Badge | None = None
    related: tuple[Related, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Fact:
    """A property with its values."""

    label: Text
    property: str
    href: str | None
    values: tuple[Shown, ...]


@dataclass(frozen=True, kw_only=True)
class Group:
    """Facts under one heading; ``key`` names the heading where ``label`` is None."""

    key: str
    label: Text | None
    facts: tuple[Fact, ...]


@dataclass(frozen=True, kw_only=True)
class Thing:
    """Everything on the page of a thing."""

    iri: str
    title: Title
    kinds: tuple[Badge, ...]
    badges: tuple[Badge, ...]
    as_of: str | None
    groups: tuple[Group, ...]
    places: tuple[Place, ...]


def thing(
    iri: str,
    *,
    facts: Sequence[Row],
    names: Names,
    layout: Arrangement,
    kinds: GraphKinds,
    provenance: Provenance | None = None,
    datatypes: Mapping[str, Mapping[str, str]] | None = None,
    told: Collection[str] = (),
    about: Mapping[str, Said] | None = None,
) -> Thing:
    """Put the page of ``iri`` together.

    ``datatypes``: what those of no ontology are called; ``told``: properties that another part of
    the page tells; ``about``: how what the facts lead to is said.
    """
    grouped = _by_property(facts)
    places = _places(iri, grouped, names)
    marked = Marked(kinds=kinds, provenance=provenance, places=places)
    asserted_types = [
        value
        for value, graphs in grouped.get(_TYPE, {}).items()
        if any(kinds.kind(graph) != "inferred" for graph in graphs)
    ]
    return Thing(
        iri=iri,
        title=names.title(iri),
        kinds=tuple(
            Badge(text=_kind_name(value, names), style="kind", href=_browse(value))
            for value in asserted_types
            if isinstance(value, ox.NamedNode)
        ),
        badges=tuple(_badges(iri, grouped, names, kinds)),
        as_of=next((place.as_of for place in places if place.as_of), None),
        groups=_groups(
            {property_: found for property_, found in grouped.items() if property_ not in told},
            types={value.value for value in grouped.get(_TYPE, ())},
            names=names,
            layout=layout,
            marked=marked,
            terms={**layout.labels, **(datatypes or {})},
            about=about or {},
        ),
        places=places,
    )


def show(
    value: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple,
    names: Names,
    marks: tuple[Mark, ...] = (),
    *,
    spoken: bool = False,
    terms: Mapping[str, Mapping[str, str]] | None = None,
) -> Shown:
    """A term with the words, link and marks it is shown with.

    ``spoken``: dates and decimals as the language writes them; ``terms``: names of datatypes.
    """
    if isinstance(value, ox.NamedNode):
        class_ = is_known_elsewhere(value.value)
        return Shown(
            title=Title(parts=(kind_words(value.value),)) if class_ else names.title(value.value),
            term=links.curie(value.value) if class_ else None,
            iri=value.value,
            href=links.href(value.value),
            outside=links.outside(value.value),
            marks=marks,
        )
    if isinstance(value, ox.Literal):
        words = _spoken(value) if spoken else _words(value)
        plain = value.language or value.datatype.value.startswith(_EVERYDAY)
        return Shown(
            title=Title(parts=(Text(text=words, language=value.language),)),
            datatype=None if plain else _datatype(value.datatype.value, terms or {}),
            marks=marks,
        )
    return Shown(title=Title(parts=(Text(text=str(value)),)), marks=marks)


def _datatype(iri: str, terms: Mapping[str, Mapping[str, str]]) -> Text:
    return pick(terms.get(iri, {})) or Text(text=links.short(iri))


def _words(literal: ox.Literal) -> str:
    """The text of a literal; of an outline its beginning and its length."""
    text = literal.value
    if literal.datatype.value != _COORDINATES or len(text) <= _COORDINATES_SHOWN:
        return text
    beginning = text[: text.rfind(",", 0, _COORDINATES_SHOWN)]
    length = ngettext(
        "%(count)s character", "%(count)s characters", len(text), count=format_decimal(len(text))
    )
    return f"{beginning}, … [{length}]"


def _spoken(literal: ox.Literal) -> str:
    """A day or a decimal as the language of the page writes it; any other literal as it stands."""
    if literal.datatype.value in _FRACTIONS and _PLAIN.fullmatch(literal.value):
        return str(format_decimal(Decimal(literal.value), _EVERY_DIGIT))
    if literal.datatype.value == _DATE:
        try:
            return str(format_date(date.fromisoformat(literal.value), "long"))
        except ValueError:
            pass  # a time zone, or a year before the first
    return _words(literal)


_Grouped = dict[str, dict[Value, set[str]]]


def _by_property(facts: Iterable[Row]) -> _Grouped:
    grouped: _Grouped = defaultdict(lambda: defaultdict(set))
    for row in facts:
        property_, value = row["property"], row["value"]
        if isinstance(property_, ox.NamedNode) and not isinstance(value, ox.Triple):
            grouped[property_.value][value].add(text_of(row, "graph") or "")
    return grouped


def _groups(
    grouped: _Grouped,
    *,
    types: Collection[str],
    names: Names,
    layout: Arrangement,
    marked: Marked,
    terms: Mapping[str, Mapping[str, str]],
    about: Mapping[str, Said],
) -> tuple[Group, ...]:
    placed: dict[tuple[float, str, Text | None], list[tuple[tuple[float, str], Fact]]] = (
        defaultdict(list)
    )
    for property_, values in grouped.items():
        place = layout.place(property_, types)
        parts: dict[str, dict[Value, set[str]]] = defaultdict(dict)
        for value, graphs in values.items():
            # Passages stand beside the facts; a source outside the documents is a fact like others.
            if place.group != arrangement.SOURCES or not _lines(value, names):
                parts[_part(property_, graphs, marked.kinds)][value] = graphs
        for part, some in parts.items():
            fact = Fact(
                label=place.label,
                property=property_,
                href=links.href(property_),
                values=shown(some, names, marked, property_, terms=terms, about=about),
            )
            group_order, order, label = place.order
            key: tuple[float, str, Text | None] = (group_order, place.group, place.group_label)
            if part != arrangement.GENERAL:
                key = (_LAST[part], part, None)
            placed[key].append(((order, label), fact))
    return tuple(
        Group(
            key=key,
            label=label,
            facts=tuple(fact for _, fact in sorted(some, key=lambda pair: pair[0])),
        )
        for (_, key, label), some in sorted(placed.items(), key=lambda item: item[0][:2])
    )


def _lines(value: Value, names: Names) -> Place | None:
    """The lines that ``value`` stands for, when it is a passage."""
    return names.place(value.value) if isinstance(value, ox.NamedNode) else None


def _part(property_: str, graphs: Iterable[str], kinds: GraphKinds) -> str:
    """Whether a fact is said, follows, or happened later; what is said anywhere is said."""
    found = {kinds.kind(graph) for graph in graphs}
    if property_ == _TYPE or property_ in _DRAWN:
        return arrangement.FOR_PROGRAMS
    if found <= {"inferred"}:
        telling = arrangement.telling(property_)
        return arrangement.INFERRED if telling else arrangement.FOR_PROGRAMS
    return arrangement.LATER if found <= {"later", "inferred"} else arrangement.GENERAL


def shown(
    values: Mapping[Value, set[str]],
    names: Names,
    marked: Marked,
    property_: str = "",
    *,
    terms: Mapping[str, Mapping[str, str]] | None = None,
    about: Mapping[str, Said] | None = None,
) -> tuple[Shown, ...]:
    """Values with what they are shown with, by name."""
    found = [
        show(value, names, marked.marks(property_, value, graphs), spoken=True, terms=terms)
        for value, graphs in values.items()
    ]
    return tuple(sorted((_told(one, about or {}) for one in found), key=_in_order))


def _told(shown: Shown, about: Mapping[str, Said]) -> Shown:
    said = about.get(shown.iri or "")
    return replace(shown, badge=said.badge, related=said.related) if said else shown


def _in_order(shown: Shown) -> tuple[int, tuple[str, str]]:
    language = shown.title.parts[0].language if not shown.iri else None
    order = fallback(current_language())
    place = order.index(language) if language in order else len(order)
    return place, collated(shown.title.plain)


def _places(iri: str, grouped: _Grouped, names: Names) -> tuple[Place, ...]:
    passages = [
        value.value for value in grouped.get(_SOURCE, {}) if isinstance(value, ox.NamedNode)
    ]
    found = [place for passage in [*passages, iri] if (place := names.place(passage))]
    return tuple(sorted(found, key=lambda place: place.first))


def _badges(iri: str, grouped: _Grouped, names: Names, kinds: GraphKinds) -> Iterable[Badge]:
    """In which way the thing is said, and what it is to others."""
    types = {value.value for value in grouped.get(_TYPE, ())}
    for value, graphs in grouped.get(_MODALITY, {}).items():
        if all(kinds.kind(graph) == "later" for graph in graphs):
            yield Badge(text=Text(text=gettext("only since the documents")), style="asof")
            continue
        named = names.title(value.value).parts[0]
        yield badges.modality(value.value, named, of=iri, kinds=types)
    for value in grouped.get(STEAM + "partnershipStatus", {}):
        yield Badge(
            text=names.title(value.value).parts[0],
            style=badges.slug(value.value),
            href=links.href(value.value),
        )
    if grouped.get(STEAM + "existingPartnerOf"):
        yield Badge(text=Text(text=status_words("existing")), style="existing")
    if grouped.get(STEAM + "potentialPartnerOf"):
        words = gettext("%(partner)s: a possibility", partner=status_words("potential"))
        yield Badge(text=Text(text=words), style="potential")


def _kind_name(value: ox.NamedNode, names: Names) -> Text:
    named = pick(names.labels(value.value))
    return named or kind_words(value.value)


def _browse(value: ox.NamedNode) -> str | None:
    name = links.curie(value.value)
    return local_path(f"/explore/{name}") if name else None
