"""The real content, built once per run."""

from pathlib import Path

import pytest

from steamkg.engine.store import Build, Stores, load
from steamkg.graph.build import build as publish
from steamkg.graph.content import Content


@pytest.fixture(scope="session")
def build(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Build:
    """The build of this checkout, in a directory of its own."""
    output = tmp_path_factory.mktemp("build")
    publish(Content(root), output)
    return Build.open(output)


@pytest.fixture(scope="session")
def stores(build: Build) -> Stores:
    """That build in memory."""
    return load(build)
