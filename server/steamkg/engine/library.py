"""The stored queries: ``queries/**/*.rq``, their headers, and the rows that they must give.

A header is a run of comments at the top of a file, one field a line:

    #+ title@en: What a given partner can reach
    #+ description@lt: …
    #+ dataset: all
    #+ parameter: partner iri <https://w3id.org/steamkg/id/organisation/x> The partner to look at

``note@en`` is for readers of the query's text, as ``description@en`` is for everybody.
``fixed`` lists the variables whose labels stay in the language that the query names, whoever reads
(``wording.py``). ``open`` lists the parameters that take more values than a list can offer;
``among: body id/body/`` says how the values begin that a list offers, behind our base.
``default@en: word fund`` is the default of a parameter for readers of that language.

``dataset`` is ``asserted`` (the default) or ``all``; it means the same as ``default-graph-uri`` of
that name in SPARQL 1.1 Protocol, except that ``all`` is the whole dataset, named graphs included.
A parameter is a variable that the query projects (or, in another form than SELECT, has in scope);
its kind is ``iri``, ``integer``, ``string`` or ``string@lt`` (any language), and ``<…>`` holds its
default whatever the kind. Values are bound by the engine and never become part of the text.
Expected rows stand beside the query in ``<name>.csv`` (SPARQL 1.1 Query Results CSV).
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from pyoxigraph import Literal, NamedNode

from steamkg.engine.failures import ParameterError, QuerySyntaxError
from steamkg.engine.lexer import tokens
from steamkg.engine.question import Question, Term
from steamkg.engine.wording import chosen, in_language
from steamkg.graph.names import ASSERTED, BASE

_FIELD: Final = re.compile(
    r"#\+\s*(?P<name>[A-Za-z]+)(?:@(?P<language>[a-z]{2,3}))?\s*:\s*(?P<value>.*)"
)
_PARAMETER: Final = re.compile(
    r"(?P<name>[A-Za-z_]\w*)\s+(?P<kind>iri|integer|string(?:@[A-Za-z]+(?:-[A-Za-z0-9]+)*)?)\s+"
    r"<(?P<default>[^>]*)>\s+(?P<meaning>\S.*)"
)
_INTEGER: Final = NamedNode("http://www.w3.org/2001/XMLSchema#integer")
_DATASETS: Final = ("all", "asserted")


class LibraryError(Exception):
    """A stored query is not as it should be; the text starts with file and line."""


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """A variable whose value the caller may choose."""

    name: str
    kind: str
    default: Term
    meaning: str
    defaults: Mapping[str, Term] = field(default_factory=dict)
    is_open: bool = False
    among: str = ""

    def default_in(self, language: str | None) -> Term:
        """The default for readers of a language."""
        return self.defaults.get(language or "", self.default)

    def term(self, value: str) -> Term:
        """``value`` as a term of this parameter's kind. Raises ParameterError."""
        return _term(self.name, self.kind, value)


@dataclass(frozen=True, kw_only=True)
class StoredQuery:
    """A query with its header. ``name`` is its path without the ending, ``topic/name``."""

    name: str
    file: Path
    text: str
    titles: Mapping[str, str] = field(default_factory=dict)
    descriptions: Mapping[str, str] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)
    dataset: str = "asserted"
    parameters: tuple[Parameter, ...] = ()
    fixed: frozenset[str] = frozenset()

    def text_in(self, language: str | None) -> str:
        """The text that picks labels in ``language``; as it is written for None."""
        return self.text if language is None else in_language(self.text, language, self.fixed)

    def question(
        self,
        values: Mapping[str, str] | None = None,
        *,
        language: str | None = None,
        solutions: str | None = "application/sparql-results+json",
        triples: str | None = "text/turtle",
    ) -> Question:
        """The question with ``values`` for its parameters, the defaults for the others.

        ``language``: of the labels, one of ``wording.CONTENT``; as the query is written if None.
        Raises ParameterError for a value of the wrong kind or an unknown parameter.
        """
        given = dict(values or {})
        bindings = {
            one.name: one.term(given.pop(one.name))
            if one.name in given
            else one.default_in(language)
            for one in self.parameters
        }
        if given:
            known = ", ".join(one.name for one in self.parameters) or "none"
            raise ParameterError(f"unknown parameter {min(given)}; this query has: {known}")
        return Question(
            text=self.text_in(language),
            default_graphs=(ASSERTED,) if self.dataset == "asserted" else (),
            solutions=solutions,
            triples=triples,
            bindings=bindings,
        )

    @property
    def expected(self) -> Path | None:
        """The file with the expected rows, if there is one."""
        file = self.file.with_suffix(".csv")
        return file if file.is_file() else None

    @property
    def is_ordered(self) -> bool:
        """Whether the query's own ORDER BY makes the order of its rows part of the answer."""
        words = [token.keyword for token in tokens(self.text) if token.depth == 0]
        return "ORDER" in words

    def differences(self, answer: bytes) -> list[str]:
        """How ``answer``, SPARQL CSV, differs from the expected rows; empty when it does not.

        Raises LibraryError when there are no expected rows.
        """
        if self.expected is None:
            raise LibraryError(f"{self.file}:1: no expected rows beside it")
        expected = _rows(self.expected.read_bytes())
        got = _rows(answer)
        if expected[:1] != got[:1]:
            return [f"columns: expected {expected[:1]}, got {got[:1]}"]
        missing = Counter(expected) - Counter(got)
        surplus = Counter(got) - Counter(expected)
        found = [f"missing: {','.join(row)}" for row in missing.elements()]
        found += [f"not expected: {','.join(row)}" for row in surplus.elements()]
        if not found and self.is_ordered and expected != got:
            place = next(i for i, row in enumerate(got) if row != expected[i])
            found.append(f"order: row {place} is {','.join(got[place])}")
        return found


class Library(Mapping[str, StoredQuery]):
    """The stored queries by name, in order of their names."""

    def __init__(self, queries: Mapping[str, StoredQuery]) -> None:
        self._queries = dict(sorted(queries.items()))

    @classmethod
    def read(cls, root: Path) -> "Library":
        """Every ``*.rq`` under ``root``. Raises LibraryError for the first bad one."""
        queries = (read(file, root) for file in sorted(root.rglob("*.rq")))
        return cls({query.name: query for query in queries})

    def __getitem__(self, name: str) -> StoredQuery:
        return self._queries[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._queries)

    def __len__(self) -> int:
        return len(self._queries)


def read(file: Path, root: Path) -> StoredQuery:
    """One stored query. Raises LibraryError with file and line."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise LibraryError(f"{file}:1: cannot be read as UTF-8: {error}") from error
    header = _Header()
    for line, name, language, value in _fields(file, text):
        header.take(f"{file}:{line}", name, language, value)
    _check_text(file, text, header)
    return StoredQuery(
        name=file.relative_to(root).with_suffix("").as_posix(),
        file=file,
        text=text,
        titles=header.texts["title"],
        descriptions=header.texts["description"],
        notes=header.texts["note"],
        dataset=header.dataset,
        parameters=tuple(header.parameters.values()),
        fixed=frozenset(header.fixed),
    )


@dataclass(kw_only=True)
class _Header:
    """What the fields say, as they are read."""

    texts: dict[str, dict[str, str]] = field(
        default_factory=lambda: {name: {} for name in ("title", "description", "note")}
    )
    """By field and language."""
    parameters: dict[str, Parameter] = field(default_factory=dict)
    dataset: str = "asserted"
    fixed: tuple[str, ...] = ()

    def take(self, where: str, name: str, language: str | None, value: str) -> None:
        """Read one field, which stands at ``where``. Raises LibraryError."""
        if name in self.texts:
            if not language or language in self.texts[name]:
                raise LibraryError(f"{where}: {name} needs a language of its own, as {name}@en")
            self.texts[name][language] = value
        elif name == "dataset":
            if value not in _DATASETS:
                raise LibraryError(f"{where}: dataset is 'all' or 'asserted', not '{value}'")
            self.dataset = value
        elif name == "parameter":
            parameter = _parameter(where, value)
            if parameter.name in self.parameters:
                raise LibraryError(f"{where}: parameter {parameter.name} stands here twice")
            self.parameters[parameter.name] = parameter
        elif name == "fixed":
            self.fixed = tuple(value.split())
        elif name == "open":
            for one in value.split():
                self.parameters[one] = replace(self._known(where, one), is_open=True)
        elif name == "among":
            one, _, beginning = value.partition(" ")
            known = self._known(where, one)
            self.parameters[one] = replace(known, among=BASE + beginning.strip())
        elif name == "default" and language:
            one, _, words = value.partition(" ")
            known = self._known(where, one)
            defaults = {**known.defaults, language: known.term(words)}
            self.parameters[one] = replace(known, defaults=defaults)
        else:
            raise LibraryError(f"{where}: unknown field '{name}'")

    def _known(self, where: str, name: str) -> Parameter:
        """A parameter that stands above. Raises LibraryError."""
        if name not in self.parameters:
            raise LibraryError(f"{where}: no parameter {name} stands above")
        return self.parameters[name]


def _fields(file: Path, text: str) -> Iterator[tuple[int, str, str | None, str]]:
    for number, line in enumerate(text.splitlines(), 1):
        if not line.startswith("#"):
            return
        if not line.startswith("#+"):
            continue
        match = _FIELD.fullmatch(line.rstrip())
        if match is None:
            raise LibraryError(f"{file}:{number}: a header line reads '#+ field: value'")
        yield number, match["name"], match["language"], match["value"]


def _parameter(where: str, value: str) -> Parameter:
    match = _PARAMETER.fullmatch(value)
    if match is None:
        raise LibraryError(
            f"{where}: a parameter reads 'name kind <default> meaning', with kind iri, integer, "
            "string or string@language"
        )
    try:
        default = _term(match["name"], match["kind"], match["default"])
    except ParameterError as error:
        raise LibraryError(f"{where}: {error}") from error
    return Parameter(
        name=match["name"], kind=match["kind"], default=default, meaning=match["meaning"]
    )


def _term(name: str, kind: str, value: str) -> Term:
    try:
        if kind == "iri":
            return NamedNode(value)
        if kind == "integer":
            return Literal(str(int(value)), datatype=_INTEGER)
        _, _, language = kind.partition("@")
        return Literal(value, language=language) if language else Literal(value)
    except ValueError as error:
        raise ParameterError(f"the value of {name} is no {kind}: {error}") from error


def _check_text(file: Path, text: str, header: _Header) -> None:
    """What can be told without data; the rest shows when the query runs with its defaults."""
    try:
        found = tokens(text)
    except QuerySyntaxError as error:
        raise LibraryError(f"{file}:{error.line}:{error.column}: {error.reason}") from error
    variables = {token.text[1:] for token in found if token.kind == "variable"}
    for name in header.parameters:
        if name not in variables:
            raise LibraryError(f"{file}:1: the parameter {name} is no variable of the query")
    for name in header.fixed:
        if name not in chosen(text):
            raise LibraryError(f"{file}:1: the query chooses no language for {name}")
    if header.dataset == "asserted":
        for token in found:
            if token.keyword == "GRAPH":
                line = text.count("\n", 0, token.start) + 1
                raise LibraryError(
                    f"{file}:{line}: GRAPH finds nothing in the asserted dataset, which is one "
                    "merged graph; write '#+ dataset: all'"
                )


def _rows(data: bytes) -> list[tuple[str, ...]]:
    return [tuple(row) for row in csv.reader(io.StringIO(data.decode("utf-8"), newline=""))]
