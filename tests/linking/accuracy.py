"""How often the linking tool finds what a name means: precision and recall on names made by hand.

``names.csv`` has names as people write them, each with the thing meant or ``none``. Half of them
(by the SHA-256 of the name, and those tried while the tool was written) are for development: the
weights of the tool may be set by them. The held-out half says how good the tool is.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from steamkg.graph.names import ENTITY
from steamkg.linking.catalogue import Catalogue, Found, NameRow

NAMES = Path(__file__).with_name("names.csv")
SPLITS = ("development", "held-out")
THRESHOLDS = (65, 70, 75, 80, 85, 90, 95)


@dataclass(frozen=True)
class Trial:
    """A name, what it means (nothing: ""), and what was found."""

    name: str
    meant: str
    split: str
    note: str
    found: Found

    def first(self, threshold: float) -> str:
        """The IRI proposed first, if its score reaches the threshold."""
        best = self.found.candidates[:1]
        return best[0].thing if best and best[0].score >= threshold else ""

    def within(self, top: int, threshold: float = 60) -> bool:
        """Whether what is meant is among the first candidates."""
        first = self.found.candidates[:top]
        return any(one.thing == self.meant and one.score >= threshold for one in first)


@dataclass(frozen=True)
class Figures:
    """Of the names: proposals that are right, and things found."""

    names: int
    things: int
    precision: float
    recall: float
    top_three: float
    wrongly_proposed: int
    """Proposals for names of which the graph has nothing."""


def trials(rows: Sequence[NameRow]) -> list[Trial]:
    """Every name of the file looked up among the names of the graph."""
    catalogues: dict[str, Catalogue] = {}
    done = []
    with NAMES.open(encoding="utf-8", newline="") as file:
        for one in csv.DictReader(file):
            kind = one["kind"]
            if kind not in catalogues:
                catalogues[kind] = Catalogue.of_kinds(rows, [kind] if kind else [])
            found = catalogues[kind].find(one["name"], top=3)
            meant = "" if one["expected"] == "none" else ENTITY + one["expected"]
            done.append(Trial(one["name"], meant, one["split"], one["note"], found))
    return done


def figures(tried: Sequence[Trial], threshold: float) -> Figures:
    """Precision of the first candidates from the threshold on, and recall of what is meant."""
    proposed = [trial for trial in tried if trial.first(threshold)]
    right = [trial for trial in proposed if trial.first(threshold) == trial.meant]
    meant = [trial for trial in tried if trial.meant]
    three = [trial for trial in meant if trial.within(3, threshold)]
    return Figures(
        names=len(tried),
        things=len(meant),
        precision=len(right) / len(proposed) if proposed else 1.0,
        recall=len(right) / len(meant),
        top_three=len(three) / len(meant),
        wrongly_proposed=sum(not trial.meant for trial in proposed),
    )


def clear(tried: Sequence[Trial]) -> tuple[int, int]:
    """Of the names called clear: how many, and how many of them rightly."""
    called = [trial for trial in tried if trial.found.verdict == "clear"]
    return len(called), sum(trial.first(0) == trial.meant for trial in called)


def report(tried: Sequence[Trial], split: str) -> str:
    """The figures of one half of the names as a table."""
    half = [trial for trial in tried if trial.split == split]
    whole = figures(half, 0)
    lines = [
        f"{split}: {whole.names} names, {whole.names - whole.things} of them of nothing here",
        "score from  precision  recall  in first 3  proposed for nothing",
    ]
    for threshold in THRESHOLDS:
        one = figures(half, threshold)
        lines.append(
            f"{threshold:>10}  {one.precision:9.3f}  {one.recall:6.3f}  {one.top_three:10.3f}"
            f"  {one.wrongly_proposed:20}"
        )
    called, right = clear(half)
    return "\n".join([*lines, f"called clear: {called}, rightly {right}"])
