"""Which lines of a document its data rest on, and why the others need nothing.

A line is *cited* when a passage's range holds it, and *explained* when the file
``data/<document>/uncited.csv`` gives a reason. Any other line is a fact that nobody entered, and
a finding. The texts themselves are not needed: lines are numbers here, the document's node says
how many there are, and a test holds the reasons against the text.
"""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rdflib import DCTERMS, RDF, Graph, Literal, Namespace, URIRef
from rdflib.term import Node

from steamkg.graph.content import UNCITED, Content
from steamkg.graph.findings import Finding
from steamkg.graph.names import STEAM, short

RULE: Final = "coverage"
HEADER: Final = ["first", "last", "reason"]
REASONS: Final = ("blank", "contact", "contents", "heading", "page furniture")

_STEAM: Final = Namespace(STEAM)


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """The lines of one section that lie in none of its parts; all numbers count lines."""

    section: str
    """The section's IRI, or the document's for the lines that no section holds."""
    first: int
    last: int
    cited: int
    explained: int
    missing: tuple[int, ...]

    @property
    def lines(self) -> int:
        """How many lines the section has of its own."""
        return self.cited + self.explained + len(self.missing)


@dataclass(frozen=True)
class _Part:
    iri: URIRef
    first: int
    last: int

    def range(self) -> range:
        return range(self.first, self.last + 1)


def coverage(content: Content, said: Graph) -> tuple[tuple[Coverage, ...], tuple[Finding, ...]]:
    """The sections of every document in line order, and what is wrong with their coverage.

    ``said`` is the merge of the section graphs.
    """
    rows: list[Coverage] = []
    findings: list[Finding] = []
    for document in sorted(said.subjects(RDF.type, _STEAM.Document), key=str):
        whole = _part(said, document)
        if whole is None:
            continue
        name = f"data/{whole.iri.rsplit('/', 1)[-1]}/{UNCITED}"
        reasons, wrong = _reasons(content.root / name, name, whole)
        findings += wrong
        cited = _cited(said, document)
        findings += [
            _finding(name, row, f"line {line} is cited by a passage, so it needs no reason")
            for line, row in reasons.items()
            if line in cited
        ]
        for part, own in _own_lines(said, whole):
            missing = tuple(line for line in own if line not in cited and line not in reasons)
            rows.append(
                Coverage(
                    section=str(part.iri),
                    first=part.first,
                    last=part.last,
                    cited=sum(line in cited for line in own),
                    explained=sum(line in reasons and line not in cited for line in own),
                    missing=missing,
                )
            )
            if missing:
                message = f"no passage cites {in_ranges(missing)}, and {UNCITED} does not say why"
                findings.append(
                    Finding(file=name, rule=RULE, focus=short(part.iri), message=message)
                )
    return tuple(rows), tuple(findings)


def in_ranges(lines: Sequence[int]) -> str:
    """``line 7``, ``lines 3-5, 9``."""
    ranges: list[list[int]] = []
    for line in lines:
        if ranges and line == ranges[-1][1] + 1:
            ranges[-1][1] = line
        else:
            ranges.append([line, line])
    written = ", ".join(f"{a}" if a == b else f"{a}-{b}" for a, b in ranges)
    return f"line{'s' if len(lines) > 1 else ''} {written}"


def _part(graph: Graph, node: Node) -> _Part | None:
    first, last = (graph.value(node, line) for line in (_STEAM.firstLine, _STEAM.lastLine))
    if isinstance(node, URIRef) and isinstance(first, Literal) and isinstance(last, Literal):
        return _Part(node, int(first), int(last))
    return None


def _within(graph: Graph, document: Node) -> Iterator[Node]:
    """Everything that is part of the document, at any depth."""
    for node in graph.transitive_subjects(DCTERMS.isPartOf, document):
        if node is not None:
            yield node


def _cited(graph: Graph, document: Node) -> set[int]:
    cited: set[int] = set()
    for node in _within(graph, document):
        if (node, RDF.type, _STEAM.Passage) in graph and (part := _part(graph, node)):
            cited.update(part.range())
    return cited


def _own_lines(graph: Graph, whole: _Part) -> Iterator[tuple[_Part, list[int]]]:
    """Each section, and the document itself, with the lines that no smaller section holds."""
    parts = [
        part
        for node in _within(graph, whole.iri)
        if (node, RDF.type, _STEAM.Section) in graph and (part := _part(graph, node))
    ]
    owner: dict[int, _Part] = dict.fromkeys(whole.range(), whole)
    for part in sorted(parts, key=lambda part: len(part.range()), reverse=True):
        owner.update(dict.fromkeys(part.range(), part))
    for part in sorted([whole, *parts], key=lambda part: (part.first, -part.last)):
        yield part, [line for line in part.range() if owner[line] is part]


def _reasons(path: Path, name: str, whole: _Part) -> tuple[dict[int, int], list[Finding]]:
    """Line → the row that explains it; a row that cannot be used is a finding."""
    if not path.is_file():
        return {}, []
    reasons: dict[int, int] = {}
    findings: list[Finding] = []
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        if next(rows, None) != HEADER:
            return {}, [_finding(name, 1, f"the first line must be {','.join(HEADER)}")]
        for number, row in enumerate(rows, start=2):
            wrong = _wrong(row, whole)
            if wrong:
                findings.append(_finding(name, number, wrong))
                continue
            for line in range(int(row[0]), int(row[1]) + 1):
                if line in reasons:
                    wrong = f"line {line} has a reason in row {reasons[line]} already"
                    findings.append(_finding(name, number, wrong))
                reasons[line] = number
    return reasons, findings


def _wrong(row: list[str], whole: _Part) -> str:
    """Why a row cannot be used; "" when it can."""
    if len(row) != len(HEADER) or not (row[0].isdecimal() and row[1].isdecimal()):
        return f"a row is {','.join(HEADER)}, the first two being line numbers"
    if not whole.first <= int(row[0]) <= int(row[1]) <= whole.last:
        return f"{row[0]}-{row[1]} is no range within lines {whole.first} to {whole.last}"
    if row[2] not in REASONS:
        return f"{row[2]!r} is no reason; the reasons are {', '.join(REASONS)}"
    return ""


def _finding(name: str, line: int, message: str) -> Finding:
    return Finding(file=name, line=line, column=1, rule=RULE, message=message)
