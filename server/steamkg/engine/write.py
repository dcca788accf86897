"""One change, evaluated in this process into the patches that make it.

Nothing here keeps time or survives: the caller runs this in a process that can be killed, and
applies the patches where the data live.
"""

import secrets
import sys
import time
from collections.abc import Iterator

import pyoxigraph as ox

from steamkg.engine import sizes
from steamkg.engine.change import Change, Outcome
from steamkg.engine.failures import (
    BadContent,
    DatasetFull,
    EvaluationFailed,
    Forbidden,
    UnknownGraph,
)
from steamkg.engine.patch import Patch, apply
from steamkg.engine.store import Stores
from steamkg.engine.update import Update


def write(stores: Stores, change: Change, *, nesting: int = sys.maxsize) -> tuple[Outcome, bytes]:
    """The outcome of ``change`` and its patches packed. Changes ``stores``: a copy to throw away.

    Raises the failures that are the change's own fault.
    """
    start = time.perf_counter()
    made = change.graph is not None and change.graph not in stores.graphs
    if change.is_update:
        sizes.refuse_nesting(change.text, nesting)
        update = Update(stores, change)
        try:
            packed = b"".join(patch.to_bytes() for patch in update.patches())
        except OSError as error:
            # Nothing can be opened here, so an update that gets here tried to dial.
            raise Forbidden(f"this endpoint asks no other host ({error})") from error
        stores = update.stores
    else:
        patch = _graph_patch(stores, change)
        packed = patch.to_bytes()
        stores = apply(stores, patch)
    if stores.quads > change.quads_limit:
        raise DatasetFull(
            f"the dataset would have more than the {change.quads_limit:,} quads it may have",
            limit=change.quads_limit,
        )
    return Outcome(made=made, seconds=time.perf_counter() - start), packed


def _graph_patch(stores: Stores, change: Change) -> Patch:
    graph = change.graph
    exists = graph is None or graph in stores.graphs
    if change.kind == "delete":
        if not exists:
            raise UnknownGraph(f"there is no graph <{graph}>", graph=str(graph))
        return Patch(emptied=[None]) if graph is None else Patch(dropped=[graph])
    made = [] if graph is None else [graph]
    added = list(_read(change))
    return Patch(emptied=[graph] if change.kind == "put" and exists else [], made=made, added=added)


def _read(change: Change) -> Iterator[ox.Quad]:
    """The quads of all parts in their graph."""
    graph = ox.DefaultGraph() if change.graph is None else ox.NamedNode(change.graph)
    start = 0
    for number, (media_type, length) in enumerate(change.parts, 1):
        known = ox.RdfFormat.from_media_type(media_type)
        if known is None:
            raise EvaluationFailed(f"{media_type} is no format of RDF")
        part = change.body[start : start + length]
        start += length
        try:
            yield from _quads(part, known, change.base, graph)
        except SyntaxError as error:
            what = f"part {number} of the body" if len(change.parts) > 1 else "the body"
            raise BadContent(f"{what} is no {known.name} of one graph: {error}") from error


def _quads(
    part: bytes, known: ox.RdfFormat, base: str | None, graph: ox.NamedNode | ox.DefaultGraph
) -> Iterator[ox.Quad]:
    """The quads of a document; its blank nodes are new ones, as everywhere on arrival."""
    names: dict[str, ox.BlankNode] = {}

    def fresh(term: object) -> object:
        if isinstance(term, ox.BlankNode):
            return names.setdefault(term.value, ox.BlankNode(secrets.token_hex(16)))
        if isinstance(term, ox.Triple):
            return ox.Triple(fresh(term.subject), term.predicate, fresh(term.object))  # type: ignore[arg-type]
        return term

    for quad in ox.parse(part, known, base_iri=base, without_named_graphs=True):
        yield ox.Quad(fresh(quad.subject), quad.predicate, fresh(quad.object), graph)  # type: ignore[arg-type]
