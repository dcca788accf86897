"""An index of names: which things a reader may mean by what she typed.

Made once for a build from the rows of ``pages/search-names`` and kept in memory, because a
suggestion is wanted within a few milliseconds of a key. Letters count without their marks and
without case, in any script: "siauliai" finds Šiauliai. Asks nothing itself.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import pyoxigraph as ox
from rapidfuzz import fuzz

from steamkg.graph.names import PREFIXES
from steamkg.web.naming import collated
from steamkg.web.rows import Row, text_of

LONGEST: Final = 120
"""Characters of what is typed that count."""
_PREFERRED: Final = PREFIXES["skos"] + "prefLabel"
_ALIKE: Final = 72.0
"""How alike a name must be to be proposed instead, of 100 (see `_likeness`)."""
_SHORTEST_ALIKE: Final = 4
"""Fewer letters than that are alike to anything."""


@dataclass(frozen=True, kw_only=True)
class Name:
    """One name of a thing; ``folded`` is what is compared."""

    text: str
    language: str | None
    preferred: bool
    folded: str


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A thing with all its names. ``modality`` is an IRI; ``statuses`` are slugs."""

    iri: str
    names: tuple[Name, ...]
    kinds: tuple[str, ...]
    modality: str | None
    statuses: tuple[str, ...]

    @property
    def labels(self) -> dict[str, str]:
        """The preferred names by language, ``""`` for none."""
        return {name.language or "": name.text for name in self.names if name.preferred}


@dataclass(frozen=True, kw_only=True)
class Match:
    """A thing that was found, and the name by which."""

    entry: Entry
    name: Name


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A part of a name; ``found`` where it is what was searched for."""

    text: str
    found: bool


class SearchIndex:
    """The names of a build."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        """Keep the things in the order given."""
        self._entries = tuple(entries)
        self._places = {entry.iri: place for place, entry in enumerate(self._entries)}

    @classmethod
    def of(cls, rows: Iterable[Row]) -> "SearchIndex":
        """From the rows of ``pages/search-names``."""
        names: dict[str, dict[Name, None]] = defaultdict(dict)
        others: dict[tuple[str, str], dict[str, None]] = defaultdict(dict)
        for row in rows:
            thing, literal = text_of(row, "thing") or "", row["name"]
            if not isinstance(literal, ox.Literal):
                continue
            preferred = text_of(row, "property") == _PREFERRED
            name = Name(
                text=literal.value,
                language=literal.language,
                preferred=preferred,
                folded=fold(literal.value),
            )
            names[thing][name] = None
            for column in ("kind", "modality", "status"):
                if (value := text_of(row, column)) is not None:
                    others[thing, column][value] = None
        return cls(
            Entry(
                iri=iri,
                names=tuple(found),
                kinds=tuple(others[iri, "kind"]),
                modality=next(iter(others[iri, "modality"]), None),
                statuses=tuple(others[iri, "status"]),
            )
            for iri, found in names.items()
        )

    def labels(self, iri: str) -> dict[str, str]:
        """The preferred names of a thing by language; none of a thing without a name."""
        place = self._places.get(iri)
        return {} if place is None else self._entries[place].labels

    def __len__(self) -> int:
        """How many things it knows."""
        return len(self._entries)

    def find(self, words: str, languages: Sequence[str]) -> list[Match]:
        """The things with a name that has all the words, the likeliest first.

        Whole names go before beginnings, these before beginnings of words; names in the languages
        that stand first in ``languages`` go before others.
        """
        wanted = fold(words[:LONGEST])
        tokens = wanted.split()
        if not tokens:
            return []
        ranks = {language: rank for rank, language in enumerate(languages)}
        found = []
        for entry in self._entries:
            best: tuple[tuple[int, int, int, int], Name] | None = None
            for name in entry.names:
                tier = _tier(name.folded, wanted, tokens)
                if tier is None:
                    continue
                rank = ranks.get(name.language or "", len(ranks))
                key = (tier, int(not name.preferred), rank, len(name.folded))
                if best is None or key < best[0]:
                    best = (key, name)
            if best is not None:
                key, name = best
                found.append((key, collated(name.text), entry.iri, Match(entry=entry, name=name)))
        return [match for *_, match in sorted(found, key=lambda one: one[:3])]

    def near(self, words: str, most: int) -> list[Match]:
        """Things with a name like the words: for the reader who mistyped."""
        wanted = fold(words[:LONGEST]).strip()
        if len(wanted) < _SHORTEST_ALIKE:
            return []
        alike = sorted(
            (-score, at, place)
            for at, entry in enumerate(self._entries)
            for place, name in enumerate(entry.names)
            if (score := _likeness(wanted, name.folded)) >= _ALIKE
        )
        found: dict[str, Match] = {}
        for _, at, place in alike:
            entry = self._entries[at]
            found.setdefault(entry.iri, Match(entry=entry, name=entry.names[place]))
        return list(found.values())[:most]


def fold(text: str) -> str:
    """Small letters without their marks; whatever is no letter or digit is a space."""
    return "".join(_folded(character) for character in text)


def pieces(text: str, words: str) -> tuple[Piece, ...]:
    """``text`` cut where words of the search begin and end."""
    folded = [_folded(character) for character in text]
    whole = "".join(folded)
    at = [place for place, part in enumerate(folded) for _ in part]
    marked = [False] * len(text)
    for token in fold(words[:LONGEST]).split():
        start = whole.find(token)
        while start >= 0:
            for place in range(start, start + len(token)):
                marked[at[place]] = True
            start = whole.find(token, start + len(token))
    found: list[Piece] = []
    for character, mark in zip(text, marked, strict=True):
        if found and found[-1].found == mark:
            found[-1] = Piece(text=found[-1].text + character, found=mark)
        else:
            found.append(Piece(text=character, found=mark))
    return tuple(found)


@lru_cache(maxsize=4096)
def _folded(character: str) -> str:
    spread = unicodedata.normalize("NFKD", character).casefold()
    return "".join(
        one if one.isalnum() else " " for one in spread if not unicodedata.combining(one)
    )


def _tier(folded: str, wanted: str, tokens: Sequence[str]) -> int | None:
    """0 for the whole name, 1 for its beginning, 2 for beginnings of words, 3 for parts."""
    if not all(token in folded for token in tokens):
        return None
    if folded == wanted:
        return 0
    if folded.startswith(wanted):
        return 1
    spaced = f" {folded}"
    return 2 if all(f" {token}" in spaced for token in tokens) else 3


def _likeness(wanted: str, name: str) -> float:
    """Of 100: a word in a long name counts nearly as much as the whole of a short one."""
    if len(name) < len(wanted) - 2:
        return 0.0
    part = fuzz.partial_ratio(wanted, name, score_cutoff=_ALIKE)
    return 0.8 * part + 0.2 * fuzz.ratio(wanted, name) if part else 0.0
