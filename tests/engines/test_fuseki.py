"""Apache Jena Fuseki beside us: it asks us, we ask it, and both answer alike."""

import io
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pyoxigraph as ox
import pytest
from tests.content.test_queries import QUESTIONS
from tests.engines.fuseki import HOW, fuseki, is_there
from tests.w3c import compare
from tests.web.peers import select_rows, steamkg

from steamkg.engine.library import StoredQuery
from steamkg.graph.dump import dump
from steamkg.graph.names import ALL, ASSERTED
from steamkg.graph.publish import Builds

pytestmark = pytest.mark.skipif(not is_there(), reason=HOW)
JSON = "application/sparql-results+json"
TRIPLES = "application/n-triples"
CONCATENATED = re.compile(r"\bGROUP_CONCAT\([^\n]*?\bAS \?(\w+)\)")
PREFIX = "PREFIX x: <http://x/> "
NAMES = b'<http://x/b> <http://x/name> "B"@en .\n_:n <http://x/name> "C" .\n'

each_question = pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS.keys())


@pytest.fixture(scope="module")
def fusekis(real_build: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Our dataset, its asserted part alone, and a few names, in a Fuseki each.

    In one more the dataset has the merged graph, which ours offers to FROM alone, as a graph.
    """
    published = Builds(real_build).current()
    assert published is not None
    whole, merged, asserted = io.BytesIO(), io.BytesIO(), io.BytesIO()
    dump(published, whole, format="nquads")
    dump(published, merged, format="ntriples", graph="all")
    dump(published, asserted, format="ntriples", graph="asserted")
    named = merged.getvalue().replace(b" .\n", f" <{ALL}> .\n".encode())
    datasets = {
        "all": whole.getvalue(),
        "merged": whole.getvalue() + named,
        "asserted": asserted.getvalue(),
        "names": NAMES,
    }
    with fuseki(tmp_path_factory.mktemp("fuseki"), datasets) as urls:
        yield urls


@pytest.fixture(scope="module")
def ours(fusekis: dict[str, str], real_build: Path) -> Iterator[str]:
    """Our endpoint with our graph, which may ask the Fuseki that has the names."""
    options = ("--no-build", "--output", real_build, "--private-service", fusekis["names"])
    with steamkg(*options) as url:
        yield url


@pytest.fixture(scope="module")
def small(fusekis: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Our endpoint with a few triples, which may ask that one too."""
    data = tmp_path_factory.mktemp("small") / "data.ttl"
    data.write_text("@prefix x: <http://x/> . x:a x:p x:b , x:c .")
    with steamkg("--dataset", data, "--private-service", fusekis["names"]) as url:
        yield url


def posted(endpoint: str, query: str, **parameters: str) -> httpx.Response:
    response = httpx.post(
        endpoint,
        data={"query": query, **parameters},
        headers={"Accept": f"{JSON}, {TRIPLES};q=0.9"},
        timeout=120,
        trust_env=False,
    )
    assert response.status_code == 200, response.text
    return response


def rows_of(endpoint: str, query: str) -> object:
    """The rows of a query, in no order."""
    return compare.parsed(posted(endpoint, query).content, ox.QueryResultsFormat.JSON)


def answered(endpoint: str, question: StoredQuery, **parameters: str) -> object:
    """The answer to a question as it stands, without values for its parameters.

    What GROUP_CONCAT made is compared without language: SPARQL 1.1 §18.5.1.7 gives it none, and
    Oxigraph 0.5.13 the one that all values share (known.toml of the W3C's tests has that).
    """
    response = posted(endpoint, question.text, **parameters)
    if response.headers["Content-Type"].startswith(TRIPLES):
        return compare.dataset_of(ox.parse(response.content, ox.RdfFormat.N_TRIPLES))
    results = ox.parse_query_results(response.content, ox.QueryResultsFormat.JSON)
    if isinstance(results, ox.QueryBoolean):
        return bool(results)
    names = [variable.value for variable in results.variables]
    made = set(CONCATENATED.findall(question.text))
    rows: compare.Rows = []
    for row in results:
        kept = {name: term for name, term in zip(names, row, strict=True) if term is not None}
        for name in made & kept.keys():
            kept[name] = ox.Literal(kept[name].value)  # type: ignore[union-attr]
        rows.append(dict(kept))
    return compare.solutions(names, rows)


@each_question
def test_question_has_the_same_rows_in_fuseki(
    question: StoredQuery, fusekis: dict[str, str], ours: str
) -> None:
    only = {"default-graph-uri": ASSERTED} if question.dataset == "asserted" else {}
    dataset = "merged" if f"FROM <{ALL}>" in question.text else question.dataset
    wanted = answered(fusekis[dataset], question)
    assert answered(ours, question, **only) == wanted


def test_fuseki_federates_into_ours(fusekis: dict[str, str], small: str) -> None:
    # Jena asks for each solution it has, and a blank node of its own would be any thing here.
    query = f"""{PREFIX} SELECT ?s ?o ?n {{ {{ ?o x:name ?n FILTER(ISIRI(?o)) }}
        SERVICE <{small}> {{ ?s x:p ?o }} }}"""
    assert select_rows(fusekis["names"], query) == [
        {"s": "http://x/a", "o": "http://x/b", "n": "B"}
    ]


def test_ours_asks_fuseki(fusekis: dict[str, str], small: str) -> None:
    query = f"""{PREFIX} SELECT ?o ?n {{ x:a x:p ?o
        OPTIONAL {{ SERVICE <{fusekis["names"]}> {{ ?o x:name ?n }} }} }} ORDER BY ?o"""
    assert select_rows(small, query) == [{"o": "http://x/b", "n": "B"}, {"o": "http://x/c"}]


def test_fuseki_reads_what_ours_sends_it_as_we_do(fusekis: dict[str, str], small: str) -> None:
    # Names with escapes, paths, numbers, strings of every kind: sent as tokens, each written out.
    patterns = (
        "?o x:name 'B'@en, ?n FILTER(?n<'C'&&1<2.5e0)",
        "?o ^x:no|x:name/x:no?|!x:no ?n",
        "VALUES (?o ?n) { (x:a\\-b '''1\\n\"2\"'''@lt) (UNDEF 'ž\\u0161') }",
        "{ SELECT ?n (COUNT(*) AS ?o) { ?s x:name ?n } GROUP BY ?n HAVING(COUNT(*)>=1) }",
        "?o x:name ?n FILTER NOT EXISTS { ?o x:name 'C' } # a comment\n",
        "_:a x:name ?n BIND(STRLEN(?n)+1 AS ?o) MINUS { [] x:name ?n , 'B'@en }",
    )
    names = fusekis["names"]
    for pattern in patterns:
        plain = f"{PREFIX} SELECT ?o ?n {{ {pattern} }}"
        asked = f"{PREFIX} SELECT ?o ?n {{ SERVICE <{names}> {{ {pattern} }} }}"
        assert rows_of(small, asked) == rows_of(names, plain), pattern
