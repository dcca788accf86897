"""What goes into the engine and what comes out: questions, answers, limits.

Questions cross a process boundary as JSON; ``to_wire`` and ``from_wire`` are each other's inverse.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from typing import Literal as OneOf

from pyoxigraph import Literal, NamedNode

Term = NamedNode | Literal
"""A value that can be bound to a variable from outside."""

Form = OneOf["SELECT", "ASK", "CONSTRUCT", "DESCRIBE", "CALLS"]
"""The forms of SPARQL 1.1 §16; CALLS is what a query with SERVICE has to ask elsewhere first."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one question may use; each limit reached is a failure, never a cut answer.

    ``seconds`` of evaluation, ``result_bytes`` of serialised result, ``memory_bytes`` beside the
    loaded data, ``queue_seconds`` of waiting for a worker, ``queue_length`` questions waiting,
    ``rows`` (or triples) of result, ``nesting`` of brackets in a query; of one client's questions
    ``client_running`` run at once and ``client_waiting`` wait. A question that has run for
    ``patience`` seconds gives its turn to the next, as long as no more than ``long_running`` do.
    Writes are made one by one; ``write_queue`` of them wait, of one client ``client_writes``.
    """

    seconds: float = 10.0
    result_bytes: int = 50_000_000
    memory_bytes: int = 1 << 30
    queue_seconds: float = 5.0
    queue_length: int = 64
    rows: int = 1_000_000
    nesting: int = 200
    client_running: int = 1 << 30
    client_waiting: int = 1 << 30
    long_running: int = 0
    patience: float = 0.1
    write_queue: int = 4
    client_writes: int = 1 << 30


@dataclass(frozen=True, kw_only=True)
class Solutions:
    """What an endpoint answered: a result in one of SPARQL's formats, as it came."""

    media_type: str
    body: bytes


@dataclass(frozen=True, kw_only=True)
class Question:
    """A SPARQL query, the dataset it is asked of, and the formats its result may have.

    ``default_graphs`` and ``named_graphs`` are the dataset of SPARQL 1.1 Protocol §2.1.4; both
    empty means none was given. ``solutions`` is the media type for SELECT and ASK, ``triples`` the
    one for CONSTRUCT and DESCRIBE; None means that this form of result is not wanted. ``bindings``
    gives values to variables that the query projects (or, without SELECT, has in scope).

    With ``for_calls`` the answer is not the query's result but what its SERVICE blocks ask of other
    endpoints; ``solved`` are the answers of these, in the order of the text, and None for one that
    failed silently. Where ``solved`` is None itself, SERVICE is refused.
    """

    text: str
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    solutions: str | None = "application/sparql-results+json"
    triples: str | None = "text/turtle"
    base: str | None = None
    bindings: Mapping[str, Term] = field(default_factory=dict)
    for_calls: bool = False
    solved: tuple[Solutions | None, ...] | None = None

    @property
    def body(self) -> bytes:
        """What other endpoints answered, which travels beside the mapping."""
        return b"".join(one.body for one in self.solved or () if one is not None)

    def to_wire(self) -> dict[str, object]:
        """A JSON-ready mapping, without what is empty; ``body`` travels beside it."""
        wire: dict[str, object] = {"text": self.text, "formats": (self.solutions, self.triples)}
        if self.default_graphs or self.named_graphs:
            wire["dataset"] = (self.default_graphs, self.named_graphs)
        if self.base is not None:
            wire["base"] = self.base
        if self.bindings:
            wire["bindings"] = {name: _term_to_wire(term) for name, term in self.bindings.items()}
        if self.for_calls:
            wire["for_calls"] = True
        if self.solved is not None:
            wire["solved"] = [one and (one.media_type, len(one.body)) for one in self.solved]
        return wire

    @classmethod
    def from_wire(cls, wire: dict[str, Any], body: bytes = b"") -> "Question":
        """The question that ``to_wire`` described."""
        solutions, triples = wire["formats"]
        default, named = wire.get("dataset", ((), ()))
        bindings = wire.get("bindings", {})
        return cls(
            text=wire["text"],
            default_graphs=tuple(default),
            named_graphs=tuple(named),
            solutions=solutions,
            triples=triples,
            base=wire.get("base"),
            bindings={name: _term_from_wire(term) for name, term in bindings.items()},
            for_calls=wire.get("for_calls", False),
            solved=_solved(wire["solved"], body) if "solved" in wire else None,
        )


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A complete result: its form, the media type asked for, the bytes, the evaluation time."""

    form: Form
    media_type: str
    body: bytes
    seconds: float


def _solved(wire: list[list[Any] | None], body: bytes) -> tuple[Solutions | None, ...]:
    solved: list[Solutions | None] = []
    start = 0
    for one in wire:
        if one is None:
            solved.append(None)
            continue
        media_type, length = one
        solved.append(Solutions(media_type=media_type, body=body[start : start + length]))
        start += length
    return tuple(solved)


def _term_to_wire(term: Term) -> list[str | None]:
    if isinstance(term, NamedNode):
        return [term.value]
    return [term.value, term.language, None if term.language else term.datatype.value]


def _term_from_wire(wire: list[str | None]) -> Term:
    value = wire[0] or ""
    if len(wire) == 1:
        return NamedNode(value)
    language, datatype = wire[1], wire[2]
    if language:
        return Literal(value, language=language)
    return Literal(value, datatype=NamedNode(datatype) if datatype else None)
