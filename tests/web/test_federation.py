"""Federation between real servers: ours asking others, and others asking ours."""

import socket
from collections.abc import Iterator

import httpx
import pytest
from SPARQLWrapper import JSON, SPARQLWrapper
from tests.web.conftest import Serve, Server
from tests.web.peers import oxigraph, select_rows, steamkg

PREFIX = "PREFIX x: <http://x/> "
THERE = """@prefix x: <http://x/> .
x:b x:name "B"@en ; x:size 2 ; x:near [ x:name "no IRI" ] . x:c x:name "C" . x:far x:name "Far" .
"""


@pytest.fixture(scope="module")
def there() -> Iterator[str]:
    """An Oxigraph with names for two of our things."""
    with oxigraph(THERE) as endpoint:
        yield endpoint


@pytest.fixture(scope="module")
def gone() -> Iterator[str]:
    """An address where nobody listens."""
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{nobody.getsockname()[1]}/sparql"


@pytest.fixture(scope="module")
def mute() -> Iterator[str]:
    """An address where connections are taken and nothing is answered."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/sparql"


@pytest.fixture(scope="module")
def ours(serve: Serve, there: str, gone: str, mute: str) -> Server:
    """Our server, which may ask these."""
    return serve(
        service_private_endpoints=f"{there} {gone} {mute}",
        service_seconds=2,
        service_bytes=1000,
        workers=2,
    )


def asked(server: Server, query: str, **headers: str) -> httpx.Response:
    return httpx.get(
        server.sparql,
        params={"query": PREFIX + query},
        headers=headers,
        timeout=30,
        trust_env=False,
    )


def test_ours_asks_a_real_oxigraph_and_joins(ours: Server, there: str) -> None:
    query = f"""SELECT ?o ?name ?near {{ x:a x:p ?o
        SERVICE <{there}> {{ ?o x:name ?name OPTIONAL {{ ?o x:near ?near }} }} }} ORDER BY ?o"""
    rows = asked(ours, query).json()["results"]["bindings"]
    assert [(row["o"]["value"], row["name"]["value"]) for row in rows] == [
        ("http://x/b", "B"),
        ("http://x/c", "C"),
    ]
    assert rows[0]["name"]["xml:lang"] == "en"
    assert [row.get("near", {}).get("type") for row in rows] == ["bnode", None]


def test_answer_with_service_is_not_kept_as_ours(ours: Server, there: str) -> None:
    query = f"ASK {{ SERVICE <{there}> {{ x:b x:size 2 }} }}"
    for _ in range(2):
        response = asked(ours, query)
        assert response.json()["boolean"] is True
        assert response.headers["Cache-Status"] == "steamkg; fwd=bypass"


@pytest.mark.parametrize("silent", ["", "SILENT"])
def test_socket_that_is_not_listed_stays_silent(ours: Server, there: str, silent: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0)
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/"
        for pattern in (
            f"SERVICE {silent} <{url}> {{ ?s ?p ?o }}",
            f"SERVICE {silent} <{there}> {{ ?s ?p ?o }} SERVICE {silent} <{url}> {{}}",
            f"SERVICE <{there}> {{ SERVICE {silent} <{url}> {{ ?s ?p ?o }} }}",
            f"SERVICE {silent} <{there}/../../{url.removeprefix('http://')}> {{}}",
            f"BIND(<{url}> AS ?e) SERVICE {silent} ?e {{ ?s ?p ?o }}",
        ):
            response = asked(ours, f"SELECT * {{ {pattern} }}")
            assert response.status_code == 403, response.text
        with pytest.raises(BlockingIOError):
            listening.accept()


@pytest.mark.parametrize(
    ("who", "status", "code"),
    [("gone", 502, "service-failed"), ("mute", 504, "service-timeout")],
)
def test_failure_elsewhere_has_its_status_unless_silent(
    ours: Server, request: pytest.FixtureRequest, who: str, status: int, code: str
) -> None:
    url = request.getfixturevalue(who)
    query = f"SELECT ?o ?n {{ x:a x:p ?o SERVICE <{url}> {{ ?o x:name ?n }} }} ORDER BY ?o"
    response = asked(ours, query, Accept="application/json")
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert url in response.json()["detail"]
    silent = asked(ours, query.replace("SERVICE", "SERVICE SILENT"), Accept="text/csv")
    assert silent.text == "o,n\r\nhttp://x/b,\r\nhttp://x/c,\r\n"


def test_answer_larger_than_the_limit_is_413(ours: Server, there: str) -> None:
    response = asked(ours, f"ASK {{ SERVICE SILENT <{there}> {{ ?s ?p ?o . ?t ?q ?u }} }}")
    assert response.status_code == 413
    assert "1,000 bytes" in response.text


def test_mistake_in_a_block_is_400_with_its_place(ours: Server, there: str) -> None:
    response = asked(ours, f"SELECT * {{\nSERVICE <{there}> {{ ?s y:p ?o }} }}")
    assert (
        response.text
        == "Bad Request: line 2, column 51: the prefix y: is not declared\n".replace(
            "51", str(len(f"SERVICE <{there}> {{ ?s y"))
        )
    )


def test_description_says_whether_service_may_ask_anybody(ours: Server, server: Server) -> None:
    feature = "sd:BasicFederatedQuery"
    assert feature in httpx.get(ours.sparql, trust_env=False).text
    assert feature not in httpx.get(server.sparql, trust_env=False).text


def test_calls_are_counted(ours: Server, there: str, gone: str) -> None:
    asked(ours, f"ASK {{ SERVICE <{there}> {{ x:c x:name 'C' }} }}")
    asked(ours, f"ASK {{ SERVICE <{gone}> {{ x:c x:name 'C' }} }}")
    metrics = httpx.get(ours.url + "/metrics", trust_env=False).text
    assert 'steamkg_service_calls_total{outcome="answered"}' in metrics
    assert 'steamkg_service_calls_total{outcome="ServiceFailed"}' in metrics


def test_sparqlwrapper_joins_ours_with_another(ours: Server, there: str) -> None:
    client = SPARQLWrapper(ours.sparql)
    client.setQuery(
        f"{PREFIX} SELECT ?n {{ ?s x:p ?o SERVICE <{there}> {{ ?o x:name ?n }} }} ORDER BY ?n"
    )
    client.setReturnFormat(JSON)
    rows = client.queryAndConvert()["results"]["bindings"]  # type: ignore[index,call-overload]
    assert [row["n"]["value"] for row in rows] == ["B", "C"]


def test_options_name_the_endpoints_and_two_of_ours_ask_each_other(
    there: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    data = tmp_path_factory.mktemp("data") / "sizes.ttl"
    data.write_text("@prefix x: <http://x/> . x:b x:price 10 . x:c x:price 20 .")
    with (
        steamkg("--dataset", data, "--private-service", there) as second,
        steamkg(
            *("--dataset", "empty", "--private-service", second),
            *("--private-service", there, "--service", "https://query.example/sparql"),
        ) as first,
    ):
        nested = f"""{PREFIX} SELECT ?s ?price ?name {{
            SERVICE <{second}> {{ ?s x:price ?price SERVICE <{there}> {{ ?s x:name ?name }} }} }}
            ORDER BY ?s"""
        assert select_rows(first, nested) == [
            {"s": "http://x/b", "price": "10", "name": "B"},
            {"s": "http://x/c", "price": "20", "name": "C"},
        ]


def test_real_oxigraph_federates_into_ours(server: Server, there: str) -> None:
    query = f"""{PREFIX} SELECT ?s ?o ?name {{ ?o x:name ?name
        SERVICE <{server.sparql}> {{ ?s x:p ?o }} }} ORDER BY ?o ?s"""
    assert select_rows(there, query) == [
        {"s": "http://x/a", "o": "http://x/b", "name": "B"},
        {"s": "http://x/a", "o": "http://x/c", "name": "C"},
    ]


def test_real_oxigraph_joins_with_a_graph_and_a_count_of_ours(server: Server, there: str) -> None:
    query = f"""{PREFIX} SELECT ?o ?g ?n {{ ?o x:size 2
        SERVICE <{server.sparql}> {{ GRAPH ?g {{ ?s x:p ?o }} }}
        SERVICE <{server.sparql}> {{ SELECT (COUNT(*) AS ?n) {{ ?s x:many ?m }} }} }} ORDER BY ?g"""
    base = "https://w3id.org/steamkg/graph/a/"
    assert select_rows(there, query) == [
        {"o": "http://x/b", "g": base + name, "n": "2000"} for name in ("one", "two")
    ]
