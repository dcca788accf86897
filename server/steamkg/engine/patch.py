"""What a write changes: quads and graphs that go and come, small enough to travel.

A write is evaluated in a process that is thrown away; its patches are what is left of it. The same
``apply`` is used there and in the process that keeps the data, so both end with the same dataset.
"""

import json
import struct
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Final

import pyoxigraph as ox

from steamkg.engine.files import graph_names
from steamkg.engine.store import Stores

_LENGTHS: Final = struct.Struct("!IQQ")
_DEFAULT: Final = ox.DefaultGraph()

Graph = ox.NamedNode | ox.BlankNode | ox.DefaultGraph


@dataclass(kw_only=True)
class Patch:
    """One step of a write, in this order: graphs dropped, emptied, made; quads removed, added.

    Graphs are IRIs, None is the default graph (which can be emptied, but neither made nor dropped).
    """

    dropped: list[str] = field(default_factory=list)
    emptied: list[str | None] = field(default_factory=list)
    made: list[str] = field(default_factory=list)
    removed: list[ox.Quad] = field(default_factory=list)
    added: list[ox.Quad] = field(default_factory=list)

    def to_bytes(self) -> bytes:
        """The patch for another process."""
        head = json.dumps([self.dropped, self.emptied, self.made]).encode()
        removed, added = _nquads(self.removed), _nquads(self.added)
        return b"".join((_LENGTHS.pack(len(head), len(removed), len(added)), head, removed, added))

    def touched(self, *, merge: bool) -> "set[str | None] | None":
        """The graphs that it may change; None for all of them.

        With ``merge`` the default graph shows all others, and what leaves it leaves them too.
        """
        quads = [*self.removed, *self.added]
        if any(isinstance(quad.graph_name, ox.BlankNode) for quad in quads):
            return None
        if merge and (None in self.emptied or any(q.graph_name == _DEFAULT for q in self.removed)):
            return None
        found = {_name(quad.graph_name) for quad in quads}
        found.update(self.dropped, self.emptied, self.made)
        return found | {None} if merge else found


def patches(packed: bytes) -> Iterable[Patch]:
    """The patches whose ``to_bytes`` stand one after another in ``packed``."""
    start = 0
    while start < len(packed):
        head, removed, added = _LENGTHS.unpack_from(packed, start)
        start += _LENGTHS.size
        dropped, emptied, made = json.loads(packed[start : start + head])
        start += head
        middle, end = start + removed, start + removed + added
        yield Patch(
            dropped=dropped,
            emptied=emptied,
            made=made,
            removed=list(ox.parse(packed[start:middle], ox.RdfFormat.N_QUADS)),
            added=list(ox.parse(packed[middle:end], ox.RdfFormat.N_QUADS)),
        )
        start = end


def apply(stores: Stores, patch: Patch) -> Stores:
    """Change ``stores`` in place; gives them back with the graphs and quads that there are now."""
    quads = stores.quads
    gone = {*patch.dropped, *patch.emptied}
    if None in gone and stores.graphs <= gone and not _has_nameless(stores):
        _empty_all(stores, patch)
        quads = 0
    else:
        quads -= sum(_empty(stores, graph) for graph in (*patch.dropped, *patch.emptied))
    for graph in patch.dropped:
        stores.everything.remove_graph(ox.NamedNode(graph))
    for graph in patch.made:
        stores.everything.add_graph(ox.NamedNode(graph))
    quads -= sum(_remove(stores, quad) for quad in patch.removed)
    quads += _add(stores, patch.added)
    return replace(stores, graphs=graph_names(stores.everything), quads=quads)


def quads_of(stores: Stores, graph: str | None) -> list[ox.Quad]:
    """The quads that stand in a graph itself: of the default graph, nothing that is merged in."""
    if graph is None:
        store = stores.everything if stores.own is None else stores.own
        return list(store.quads_for_pattern(None, None, None, _DEFAULT))
    return list(stores.everything.quads_for_pattern(None, None, None, ox.NamedNode(graph)))


def _add(stores: Stores, quads: list[ox.Quad]) -> int:
    """Add quads; how many of them are new."""
    own = stores.everything if stores.own is None else stores.own
    in_default = {quad for quad in quads if quad.graph_name == _DEFAULT}
    new = sum(quad not in own for quad in in_default)
    new += sum(quad not in stores.everything for quad in set(quads) - in_default)
    # extend and not bulk_extend, whose threads reserve 190 MB of a worker's address space.
    stores.everything.extend(quads)
    if stores.own is not None:
        stores.everything.extend(map(_in_default, quads))
        stores.own.extend(in_default)
    return new


def _has_nameless(stores: Stores) -> bool:
    """Whether a blank node names a graph; such a graph cannot be dropped by name."""
    return any(isinstance(name, ox.BlankNode) for name in stores.everything.named_graphs())


def _empty_all(stores: Stores, patch: Patch) -> None:
    """Empty everything at once; that graph by graph would take seconds with a million triples."""
    stores.everything.clear()
    if stores.own is not None:
        stores.own.clear()
    for graph in patch.emptied:
        if graph is not None:
            stores.everything.add_graph(ox.NamedNode(graph))


def _empty(stores: Stores, graph: str | None) -> int:
    """Empty a graph; how many quads it had."""
    quads = quads_of(stores, graph)
    if stores.own is None:
        stores.everything.clear_graph(_DEFAULT if graph is None else ox.NamedNode(graph))
    else:
        for quad in quads:
            _remove_one(stores, quad, stores.own)
    return len(quads)


def _remove(stores: Stores, quad: ox.Quad) -> int:
    """Remove a quad where it stands; from how many graphs."""
    own = stores.own
    if own is None:
        there = quad in stores.everything
        stores.everything.remove(quad)
        return int(there)
    if quad.graph_name != _DEFAULT:
        there = quad in stores.everything
        _remove_one(stores, quad, own)
        return int(there)
    # The default graph is the merge of all graphs, so a triple leaves it by leaving them all.
    found = list(_everywhere(stores, quad))
    removed = sum(one.graph_name != _DEFAULT for one in found) + (quad in own)
    for one in found:
        stores.everything.remove(one)
    own.remove(quad)
    return removed


def _remove_one(stores: Stores, quad: ox.Quad, own: ox.Store) -> None:
    """Take a quad out of its graph, and out of the merge when no other graph holds the triple."""
    if quad.graph_name == _DEFAULT:
        own.remove(quad)
    else:
        stores.everything.remove(quad)
    if _in_default(quad) in own:
        return
    if all(other.graph_name == _DEFAULT for other in _everywhere(stores, quad)):
        stores.everything.remove(_in_default(quad))


def _everywhere(stores: Stores, quad: ox.Quad) -> Iterable[ox.Quad]:
    """The triple of ``quad`` in every graph that holds it, the merge among them."""
    return stores.everything.quads_for_pattern(quad.subject, quad.predicate, quad.object, None)


def _in_default(quad: ox.Quad) -> ox.Quad:
    return ox.Quad(quad.subject, quad.predicate, quad.object)


def _name(graph: Graph) -> str | None:
    return graph.value if isinstance(graph, ox.NamedNode) else None


def _nquads(quads: list[ox.Quad]) -> bytes:
    return ox.serialize(quads, format=ox.RdfFormat.N_QUADS) or b""
