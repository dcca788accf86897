"""The endpoint over HTTP, served by real processes: SPARQL 1.1 Protocol."""

import http.client
import json
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import httpx
import pyoxigraph as ox
import pytest
from SPARQLWrapper import CSV, JSON, TURTLE, XML, SPARQLWrapper

PATH = "/sparql"
BASE = "https://w3id.org/steamkg/"
ONE, TWO = BASE + "graph/a/one", BASE + "graph/a/two"
COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
HOURS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(?a = ?nothing) }"
FORM = "application/x-www-form-urlencoded"
QUERY = "application/sparql-query"


def get(client: httpx.Client, query: str, accept: str = "*/*", **parameters: str) -> httpx.Response:
    return client.get(PATH, params={"query": query, **parameters}, headers={"Accept": accept})


def count(client: httpx.Client, query: str = COUNT, **parameters: object) -> int:
    response = client.get(
        PATH,
        params={"query": query, "format": "csv", **parameters},  # type: ignore[arg-type]
    )
    assert response.status_code == 200, response.text
    return int(response.text.split("\r\n")[1])


def test_get_and_both_posts_give_the_same_answer(client: httpx.Client) -> None:
    answers = [
        get(client, COUNT),
        client.post(PATH, data={"query": COUNT}),
        client.post(PATH, content=COUNT, headers={"Content-Type": QUERY}),
        client.post(
            PATH,
            content=iter([COUNT[:5].encode(), COUNT[5:].encode()]),
            headers={"Content-Type": QUERY},
        ),
    ]
    assert [answer.status_code for answer in answers] == [200] * 4
    assert len({answer.content for answer in answers}) == 1
    assert answers[0].headers["Content-Length"] == str(len(answers[0].content))


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("*/*", "application/sparql-results+json"),
        ("application/sparql-results+json", "application/sparql-results+json"),
        ("application/sparql-results+xml", "application/sparql-results+xml"),
        ("application/json", "application/json"),
        ("text/csv", "text/csv; charset=utf-8"),
        ("text/tab-separated-values", "text/tab-separated-values; charset=utf-8"),
        ("text/csv;q=0.3, application/xml;q=0.9", "application/xml"),
    ],
)
@pytest.mark.parametrize("query", ["SELECT * { <http://x/a> ?p ?o }", "ASK { ?s ?p ?o }"])
def test_solutions_are_negotiated(
    client: httpx.Client, query: str, accept: str, content_type: str
) -> None:
    response = get(client, query, accept)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == content_type
    assert response.headers["Vary"] == "Accept, Accept-Encoding"


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("*/*", "text/turtle; charset=utf-8"),
        ("application/n-triples", "application/n-triples"),
        ("application/trig", "application/trig"),
        ("application/n-quads", "application/n-quads"),
        ("application/rdf+xml", "application/rdf+xml"),
        ("application/ld+json", "application/ld+json"),
    ],
)
@pytest.mark.parametrize(
    "query", ["CONSTRUCT WHERE { <http://x/a> ?p ?o }", "DESCRIBE <http://x/a>"]
)
def test_triples_are_negotiated(
    client: httpx.Client, query: str, accept: str, content_type: str
) -> None:
    response = get(client, query, accept)
    assert (response.status_code, response.headers["Content-Type"]) == (200, content_type)
    parsed = ox.parse(response.content, ox.RdfFormat.from_media_type(content_type))
    assert len(list(parsed)) == 3


@pytest.mark.parametrize(
    ("query", "accept"),
    [(COUNT, "image/png"), (COUNT, "text/turtle"), ("DESCRIBE <urn:a>", "text/csv")],
)
def test_nothing_that_fits_is_406_with_what_there_is(
    client: httpx.Client, query: str, accept: str
) -> None:
    response = get(client, query, accept)
    assert response.status_code == 406
    assert "offered: " in response.text


def test_format_parameter_wins_over_accept(client: httpx.Client) -> None:
    response = get(client, COUNT, "application/json", format="csv")
    assert response.text == "n\r\n2005\r\n"


def test_default_dataset_is_a_set(client: httpx.Client) -> None:
    assert count(client) == 2005
    assert count(client, **{"default-graph-uri": BASE + "graph/all"}) == 2005
    assert count(client, **{"default-graph-uri": BASE + "graph/asserted"}) == 2004


def test_merged_graphs_are_a_set(client: httpx.Client) -> None:
    assert (
        count(client, f"SELECT (COUNT(*) AS ?n) FROM <{ONE}> FROM <{TWO}> {{ ?s ?p ?o }}") == 2004
    )
    assert count(client, **{"default-graph-uri": [ONE, TWO]}) == 2004
    assert count(client, **{"default-graph-uri": ONE}) == 2003


def test_protocol_dataset_wins_over_from(client: httpx.Client) -> None:
    query = f"SELECT (COUNT(*) AS ?n) FROM <{ONE}> {{ ?s ?p ?o }}"
    assert count(client, query, **{"default-graph-uri": TWO}) == 2
    named = "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }"
    assert count(client, named, **{"named-graph-uri": TWO}) == 2


def test_cross_product_ends_at_the_deadline_and_the_next_is_served_at_once(
    client: httpx.Client,
) -> None:
    start = time.monotonic()
    response = get(client, HOURS)
    ended = time.monotonic()
    assert response.status_code == 503
    assert "1 seconds" in response.text
    assert ended - start < 5
    assert count(client) == 2005
    assert time.monotonic() - ended < 1


def test_other_queries_are_served_while_one_runs_to_its_deadline(client: httpx.Client) -> None:
    with ThreadPoolExecutor(1) as thread:
        slow = thread.submit(get, client, HOURS)
        served = 0
        while not slow.done():
            assert count(client) == 2005
            served += 1
        assert slow.result().status_code == 503
    assert served > 5


def test_large_result_is_413_and_never_cut(client: httpx.Client) -> None:
    response = get(client, "SELECT * { ?s ?p ?o . ?a ?p ?b }", "application/json")
    assert response.status_code == 413
    problem = response.json()
    assert (problem["code"], problem["limit"]) == ("result-too-large", 100_000)


@pytest.mark.skipif("sys.platform != 'linux'", reason="macOS does not keep RLIMIT_AS")
def test_memory_limit_is_503(serve: Callable[..., Any]) -> None:
    # A deadline so far away that a busy machine does not reach it before the memory is used up.
    server = serve(query_seconds=120, memory_bytes=150_000_000, workers=1)
    query = "SELECT * { ?a ?p ?b . ?c ?p ?d } ORDER BY ?d ?c ?b"
    with httpx.Client(base_url=server.url, timeout=120, trust_env=False) as client:
        response = get(client, query, "application/json")
    assert (response.status_code, response.json()["code"]) == (503, "memory-exceeded")


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as opened:
        opened.settimeout(0)
        yield opened


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("ASK {{ SERVICE <{url}> {{ ?s ?p ?o }} }}", 403),
        ("ASK {{ SERVICE SILENT <{url}> {{ ?s ?p ?o }} }}", 403),
        ("ASK {{ VALUES ?e {{ <{url}> }} SERVICE SILENT ?e {{ ?s ?p ?o }} }}", 403),
        ("SELECT * FROM <{url}> {{ ?s ?p ?o }}", 400),
        ("LOAD <{url}>", 403),
    ],
)
def test_nothing_is_dialled(
    client: httpx.Client, listening: socket.socket, query: str, status: int
) -> None:
    url = f"http://127.0.0.1:{listening.getsockname()[1]}/"
    response = get(client, query.format(url=url))
    assert response.status_code == status
    with pytest.raises(BlockingIOError):
        listening.accept()


@pytest.mark.parametrize("name", ["default-graph-uri", "named-graph-uri"])
def test_remote_graph_is_refused(client: httpx.Client, listening: socket.socket, name: str) -> None:
    url = f"http://127.0.0.1:{listening.getsockname()[1]}/"
    response = get(client, COUNT, **{name: url})
    assert response.status_code == 400
    assert "no graph of this dataset" in response.text
    with pytest.raises(BlockingIOError):
        listening.accept()


def test_syntax_error_is_400_with_line_and_column(client: httpx.Client) -> None:
    query = "SELECT * {\n  ?s x:p ?o\n}"
    assert get(client, query).text == (
        "Bad Request: line 2, column 6: the prefix x: is not declared\n"
    )
    problem = get(client, query, "application/json").json()
    assert (problem["line"], problem["column"]) == (2, 6)


@pytest.mark.parametrize(
    ("method", "content", "content_type", "status"),
    [
        ("POST", b"", FORM, 400),
        ("POST", b"query=ASK{}&query=ASK{}", FORM, 400),
        ("POST", b"query=%ff", FORM, 400),
        ("POST", b"ASK {'\xff'}", QUERY, 400),
        ("POST", b"ASK {}", "text/plain", 415),
        ("POST", b"ASK {}", QUERY + "; charset=latin-1", 415),
        ("POST", b"CLEAR ALL", "application/sparql-update", 403),
        ("POST", b"update=CLEAR+ALL", FORM, 403),
        ("POST", b"#" * 50_001, QUERY, 413),
        ("POST", b"query=" + b"%23" * 50_001, FORM, 413),
        ("PUT", b"", QUERY, 405),
        ("DELETE", b"", QUERY, 405),
        ("PATCH", b"", QUERY, 405),
    ],
)
def test_bad_request_has_its_status(
    client: httpx.Client, method: str, content: bytes, content_type: str, status: int
) -> None:
    response = client.request(method, PATH, content=content, headers={"Content-Type": content_type})
    assert response.status_code == status
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert count(client) == 2005


def test_get_without_query_but_with_something_else_is_400(client: httpx.Client) -> None:
    assert client.get(PATH, params={"format": "csv"}).status_code == 400
    assert client.get(PATH, params={"query": "a" * 50_001}).status_code == 414


def test_bare_address_describes_the_service(client: httpx.Client) -> None:
    response = client.get(PATH)
    assert response.headers["Content-Type"] == "text/turtle; charset=utf-8"
    store = ox.Store()
    store.load(response.content, ox.RdfFormat.TURTLE)
    ask = "ASK { ?s <http://www.w3.org/ns/sparql-service-description#endpoint> ?e }"
    assert bool(store.query(ask, substitutions={ox.Variable("e"): ox.NamedNode(str(response.url))}))


def test_host_that_is_none_does_no_harm(client: httpx.Client) -> None:
    response = client.get(PATH, headers={"Host": "a b<>"})
    assert response.status_code in (200, 400)
    assert b"a b<>" not in response.content


def test_head_tells_the_length_and_sends_nothing(client: httpx.Client) -> None:
    response = client.head(PATH, params={"query": COUNT})
    assert response.status_code == 200
    assert response.headers["Content-Length"] == str(len(get(client, COUNT).content))
    assert response.content == b""


def test_preflight_and_answers_are_open_to_other_origins(client: httpx.Client) -> None:
    preflight = client.options(
        PATH, headers={"Origin": "https://e.example", "Access-Control-Request-Method": "POST"}
    )
    assert preflight.status_code == 204
    assert "POST" in preflight.headers["Access-Control-Allow-Methods"]
    for response in (preflight, get(client, COUNT), get(client, "nonsense"), client.get("/sparql")):
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_answers_in_parallel_are_not_mixed_up(client: httpx.Client) -> None:
    def ask(number: int) -> str:
        query = f"SELECT ?o {{ <http://x/s{number}> ?p ?o }}"
        return get(client, query, "text/csv").text

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(ask, range(200)))
    assert answers == [f"o\r\nhttp://x/o{number % 50}\r\n" for number in range(200)]


def test_client_that_leaves_in_the_middle_does_no_harm(client: httpx.Client) -> None:
    host = urlsplit(str(client.base_url))
    connection = http.client.HTTPConnection(str(host.hostname), host.port)
    connection.putrequest("POST", PATH)
    connection.putheader("Content-Type", QUERY)
    connection.putheader("Content-Length", "1000")
    connection.endheaders(b"ASK {")
    connection.close()
    assert count(client) == 2005


def test_sparqlwrapper_gets_along_with_it(client: httpx.Client) -> None:
    wrapper = SPARQLWrapper(str(client.base_url.join(PATH)))
    wrapper.setQuery("SELECT ?o { <http://x/a> <http://x/label> ?o }")
    wrapper.setReturnFormat(JSON)
    rows = wrapper.queryAndConvert()["results"]["bindings"]
    assert rows == [{"o": {"type": "literal", "value": "žodis", "xml:lang": "lt"}}]
    wrapper.setReturnFormat(XML)
    assert "žodis" in wrapper.queryAndConvert().toxml()
    wrapper.setReturnFormat(CSV)
    assert wrapper.queryAndConvert().decode() == "o\r\nžodis\r\n"
    wrapper.setMethod("POST")
    wrapper.setQuery("CONSTRUCT WHERE { <http://x/a> ?p ?o }")
    wrapper.setReturnFormat(TURTLE)
    assert b"<http://x/p>" in wrapper.queryAndConvert()


def test_problem_is_readable_json(client: httpx.Client) -> None:
    response = get(client, "SELECT", "application/sparql-results+json")
    assert response.headers["Content-Type"] == "application/problem+json"
    assert json.loads(response.text)["status"] == response.status_code == 400


def test_address_with_a_slash_at_its_end_leads_to_the_one_without(client: httpx.Client) -> None:
    moved = client.get(PATH + "/", params={"query": COUNT}, follow_redirects=False)
    assert moved.status_code == 308
    assert moved.headers["Location"].startswith(PATH + "?query=SELECT")
    answer = client.post(PATH + "/", data={"query": COUNT}, follow_redirects=True)
    assert answer.status_code == 200
    assert answer.content == client.post(PATH, data={"query": COUNT}).content


def test_merged_graphs_are_read_from_the_graph_store(client: httpx.Client) -> None:
    for name in ("asserted", "all"):
        iri = f"{BASE}graph/{name}"
        response = client.get(
            "/graph-store", params={"graph": iri}, headers={"Accept": "application/n-triples"}
        )
        assert response.status_code == 200, response.text
        triples = set(ox.parse(response.content, ox.RdfFormat.N_TRIPLES))
        assert len(triples) == count(client, COUNT, **{"default-graph-uri": iri})
    assert client.get("/graph-store", params={"graph": BASE + "graph/none"}).status_code == 404
