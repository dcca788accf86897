"""The marks of facts: which graph each stands in, and where it comes from."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from flask_babel import gettext, lazy_gettext

from steamkg.graph.names import GRAPH
from steamkg.web import links
from steamkg.web.naming import Place, Text, pick
from steamkg.web.provenance import Provenance, Whence
from steamkg.web.rows import Value

_KINDS: Final = {
    # Whatever a page shows of an alignment has to say that no document says it.
    "alignment": lazy_gettext("our interpretation"),
    "asserted": lazy_gettext("asserted"),
    "catalogue": lazy_gettext("catalogue"),
    "description": lazy_gettext("description"),
    "graphs": lazy_gettext("description of graphs"),
    "inferred": lazy_gettext("inferred"),
    "later": lazy_gettext("later development"),
    "link": lazy_gettext("link"),
    "ontology": lazy_gettext("ontology"),
    "shapes": lazy_gettext("shapes"),
}
"""What a kind of graph is called beside a fact from it."""


@dataclass(frozen=True, kw_only=True)
class Mark:
    """The graph that a fact stands in: ``kind`` as in ``…/id/graph-kind/<kind>``."""

    text: Text
    kind: str
    href: str | None
    whence: Whence | None = None


class GraphKinds:
    """Which kind each named graph is of, for the marks."""

    def __init__(
        self, kinds: Mapping[str, str], sections: Mapping[str, Mapping[str, str]] | None = None
    ) -> None:
        """``kinds``: graph IRI to kind, as the manifest lists them; ``sections``: to its labels."""
        self._kinds = kinds
        self._sections = sections or {}

    def kind(self, graph: str) -> str:
        """The kind; ``section`` for a graph that the manifest does not list."""
        return self._kinds.get(graph, "section")

    def mark(self, graph: str) -> Mark:
        """The mark that a fact from ``graph`` carries."""
        kind = self.kind(graph)
        name = graph.removeprefix(GRAPH).rsplit("/", 1)[-1]
        if kind == "section":
            text = pick(self._sections.get(graph, {})) or Text(text=f"§ {name}")
        elif kind == "label":
            official = name == "official"
            words = gettext("label, official") if official else gettext("label, our translation")
            text = Text(text=words)
        else:
            text = Text(text=str(_KINDS.get(kind, kind)))
        return Mark(text=text, kind=kind, href=links.href(graph))


@dataclass(frozen=True, kw_only=True)
class Marked:
    """What marks are made of; without ``provenance`` they name the graph alone."""

    kinds: GraphKinds
    provenance: Provenance | None = None
    places: tuple[Place, ...] = ()

    def marks(self, property_: str, value: Value, graphs: Iterable[str]) -> tuple[Mark, ...]:
        """The marks of a fact that stands in ``graphs``."""
        return tuple(self._mark(property_, value, graph) for graph in sorted(graphs))

    def _mark(self, property_: str, value: Value, graph: str) -> Mark:
        mark = self.kinds.mark(graph)
        if self.provenance is None:
            return mark
        whence = self.provenance.of(property_, value, graph, kind=mark.kind, places=self.places)
        return replace(mark, text=_lines(whence) or mark.text, whence=whence)


def _lines(whence: Whence) -> Text | None:
    """The lines that say it: they tell a reader more than the name of a graph."""
    if not whence.places:
        return Text(text=whence.lines) if whence.lines else None
    return Text(text=whence.places[0].lines + (" …" if len(whence.places) > 1 else ""))
