"""A picture of the core classes and how they are joined, as shapes for an SVG.

Which classes are shown and in which cell of a grid is decided here; names, who is below whom and
which relations join them come from the ontology and from what the data use.
"""

import textwrap
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from steamkg.graph.names import PREFIXES, STEAM
from steamkg.web.rows import Row, text_of

_CELLS: Final = {
    "Document": (0, 0),
    "Section": (1, 0),
    "Passage": (2, 0),
    "Statement": (3, 0),
    "Modality": (4, 0),
    "EstablishedBody": (0, 1),
    "GovernanceBody": (1, 1),
    "Task": (2, 1),
    "Partnership": (3, 1),
    "CategoryRole": (4, 1),
    "ProposedBody": (0, 2),
    "Municipality": (1, 2),
    "Network": (2, 2),
    "PartnershipStatus": (3, 2),
    "PartnerCategory": (4, 2),
    "Centre": (0, 3),
    "CentreType": (1, 3),
    "Activity": (2, 3),
    "Alliance": (3, 3),
    "PartnershipArea": (4, 3),
    "City": (0, 4),
    "KeyArea": (3, 4),
}
_OF_EVERYTHING: Final = (PREFIXES["dcterms"] + "source", STEAM + "modality")
"""What every statement and thing has; drawn for the statement alone."""
_LEFT_OUT: Final = tuple(
    STEAM + name for name in ("beneficiary", "concerns", "servesKeyArea", "togetherWith")
)
"""What may join almost anything, and what is our interpretation."""
_STATEMENT: Final = "Statement"
_SEEN: Final = 5
"""How often the data join two classes before it is drawn, unless axioms join them."""
_SUBCLASS: Final = PREFIXES["rdfs"] + "subClassOf"
_DOMAIN: Final = PREFIXES["rdfs"] + "domain"
_RANGE: Final = PREFIXES["rdfs"] + "range"
_WIDTH, _HEIGHT = 170, 58
_ACROSS, _DOWN = 262, 138
_MARGIN: Final = 8
_LINE: Final = 17


@dataclass(frozen=True, kw_only=True)
class Box:
    """A class: its corner, and its name in lines, each with the height of its foot."""

    local: str
    name: str
    x: int
    y: int
    lines: tuple[tuple[int, str], ...]


@dataclass(frozen=True, kw_only=True)
class Arrow:
    """From one class to another; ``label`` is empty for "is a kind of"."""

    start: str
    end: str
    label: str
    x1: float
    y1: float
    x2: float
    y2: float
    lines: tuple[tuple[float, str], ...]

    @property
    def middle(self) -> float:
        """Where the label is centred."""
        return (self.x1 + self.x2) / 2


@dataclass(frozen=True, kw_only=True)
class Picture:
    """All shapes, and the size of what they fill."""

    width: int
    height: int
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]

    @property
    def said(self) -> list[tuple[str, str, str]]:
        """Each arrow in words: class, relation (empty for "a kind of"), class."""
        names = {box.local: box.name for box in self.boxes}
        return [(names[one.start], one.label, names[one.end]) for one in self.arrows]

    width_of_box: int = _WIDTH
    height_of_box: int = _HEIGHT


def picture(terms: Iterable[Row], uses: Iterable[Row], name: Callable[[str], str]) -> Picture:
    """From the rows of ``pages/terms`` and ``pages/class-relations``; ``name`` names an IRI."""
    terms = list(terms)
    above = _above(terms)
    present = {iri.removeprefix(STEAM) for row in terms if (iri := text_of(row, "term") or "")}
    shown = {local: cell for local, cell in _CELLS.items() if local in present}
    joined = _joined(terms, uses, above)
    arrows = [
        _arrow(start, end, "")
        for start, ends in above.items()
        for end in ends
        if start in shown and end in shown
    ]
    for (start, end), relations in sorted(joined.items()):
        if start in shown and end in shown and start != end:
            label = ", ".join(dict.fromkeys(name(relation) for relation in sorted(relations)))
            back = start > end and (end, start) in joined
            arrows.append(_arrow(start, end, label, below=back))
    columns = 1 + max((column for column, _ in shown.values()), default=0)
    rows = 1 + max((row for _, row in shown.values()), default=0)
    return Picture(
        width=2 * _MARGIN + (columns - 1) * _ACROSS + _WIDTH,
        height=2 * _MARGIN + (rows - 1) * _DOWN + _HEIGHT,
        boxes=tuple(_box(local, name(STEAM + local)) for local in shown),
        arrows=tuple(arrows),
    )


def _above(terms: Iterable[Row]) -> dict[str, list[str]]:
    """Class → the classes of ours right above it, by local name."""
    found: dict[str, list[str]] = {}
    for row in terms:
        term, other = text_of(row, "term") or "", text_of(row, "other") or ""
        if text_of(row, "relation") == _SUBCLASS and other.startswith(STEAM):
            found.setdefault(term.removeprefix(STEAM), []).append(other.removeprefix(STEAM))
    return found


def _joined(
    terms: Iterable[Row], uses: Iterable[Row], above: Mapping[str, list[str]]
) -> dict[tuple[str, str], set[str]]:
    """Pairs of classes → the relations that join them by axiom or by use."""
    ends: dict[str, dict[str, str]] = {}
    for row in terms:
        relation, other = text_of(row, "relation") or "", text_of(row, "other") or ""
        if relation in (_DOMAIN, _RANGE) and other.startswith(STEAM):
            ends.setdefault(text_of(row, "term") or "", {})[relation] = other.removeprefix(STEAM)
    found: dict[tuple[str, str], set[str]] = {}
    for property_, both in ends.items():
        if len(both) == 2 and both[_DOMAIN] != _STATEMENT:
            found.setdefault((both[_DOMAIN], both[_RANGE]), set()).add(property_)
    counted: dict[tuple[str, str, str], int] = {}
    for row in uses:
        property_ = text_of(row, "property") or ""
        start, end = (
            _lifted((text_of(row, name) or "").removeprefix(STEAM), above)
            for name in ("from", "to")
        )
        if property_ in _OF_EVERYTHING:
            start = _STATEMENT
        if property_ not in _LEFT_OUT:
            key = (start, end, property_)
            counted[key] = counted.get(key, 0) + int(text_of(row, "uses") or 0)
    for (start, end, property_), number in counted.items():
        if number >= _SEEN:
            found.setdefault((start, end), set()).add(property_)
    return found


def _lifted(local: str, above: Mapping[str, list[str]]) -> str:
    """The highest class over ``local``; a kind of statement stays itself."""
    for higher in above.get(local, ()):
        if higher != _STATEMENT:
            return _lifted(higher, above)
    return local


def _box(local: str, name: str) -> Box:
    column, row = _CELLS[local]
    x, y = _MARGIN + column * _ACROSS, _MARGIN + row * _DOWN
    written = textwrap.wrap(name[:1].upper() + name[1:], 20)[:3]
    first = y + _HEIGHT // 2 + 5 - (len(written) - 1) * _LINE // 2
    lines = tuple((first + number * _LINE, line) for number, line in enumerate(written))
    return Box(local=local, name=name, x=x, y=y, lines=lines)


def _arrow(start: str, end: str, label: str, *, below: bool = False) -> Arrow:
    """From border to border along the line between the centres.

    ``below``: the words of a level arrow stand below it, for above stand those of the way back.
    """
    (column, row), (to_column, to_row) = _CELLS[start], _CELLS[end]
    across, down = (to_column - column) * _ACROSS, (to_row - row) * _DOWN
    x, y = (
        _MARGIN + column * _ACROSS + _WIDTH / 2,
        _MARGIN + row * _DOWN + _HEIGHT / 2,
    )
    # How far from a centre the line leaves the box, as a share of its length.
    share = min(
        _WIDTH / 2 / abs(across) if across else 1,
        _HEIGHT / 2 / abs(down) if down else 1,
    )
    gap = share + 4 / max(abs(across), abs(down), 1)
    x1, y1 = x + across * share, y + down * share
    x2, y2 = x + across * (1 - gap), y + down * (1 - gap)
    written = textwrap.wrap(label, 13, break_long_words=False)
    middle = (y1 + y2) / 2 + 4 - (len(written) - 1) * 13 / 2
    if not down:
        middle += (3 + len(written) * 6.5) * (1 if below else -1) + (5 if below else 0)
    lines = tuple((middle + number * 13, line) for number, line in enumerate(written))
    return Arrow(start=start, end=end, label=label, x1=x1, y1=y1, x2=x2, y2=y2, lines=lines)
