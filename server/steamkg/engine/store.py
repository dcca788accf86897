"""A build on disk, and its triples in memory.

Knows the layout that ``graph/`` writes: ``manifest.json`` beside ``dataset.nq.gz``, whose default
graph already is the RDF merge of everything asserted and inferred (a set, which Oxigraph's own
union of graphs is not).
"""

import gzip
import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from pyoxigraph import DefaultGraph, NamedNode, Quad, QuerySolutions, RdfFormat, Store

from steamkg.engine.merges import Merges
from steamkg.graph.content import ASSERTED_KINDS, DEFAULT_KINDS
from steamkg.graph.names import VIRTUAL
from steamkg.graph.publish import CURRENT, FORMAT, MANIFEST

_OVERLAPS: Final = """
SELECT DISTINCT ?one ?other {
  GRAPH ?one { ?s ?p ?o }
  GRAPH ?other { ?s ?p ?o }
  FILTER(STR(?one) < STR(?other))
}
"""


class BuildError(Exception):
    """There is no build, or none that this version can serve."""


@dataclass(frozen=True)
class Build:
    """A finished build: its own directory (never the link ``current``) and its manifest."""

    directory: Path
    manifest: dict[str, Any] = field(hash=False)

    @classmethod
    def open(cls, directory: Path) -> "Build":
        """Read the build in ``directory``, or in its link ``current`` when it has one.

        The link is followed once, so that every process of one run serves the same build even
        when a newer one is published meanwhile.
        """
        link = directory / CURRENT
        directory = (link if link.exists() else directory).resolve()
        try:
            manifest = json.loads((directory / MANIFEST).read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise BuildError(f"no build in {directory}; `steamkg build` makes one") from None
        except (OSError, ValueError) as error:
            raise BuildError(f"{directory / MANIFEST} cannot be read: {error}") from error
        if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
            raise BuildError(f"{directory} has another format; `steamkg build` makes a new one")
        return cls(directory, manifest)

    @property
    def version(self) -> str:
        """The content hash of the dataset."""
        return str(self.manifest["version"])

    def origin(self) -> dict[str, object]:
        """How the nursery is told to load this; JSON-ready."""
        return {"directory": str(self.directory)}

    @property
    def graphs(self) -> dict[str, str]:
        """The named graphs: IRI → kind."""
        return {iri: str(graph["kind"]) for iri, graph in self.manifest["graphs"].items()}

    def dataset(self) -> bytes:
        """The N-Quads, uncompressed. Raises BuildError when the file is damaged."""
        about = self.manifest["dataset"]
        file = self.directory / str(about["file"])
        try:
            packed = file.read_bytes()
            if hashlib.sha256(packed).hexdigest() != about["sha256"]:
                raise BuildError(f"{file} differs from its manifest; `steamkg build` mends it")
            return gzip.decompress(packed)
        except OSError as error:
            raise BuildError(f"{file} cannot be read: {error}") from error


@dataclass(frozen=True, kw_only=True)
class Stores:
    """The data of a dataset, ready to be asked.

    ``everything`` has the named graphs and the default graph as queries see them: for a build the
    merge of what is asserted and inferred. ``plain`` has that default graph alone, where it never
    changes: with no named graphs to step over, an answer takes up to 40% less time. ``asserted``
    has the merge of the asserted graphs alone. ``graphs`` are the names of the named graphs,
    ``merged`` those that are part of the default graph, ``overlaps`` the pairs of graphs that share
    a triple; None where that is not known. ``virtual`` are the merged graphs that only FROM may
    name. ``is_open`` says whether there may be other graphs tomorrow, so that one that is not there
    is simply empty. ``merges`` holds graphs merged for questions, while the data do not change.

    ``own`` holds the triples that stand in the default graph itself where ``everything`` shows it
    merged with the named graphs; None where the default graph is no more than itself. ``quads``
    counts what stands in the graphs themselves, where something may be written.
    """

    everything: Store
    asserted: Store
    graphs: frozenset[str]
    merged: frozenset[str]
    overlaps: frozenset[frozenset[str]] | None
    virtual: frozenset[str] = VIRTUAL
    own: Store | None = None
    plain: Store | None = None
    quads: int = 0
    is_open: bool = False
    merges: Merges = field(default_factory=Merges, compare=False)


def load(build: Build) -> Stores:
    """Load a build into memory: one store for everything, two more for its merged graphs."""
    everything = Store()
    everything.bulk_load(build.dataset(), RdfFormat.N_QUADS, lenient=True)
    # Copied term by term: a dump and a load would tear blank nodes of two graphs apart.
    plain = Store()
    plain.bulk_extend(everything.quads_for_pattern(None, None, None, DefaultGraph()))
    asserted = Store()
    for iri, kind in build.graphs.items():
        if kind in ASSERTED_KINDS:
            asserted.bulk_extend(
                Quad(quad.subject, quad.predicate, quad.object)
                for quad in everything.quads_for_pattern(None, None, None, NamedNode(iri))
            )
    pairs = everything.query(_OVERLAPS, default_graph=DefaultGraph())
    if not isinstance(pairs, QuerySolutions):
        raise TypeError(type(pairs))
    return Stores(
        everything=everything,
        asserted=asserted,
        plain=plain,
        graphs=frozenset(build.graphs),
        merged=frozenset(iri for iri, kind in build.graphs.items() if kind in DEFAULT_KINDS),
        overlaps=frozenset(frozenset((row[0].value, row[1].value)) for row in pairs),
    )
