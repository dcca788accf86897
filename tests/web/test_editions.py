"""A new build comes into service while requests go on, and none of them is lost."""

import hashlib
import signal
import sys
import threading
from pathlib import Path

import httpx
import pytest
from tests.waiting import wait_until

from steamkg.graph.publish import Builds, Published

GRAPH = "https://w3id.org/steamkg/graph/a/one"
COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
HOURS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(?a = ?nothing) }"


def publish(root: Path, triples: int) -> Published:
    """A build with so many triples."""
    lines = [f"<urn:s{n}> <urn:p> <urn:o> " for n in range(triples)]
    nquads = "".join(f"{line}.\n{line}<{GRAPH}> .\n" for line in lines).encode()
    manifest = {
        "format": 1,
        "version": hashlib.sha256(nquads).hexdigest(),
        "graphs": {GRAPH: {"kind": "section", "triples": triples}},
        "default": triples,
        "asserted": triples,
    }
    builds = Builds(root)
    with builds.exclusively(waiting=lambda: None):
        return builds.publish(nquads, manifest)


def count(client: httpx.Client) -> int:
    response = client.get("/sparql", params={"query": COUNT, "format": "csv"})
    assert response.status_code == 200, response.text
    return int(response.text.split("\r\n")[1])


def version(client: httpx.Client) -> str:
    response = client.get("/health")
    assert response.status_code == 200, response.text
    return str(response.json()["dataset"])


def processes_below(process: int) -> int:
    """How many processes there are below a process (proc(5))."""
    children = [
        int(one)
        for task in Path(f"/proc/{process}/task").iterdir()
        for one in (task / "children").read_text("ascii").split()
    ]
    return len(children) + sum(map(processes_below, children))


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_new_build_is_served_without_a_lost_request(serve, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    first = publish(tmp_path, 3)
    server = serve(build=tmp_path, workers=1, reload_seconds=0.05)
    before = processes_below(server.process.pid)
    seen: list[set[int]] = []
    failures: list[Exception] = []
    ended = threading.Event()

    def ask_on(connect_anew: bool) -> None:
        mine: set[int] = set()
        seen.append(mine)
        client = httpx.Client(base_url=server.url, trust_env=False, timeout=60)
        try:
            while not ended.is_set():
                mine.add(count(client))
                version(client)
                if connect_anew:
                    client.close()
                    client = httpx.Client(base_url=server.url, trust_env=False, timeout=60)
        except Exception as error:  # noqa: BLE001
            failures.append(error)
        finally:
            client.close()

    threads = [threading.Thread(target=ask_on, args=(anew,)) for anew in (False, True, False)]
    for thread in threads:
        thread.start()
    with httpx.Client(base_url=server.url, trust_env=False, timeout=60) as client:
        wait_until(lambda: all(3 in one for one in seen))
        assert version(client) == first.version
        for triples in (5, 7):
            published = publish(tmp_path, triples)
            wait_until(lambda published=published: version(client) == published.version)
            assert count(client) == triples
            wait_until(lambda triples=triples: all(triples in one for one in seen))
        ended.set()
        for thread in threads:
            thread.join()
        assert failures == []
        assert all(one == {3, 5, 7} for one in seen)
        figures = client.get("/metrics").text
        assert "steamkg_reloads_total 2.0" in figures
        assert f'dataset="{published.version}"' in figures
    wait_until(lambda: processes_below(server.process.pid) == before)


def test_query_under_way_ends_on_the_build_it_began_with(serve, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    publish(tmp_path, 2000)
    server = serve(build=tmp_path, workers=1, reload_seconds=0.05, query_seconds=4)
    outcome: list[httpx.Response] = []

    def ask_long() -> None:
        query = {"query": HOURS}
        outcome.append(httpx.get(server.sparql, params=query, trust_env=False, timeout=60))

    thread = threading.Thread(target=ask_long)
    thread.start()
    with httpx.Client(base_url=server.url, trust_env=False, timeout=60) as client:
        wait_until(lambda: "steamkg_queries_running 1.0" in client.get("/metrics").text)
        published = publish(tmp_path, 2)
        wait_until(lambda: version(client) == published.version)
        assert not outcome
        assert count(client) == 2
    thread.join()
    assert outcome[0].status_code == 503
    assert "4 seconds" in outcome[0].text


def test_build_that_cannot_be_served_leaves_the_old_one(serve, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    first = publish(tmp_path, 3)
    server = serve(build=tmp_path, workers=1, reload_seconds=0.05)
    broken = publish(tmp_path / "elsewhere", 4)
    broken.dataset.write_bytes(b"damaged")
    target = tmp_path / broken.directory.name
    broken.directory.rename(target)
    link = tmp_path / "next"
    link.symlink_to(target.name)
    link.replace(tmp_path / "current")
    with httpx.Client(base_url=server.url, trust_env=False, timeout=60) as client:
        wait_until(lambda: "steamkg_reloads_failed_total 1.0" in client.get("/metrics").text)
        assert version(client) == first.version
        assert count(client) == 3
        mended = publish(tmp_path, 6)
        wait_until(lambda: version(client) == mended.version)
        assert count(client) == 6


def test_hangup_signal_ends_nothing(serve, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    publish(tmp_path, 3)
    server = serve(build=tmp_path, workers=1)
    with httpx.Client(base_url=server.url, trust_env=False, timeout=60) as client:
        assert count(client) == 3
        server.process.send_signal(signal.SIGHUP)
        assert count(client) == 3
    assert server.process.poll() is None


def test_stop_lets_a_query_under_way_end(serve, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    publish(tmp_path, 2000)
    server = serve(build=tmp_path, workers=1, query_seconds=2)
    outcome: list[int] = []

    def ask_long() -> None:
        response = httpx.get(server.sparql, params={"query": HOURS}, trust_env=False, timeout=60)
        outcome.append(response.status_code)

    thread = threading.Thread(target=ask_long)
    thread.start()
    figures = server.url + "/metrics"
    wait_until(lambda: "steamkg_queries_running 1.0" in httpx.get(figures, trust_env=False).text)
    assert server.stop() == 0
    thread.join()
    assert outcome == [503]
