"""Which graphs a question is asked of: SPARQL 1.1 §13.2 and SPARQL 1.1 Protocol §2.1.4.

The dataset given by the protocol wins over ``FROM`` in the query, which wins over the default
dataset. Nothing is ever fetched. In the project's own graph, whose graphs are known, an IRI that
could be dialled and is none of them is refused, for the answer would silently lack what was asked
for; any other unknown IRI (a ``urn:``) is a graph without triples. In a dataset of one's own every
graph that is not there is one without triples, as it is for its updates.

Oxigraph counts a triple twice that stands in two of the graphs merged by ``FROM <a> FROM <b>``,
while SPARQL's default graph is an RDF merge, a set. So graphs that share triples are merged into
a store of their own first, which is kept for the next question (``merges.py``); graphs that share
none are asked in place.
"""

import re
from dataclasses import dataclass, field
from itertools import combinations, pairwise
from typing import Final

from pyoxigraph import DefaultGraph, NamedNode, Quad, QuerySolutions, Store, Variable

from steamkg.engine.failures import Forbidden, ParameterError, QuerySyntaxError, UnknownGraph
from steamkg.engine.lexer import Token, tokens
from steamkg.engine.merges import Merges
from steamkg.engine.question import Question
from steamkg.engine.store import Stores
from steamkg.graph.names import ALL, ASSERTED

_NEED_A_LOOK: Final = (b"from", b"service")
_DIALLED: Final = re.compile("(?:https?|ftps?|file):", re.IGNORECASE)
_SHARED: Final = """
SELECT ?one ?other { GRAPH ?one { ?s ?p ?o } GRAPH ?other { ?s ?p ?o } } LIMIT 1
"""
_ONE, _OTHER = Variable("one"), Variable("other")
_MOST_COMPARED: Final = 8
"""Graphs that are compared with each other; of more it is quicker to merge them."""
_FORMS: Final = ("SELECT", "CONSTRUCT", "ASK", "DESCRIBE")


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

    Raises Forbidden for SERVICE, unless its blocks have been asked ahead, UnknownGraph for a graph
    that would have to be fetched, and QuerySyntaxError where the dataset clauses of the text cannot
    be told for certain.
    """
    default, named = question.default_graphs, question.named_graphs
    # As bytes: keywords are ASCII, and to fold letters that are not costs more than the lookup.
    folded = question.text.encode("utf-8", "surrogatepass").lower()
    if any(word in folded for word in _NEED_A_LOOK):
        found = tokens(question.text)
        if question.solved is None:
            refuse_service(found)
        clauses = _dataset_clauses(question.text, found)
        if not default and not named:
            default, named = _resolved(clauses, question)
    if not default and not named:
        return View(_default_of(stores, folded))
    for graph in (*default, *named):
        _refuse_no_iri(graph)
        _refuse_remote(stores, graph)
    return _chosen(stores, _each(default), _each(named), stores.merges)


def _default_of(stores: Stores, folded: bytes) -> Store:
    """The smallest store that is enough for a query of the default dataset.

    Only GRAPH leads out of the default graph, and a backslash may hide a letter of it.
    """
    if stores.plain is None or b"graph" in folded or b"\\" in folded:
        return stores.everything
    return stores.plain


def refuse_service(found: list[Token], who: str = "this endpoint") -> None:
    """Refuse what would dial another host, which ``who`` does not. Raises Forbidden."""
    if any(is_service(found, index, token) for index, token in enumerate(found)):
        raise Forbidden(
            f"SERVICE is refused: {who} asks no other host, silently or otherwise. "
            "Ask the other endpoint yourself and join the two results."
        )


def is_service(found: list[Token], index: int, token: Token) -> bool:
    """Whether ``found[index]`` is the keyword SERVICE, or begins with what may be read as it."""
    if "service" not in token.text.casefold():
        return False
    glued = (
        token.kind == "name"
        and "service" in token.text.partition(":")[0].casefold()
        and index + 1 < len(found)
        and found[index + 1].text == "{"
        and token.depth > 0
        and found[index - 1].keyword != "GRAPH"
    )
    return token.kind == "word" or glued


def given(stores: Stores, default: tuple[str, ...], named: tuple[str, ...]) -> View:
    """The graphs of ``USING`` and ``USING NAMED``: SPARQL 1.1 Update §3.1.3.

    What is no graph here is empty: nothing is fetched, and nothing is refused, for an update may
    well use a graph that only another one makes.
    """
    for graph in (*default, *named):
        _refuse_no_iri(graph)
    # Nothing is kept: the next operation of the update may find other triples there.
    return _chosen(stores, _each(default), _each(named), Merges())


def resolved(prologue: str, written: list[str], base: str | None) -> list[str]:
    """The IRIs that ``written``, IRIs and prefixed names, stand for after ``prologue``.

    The engine itself resolves them: asked on an empty store, it knows every rule about BASE,
    PREFIX and escapes that it will use afterwards. Raises SyntaxError.
    """
    if not written:
        return []
    columns = " ".join(f"({name} AS ?g{index})" for index, name in enumerate(written))
    results = Store().query(f"{prologue}\nSELECT {columns} {{}}", base_iri=base)
    if not isinstance(results, QuerySolutions):
        raise TypeError(type(results))
    return [str(term.value) for term in next(results)]


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
    """The IRIs that the clauses stand for."""
    try:
        iris = resolved(clauses.prologue, [*clauses.default, *clauses.named], question.base)
    except SyntaxError:
        # The prologue is at fault, or a name in it; the whole query tells where.
        Store().query(question.text, base_iri=question.base)
        raise
    return tuple(iris[: len(clauses.default)]), tuple(iris[len(clauses.default) :])


def _refuse_no_iri(graph: str) -> None:
    """Refuse a parameter that is no IRI; those of a text its parser has looked at already."""
    try:
        NamedNode(graph)
    except ValueError as error:
        raise ParameterError(
            f"{graph!r} names no graph; give a whole IRI, such as https://example.org/graph"
        ) from error


def _refuse_remote(stores: Stores, graph: str) -> None:
    if stores.is_open or graph in stores.graphs or graph in stores.virtual:
        return
    if not _DIALLED.match(graph):
        return
    raise UnknownGraph(
        f"<{graph}> is no graph of this dataset, and this endpoint fetches none from elsewhere. "
        "The service description lists the graphs that are here.",
        graph=graph,
    )


def _each(graphs: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(graphs))


def _chosen(
    stores: Stores, default: tuple[str, ...], named: tuple[str, ...], merges: Merges
) -> View:
    real_names = [NamedNode(graph) for graph in named]
    virtual = stores.virtual
    in_place = not virtual.intersection(named)
    if ALL in default and ALL in virtual:
        # Everything asserted is part of it; shapes and later developments may come on top.
        default = tuple(g for g in default if g != ASSERTED and g not in stores.merged)
    if in_place and default == (ALL,) and ALL in virtual:
        return View(stores.everything, DefaultGraph(), real_names)
    if default == (ASSERTED,) and ASSERTED in virtual and not named:
        return View(stores.asserted, DefaultGraph(), [])
    in_place = in_place and not virtual.intersection(default)
    if in_place and len(default) < 2:
        return View(stores.everything, [NamedNode(graph) for graph in default], real_names)
    key = (tuple(sorted(default)), tuple(sorted(named)))
    try:
        merged = merges.find(key)
    except KeyError:
        disjoint = in_place and _disjoint(stores, default)
        merged = None if disjoint else _merged(stores, default, named)
        merges.keep(key, merged)
    if merged is None:
        return View(stores.everything, [NamedNode(graph) for graph in default], real_names)
    return View(merged, DefaultGraph(), real_names)


def _merged(stores: Stores, default: tuple[str, ...], named: tuple[str, ...]) -> Store:
    """A store of its own for a dataset."""
    # extend and not bulk_extend, whose threads reserve 190 MB of a worker's address space.
    merged = Store()
    for graph in default:
        merged.extend(_triples_of(stores, graph, DefaultGraph()))
    for graph in named:
        merged.add_graph(NamedNode(graph))
        merged.extend(_triples_of(stores, graph, NamedNode(graph)))
    return merged


def _disjoint(stores: Stores, graphs: tuple[str, ...]) -> bool:
    """Whether no two of the graphs share a triple."""
    pairs = combinations(graphs, 2)
    if stores.overlaps is None:
        return len(graphs) <= _MOST_COMPARED and not any(_overlap(stores, *pair) for pair in pairs)
    return not any(frozenset(pair) in stores.overlaps for pair in pairs)


def _overlap(stores: Stores, one: str, other: str) -> bool:
    """Whether two graphs share a triple; looked up, which is far cheaper than to merge them."""
    found = stores.everything.query(
        _SHARED, substitutions={_ONE: NamedNode(one), _OTHER: NamedNode(other)}
    )
    if not isinstance(found, QuerySolutions):
        raise TypeError(type(found))
    return next(found, None) is not None


def _triples_of(stores: Stores, graph: str, target: DefaultGraph | NamedNode) -> list[Quad]:
    virtual = graph in stores.virtual
    store = stores.asserted if virtual and graph == ASSERTED else stores.everything
    source = DefaultGraph() if virtual else NamedNode(graph)
    return [
        Quad(quad.subject, quad.predicate, quad.object, target)
        for quad in store.quads_for_pattern(None, None, None, source)
    ]
