"""What the page of a thing tells before its single facts, in the order in which a reader asks.

Of a partner its partnerships and what its category could do, of a centre what is planned for its
type, of a body who makes it up and what it would come out of, of lines what rests on them, of
anything what became of it after the documents. Each part is asked where the kind of thing has it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import pyoxigraph as ox
from flask_babel import format_date

from steamkg.graph.names import ENTITY, PREFIXES, STEAM
from steamkg.web import links
from steamkg.web.badges import Badge
from steamkg.web.naming import Text, collated, pick, status_words
from steamkg.web.provenance import why_path
from steamkg.web.rows import Row, labels_of, text_of
from steamkg.web.said import Lines, Named, Reader, Said, named
from steamkg.web.site import Site

_STATUS: Final = ENTITY + "partnership-status/"
_AREA: Final = "partnership-area/"
_LINES: Final = ("passage", "section")
_PLANNED: Final = STEAM + "plannedActivity"
_POSSIBLE: Final = STEAM + "possibleArea"
_SOURCE: Final = PREFIXES["dcterms"] + "source"
_PART_OF: Final = PREFIXES["dcterms"] + "isPartOf"
_TOLD: Final = {
    "organisation": (STEAM + "partner",),
    "partner-category": (_POSSIBLE,),
    "centre": (_PLANNED,),
    "body": tuple(STEAM + name for name in ("body", "fromBody", "toBody")),
    "passage": (_SOURCE, STEAM + "firstLine", STEAM + "lastLine", _PART_OF),
    "section": (_SOURCE, STEAM + "firstLine", STEAM + "lastLine", _PART_OF),
}
"""By kind of IRI the properties that a part tells, so that nothing stands on a page twice."""
_TOLD_LATER: Final = frozenset(
    (
        STEAM + "affects",
        PREFIXES["prov"] + "wasAssociatedWith",
        *(
            PREFIXES["org"] + name
            for name in (
                "changedBy",
                "resultedFrom",
                "originalOrganization",
                "resultingOrganization",
            )
        ),
    )
)


@dataclass(frozen=True, kw_only=True)
class Partnership:
    """That a thing is listed as a partner; ``open`` where it is known whether the list is."""

    href: str | None
    status: str
    said: str
    badge: Badge | None
    host: Named
    category: Named
    top: Named | None
    places: tuple[Lines, ...]
    list_href: str | None
    open: bool | None
    year: str | None


@dataclass(frozen=True, kw_only=True)
class Lying:
    """Where a thing is: ``listed`` where a document says the place, else it is our reading."""

    place: Named
    county: Named | None
    listed: bool


@dataclass(frozen=True, kw_only=True)
class Possible:
    """What partners of a category could do, by the category for which it is named."""

    category: Named
    areas: tuple[tuple[Named, tuple[Said, ...]], ...]
    roles: tuple[tuple[Named, tuple[Said, ...]], ...]


@dataclass(frozen=True, kw_only=True)
class Planned:
    """What is planned for all centres of a type; ``why`` leads to the rule for the one shown."""

    type: Named
    activities: tuple[tuple[Said, str], ...]


@dataclass(frozen=True, kw_only=True)
class Arranged:
    """Who makes up a body and the one before it, and the transitions with their conditions."""

    composed: tuple[Said, ...]
    before: Named | None
    composed_before: tuple[Said, ...]
    transitions: tuple[tuple[Said, tuple[Said, ...]], ...]
    onward: tuple[tuple[Said, tuple[Said, ...]], ...]


@dataclass(frozen=True, kw_only=True)
class Document:
    """The document that lines stand in."""

    document: Named
    authors: tuple[Named, ...]
    checksum: bool


@dataclass(frozen=True, kw_only=True)
class Resting:
    """What rests on lines, in their order."""

    lines: tuple[tuple[Lines, tuple[Said, ...]], ...]
    document: Document | None

    @property
    def count(self) -> int:
        """How many statements and names."""
        return len({one.iri for _, some in self.lines for one in some})


@dataclass(frozen=True, kw_only=True)
class Later:
    """Something that happened after the documents, by an outside source."""

    href: str | None
    day: str | None
    text: Text | None
    badge: Badge | None
    became: tuple[Named, ...]
    sources: tuple[Named, ...]
    part: str


@dataclass(frozen=True, kw_only=True)
class Substance:
    """The parts that a thing has."""

    partnerships: tuple[Partnership, ...] = ()
    lying: tuple[Lying, ...] = ()
    possible: tuple[Possible, ...] = ()
    planned: Planned | None = None
    arranged: Arranged | None = None
    resting: Resting | None = None
    later: tuple[Later, ...] = ()
    told: frozenset[str] = frozenset()

    @property
    def changes(self) -> tuple[Later, ...]:
        """Mergers and the like, by which a thing ended or began."""
        return tuple(one for one in self.later if one.part != "event")


def substance(iri: str, *, site: Site, reader: Reader, later: bool) -> Substance:
    """What is told of ``iri``; ``later``: whether any graph of later developments speaks of it."""
    kind = iri.removeprefix(ENTITY).partition("/")[0]
    entity = ox.NamedNode(iri)

    def asked(name: str, about: ox.NamedNode = entity) -> list[Row]:
        return site.rows(name, entity=about)

    partnerships = asked("partnerships-of") if kind == "organisation" else []
    categories = {text_of(row, "category"): named(row, "category") for row in partnerships}
    if kind == "partner-category":
        categories = {iri: Named(href=links.href(iri), name=Text(text=""))}
    happened = asked("later-of") if later else []
    found = Substance(
        partnerships=_partnerships(partnerships, reader),
        lying=_lying(asked("county-of"), site) if partnerships else (),
        possible=tuple(
            possible
            for one, category in categories.items()
            if one and (possible := _possible(asked, one, category, reader))
        ),
        planned=_planned(asked("planned-of"), iri, reader) if kind == "centre" else None,
        arranged=_arranged(asked("body-arrangements"), reader) if kind == "body" else None,
        resting=Resting(
            lines=reader.by_lines(asked("said-here")), document=_document(asked("document-of"))
        )
        if kind in _LINES
        else None,
        later=_later(happened, reader),
    )
    told = set(_TOLD.get(kind, ())) if found != Substance() else set()
    if found.later:
        told |= _TOLD_LATER
    if kind == "organisation" and not partnerships:
        told.discard(STEAM + "partner")
    return Substance(**{**vars(found), "told": frozenset(told)})


def _partnerships(rows: Sequence[Row], reader: Reader) -> tuple[Partnership, ...]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(text_of(row, "statement") or "", []).append(row)
    return tuple(_partnership(iri, same, reader) for iri, same in found.items())


def _partnership(iri: str, rows: list[Row], reader: Reader) -> Partnership:
    row = rows[0]
    (said,) = reader.read(rows)
    status = (text_of(row, "status") or "").removeprefix(_STATUS)
    open_ = text_of(row, "open")
    return Partnership(
        href=links.href(iri),
        status=status,
        said=status_words(status),
        badge=said.badge,
        host=named(row, "host"),
        category=named(row, "category"),
        top=named(row, "top") if "top" in row else None,
        places=said.places,
        list_href=links.href(text_of(row, "list") or ""),
        open=None if open_ is None else open_ == "true",
        year=text_of(row, "year"),
    )


def _lying(rows: Sequence[Row], site: Site) -> tuple[Lying, ...]:
    return tuple(
        dict.fromkeys(
            Lying(
                place=named(row, "place"),
                county=named(row, "county") if "county" in row else None,
                listed=site.graph_kinds.kind(text_of(row, "placed") or "") == "section",
            )
            for row in rows
        )
    )


def _possible(
    asked: Callable[..., list[Row]], iri: str, category: Named, reader: Reader
) -> Possible | None:
    rows = asked("possibilities-of", ox.NamedNode(iri))
    found: tuple[dict[Named, list[Said]], ...] = ({}, {})
    named_for = {over for row in rows if (over := text_of(row, "over"))}
    for one in reader.read(rows, without=named_for):
        if one.over is not None:
            role = not one.iri.startswith(ENTITY + _AREA)
            found[role].setdefault(one.over, []).append(one)
    areas, roles = (tuple((of, tuple(some)) for of, some in part.items()) for part in found)
    return Possible(category=category, areas=areas, roles=roles) if rows else None


def _planned(rows: Sequence[Row], iri: str, reader: Reader) -> Planned | None:
    activities = tuple(
        (one, why_path(iri, _PLANNED, ox.NamedNode(one.iri))) for one in reader.read(rows)
    )
    return Planned(type=named(rows[0], "over"), activities=activities) if activities else None


def _arranged(rows: Sequence[Row], reader: Reader) -> Arranged | None:
    def part(name: str) -> tuple[Said, ...]:
        return reader.read([row for row in rows if text_of(row, "part") == name])

    def conditions(transition: str) -> tuple[Said, ...]:
        of = [row for row in rows if text_of(row, "part") == "condition"]
        return reader.read(row for row in of if text_of(row, "body") == transition)

    before = next((row for row in rows if text_of(row, "part") == "before"), None)
    found = Arranged(
        composed=part("composition"),
        before=named(before, "body") if before else None,
        composed_before=part("before"),
        transitions=tuple((one, conditions(one.iri)) for one in part("transition")),
        onward=tuple((one, conditions(one.iri)) for one in part("onward")),
    )
    return found if rows else None


def _document(rows: Sequence[Row]) -> Document | None:
    if not rows:
        return None
    authors = dict.fromkeys(named(row, "who") for row in rows if "who" in row)
    return Document(
        document=named(rows[0], "document", "title"),
        authors=tuple(authors),
        checksum="checksum" in rows[0],
    )


def _later(rows: Sequence[Row], reader: Reader) -> tuple[Later, ...]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(text_of(row, "statement") or "", []).append(row)
    return tuple(_development(iri, same, reader) for iri, same in found.items())


def _development(iri: str, rows: list[Row], reader: Reader) -> Later:
    row = rows[0]
    parts = {text_of(one, "part") for one in rows}
    became = dict.fromkeys(named(one, "became") for one in rows if "became" in one)
    sources = {
        text_of(one, "source"): Named(
            href=links.href(text_of(one, "source") or ""), name=_source(one)
        )
        for one in rows
        if "source" in one
    }
    return Later(
        href=links.href(iri),
        day=_day(text_of(row, "day")),
        text=pick(labels_of(row, "text")),
        badge=reader.badge(row),
        became=tuple(became),
        sources=tuple(sorted(sources.values(), key=lambda one: collated(one.name.text))),
        part=next((one for one in ("change", "origin") if one in parts), "event"),
    )


def _source(row: Row) -> Text:
    title = row.get("sourceTitle")
    if isinstance(title, ox.Literal):
        return Text(text=title.value, language=title.language)
    return Text(text=links.short(text_of(row, "source") or ""))


def _day(written: str | None) -> str | None:
    try:
        return str(format_date(date.fromisoformat(written), "long")) if written else None
    except ValueError:
        return written
