"""What all tests share: the content of this checkout, and material that only lies beside it."""

import hashlib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"


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
