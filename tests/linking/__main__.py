"""``python -m tests.linking``: the figures of the README, and with ``--faults`` every miss."""

import sys
import tempfile
from pathlib import Path

from tests.linking.accuracy import SPLITS, report, trials

from steamkg.graph.build import build
from steamkg.graph.content import Content
from steamkg.linking.sources import from_build


def main() -> None:
    """A table for each half of the names."""
    content = Content.find()
    with tempfile.TemporaryDirectory() as directory:
        published = build(content, Path(directory)).published
        tried = trials(from_build(published.directory, content))
    for split in SPLITS:
        print(report(tried, split), end="\n\n")
        if "--faults" in sys.argv:
            for trial in tried:
                if trial.split == split and trial.first(60) != trial.meant:
                    best = [f"{one.score} {one.label}" for one in trial.found.candidates[:3]]
                    print(f"  {trial.name!r} ({trial.note}), meant {trial.meant or 'none'}: {best}")


if __name__ == "__main__":
    main()
