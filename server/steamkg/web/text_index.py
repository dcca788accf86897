"""An index of words: what is said of things, found by words in any of their inflected forms.

Lithuanian and Slovenian words change their endings, and no stemmer knows all three languages and
letters without their marks; so words count as forms of each other when they begin alike for long
enough (`_alike`). Made once for a build from the rows of ``pages/search-texts``. Asks nothing
itself.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Final

import pyoxigraph as ox

from steamkg.web.rows import Row, text_of
from steamkg.web.search_index import LONGEST, Entry, Piece, fold

PASSAGE: Final = 240
"""Characters of a text that a result shows, around the first word that was found."""
_PREFIX: Final = 3
"""So many letters find every word that begins with them; fewer only the word itself."""
_ROOT: Final = 4
"""Letters that two forms of a word have in common at the least."""
_ENDING: Final = 4
"""Letters of either that may be left over: ``mokytoj|as``, ``mokytoj|omis``."""
_SHARE: Final = 0.55
"""The part of the longer form that is common: ``veik|la`` is no form of ``veik|smas``."""
_WORD: Final = re.compile(r"[^\W_]+")


@dataclass(frozen=True, kw_only=True)
class Said:
    """One text that is said of a thing; ``about``: IRIs of what a statement speaks of."""

    entry: Entry
    text: str
    language: str | None
    about: tuple[str, ...]


class TextIndex:
    """The texts of a build, by word."""

    def __init__(self, texts: Iterable[Said]) -> None:
        """Keep the texts, and which of them have each word."""
        self._texts = tuple(texts)
        self._having: dict[str, set[int]] = defaultdict(set)
        for place, said in enumerate(self._texts):
            for word in fold(said.text).split():
                self._having[word].add(place)
        self._beginning: dict[str, list[str]] = defaultdict(list)
        for word in self._having:
            self._beginning[word[:_PREFIX]].append(word)

    @classmethod
    def of(cls, rows: Iterable[Row]) -> "TextIndex":
        """From the rows of ``pages/search-texts``."""
        texts: dict[str, dict[ox.Literal, None]] = defaultdict(dict)
        others: dict[tuple[str, str], dict[str, None]] = defaultdict(dict)
        for row in rows:
            thing, literal = text_of(row, "thing") or "", row["text"]
            if not isinstance(literal, ox.Literal):
                continue
            texts[thing][literal] = None
            for column in ("kind", "modality", "about", "status"):
                if (value := text_of(row, column)) is not None:
                    others[thing, column][value] = None
        return cls(
            Said(
                entry=Entry(
                    iri=iri,
                    names=(),
                    kinds=tuple(others[iri, "kind"]),
                    modality=next(iter(others[iri, "modality"]), None),
                    statuses=tuple(others[iri, "status"]),
                ),
                text=literal.value,
                language=literal.language,
                about=tuple(others[iri, "about"]),
            )
            for iri, found in texts.items()
            for literal in found
        )

    def __len__(self) -> int:
        """How many texts it knows."""
        return len(self._texts)

    def texts(self, iri: str) -> dict[str, str]:
        """What is said of a thing, by language."""
        return {said.language or "": said.text for said in self._texts if said.entry.iri == iri}

    def find(self, words: str, languages: Sequence[str]) -> list[Said]:
        """For each thing the text that has all the words, in some form; the likeliest first.

        What a document says goes before other notes, words as they were typed before other forms,
        texts in the languages that stand first in ``languages`` before others.
        """
        tokens = dict.fromkeys(fold(words[:LONGEST]).split())
        if not tokens:
            return []
        left: dict[int, int] | None = None
        for token in tokens:
            here = self._places(token)
            if left is not None:
                here = {one: left[one] + here[one] for one in here.keys() & left.keys()}
            left = here
        ranks = {language: rank for rank, language in enumerate(languages)}
        best: dict[str, tuple[int, int, int]] = {}
        for place, forms in (left or {}).items():
            said = self._texts[place]
            key = (ranks.get(said.language or "", len(ranks)), forms, place)
            best[said.entry.iri] = min(key, best.get(said.entry.iri, key))
        # What the documents say has a modality; notes on identifiers and the like come after it.
        ordered = sorted(
            best.values(),
            key=lambda key: (not self._texts[key[2]].entry.modality, key[1], key[0], key[2]),
        )
        return [self._texts[place] for *_, place in ordered]

    def _places(self, token: str) -> dict[int, int]:
        """The texts with a form of a word: 0 where it begins a word as typed, else 1."""
        places: dict[int, int] = {}
        for word in self._beginning.get(token[:_PREFIX], ()):
            form = _form(token, word)
            if form is not None:
                for place in self._having[word]:
                    places[place] = min(form, places.get(place, form))
        return places


def passage(text: str, words: str) -> tuple[Piece, ...]:
    """The part of ``text`` around the first word found, with every word found marked."""
    tokens = fold(words[:LONGEST]).split()
    marks = [
        one.span()
        for one in _WORD.finditer(text)
        if any(_form(token, part) is not None for token in tokens for part in fold(one[0]).split())
    ]
    start, end = _window(text, marks[0][0] if marks else 0)
    found: list[Piece] = [Piece(text="… ", found=False)] if start else []
    at = start
    for first, last in marks:
        if start <= first and last <= end:
            found += [
                Piece(text=text[at:first], found=False),
                Piece(text=text[first:last], found=True),
            ]
            at = last
    found.append(Piece(text=text[at:end] + (" …" if end < len(text) else ""), found=False))
    return tuple(piece for piece in found if piece.text)


def _window(text: str, mark: int) -> tuple[int, int]:
    """Where a passage around a place begins and ends: between words, if there is a space."""
    if len(text) <= PASSAGE:
        return 0, len(text)
    start = max(0, min(mark - PASSAGE // 3, len(text) - PASSAGE))
    end = min(len(text), start + PASSAGE)
    if start:
        space = text.find(" ", start, mark)
        start = space + 1 if space >= 0 else start
    if end < len(text):
        space = text.rfind(" ", mark, end)
        end = space if space > mark else end
    return start, end


def _form(typed: str, word: str) -> int | None:
    """0 where the word begins as typed, 1 for another form of it, None for another word."""
    if typed == word or (len(typed) >= _PREFIX and word.startswith(typed)):
        return 0
    return 1 if _alike(typed, word) else None


def _alike(one: str, other: str) -> bool:
    """Whether two words, without marks and case, are likely forms of one."""
    if one[:_ROOT] != other[:_ROOT]:
        return False
    longest = max(len(one), len(other))
    same = zip(one, other, strict=False)
    common = sum(1 for _ in takewhile(lambda letters: letters[0] == letters[1], same))
    left = longest - common
    return common >= _ROOT and left <= _ENDING and common >= _SHARE * longest
