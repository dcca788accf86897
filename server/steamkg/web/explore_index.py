"""A list held in memory for as long as its build: narrowed, counted and sorted without a query.

Filled once from the stored queries ``pages/explore-*`` and the text of ``explore_query.members``.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final

import pyoxigraph as ox
from flask import current_app

from steamkg.engine.question import Question
from steamkg.graph.names import PREFIXES
from steamkg.web import explore_query, links
from steamkg.web.explore_query import SOURCES, UNKNOWN, Choice, fold
from steamkg.web.explore_shapes import Facet, Origin, Shapes, View
from steamkg.web.language import fallback
from steamkg.web.naming import Names, Text, Title, pick
from steamkg.web.rows import Row, text_of
from steamkg.web.site import Site, current_site
from steamkg.web.text_index import TextIndex

_SKOS: Final = PREFIXES["skos"]
_TITLES: Final = frozenset(
    (_SKOS + "prefLabel", PREFIXES["rdfs"] + "label", PREFIXES["dcterms"] + "title")
)
_DESCRIPTION: Final = PREFIXES["dcterms"] + "description"
MODALITY: Final = "modality"
_COLUMNS: Final = 4
"""Facets beside modality that are columns of a list which shapes/explore.ttl does not arrange."""
_COUNTY: Final = PREFIXES["steam"] + "County"
_EXTENSION: Final = "steamkg.explorer"
_SUBCLASS: Final = "#subClassOf"


class Words:
    """Everything that things are called, and described as."""

    def __init__(self, triples: Iterable[ox.Triple]) -> None:
        self._titles: dict[str, dict[str, str]] = defaultdict(dict)
        self._described: dict[str, dict[str, str]] = defaultdict(dict)
        self._found_by: dict[str, set[str]] = defaultdict(set)
        for triple in triples:
            subject, value = triple.subject, triple.object
            if not isinstance(subject, ox.NamedNode) or not isinstance(value, ox.Literal):
                continue
            named = triple.predicate.value
            if named != PREFIXES["rdfs"] + "label":
                self._found_by[subject.value].add(fold(value.value))
            if named in _TITLES or named == _DESCRIPTION:
                kept = (self._titles if named in _TITLES else self._described)[subject.value]
                code = value.language or ""
                kept[code] = min(value.value, kept.get(code, value.value))

    def title(self, iri: str, language: str) -> Text | None:
        """The name in the first language that has one."""
        return _known(self._titles.get(iri, {}), language)

    def name(self, iri: str, language: str) -> Text | None:
        """The name, or the description of what has none."""
        return self.title(iri, language) or _known(self._described.get(iri, {}), language)

    def has(self, iri: str, words: str) -> bool:
        """Whether one of the names contains the words, which are folded."""
        return any(words in one for one in self._found_by.get(iri, ()))


def _known(labels: Mapping[str, str], language: str) -> Text | None:
    """In one of our languages, as the SPARQL of a list has it."""
    known = {code: text for code, text in labels.items() if code in fallback(language)}
    return pick(known, fallback(language)) if known else None


@dataclass(frozen=True, kw_only=True)
class Lines:
    """A passage that a thing rests on."""

    passage: str
    first: int
    last: int


@dataclass(kw_only=True)
class Listing:
    """The things of a view with their values."""

    view: View
    words: Words
    subjects: Mapping[str, str]
    values: Mapping[str, Mapping[str, Sequence[str]]]
    passages: Mapping[str, Sequence[Lines]]
    composed: Sequence[ox.Triple] = ()
    became: Mapping[str, Sequence[Row]] = field(default_factory=dict)
    offered: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Values that a facet offers although nothing in the list has them."""
    _sorted: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    @property
    def facets(self) -> tuple[Facet, ...]:
        """The ways to narrow the list that have something to choose from."""
        return tuple(one for one in self.view.facets if self.choices(one))

    def choices(self, facet: Facet) -> dict[str, str]:
        """What a facet offers: the key in an address to the value; ``-`` for what is unknown."""
        return self._choices[facet.key]

    @cached_property
    def _choices(self) -> dict[str, dict[str, str]]:
        found = {}
        for facet in self.view.facets:
            held = self.values[facet.key]
            offered = {value for one in held.values() for value in one}
            values = sorted(offered | set(self.offered.get(facet.key, ()) if offered else ()))
            keys: dict[str, str] = {}
            for value in values:
                key = value.rstrip("/#").rpartition("/")[2].rpartition("#")[2]
                keys[key if key not in keys else links.short(value)] = value
            if keys and len(held) < len(self.subjects):
                keys["-"] = UNKNOWN
            found[facet.key] = keys
        return found

    def of(self, facet: Facet, thing: str) -> Sequence[str]:
        """The values that a thing has; UNKNOWN alone where it has none."""
        return self.values[facet.key].get(thing) or (UNKNOWN,)

    def left(self, choice: Choice, *, without: Facet | None = None) -> set[str]:
        """The things that a choice leaves, or would leave without what it says of one facet."""
        left = set(self.subjects)
        for facet, values in choice.values.items():
            if facet != without:
                wanted = set(values)
                left = {thing for thing in left if wanted.intersection(self.of(facet, thing))}
        if choice.words:
            words = fold(choice.words)
            left = {thing for thing in left if self.words.has(self.subjects[thing], words)}
        return left

    def counts(self, choice: Choice, facet: Facet) -> dict[str, int]:
        """How many things each value of a facet would leave, under the other choices."""
        counted: dict[str, int] = defaultdict(int)
        for thing in self.left(choice, without=facet):
            for value in self.of(facet, thing):
                counted[value] += 1
        return counted

    def found(self, choice: Choice, language: str) -> list[str]:
        """The things that a choice leaves, in its order."""
        left = self.left(choice)
        return [thing for thing in self._in_order(choice.sort, language) if thing in left]

    def cell(self, facet: Facet, thing: str, language: str) -> list[tuple[str, Text]]:
        """The values of a thing with their names, in the order of the alphabet."""
        found = []
        for value in self.values[facet.key].get(thing, ()):
            named = self.words.title(value, language)
            found.append((value, named or Text(text=links.short(value), language="en")))
        return sorted(found, key=lambda one: (one[1].text, one[0]))

    def successors(self, thing: str) -> Sequence[Row]:
        """What its subject became after the documents."""
        return self.became.get(self.subjects[thing], ())

    def title(self, thing: str, language: str) -> Title:
        """What a row is called; put together from its parts where the graph has no name."""
        subject = self.subjects[thing]
        named = self.words.name(subject, language)
        if named is None:
            return Names(self.composed, fallback(language)).title(subject)
        return Title(parts=(named,))

    def _in_order(self, sort: str, language: str) -> list[str]:
        known = self._sorted.get((sort, language))
        if known is None:
            known = self._sort(sort, language)
            self._sorted[sort, language] = known
        return known

    def _sort(self, sort: str, language: str) -> list[str]:
        column = sort.removeprefix("-")
        facets = {one.key: one for one in (*self.view.columns, *SOURCES)}

        def name(thing: str) -> str:
            named = self.words.name(self.subjects[thing], language)
            return named.text if named else ""

        def text(thing: str) -> str:
            if column not in facets:
                return name(thing)
            cell = self.cell(facets[column], thing, language)
            return "; ".join(one.text for _, one in cell)

        things = sorted(self.subjects, key=lambda one: (text(one), name(one), one))
        things.sort(key=lambda one: fold(text(one)), reverse=sort.startswith("-"))
        return things


class Explorer:
    """All lists of a build; each is made when it is first asked for."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._listings: dict[str, Listing] = {}

    @cached_property
    def words(self) -> Words:
        """What everything is called."""
        return Words(self._site.triples("explore-names"))

    @cached_property
    def shapes(self) -> Shapes:
        """What the shapes say of lists."""
        return Shapes(self._site.triples("explore-shapes"))

    @cached_property
    def arranged(self) -> dict[str, View]:
        """The views of shapes/explore.ttl by class."""
        return {view.class_: view for view in self.shapes.views()}

    @cached_property
    def above(self) -> dict[str, set[str]]:
        """Each class with everything above it."""
        direct: dict[str, set[str]] = defaultdict(set)
        for row in self._site.terms:
            if (text_of(row, "relation") or "").endswith(_SUBCLASS):
                direct[text_of(row, "term") or ""].add(text_of(row, "other") or "")
        above = {}
        for term in list(direct):
            reached: set[str] = set()
            frontier = {term}
            while frontier:
                frontier = {up for one in frontier for up in direct.get(one, ())} - reached
                reached |= frontier
            above[term] = reached
        return above

    def slug(self, class_: str) -> str | None:
        """What the list of a class is called in an address; None where it can have no list."""
        view = self.arranged.get(class_)
        return view.slug if view else links.curie(class_)

    def class_of(self, slug: str) -> str | None:
        """The class whose list has this name."""
        named = (view.class_ for view in self.arranged.values() if view.slug == slug)
        return next(named, None) or links.expand(slug)

    def label(self, class_: str) -> Mapping[str, str]:
        """What the list of a class is called, by language."""
        view = self.arranged.get(class_)
        return view.names if view else self._site.term_labels.get(class_, {})

    @cached_property
    def kinds(self) -> TextIndex:
        """The lists of our own classes that have something in them, by the words of their names."""
        rows = self._site.kept_rows("kinds")
        classes = (text_of(row, "kind") or "" for row in rows)
        return TextIndex.of(
            {"thing": ox.NamedNode(class_), "text": ox.Literal(name, language=language)}
            for class_ in classes
            if class_.startswith(PREFIXES["steam"])
            for language, name in {
                **self._site.term_labels.get(class_, {}),
                **self.label(class_),
            }.items()
            if language
        )

    def listing(self, class_: str) -> Listing:
        """The list of a class. Raises one of ``engine.failures``."""
        known = self._listings.get(class_)
        if known is None:
            known = self._read(class_)
            if known.subjects:
                # Anybody may ask for a class that nothing is in, by any name.
                self._listings[class_] = known
        return known

    def _view(self, class_: str) -> View:
        """The view without columns, unless shapes/explore.ttl gives them."""
        arranged = self.arranged.get(class_)
        view = arranged or View(slug=self.slug(class_) or "", class_=class_, names={})
        facets = {one.key: one for one in view.facets}
        more = () if facets else self.shapes.facets_of({class_, *self.above.get(class_, ())})
        for facet in (*view.columns, *more, *self.shapes.common()):
            facets.setdefault(facet.key, facet)
        known = {key: self._marked(one) for key, one in facets.items()}
        shown = (*view.facets, *more, *self.shapes.common())
        return replace(
            view,
            facets=tuple(dict.fromkeys(known[one.key] for one in shown)),
            columns=tuple(known[one.key] for one in view.columns),
        )

    def _marked(self, facet: Facet) -> Facet:
        return replace(facet, origin=self.origins.get(facet.gives))

    @cached_property
    def origins(self) -> dict[str, Origin]:
        """The properties whose values no document gives, and what does."""
        found: dict[str, Origin] = {}
        for row in self._site.rows("explore-origins"):
            name, graph = text_of(row, "property") or "", text_of(row, "graph") or ""
            kind = (text_of(row, "kind") or "").rpartition("/")[2]
            graphs = found[name].graphs if name in found else ()
            found[name] = Origin(kind=kind, graphs=(*graphs, graph))
        return found

    @cached_property
    def successors(self) -> dict[str, tuple[Row, ...]]:
        """What became of institutions after the documents: rows of ``pages/later-successors``."""
        found: dict[str, tuple[Row, ...]] = {}
        for row in self._site.rows("later-successors"):
            thing = text_of(row, "thing") or ""
            found[thing] = (*found.get(thing, ()), row)
        return found

    def _read(self, class_: str) -> Listing:
        view = self._view(class_)
        asked = {one.key: one for one in (*view.facets, *view.columns, *SOURCES)}
        text = explore_query.members(view, tuple(asked.values()))
        subjects: dict[str, str] = {}
        values: dict[str, dict[str, list[str]]] = {key: {} for key in asked}
        for row in self._site.answered(Question(text=text)):
            thing, value = text_of(row, "thing") or "", text_of(row, "value")
            key = text_of(row, "facet")
            if key is None:
                subjects[thing] = text_of(row, "subject") or thing
            elif value:
                values[key].setdefault(thing, []).append(value)
        passages: dict[str, list[Lines]] = {}
        for row in self._site.rows("explore-sources", kind=ox.NamedNode(class_)):
            passages.setdefault(text_of(row, "thing") or "", []).append(
                Lines(
                    passage=text_of(row, "passage") or "",
                    first=int(text_of(row, "first") or 0),
                    last=int(text_of(row, "last") or 0),
                )
            )
        counties = {
            one.key: tuple(self.listing(_COUNTY).subjects)
            for one in view.columns
            if one.class_ == _COUNTY != class_
        }
        nameless = not all(self.words.name(one, "en") for one in subjects.values())
        changed = not self.successors.keys().isdisjoint(subjects.values())
        return Listing(
            view=replace(view, columns=view.columns or _columns(view, values), later=changed),
            words=self.words,
            subjects=subjects,
            values=values,
            passages=passages,
            composed=self._site.triples("things", kind=ox.NamedNode(class_)) if nameless else (),
            became=self.successors,
            offered=counties,
        )


def _columns(view: View, values: Mapping[str, Mapping[str, Sequence[str]]]) -> tuple[Facet, ...]:
    """The facets that say something of the things of a class; the sources have their own place."""
    apart = {MODALITY, *(one.key for one in SOURCES)}
    worth = [one for one in view.facets if one.key not in apart and values[one.key]]
    sure = [one for one in view.facets if one.key == MODALITY and values[one.key]]
    return (*worth[:_COLUMNS], *sure)


def current_explorer() -> Explorer:
    """The lists of the application that serves this request."""
    explorer = current_app.extensions.get(_EXTENSION)
    if not isinstance(explorer, Explorer):
        explorer = Explorer(current_site())
        current_app.extensions[_EXTENSION] = explorer
    return explorer
