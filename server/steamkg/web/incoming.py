"""What points to a thing, as its page shows it: by property, in order of kind and name, in pages.

Works on rows that ``pages/incoming`` and ``pages/incoming-counts`` returned; asks nothing itself.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

import pyoxigraph as ox
from flask import request
from flask_babel import gettext

from steamkg.graph.names import ENTITY
from steamkg.web import facts, links
from steamkg.web.arrangement import Arrangement
from steamkg.web.errors import refused
from steamkg.web.facts import Shown
from steamkg.web.language import local_path
from steamkg.web.marks import GraphKinds, Marked
from steamkg.web.naming import Names, Text, collated, kind_words, pick
from steamkg.web.rows import Row, Value, text_of
from steamkg.web.said import Said

FIRST: Final = 10
"""How many of a group stand on the page that shows all groups."""
PER_PAGE: Final = 50
_ANCHOR: Final = "#incoming"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What an address asks for: all groups, or page ``page`` of the group of property ``by``."""

    path: str
    by: str | None = None
    page: int = 1

    def href(self, property_: str | None = None, page: int = 1) -> str:
        """The address of another part."""
        if property_ is None:
            return self.path + _ANCHOR
        values = {"by": key_of(property_)} | ({"page": str(page)} if page > 1 else {})
        return links.with_query(self.path, values) + _ANCHOR


@dataclass(frozen=True, kw_only=True)
class Kind:
    """Things of one kind; ``label`` is None where the group has no other kind."""

    label: Text | None
    things: tuple[Shown, ...]


@dataclass(frozen=True, kw_only=True)
class Incoming:
    """What points here by one property: ``shown`` of ``total``, of which ``known`` can be paged.

    ``rest`` is a query that gives all of them; ``derived`` where they follow by reasoning alone.
    """

    label: Text
    by: str
    total: int
    known: int
    kinds: tuple[Kind, ...]
    asked: Asked
    rest: str
    page: int
    last_page: int
    derived: bool

    @property
    def href(self) -> str:
        """The address of the whole group."""
        return self.asked.href(self.by)

    @property
    def anchor(self) -> str:
        """Where the group stands on the page of all groups."""
        return "by-" + re.sub(r"[^A-Za-z0-9]+", "-", key_of(self.by)).strip("-")

    def page_href(self, number: int) -> str:
        """The address of a page of the group."""
        return self.asked.href(self.by, number)

    @property
    def shown(self) -> int:
        """How many stand on this page."""
        return sum(len(kind.things) for kind in self.kinds)

    @property
    def first(self) -> int:
        """The number of the first one shown."""
        return (self.page - 1) * PER_PAGE + 1


def asked(name: str, counts: Iterable[Row]) -> Asked:
    """What the address of the page of ``name`` asks for. Raises RefusedError for what is not."""
    path = local_path(f"/id/{name}")
    totals = {text_of(row, "property") or "": int(text_of(row, "subjects") or 0) for row in counts}
    known = {key_of(property_): property_ for property_ in totals}
    given, number = request.args.get("by"), request.args.get("page") or "1"
    if given is None:
        return Asked(path=path)
    if given not in known:
        reason = gettext("Nothing points here by “%(name)s”. What does:", name=given[:100])
        raise refused(404, reason, tuple(sorted(known)))
    last = -(-totals[known[given]] // PER_PAGE)
    if not (number.isascii() and number.isdigit() and len(number) < 8 and int(number) > 0):
        reason = gettext("“%(given)s” is no number of a page.", given=number[:100])
        raise refused(400, reason, ("1",))
    if int(number) > last:
        reason = gettext("This list has no page %(page)s. Its last page is:", page=number)
        raise refused(404, reason, (str(last),))
    return Asked(path=path, by=known[given], page=int(number))


def key_of(property_: str) -> str:
    """What a property is called in an address."""
    return links.curie(property_) or property_


def incoming(
    iri: str,
    rows: Iterable[Row],
    counts: Iterable[Row],
    *,
    asked: Asked,
    names: Names,
    layout: Arrangement,
    graphs: GraphKinds,
    about: Mapping[str, Said] | None = None,
) -> tuple[Incoming, ...]:
    """The groups, each as far as the address asks for it; what follows by reasoning comes last.

    ``about``: how each of what points here is said.
    """
    pointing: dict[str, dict[Value, set[str]]] = defaultdict(lambda: defaultdict(set))
    kinds: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        subject = row["subject"]
        if isinstance(subject, ox.NamedNode):
            property_ = text_of(row, "property") or ""
            pointing[property_][subject].add(text_of(row, "graph") or "")
            kinds[subject.value].update(kind for kind in [text_of(row, "kind")] if kind)
    labels = {one: _kind(one, found, layout) for one, found in kinds.items()}
    found = []
    for row in counts:
        property_ = text_of(row, "property") or ""
        things = sorted(
            facts.shown(pointing[property_], names, Marked(kinds=graphs), about=about),
            key=lambda thing: collated(labels[thing.iri or ""].text),
        )
        here = property_ == asked.by
        start = (asked.page - 1) * PER_PAGE if here else 0
        end = start + PER_PAGE if here else FIRST
        found.append(
            Incoming(
                label=layout.incoming_label(property_),
                by=property_,
                total=int(text_of(row, "subjects") or 0),
                known=len(things),
                kinds=_by_kind(things[start:end], labels, apart=here),
                asked=asked,
                rest=links.with_query(
                    local_path("/query/pages/links-to"), {"entity": iri, "property": property_}
                ),
                page=asked.page if here else 1,
                last_page=max(1, -(-len(things) // PER_PAGE)),
                derived=_derived(things),
            )
        )
    return tuple(sorted(found, key=lambda one: (one.derived, collated(one.label.text))))


def _kind(iri: str, kinds: Iterable[str], layout: Arrangement) -> Text:
    """What a thing is first of all called after: a kind of our own before a general one."""
    words = [
        pick(layout.labels.get(kind, {})) or kind_words(kind)
        for kind in sorted(kinds, key=_general)
    ]
    return words[0] if words else Text(text=iri.removeprefix(ENTITY).partition("/")[0])


def _general(kind: str) -> tuple[bool, str]:
    return links.outside(kind), kind


def _by_kind(things: Sequence[Shown], labels: dict[str, Text], *, apart: bool) -> tuple[Kind, ...]:
    parted = [
        Kind(label=label, things=tuple(some))
        for label, some in groupby(things, key=lambda thing: labels[thing.iri or ""])
    ]
    if apart and len(parted) > 1:
        return tuple(parted)
    return (Kind(label=None, things=tuple(things)),)


def _derived(things: Sequence[Shown]) -> bool:
    """Whether everything in the group follows by reasoning alone."""
    return bool(things) and all(mark.kind == "inferred" for thing in things for mark in thing.marks)
