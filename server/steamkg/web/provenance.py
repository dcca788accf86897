"""Where a fact comes from, in words for the reader: section and lines, evidence, reason, or rule.

The named graph of a triple decides what is told: a section of a document, a link with its evidence,
an alignment with the words "our interpretation", a label, a derivation. Works on rows that the
queries in ``queries/pages`` returned; asks nothing itself.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from flask_babel import format_percent

from steamkg.graph.names import STEAM
from steamkg.web import links, triples
from steamkg.web.language import local_path
from steamkg.web.naming import Place, Text, Title, lines, pick
from steamkg.web.rows import Row, Value, labels_of, text_of

_LABEL_SOURCE: Final = STEAM + "labelSource"


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What a link rests on. ``source`` is an address or a repository's file at a commit."""

    scheme: Text | None
    notation: str | None
    source: str
    href: str | None
    retrieved: str | None
    licence: str | None
    identification: str | None


@dataclass(frozen=True, kw_only=True)
class Reason:
    """Why we align two things; ``confidence`` in percent, as the language writes it."""

    words: Text | None
    confidence: str | None
    mapping: str | None


@dataclass(frozen=True, kw_only=True)
class Whence:
    """Where one triple comes from; ``kind`` is that of its graph."""

    kind: str
    section: Text | None = None
    section_href: str | None = None
    places: tuple[Place, ...] = ()
    lines: str | None = None
    document: Title | None = None
    document_href: str | None = None
    about: Text | None = None
    evidence: tuple[Evidence, ...] = ()
    reasons: tuple[Reason, ...] = ()
    why: str | None = None


@dataclass(frozen=True, kw_only=True)
class Graphs:
    """What is known of the named graphs: rows of ``pages/graphs`` and ``pages/graph-evidence``."""

    sources: Mapping[str, Row] = field(default_factory=dict)
    evidence: Mapping[str, Sequence[Row]] = field(default_factory=dict)

    @classmethod
    def of(cls, graphs: Iterable[Row], evidence: Iterable[Row]) -> "Graphs":
        """From the rows of the two queries."""
        found: dict[str, list[Row]] = defaultdict(list)
        for row in evidence:
            found[text_of(row, "graph") or ""].append(row)
        sources = {text_of(row, "graph") or "": row for row in graphs if "source" in row}
        return cls(sources=sources, evidence=dict(found))


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """Tells of each fact of one thing where it comes from."""

    subject: str
    graphs: Graphs
    facts: Sequence[Row] = ()
    identifications: Sequence[Row] = ()
    mappings: Sequence[Row] = ()

    def of(
        self, property_: str, value: Value, graph: str, *, kind: str, places: Sequence[Place]
    ) -> Whence:
        """The origin of the triple in ``graph``, which is of ``kind``; ``places`` of the thing."""
        if kind == "inferred":
            return Whence(kind=kind, why=why_path(self.subject, property_, value))
        if kind == "alignment":
            return Whence(kind=kind, reasons=self._reasons(property_, value))
        if kind == "section":
            return self._section(graph, places)
        about = next(iter(self.graphs.evidence.get(graph, ())), None)
        return Whence(
            kind=kind,
            about=pick(labels_of(about, "about")) if about else None,
            evidence=self._labelled() if kind == "label" else self._evidence(graph, value),
        )

    def _section(self, graph: str, places: Sequence[Place]) -> Whence:
        row = self.graphs.sources.get(graph)
        if row is None:
            return self._as_cited(places)
        iri = text_of(row, "source") or ""
        first, last = text_of(row, "firstLine"), text_of(row, "lastLine")
        here = tuple(place for place in places if iri in (place.section_iri, place.passage))
        document = next((place for place in here or places if place.document), None)
        return Whence(
            kind="section",
            section=pick(labels_of(row, "source")) or Text(text=links.short(iri)),
            section_href=links.href(iri),
            places=here,
            lines=lines(first, last) if first and last else None,
            document=document.document if document else None,
            document_href=links.href(document.document_iri)
            if document and document.document_iri
            else None,
        )

    def _as_cited(self, places: Sequence[Place]) -> Whence:
        """Of a graph that nothing describes: what the thing itself cites."""
        place = next(iter(places), None)
        titles = place.section.parts if place and place.section else ()
        return Whence(
            kind="section",
            section=titles[0] if titles else None,
            section_href=links.href(place.section_iri) if place and place.section_iri else None,
            places=tuple(places),
            document=place.document if place else None,
            document_href=links.href(place.document_iri) if place and place.document_iri else None,
        )

    def _evidence(self, graph: str, value: Value) -> tuple[Evidence, ...]:
        """Of the identifications in the graph those that the value speaks of, else the graph's."""
        here = [row for row in self.identifications if text_of(row, "graph") == graph]
        said = value.value
        fitting = [row for row in here if (text_of(row, "notation") or "\0") in said]
        rows = fitting or here or list(self.graphs.evidence.get(graph, ()))
        return tuple(dict.fromkeys(_evidence(row) for row in rows if "evidence" in row))

    def _labelled(self) -> tuple[Evidence, ...]:
        return tuple(
            _evidence({"evidence": row["value"]})
            for row in self.facts
            if text_of(row, "property") == _LABEL_SOURCE
        )

    def _reasons(self, property_: str, value: Value) -> tuple[Reason, ...]:
        return tuple(
            _reason(row)
            for row in self.mappings
            if text_of(row, "property") == property_ and row.get("value") == value
        )


def why_path(subject: str, property_: str, value: Value) -> str:
    """The page that explains a triple."""
    query = {"s": subject, "p": property_, "o": triples.written(value)}
    return links.with_query(local_path("/why"), query)


def _evidence(row: Row) -> Evidence:
    source = text_of(row, "evidence") or ""
    return Evidence(
        scheme=pick(labels_of(row, "scheme")),
        notation=text_of(row, "notation"),
        source=source,
        href=source if source.startswith(("http://", "https://")) else None,
        retrieved=text_of(row, "retrieved"),
        licence=text_of(row, "licence"),
        identification=links.href(text_of(row, "identification") or ""),
    )


def _reason(row: Row) -> Reason:
    confidence = text_of(row, "confidence")
    return Reason(
        words=pick(labels_of(row, "reason")),
        confidence=str(format_percent(float(confidence))) if confidence else None,
        mapping=links.href(text_of(row, "mapping") or ""),
    )
