"""Answers that are kept, and data that change under them: over HTTP, with real servers."""

import gzip
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from tests.waiting import wait_until
from tests.web.test_editions import publish

COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
LONG = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
ROWS = 150
TURTLE = "text/turtle"


@pytest.fixture(scope="module")
def opened(serve) -> Iterator[httpx.Client]:  # type: ignore[no-untyped-def]
    """A client of a server whose dataset may be written to, and which keeps its answers."""
    server = serve(
        dataset="empty",
        default_graph="strict",
        writes="open",
        workers=2,
        query_seconds=60,
        query_nesting=20,
        long_running=0,
    )
    with httpx.Client(base_url=server.url, timeout=90, trust_env=False) as client:
        yield client


@pytest.fixture
def client(opened: httpx.Client) -> httpx.Client:
    """The same, with an empty dataset."""
    update(opened, "DROP ALL")
    return opened


def update(client: httpx.Client, text: str) -> None:
    response = client.post("/update", data={"update": text})
    assert response.status_code == 204, response.text


def ask(client: httpx.Client, query: str, **headers: str) -> httpx.Response:
    given = {"Accept": "text/csv"} | {n.replace("_", "-"): v for n, v in headers.items()}
    response = client.get("/sparql", params={"query": query}, headers=given)
    assert response.status_code in (200, 304), response.text
    return response


def number(response: httpx.Response) -> int:
    return int(response.text.split("\r\n")[1])


def figure(client: httpx.Client, name: str) -> float:
    lines = client.get("/metrics").text.splitlines()
    return float(next(line.split()[1] for line in lines if line.startswith(name + " ")))


def test_kept_answer_is_not_served_after_an_update(client: httpx.Client) -> None:
    for count in range(1, 4):
        before = [ask(client, COUNT) for _ in range(3)]
        assert {number(one) for one in before} == {count - 1}
        assert [one.headers["Cache-Status"] for one in before[1:]] == ["steamkg; hit"] * 2
        tag = before[0].headers["ETag"]
        assert ask(client, COUNT, If_None_Match=tag).status_code == 304
        update(client, f"INSERT DATA {{ <x:a> <x:p> {count} }}")
        after = ask(client, COUNT, If_None_Match=tag)
        assert (after.status_code, number(after)) == (200, count)
        assert after.headers["Cache-Status"] == "steamkg; fwd=miss; stored"
        assert after.headers["ETag"] != tag


def test_kept_answer_is_not_served_after_a_write_to_a_graph(client: httpx.Client) -> None:
    query = "SELECT (COUNT(*) AS ?n) { GRAPH <x:g> { ?s ?p ?o } }"
    graph = {"params": {"graph": "x:g"}}
    counts = []
    for method, turtle in (("PUT", "1"), ("POST", "2"), ("PUT", "3"), ("DELETE", "")):
        body = f"<x:a> <x:p> {turtle} ." if turtle else ""
        written = client.request(
            method, "/graph-store", content=body, headers={"Content-Type": TURTLE}, **graph
        )
        assert written.status_code in (201, 204)
        counts += [number(ask(client, query)) for _ in range(2)]
    assert counts == [1, 1, 2, 2, 1, 1, 0, 0]


def test_write_that_fails_leaves_what_is_kept(client: httpx.Client) -> None:
    ask(client, COUNT)
    failed = client.post("/update", data={"update": "INSERT DATA { <x:a> <x:p> 1 } ; DROP"})
    assert failed.status_code == 400
    assert ask(client, COUNT).headers["Cache-Status"] == "steamkg; hit"


def test_query_under_way_is_answered_from_before_and_kept_for_nobody(client: httpx.Client) -> None:
    rows = " ".join(f"<x:s{n}> <x:p> {n} ." for n in range(ROWS))
    update(client, f"INSERT DATA {{ {rows} }}")
    outcome: list[httpx.Response] = []

    def ask_long() -> None:
        with httpx.Client(base_url=client.base_url, timeout=90, trust_env=False) as other:
            outcome.append(ask(other, LONG))

    thread = threading.Thread(target=ask_long)
    thread.start()
    wait_until(lambda: figure(client, "steamkg_queries_running") == 1)
    update(client, "INSERT DATA { <x:new> <x:p> 1 }")
    assert number(ask(client, COUNT)) == ROWS + 1
    assert not outcome
    # The same question again does not wait for the answer from before.
    assert number(ask(client, LONG)) == (ROWS + 1) ** 3
    thread.join()
    assert number(outcome[0]) == ROWS**3
    again = ask(client, LONG)
    assert (again.headers["Cache-Status"], number(again)) == ("steamkg; hit", (ROWS + 1) ** 3)


def test_whoever_asks_after_a_write_sees_it(client: httpx.Client) -> None:
    done: list[int] = []
    wrong: list[tuple[int, int]] = []

    def write_and_ask(writer: int) -> None:
        with httpx.Client(base_url=client.base_url, timeout=60, trust_env=False) as other:
            for count in range(15):
                update(other, f"INSERT DATA {{ <x:w{writer}> <x:p> {count} }}")
                done.append(1)
                for _ in range(4):
                    least = len(done)
                    found = number(ask(other, COUNT))
                    if found < least:
                        wrong.append((found, least))

    threads = [threading.Thread(target=write_and_ask, args=(writer,)) for writer in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(done), wrong) == (60, [])


def test_relative_iri_has_an_answer_for_each_host(client: httpx.Client) -> None:
    query = "SELECT ?iri { VALUES ?iri { <a> } }"
    port = client.base_url.port
    for _ in range(3):
        for host in (f"127.0.0.1:{port}", f"localhost:{port}", "example.org"):
            assert ask(client, query, Host=host).text == f"iri\r\nhttp://{host}/a\r\n"
    assert ask(client, query, Host="example.org").headers["Cache-Status"] == "steamkg; hit"


def test_health_and_figures_are_of_what_is_served_now(client: httpx.Client) -> None:
    before = client.get("/health").json()
    update(client, "INSERT DATA { <x:a> <x:p> 1, 2 }")
    after = client.get("/health").json()
    assert (before["triples"], after["triples"]) == (0, 2)
    assert before["dataset"] != after["dataset"]
    assert f'dataset="{after["dataset"]}"' in client.get("/metrics").text


def test_graph_that_is_read_is_coded_counted_and_tagged(
    client: httpx.Client,
) -> None:
    name = 'steamkg_query_seconds_count{outcome="answered"}'
    rows = "".join(f"<x:s{n}> <x:p> {n} .\n" for n in range(ROWS))
    client.put("/graph-store?default", content=rows, headers={"Content-Type": TURTLE})
    number(ask(client, COUNT))
    before = figure(client, name)
    headers = {"Accept-Encoding": "gzip", "Accept": "application/n-triples"}
    with client.stream("GET", "/graph-store?default", headers=headers) as response:
        body = b"".join(response.iter_raw())
    assert response.headers["Content-Encoding"] == "gzip"
    assert response.headers["Cache-Control"] == "public, no-cache"
    assert response.headers["ETag"].endswith('-gzip"')
    assert response.headers["Vary"] == "Accept, Accept-Encoding"
    assert gzip.decompress(body).count(b"\n") == ROWS
    assert figure(client, name) == before + 1


def test_update_has_the_limit_on_nesting_of_a_query(client: httpx.Client) -> None:
    deep = "{" * 30 + "}" * 30
    response = client.post(
        "/update",
        data={"update": f"INSERT {{ <x:a> <x:p> 1 }} WHERE {deep}"},
        headers={"Accept": "application/json"},
    )
    assert (response.status_code, response.json()["code"]) == (400, "query-too-complex")
    assert number(ask(client, COUNT)) == 0


def test_refused_write_says_once_that_the_connection_ends(client: httpx.Client) -> None:
    response = client.post("/update", content="CLEAR ALL", headers={"Content-Type": "text/plain"})
    assert response.status_code == 415
    assert response.headers.get_list("Connection") == ["close"]
    large = client.post(
        "/sparql", content=b"#" * 300_000, headers={"Content-Type": "application/sparql-query"}
    )
    assert large.status_code == 413
    assert large.headers.get_list("Connection") == ["close"]


def test_description_of_a_dataset_has_no_pages(client: httpx.Client) -> None:
    described = client.get("/openapi.json").json()
    OpenAPIV31SpecValidator(described).validate()
    assert {"/sparql", "/update", "/graph-store", "/health"} <= described["paths"].keys()
    for path in ("/explore", "/ontology", "/id/{name}"):
        assert path not in described["paths"]
        assert client.get(path).status_code == 404


def test_new_build_does_not_take_the_place_of_a_dataset(serve, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    publish(tmp_path, 3)
    server = serve(build=tmp_path, dataset="empty", writes="open", workers=1, reload_seconds=0.02)
    with httpx.Client(base_url=server.url, timeout=30, trust_env=False) as client:
        update(client, "INSERT DATA { <x:a> <x:p> 1 }")
        version = client.get("/health").json()["dataset"]
        publish(tmp_path, 5)
        end = time.monotonic() + 0.5
        while time.monotonic() < end:
            assert client.get("/health").json()["dataset"] == version
            assert number(ask(client, COUNT)) == 1
        assert figure(client, "steamkg_reloads_total") == 0
        assert figure(client, "steamkg_reloads_failed_total") == 0


def test_access_log_has_a_line_for_a_write_and_nothing_of_it(serve, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    log = tmp_path / "access.log"
    server = serve(dataset="empty", writes="open", workers=1, access_log=log)
    with httpx.Client(base_url=server.url, timeout=30, trust_env=False) as client:
        update(client, "INSERT DATA { <x:secret> <x:p> 1 }")
        client.post("/update", data={"update": "SECRET"})
    wait_until(lambda: log.read_text("utf-8").count("\n") == 2)
    good, bad = log.read_text("utf-8").splitlines()
    assert '"path":"/update","status":204' in good
    assert '"status":400' in bad
    assert '"problem":"query-syntax-error"' in bad
    assert "secret" not in (good + bad).casefold()
