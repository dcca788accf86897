"""Everything that can keep a question from being answered, as named exceptions.

A failure has a reason made for the person who asked, and details for programs (plain numbers and
strings). Workers send failures as JSON, so ``to_wire`` and ``from_wire`` are each other's inverse.
What a failure means in HTTP is decided in ``protocol/failures.py``.
"""

from typing import ClassVar, Self

Detail = int | float | str


class EngineFailure(Exception):  # noqa: N818  # a refusal is not an error of the program
    """A question that got no answer; the base of all failures here."""

    names: ClassVar[dict[str, type["EngineFailure"]]] = {}

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        EngineFailure.names[cls.__name__] = cls

    def __init__(self, reason: str, **details: Detail) -> None:
        super().__init__(reason)
        self.reason = reason
        self.details = details

    def to_wire(self) -> dict[str, object]:
        """A JSON-ready mapping: name of the class, reason, details."""
        return {"failure": type(self).__name__, "reason": self.reason, "details": self.details}

    @classmethod
    def from_wire(cls, wire: dict[str, object]) -> "EngineFailure":
        """The failure that ``to_wire`` described; an unknown name becomes EvaluationFailed."""
        kind = cls.names.get(str(wire.get("failure")), EvaluationFailed)
        details = wire.get("details")
        return kind(str(wire.get("reason")), **(details if isinstance(details, dict) else {}))


class QuerySyntaxError(EngineFailure):
    """The text is no SPARQL query. Details: ``line`` and ``column``, from 1, in characters."""

    @classmethod
    def at(cls, text: str, offset: int, reason: str) -> Self:
        """The failure at a character offset of ``text``."""
        before = text[:offset]
        return cls(
            reason,
            line=before.count("\n") + 1,
            column=offset - (before.rfind("\n") + 1) + 1,
        )

    @property
    def line(self) -> int:
        """The line, from 1."""
        return int(self.details.get("line", 1))

    @property
    def column(self) -> int:
        """The column, from 1, in characters."""
        return int(self.details.get("column", 1))


class ParameterError(EngineFailure):
    """A value was given for a variable that the query cannot take it for, or the value is bad."""


class Forbidden(EngineFailure):
    """The query asks for something this engine never does: update, or dial another host."""


class UnknownGraph(EngineFailure):
    """The dataset names a graph that would have to be fetched. Detail: ``graph``."""


class GraphConflict(EngineFailure):
    """An update needs a graph that is not there, or makes one that is. Detail: ``graph``."""


class DatasetConflict(EngineFailure):
    """The request names graphs, and so does the text of the update (SPARQL 1.1 Protocol §2.2.3)."""


class ForeignGraph(EngineFailure):
    """A patch of one graph reaches for another (SPARQL 1.1 Graph Store Protocol §5.7)."""


class PreconditionFailed(EngineFailure):
    """The graph is not in the version that the write is meant for. Detail: ``graph``."""


class BadContent(EngineFailure):
    """The body is not RDF of the format that it is said to be."""


class DatasetFull(EngineFailure):
    """After the write the dataset would be larger than it may be. Detail: ``limit``, in quads."""


class NotOffered(EngineFailure):
    """No format was agreed for this form of query. Detail: ``form``."""


class NotExpressible(EngineFailure):
    """The result cannot be written in the format asked for (XML 1.0 §2.2, RDF/XML names)."""


class QueryTooComplex(EngineFailure):
    """The query is nested too deeply. Details, where a limit was set: ``limit``, ``line``."""


class Unsupported(EngineFailure):
    """A valid query that uses what this engine lacks, such as an extension function."""


class ServiceFailed(EngineFailure):
    """An endpoint that SERVICE asks gave no result. Detail: ``endpoint``."""


class ServiceTimeout(EngineFailure):
    """An endpoint that SERVICE asks did not answer in time. Details: ``endpoint``, ``seconds``."""


class ResultTooLarge(EngineFailure):
    """The result passed a limit. Detail: ``limit``, in bytes, or ``rows``, in rows or triples."""


class MemoryExceeded(EngineFailure):
    """The worker ran into its memory limit. Detail: ``limit``, in bytes."""


class DeadlineExceeded(EngineFailure):
    """The query ran out of time. Detail: ``seconds``."""


class Overloaded(EngineFailure):
    """Too many questions wait, or this one waited too long. Detail: ``seconds``."""


class Cancelled(EngineFailure):
    """Somebody ended the query before it was done. Detail: ``by``, as in ``running.py``."""


class EngineDown(EngineFailure):
    """The engine's processes are gone or could not be started."""


class EvaluationFailed(EngineFailure):
    """A fault in the engine itself, not in the question."""
