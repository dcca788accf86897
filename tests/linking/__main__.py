"""``python -m tests.linking``: the figures of the README, and with ``--faults`` every miss."""

import sys
import tempfile
from pathlib import Path

from steamkg.graph.build import build
from steamkg.graph.content import Content
from steamkg.linking.sources import from_build
from tests.linking.accuracy import SPLITS, THRESHOLDS, clear, figures, trials


def main() -> None:
    """A table for each half of the names."""
    content = Content.find()
    with tempfile.TemporaryDirectory() as directory:
        published = build(content, Path(directory)).published
        tried = trials(from_build(published.directory, content))
    for split in SPLITS:
        half = [trial for trial in tried if trial.split == split]
        first = figures(half, 0)
        print(f"{split}: {first.names} names, {first.names - first.things} of them of nothing here")
        print("score from  precision  recall  in first 3  proposed for nothing")
        for threshold in THRESHOLDS:
            one = figures(half, threshold)
            print(
                f"{threshold:>10}  {one.precision:9.3f}  {one.recall:6.3f}  {one.top_three:10.3f}"
                f"  {one.wrongly_proposed:20}"
            )
        called, right = clear(half)
        print(f"called clear: {called}, rightly {right}\n")
        if "--faults" in sys.argv:
            for trial in half:
                if trial.first(60) != trial.meant:
                    best = [f"{one.score} {one.label}" for one in trial.found.candidates[:3]]
                    print(f"  {trial.name!r} ({trial.note}), meant {trial.meant or 'none'}: {best}")


if __name__ == "__main__":
    main()
