"""The W3C's SPARQL 1.1 tests through the running server: query, results, syntax, update.

Data go in by the graph store, texts by the protocol, and what comes back is compared as SPARQL
says. The endpoints that tests of SERVICE ask are real servers, whose addresses take the place of
those in the query. What is skipped or known to fail stands in known.toml, with the reason.
"""

from pathlib import Path

import httpx
import pyoxigraph as ox
import pytest
from tests.w3c import compare
from tests.w3c.manifests import SUITE, Case, Data, cases

CASES = {case.name: case for case in cases(SUITE)} if SUITE.is_dir() else {}
RDF = {".ttl": "text/turtle", ".rdf": "application/rdf+xml", ".nt": "application/n-triples"}
DEFAULT = "?default"

needs_the_suite = pytest.mark.skipif(not CASES, reason=f"the W3C's tests are not at {SUITE}")


def test_the_suite_is_there() -> None:
    """Skips, saying why, where the tests are not; fails where they have become fewer."""
    if not CASES:
        pytest.skip(f"the W3C's tests are not at {SUITE}")
    assert len(CASES) > 500


@needs_the_suite
def test_known_names_only_tests_that_there_are(known: dict[str, dict[str, str]]) -> None:
    folders = {name.partition("/")[0] + "/*" for name in CASES}
    assert not {*known["skipped"], *known["failing"]} - CASES.keys() - folders


@needs_the_suite
def test_block_that_is_wrong_is_a_syntax_error_before_it_is_refused(client: httpx.Client) -> None:
    """What lets a refusal count as "found right" above."""
    for text in ("SELECT * { SERVICE <g> { ?s ?p } }", "SELECT * { SERVICE <g> ?s ?p ?o }"):
        assert client.get("/sparql", params={"query": text}).status_code == 400
    right = client.get("/sparql", params={"query": "SELECT * { SERVICE <g> { ?s ?p ?o } }"})
    assert right.status_code == 403


@pytest.mark.parametrize("name", CASES)
def test_w3c(
    name: str,
    client: httpx.Client,
    known: dict[str, dict[str, str]],
    endpoints: dict[str, str],
) -> None:
    case = CASES[name]
    folder = name.partition("/")[0] + "/*"
    for pattern in (name, folder):
        if pattern in known["skipped"]:
            pytest.skip(known["skipped"][pattern])
    reason = known["failing"].get(name)
    try:
        _run(case, client, endpoints)
    except AssertionError:
        if reason is None:
            raise
        pytest.xfail(reason)
    assert reason is None, f"a known failure passes; take it out of known.toml ({reason})"


def _run(case: Case, client: httpx.Client, endpoints: dict[str, str]) -> None:
    if case.kind == "UpdateEvaluationTest":
        _load(client, case.before)
        response = _update(client, case)
        assert response.status_code == 204, response.text
        assert _graphs(client, case.after) == _expected_graphs(case.after)
    elif case.kind in ("QueryEvaluationTest", "CSVResultFormatTest"):
        _load(client, case.before, extra=case)
        for endpoint, file in case.services:
            with httpx.Client(
                base_url=endpoints[endpoint].removesuffix("/sparql"), timeout=30, trust_env=False
            ) as service:
                _load(service, Data(default=file))
        _check_answer(client, case, endpoints)
    elif case.text.suffix == ".ru":
        response = _update(client, case)
        if case.kind.startswith("Positive"):
            # LOAD is refused (403) and graphs are missed (409) after the text was found right.
            assert response.status_code in (204, 403, 409), response.text
        else:
            assert response.status_code == 400, response.text
    else:
        response = _query(client, case, "application/json, application/n-triples", endpoints)
        if case.kind.startswith("Positive"):
            # A graph or a function that is not there is missed after the text was found right, and
            # so is refused an endpoint that is not listed.
            right = response.status_code == 200 or response.json()["code"] in (
                "unknown-graph",
                "unsupported",
                "forbidden",
            )
            assert right, response.text
        else:
            assert response.status_code == 400, response.text


def _check_answer(client: httpx.Client, case: Case, endpoints: dict[str, str]) -> None:
    assert case.result is not None
    media_type, wanted = compare.expected(case.result)
    response = _query(client, case, media_type, endpoints)
    assert response.status_code == 200, response.text
    assert response.headers["Content-Type"].partition(";")[0] == media_type
    found: object
    if media_type == "text/csv":
        found = compare.loose_csv(response.content)
    elif media_type == "application/n-triples":
        found = compare.dataset_of(ox.parse(response.content, ox.RdfFormat.N_TRIPLES))
    else:
        kind = ox.QueryResultsFormat.from_media_type(media_type)
        assert kind is not None
        found = compare.parsed(response.content, kind)
    assert found == wanted


def _load(client: httpx.Client, data: Data, *, extra: Case | None = None) -> None:
    """Put a dataset into the server, which has none of another test's afterwards."""
    response = client.post("/update", data={"update": "DROP ALL"})
    assert response.status_code == 204, response.text
    if data.default is not None:
        _put(client, DEFAULT, data.default)
    for graph, file in data.named:
        _put(client, str(httpx.QueryParams(graph=graph)), file)
    if extra is not None and "FROM" in extra.text.read_text(encoding="utf-8").upper():
        # FROM <data.ttl> is a file beside the query; nothing is fetched, so it has to be here.
        for file in extra.text.parent.glob("data*.ttl"):
            _put(client, str(httpx.QueryParams(graph=file.as_uri())), file)


def _put(client: httpx.Client, graph: str, file: Path) -> None:
    base = f"@base <{file.as_uri()}> .\n".encode() if file.suffix == ".ttl" else b""
    response = client.put(
        "/graph-store?" + graph.removeprefix("?"),
        content=base + file.read_bytes(),
        headers={"Content-Type": RDF[file.suffix]},
    )
    assert response.status_code in (201, 204), response.text


def _text(case: Case) -> str:
    """The text with the base that the suite gives it, unless it is there to be read as it is."""
    text = case.text.read_bytes().decode()
    return text if "Syntax" in case.kind else f"BASE <{case.base}> {text}"


def _query(
    client: httpx.Client, case: Case, accept: str, endpoints: dict[str, str]
) -> httpx.Response:
    headers = {"Accept": accept, "Content-Type": "application/sparql-query"}
    text = _text(case)
    for endpoint, real in endpoints.items():
        text = text.replace(f"<{endpoint}>", f"<{real}>")
    return client.post("/sparql", content=text.encode(), headers=headers)


def _update(client: httpx.Client, case: Case) -> httpx.Response:
    return client.post(
        "/update",
        content=_text(case).encode(),
        headers={"Content-Type": "application/sparql-update"},
    )


def _graphs(client: httpx.Client, after: Data) -> dict[str, frozenset[str]]:
    """What the graph store has: the default graph and every named one that is not empty."""
    query = "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }"
    listed = client.get("/sparql", params={"query": query}).json()["results"]["bindings"]
    names = [row["g"]["value"] for row in listed]
    found = {DEFAULT: _get(client, DEFAULT)}
    for name in names:
        found[name] = _get(client, str(httpx.QueryParams(graph=name)))
    for name, _ in after.named:
        found.setdefault(name, frozenset())
    return found


def _get(client: httpx.Client, graph: str) -> frozenset[str]:
    response = client.get(
        "/graph-store?" + graph.removeprefix("?"), headers={"Accept": "application/n-triples"}
    )
    assert response.status_code == 200, response.text
    return compare.dataset_of(ox.parse(response.content, ox.RdfFormat.N_TRIPLES))


def _expected_graphs(after: Data) -> dict[str, frozenset[str]]:
    files = {DEFAULT: after.default, **dict(after.named)}
    return {
        name: compare.dataset_of(
            ox.parse(
                file.read_bytes(),
                ox.RdfFormat.from_extension(file.suffix[1:]),
                base_iri=file.as_uri(),
            )
            if file
            else ()
        )
        for name, file in files.items()
    }
