"""Which graphs a question is asked of: SPARQL 1.1 §13.2 and SPARQL 1.1 Protocol §2.1.4.

The dataset given by the protocol wins over ``FROM`` in the query, which wins over the default
dataset. Nothing is ever fetched: an IRI that could be dialled and is no graph of this dataset is
refused, any other unknown IRI (a ``urn:``) is a graph without triples.

Oxigraph counts a triple twice that stands in two of the graphs merged by ``FROM <a> FROM <b>``,
while SPARQL's default graph is an RDF merge, a set. So graphs that share triples are merged into
a store of their own first; graphs that share none are asked in place.
"""

import re
from dataclasses import dataclass, field
from itertools import combinations, pairwise
from typing import Final

from pyoxigraph import DefaultGraph, NamedNode, Quad, QuerySolutions, Store

from steamkg.engine.failures import Forbidden, QuerySyntaxError, UnknownGraph
from steamkg.engine.lexer import Token, tokens
from steamkg.engine.question import Question
from steamkg.engine.store import Stores
from steamkg.graph.names import ALL, ASSERTED

_NEEDS_A_LOOK: Final = re.compile("from|service", re.IGNORECASE)
_DIALLED: Final = re.compile("(?:https?|ftps?|file):", re.IGNORECASE)
_FORMS: Final = ("SELECT", "CONSTRUCT", "ASK", "DESCRIBE")
_VIRTUAL: Final = frozenset((ALL, ASSERTED))


@dataclass(frozen=True)
class View:
    """A store and the part of it to ask; None leaves the store's own default or named graphs."""

    store: Store
    default_graph: DefaultGraph | list[NamedNode] | None = None
    named_graphs: list[NamedNode] | None = None


@dataclass
class _Clauses:
    """The dataset clauses of a query, as written, and the text that declares their prefixes."""

    prologue: str = ""
    default: list[str] = field(default_factory=list)
    named: list[str] = field(default_factory=list)


def view(stores: Stores, question: Question) -> View:
    """The part of ``stores`` that ``question`` is about.

    Raises Forbidden for SERVICE, UnknownGraph for a graph that would have to be fetched, and
    QuerySyntaxError where the dataset clauses of the text cannot be told for certain.
    """
    default, named = question.default_graphs, question.named_graphs
    if _NEEDS_A_LOOK.search(question.text):
        found = tokens(question.text)
        _refuse_service(found)
        clauses = _dataset_clauses(question.text, found)
        if not default and not named:
            default, named = _resolved(clauses, question)
    if not default and not named:
        return View(stores.everything)
    for graph in (*default, *named):
        _refuse_remote(stores, graph)
    return _chosen(stores, tuple(dict.fromkeys(default)), tuple(dict.fromkeys(named)))


def _refuse_service(found: list[Token]) -> None:
    for index, token in enumerate(found):
        if "service" not in token.text.casefold():
            continue
        glued = (
            token.kind == "name"
            and "service" in token.text.partition(":")[0].casefold()
            and index + 1 < len(found)
            and found[index + 1].text == "{"
            and token.depth > 0
            and found[index - 1].keyword != "GRAPH"
        )
        if token.kind == "word" or glued:
            raise Forbidden(
                "SERVICE is refused: this endpoint asks no other host, silently or otherwise. "
                "Ask the other endpoint yourself and join the two results."
            )


def _dataset_clauses(text: str, found: list[Token]) -> _Clauses:
    clauses = _Clauses()
    started = False
    for index, token in enumerate(found):
        if token.depth:
            continue
        if not started and token.keyword.startswith(_FORMS):
            started = True
            clauses.prologue = text[: token.start]
        if "FROM" in token.keyword:
            _read_clause(text, found, index, clauses)
        elif token.kind == "name" and "from" in token.text.partition(":")[0].casefold():
            _refuse_glued(text, found, index)
    return clauses


def _read_clause(text: str, found: list[Token], index: int, clauses: _Clauses) -> None:
    if found[index].keyword != "FROM":
        raise QuerySyntaxError.at(text, found[index].start, "FROM needs spaces around it")
    rest = found[index + 1 : index + 3]
    named = bool(rest) and rest[0].keyword == "NAMED"
    graph = rest[1:2] if named else rest[:1]
    if graph and graph[0].kind in ("iri", "name"):
        (clauses.named if named else clauses.default).append(graph[0].text)


def _refuse_glued(text: str, found: list[Token], index: int) -> None:
    """Refuse ``FROMx:g``, which Oxigraph would read as ``FROM x:g``, unless it is a plain name."""
    before = found[index - 1] if index else None
    after = found[index + 1] if index + 1 < len(found) else None
    introduced = before is not None and before.keyword in ("FROM", "NAMED", "PREFIX", "DESCRIBE")
    if introduced or (after is not None and after.text == "("):
        return
    if before is not None and before.kind in ("iri", "name", "variable"):
        written = found[index].text.partition(":")[0] + ":"
        declared = any(
            one.keyword == "PREFIX" and two.text == written for one, two in pairwise(found)
        )
        describes = any(token.keyword == "DESCRIBE" for token in found[:index])
        if declared and describes:
            return
    raise QuerySyntaxError.at(text, found[index].start, "FROM needs spaces around it")


def _resolved(clauses: _Clauses, question: Question) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The IRIs that the clauses stand for.

    The engine itself resolves them: the query's own prologue, asked on an empty store, knows
    every rule about BASE, PREFIX and escapes that the engine will use afterwards.
    """
    written = [*clauses.default, *clauses.named]
    if not written:
        return (), ()
    columns = " ".join(f"({name} AS ?g{index})" for index, name in enumerate(written))
    resolver = f"{clauses.prologue}\nSELECT {columns} {{}}"
    try:
        results = Store().query(resolver, base_iri=question.base)
    except SyntaxError:
        # The prologue is at fault, or a name in it; the whole query tells where.
        Store().query(question.text, base_iri=question.base)
        raise
    if not isinstance(results, QuerySolutions):
        raise TypeError(type(results))
    iris = [str(term.value) for term in next(results)]
    return tuple(iris[: len(clauses.default)]), tuple(iris[len(clauses.default) :])


def _refuse_remote(stores: Stores, graph: str) -> None:
    if graph in stores.graphs or graph in _VIRTUAL or not _DIALLED.match(graph):
        return
    raise UnknownGraph(
        f"<{graph}> is no graph of this dataset, and this endpoint fetches none from elsewhere. "
        "The service description lists the graphs that are here.",
        graph=graph,
    )


def _chosen(stores: Stores, default: tuple[str, ...], named: tuple[str, ...]) -> View:
    real_names = [NamedNode(graph) for graph in named]
    in_place = not _VIRTUAL.intersection(named)
    if ALL in default:
        # Everything asserted is part of it; shapes and later developments may come on top.
        default = tuple(g for g in default if g != ASSERTED and g not in stores.merged)
    if in_place and default == (ALL,):
        return View(stores.everything, DefaultGraph(), real_names)
    if default == (ASSERTED,) and not named:
        return View(stores.asserted, DefaultGraph(), [])
    if in_place and not _VIRTUAL.intersection(default) and _disjoint(stores, default):
        return View(stores.everything, [NamedNode(graph) for graph in default], real_names)
    # extend and not bulk_extend, whose threads reserve 190 MB of a worker's address space.
    merged = Store()
    for graph in default:
        merged.extend(_triples_of(stores, graph, DefaultGraph()))
    for graph in named:
        merged.add_graph(NamedNode(graph))
        merged.extend(_triples_of(stores, graph, NamedNode(graph)))
    return View(merged, DefaultGraph(), real_names)


def _disjoint(stores: Stores, graphs: tuple[str, ...]) -> bool:
    return not any(frozenset(pair) in stores.overlaps for pair in combinations(graphs, 2))


def _triples_of(stores: Stores, graph: str, target: DefaultGraph | NamedNode) -> list[Quad]:
    store = stores.asserted if graph == ASSERTED else stores.everything
    source = DefaultGraph() if graph in _VIRTUAL else NamedNode(graph)
    return [
        Quad(quad.subject, quad.predicate, quad.object, target)
        for quad in store.quads_for_pattern(None, None, None, source)
    ]
