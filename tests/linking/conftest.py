"""The names of the real graph, read once a run."""

from pathlib import Path

import pytest

from steamkg.graph.content import Content
from steamkg.graph.publish import Builds
from steamkg.linking.catalogue import Catalogue, NameRow
from steamkg.linking.sources import from_build


@pytest.fixture(scope="session")
def names(real_build: Path, root: Path) -> tuple[NameRow, ...]:
    """Every name in a build of this checkout."""
    published = Builds(real_build).current()
    assert published is not None
    return from_build(published.directory, Content(root))


@pytest.fixture(scope="session")
def catalogue(names: tuple[NameRow, ...]) -> Catalogue:
    """Those of all kinds that a list is compared with by default."""
    return Catalogue.of_kinds(names)
