"""The operations of a SPARQL 1.1 Update request, told apart by their tokens.

Oxigraph runs an update whole, on the default graph of its own store. Here each operation is needed
by itself: what it matches is asked of the same dataset as a query (``dataset.py``), and what it
writes has to be known quad by quad (``update.py``). Whether the text is right is still left to
Oxigraph's parser, operation by operation; this reader only has to find the parts of what is right.

SPARQL 1.1 Update §3 and grammar rules 29 to 58.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from steamkg.engine.failures import QuerySyntaxError
from steamkg.engine.lexer import Token, tokens

_PROLOGUE: Final = {"PREFIX": 3, "BASE": 2, "VERSION": 2}
"""Keywords of a prologue, and how many tokens each declaration has."""
_WHOLE: Final = ("CLEAR", "DROP", "CREATE")
_TWO: Final = ("ADD", "MOVE", "COPY")
_ALL: Final = ("DEFAULT", "NAMED", "ALL")


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One operation, in the words of the text; graphs and templates are not resolved yet.

    ``kind`` is "INSERT DATA", "DELETE DATA", "MODIFY" (with or without templates; DELETE WHERE is
    one, too), or the keyword of a management operation, whose graphs are in ``graphs``: an IRI as
    written, or DEFAULT, NAMED or ALL. Blocks keep their braces.
    """

    kind: str
    prologue: str
    text: str
    start: int
    silent: bool = False
    graphs: tuple[str, ...] = ()
    with_graph: str | None = None
    using: tuple[str, ...] = ()
    using_named: tuple[str, ...] = ()
    delete: str | None = None
    insert: str | None = None
    where: str | None = None


def operations(text: str) -> list[Operation]:
    """The operations of an update request, in order; none is allowed.

    Raises QuerySyntaxError where they cannot be told apart.
    """
    return list(_Reader(text, tokens(text)).read())


def variables(block: str) -> list[str]:
    """The names of the variables in a block, each once."""
    found = (token.text[1:] for token in tokens(block) if token.kind == "variable")
    return list(dict.fromkeys(found))


def makes_blank_nodes(block: str) -> bool:
    """Whether a template makes new blank nodes for every solution."""
    return any(token.kind == "blank" or token.text in ("[", "(", "<<") for token in tokens(block))


class _Reader:
    """Walks over the tokens of depth 0; a block is one step."""

    def __init__(self, text: str, found: list[Token]) -> None:
        self._text = text
        self._steps = [token for token in found if token.depth == 0]
        self._ends = _block_ends(found)
        self._position = 0
        self._prologue: list[str] = []
        # SPARQL 1.1 §19.6 with SPARQL 1.1 Update §3: labels that two operations may not share.
        self._labels: dict[str, Counter[str]] = {"INSERT DATA": Counter(), "WHERE": Counter()}

    def read(self) -> Iterator[Operation]:
        """Every operation."""
        self._read_prologue()
        while self._position < len(self._steps):
            yield self._operation()
            if self._position < len(self._steps):
                if self._steps[self._position].text != ";":
                    raise self._expected("';' between two operations, or the end")
                self._position += 1
                self._read_prologue()

    def _read_prologue(self) -> None:
        while (length := _PROLOGUE.get(self._keyword())) is not None:
            start = self._steps[self._position].start
            self._position = min(self._position + length, len(self._steps))
            last = self._steps[self._position - 1]
            self._prologue.append(self._text[start : last.start + len(last.text)])

    def _operation(self) -> Operation:
        start = self._steps[self._position].start
        first = self._keyword()
        if first == "LOAD":
            parts = self._load()
        elif first in _WHOLE or first in _TWO:
            parts = self._management(first)
        elif first in ("INSERT", "DELETE", "WITH"):
            parts = self._data() or self._modify()
        else:
            raise self._expected("INSERT, DELETE, WITH, CLEAR, DROP, CREATE, ADD, MOVE or COPY")
        last = self._steps[self._position - 1]
        end = self._ends.get(last.start, last.start + len(last.text))
        return Operation(
            prologue="\n".join(self._prologue),
            text=self._text[start:end],
            start=start,
            **parts,
        )

    def _load(self) -> dict[str, Any]:
        self._position += 1
        silent = self._skip("SILENT")
        graphs = [self._iri()]
        if self._skip("INTO"):
            graphs.append(self._target(everything=False))
        return {"kind": "LOAD", "silent": silent, "graphs": tuple(graphs)}

    def _management(self, kind: str) -> dict[str, Any]:
        self._position += 1
        silent = self._skip("SILENT")
        graphs = [self._target(everything=kind in ("CLEAR", "DROP"))]
        if kind in _TWO:
            if not self._skip("TO"):
                raise self._expected("TO")
            graphs.append(self._target(everything=False))
        return {"kind": kind, "silent": silent, "graphs": tuple(graphs)}

    def _target(self, *, everything: bool) -> str:
        if self._keyword() in (_ALL if everything else _ALL[:1]):
            self._position += 1
            return self._steps[self._position - 1].keyword
        self._skip("GRAPH")
        return self._iri()

    def _data(self) -> dict[str, Any] | None:
        first = self._keyword()
        second = self._keyword(1)
        if second == "DATA":
            self._position += 2
            block = self._block("INSERT DATA" if first == "INSERT" else "")
            return {"kind": f"{first} DATA", "insert" if first == "INSERT" else "delete": block}
        if (first, second) == ("DELETE", "WHERE"):
            self._position += 2
            block = self._block("WHERE")
            return {"kind": "MODIFY", "delete": block, "where": block}
        return None

    def _modify(self) -> dict[str, Any]:
        parts: dict[str, Any] = {"kind": "MODIFY"}
        if self._skip("WITH"):
            parts["with_graph"] = self._iri()
        for name in ("delete", "insert"):
            if self._skip(name.upper()):
                parts[name] = self._block("")
        if not parts.keys() & {"delete", "insert"}:
            raise self._expected("DELETE or INSERT")
        default: list[str] = []
        named: list[str] = []
        while self._skip("USING"):
            (named if self._skip("NAMED") else default).append(self._iri())
        if not self._skip("WHERE"):
            raise self._expected("WHERE")
        parts["where"] = self._block("WHERE")
        return {**parts, "using": tuple(default), "using_named": tuple(named)}

    def _block(self, scope: str) -> str:
        """A block; the blank nodes in it must not stand in another one of the same scope."""
        token = self._step()
        if token is None or token.text != "{":
            raise self._expected("'{'")
        self._position += 1
        block = self._text[token.start : self._ends[token.start]]
        if scope and "_:" in block:
            labels = {one.text: one.start for one in tokens(block) if one.kind == "blank"}
            for label in labels.keys() & self._labels[scope].keys():
                raise QuerySyntaxError.at(
                    self._text,
                    token.start + labels[label],
                    f"the blank node {label} stands in another operation of this request already",
                )
            self._labels[scope].update(labels)
        return block

    def _iri(self) -> str:
        token = self._step()
        if token is None or token.kind not in ("iri", "name"):
            raise self._expected("the IRI of a graph")
        self._position += 1
        return token.text

    def _skip(self, keyword: str) -> bool:
        if self._keyword() != keyword:
            return False
        self._position += 1
        return True

    def _keyword(self, ahead: int = 0) -> str:
        token = self._step(ahead)
        return "" if token is None else token.keyword

    def _step(self, ahead: int = 0) -> Token | None:
        position = self._position + ahead
        return self._steps[position] if position < len(self._steps) else None

    def _expected(self, what: str) -> QuerySyntaxError:
        token = self._step()
        found = "the end" if token is None else f"'{token.text}'"
        start = len(self._text) if token is None else token.start
        return QuerySyntaxError.at(self._text, start, f"expected {what} and found {found}")


def _block_ends(found: list[Token]) -> dict[int, int]:
    """Where the blocks of depth 0 end, by where they start."""
    ends: dict[int, int] = {}
    opened = -1
    for token in found:
        if token.text == "{" and token.depth == 0:
            opened = token.start
        elif token.text == "}" and token.depth == 1:
            ends[opened] = token.start + 1
    return ends
