"""The page that says why a triple holds: ``/<language>/why?s=…&p=…&o=…``."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

import pyoxigraph as ox
from flask import Blueprint, render_template, request

from steamkg.graph.names import ENTITY
from steamkg.web import explanation, links, triples
from steamkg.web.errors import UnknownError
from steamkg.web.explanation import Explanation, Premise
from steamkg.web.facts import Shown, show
from steamkg.web.language import local_path
from steamkg.web.marks import Mark
from steamkg.web.naming import Names, Place, Text, Title, pick
from steamkg.web.provenance import Provenance, why_path
from steamkg.web.rows import Value, text_of
from steamkg.web.site import Site, current_site

blueprint: Final = Blueprint("why", __name__)


@dataclass(frozen=True, kw_only=True)
class Sentence:
    """A triple to be read: its parts, its graphs, and why it holds where it is inferred."""

    subject: Shown
    property: Text
    property_href: str | None
    object: Shown
    marks: tuple[Mark, ...] = ()
    why: str | None = None


@blueprint.get("/why")
def page() -> str:
    """The rules and the premises behind one triple."""
    site = current_site()
    subject = triples.iri("s", request.args.get("s", ""))
    property_ = triples.iri("p", request.args.get("p", ""))
    value = triples.term("o", request.args.get("o", ""))
    rows = site.rows("triple-graphs", s=subject, p=property_, o=value)
    graphs = [text_of(row, "graph") or "" for row in rows]
    if not graphs:
        raise UnknownError(f"{subject} {property_} {value}")
    reader = _Reader(site)
    found = explanation.explanations(subject, property_, value, asked=site, kinds=site.graph_kinds)
    return render_template(
        "why.html",
        conclusion=reader.sentence(subject, property_.value, value, graphs),
        inferred=any(site.graph_kinds.kind(graph) == "inferred" for graph in graphs),
        asserted=any(site.graph_kinds.kind(graph) != "inferred" for graph in graphs),
        rules=[
            (rule, [_told(one, reader) for one in ways[: explanation.MOST]], len(ways))
            for rule, ways in explanation.by_rule(found).items()
        ],
        behind=_behind,
        subject=subject.value,
        property=property_.value,
        value=triples.written(value),
        section="/explore",
    )


def _behind(rule: str, subject: str, property_: str, value: str) -> str | None:
    """The stored query of a rule with this triple; a literal cannot be given to it."""
    if value.startswith('"'):
        return local_path(f"/query/pages/why-{rule}")
    query = {"s": subject, "p": property_, "o": value}
    return links.with_query(local_path(f"/query/pages/why-{rule}"), query)


def _told(one: Explanation, reader: "_Reader") -> list[Sentence]:
    return [reader.premise(premise) for premise in one.premises]


class _Reader:
    """Puts triples into words; asks for the names of each thing once."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._names: dict[str, Names] = {}

    def premise(self, premise: Premise) -> Sentence:
        return self.sentence(premise.subject, premise.property, premise.object, premise.graphs)

    def sentence(
        self, subject: Value, property_: str, value: Value, graphs: Iterable[str]
    ) -> Sentence:
        kinds = self._site.graph_kinds
        places: tuple[Place, ...] = ()
        if isinstance(subject, ox.NamedNode) and subject.value.startswith(ENTITY):
            rows = self._site.rows("facts", entity=subject)
            names = self._of(subject.value)
            places = tuple(
                place
                for row in rows
                if (text_of(row, "property") or "").endswith("/terms/source")
                and (place := names.place(text_of(row, "value") or ""))
            )
        provenance = Provenance(subject=subject.value, graphs=self._site.provenance)
        marks = []
        for graph in graphs:
            mark = kinds.mark(graph)
            whence = provenance.of(property_, value, graph, kind=mark.kind, places=places)
            marks.append(Mark(text=mark.text, kind=mark.kind, href=mark.href, whence=whence))
        inferred = bool(marks) and all(mark.kind == "inferred" for mark in marks)
        return Sentence(
            subject=self._shown(subject),
            property=self._site.arrangement.label(property_),
            property_href=links.href(property_),
            object=self._shown(value),
            marks=tuple(marks),
            why=why_path(subject.value, property_, value) if inferred else None,
        )

    def _shown(self, value: Value) -> Shown:
        if isinstance(value, ox.BlankNode):
            # The inside of an axiom has no name; the premise after it says what it holds.
            return Shown(title=Title(parts=(Text(text="[ … ]"),)))
        if isinstance(value, ox.Literal):
            return show(value, Names(()))
        named = pick(self._site.term_labels.get(value.value, {}))
        if named is not None:
            return Shown(
                title=Title(parts=(named,)),
                iri=value.value,
                href=links.href(value.value),
                outside=links.outside(value.value),
            )
        names = self._of(value.value) if value.value.startswith(ENTITY) else Names(())
        shown = show(value, names)
        return replace(shown, title=replace(shown.title, second=None))

    def _of(self, iri: str) -> Names:
        if iri not in self._names:
            self._names[iri] = Names(self._site.triples("own-names", entity=ox.NamedNode(iri)))
        return self._names[iri]
