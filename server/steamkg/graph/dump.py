"""A published build, or one graph of it, in any of the RDF formats; its alignments as SSSOM.

Streams where the format allows: N-Quads of the whole are the file itself.
"""

import gzip
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from io import BufferedReader
from typing import IO, Final

import pyoxigraph as ox

from steamkg.graph import sssom
from steamkg.graph.content import ASSERTED_KINDS, Kind
from steamkg.graph.names import ALL, ASSERTED, BASE, GRAPH, PREFIXES
from steamkg.graph.publish import Published

SSSOM: Final = "sssom"
FORMATS: Final = {
    "nquads": ox.RdfFormat.N_QUADS,
    "trig": ox.RdfFormat.TRIG,
    "turtle": ox.RdfFormat.TURTLE,
    "ntriples": ox.RdfFormat.N_TRIPLES,
    "jsonld": ox.RdfFormat.JSON_LD,
}


class UnknownGraphError(Exception):
    """The build has no such graph, or none with mappings; the message says what to name instead."""


def dump(published: Published, output: IO[bytes], *, format: str, graph: str = "") -> None:
    """Writes the build to ``output``.

    Without ``graph``: the whole dataset, or its default graph where the format has no named
    graphs. ``graph`` is an IRI, or what follows ``…/graph/`` in it. The format ``sssom`` takes the
    mapping set of that graph, or the one that joins all. Raises UnknownGraphError before
    anything is written, and OSError from the output.
    """
    if format == SSSOM:
        named = _full_name(published, graph) if graph else ""
        try:
            sssom.write(_quads(published), output, graph=named)
        except sssom.NoMappingsError as error:
            raise UnknownGraphError(str(error)) from error
        return
    chosen = FORMATS[format]
    if graph:
        quads = _one_graph(published, _full_name(published, graph))
    elif chosen is ox.RdfFormat.N_QUADS:
        with gzip.open(published.dataset) as whole:
            while block := whole.read(1 << 20):
                output.write(block)
        return
    else:
        quads = _quads(published)
    if chosen.supports_datasets:
        ox.serialize(quads, output, format=chosen, prefixes=PREFIXES)
    else:
        ox.serialize(
            _triples(quads, only_default=not graph), output, format=chosen, prefixes=PREFIXES
        )


def graph_names(published: Published) -> tuple[str, ...]:
    """Every name that `dump` takes: the named graphs and the two merged ones."""
    return (*sorted(published.manifest["graphs"]), ALL, ASSERTED)


def _full_name(published: Published, written: str) -> str:
    known = graph_names(published)
    for candidate in (written, BASE + written, GRAPH + written):
        if candidate in known:
            return candidate
    close = get_close_matches(GRAPH + written.removeprefix(BASE).removeprefix("graph/"), known, n=3)
    hint = f"; did you mean {' or '.join(close)}?" if close else ""
    raise UnknownGraphError(f"no graph {written} in this build{hint}")


def _quads(published: Published) -> Iterator[ox.Quad]:
    with gzip.open(published.dataset) as whole, BufferedReader(whole) as lines:
        yield from ox.parse(input=lines, format=ox.RdfFormat.N_QUADS)


def _one_graph(published: Published, name: str) -> Iterator[ox.Quad]:
    """A named graph's quads; of a merged graph the merge, as a default graph."""
    if name == ALL:
        return (quad for quad in _quads(published) if _in_default_graph(quad))
    if name == ASSERTED:
        return _merge(published)
    return (
        quad
        for quad in _quads(published)
        if isinstance(quad.graph_name, ox.NamedNode) and quad.graph_name.value == name
    )


def _merge(published: Published) -> Iterator[ox.Quad]:
    described = published.manifest["graphs"].items()
    merged = {name for name, about in described if Kind(about["kind"]) in ASSERTED_KINDS}
    seen = {
        ox.Quad(quad.subject, quad.predicate, quad.object)
        for quad in _quads(published)
        if isinstance(quad.graph_name, ox.NamedNode) and quad.graph_name.value in merged
    }
    # In the order of the file's own lines, so that the same build dumps to the same bytes.
    return iter(sorted(seen, key=str))


def _in_default_graph(quad: ox.Quad) -> bool:
    return isinstance(quad.graph_name, ox.DefaultGraph)


def _triples(quads: Iterable[ox.Quad], *, only_default: bool) -> Iterator[ox.Triple]:
    for quad in quads:
        if not only_default or _in_default_graph(quad):
            yield ox.Triple(quad.subject, quad.predicate, quad.object)
