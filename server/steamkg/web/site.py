"""What all pages share: the engine, the stored queries, and facts that hold for a whole build.

One per application, made in ``create_app`` and reached through ``current_site``.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Final, Protocol, TypeVar

import pyoxigraph as ox
from flask import current_app
from flask_babel import lazy_gettext

from steamkg.engine.failures import ResultTooLarge
from steamkg.engine.library import Library, StoredQuery
from steamkg.engine.question import Answer, Question, Term
from steamkg.graph.names import ALL, ASSERTED, ONTOLOGY_GRAPH, PREFIXES
from steamkg.web.arrangement import Arrangement
from steamkg.web.language import fallback
from steamkg.web.marks import GraphKinds
from steamkg.web.naming import Names
from steamkg.web.provenance import Graphs
from steamkg.web.rows import Row, labels_of, text_of
from steamkg.web.search_index import SearchIndex
from steamkg.web.text_index import TextIndex

EXTENSION: Final = "steamkg.site"
HIDDEN_TOPIC: Final = "pages"
MERGED: Final = {
    ALL: lazy_gettext(
        "Everything asserted and what follows from it, merged into one graph for use in FROM."
    ),
    ASSERTED: lazy_gettext(
        "Everything that documents, labels and links say, without what follows from it."
    ),
}
"""The two graphs that the build merges from all others, and what each holds."""
Made = TypeVar("Made")
_SOLUTIONS: Final = "application/sparql-results+json"
_TRIPLES: Final = "application/n-triples"
_VERSION: Final = PREFIXES["owl"] + "versionInfo"


class Asked(Protocol):
    """What answers questions: the pool, or a stand-in for it."""

    def ask(self, question: Question) -> Answer:
        """The whole answer. Raises one of ``engine.failures``."""
        ...


@dataclass(frozen=True)
class Topic:
    """The stored queries of one folder."""

    name: str
    queries: tuple[StoredQuery, ...]


@dataclass(kw_only=True)
class Site:
    """Asks on behalf of pages. ``manifest`` is that of the build which ``engine`` answers from."""

    engine: Asked
    library: Library
    manifest: Mapping[str, Any] = field(default_factory=dict)
    _kept: dict[str, Sequence[Row]] = field(default_factory=dict, init=False, repr=False)
    _remembered: dict[str, Any] = field(default_factory=dict, init=False, repr=False)
    _years: dict[str, str] | None = field(default=None, init=False, repr=False)

    def ask(self, question: Question) -> Answer:
        """The engine's answer."""
        return self.engine.ask(question)

    def question(
        self, name: str, bindings: Mapping[str, Term], *, graph: str | None = None
    ) -> Question:
        """A stored query of the pages with values for its variables, asked of one graph or all."""
        stored = self.library[f"{HIDDEN_TOPIC}/{name}"]
        question = replace(
            stored.question(), bindings=dict(bindings), solutions=_SOLUTIONS, triples=_TRIPLES
        )
        return replace(question, default_graphs=(graph,)) if graph else question

    def rows(self, name: str, **bindings: Term) -> list[Row]:
        """The rows of a SELECT among the pages' queries; unbound variables are left out."""
        return self.answered(self.question(name, bindings))

    def answered(self, question: Question) -> list[Row]:
        """The rows of a SELECT; unbound variables are left out."""
        answer = self.ask(replace(question, solutions=_SOLUTIONS))
        results = ox.parse_query_results(answer.body, ox.QueryResultsFormat.JSON)
        if not isinstance(results, ox.QuerySolutions):
            raise TypeError("no SELECT")
        columns = [variable.value for variable in results.variables]
        return [
            {
                column: value
                for column, value in zip(columns, solution, strict=True)
                if value is not None
            }
            for solution in results
        ]

    def kept_rows(self, name: str) -> Sequence[Row]:
        """The rows of a SELECT that takes its time and no values: asked once."""
        if name not in self._kept:
            self._kept[name] = tuple(self.rows(name))
        return self._kept[name]

    def remembered(self, key: str, make: Callable[[], Made]) -> Made:
        """What ``make`` gave when it was first asked for: a build never changes."""
        if key not in self._remembered:
            self._remembered[key] = make()
        found: Made = self._remembered[key]
        return found

    def names(self, language: str) -> Names:
        """What everything is called in a language; nothing where that is more than an answer."""

        def make() -> Names:
            try:
                return Names(self.triples("all-names"), fallback(language))
            except ResultTooLarge:
                return Names((), fallback(language))

        return self.remembered(f"names:{language}", make)

    def glossary(self, known: str, wanted: str) -> Mapping[str, tuple[str, str]]:
        """Names in one language to the name in another and its code; without ambiguous ones."""

        def make() -> dict[str, tuple[str, str]]:
            found: dict[str, set[str | None]] = {}
            names = self.names(wanted)
            for iri in names.subjects():
                labels = names.said(iri)
                if known in labels:
                    # A thing without a name in that language must not get another thing's.
                    found.setdefault(labels[known], set()).add(labels.get(wanted))
            return {
                one: (word, wanted)
                for one, words in found.items()
                if len(words) == 1 and (word := words.pop())
            }

        return self.remembered(f"glossary:{known}:{wanted}", make)

    def as_of(self, thing: str) -> str | None:
        """The year for which the document of a thing speaks, where it is known."""
        if self._years is None:
            rows = self.rows("dated-things")
            self._years = {text_of(row, "thing") or "": text_of(row, "asOf") or "" for row in rows}
        return self._years.get(thing)

    def triples(self, name: str, **bindings: Term) -> list[ox.Triple]:
        """The triples of a CONSTRUCT among the pages' queries."""
        answer = self.ask(self.question(name, bindings))
        return [quad.triple for quad in ox.parse(answer.body, ox.RdfFormat.N_TRIPLES)]

    def holds(self, name: str, **bindings: Term) -> bool:
        """The answer to an ASK among the pages' queries."""
        answer = self.ask(self.question(name, bindings))
        return bool(ox.parse_query_results(answer.body, ox.QueryResultsFormat.JSON))

    @property
    def version(self) -> str:
        """The content hash of the data; empty where there is no build."""
        return str(self.manifest.get("version", ""))

    @property
    def graphs(self) -> Mapping[str, Mapping[str, Any]]:
        """The named graphs: IRI to triples, kind and files."""
        found: Mapping[str, Mapping[str, Any]] = self.manifest.get("graphs", {})
        return found

    @property
    def merged_triples(self) -> dict[str, int | None]:
        """How many triples the two merged graphs hold."""
        return {ALL: self.manifest.get("default"), ASSERTED: self.manifest.get("asserted")}

    @cached_property
    def graph_kinds(self) -> GraphKinds:
        """The kind of each named graph, and what its section is called."""
        return GraphKinds(
            {iri: str(about.get("kind")) for iri, about in self.graphs.items()},
            {iri: labels_of(row, "source") for iri, row in self.provenance.sources.items()},
        )

    @cached_property
    def terms(self) -> Sequence[Row]:
        """The rows of ``pages/terms``: asked once, for a build never changes."""
        return self.rows("terms")

    @cached_property
    def provenance(self) -> Graphs:
        """Where the named graphs come from."""
        return Graphs.of(self.rows("graphs"), self.rows("graph-evidence"))

    @cached_property
    def term_labels(self) -> Mapping[str, Mapping[str, str]]:
        """What each term of the ontology is called, by language."""
        return {text_of(row, "term") or "": labels_of(row, "label") for row in self.terms}

    @cached_property
    def modalities(self) -> Sequence[Row]:
        """The rows of ``pages/modalities``."""
        return self.rows("modalities")

    @cached_property
    def search_index(self) -> SearchIndex:
        """The names of everything: asked once, for a build never changes."""
        return SearchIndex.of(self.rows("search-names"))

    @cached_property
    def text_index(self) -> TextIndex:
        """What is said of everything, by word: asked once, for a build never changes."""
        return TextIndex.of(self.rows("search-texts"))

    @cached_property
    def arrangement(self) -> Arrangement:
        """The layout of facts that shapes and ontology give."""
        return Arrangement.of(self.rows("layout"), self.terms)

    @cached_property
    def counts(self) -> dict[str, int]:
        """The graph in numbers, by variable of ``pages/counts``; ``asOf`` is a year."""
        found = self.rows("counts")
        return {
            name: int(value.value)
            for name, value in (found[0] if found else {}).items()
            if isinstance(value, ox.Literal)
        }

    @cached_property
    def ontology_version(self) -> str | None:
        """The version of the ontology served."""
        rows = self.rows("facts", entity=ox.NamedNode(ONTOLOGY_GRAPH))
        return next(
            (text_of(row, "value") for row in rows if text_of(row, "property") == _VERSION), None
        )

    @cached_property
    def topics(self) -> tuple[Topic, ...]:
        """The stored queries by folder, without those that only draw pages."""
        found: dict[str, list[StoredQuery]] = {}
        for name, query in self.library.items():
            topic, _, _ = name.rpartition("/")
            if topic != HIDDEN_TOPIC:
                found.setdefault(topic, []).append(query)
        return tuple(Topic(name, tuple(queries)) for name, queries in found.items())


def current_site() -> Site:
    """The site of the application that serves this request."""
    site = current_app.extensions[EXTENSION]
    if not isinstance(site, Site):
        raise TypeError(type(site))
    return site
