"""Other endpoints' answers put into a query in place of the SERVICE blocks that asked for them.

An answer becomes VALUES, a multiset of solutions like itself (SPARQL 1.1 §10.2, §18.2.4.3).
VALUES cannot hold blank nodes, so a column that has some is filled by a function that only this
query knows. A blank node is new in each answer, and the same within one.
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import pyoxigraph as ox

from steamkg.engine.calls import Block
from steamkg.engine.failures import ServiceFailed
from steamkg.engine.question import Solutions

Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple
Function = Callable[[ox.Literal], Term | None]
Rows = list[list[Term | None]]

_UNDEFINED: Final = "UNDEF"


@dataclass(frozen=True)
class Filled:
    """A query without SERVICE, and the functions that it calls."""

    text: str
    functions: dict[ox.NamedNode, Function]


def filled(text: str, blocks: Sequence[Block], solved: Sequence[Solutions | None]) -> Filled:
    """``text`` with the solutions in place of its blocks.

    Raises ServiceFailed for an answer that is no SPARQL result, unless the block is SILENT.
    """
    nodes = _Nodes()
    parts, position = [], 0
    for block, solutions in zip(blocks, solved, strict=True):
        parts += [text[position : block.start], f" {_group(block, solutions, nodes)} "]
        position = block.end
    parts.append(text[position:])
    functions: dict[ox.NamedNode, Function] = {nodes.function: nodes.get} if nodes.terms else {}
    return Filled("".join(parts), functions)


class _Nodes:
    """Terms that cannot be written into a query, by number."""

    def __init__(self) -> None:
        self.function = ox.NamedNode(f"urn:x-steamkg:{secrets.token_hex(16)}")
        self.terms: list[Term] = []

    def add(self, term: Term) -> str:
        """The number of a term, as VALUES takes it."""
        self.terms.append(term)
        return str(len(self.terms) - 1)

    def get(self, number: ox.Literal) -> Term | None:
        """The term of a number; None where there is none, which leaves the variable unbound."""
        return self.terms[int(number.value)]


def _group(block: Block, solutions: Solutions | None, nodes: _Nodes) -> str:
    names = list(block.variables)
    try:
        # SPARQL 1.1 Federated Query §2.3: a failure that is silent is one empty solution.
        rows: Rows = [[None] * len(names)] if solutions is None else _rows(names, solutions)
    except SyntaxError as error:
        if not block.call.silent:
            raise ServiceFailed(
                f"<{block.call.endpoint}> answered with something that is no SPARQL result: "
                f"{error}",
                endpoint=block.call.endpoint,
            ) from error
        rows = [[None] * len(names)]
    hidden = {at for row in rows for at, term in enumerate(row) if _has_blank_node(term)}
    free = "_" * max(map(len, names), default=0)  # with a number behind it, longer than any name
    columns = [f"?{free}{at}" if at in hidden else f"?{name}" for at, name in enumerate(names)]
    lines = " ".join(f"({_line(row, hidden, nodes)})" for row in rows)
    values = f"VALUES ({' '.join(columns)}) {{ {lines} }}"
    if not hidden:
        return f"{{ {values} }}"
    shown = " ".join(f"?{name}" for name in names)
    bound = " ".join(
        f"BIND({nodes.function}({columns[at]}) AS ?{names[at]})" for at in sorted(hidden)
    )
    return f"{{ SELECT {shown} WHERE {{ {values} {bound} }} }}"


def _line(row: list[Term | None], hidden: set[int], nodes: _Nodes) -> str:
    return " ".join(
        _UNDEFINED if term is None else nodes.add(term) if at in hidden else _written(term)
        for at, term in enumerate(row)
    )


def _written(term: Term) -> str:
    if isinstance(term, ox.Triple):
        parts = (term.subject, term.predicate, term.object)
        return f"<<( {' '.join(map(_written, parts))} )>>"
    return str(term)


def _rows(names: list[str], solutions: Solutions) -> Rows:
    """The values of these variables in each solution. Raises SyntaxError."""
    chosen = ox.QueryResultsFormat.from_media_type(solutions.media_type)
    if chosen not in (ox.QueryResultsFormat.JSON, ox.QueryResultsFormat.XML):
        raise SyntaxError(f"{solutions.media_type or 'no media type'} and not JSON or XML")
    results = ox.parse_query_results(solutions.body, chosen)
    if not isinstance(results, ox.QuerySolutions):
        raise SyntaxError("true or false, and no solutions")
    known = {variable.value: at for at, variable in enumerate(results.variables)}
    places = [known.get(name) for name in names]
    fresh: dict[str, ox.BlankNode] = {}
    return [[None if at is None else _renamed(one[at], fresh) for at in places] for one in results]


def _renamed(term: Term | None, fresh: dict[str, ox.BlankNode]) -> Term | None:
    if isinstance(term, ox.BlankNode):
        # Named here: forked processes may repeat what Oxigraph takes for chance in one of them.
        return fresh.setdefault(term.value, ox.BlankNode(secrets.token_hex(16)))
    if isinstance(term, ox.Triple):
        subject, value = _renamed(term.subject, fresh), _renamed(term.object, fresh)
        return ox.Triple(subject, term.predicate, value)  # type: ignore[arg-type]
    return term


def _has_blank_node(term: Term | None) -> bool:
    if isinstance(term, ox.Triple):
        return _has_blank_node(term.subject) or _has_blank_node(term.object)
    return isinstance(term, ox.BlankNode)
