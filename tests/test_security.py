"""SECURITY.md claims only what a test shows: every test and setting that it names exists."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from steamkg.settings import Settings, environment_name

_NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


@pytest.fixture(scope="module")
def text(root: Path) -> str:
    return (root / "SECURITY.md").read_text("utf-8")


def test_every_test_named_exists(root: Path, text: str) -> None:
    named = _NAMED.findall(text)
    assert len(named) > 30
    for file, name in named:
        assert f"\ndef {name}(" in (root / file).read_text("utf-8"), f"{file}::{name}"


def test_every_promise_names_a_test(text: str) -> None:
    promises = text.partition("## What is promised")[2].partition("## Limits")[0]
    rows = [
        line
        for line in promises.splitlines()
        if line.startswith("| ") and not line.startswith("| promise")
    ]
    assert rows
    for row in rows:
        assert _NAMED.search(row), row


def test_every_setting_named_exists(text: str) -> None:
    known = {environment_name(option) for option in fields(Settings)}
    assert set(re.findall(r"STEAMKG_\w+", text)) <= known
