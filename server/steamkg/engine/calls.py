"""The SERVICE blocks of a query: what to ask, and whom.

SPARQL 1.1 Federated Query §2 and §4: a block is evaluated on its own at the endpoint, and the rest
of the query joins with the multiset of solutions that comes back. So each outermost block becomes a
query of its own, asked ahead by the process that may dial (``federation.py``), and its solutions
are put in its place (``solutions.py``). Nothing is dialled here.

A block is sent as its tokens with every IRI written out, so that neither prefixes nor a base are
left to the endpoint, and neither comments nor escapes that it might read in another way. Blocks
within a block stay in it: the endpoint asks them, and its caller holds them to the same list.

Two places are refused because the answer would be wrong: within EXISTS, where the outer solution
is to be put into the block before it is asked, and within GRAPH, which Oxigraph does not join with
VALUES.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import pyoxigraph as ox

from steamkg.engine import dataset, explain
from steamkg.engine.failures import Forbidden, QuerySyntaxError, Unsupported
from steamkg.engine.lexer import Token, tokens
from steamkg.engine.question import Question

_NOWHERE: Final = "SERVICE SILENT <urn:x-steamkg:nowhere>"
"""An endpoint that cannot be dialled: Oxigraph knows no host for it."""
_MISREAD: Final = re.compile(r"\\\\+[uU]")
_ECHARS: Final = str.maketrans(
    {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}
)


@dataclass(frozen=True, kw_only=True)
class Call:
    """A question for another endpoint.

    ``nested`` are the endpoints that it is told to ask in turn. A ``silent`` call that fails has
    one solution without bindings.
    """

    endpoint: str
    query: str
    silent: bool
    nested: tuple[str, ...] = ()

    def to_wire(self) -> dict[str, object]:
        """A JSON-ready mapping."""
        return {
            "endpoint": self.endpoint,
            "query": self.query,
            "silent": self.silent,
            "nested": self.nested,
        }

    @classmethod
    def from_wire(cls, wire: dict[str, Any]) -> "Call":
        """The call that ``to_wire`` described."""
        return cls(
            endpoint=str(wire["endpoint"]),
            query=str(wire["query"]),
            silent=bool(wire["silent"]),
            nested=tuple(map(str, wire["nested"])),
        )


@dataclass(frozen=True, kw_only=True)
class Block:
    """An outermost SERVICE block: its call, the variables in scope, its place in the text."""

    call: Call
    variables: tuple[str, ...]
    start: int
    end: int


@dataclass(frozen=True, kw_only=True)
class _Service:
    """``SERVICE [SILENT] <endpoint> {`` … ``}``, as positions in the list of tokens."""

    keyword: int
    endpoint: int
    opening: int
    closing: int
    silent: bool


def blocks(question: Question) -> list[Block]:
    """The outermost SERVICE blocks of a query, in order; the whole query is found right first.

    Raises Forbidden for a variable as endpoint, Unsupported where a block cannot be asked ahead,
    and QuerySyntaxError.
    """
    text = question.text
    found = tokens(text)
    services = _services(text, found)
    if not services:
        return []
    _check_syntax(question, found, services)
    prologue = _prologue(text, found)
    outermost, end = [], -1
    for service in services:
        if service.keyword > end:
            outermost.append(service)
            end = service.closing
    for service in outermost:
        _refuse_dependent(found, service, question)
    return [_block(question, prologue, found, service, services) for service in outermost]


def _services(text: str, found: list[Token]) -> list[_Service]:
    return [
        _read_service(text, found, index)
        for index, token in enumerate(found)
        if dataset.is_service(found, index, token)
    ]


def _read_service(text: str, found: list[Token], index: int) -> _Service:
    at = found[index].start
    if found[index].keyword != "SERVICE":
        raise QuerySyntaxError.at(text, at, "SERVICE needs spaces around it")
    silent = index + 1 < len(found) and found[index + 1].keyword == "SILENT"
    endpoint = index + (2 if silent else 1)
    rest = found[endpoint : endpoint + 2]
    if rest and rest[0].kind == "variable":
        raise Forbidden(
            f"SERVICE {rest[0].text} is refused: the endpoint has to stand in the query, not to "
            "come out of data. Write its IRI."
        )
    if len(rest) < 2 or rest[0].kind not in ("iri", "name") or rest[1].text != "{":
        raise QuerySyntaxError.at(text, at, "SERVICE needs an IRI and a block: SERVICE <…> { … }")
    inside = rest[1].depth + 1
    closing = next(
        place
        for place in range(endpoint + 2, len(found))
        if found[place].text == "}" and found[place].depth == inside
    )
    return _Service(
        keyword=index, endpoint=endpoint, opening=endpoint + 1, closing=closing, silent=silent
    )


def _check_syntax(question: Question, found: list[Token], services: list[_Service]) -> None:
    """Have Oxigraph's parser read the whole query, asking nobody."""
    text = question.text
    parts, position = [], 0
    for service in services:
        parts.append(text[position : found[service.keyword].start])
        position = found[service.opening].start
        parts.append(_NOWHERE)
    parts.append(text[position:])
    try:
        ox.Store().query("".join(parts), base_iri=question.base)
    except SyntaxError:
        try:
            # As it was written, so that the place is the one in the text. It ends at its mistake.
            ox.Store().query(text, base_iri=question.base)
        except SyntaxError as error:
            raise explain.refusal(text, error) from error
        raise


def _prologue(text: str, found: list[Token]) -> str:
    """What declares base and prefixes: everything before the first keyword of another kind."""
    for token in found:
        if token.kind == "word" and token.keyword not in ("PREFIX", "BASE", "VERSION"):
            return text[: token.start]
    return text


def _refuse_dependent(found: list[Token], service: _Service, question: Question) -> None:
    """Refuse a block whose solutions depend on more than the endpoint."""
    text, at = question.text, found[service.keyword].start
    for opening in _open_braces(found, service.keyword):
        if found[opening - 1].keyword.endswith("EXISTS"):
            where = "EXISTS"
        elif _is_graph(found, opening):
            where = "GRAPH"
        else:
            continue
        place = QuerySyntaxError.at(text, at, "")
        raise Unsupported(
            f"line {place.line}, column {place.column}: SERVICE within {where} is not evaluated "
            f"here; put it beside the {where}, for it is asked on its own in any case",
            line=place.line,
            column=place.column,
        )
    for token in found[service.opening : service.closing]:
        if token.kind == "variable" and token.text[1:] in question.bindings:
            raise Unsupported(
                f"a value is given for {token.text}, which stands in a SERVICE block; "
                "write the value into the block with VALUES"
            )


def _open_braces(found: list[Token], index: int) -> Iterator[int]:
    """The positions of the braces that are open at ``index``, the innermost first."""
    depth = found[index].depth
    for place in range(index - 1, -1, -1):
        if found[place].depth < depth:
            depth = found[place].depth
            if found[place].text == "{":
                yield place


def _is_graph(found: list[Token], opening: int) -> bool:
    """Whether a brace opens ``GRAPH <g> {``, also where no space is between the two."""
    name = found[opening - 1]
    if found[opening - 2].keyword.endswith("GRAPH"):
        return name.kind in ("iri", "name", "variable")
    return name.kind == "name" and "GRAPH" in name.text.partition(":")[0].upper()


def _block(
    question: Question,
    prologue: str,
    found: list[Token],
    service: _Service,
    services: list[_Service],
) -> Block:
    inside = found[service.opening : service.closing + 1]
    names = _written_out(question, prologue, [found[service.endpoint], *inside])
    nested = [
        one for one in services if service.opening < one.keyword and one.closing < service.closing
    ]
    endpoints = tuple(dict.fromkeys(names[found[one.endpoint].text] for one in nested))
    body = _text(found, service.opening, service.closing + 1, names)
    # For the variables in scope a nested block counts like any other group (SPARQL 1.1 §18.2.1).
    skipped = [place for one in nested for place in range(one.keyword, one.opening)]
    local = _text(found, service.opening, service.closing + 1, names, skipped=skipped)
    results = ox.Store().query(f"SELECT * WHERE {local}")
    if not isinstance(results, ox.QuerySolutions):
        raise TypeError(type(results))
    variables = tuple(variable.value for variable in results.variables)
    columns = " ".join(f"?{name}" for name in variables) or "(1 AS ?solution)"
    return Block(
        call=Call(
            endpoint=names[found[service.endpoint].text][1:-1],
            query=f"SELECT {columns} WHERE {body}",
            silent=service.silent,
            nested=tuple(endpoint[1:-1] for endpoint in endpoints),
        ),
        variables=variables,
        start=found[service.keyword].start,
        end=found[service.closing].start + 1,
    )


def _written_out(question: Question, prologue: str, pieces: list[Token]) -> dict[str, str]:
    """IRIs, names and strings as every engine reads them: whole, and without code points."""
    kinds = {token.text: token.kind for token in pieces if token.kind in ("iri", "name", "string")}
    values = dataset.resolved(prologue, list(kinds), question.base)
    written = {}
    for (piece, kind), value in zip(kinds.items(), values, strict=True):
        written[piece] = f'"{value.translate(_ECHARS)}"' if kind == "string" else f"<{value}>"
        if kind == "string" and _MISREAD.search(written[piece]):
            raise Unsupported(
                "a string in a SERVICE block has a backslash before the letter u, which other "
                "engines take for the escape of a character; ask for it in another way"
            )
    return written


def _text(
    found: list[Token], start: int, end: int, names: dict[str, str], *, skipped: Iterable[int] = ()
) -> str:
    """The tokens from ``start`` to ``end`` as text, apart where they were apart."""
    left_out = set(skipped)
    parts: list[str] = []
    behind = found[start].start
    for place in range(start, end):
        token = found[place]
        if place in left_out:
            continue
        if token.text == "\\":
            raise Unsupported("a backslash outside of a string has no place in a SERVICE block")
        apart = token.start > behind or token.text in names
        if apart and parts and not parts[-1].endswith(("^", " ")):
            parts.append(" ")
        parts.append(names.get(token.text, token.text))
        if token.text in names and token.kind != "string":
            parts.append(" ")
        behind = token.start + len(token.text)
    return "".join(parts)
