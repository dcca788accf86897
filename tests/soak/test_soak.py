"""Many requests, most of them wrong: nothing breaks, hangs, grows, or tells of the inside.

Requests by the description of all routes (schemathesis), queries, updates and documents that are
nearly right (hypothesis), four at a time. The only failures of a server that may be are those which
are documented: 503 for a limit reached, 507 for a dataset that is full.
"""

import gzip
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pyoxigraph as ox
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from tests.soak.conftest import REQUESTS, SLOWEST, TOKEN, Victim
from tests.soak.mutations import damaged, mutated

AT_ONCE = 4
DOCUMENTED = frozenset((503, 507))
ROOT = Path(__file__).resolve().parents[2]
GROWTH = 40_000_000
"""Bytes that may be more at the end: caches that were not full, pages that a child now owns."""
ANSWERS: Counter[int] = Counter()
NEVER_WRONG: set[str] = set()
"""Operations of which nothing that can be written down is against their description."""

Sent = dict[str, Any]
"""What ``httpx.Client.request`` is given."""

QUERIES = tuple(
    file.read_text("utf-8")
    for file in sorted((ROOT / "queries").glob("*/*.rq"))
    if "$" not in file.read_text("utf-8")
)[::3]
UPDATES = tuple(
    f"PREFIX x: <http://x/>\n{one}"
    for one in (
        "INSERT DATA { x:a x:p 1, 'b'@en ; x:q [ x:r ( 1 2 ) ] . GRAPH x:g { x:c x:p x:d } }",
        "DELETE { ?s ?p ?o } INSERT { GRAPH x:g { ?s ?p ?n } }\n"
        "WHERE { ?s ?p ?o BIND(STR(?o) AS ?n) }",
        "WITH x:g DELETE WHERE { ?s ?p ?o } ; COPY SILENT x:g TO x:h",
        "INSERT { ?s ?p ?o } USING x:g USING NAMED x:h WHERE { GRAPH ?g { ?s ?p ?o } }",
        "CLEAR SILENT GRAPH x:g ; CREATE SILENT GRAPH x:n ; MOVE SILENT x:n TO DEFAULT",
        "LOAD SILENT <http://127.0.0.1:1/> INTO GRAPH x:g ; DROP SILENT NAMED",
    )
)
SMALL = """@prefix x: <http://x/> .
x:a x:p "l\u00ef\\u00e9"@en , 1.5 , true ; x:q [ x:r ( x:b "z"^^x:t ) ] .
<< x:a x:p x:c >> x:since 2020 .
"""
FORM = b'--b\r\nContent-Disposition: form-data; name="a"; filename="a.ttl"\r\n\r\n%b\r\n--b--'
GRAPHS = ("?graph=http://x/g", "?default", "/a/b", "?graph=http://x/h", "?x")


def _documents() -> tuple[tuple[str, bytes], ...]:
    plain = list(ox.parse(SMALL.partition("<<")[0], ox.RdfFormat.TURTLE))
    written = [
        (kind.media_type, ox.serialize([quad.triple for quad in plain], format=kind) or b"")
        for kind in (ox.RdfFormat.N_TRIPLES, ox.RdfFormat.RDF_XML, ox.RdfFormat.JSON_LD)
    ]
    return (("text/turtle", SMALL.encode()), *written)


DOCUMENTS = _documents()


def part(share: float) -> int:
    """How many examples make up this share of all requests."""
    return max(1, int(REQUESTS * share))


def settings_for(share: float) -> Callable[[Any], Any]:
    """Hypothesis without limits of its own, and without memory of earlier runs."""
    return settings(
        max_examples=part(share / AT_ONCE),
        deadline=None,
        database=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )


@pytest.fixture(scope="module")
def threads() -> Iterator[ThreadPoolExecutor]:
    """As many clients as ask at once."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield pool


def check(response: httpx.Response) -> None:
    """Hold one answer to what every answer promises."""
    ANSWERS[response.status_code] += 1
    assert response.status_code < 500 or response.status_code in DOCUMENTED, response.text
    assert "Traceback" not in response.text
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    if response.status_code >= 400:
        assert len(response.text) > 10, "an error says what is wrong"


def send(victim: Victim, threads: ThreadPoolExecutor, requests: list[Sent]) -> None:
    """Send them all at once."""
    for response in threads.map(lambda one: victim.client.request(**one), requests):
        check(response)


FORMATS = ("application/json", "text/csv", "text/turtle", "application/rdf+xml", "image/png", "*/*")


@st.composite
def asked(draw: st.DrawFn) -> Sent:
    """A query, sent in one of the three ways."""
    text = draw(mutated(QUERIES) | st.text(max_size=50))
    headers = {"Accept": draw(st.sampled_from(FORMATS))}
    graphs = draw(
        st.lists(st.sampled_from(("https://w3id.org/steamkg/graph/all", "x:", "")), max_size=2)
    )
    how = draw(st.sampled_from(("get", "form", "body")))
    fields = {"query": text, "default-graph-uri": graphs}
    if how == "get" and len(text) < 4000:
        return {"method": "GET", "url": "/sparql", "params": fields, "headers": headers}
    if how == "form":
        return {"method": "POST", "url": "/sparql", "data": fields, "headers": headers}
    headers["Content-Type"] = "application/sparql-query"
    body = text.encode()
    if draw(st.booleans()):
        body, headers["Content-Encoding"] = gzip.compress(body), "gzip"
    return {"method": "POST", "url": "/sparql", "content": body, "headers": headers}


@st.composite
def changed(draw: st.DrawFn) -> Sent:
    """An update, or a patch."""
    headers = {"Content-Type": "application/sparql-update"}
    body = draw(mutated(UPDATES)).encode()
    method, url = draw(
        st.sampled_from((("POST", "/update"), ("PATCH", "/graph-store?graph=http://x/g")))
    )
    return {"method": method, "url": url, "content": body, "headers": headers}


@st.composite
def stored(draw: st.DrawFn) -> Sent:
    """A document, right or damaged, or said to be in another format or coding."""
    kind, body = draw(st.sampled_from(DOCUMENTS))
    headers = {"Content-Type": draw(st.sampled_from((kind, kind, kind, "text/turtle", "x/y")))}
    body = draw(damaged((body,)) | st.just(body))
    coding = draw(st.sampled_from(("", "", "gzip", "zstd", "br")))
    if coding:
        headers["Content-Encoding"] = coding
        body = draw(damaged((gzip.compress(body),)))
    if draw(st.integers(0, 5)) == 0:
        headers = {"Content-Type": "multipart/form-data; boundary=b"}
        body = draw(damaged((FORM % SMALL.encode(),)))
    method = draw(st.sampled_from(("PUT", "POST", "POST", "DELETE", "GET")))
    which = draw(
        st.sampled_from(("?graph=http://x/g", "?default", "/a/b", "?graph=http://x/h", "?x"))
    )
    if method in ("DELETE", "GET"):
        return {"method": method, "url": "/graph-store" + which}
    return {"method": method, "url": "/graph-store" + which, "content": body, "headers": headers}


def batch(one: st.SearchStrategy[Sent]) -> st.SearchStrategy[list[Sent]]:
    """Requests to be sent at once."""
    return st.lists(one, min_size=AT_ONCE, max_size=AT_ONCE)


def wear_out(victim: Victim, threads: ThreadPoolExecutor, one: Any, share: float) -> None:
    """Send a share of all requests."""

    @settings_for(share)
    @given(batch(one))
    def run(requests: list[Sent]) -> None:
        send(victim, threads, requests)

    run()


def by_description(victim: Victim, share: float) -> None:
    """Send what the description of the routes says may be sent, and what it says may not."""
    import schemathesis
    from schemathesis.checks import CHECKS
    from schemathesis.generation import GenerationMode

    @schemathesis.serializer("application/sparql-update", "application/sparql-query")
    def _as_text(_: Any, value: Any) -> bytes:
        return value if isinstance(value, bytes) else str(value).encode()

    base = str(victim.client.base_url).rstrip("/")
    schema = schemathesis.openapi.from_url(f"{base}/openapi.json")
    operations = [found.ok() for found in schema.get_all_operations()]
    names = ("content_type_conformance", "response_schema_conformance", "status_code_conformance")
    checks = CHECKS.get_by_names(list(names))
    for operation in operations:
        examples = part(share / len(operations) / 2)
        _by_operation(operation, GenerationMode.POSITIVE, examples, checks)
        if operation.label not in NEVER_WRONG:
            try:
                _by_operation(operation, GenerationMode.NEGATIVE, examples, checks)
            except Unsatisfiable:
                NEVER_WRONG.add(operation.label)


def _by_operation(operation: Any, mode: Any, examples: int, checks: Any) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}"} if "quer" in operation.path else {}

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy(generation_mode=mode))
    def run(case: Any) -> None:
        response = case.call(headers=headers, timeout=SLOWEST)
        ANSWERS[response.status_code] += 1
        assert response.status_code < 500 or response.status_code in DOCUMENTED, response.text
        if response.status_code not in DOCUMENTED:
            case.validate_response(response, checks=checks, headers=headers)

    run()


def hold(victim: Victim, wear: Callable[[float], None], share: float) -> None:
    """Warm ``victim`` up, wear it out, and see that nothing of it has grown or complained."""
    wear(share * 0.15)
    victim.settle()
    processes, memory = len(victim.tree()), victim.memory()
    begun = time.monotonic()
    wear(share * 0.85)
    victim.settle()
    grown = victim.memory() - memory
    print(
        f"\n{part(share)} requests, most of them in {time.monotonic() - begun:.0f} s; "
        f"{memory / 1e6:.0f} {grown / 1e6:+.1f} MB; {processes}, {len(victim.tree())} processes; "
        f"answers {dict(sorted(ANSWERS.items()))}"
    )
    ANSWERS.clear()
    assert len(victim.tree()) <= processes + 1, "workers are left over"
    assert grown < GROWTH
    assert victim.complaints() == []
    assert victim.client.get("/health").json()["ready"]


def test_queries_that_are_nearly_right(own: Victim, threads: ThreadPoolExecutor) -> None:
    hold(own, lambda share: wear_out(own, threads, asked(), share), 0.35)


def test_updates_and_documents_that_are_nearly_right(
    written: Victim, threads: ThreadPoolExecutor
) -> None:
    def wear(share: float) -> None:
        wear_out(written, threads, changed() | stored() | asked(), share)
        # What may be stored is bounded by a setting; what is left over must not be.
        assert written.client.post("/update", data={"update": "DROP ALL"}).status_code == 204

    hold(written, wear, 0.35)


def test_project_graph_by_its_description(own: Victim) -> None:
    pytest.importorskip("schemathesis", reason="the extra `long` has it")
    hold(own, lambda share: by_description(own, share), 0.15)


def test_dataset_by_its_description(written: Victim) -> None:
    pytest.importorskip("schemathesis", reason="the extra `long` has it")

    def wear(share: float) -> None:
        by_description(written, share)
        assert written.client.post("/update", data={"update": "DROP ALL"}).status_code == 204

    hold(written, wear, 0.15)


def test_connections_that_end_in_the_middle(own: Victim) -> None:
    """Half a request, and silence or an end: no thread, worker or descriptor is left behind."""
    import socket

    address = (own.client.base_url.host, own.client.base_url.port)
    whole = b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\n"
    whole += b"Content-Length: 100\r\n\r\nSELECT * { ?s ?p ?o }"
    chance = random.Random(7)
    before = _descriptors(own)
    for _ in range(part(0.02)):
        with socket.create_connection(address, timeout=SLOWEST) as raw:
            raw.sendall(whole[: chance.randrange(len(whole))])
    own.settle()
    end = time.monotonic() + 60
    while _descriptors(own) > before + 10:
        assert time.monotonic() < end, "connections are left open"
        own.client.get("/health")


def _descriptors(victim: Victim) -> int:
    return sum(len(list(Path(f"/proc/{one}/fd").iterdir())) for one in victim.tree())
