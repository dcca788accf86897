"""Reading one Turtle file: its triples, and where in the file each subject's block begins.

pyoxigraph's parser decides what is Turtle, because it gives line and column; the lexer of
:mod:`steamkg.graph.tokens` then finds the blocks, which no parser reports. House style is
:mod:`steamkg.graph.layout`'s.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Protocol

import pyoxigraph as ox
from rdflib import Graph

from steamkg.graph.content import DataFile, Kind
from steamkg.graph.findings import Finding
from steamkg.graph.names import BASE
from steamkg.graph.terms import Rdf12Error, graph_of, to_rdflib, triples_to_rdflib
from steamkg.graph.tokens import Resolver, Token, tokens

SYNTAX: Final = "syntax"
_PARSER_PREAMBLE: Final = re.compile(
    r"^Parser error at line \d+ (?:column \d+|between columns \d+ and \d+"
    r"|column \d+ and line \d+ column \d+): "
)
_ELSEWHERE: Final = re.compile(r"^Parser error between line \d+ column \d+ and .*?: ")
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_OPENING: Final = frozenset("[(")
_CLOSING: Final = frozenset("])")


@dataclass(frozen=True, kw_only=True)
class Block:
    """The statements about one subject that stand together, up to their full stop."""

    subject: str
    """The subject's IRI; "" for a blank node."""
    written: str
    line: int
    column: int


@dataclass(frozen=True, kw_only=True)
class Directive:
    """One ``@prefix`` or ``@base`` line; ``prefix`` is None for the base."""

    prefix: str | None
    iri: str
    token: Token


@dataclass(frozen=True, kw_only=True)
class Name:
    """An IRI in the text, resolved, with its token; directives' own IRIs are not among them."""

    iri: str
    token: Token


@dataclass(frozen=True, kw_only=True)
class Document:
    """A Turtle file that was read without error."""

    file: DataFile
    text: str
    triples: tuple[ox.Triple, ...]
    blocks: tuple[Block, ...]
    directives: tuple[Directive, ...]
    names: tuple[Name, ...]
    blank_nodes: tuple[Token, ...]

    @cached_property
    def graph(self) -> Graph:
        """The triples for rdflib and what is built on it."""
        return graph_of(triples_to_rdflib(self.triples))

    @cached_property
    def first_block(self) -> dict[str, Block]:
        """Subject IRI → the first block about it."""
        return {block.subject: block for block in reversed(self.blocks)}


def read(file: DataFile) -> Document | Finding:
    """The document, or the one finding that says why there is none.

    A file that is not readable, not UTF-8 or not Turtle is a finding with its place, never an
    exception: the maintainer sees it beside all the others.
    """
    try:
        text = _text(file)
        triples = tuple(
            ox.Triple(quad.subject, quad.predicate, quad.object)
            for quad in ox.parse(
                input=text,
                format=ox.RdfFormat.TURTLE,
                base_iri=BASE,
                rename_blank_nodes=True,
            )
        )
        for triple in triples:
            to_rdflib(triple.object)
    except _UnreadableError as error:
        return error.finding
    except SyntaxError as error:
        return _no_document(file, error.lineno or 1, error.offset or 1, _reason(error))
    except Rdf12Error as error:
        return _no_document(file, 1, 1, str(error))
    return _Scanner(file, text, triples).document()


class _UnreadableError(Exception):
    """The file holds no text; `finding` says why."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.text())
        self.finding = finding


def _text(file: DataFile) -> str:
    """The file's text; raises _UnreadableError."""
    line, column, message = 1, 1, ""
    content = b""
    try:
        content = file.path.read_bytes()
    except OSError as error:
        message = f"cannot be read: {error.strerror or error}"
    if content.startswith(_BYTE_ORDER_MARK):
        message = "begins with a byte order mark; save it without one"
    elif b"\0" in content:
        line = content[: content.index(b"\0")].count(b"\n") + 1
        message = "holds a null byte: no text, or UTF-16; save it as UTF-8"
    if not message:
        try:
            return content.decode("utf-8")
        except UnicodeDecodeError as error:
            before = content[: error.start]
            line = before.count(b"\n") + 1
            column = error.start - before.rfind(b"\n")
            byte = content[error.start]
            message = f"is not UTF-8: byte 0x{byte:02x} begins no character here"
    raise _UnreadableError(_no_document(file, line, column, message))


def _no_document(file: DataFile, line: int, column: int, message: str) -> Finding:
    return Finding(file=file.name, line=line, column=column, rule=SYNTAX, message=message)


def _reason(error: SyntaxError) -> str:
    """The parser's message without the place, which the finding gives."""
    return _ELSEWHERE.sub("", _PARSER_PREAMBLE.sub("", error.msg))


class _Scanner:
    """One pass over the tokens of a file that has parsed."""

    def __init__(self, file: DataFile, text: str, triples: tuple[ox.Triple, ...]) -> None:
        self._file = file
        self._text = text
        self._triples = triples
        self._resolver = Resolver(base=BASE)
        self._blocks: list[Block] = []
        self._directives: list[Directive] = []
        self._names: list[Name] = []
        self._blank_nodes: list[Token] = []

    def document(self) -> Document:
        significant = (token for token in tokens(self._text) if token.kind != "comment")
        for first in significant:
            if self._is_directive(first):
                self._read_directive(first, significant)
            else:
                self._read_block(first, significant)
        return Document(
            file=self._file,
            text=self._text,
            triples=self._triples,
            blocks=tuple(self._blocks),
            directives=tuple(self._directives),
            names=tuple(self._names),
            blank_nodes=tuple(self._blank_nodes),
        )

    @staticmethod
    def _is_directive(token: Token) -> bool:
        # Turtle §2.4: "@prefix … ." or, as in SPARQL, "PREFIX …" in any case and without a stop.
        return token.text in ("@prefix", "@base") or (
            token.kind == "word" and token.text.lower() in ("prefix", "base")
        )

    def _read_directive(self, first: Token, rest: Iterator[Token]) -> None:
        name = next(rest).text.removesuffix(":") if "prefix" in first.text.lower() else None
        iri = self._resolver.iri(next(rest)) or ""
        if first.kind == "at":
            next(rest)
        self._directives.append(Directive(prefix=name, iri=iri, token=first))
        if name is None:
            self._resolver.base = iri
        else:
            self._resolver.prefixes[name] = iri

    def _read_block(self, first: Token, rest: Iterator[Token]) -> None:
        subject = self._note(first) or ""
        self._blocks.append(
            Block(subject=subject, written=first.text, line=first.line, column=first.column)
        )
        depth = int(first.text in _OPENING)
        for token in rest:
            if token.kind == "other":
                depth += (token.text in _OPENING) - (token.text in _CLOSING)
                if token.text == "." and not depth:
                    return
            self._note(token)

    def _note(self, token: Token) -> str | None:
        """Keeps a name or a blank node; the IRI if there is one."""
        if token.kind == "blank" or (token.kind == "other" and token.text in _OPENING):
            self._blank_nodes.append(token)
        elif token.kind in ("iri", "name"):
            iri = self._resolver.iri(token)
            if iri is not None:
                self._names.append(Name(iri=iri, token=token))
            return iri
        return None


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a maintainer looks: a file and a line in it."""

    file: str
    line: int
    column: int


class Places:
    """Finds the block about a subject, in the file that says the thing in question."""

    def __init__(self, documents: Iterable[Document]) -> None:
        self._by_subject: dict[str, list[Document]] = {}
        for document in sorted(documents, key=_likelihood):
            for subject in document.first_block:
                self._by_subject.setdefault(subject, []).append(document)

    def __contains__(self, subject: str) -> bool:
        """Whether some file has a block about the subject."""
        return subject in self._by_subject

    def find(self, subject: str, predicate: str = "", value: str = "", /) -> Place:
        """The block of the subject, in the file that says the thing about it if one does.

        ``value`` is the object's IRI or a literal's text. A subject without a block (a blank node,
        or one that only rules speak of) has the empty place: file "", line 0.
        """
        documents = self._by_subject.get(subject, [])
        for said in ((predicate, value), (predicate, "")) if predicate else ():
            saying = [document for document in documents if _says(document, subject, *said)]
            if saying:
                documents = saying
                break
        for document in documents:
            block = document.first_block[subject]
            return Place(file=document.file.name, line=block.line, column=block.column)
        return Place(file="", line=0, column=0)


class Locate(Protocol):
    """What checks ask for the place of a fault: `Places.find`, or less in a test."""

    def __call__(self, subject: str, predicate: str = "", value: str = "", /) -> Place:
        """The place of the block about the subject."""


def _likelihood(document: Document) -> tuple[bool, bool, str]:
    """Sections before the ontology, and both before labels and links, as what is to be mended."""
    kind = document.file.kind
    return (kind is not Kind.SECTION, kind is not Kind.ONTOLOGY, document.file.name)


def _says(document: Document, subject: str, predicate: str, value: str) -> bool:
    return any(
        triple.predicate.value == predicate
        and isinstance(triple.subject, ox.NamedNode)
        and triple.subject.value == subject
        and (not value or getattr(triple.object, "value", "") == value)
        for triple in document.triples
    )
