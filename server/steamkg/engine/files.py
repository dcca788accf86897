"""A dataset given as files: any RDF, loaded into memory, as it is or with its graphs merged.

Triples of a file go into the default graph, quads where they say. Nothing is written back: what is
changed while it is served lasts as long as the server.
"""

import gzip
import hashlib
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final, cast

from pyoxigraph import DefaultGraph, NamedNode, RdfFormat, Store

from steamkg.engine.store import BuildError, Stores

FORMATS: Final[dict[str, RdfFormat]] = {
    ".ttl": RdfFormat.TURTLE,
    ".nt": RdfFormat.N_TRIPLES,
    ".nq": RdfFormat.N_QUADS,
    ".trig": RdfFormat.TRIG,
    ".rdf": RdfFormat.RDF_XML,
    ".owl": RdfFormat.RDF_XML,
    ".xml": RdfFormat.RDF_XML,
    ".jsonld": RdfFormat.JSON_LD,
    ".json": RdfFormat.JSON_LD,
}
_MERGE: Final = "INSERT { ?s ?p ?o } WHERE { GRAPH ?g { ?s ?p ?o } }"
EMPTY: Final = "empty"
"""What stands for no file at all."""
_PACKED: Final = ".gz"


@dataclass(frozen=True, kw_only=True)
class Files:
    """The files of a dataset, and whether its default graph is the merge of all its graphs.

    ``manifest`` and ``version`` are those of nothing yet: what is loaded and written later is known
    to the pool (``Pool.manifest``).
    """

    paths: tuple[Path, ...] = ()
    merge: bool = True
    manifest: dict[str, Any] = field(default_factory=lambda: {"graphs": {}}, hash=False)

    @classmethod
    def open(cls, paths: tuple[Path, ...], *, merge: bool) -> "Files":
        """The files, all of them there and of known formats. Raises BuildError."""
        for path in paths:
            _format(path)
            if not path.is_file():
                raise BuildError(f"{path} is no file")
        return cls(paths=tuple(path.resolve() for path in paths), merge=merge)

    @classmethod
    def from_origin(cls, origin: dict[str, Any]) -> "Files":
        """The files that ``origin`` described."""
        return cls(paths=tuple(map(Path, origin["files"])), merge=bool(origin["merge"]))

    def origin(self) -> dict[str, object]:
        """How the nursery is told to load this; JSON-ready."""
        return {"files": [str(path) for path in self.paths], "merge": self.merge}

    @property
    def version(self) -> str:
        """The content hash of the files."""
        total = hashlib.sha256(b"merge" if self.merge else b"strict")
        for path in self.paths:
            with path.open("rb") as file:
                total.update(hashlib.file_digest(file, "sha256").digest())
        return total.hexdigest()


def load(files: Files) -> Stores:
    """Load the files into memory. Raises BuildError, naming the file and the place."""
    everything = Store()
    for path in files.paths:
        with _opened(path) as file:
            # Blank nodes are renamed on the way, so that those of two files never meet.
            everything.bulk_load(file, _format(path), base_iri=path.as_uri())
    quads = len(everything)
    own = None
    if files.merge:
        own = Store()
        own.bulk_extend(everything.quads_for_pattern(None, None, None, DefaultGraph()))
        everything.update(_MERGE)
    return Stores(
        everything=everything,
        asserted=Store(),
        graphs=graph_names(everything),
        merged=frozenset(),
        overlaps=None,
        virtual=frozenset(),
        own=own,
        quads=quads,
        is_open=True,
    )


def graph_names(store: Store) -> frozenset[str]:
    """The IRIs of the named graphs of ``store``; blank nodes as names have none."""
    return frozenset(name.value for name in store.named_graphs() if isinstance(name, NamedNode))


def _format(path: Path) -> RdfFormat:
    suffixes = [suffix.casefold() for suffix in path.suffixes]
    if suffixes[-1:] == [_PACKED]:
        suffixes.pop()
    known = FORMATS.get(suffixes[-1] if suffixes else "")
    if known is None:
        raise BuildError(
            f"{path.name}: the ending tells no format; known are {', '.join(FORMATS)}, "
            f"each also with {_PACKED}"
        )
    return known


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    try:
        if path.suffix.casefold() == _PACKED:
            with gzip.open(path) as unpacked:
                yield cast(IO[bytes], unpacked)
        else:
            with path.open("rb") as file:
                yield file
    except SyntaxError as error:
        raise BuildError(f"{path}: {error}") from error
    except (OSError, EOFError, zlib.error) as error:
        raise BuildError(f"{path} cannot be read: {error}") from error
