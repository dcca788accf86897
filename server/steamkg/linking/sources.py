"""Where the names of the graph come from: a build on disk, or a SPARQL endpoint by its address.

Both are asked the same stored query.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.error import HTTPError, URLError

from SPARQLWrapper import JSON, POST, SPARQLWrapper
from SPARQLWrapper.SPARQLExceptions import SPARQLWrapperException

from steamkg.engine.evaluate import evaluate
from steamkg.engine.failures import EngineFailure
from steamkg.engine.library import LibraryError, StoredQuery, read
from steamkg.engine.store import Build, BuildError, load
from steamkg.graph.content import Content
from steamkg.graph.names import ENTITY
from steamkg.linking.catalogue import NameRow

ANSWER_BYTES: Final = 100_000_000
_SECONDS: Final = 60
_QUERY: Final = "pages/link-names.rq"


class SourceError(Exception):
    """No names could be read; the message says from where and why."""


def from_build(directory: Path, content: Content) -> tuple[NameRow, ...]:
    """The names in a build. Raises SourceError."""
    try:
        answer = evaluate(
            load(Build.open(directory)), _query(content).question(), result_bytes=ANSWER_BYTES
        )
    except (EngineFailure, BuildError) as error:
        raise SourceError(f"the build in {directory} cannot be asked: {error}") from error
    return tuple(_rows(json.loads(answer.body)))


def from_endpoint(address: str, content: Content) -> tuple[NameRow, ...]:
    """The names that the SPARQL endpoint at ``address`` has. Raises SourceError."""
    client = SPARQLWrapper(address, agent="steamkg")
    client.setQuery(_query(content).text)
    client.setMethod(POST)
    client.setReturnFormat(JSON)
    client.setOnlyConneg(True)
    client.setTimeout(_SECONDS)
    try:
        response = client.query().response
        body = response.read(ANSWER_BYTES + 1)
    except SPARQLWrapperException as error:
        # Its first line says what went wrong; what follows is the whole answer.
        raise SourceError(f"{address} refused the question: {_first_line(error)}") from error
    except HTTPError as error:
        raise SourceError(f"{address} refused the question: {error.code} {error.reason}") from error
    except URLError as error:
        raise SourceError(f"{address} cannot be reached: {error.reason}") from error
    except (OSError, ValueError) as error:
        raise SourceError(f"{address} cannot be asked: {_first_line(error)}") from error
    if len(body) > ANSWER_BYTES:
        raise SourceError(f"{address} answered with more than {ANSWER_BYTES // 1_000_000} MB")
    try:
        rows = tuple(_rows(json.loads(body)))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        message = f"{address} did not answer with SPARQL results in JSON; is it an endpoint?"
        raise SourceError(message) from error
    if not rows:
        raise SourceError(f"{address} knows no thing whose IRI begins with {ENTITY}")
    return rows


def _query(content: Content) -> StoredQuery:
    queries = content.root / "queries"
    try:
        return read(queries / _QUERY, queries)
    except LibraryError as error:
        raise SourceError(str(error)) from error


def _rows(results: Mapping[str, Any]) -> Iterator[NameRow]:
    for solution in results["results"]["bindings"]:
        name = solution["name"]
        yield NameRow(
            thing=solution["thing"]["value"],
            relation=solution["property"]["value"],
            name=name["value"],
            language=name.get("xml:lang", ""),
            scheme=solution.get("scheme", {}).get("value", ""),
        )


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
