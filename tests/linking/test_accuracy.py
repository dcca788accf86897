"""How good the tool is must not get worse: floors on the names made by hand."""

from collections import Counter
from pathlib import Path
from textwrap import indent

import pytest
from tests.linking.accuracy import SPLITS, Trial, clear, figures, report, trials

from steamkg.linking.catalogue import NameRow


@pytest.fixture(scope="module")
def tried(names: tuple[NameRow, ...]) -> list[Trial]:
    return trials(names)


def test_the_names_are_many_and_in_two_halves(tried: list[Trial]) -> None:
    assert len({trial.name for trial in tried}) == len(tried) >= 240
    assert sum(not trial.meant for trial in tried) >= 60
    halves = Counter(trial.split for trial in tried)
    assert set(halves) == set(SPLITS)
    assert min(halves.values()) >= 120


def test_every_thing_meant_is_in_the_graph(tried: list[Trial], names: tuple[NameRow, ...]) -> None:
    assert {trial.meant for trial in tried} - {row.thing for row in names} == {""}


@pytest.mark.parametrize("split", SPLITS)
def test_precision_and_recall_stay(tried: list[Trial], split: str) -> None:
    half = [trial for trial in tried if trial.split == split]
    low, high = figures(half, 65), figures(half, 85)
    assert low.recall >= 0.93
    assert low.top_three >= 0.93
    assert low.precision >= 0.93
    assert high.precision == 1
    assert high.recall >= 0.82


@pytest.mark.parametrize("split", SPLITS)
def test_what_is_called_clear_is_right(tried: list[Trial], split: str) -> None:
    called, right = clear([trial for trial in tried if trial.split == split])
    assert called == right
    assert called >= 70


def test_the_readme_shows_the_figures_of_the_held_out_half(tried: list[Trial], root: Path) -> None:
    shown = indent(report(tried, "held-out"), "    ")
    assert shown in (root / "README.md").read_text("utf-8")
