"""Every line of the documents is cited, or its reason for not being cited holds."""

import csv
from pathlib import Path

from steamkg.graph.check import examine
from steamkg.graph.content import Content
from steamkg.graph.coverage import coverage

TEXTS = {"cooperation-model": "000_*.txt", "stem-alliance": "002_*.txt"}


def test_no_line_is_left_unexplained(root: Path) -> None:
    content = Content(root)
    rows, findings = coverage(content, examine(content).said())
    assert [finding.text() for finding in findings] == []
    assert sum(row.cited for row in rows) > 300


def test_the_lines_called_blank_are_blank_and_no_others_are(root: Path, shared: Path) -> None:
    for document, pattern in TEXTS.items():
        (text,) = (shared / "sources").glob(pattern)
        lines = text.read_text("utf-8").split("\n")
        with (root / "data" / document / "uncited.csv").open(encoding="utf-8") as file:
            for row in csv.DictReader(file):
                for number in range(int(row["first"]), int(row["last"]) + 1):
                    is_blank = not lines[number - 1].strip() if number <= len(lines) else True
                    assert is_blank == (row["reason"] == "blank"), (document, number)
