"""The stored queries at the command line: their list, their faults, their answers.

Evaluates in this process over the current build; the pool of killable workers is the server's.
"""

import json
import re
import signal
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import click

from steamkg.engine.evaluate import evaluate
from steamkg.engine.failures import EngineFailure, ParameterError
from steamkg.engine.library import Library, LibraryError, StoredQuery, read
from steamkg.engine.store import Build, BuildError, load
from steamkg.graph.content import Content
from steamkg.graph.findings import Finding, count
from steamkg.graph.names import short
from steamkg.graph.publish import Published
from steamkg.terminal import Failure, quiet_when_nobody_reads, show_table

RESULT_FORMATS: Final = {
    "table": "application/sparql-results+json",
    "json": "application/sparql-results+json",
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
}
_LIBRARY_ERROR: Final = re.compile(
    r".+?:(?P<line>\d+)(?::(?P<column>\d+))?: (?P<what>.*)", re.DOTALL
)


def open_library(content: Content) -> Library:
    """The stored queries that can be read; a line on standard error for each that cannot."""
    good: dict[str, StoredQuery] = {}
    for path in content.query_files():
        stored = _read(content, path)
        if isinstance(stored, Finding):
            click.echo(f"steamkg: left out: {stored}", err=True)
        else:
            good[stored.name] = stored
    return Library(good)


def header_findings(content: Content) -> Iterator[Finding]:
    """What is wrong with the headers of stored queries."""
    for path in content.query_files():
        stored = _read(content, path)
        if isinstance(stored, Finding):
            yield stored


def _read(content: Content, path: Path) -> StoredQuery | Finding:
    try:
        return read(path, content.root / "queries")
    except LibraryError as error:
        match = _LIBRARY_ERROR.fullmatch(str(error))
        return Finding(
            file=content.name(path),
            line=int(match["line"]) if match else 1,
            column=int(match["column"] or 1) if match else 1,
            rule="query-header",
            message=match["what"] if match else str(error),
        )


def show_names(library: Library) -> None:
    """The names and questions, as a table."""
    rows = [
        (name, stored.titles.get("en", ""), " ".join(one.name for one in stored.parameters))
        for name, stored in library.items()
        # These feed the pages and answer no question of their own.
        if not name.startswith("pages/")
    ]
    show_table("", ("name", "question", "parameters"), rows)


def find(library: Library, name: str) -> StoredQuery:
    """The query of that name, or the only one whose name ends so."""
    if name in library:
        return library[name]
    same_ending = [full for full in library if full.rpartition("/")[2] == name]
    if len(same_ending) == 1:
        return library[same_ending[0]]
    hint = f": {', '.join(same_ending)}" if same_ending else "; `steamkg query --list` shows them"
    problem = "several stored queries are called" if same_ending else "no stored query"
    raise click.BadParameter(f"{problem} {name}{hint}", param_hint="NAME")


def answer(
    stored: StoredQuery,
    published: Published,
    values: Mapping[str, str],
    result_format: str,
    *,
    result_bytes: int,
) -> None:
    """Prints the answer from the build; ``values`` are for the query's parameters."""
    # The engine cannot be interrupted from Python: let Ctrl-C end the process as it stands.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        question = stored.question(values, solutions=RESULT_FORMATS[result_format])
        result = evaluate(
            load(Build.open(published.directory)), question, result_bytes=result_bytes
        )
    except ParameterError as error:
        raise click.BadParameter(error.reason, param_hint="--parameter") from error
    except EngineFailure as error:
        raise Failure(f"{stored.name}: {error.reason}") from error
    except BuildError as error:
        raise Failure(str(error)) from error
    if result.form == "SELECT" and result_format == "table":
        _show_solutions(stored.titles.get("en", ""), json.loads(result.body))
    elif result.form == "ASK" and result_format == "table":
        click.echo("yes" if json.loads(result.body)["boolean"] else "no")
    else:
        with quiet_when_nobody_reads():
            sys.stdout.buffer.write(result.body)
            sys.stdout.buffer.flush()


def _show_solutions(title: str, results: dict[str, Any]) -> None:
    columns = results["head"]["vars"]
    rows = [
        [_cell(solution.get(column)) for column in columns]
        for solution in results["results"]["bindings"]
    ]
    show_table(title, columns, rows)
    click.echo(count(len(rows), "row"), err=True)


def _cell(term: dict[str, str] | None) -> str:
    if term is None:
        return ""
    return short(term["value"]) if term["type"] == "uri" else term["value"]


def pair(written: str) -> tuple[str, str]:
    """The name and the value of ``NAME=VALUE``."""
    name, sign, value = written.partition("=")
    if not (name and sign):
        raise click.BadParameter(f"{written!r} is not NAME=VALUE", param_hint="--parameter")
    return name, value
