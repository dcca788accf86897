"""What is asked to be written, and what came of it.

A change is a SPARQL update, or a graph put, added to, patched or deleted (SPARQL 1.1 Graph Store
Protocol). It crosses a process boundary as JSON with a body; ``to_wire`` and ``from_wire`` are each
other's inverse.
"""

from dataclasses import dataclass
from typing import Any, Final
from typing import Literal as OneOf

Kind = OneOf["update", "put", "post", "patch", "delete"]

WRITES: Final[dict[str, str]] = {
    "update": "update",
    "put": "replacement",
    "post": "addition",
    "patch": "patch",
    "delete": "deletion",
}
"""What people call each kind."""

ANY: Final = "*"
"""Any version of a graph: it only has to be there."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """One write.

    For an update, ``body`` is its text in UTF-8 and the graphs are those of SPARQL 1.1 Protocol
    §2.2.3. Otherwise ``graph`` is the graph (None is the default graph). To patch it, ``body`` is
    an update of that graph alone; to put or add to it, ``body`` is RDF in ``parts``, each a format
    and its length in bytes, with blank nodes of its own. ``quads_limit`` bounds the dataset that
    comes of it.

    The graph must be in one of the versions ``if_match``, and in none of ``if_none_match``; ANY
    is whatever there is. They are looked at where writes follow each other, and do not travel.
    """

    kind: Kind
    body: bytes = b""
    base: str | None = None
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    graph: str | None = None
    parts: tuple[tuple[str, int], ...] = ()
    quads_limit: int = 10_000_000
    if_match: tuple[str, ...] = ()
    if_none_match: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The text of an update."""
        return self.body.decode()

    @property
    def is_update(self) -> bool:
        """Whether ``body`` is the text of an update."""
        return self.kind in ("update", "patch")

    def to_wire(self) -> dict[str, object]:
        """A JSON-ready mapping; the body travels beside it."""
        return {
            "change": self.kind,
            "base": self.base,
            "dataset": (self.default_graphs, self.named_graphs),
            "graph": self.graph,
            "parts": self.parts,
            "quads_limit": self.quads_limit,
        }

    @classmethod
    def from_wire(cls, wire: dict[str, Any], body: bytes) -> "Change":
        """The change that ``to_wire`` described."""
        default, named = wire["dataset"]
        return cls(
            kind=wire["change"],
            body=body,
            base=wire["base"],
            default_graphs=tuple(default),
            named_graphs=tuple(named),
            graph=wire["graph"],
            parts=tuple((media_type, length) for media_type, length in wire["parts"]),
            quads_limit=wire["quads_limit"],
        )


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """A change that was made: whether it made its graph, and the evaluation time."""

    made: bool
    seconds: float
