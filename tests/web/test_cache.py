"""Results kept, coded and revalidated, over HTTP with a real server."""

import gzip
import re
from collections.abc import Iterator

import brotli
import httpx
import pytest
import zstandard

COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
MANY = "SELECT * { ?s ?p ?o } LIMIT 300"
JSON = "application/sparql-results+json"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture(scope="module")
def cached(serve) -> Iterator[httpx.Client]:  # type: ignore[no-untyped-def]
    server = serve(workers=1, cache_bytes=1_000_000)
    with httpx.Client(base_url=server.url, trust_env=False, timeout=30) as opened:
        yield opened


def ask(client: httpx.Client, query: str, **headers: str) -> httpx.Response:
    given = {"Accept": JSON, "Accept-Encoding": "identity"}
    given |= {name.replace("_", "-"): value for name, value in headers.items()}
    return client.get("/sparql", params={"query": query}, headers=given)


def raw(client: httpx.Client, query: str, **headers: str) -> tuple[httpx.Response, bytes]:
    """The response and its bytes as they came, not decoded."""
    request = client.build_request(
        "GET",
        "/sparql",
        params={"query": query},
        headers={name.replace("_", "-"): value for name, value in headers.items()},
    )
    response = client.send(request, stream=True)
    try:
        return response, b"".join(response.iter_raw())
    finally:
        response.close()


def test_second_answer_is_the_first_and_says_so(cached: httpx.Client) -> None:
    first, second, third = (ask(cached, COUNT + " #1") for _ in range(3))
    assert first.content == second.content == third.content
    assert first.headers["Cache-Status"] == "steamkg; fwd=miss; stored"
    assert "Age" not in first.headers
    for again in (second, third):
        assert again.headers["Cache-Status"] == "steamkg; hit"
        assert int(again.headers["Age"]) >= 0
        assert again.headers["ETag"] == first.headers["ETag"]
        changing = ("cache-status", "age", "server-timing", "date")
        kept = [
            {n: v for n, v in one.headers.items() if n not in changing} for one in (first, again)
        ]
        assert kept[0] == kept[1]


def test_method_order_and_encoding_of_a_request_do_not_matter(cached: httpx.Client) -> None:
    query = COUNT + " #2"
    graph = "https://w3id.org/steamkg/graph/all"
    fields = {"query": query, "default-graph-uri": graph}
    first = cached.get("/sparql", params=fields)
    assert "fwd=miss" in first.headers["Cache-Status"]
    turned = dict(reversed(fields.items()))
    answers = [
        cached.get("/sparql", params=turned),
        cached.post("/sparql", data=fields),
        cached.post(
            "/sparql",
            params={"default-graph-uri": graph},
            content=query,
            headers={"Content-Type": "application/sparql-query"},
        ),
        cached.head("/sparql", params=fields),
    ]
    assert [one.headers["Cache-Status"] for one in answers] == ["steamkg; hit"] * 4
    assert {one.content for one in answers[:3]} == {first.content}
    assert answers[3].content == b""
    assert answers[3].headers["Content-Length"] == str(len(first.content))
    csv = cached.get("/sparql", params=fields, headers={"Accept": "text/csv"})
    assert "fwd=miss" in csv.headers["Cache-Status"]
    assert csv.text == "n\r\n2005\r\n"


def test_result_that_the_client_has_is_not_sent_again(cached: httpx.Client) -> None:
    for query in (COUNT + " #3", COUNT + " #3", COUNT + " #4"):
        tag = ask(cached, query).headers["ETag"]
        assert tag.startswith('"')
        for given in (tag, "W/" + tag, f'"other", {tag}', "*"):
            response = ask(cached, query, If_None_Match=given)
            assert (response.status_code, response.content) == (304, b"")
            assert response.headers["ETag"] == tag
            assert response.headers["Vary"] == "Accept, Accept-Encoding"
            assert response.headers["Cache-Control"] == "public, no-cache"
            assert "Content-Type" not in response.headers
        for given in ('"other"', tag.strip('"'), ""):
            assert ask(cached, query, If_None_Match=given).status_code == 200


def test_revalidation_works_for_a_result_that_was_not_kept(cached: httpx.Client) -> None:
    query = COUNT + " #5"
    posted = cached.post("/sparql", data={"query": query})
    tag = posted.headers["ETag"]
    same = cached.post("/sparql", data={"query": query}, headers={"If-None-Match": tag})
    assert same.status_code == 200  # only GET and HEAD are revalidated
    head = cached.head("/sparql", params={"query": query}, headers={"If-None-Match": tag})
    assert head.status_code == 304


@pytest.mark.parametrize("round_", [1, 2, 3])
def test_each_coding_has_its_own_tag(cached: httpx.Client, round_: int) -> None:
    undo = {
        "identity": lambda body: body,
        "gzip": gzip.decompress,
        "br": brotli.decompress,
        "zstd": zstandard.ZstdDecompressor().decompress,
    }
    tags, bodies = set(), set()
    for coding, decode in undo.items():
        response, body = raw(cached, MANY, Accept=JSON, Accept_Encoding=coding)
        assert response.headers.get("Content-Encoding", "identity") == coding
        assert response.headers["Content-Length"] == str(len(body))
        assert response.headers["Vary"] == "Accept, Accept-Encoding"
        tags.add(response.headers["ETag"])
        bodies.add(decode(body))
        same, nothing = raw(
            cached,
            MANY,
            Accept=JSON,
            Accept_Encoding=coding,
            If_None_Match=response.headers["ETag"],
        )
        assert (same.status_code, nothing) == (304, b"")
    assert (len(tags), len(bodies)) == (4, 1)


def test_client_that_takes_no_coding_is_told(cached: httpx.Client) -> None:
    response, body = raw(cached, MANY, Accept=JSON, Accept_Encoding="identity;q=0, deflate")
    assert response.status_code == 406
    assert b"zstd, br, gzip" in body
    assert response.headers["Cache-Control"] == "no-store"


def test_small_answers_are_sent_as_they_are(cached: httpx.Client) -> None:
    response, _ = raw(cached, COUNT, Accept_Encoding="gzip")
    assert "Content-Encoding" not in response.headers
    response, body = raw(cached, COUNT, Accept_Encoding="gzip, identity;q=0")
    assert response.headers["Content-Encoding"] == "gzip"
    assert b"2005" in gzip.decompress(body)


def test_failures_are_not_kept(cached: httpx.Client) -> None:
    for _ in range(3):
        response = ask(cached, "SELECT nonsense")
        assert response.status_code == 400
        assert response.headers["Cache-Control"] == "no-store"
        assert not {"ETag", "Age", "Cache-Status"} & {one.title() for one in response.headers}


def test_what_depends_on_the_moment_is_evaluated_each_time(cached: httpx.Client) -> None:
    first, second = (ask(cached, "SELECT (STRUUID() AS ?u) {}") for _ in range(2))
    assert first.content != second.content
    for response in (first, second):
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["Cache-Status"] == "steamkg; fwd=bypass"
        assert "ETag" not in response.headers


def test_cache_stays_within_its_bytes(serve) -> None:  # type: ignore[no-untyped-def]
    server = serve(workers=1, cache_bytes=200_000)
    with httpx.Client(base_url=server.url, trust_env=False, timeout=30) as client:
        for number in range(40):
            ask(client, f"SELECT * {{ ?s ?p ?o }} LIMIT 100 OFFSET {number}")
        figures = client.get("/metrics").text
    held = next(line for line in figures.splitlines() if line.startswith("steamkg_cache_bytes"))
    assert 100_000 < float(held.split()[1]) <= 200_000


def test_setting_switches_it_off(serve) -> None:  # type: ignore[no-untyped-def]
    server = serve(workers=1, cache_bytes=0)
    with httpx.Client(base_url=server.url, trust_env=False, timeout=30) as client:
        first, second = ask(client, COUNT), ask(client, COUNT)
        assert first.headers["Cache-Status"] == second.headers["Cache-Status"]
        assert first.headers["Cache-Status"] == "steamkg; fwd=bypass"
        assert ask(client, COUNT, If_None_Match=first.headers["ETag"]).status_code == 304


def test_pages_and_files_are_coded(cached: httpx.Client) -> None:
    page = cached.get("/en/sparql").text
    style = re.findall(r'href="(/static/built/steamkg-[^"]+\.css)"', page)[0]
    for path in ("/en/sparql", style):
        plain = cached.get(path, headers={"Accept": "text/html", "Accept-Encoding": "identity"})
        coded = cached.get(path, headers={"Accept": "text/html", "Accept-Encoding": "gzip"})
        assert coded.headers["Content-Encoding"] == "gzip"
        assert coded.content == plain.content
        for one in (plain, coded):
            assert "Accept-Encoding" in one.headers["Vary"]
    tag = coded.headers["ETag"]
    assert tag.startswith("W/")
    again = cached.get(style, headers={"If-None-Match": tag})
    assert again.status_code == 304
