"""References such as ``A 354`` in the reasons of alignments: a letter for a document, and a line.

A reference leads to the passage of that line, where the data have one. Which thing rests on which
lines is known here as well; the words of the documents are not.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from steamkg.graph.names import ENTITY
from steamkg.web import links
from steamkg.web.rows import Row, text_of

LETTERS: Final[Mapping[str, str]] = {
    "A": ENTITY + "document/cooperation-model",
    "B": ENTITY + "document/stem-alliance",
}
"""The documents by the letter that reasons and the notes to the data give them."""

_OF: Final = {iri: letter for letter, iri in LETTERS.items()}
_REFERENCE: Final = re.compile(r"\b([AB]) (\d+)(?:[-–](\d+))?")


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A part of a text; ``href`` where it is a reference to lines that have a passage."""

    text: str
    href: str | None = None


@dataclass(frozen=True, kw_only=True)
class Citations:
    """The passages by letter and lines, and the lines of things."""

    passages: Mapping[tuple[str, int, int], str] = field(default_factory=dict)
    things: Mapping[str, tuple[Piece, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Iterable[Row]) -> "Citations":
        """From the rows of ``pages/alliance-passages``."""
        passages: dict[tuple[str, int, int], str] = {}
        things: dict[str, dict[Piece, None]] = {}
        for row in rows:
            letter, iri = _OF.get(text_of(row, "document") or ""), text_of(row, "passage") or ""
            if letter is None:
                continue
            first, last = int(text_of(row, "first") or 0), int(text_of(row, "last") or 0)
            passages[letter, first, last] = iri
            told = f"{letter} {first}" + (f"–{last}" if last != first else "")
            piece = Piece(text=told, href=links.href(iri))
            things.setdefault(text_of(row, "thing") or "", {})[piece] = None
        return cls(passages=passages, things={iri: tuple(found) for iri, found in things.items()})

    def pieces(self, text: str) -> tuple[Piece, ...]:
        """``text`` cut where references begin and end."""
        found, at = [], 0
        for match in _REFERENCE.finditer(text):
            first = int(match[2])
            passage = self._passage(match[1], first, int(match[3] or first))
            if match.start() > at:
                found.append(Piece(text=text[at : match.start()]))
            found.append(Piece(text=match[0], href=links.href(passage) if passage else None))
            at = match.end()
        return (*found, Piece(text=text[at:])) if at < len(text) else tuple(found)

    def _passage(self, letter: str, first: int, last: int) -> str | None:
        """The shortest passage that has all these lines."""
        having = [
            (end - start, iri)
            for (of, start, end), iri in self.passages.items()
            if of == letter and start <= first and last <= end
        ]
        return min(having)[1] if having else None
