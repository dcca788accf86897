"""The names of the graph, and which of them a name in a list may mean.

Rows come from a build or an endpoint by one stored query; they are kept in memory. rapidfuzz and an
index of words choose whom to compare, :mod:`steamkg.linking.matching` says how alike they are.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final, Self

from rapidfuzz import fuzz, process

from steamkg.graph.names import BASE, ENTITY, PREFIXES
from steamkg.linking.matching import Comparison, Rarity, compare
from steamkg.linking.spelling import Name, fold, take_apart

NEARLY: Final = 6.0
"""Candidates whose scores differ by no more are nearly equal."""
CLEAR: Final = 85.0
"""From this score on, a candidate without rivals is called clear."""

FURNITURE: Final = frozenset(
    {
        "graph-kind",
        "identifier-scheme",
        "link-gap",
        "modality",
        "partnership-status",
        "scheme",
        "section",
    }
)
"""Kinds of things that describe the graph itself; compared with only when asked for."""

_SKOS: Final = PREFIXES["skos"]
_LABELS: Final = frozenset(_SKOS + name for name in ("prefLabel", "altLabel", "hiddenLabel"))
_PREFERRED: Final = _SKOS + "prefLabel"
_NUMBER: Final = _SKOS + "notation"
_CALLED: Final = {
    _NUMBER: "number of it in the document",
    PREFIXES["owl"] + "sameAs": "IRI of it in {host}",
    PREFIXES["foaf"] + "homepage": "its home page",
    PREFIXES["foaf"] + "isPrimaryTopicOf": "page about it",
}
_NEIGHBOURS: Final = 60
_BODY: Final = "organisation"
_AREA: Final = "territory"
_LANGUAGES: Final = ("lt", "en", "sl", "")


class UnknownKindError(ValueError):
    """The graph has no things of that kind; the message names the kinds that it has."""


@dataclass(frozen=True, kw_only=True)
class NameRow:
    """One row of the stored query: a thing and one of its names."""

    thing: str
    relation: str
    """IRI of the property by which the thing has the name."""
    name: str
    language: str = ""
    scheme: str = ""
    """English name of the scheme of an identifier."""

    @property
    def kind(self) -> str:
        """``organisation`` in ``…/id/organisation/infobalt``."""
        return self.thing.removeprefix(ENTITY).partition("/")[0]


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A thing that a name may mean."""

    thing: str
    kind: str
    label: str
    """Its preferred name, in Lithuanian where it has one."""
    matched: str
    """The name of it that was compared, if that is not the label."""
    score: float
    reason: str
    whole: bool
    covered: bool


@dataclass(frozen=True, kw_only=True)
class Found:
    """The candidates for one name, best first, and what is to be thought of them."""

    candidates: tuple[Candidate, ...]
    rivals: int
    """How many candidates nothing decides between; 0 when there is at most one."""
    only_its_area: bool = False
    """The best one is an area, and bodies have names like it: the list may mean a body."""

    @property
    def verdict(self) -> str:
        """``clear``, ``ambiguous``, ``unsure`` or ``none``."""
        if not self.candidates:
            return "none"
        if self.rivals or self.only_its_area:
            return "ambiguous"
        return "clear" if self.candidates[0].score >= CLEAR else "unsure"


class Catalogue:
    """All names of a graph, ready to be compared with."""

    def __init__(self, rows: Iterable[NameRow]) -> None:
        self._labels: list[tuple[str, Name]] = []
        self._codes: dict[str, list[tuple[str, str]]] = defaultdict(list)
        self._preferred: dict[str, str] = {}
        self._by_word: dict[str, set[int]] = defaultdict(set)
        self._by_initials: dict[str, set[int]] = defaultdict(set)
        self._last_words_of_bodies: set[str] = set()
        having: dict[str, set[str]] = defaultdict(set)
        ranked: dict[str, int] = {}
        for row in rows:
            if row.relation not in _LABELS:
                self._add_code(row)
                continue
            name = take_apart(row.name)
            place = len(self._labels)
            self._labels.append((row.thing, name))
            for word in name.words:
                having[word.stem].add(row.thing)
                self._by_word[word.stem].add(place)
            if row.kind == _BODY and name.words:
                self._last_words_of_bodies.add(name.words[-1].stem)
            self._by_initials[name.initials].add(place)
            rank = _LANGUAGES.index(row.language) if row.language in _LANGUAGES else 9
            if row.relation == _PREFERRED and rank < ranked.get(row.thing, 99):
                self._preferred[row.thing], ranked[row.thing] = row.name, rank
        self._folded = [name.folded for _, name in self._labels]
        self._rarity = Rarity(
            len(self._preferred), {word: len(things) for word, things in having.items()}
        )
        self._remembered: dict[str, tuple[Candidate, ...]] = {}

    @classmethod
    def of_kinds(cls, rows: Sequence[NameRow], kinds: Sequence[str] = ()) -> Self:
        """Only things of these kinds; by default of all but those that describe the graph.

        Raises UnknownKindError.
        """
        present = {row.kind for row in rows}
        for kind in kinds:
            if kind not in present:
                close = get_close_matches(kind, present, n=1)
                hint = f"; did you mean {close[0]}?" if close else ""
                known = ", ".join(sorted(present))
                raise UnknownKindError(f"no things of kind {kind!r}{hint} There are: {known}")
        wanted = set(kinds) or present - FURNITURE
        return cls(row for row in rows if row.kind in wanted)

    @property
    def things(self) -> Mapping[str, str]:
        """IRI → preferred name of everything that can be found."""
        return self._preferred

    def find(self, written: str, *, top: int = 3, min_score: float = 0.0) -> Found:
        """What ``written`` may mean: at most ``top`` candidates of at least ``min_score``.

        Candidates that nothing decides between are all kept, more than ``top`` if need be up to
        ten, because leaving one out would be deciding.
        """
        everyone = [one for one in self._candidates(written.strip()) if one.score >= min_score]
        rivals = _rivals(everyone)
        kept = max(top, min(rivals, 10))
        return Found(
            candidates=tuple(everyone[:kept]),
            rivals=rivals,
            only_its_area=not rivals and self._only_an_area(everyone),
        )

    def _only_an_area(self, candidates: Sequence[Candidate]) -> bool:
        """Whether an area leads whose name could as well be that of a body.

        "Kauno rajono savivaldybė" is the name of a territory and of a municipality; where only the
        territory is here, a list of organisations would be linked to the wrong thing.
        """
        first = candidates[0] if candidates else None
        if first is None or first.kind != _AREA:
            return False
        words = take_apart(first.label).words
        return bool(words) and words[-1].stem in self._last_words_of_bodies

    def _candidates(self, written: str) -> tuple[Candidate, ...]:
        if written not in self._remembered:
            self._remembered[written] = self._compared(written)
        return self._remembered[written]

    def _compared(self, written: str) -> tuple[Candidate, ...]:
        best: dict[str, Candidate] = {}
        for thing, reason in self._codes.get(_code(written), ()):
            found = Comparison(score=100.0, reason=reason, whole=True, covered=True)
            best[thing] = self._candidate(thing, written, found)
        mine = take_apart(written)
        for place in self._worth_comparing(mine):
            thing, theirs = self._labels[place]
            found = compare(mine, theirs, self._rarity)
            if found.score > (best[thing].score if thing in best else 0.0):
                best[thing] = self._candidate(thing, theirs.written, found)
        return tuple(sorted(best.values(), key=lambda one: (-one.score, one.thing)))

    def _worth_comparing(self, mine: Name) -> list[int]:
        """Names that share a telling word, that it abbreviates, or that look alike."""
        places: set[int] = set()
        common = len(self._labels) / 8
        for word in mine.words:
            having = self._by_word.get(word.stem, set())
            if len(having) <= max(common, 20) or len(mine.words) == 1:
                places |= having
            places |= self._by_initials.get(word.folded, set())
        if mine.words:
            for scorer in (fuzz.token_sort_ratio,):
                alike = process.extract(
                    mine.folded, self._folded, scorer=scorer, limit=_NEIGHBOURS, score_cutoff=50
                )
                places.update(place for _, _, place in alike)
        return sorted(places)

    def _candidate(self, thing: str, matched: str, found: Comparison) -> Candidate:
        label = self._preferred.get(thing, thing)
        return Candidate(
            thing=thing,
            kind=thing.removeprefix(ENTITY).partition("/")[0],
            label=label,
            matched="" if matched == label else matched,
            score=found.score,
            reason=found.reason,
            whole=found.whole,
            covered=found.covered,
        )

    def _add_code(self, row: NameRow) -> None:
        if row.relation == PREFIXES["dcterms"] + "identifier":
            reason = f"its identifier in {row.scheme}" if row.scheme else "its identifier"
        else:
            host = row.name.partition("//")[2].partition("/")[0]
            reason = _CALLED[row.relation].format(host=host)
        entry = (row.thing, reason)
        if entry not in self._codes[_code(row.name)]:
            self._codes[_code(row.name)].append(entry)


def _code(written: str) -> str:
    """An identifier or address without what people leave out or add: scheme, www, slash, case."""
    text = fold(written.strip())
    if written.startswith(BASE):
        return text
    return text.removeprefix("https://").removeprefix("http://").removeprefix("www.").rstrip("/")


def _rivals(candidates: Sequence[Candidate]) -> int:
    """How many of the best candidates nothing decides between; 0 if one leads clearly.

    Scores nearly equal; or the name is a part of several names and the whole of none, as "Alytaus
    savivaldybė" is of the city's and of the district's.
    """
    if not candidates:
        return 0
    first = candidates[0]
    equal = [
        one
        for one in candidates
        if (one.score >= first.score - NEARLY and (one.whole or not first.whole))
        or (one.covered and first.covered and not first.whole and one.score >= 60)
    ]
    return len(equal) if len(equal) > 1 else 0
