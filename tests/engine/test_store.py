"""Builds on disk: found, damaged, of another format; and what is loaded from them."""

import json
from pathlib import Path

import pytest

from steamkg.engine.store import Build, BuildError, Stores
from steamkg.graph.names import BASE, INFERRED


def copy(build: Build, target: Path) -> Path:
    for file in build.directory.iterdir():
        (target / file.name).write_bytes(file.read_bytes())
    return target


def test_link_is_followed_once(build: Build, tmp_path: Path) -> None:
    real = tmp_path / "0123456789ab"
    real.mkdir()
    copy(build, real)
    (tmp_path / "current").symlink_to(real.name)
    opened = Build.open(tmp_path)
    assert opened.directory == real
    assert opened.version == build.version


def test_no_build_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match="steamkg build"):
        Build.open(tmp_path)


@pytest.mark.parametrize("manifest", ["{", "[]", '{"format": 2}', "\udcff"])
def test_manifest_that_cannot_be_used_is_refused(
    build: Build, tmp_path: Path, manifest: str
) -> None:
    copy(build, tmp_path)
    (tmp_path / "manifest.json").write_bytes(manifest.encode("utf-8", "surrogateescape"))
    with pytest.raises(BuildError, match=str(tmp_path)):
        Build.open(tmp_path)


def test_dataset_that_is_cut_is_refused(build: Build, tmp_path: Path) -> None:
    dataset = copy(build, tmp_path) / "dataset.nq.gz"
    dataset.write_bytes(dataset.read_bytes()[:-5])
    with pytest.raises(BuildError, match="differs from its manifest"):
        Build.open(tmp_path).dataset()


def test_dataset_that_is_missing_is_refused(build: Build, tmp_path: Path) -> None:
    (copy(build, tmp_path) / "dataset.nq.gz").unlink()
    with pytest.raises(BuildError, match="cannot be read"):
        Build.open(tmp_path).dataset()


def test_graphs_are_those_of_the_manifest(build: Build, stores: Stores) -> None:
    manifest = json.loads((build.directory / "manifest.json").read_text(encoding="utf-8"))
    assert stores.graphs == frozenset(manifest["graphs"])
    assert INFERRED in stores.merged
    assert BASE + "graph/later/now" not in stores.merged


def test_overlaps_are_the_pairs_that_share_a_triple(stores: Stores) -> None:
    shared = frozenset((BASE + "graph/a/one", BASE + "graph/a/two"))
    assert stores.overlaps == {shared}
