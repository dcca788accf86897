"""Every stored question, asked of a running server by SPARQLWrapper, as a user's script does."""

import csv
import io
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from SPARQLWrapper import CSV, POST, SPARQLWrapper

from steamkg.engine.library import Library, StoredQuery
from steamkg.graph.names import ASSERTED

ROOT = Path(__file__).resolve().parents[1]
LIBRARY = Library.read(ROOT / "queries")
QUESTIONS = [query for query in LIBRARY.values() if query.expected is not None]
READY = re.compile(r" at (http://\S+)/\n")


@pytest.fixture(scope="module")
def endpoint(real_build: Path) -> Iterator[str]:
    """The address of the endpoint of `steamkg serve` on a free port."""
    command = [sys.executable, "-m", "steamkg", "serve", "--port", "0", "--no-build"]
    with subprocess.Popen(
        [*command, "--output", real_build], stdout=subprocess.PIPE, text=True
    ) as server:
        try:
            assert server.stdout is not None
            greeting = server.stdout.readline()
            ready = READY.search(greeting)
            assert ready, greeting
            yield ready[1] + "/sparql"
        finally:
            server.terminate()


def asked(question: StoredQuery) -> str:
    """The text with the default values of its parameters, as a VALUES block in its pattern."""
    if not question.parameters:
        return question.text
    names = " ".join(f"?{parameter.name}" for parameter in question.parameters)
    values = " ".join(str(parameter.default) for parameter in question.parameters)
    return question.text.replace("WHERE {", f"WHERE {{ VALUES ({names}) {{ ({values}) }}", 1)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_a_question_is_answered_over_http(question: StoredQuery, endpoint: str) -> None:
    client = SPARQLWrapper(endpoint)
    client.setQuery(asked(question))
    client.setReturnFormat(CSV)
    client.setMethod(POST)
    if question.dataset == "asserted":
        client.addDefaultGraph(ASSERTED)
    answer = client.queryAndConvert()
    assert question.differences(answer) == []
    assert len(list(csv.reader(io.StringIO(answer.decode())))) > 1
