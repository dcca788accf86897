"""Datasets given as files: formats, packing, bases, blank nodes, and what is wrong with them."""

import gzip
from pathlib import Path

import pyoxigraph as ox
import pytest

from steamkg.engine.files import FORMATS, Files, load
from steamkg.engine.store import BuildError

TRIPLE = ox.Triple(ox.NamedNode("http://x/a"), ox.NamedNode("http://x/p"), ox.BlankNode("b"))


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("packed", [False, True])
def test_every_format_is_read_by_its_ending(tmp_path: Path, suffix: str, packed: bool) -> None:
    body = ox.serialize([TRIPLE], format=FORMATS[suffix]) or b""
    file = tmp_path / f"data{suffix.upper()}{'.gz' if packed else ''}"
    file.write_bytes(gzip.compress(body) if packed else body)
    stores = load(Files.open((file,), merge=False))
    assert len(stores.everything) == 1


def test_blank_nodes_of_two_files_never_meet(tmp_path: Path) -> None:
    for name in ("a.nt", "b.nt"):
        (tmp_path / name).write_text('_:b <http://x/p> "v" .\n', encoding="utf-8")
    stores = load(Files.open((tmp_path / "a.nt", tmp_path / "b.nt"), merge=True))
    assert len(stores.everything) == 2


def test_relative_iris_are_resolved_against_the_file(tmp_path: Path) -> None:
    file = tmp_path / "a.ttl"
    file.write_text("<b> <c> <> .", encoding="utf-8")
    (quad,) = load(Files.open((file,), merge=False)).everything
    assert quad.subject == ox.NamedNode((tmp_path / "b").as_uri())
    assert quad.object == ox.NamedNode(file.as_uri())


@pytest.mark.parametrize(
    ("name", "body", "said"),
    [
        ("a.ttl", b"<a> <b>", "a.ttl: "),
        ("a.txt", b"", "known are .ttl"),
        ("a.gz", b"", "known are .ttl"),
        ("a.ttl.gz", b"no gzip", "cannot be read"),
    ],
)
def test_bad_file_is_named(tmp_path: Path, name: str, body: bytes, said: str) -> None:
    file = tmp_path / name
    file.write_bytes(body)
    with pytest.raises(BuildError, match=said):
        load(Files.open((file,), merge=True))


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match=r"gone\.ttl is no file"):
        Files.open((tmp_path / "gone.ttl",), merge=True)


def test_version_is_that_of_the_content(tmp_path: Path) -> None:
    file = tmp_path / "a.ttl"
    versions = []
    for text, merge in (("<x:a> <x:b> 1 .", True), ("<x:a> <x:b> 1 .", False), ("", True)):
        file.write_text(text, encoding="utf-8")
        versions.append(Files.open((file,), merge=merge).version)
    assert len(set(versions)) == 3
