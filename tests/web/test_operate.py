"""What operators see and do: health, figures, queries under way, the access log, the headers."""

import json
import os
import re
import signal
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner
from tests.waiting import wait_until

from steamkg.cli import cli
from steamkg.engine.running import hash_of
from steamkg.protocol import tokens
from steamkg.settings import Settings, environment_name
from steamkg.web.clients import address, network

COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
HOURS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(?a = ?nothing) }"
TOKEN = "a token of this test"


@pytest.fixture(scope="module")
def operated(serve) -> Iterator[httpx.Client]:  # type: ignore[no-untyped-def]
    server = serve(
        workers=1,
        operator_token_hash=tokens.hash_of(TOKEN),
        client_running=1,
        client_waiting=1,
        query_seconds=60,
        queue_seconds=60,
        query_nesting=20,
        result_rows=100,
    )
    with httpx.Client(base_url=server.url, trust_env=False, timeout=90) as opened:
        yield opened


def bearer(token: str = TOKEN) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def figures(client: httpx.Client) -> dict[str, float]:
    response = client.get("/metrics")
    assert response.status_code == 200
    assert response.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    lines = (line for line in response.text.splitlines() if line and line[0] != "#")
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


def running(client: httpx.Client) -> list[dict[str, object]]:
    response = client.get("/queries", headers=bearer())
    assert response.status_code == 200
    found: list[dict[str, object]] = response.json()["queries"]
    return found


def test_health_tells_what_is_served(operated: httpx.Client, build_directory: Path) -> None:
    response = operated.get("/health")
    manifest = json.loads((build_directory / "current" / "manifest.json").read_text("utf-8"))
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    about = response.json()
    assert about["dataset"] == manifest["version"]
    assert (about["status"], about["live"], about["ready"], about["triples"]) == (
        "ok",
        True,
        True,
        2005,
    )


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_health_is_503_while_the_engine_is_down_and_brings_it_back(serve) -> None:  # type: ignore[no-untyped-def]
    server = serve(workers=1)

    def children(process: int) -> list[int]:
        text = Path(f"/proc/{process}/task/{process}/children").read_text("ascii")
        return [int(one) for one in text.split()]

    (web,) = children(server.process.pid)
    (nursery,) = (
        int(one)
        for task in Path(f"/proc/{web}/task").iterdir()
        for one in (task / "children").read_text("ascii").split()
    )
    with httpx.Client(base_url=server.url, trust_env=False, timeout=30) as client:
        os.kill(nursery, signal.SIGKILL)
        statuses: list[int] = []

        def is_back() -> bool:
            response = client.get("/health")
            statuses.append(response.status_code)
            assert response.json()["ready"] is (response.status_code == 200)
            return 503 in statuses and statuses[-1] == 200

        wait_until(is_back)
        assert set(statuses) == {200, 503} or statuses[0] == 503
        assert client.get("/sparql", params={"query": COUNT}).status_code == 200


def test_figures_tell_outcomes_cache_and_builds(operated: httpx.Client) -> None:
    before = figures(operated)
    assert operated.get("/sparql", params={"query": COUNT + "#figures"}).status_code == 200
    assert operated.get("/sparql", params={"query": COUNT + "#figures"}).status_code == 200
    assert operated.get("/sparql", params={"query": "SELECT"}).status_code == 400
    after = figures(operated)

    def grown(name: str) -> float:
        return after[name] - before.get(name, 0)

    assert grown('steamkg_query_seconds_count{outcome="answered"}') == 1
    assert grown('steamkg_query_seconds_count{outcome="query-syntax-error"}') == 1
    assert grown("steamkg_cache_hits_total") == 1
    assert after["steamkg_cache_bytes"] > 0
    assert after["steamkg_ready"] == 1
    assert after["steamkg_queries_waiting"] == 0
    assert any(name.startswith('steamkg_build_info{dataset="') for name in after)


def test_operator_sees_and_ends_a_query(operated: httpx.Client) -> None:
    with ThreadPoolExecutor(1) as threads:
        asked = threads.submit(operated.get, "/sparql", params={"query": HOURS})
        wait_until(lambda: any(one["state"] == "running" for one in running(operated)))
        (one,) = running(operated)
        assert one["query"] == hash_of(HOURS)
        assert float(str(one["seconds"])) >= 0
        assert "SELECT" not in json.dumps(one)
        assert operated.delete(f"/queries/{one['id']}", headers=bearer()).status_code == 204
        response = asked.result()
        assert response.status_code == 503
        assert "operator" in response.text
        assert "Retry-After" not in response.headers
    gone = operated.delete(f"/queries/{one['id']}", headers=bearer())
    assert gone.status_code == 404
    assert figures(operated)['steamkg_workers_ended_total{reason="Cancelled"}'] >= 1
    assert running(operated) == []


@pytest.mark.parametrize(
    "headers",
    [
        {},
        bearer("wrong"),
        bearer("x y"),
        {"Authorization": f"Basic {TOKEN}"},
        {"Authorization": TOKEN},
    ],
)
def test_stranger_sees_and_ends_nothing(operated: httpx.Client, headers: dict[str, str]) -> None:
    for response in (
        operated.get("/queries", headers=headers),
        operated.delete("/queries/1", headers=headers),
    ):
        assert response.status_code == 401
        assert response.headers["WWW-Authenticate"] == 'Bearer realm="steamkg operator"'
        assert response.headers["Content-Type"] == "application/problem+json"


def test_without_a_token_there_are_no_operator_routes(client: httpx.Client) -> None:
    assert client.get("/queries", headers=bearer()).status_code == 404
    assert client.delete("/queries/1", headers=bearer("x")).status_code == 404


@pytest.mark.parametrize(
    ("options", "setting"),
    [
        ([], "STEAMKG_OPERATOR_TOKEN_HASH"),
        (["--for", "operator"], "STEAMKG_OPERATOR_TOKEN_HASH"),
        (["--for", "writes"], "STEAMKG_WRITE_TOKEN_HASH"),
    ],
)
def test_new_token_is_printed_with_its_hash(options: list[str], setting: str) -> None:
    printed = CliRunner().invoke(cli, ["token", *options]).output
    found = re.fullmatch(rf"token: (\S+)\n{setting}=([0-9a-f]{{64}})\n", printed)
    assert found
    assert setting in {environment_name(option) for option in fields(Settings)}
    assert tokens.is_allowed(f"Bearer {found[1]}", found[2])
    assert not tokens.is_allowed(f"Bearer {found[2]}", found[2])
    assert len(found[1]) >= 43


@pytest.fixture(scope="module")
def written(serve) -> Iterator[httpx.Client]:  # type: ignore[no-untyped-def]
    server = serve(
        dataset="empty",
        writes="open",
        workers=1,
        operator_token_hash=tokens.hash_of(TOKEN),
        client_writes=1,
        write_queue=3,
        query_seconds=60,
        queue_seconds=60,
    )
    with httpx.Client(base_url=server.url, trust_env=False, timeout=90) as opened:
        rows = "".join(f"<x:s{n}> <x:p> {n} .\n" for n in range(2000))
        opened.put("/graph-store?default", content=rows, headers={"Content-Type": "text/turtle"})
        yield opened


ENDLESS = f"INSERT {{ <x:new> <x:p> ?n }} WHERE {{ {{ {HOURS} }} }}"


def test_operator_sees_and_ends_a_write(written: httpx.Client) -> None:
    with ThreadPoolExecutor(2) as threads:
        first, second = (
            threads.submit(written.post, "/update", data={"update": f"{ENDLESS}#{number}"})
            for number in range(2)
        )
        wait_until(lambda: len(running(written)) == 2)
        wait_until(lambda: "running" in {one["state"] for one in running(written)})
        assert {one["kind"] for one in running(written)} == {"update"}
        assert {one["query"] for one in running(written)} == {
            hash_of(f"{ENDLESS}#{number}") for number in range(2)
        }
        # The one that waits first, then the one at work.
        for state in ("waiting", "running"):
            (one,) = [one for one in running(written) if one["state"] == state]
            assert written.delete(f"/queries/{one['id']}", headers=bearer()).status_code == 204
        for response in (first.result(), second.result()):
            assert response.status_code == 503
            assert "the operator of this server ended the update" in response.text
    assert written.get("/sparql", params={"query": "ASK { <x:new> ?p ?o }"}).json() == {
        "head": {},
        "boolean": False,
    }
    done = written.post("/update", data={"update": "INSERT DATA { <x:after> <x:p> 1 }"})
    assert done.status_code == 204
    figure = 'steamkg_write_seconds_count{outcome="cancelled"}'
    assert figures(written)[figure] == 2


def test_writes_of_one_client_wait_in_line_only_so_many(written: httpx.Client) -> None:
    with ThreadPoolExecutor(2) as threads:
        asked = [
            threads.submit(written.post, "/update", data={"update": f"{ENDLESS}#{number}"})
            for number in range(2)
        ]
        wait_until(lambda: len(running(written)) == 2)
        refused = written.post("/update", data={"update": "CLEAR ALL"})
        assert refused.status_code == 503
        assert int(refused.headers["Retry-After"]) >= 1
        assert "1 writes of yours are waiting" in refused.text
        assert written.delete("/graph-store?default").status_code == 503
        # Queries go on meanwhile.
        assert written.get("/sparql", params={"query": "ASK { <x:s1> ?p ?o }"}).json()["boolean"]
        for one in running(written):
            written.delete(f"/queries/{one['id']}", headers=bearer())
        assert [one.result().status_code for one in asked] == [503, 503]


def test_client_waits_in_line_only_so_long(operated: httpx.Client) -> None:
    with ThreadPoolExecutor(2) as threads:
        asked = [
            threads.submit(operated.get, "/sparql", params={"query": f"{HOURS}#{number}"})
            for number in range(2)
        ]
        wait_until(lambda: len(running(operated)) == 2 or any(one.done() for one in asked))
        assert not [one.result().text for one in asked if one.done()]
        refused = operated.get("/sparql", params={"query": COUNT + "#wait"})
        assert refused.status_code == 503
        assert int(refused.headers["Retry-After"]) >= 1
        assert "one client may have" in refused.text
        page = operated.get("/en/results", params={"query": COUNT + "#wait"})
        assert page.status_code == 503
        assert operated.get("/health").status_code == 200
        for _ in range(2):
            for one in running(operated):
                operated.delete(f"/queries/{one['id']}", headers=bearer())
        assert [one.result().status_code for one in asked] == [503, 503]


def test_nesting_and_rows_have_limits(operated: httpx.Client) -> None:
    deep = operated.get("/sparql", params={"query": "ASK {" + "{" * 30 + "}" * 31})
    assert deep.status_code == 400
    assert "line 1, column 26" in deep.text
    assert "20 levels" in deep.text
    for query in ("SELECT * { ?s ?p ?o }", "CONSTRUCT WHERE { ?s ?p ?o }"):
        many = operated.get("/sparql", params={"query": query})
        assert many.status_code == 413
        assert "more than 100" in many.text
        assert operated.get("/sparql", params={"query": query + " LIMIT 100"}).status_code == 200


def test_every_response_has_the_headers_of_security(operated: httpx.Client) -> None:
    for path in (
        "/sparql?query=ASK{}",
        "/sparql?query=x",
        "/sparql",
        "/editor",
        "/en/editor",
        "/health",
        "/metrics",
        "/queries",
        "/openapi.json",
        "/static/favicon.svg",
        "/static/built/manifest.json",
        "/no/such",
        "/query",
        "/lt/query",
    ):
        headers = operated.get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff", path
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"], path
        assert "unsafe" not in headers["Content-Security-Policy"], path
        assert headers["Referrer-Policy"] == "same-origin", path
        assert headers["Cross-Origin-Resource-Policy"] == "cross-origin", path


def test_access_log_has_a_line_for_each_request_and_no_query(serve, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    file = tmp_path / "access.jsonl"
    server = serve(workers=1, access_log=str(file), proxies=1)
    secret = "SELECT ('private' AS ?x) {}"
    forwarded = {"X-Forwarded-For": "8.8.8.8, 203.0.113.77"}
    with httpx.Client(base_url=server.url, trust_env=False, headers=forwarded) as client:
        for _ in range(2):
            client.get("/sparql", params={"query": secret})
        client.get("/sparql", params={"query": "SELECT private"})
        client.get("/health?private=1")
    assert server.stop() == 0
    text = file.read_text("utf-8")
    lines = [json.loads(line) for line in text.splitlines()]
    assert [(one["path"], one["status"]) for one in lines] == [
        ("/sparql", 200),
        ("/sparql", 200),
        ("/sparql", 400),
        ("/health", 200),
    ]
    assert [one.get("query") for one in lines[:2]] == [hash_of(secret)] * 2
    assert lines[1]["cache"] == "steamkg; hit"
    assert {one["client"] for one in lines} == {"203.0.113.0/24"}
    assert all(one["seconds"] >= 0 and one["method"] == "GET" for one in lines)
    assert "private" not in text
    assert "203.0.113.77" not in text


def test_access_log_can_go_to_standard_error(serve) -> None:  # type: ignore[no-untyped-def]
    server = serve(workers=1, access_log="-")
    httpx.get(server.url + "/health", trust_env=False)
    assert server.stop() == 0
    assert json.loads(server.process.stderr.read())["path"] == "/health"


@pytest.mark.parametrize(
    ("forwarded", "proxies", "found"),
    [
        ("", 0, "10.0.0.1"),
        ("1.2.3.4", 0, "10.0.0.1"),
        ("1.2.3.4", 1, "1.2.3.4"),
        ("6.6.6.6, 1.2.3.4", 1, "1.2.3.4"),
        ("6.6.6.6, 1.2.3.4, 10.0.0.2", 2, "1.2.3.4"),
        ("1.2.3.4", 2, "10.0.0.1"),
        ("nonsense", 1, "10.0.0.1"),
    ],
)
def test_address_is_what_our_own_proxies_say(forwarded: str, proxies: int, found: str) -> None:
    environ = {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": forwarded}
    assert address(environ, proxies) == found


def test_network_hides_the_machine() -> None:
    assert network("203.0.113.77") == "203.0.113.0/24"
    assert network("2001:db8:1:2::3") == "2001:db8:1::/48"
    assert network("nonsense") == ""
