"""What the README shows is what the commands print."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

README = Path(__file__).resolve().parents[1] / "README.md"
SHOWN = re.compile(r"^    \$ \.venv/bin/steamkg (query \S+)\n\n((?:    .*\n|\n)+)", re.MULTILINE)


def answers() -> list[tuple[str, str]]:
    """Command and what the README shows of its output."""
    found = SHOWN.findall(README.read_text("utf-8"))
    return [(command, re.sub(r"^    ", "", text, flags=re.MULTILINE)) for command, text in found]


def test_the_readme_shows_three_questions() -> None:
    assert len(answers()) == 3


@pytest.mark.parametrize(("command", "shown"), answers())
def test_an_answer_in_the_readme_is_the_real_one(
    command: str, shown: str, real_build: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "steamkg", *command.split(), "--output", real_build],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == shown.strip()
