"""How alike two names are, from 0 to 100, and why, in plain words.

The words of the two names are paired, each pair with what differs (diacritics, ending, letters, a
shortened word, initials). What is paired counts against what is not, every word by how much it
tells: "universitetas" stands in many names, "Gedimino" in one. A word that no name of the graph
has tells the most, so that the administration of a municipality is not taken for the municipality.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise
from typing import Final

from rapidfuzz.distance import OSA

from steamkg.linking.spelling import SHORTENED, SMALL, Name, Word, stem

_SMALL_WORD: Final = 0.1
_INITIALS: Final = 0.93
_TWO_LETTERS: Final = 0.87
_ORDER: Final = 2.0
_LEGAL_FORM: Final = 1.0
_CAPITALS: Final = 0.5
_LONGEST_ABBREVIATION: Final = 9
_PART: Final = 0.9
_SINGLED_OUT: Final = 75.0
_OTHER_BODIES: Final = """
    administracija administration meras mayor taryba council fakultetas faculty katedra filialas
    branch skyrius division department biblioteka library klinikos hospital leidykla press
    alumnai alumni gimnazija gymnasium licejus museum muziejus planetariumas planetarium
    institutas institute
"""
_PARTS: Final = frozenset(stem(word) for word in _OTHER_BODIES.split())
"""Words that make another body's name of the name they are added to."""


@dataclass(frozen=True)
class Rarity:
    """How much words tell: ``having`` are the things, of ``things``, with a word in a name."""

    things: int
    having: Mapping[str, int]
    """By the word's stem."""

    def told(self, word: Word) -> float:
        """The rarer the more; a word that no name has tells the most."""
        if word.folded in SMALL:
            return _SMALL_WORD
        return math.log(1 + self.things / self.having.get(word.stem, 0.5))

    def singles_out(self, word: Word) -> bool:
        """Whether only one thing has the word in a name."""
        return self.having.get(word.stem) == 1


class How(StrEnum):
    """How a word of the list stands to a word of the graph; the weakest comes last."""

    SAME = "same"
    DIACRITICS = "diacritics"
    SHORTENED = "shortened"
    ENDING = "ending"
    INITIALS = "initials"
    LETTERS = "letters"


_LIKENESS: Final = {How.SAME: 1.0, How.DIACRITICS: 0.985, How.SHORTENED: 0.96, How.ENDING: 0.955}


@dataclass(frozen=True)
class Pair:
    """Words ``mine`` of the list paired with words ``theirs`` of the graph, by position."""

    mine: int
    theirs: tuple[int, ...]
    how: How
    likeness: float
    letters: int = 0
    """How many letters differ."""
    initial: bool = False
    """The list has one letter of the word."""


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """How alike a name of the list and a name of the graph are."""

    score: float
    reason: str
    whole: bool
    """Every word of both names has its counterpart."""
    covered: bool
    """Every word of the list's name has its counterpart."""


def compare(mine: Name, theirs: Name, rarity: Rarity) -> Comparison:
    """The name of the list against one of the graph."""
    if mine.written == theirs.written:
        return Comparison(score=100.0, reason="same name", whole=True, covered=True)
    if not mine.words or not theirs.words:
        return Comparison(score=0.0, reason="", whole=False, covered=False)
    by_spaces = _but_for_spaces(mine, theirs)
    if by_spaces:
        return by_spaces
    single = list(_single_pairs(mine.words, theirs.words))
    best = _judged(mine, theirs, _chosen(single, theirs.words, rarity), rarity)
    runs = list(_runs(mine.words, theirs.words))
    if runs:
        with_runs = _chosen([*single, *runs], theirs.words, rarity)
        best = max(best, _judged(mine, theirs, with_runs, rarity), key=lambda one: one.score)
    return best


def _but_for_spaces(mine: Name, theirs: Name) -> Comparison | None:
    """``e-Mundus`` and ``eMundus``; None when more than spaces, hyphens and case differ."""
    if mine.squeezed != theirs.squeezed or len(mine.words) == len(theirs.words):
        return None
    return Comparison(
        score=96.0, reason="same name but for spaces and hyphens", whole=True, covered=True
    )


def _chosen(possible: list[Pair], theirs: Sequence[Word], rarity: Rarity) -> list[Pair]:
    """Each word paired at most once, the most alike and telling first."""
    possible.sort(
        key=lambda pair: (
            -pair.likeness * sum(rarity.told(theirs[place]) for place in pair.theirs),
            abs(pair.mine - pair.theirs[0]),
        )
    )
    taken_mine: set[int] = set()
    taken_theirs: set[int] = set()
    chosen = []
    for pair in possible:
        if pair.mine in taken_mine or taken_theirs & set(pair.theirs):
            continue
        taken_mine.add(pair.mine)
        taken_theirs |= set(pair.theirs)
        chosen.append(pair)
    if all(pair.how is How.SHORTENED and pair.initial for pair in chosen):
        # "r." agrees with every word in r; alone it says nothing.
        return []
    return sorted(chosen, key=lambda pair: pair.mine)


def _single_pairs(mine: Sequence[Word], theirs: Sequence[Word]) -> Iterator[Pair]:
    for at, word in enumerate(mine):
        for place, other in enumerate(theirs):
            found = _word_pair(word, other)
            if found:
                how, likeness, letters = found
                yield Pair(at, (place,), how, likeness, letters, initial=len(word.folded) == 1)


@lru_cache(maxsize=200_000)
def _word_pair(mine: Word, theirs: Word) -> tuple[How, float, int] | None:
    """How two words agree, how much, and in how many letters they differ; None if they do not."""
    for how, agree in (
        (How.SAME, mine.small == theirs.small),
        (How.DIACRITICS, mine.folded == theirs.folded),
        (How.SHORTENED, _shortens(mine, theirs)),
        (How.ENDING, mine.stem == theirs.stem),
    ):
        if agree:
            return how, _LIKENESS[how], 0
    # Only a long word can hold a misprint and still be known: "Rūta" is not "Rita" for sure.
    size = min(len(mine.folded), len(theirs.folded))
    allowed = (size - 1) // 3 if size < 10 else 3
    if size < 4 or {mine.folded, theirs.folded} & SMALL:
        return None
    letters = min(
        OSA.distance(mine.folded, theirs.folded, score_cutoff=allowed),
        # The ending may differ as well, which is no misprint; it costs as much as half a letter.
        OSA.distance(mine.stem, theirs.stem, score_cutoff=allowed),
    )
    if letters > min(allowed, max(1, len(theirs.stem) // 3)):
        return None
    return How.LETTERS, 0.97 - 0.85 * letters / size, letters


def _shortens(mine: Word, theirs: Word) -> bool:
    """``r.`` for ``rajono``, ``univ.`` for ``universitetas``, ``M.`` for ``Mykolo``."""
    if mine.folded == theirs.folded:
        return False
    if mine.dotted and theirs.folded.startswith(mine.folded):
        return True
    meant = SHORTENED.get(mine.folded, ())
    return any(stem(full) == theirs.stem or full == theirs.folded for full in meant)


def _runs(mine: Sequence[Word], theirs: Sequence[Word]) -> Iterator[Pair]:
    """``KTU`` for Kauno technologijos universitetas, also as one word among others."""
    telling = [place for place, word in enumerate(theirs) if word.folded not in SMALL]
    for at, word in enumerate(mine):
        letters = word.folded
        if not 2 <= len(letters) <= _LONGEST_ABBREVIATION:
            continue
        if not (word.capitals or len(mine) == 1):
            continue
        for first in range(len(telling) - len(letters) + 1):
            run = telling[first : first + len(letters)]
            if all(
                theirs[place].folded[0] == letter
                for place, letter in zip(run, letters, strict=True)
            ):
                # With the small words in between, which the initials pass over.
                places = tuple(range(run[0], run[-1] + 1))
                yield Pair(
                    at, places, How.INITIALS, _TWO_LETTERS if len(letters) == 2 else _INITIALS
                )


def _judged(mine: Name, theirs: Name, pairs: Sequence[Pair], rarity: Rarity) -> Comparison:
    paired = 0.0
    likeness = 0.0
    for pair in pairs:
        telling = sum(rarity.told(theirs.words[place]) for place in pair.theirs)
        paired += telling
        likeness += telling * pair.likeness
    paired_mine = {pair.mine for pair in pairs}
    mine_left = [
        word
        for at, word in enumerate(mine.words)
        # "Kauno technologijos universitetas (KTU)": the second says nothing new.
        if at not in paired_mine and word.folded != theirs.initials
    ]
    met = {place for pair in pairs for place in pair.theirs}
    theirs_left = [word for place, word in enumerate(theirs.words) if place not in met]
    unpaired = sum(rarity.told(word) for word in (*mine_left, *theirs_left))
    score = 100 * 2 * likeness / (2 * paired + unpaired) if paired else 0.0
    out_of_order = any(later.theirs[0] < earlier.theirs[0] for earlier, later in pairwise(pairs))
    forms_differ = bool(mine.legal_form) != bool(theirs.legal_form)
    covered = not [word for word in mine_left if word.folded not in SMALL]
    if covered and any(
        rarity.singles_out(theirs.words[place]) for pair in pairs for place in pair.theirs
    ):
        # "ISM" for the university of that name: little of the name, and of no other.
        score = max(score, _SINGLED_OUT * likeness / paired)
    if any(word.stem in _PARTS for word in (*mine_left, *theirs_left)):
        score *= _PART
    score -= _ORDER * out_of_order + _LEGAL_FORM * forms_differ
    score -= _CAPITALS * (mine.written != theirs.written)
    return Comparison(
        score=round(max(score, 0.0), 1),
        reason=_reason(mine, theirs, pairs, mine_left, theirs_left, out_of_order=out_of_order),
        whole=not [word for word in (*mine_left, *theirs_left) if word.folded not in SMALL],
        covered=covered,
    )


def _reason(
    mine: Name,
    theirs: Name,
    pairs: Sequence[Pair],
    mine_left: Sequence[Word],
    theirs_left: Sequence[Word],
    *,
    out_of_order: bool,
) -> str:
    hows = {pair.how for pair in pairs}
    missing = [word.written for word in theirs_left if word.folded not in SMALL]
    added = [word.written for word in mine_left if word.folded not in SMALL]
    differences = []
    if len(mine_left) + len({pair.mine for pair in pairs}) < len(mine.words):
        differences.append("same name with its abbreviation")
    if out_of_order:
        differences.append("same words in another order")
    if How.INITIALS in hows:
        short = [mine.words[pair.mine].written for pair in pairs if pair.how is How.INITIALS]
        differences.append(f"abbreviation by initials: {' '.join(short)}")
    if How.SHORTENED in hows:
        differences.append("words shortened")
    if How.ENDING in hows:
        differences.append("another grammatical ending")
    if How.DIACRITICS in hows:
        bare = mine.plain == mine.folded
        differences.append("without diacritics" if bare else "other diacritics")
    letters = sum(pair.letters for pair in pairs)
    if How.LETTERS in hows:
        differences.append("one letter differs" if letters == 1 else f"{letters} letters differ")
    if mine.legal_form and not theirs.legal_form:
        differences.append(f"legal form “{mine.legal_form}” only in the list")
    elif theirs.legal_form and not mine.legal_form:
        differences.append(f"without the legal form “{theirs.legal_form}”")
    if any(word.stem in _PARTS for word in (*mine_left, *theirs_left)):
        differences.append("perhaps a part of it or another body")
    if added:
        differences.append(f"the list also says “{' '.join(added)}”")
    if missing:
        differences.append(f"the list lacks “{' '.join(missing)}”")
    return "; ".join(differences) or "same name but for capitals, quotes or punctuation"
