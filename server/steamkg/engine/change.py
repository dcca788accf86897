"""What is asked to be written, and what came of it.

A change is a SPARQL update, or a graph put, added to or deleted (SPARQL 1.1 Graph Store Protocol).
It crosses a process boundary as JSON with a body; ``to_wire`` and ``from_wire`` are each other's
inverse.
"""

from dataclasses import dataclass
from typing import Any
from typing import Literal as OneOf

Kind = OneOf["update", "put", "post", "delete"]


@dataclass(frozen=True, kw_only=True)
class Change:
    """One write.

    For an update, ``body`` is its text in UTF-8 and the graphs are those of SPARQL 1.1 Protocol
    §2.2.3. Otherwise ``graph`` is the graph (None is the default graph) and ``body`` the RDF to put
    there, in the format ``media_type``. ``quads_limit`` bounds the dataset that comes of it.
    """

    kind: Kind
    body: bytes = b""
    base: str | None = None
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    graph: str | None = None
    media_type: str = ""
    quads_limit: int = 10_000_000

    @property
    def text(self) -> str:
        """The text of an update."""
        return self.body.decode()

    def to_wire(self) -> dict[str, object]:
        """A JSON-ready mapping; the body travels beside it."""
        return {
            "change": self.kind,
            "base": self.base,
            "dataset": (self.default_graphs, self.named_graphs),
            "graph": self.graph,
            "media_type": self.media_type,
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
            media_type=wire["media_type"],
            quads_limit=wire["quads_limit"],
        )


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """A change that was made: whether it made its graph, and the evaluation time."""

    made: bool
    seconds: float
