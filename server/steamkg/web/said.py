"""What documents say, statement by statement: words, in which way it is said, who and for whom.

Works on rows of the stored queries with columns ``statement``, ``kind``, ``modality``, ``name…``,
``text…``, ``passage``, ``first``, ``last``, ``relation`` and ``who…``, as far as they have them.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from steamkg.graph.names import ENTITY, STEAM
from steamkg.web import badges, links
from steamkg.web.arrangement import Arrangement
from steamkg.web.badges import Badge
from steamkg.web.naming import (
    Text,
    Title,
    collated,
    kind_words,
    lines,
    list_words,
    pick,
    status_words,
)
from steamkg.web.rows import Row, labels_of, text_of

_STATUS: Final = ENTITY + "partnership-status/"
_STATED: Final = ENTITY + "modality/stated"
_COMPOSED: Final = frozenset(
    STEAM + name for name in ("partner", "partnerTo", "partnershipStatus", "category")
)
"""What the title of a partnership or list says already."""
Labels = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, kw_only=True)
class Named:
    """A thing by name, with its page."""

    href: str | None
    name: Text


@dataclass(frozen=True, kw_only=True)
class Lines:
    """Lines of a document, with the page of the passage."""

    href: str | None
    text: str
    first: int
    last: int


@dataclass(frozen=True, kw_only=True)
class Related:
    """Those to whom a property leads: ``label`` is what it is called."""

    label: Text
    things: tuple[Named, ...]


@dataclass(frozen=True, kw_only=True)
class Said:
    """One statement, or a thing that is named. ``over`` is what it is said of, if not itself."""

    iri: str
    href: str | None
    title: Title
    kind: Text | None
    badge: Badge | None
    places: tuple[Lines, ...] = ()
    related: tuple[Related, ...] = ()
    over: Named | None = None


@dataclass(frozen=True, kw_only=True)
class Reader:
    """Reads rows; ``modalities`` and ``kinds`` say what those are called, by IRI and language."""

    modalities: Labels
    kinds: Labels
    layout: Arrangement

    def read(self, rows: Iterable[Row], *, without: Collection[str] = ()) -> tuple[Said, ...]:
        """Statements in the order of the rows; ``without`` what need not be repeated of each."""
        found: dict[str, list[Row]] = {}
        for row in rows:
            found.setdefault(text_of(row, "statement") or "", []).append(row)
        return tuple(self._said(iri, same, without) for iri, same in found.items())

    def by_lines(self, rows: Iterable[Row]) -> tuple[tuple[Lines, tuple[Said, ...]], ...]:
        """The same under the lines that they rest on, in the order of these."""
        found: dict[Lines, list[Row]] = {}
        for row in rows:
            if (place := _lines(row)) is not None:
                found.setdefault(place, []).append(row)
        ordered = sorted(found, key=lambda place: (place.first, place.last))
        return tuple((place, self.read(found[place])) for place in ordered)

    def badge(self, row: Row, kinds: Collection[str] = ()) -> Badge | None:
        """In which way the statement of a row is said."""
        iri = text_of(row, "modality")
        name = pick(self.modalities.get(iri, {})) if iri else None
        if iri is None or name is None:
            return None
        return badges.modality(iri, name, of=text_of(row, "statement") or "", kinds=kinds)

    def _said(self, iri: str, rows: Sequence[Row], without: Collection[str]) -> Said:
        row = rows[0]
        kinds = sorted(
            {kind for one in rows if (kind := text_of(one, "kind"))},
            key=lambda kind: (links.outside(kind), kind),
        )
        places = (place for one in rows if (place := _lines(one)) is not None)
        over = text_of(row, "over")
        return Said(
            iri=iri,
            href=links.href(iri),
            title=_title(iri, rows),
            kind=self._kind(kinds[0]) if kinds else None,
            badge=self.badge(row, kinds),
            places=tuple(sorted(dict.fromkeys(places), key=lambda place: place.first)),
            related=self._related(rows, {*without, *_COMPOSED}),
            over=named(row, "over") if over else None,
        )

    def _kind(self, iri: str) -> Text:
        return pick(self.kinds.get(iri, {})) or kind_words(iri)

    def _related(self, rows: Iterable[Row], without: Collection[str]) -> tuple[Related, ...]:
        found: dict[str, dict[Named, None]] = {}
        for row in rows:
            relation = text_of(row, "relation")
            if relation and relation not in without and text_of(row, "who") not in without:
                found.setdefault(relation, {})[named(row, "who")] = None
        return tuple(
            Related(
                label=self.layout.label(relation),
                things=tuple(sorted(some, key=lambda one: collated(one.name.text))),
            )
            for relation, some in sorted(found.items(), key=lambda item: item[0])
        )


def claimed(rows: Iterable[Row]) -> list[Row]:
    """Without what only has a name: that a category or a city is stated tells a reader nothing."""
    return [row for row in rows if "claim" in row or text_of(row, "modality") != _STATED]


def named(row: Row, column: str, name: str | None = None) -> Named:
    """The thing in a column by its name in ``…En``, ``…Lt``, ``…Sl``."""
    iri = text_of(row, column) or ""
    labels = labels_of(row, name or column)
    return Named(href=links.href(iri), name=pick(labels) or Text(text=links.short(iri)))


def _lines(row: Row) -> Lines | None:
    passage, first, last = (text_of(row, one) for one in ("passage", "first", "last"))
    if not passage or not first or not last:
        return None
    return Lines(
        href=links.href(passage), text=lines(first, last), first=int(first), last=int(last)
    )


def _title(iri: str, rows: Sequence[Row]) -> Title:
    """Its name, else its words, else what it joins."""
    words = pick(labels_of(rows[0], "name")) or pick(labels_of(rows[0], "text"))
    if words is not None:
        return Title(parts=(words,))
    joined = {
        relation.removeprefix(STEAM): row for row in rows if (relation := text_of(row, "relation"))
    }
    status = text_of(joined.get("partnershipStatus", {}), "who") or ""
    if "partner" in joined and "partnerTo" in joined:
        partner, host = (named(joined[name], "who").name for name in ("partner", "partnerTo"))
        between = Text(text=status_words(status.removeprefix(_STATUS)))
        return Title(parts=(partner, between, host))
    if "category" in joined and status:
        category = named(joined["category"], "who").name
        return Title(parts=(category, Text(text=list_words(status.removeprefix(_STATUS)))))
    return Title(parts=(Text(text=links.short(iri)),))
