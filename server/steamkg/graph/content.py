"""Which files there are, what each is for, and which named graph each one makes.

Knows names and places only and opens files for nothing but the fingerprint; reading them is
:mod:`steamkg.graph.turtle`'s.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final, Self

from steamkg.graph.names import GRAPH, GRAPH_KIND, ONTOLOGY_GRAPH, SHAPES_GRAPH

PACKAGE: Final = Path(__file__).resolve().parents[1]
FOLDERS: Final = ("ontology", "data", "shapes", "queries")
_REQUIRED: Final = ("ontology", "data")
UNCITED: Final = "uncited.csv"
"""Beside a document's data: the lines that no passage cites, each with its reason."""


class Kind(StrEnum):
    """What kind of knowledge a named graph holds, as the manifest calls it."""

    ONTOLOGY = "ontology"
    SECTION = "section"
    LABEL = "label"
    LINK = "link"
    ALIGNMENT = "alignment"
    CATALOGUE = "catalogue"
    DESCRIPTION = "graphs"
    INFERRED = "inferred"
    LATER = "later"
    SHAPES = "shapes"

    @property
    def iri(self) -> str:
        """The concept that ``dcterms:type`` of such a graph points to."""
        return GRAPH_KIND + ("description" if self is Kind.DESCRIPTION else self.value)


ASSERTED_KINDS: Final = frozenset(
    {Kind.ONTOLOGY, Kind.SECTION, Kind.LABEL, Kind.LINK, Kind.ALIGNMENT, Kind.DESCRIPTION}
)
REASONED_KINDS: Final = frozenset({Kind.ONTOLOGY, Kind.SECTION})
"""Reasoning sees these alone: a link's ``owl:sameAs`` or a label must not spread by inference."""
DEFAULT_KINDS: Final = ASSERTED_KINDS | {Kind.INFERRED}
"""What the default graph of the dataset merges."""

_FOLDER_KINDS: Final = {
    "label": Kind.LABEL,
    "link": Kind.LINK,
    "alignment": Kind.ALIGNMENT,
    "later": Kind.LATER,
}


class ContentError(Exception):
    """No content under the given root."""


@dataclass(frozen=True, kw_only=True, order=True)
class DataFile:
    """A Turtle file: ``name`` is its path relative to the root, as findings write it."""

    name: str
    path: Path
    graph: str
    kind: Kind


@dataclass(frozen=True)
class Content:
    """The four content folders under one root: a checkout, or ``steamkg/content`` in a wheel."""

    root: Path

    @classmethod
    def find(cls) -> Self:
        """The content that belongs to this package: the checkout's, else the wheel's."""
        checkout = PACKAGE.parents[1]
        for root in (checkout, PACKAGE / "content"):
            if all((root / folder).is_dir() for folder in _REQUIRED):
                return cls(root)
        raise ContentError(f"no ontology/ and data/ in {checkout} or in the package")

    def require(self) -> Self:
        """Itself; raises ContentError when the root holds no ontology or no data folder."""
        missing = [f"{folder}/" for folder in _REQUIRED if not (self.root / folder).is_dir()]
        if missing:
            raise ContentError(f"no {' and no '.join(missing)} in {self.root}")
        return self

    def turtle_files(self) -> tuple[DataFile, ...]:
        """Every Turtle file: ontology, data and shapes, by name."""
        return (*self.ontology_files(), *self.data_files(), *self.shape_files())

    def ontology_files(self) -> tuple[DataFile, ...]:
        """``ontology/*.ttl``, which make one graph together."""
        return self._folder("ontology", ONTOLOGY_GRAPH, Kind.ONTOLOGY)

    def shape_files(self) -> tuple[DataFile, ...]:
        """``shapes/*.ttl``, which make one graph together, outside the default graph."""
        return self._folder("shapes", SHAPES_GRAPH, Kind.SHAPES)

    def data_files(self) -> tuple[DataFile, ...]:
        """``data/**/*.ttl``, each a named graph of its own."""
        folder = self.root / "data"
        return tuple(
            DataFile(
                name=self.name(path),
                path=path,
                graph=GRAPH + path.relative_to(folder).with_suffix("").as_posix(),
                kind=_FOLDER_KINDS.get(path.relative_to(folder).parts[0], Kind.SECTION),
            )
            for path in self._files("data", ".ttl")
        )

    def rule_files(self) -> tuple[Path, ...]:
        """``ontology/rules/*.rq``: the CONSTRUCT rules that run after OWL reasoning."""
        return tuple(self._files("ontology/rules", ".rq"))

    def query_files(self) -> tuple[Path, ...]:
        """``queries/**/*.rq``: the stored queries."""
        return tuple(self._files("queries", ".rq"))

    def unread(self) -> tuple[Path, ...]:
        """Files in ontology, data and shapes that nothing reads; notes (``*.md``) are welcome."""
        read = {file.path for file in self.turtle_files()} | set(self.rule_files())
        read |= set((self.root / "data").glob(f"*/{UNCITED}"))
        present = [path for folder in FOLDERS[:3] for path in self._files(folder, "")]
        return tuple(path for path in present if path not in read and path.suffix != ".md")

    def fingerprint(self, *, with_code: Iterable[str] = ()) -> str:
        """SHA-256 over every content file, the code of this layer, and what else decides a build.

        The code is part of it so that a change of the reasoner's filters, say, is not "up to date".
        """
        digest = hashlib.sha256()
        for item in with_code:
            digest.update(item.encode() + b"\0")
        code = sorted((PACKAGE / "graph").glob("*.py"))
        content = [path for folder in FOLDERS for path in self._files(folder, "")]
        for path in (*code, *content):
            digest.update(path.name.encode() if path in code else self.name(path).encode())
            try:
                digest.update(b"\0" + hashlib.sha256(path.read_bytes()).digest())
            except OSError:
                # Reading reports it; here it is enough that no build is made from it.
                digest.update(b"\0unreadable")
        return digest.hexdigest()

    def name(self, path: Path) -> str:
        """``path`` as findings write it: relative to the root, with slashes."""
        return path.relative_to(self.root).as_posix()

    def _folder(self, folder: str, graph: str, kind: Kind) -> tuple[DataFile, ...]:
        return tuple(
            DataFile(name=self.name(path), path=path, graph=graph, kind=kind)
            for path in self._files(folder, ".ttl")
            if path.parent == self.root / folder
        )

    def _files(self, folder: str, suffix: str) -> Iterator[Path]:
        """Visible files in one stable order; an editor's hidden swap file is nobody's content."""
        top = self.root / folder
        for path in sorted(top.rglob(f"*{suffix}")):
            hidden = any(part.startswith(".") for part in path.relative_to(top).parts)
            # A link that leads nowhere is content that cannot be read, and has to be reported.
            if (path.is_file() or path.is_symlink()) and not hidden:
                yield path
