"""What can be said of a SPARQL text without data: does it parse, which of our names it uses.

For stored queries, reasoning rules and the SPARQL inside shapes. Nothing is evaluated against
anything but an empty store, and a query that would call a remote service is not evaluated at all.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from steamkg.graph.findings import Finding
from steamkg.graph.names import BASE, PREFIXES
from steamkg.graph.tokens import Resolver, Token, tokens
from steamkg.graph.turtle import Name

_PLACE: Final = re.compile(r"^error at (\d+):(\d+): ")
_LONGEST_REASON: Final = 160


class Form(StrEnum):
    """The four forms of a query (SPARQL 1.1 §16)."""

    SELECT = "SELECT"
    ASK = "ASK"
    CONSTRUCT = "CONSTRUCT"
    DESCRIBE = "DESCRIBE"


@dataclass(frozen=True, kw_only=True)
class Text:
    """A SPARQL text from a file, read and decoded."""

    file: str
    text: str


def read(path: Path, name: str) -> Text | Finding:
    """The text of a ``.rq`` file, or the finding that says why there is none."""
    try:
        return Text(file=name, text=path.read_text(encoding="utf-8"))
    except OSError as error:
        reason = f"cannot be read: {error.strerror or error}"
    except UnicodeDecodeError:
        reason = "is not UTF-8"
    return Finding(file=name, line=1, column=1, rule="query-syntax", message=reason)


def form(query: Text, prefixes: Mapping[str, str] | None = None) -> Form | Finding:
    """The query's form; a finding when it does not parse or calls a remote service.

    ``prefixes`` are declared for it from outside.
    """
    words = [token for token in tokens(query.text) if token.kind == "word"]
    for word in words:
        if word.text.upper() == "SERVICE":
            message = "calls a remote SERVICE; a stored query asks this graph alone"
            return _finding(query, word, "query-remote", message)
    try:
        # An empty store: only parsing and planning can fail or take time.
        ox.Store().query(query.text, base_iri=BASE, prefixes=dict(prefixes or {}))
    except SyntaxError as error:
        return _syntax_finding(query, error)
    forms = (word.text.upper() for word in words)
    return Form(next(name for name in forms if name in Form.__members__))


def names(query: Text) -> tuple[list[Name], list[Finding]]:
    """Every IRI in the text, and findings for prefixes that differ from the house table."""
    resolver = Resolver(base=BASE)
    found: list[Name] = []
    wrong: list[Finding] = []
    stream = (token for token in tokens(query.text) if token.kind != "comment")
    for token in stream:
        if token.kind == "word" and token.text.upper() == "PREFIX":
            wrong += _read_prefix(query, resolver, stream)
        elif token.kind == "word" and token.text.upper() == "BASE":
            base = next(stream, token)
            if base.kind == "iri":
                resolver.base = resolver.iri(base) or BASE
        elif token.kind in ("iri", "name"):
            iri = resolver.iri(token)
            if iri is not None:
                found.append(Name(iri=iri, token=token))
    return found, wrong


def embedded_names(text: str) -> list[str]:
    """The IRIs in SPARQL that stands inside a shape and gets the house prefixes."""
    resolver = Resolver(base=BASE, prefixes=PREFIXES)
    written = (token for token in tokens(text) if token.kind in ("iri", "name"))
    return [iri for token in written if (iri := resolver.iri(token)) is not None]


def _read_prefix(query: Text, resolver: Resolver, stream: Iterator[Token]) -> list[Finding]:
    label, namespace = next(stream, None), next(stream, None)
    if label is None or namespace is None or namespace.kind != "iri":
        return []
    prefix, iri = label.text.removesuffix(":"), resolver.iri(namespace) or ""
    resolver.prefixes[prefix] = iri
    if PREFIXES.get(prefix) == iri or (prefix, iri) == ("", BASE):
        return []
    expected = f", which says <{PREFIXES[prefix]}>" if prefix in PREFIXES else ""
    message = f'prefix "{prefix}:" <{iri}> is not in the house table{expected}'
    return [_finding(query, label, "query-prefix", message)]


def _syntax_finding(query: Text, error: SyntaxError) -> Finding:
    reason = str(error.msg)
    place = _PLACE.match(reason)
    reason = " ".join(_PLACE.sub("", reason).split())
    if "Prefix not found" in reason:
        reason = "uses a prefix that it does not declare"
    if len(reason) > _LONGEST_REASON:
        reason = reason[:_LONGEST_REASON].rsplit(", ", 1)[0] + " …"
    return Finding(
        file=query.file,
        line=int(place[1]) if place else 1,
        column=int(place[2]) if place else 1,
        rule="query-syntax",
        message=reason,
    )


def _finding(query: Text, token: Token, rule: str, message: str) -> Finding:
    return Finding(
        file=query.file, line=token.line, column=token.column, rule=rule, message=message
    )
