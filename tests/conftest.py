"""What all tests share: the content of this checkout, and material that only lies beside it."""

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from steamkg.engine.store import Build, Stores, load
from steamkg.graph.build import build as publish
from steamkg.graph.content import Content

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"


def pytest_configure(config: pytest.Config) -> None:
    """Styles and scripts as these sources give them, before any process of the run needs them."""
    if not hasattr(config, "workerinput"):
        subprocess.run([sys.executable, str(ROOT / "server" / "build_assets.py")], check=True)


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with the source documents and foreign vocabularies; not part of a clone."""
    if not SHARED.is_dir():
        pytest.skip("needs ../shared (source documents and vocabularies), which a clone lacks")
    return SHARED


@pytest.fixture(scope="session")
def sources(shared: Path) -> dict[str, list[str]]:
    """SHA-256 of a source text (lower case, as rdflib writes it) → its lines."""
    return {
        hashlib.sha256(file.read_bytes()).hexdigest(): file.read_text("utf-8").split("\n")
        for file in sorted((shared / "sources").glob("*.txt"))
    }


@pytest.fixture(scope="session")
def real_build(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of a build of this checkout, made once a run."""
    output = tmp_path_factory.mktemp("real-build")
    publish(Content(root), output)
    return output


@pytest.fixture(scope="session")
def stores(real_build: Path) -> Stores:
    """That build in memory."""
    return load(Build.open(real_build))
