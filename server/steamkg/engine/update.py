"""SPARQL 1.1 Update, evaluated on a dataset that only this process has.

An operation's WHERE is asked of the same dataset as a query: the default graph of a query, with
``WITH`` that graph, with ``USING`` those graphs merged as ``FROM`` merges them. (Oxigraph's own
updates know neither the merge nor the set.) Its templates are then filled with the solutions on an
empty store, which gives the quads to remove and to add. So nothing is written anywhere else, and
the whole is a list of patches: all of them, or a failure and none.

Where the default graph is the merge of all graphs, what is inserted there stays in no named graph,
and what is deleted there leaves every graph, as in GraphDB and RDF4J: a triple just deleted is not
found again. CLEAR, DROP, COPY, MOVE and ADD mean the default graph without what is merged in.
"""

import re
import secrets
from collections.abc import Iterable, Iterator
from typing import Final

import pyoxigraph as ox

from steamkg.engine import dataset, explain
from steamkg.engine.change import Change
from steamkg.engine.failures import (
    DatasetConflict,
    Forbidden,
    ForeignGraph,
    GraphConflict,
    Unsupported,
)
from steamkg.engine.lexer import tokens
from steamkg.engine.operations import Operation, makes_blank_nodes, operations, variables
from steamkg.engine.patch import Patch, apply, quads_of
from steamkg.engine.store import Stores

_DEFAULT: Final = ox.DefaultGraph()
_STOP: Final = "DROP GRAPH <urn:x-steamkg:nowhere> ;"
_STORED: Final = re.compile("[0-9a-f]{8,32}")
"""The labels of blank nodes in a dataset: 128 random bits, from Oxigraph or from here."""
_BATCH: Final = 1000
"""Solutions that fill a template at a time."""

_ONE_GRAPH: Final = "a patch writes to one graph, which is named already: leave out GRAPH"

Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple


class Update:
    """One request on its way; ``stores`` is where it has got to."""

    def __init__(self, stores: Stores, change: Change) -> None:
        self.stores = stores
        self._change = change
        self._blank = f"urn:x-steamkg:{secrets.token_hex(16)}:"

    def patches(self) -> Iterator[Patch]:
        """The patches of all operations, each applied before the next is evaluated."""
        found = self._read()
        graph = self._change.graph
        if graph is not None and graph not in self.stores.graphs:
            # A patch that writes nothing still leaves the graph behind that it is for.
            patch = Patch(made=[graph])
            self.stores = apply(self.stores, patch)
            yield patch
        for operation in found:
            try:
                patch = self._patch(operation)
            except RuntimeError as error:
                raise Unsupported(f"the engine does not evaluate this: {error}") from error
            except GraphConflict:
                if not operation.silent:
                    raise
                continue
            self.stores = apply(self.stores, patch)
            yield patch

    def _read(self) -> list[Operation]:
        """The operations, all of them found right before the first one is evaluated."""
        text = self._change.text
        found = operations(text)
        for operation in found:
            _check(text, operation, self._change.base)
        dataset.refuse_service(tokens(text), "an update")
        given = self._change.default_graphs or self._change.named_graphs
        for operation in found:
            if operation.kind == "LOAD" and not operation.silent:
                raise Forbidden(
                    "LOAD is refused: this server fetches nothing from elsewhere. "
                    "Fetch the document yourself and send it to the graph store."
                )
            if given and (operation.with_graph or operation.using or operation.using_named):
                raise DatasetConflict(
                    "the request names graphs (using-graph-uri, using-named-graph-uri) and so "
                    "must have no USING, USING NAMED or WITH in its text"
                )
            if self._change.kind == "patch":
                _require_one_graph(operation)
        return found

    def _patch(self, operation: Operation) -> Patch:
        if operation.kind == "INSERT DATA":
            return Patch(added=self._filled(operation, operation.insert, [], self._change.graph))
        if operation.kind == "DELETE DATA":
            return Patch(removed=self._filled(operation, operation.delete, [], self._change.graph))
        if operation.kind == "MODIFY":
            return self._modified(operation)
        if operation.kind == "LOAD":
            # §3.1.4: with SILENT a document that cannot be had is no failure, and none is fetched.
            return Patch()
        return _managed(self.stores, operation, self._change.base)

    def _modified(self, operation: Operation) -> Patch:
        base = self._change.base
        graph, *using = dataset.resolved(
            operation.prologue,
            [operation.with_graph or "<urn:x>", *operation.using, *operation.using_named],
            base,
        )
        with_graph = graph if operation.with_graph else self._change.graph
        default, named = using[: len(operation.using)], using[len(operation.using) :]
        view = self._view(with_graph, tuple(default), tuple(named))
        patch = Patch()
        if operation.delete is not None:
            rows = self._solutions(view, operation, operation.delete)
            patch.removed = self._filled(operation, operation.delete, rows, with_graph)
        if operation.insert is not None:
            rows = self._solutions(view, operation, operation.insert)
            patch.added = self._filled(operation, operation.insert, rows, with_graph)
        return patch

    def _view(
        self, with_graph: str | None, default: tuple[str, ...], named: tuple[str, ...]
    ) -> dataset.View:
        change = self._change
        if change.default_graphs or change.named_graphs:
            return dataset.given(self.stores, change.default_graphs, change.named_graphs)
        if default or named:
            return dataset.given(self.stores, default, named)
        if with_graph is not None:
            return dataset.View(self.stores.everything, [ox.NamedNode(with_graph)])
        return dataset.View(self.stores.everything)

    def _solutions(self, view: dataset.View, operation: Operation, template: str) -> list[str]:
        """The solutions of WHERE, as rows of VALUES over the variables of the template."""
        names = variables(template)
        kept = "" if makes_blank_nodes(template) else "DISTINCT "
        columns = " ".join(f"?{name}" for name in names) or "(1 AS ?x)"
        results = view.store.query(
            f"{operation.prologue}\nSELECT {kept}{columns} WHERE {operation.where}",
            base_iri=self._change.base,
            default_graph=view.default_graph,  # type: ignore[arg-type]  # list is invariant
            named_graphs=view.named_graphs,  # type: ignore[arg-type]
        )
        if not isinstance(results, ox.QuerySolutions):
            raise TypeError(type(results))
        if not names:
            return ["()" for _ in results]
        return [f"({' '.join(map(self._written, solution))})" for solution in results]

    def _written(self, term: Term | None) -> str:
        """A value as VALUES takes it; blank nodes go by IRIs that nobody else can know."""
        if term is None:
            return "UNDEF"
        if isinstance(term, ox.BlankNode):
            return f"<{self._blank}{term.value.encode().hex()}>"
        if isinstance(term, ox.Triple):
            parts = (term.subject, term.predicate, term.object)
            return f"<<( {' '.join(map(self._written, parts))} )>>"
        return str(term)

    def _filled(
        self, operation: Operation, block: str | None, rows: list[str], with_graph: str | None
    ) -> list[ox.Quad]:
        """The quads of a template for every row, or of a block of data as it is."""
        scratch = ox.Store()
        start, base = operation.prologue + "\n", self._change.base
        if operation.kind == "MODIFY":
            names = " ".join(f"?{name}" for name in variables(block or ""))
            for batch in _batches(rows):
                values = f"VALUES ({names}) {{ {' '.join(batch)} }}"
                scratch.update(f"{start}INSERT {block} WHERE {{ {values} }}", base_iri=base)
        else:
            scratch.update(f"{start}INSERT DATA {block}", base_iri=base)
        fresh: dict[str, ox.BlankNode] = {}
        default = _DEFAULT if with_graph is None else ox.NamedNode(with_graph)
        found = [quad for one in scratch if (quad := self._read_back(one, default, fresh))]
        if self._change.kind == "patch" and any(quad.graph_name != default for quad in found):
            raise ForeignGraph(_ONE_GRAPH)  # GRAPH without a space behind it is read by Oxigraph
        return found

    def _read_back(
        self,
        quad: ox.Quad,
        default: ox.DefaultGraph | ox.NamedNode,
        fresh: dict[str, ox.BlankNode],
    ) -> ox.Quad | None:
        """A quad of the scratch store with the blank nodes it stands for; None if it is no RDF."""
        if quad.predicate.value.startswith(self._blank):
            return None
        graph = default
        if quad.graph_name != _DEFAULT:
            name = self._term(quad.graph_name, fresh)
            if not isinstance(name, ox.NamedNode | ox.BlankNode):
                return None
            graph = name  # type: ignore[assignment]
        subject = self._term(quad.subject, fresh)
        value = self._term(quad.object, fresh)
        return ox.Quad(subject, quad.predicate, value, graph)  # type: ignore[arg-type]

    def _term(self, term: Term | ox.DefaultGraph, fresh: dict[str, ox.BlankNode]) -> Term:
        if isinstance(term, ox.NamedNode) and term.value.startswith(self._blank):
            label = bytes.fromhex(term.value.removeprefix(self._blank)).decode()
            if _STORED.fullmatch(label):
                return ox.BlankNode(label)
            # BNODE("x"), which Oxigraph calls _:x whenever it is asked (SPARQL 1.1 §17.4.2.9:
            # a new one in every request).
            return fresh.setdefault(f"BNODE {label}", ox.BlankNode(secrets.token_hex(16)))
        if isinstance(term, ox.BlankNode):
            # Made by the template. Named here, for a forked process may repeat what Oxigraph
            # thought of as random in another one.
            return fresh.setdefault(term.value, ox.BlankNode(secrets.token_hex(16)))
        if isinstance(term, ox.Triple):
            subject, value = self._term(term.subject, fresh), self._term(term.object, fresh)
            return ox.Triple(subject, term.predicate, value)  # type: ignore[arg-type]
        if isinstance(term, ox.DefaultGraph):
            raise TypeError(type(term))
        return term


def _require_one_graph(operation: Operation) -> None:
    """Refuse what a patch of one graph must not do. Raises ForeignGraph.

    What it writes goes to its graph, which is the default graph of WHERE as well, as after WITH.
    Other graphs may be read with GRAPH.
    """
    if operation.kind not in ("INSERT DATA", "DELETE DATA", "MODIFY"):
        raise ForeignGraph(f"{operation.kind} is not for a patch; use INSERT and DELETE")
    if operation.with_graph or operation.using or operation.using_named:
        raise ForeignGraph("a patch is of one graph, which is named already: leave out WITH, USING")
    for block in (operation.delete, operation.insert):
        if block and any(token.keyword == "GRAPH" for token in tokens(block)):
            raise ForeignGraph(_ONE_GRAPH)


def _check(text: str, operation: Operation, base: str | None) -> None:
    """Have Oxigraph's parser read the operation. Raises QuerySyntaxError with the place in text.

    A whole update is read before any of it is evaluated, so one that begins by dropping a graph
    that is not there ends right behind the parser: nothing is evaluated, fetched or written.
    """
    try:
        ox.Store().update(f"{operation.prologue}\n{_STOP}\n{operation.text}", base_iri=base)
    except SyntaxError:
        # Once more, with everything but the prologue and this operation blanked out: the place
        # that the parser names is then that in the request.
        alone = _blanked(text, operation)
        try:
            ox.Store().update(alone, base_iri=base)
        except SyntaxError as error:
            raise explain.refused_update(text, error) from error
        raise
    except RuntimeError:
        return
    raise AssertionError(operation.text)


def _blanked(text: str, operation: Operation) -> str:
    before = [" " if character != "\n" else "\n" for character in text[: operation.start]]
    position = 0
    for declaration in operation.prologue.split("\n"):
        found = text.find(declaration, position, operation.start) if declaration else -1
        if found >= 0:
            before[found : found + len(declaration)] = declaration
            position = found + len(declaration)
    return "".join(before) + operation.text


def _batches(rows: list[str]) -> Iterable[list[str]]:
    return (rows[start : start + _BATCH] for start in range(0, len(rows), _BATCH))


def _managed(stores: Stores, operation: Operation, base: str | None) -> Patch:
    """CLEAR, DROP, CREATE, ADD, MOVE and COPY: SPARQL 1.1 Update §3.1.5 and §3.2."""
    written = [graph for graph in operation.graphs if graph not in ("DEFAULT", "NAMED", "ALL")]
    iris = iter(dataset.resolved(operation.prologue, written, base))
    graphs = [next(iris) if graph in written else graph for graph in operation.graphs]
    first = None if graphs[0] == "DEFAULT" else graphs[0]
    if operation.kind == "CREATE":
        if first in stores.graphs:
            raise GraphConflict(f"the graph <{first}> is there already", graph=str(first))
        return Patch(made=[str(first)])
    if first in ("NAMED", "ALL"):
        named = sorted(stores.graphs)
        rest: list[str | None] = [None] if first == "ALL" else []
        if operation.kind == "DROP":
            return Patch(dropped=named, emptied=rest)
        return Patch(emptied=[*named, *rest])
    if first is not None and first not in stores.graphs:
        raise GraphConflict(f"there is no graph <{first}>", graph=first)
    if operation.kind in ("CLEAR", "DROP"):
        return (
            Patch(dropped=[first]) if operation.kind == "DROP" and first else Patch(emptied=[first])
        )
    return _transferred(
        stores, operation.kind, first, None if graphs[1] == "DEFAULT" else graphs[1]
    )


def _transferred(stores: Stores, kind: str, source: str | None, target: str | None) -> Patch:
    if source == target:
        return Patch()
    graph = _DEFAULT if target is None else ox.NamedNode(target)
    patch = Patch(
        emptied=[] if kind == "ADD" else [target],
        made=[] if target is None else [target],
        added=[
            ox.Quad(quad.subject, quad.predicate, quad.object, graph)
            for quad in quads_of(stores, source)
        ],
    )
    if kind == "MOVE":
        if source is None:
            patch.emptied.append(None)
        else:
            patch.dropped.append(source)
    return patch
