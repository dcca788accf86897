"""Updates and the graph store over HTTP, served by real processes.

SPARQL 1.1 Protocol §2.2 and SPARQL 1.1 Graph Store HTTP Protocol, with the cases that the W3C lists
for them (groups "protocol" and "graph-store-protocol" of its suite) and those of our own limits.
"""

import hashlib
import time
from collections.abc import Iterator
from urllib.parse import urlencode

import httpx
import pyoxigraph as ox
import pytest

FORM = "application/x-www-form-urlencoded"
UPDATE = "application/sparql-update"
TURTLE = "text/turtle"
TOKEN = "correct horse battery staple"
G = "http://example.org/g"
COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"


@pytest.fixture(scope="module")
def opened(serve) -> Iterator[httpx.Client]:  # type: ignore[no-untyped-def]
    """A client of a server that takes writes from this machine."""
    server = serve(
        dataset="empty",
        default_graph="strict",
        writes="open",
        query_seconds=1,
        write_bytes=100_000,
        workers=2,
    )
    with httpx.Client(base_url=server.url, timeout=30, trust_env=False) as client:
        yield client


@pytest.fixture
def client(opened: httpx.Client) -> httpx.Client:
    """The same, with an empty dataset."""
    assert opened.post("/update", data={"update": "DROP ALL"}).status_code == 204
    return opened


def post(client: httpx.Client, text: str, **parameters: object) -> httpx.Response:
    return client.post(
        "/update",
        params=parameters,  # type: ignore[arg-type]
        content=text,
        headers={"Content-Type": UPDATE},
    )


def ask(client: httpx.Client, query: str, **parameters: object) -> bool:
    response = client.get("/sparql", params={"query": query, **parameters})  # type: ignore[arg-type]
    assert response.status_code == 200, response.text
    return bool(response.json()["boolean"])


def put(client: httpx.Client, graph: str, turtle: str) -> httpx.Response:
    return client.put(
        "/graph-store", params={"graph": graph}, content=turtle, headers={"Content-Type": TURTLE}
    )


def triples(response: httpx.Response) -> set[ox.Triple]:
    assert response.status_code == 200, response.text
    media_type = response.headers["Content-Type"].partition(";")[0]
    parsed = ox.parse(response.content, ox.RdfFormat.from_media_type(media_type))
    return {quad.triple for quad in parsed}


def test_update_by_form_and_by_body(client: httpx.Client) -> None:
    assert client.post("/update", data={"update": "INSERT DATA { <x:a> <x:p> 1 }"}).content == b""
    response = post(client, "INSERT DATA { <x:a> <x:p> 'ž' }")
    assert response.status_code == 204
    assert "Content-Type" not in response.headers
    assert ask(client, "ASK { <x:a> <x:p> 1, 'ž' }")


def test_update_with_graphs_of_the_request(client: httpx.Client) -> None:
    for number in (1, 2):
        put(client, f"{G}{number}", f"<x:s{number}> <x:p> {number} .")
    insert = "INSERT { GRAPH <x:out> { ?s ?p ?o } } WHERE { ?s ?p ?o }"
    graphs = {"using-graph-uri": [f"{G}1", f"{G}2"]}
    form = urlencode({"update": insert, **graphs}, doseq=True)
    assert client.post("/update", content=form, headers={"Content-Type": FORM}).status_code == 204
    assert ask(client, "ASK { GRAPH <x:out> { <x:s1> ?p 1 . <x:s2> ?q 2 } }")
    named = "INSERT { GRAPH <x:named> { ?s ?p ?o } } WHERE { GRAPH ?g { ?s ?p ?o } }"
    assert post(client, named, **{"using-named-graph-uri": f"{G}2"}).status_code == 204
    assert ask(client, "ASK { GRAPH <x:named> { <x:s2> ?p 2 } }")
    assert not ask(client, "ASK { GRAPH <x:named> { <x:s1> ?p 1 } }")


def test_update_resolves_against_its_address(client: httpx.Client) -> None:
    post(client, "INSERT DATA { <a> <b> <#c> }")
    base = str(client.base_url).rstrip("/")
    assert ask(client, f"ASK {{ <{base}/a> <{base}/b> <{base}/update#c> }}")
    assert ask(client, "ASK { <a> <b> ?c }")  # the same directory
    post(client, "BASE <http://base/> INSERT DATA { <a> <b> <c> }")
    assert ask(client, "ASK { <http://base/a> ?p ?o }")


@pytest.mark.parametrize(
    ("content_type", "address", "body", "status", "code"),
    [
        (FORM, "", "update=CLEAR%20NAMED&update=CLEAR%20DEFAULT", 400, "no-update"),
        (FORM, "", "", 400, "no-update"),
        (FORM, "", "query=ASK%7B%7D", 400, "query"),
        (FORM, "", "update=%FF", 400, "not-utf-8"),
        (FORM, "?using-graph-uri=x:g", "update=CLEAR%20ALL", 400, "stray-parameters"),
        (FORM + ";charset=utf-16", "", "update=CLEAR%20ALL", 415, "unsupported-charset"),
        (UPDATE, "", b"INSERT DATA { <x:a> <x:b> '\xff' }", 400, "not-utf-8"),
        (UPDATE, "?update=CLEAR%20ALL", "CLEAR ALL", 400, "stray-parameters"),
        (UPDATE, "", "CLEAR XYZ", 400, "query-syntax-error"),
        (UPDATE, "", "SELECT * {}", 400, "query-syntax-error"),
        (UPDATE, "", "DROP GRAPH <x:nowhere>", 409, "graph-conflict"),
        (UPDATE, "", "LOAD <http://127.0.0.1/>", 403, "forbidden"),
        (UPDATE, "", "INSERT {?s ?p ?o} WHERE {SERVICE<x:s>{?s ?p ?o}}", 403, "forbidden"),
        (UPDATE, "?using-graph-uri=x:g", "INSERT {?s ?p 1} USING <x:h> WHERE {?s ?p ?o}", 400,
         "dataset-conflict"),
        (UPDATE, "?using-named-graph-uri=x:g", "WITH <x:g> DELETE {?s ?p 1} WHERE {?s ?p ?o}", 400,
         "dataset-conflict"),
        (UPDATE, "", "#" * 100_001, 413, "request-too-large"),
        ("text/plain", "", "CLEAR ALL", 415, "unsupported-media-type"),
        ("application/sparql-query", "", "ASK {}", 415, "unsupported-media-type"),
        (None, "", "update=CLEAR%20ALL", 415, "unsupported-media-type"),
    ],
)  # fmt: skip
def test_bad_update_is_refused_with_the_reason(
    client: httpx.Client,
    *,
    content_type: str | None,
    address: str,
    body: str,
    status: int,
    code: str,
) -> None:
    put(client, G, "<x:a> <x:b> 1 .")
    headers = {"Accept": "application/json"}
    if content_type:
        headers["Content-Type"] = content_type
    response = client.post(f"/update{address}", content=body, headers=headers)
    assert (response.status_code, response.json()["code"]) == (status, code), response.text
    assert ask(client, f"ASK {{ GRAPH <{G}> {{ ?s ?p ?o }} }}")


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH"])
def test_update_is_for_post_alone(client: httpx.Client, method: str) -> None:
    response = client.request(method, "/update?update=CLEAR%20ALL")
    assert response.status_code == 405
    assert response.headers["Allow"] == "POST, OPTIONS"


def test_update_at_the_query_address_is_refused(client: httpx.Client) -> None:
    assert client.get("/sparql", params={"update": "CLEAR ALL"}).status_code == 403
    assert client.post("/sparql", data={"update": "CLEAR ALL"}).status_code == 403


def test_graph_is_put_read_added_to_and_deleted(client: httpx.Client) -> None:
    first = put(client, G, "<x:a> <x:p> 1 .")
    assert (first.status_code, first.content) == (201, b"")
    assert put(client, G, "<x:b> <x:p> 2 .").status_code == 204
    added = client.post(
        "/graph-store",
        params={"graph": G},
        content="<x:c> <x:p> 3 .",
        headers={"Content-Type": "text/turtle; charset=utf-8"},
    )
    assert added.status_code == 204
    read = client.get("/graph-store", params={"graph": G})
    assert {triple.subject.value for triple in triples(read)} == {"x:b", "x:c"}
    head = client.head("/graph-store", params={"graph": G})
    assert (head.status_code, head.content) == (200, b"")
    for name in ("Content-Type", "Content-Length"):
        assert head.headers[name] == read.headers[name]
    assert client.delete("/graph-store", params={"graph": G}).status_code == 204
    for method in ("GET", "HEAD", "DELETE"):
        assert client.request(method, "/graph-store", params={"graph": G}).status_code == 404


def test_post_makes_a_graph_that_is_not_there(client: httpx.Client) -> None:
    response = client.post(
        "/graph-store",
        params={"graph": G},
        content="<x:c> <x:p> 3 .",
        headers={"Content-Type": TURTLE},
    )
    assert response.status_code == 201
    assert len(triples(client.get("/graph-store", params={"graph": G}))) == 1


def test_empty_graph_is_a_graph(client: httpx.Client) -> None:
    assert put(client, G, "").status_code == 201
    assert triples(client.get("/graph-store", params={"graph": G})) == set()
    assert put(client, G, "").status_code == 204


def test_default_graph_is_always_there(client: httpx.Client) -> None:
    assert triples(client.get("/graph-store?default")) == set()
    for method, left in (("PUT", 1), ("POST", 1), ("DELETE", 0)):
        response = client.request(
            method,
            "/graph-store?default",
            content=b"" if method == "DELETE" else b"<x:a> <x:p> 1 .",
            headers={"Content-Type": TURTLE},
        )
        assert response.status_code == 204
        assert len(triples(client.get("/graph-store?default"))) == left


def test_graph_by_its_own_address(client: httpx.Client) -> None:
    path = "/graph-store/people/%C5%BEmogus%201.ttl"
    address = str(client.base_url).rstrip("/") + path
    response = client.put(path, content="<> <x:p> 1 .", headers={"Content-Type": TURTLE})
    assert response.status_code == 201
    assert response.headers["Location"] == address
    (triple,) = triples(client.get(path))
    assert triple.subject == ox.NamedNode(address)  # the address of the graph is the base
    indirect = client.get("/graph-store", params={"graph": address})
    assert triples(indirect) == {triple}
    assert indirect.headers["Content-Location"] == address
    assert client.delete(path).status_code == 204
    assert client.get(path).status_code == 404


def test_post_to_the_store_itself_makes_up_a_graph(client: httpx.Client) -> None:
    response = client.post(
        "/graph-store", content="<x:a> <x:p> 1 .", headers={"Content-Type": TURTLE}
    )
    assert response.status_code == 201
    assert len(triples(client.get(response.headers["Location"]))) == 1


@pytest.mark.parametrize(
    "media_type",
    [
        "text/turtle",
        "application/n-triples",
        "application/rdf+xml",
        "application/ld+json",
        "application/trig",
        "application/n-quads",
    ],
)
def test_every_format_goes_in_and_comes_out(client: httpx.Client, media_type: str) -> None:
    kind = ox.RdfFormat.from_media_type(media_type)
    assert kind is not None
    triple = ox.Triple(ox.NamedNode("http://x/a"), ox.NamedNode("http://x/p"), ox.Literal("ž"))
    response = client.put(
        "/graph-store",
        params={"graph": G},
        content=ox.serialize([triple], format=kind),
        headers={"Content-Type": media_type},
    )
    assert response.status_code == 201, response.text
    read = client.get("/graph-store", params={"graph": G}, headers={"Accept": media_type})
    assert read.headers["Content-Type"].partition(";")[0] == media_type
    assert read.headers["Vary"] == "Accept, Accept-Encoding"
    assert triples(read) == {triple}


def test_graph_in_a_format_nobody_has_is_not_acceptable(client: httpx.Client) -> None:
    put(client, G, "<x:a> <x:p> 1 .")
    response = client.get("/graph-store", params={"graph": G}, headers={"Accept": "image/png"})
    assert response.status_code == 406


@pytest.mark.parametrize(
    ("query", "content_type", "body", "status", "code"),
    [
        (f"graph={G}", TURTLE, "<x:a> <x:p>", 400, "bad-content"),
        (f"graph={G}", "application/rdf+xml", "<x:a> <x:p> 1 .", 400, "bad-content"),
        (f"graph={G}", "application/trig", "GRAPH <x:g> { <x:a> <x:p> 1 }", 400, "bad-content"),
        (f"graph={G}", "text/csv", "a,b", 415, "unsupported-media-type"),
        (f"graph={G}", None, "<x:a> <x:p> 1 .", 400, "bad-content"),  # read as RDF/XML
        (f"graph={G}", TURTLE, "#" * 100_001, 413, "request-too-large"),
        ("graph=relative", TURTLE, "", 400, "relative-graph"),
        ("graph=", TURTLE, "", 400, "relative-graph"),
        ("default=x", TURTLE, "", 400, "default-with-value"),
        (f"default&graph={G}", TURTLE, "", 400, "two-graphs"),
        (f"graph={G}&graph={G}2", TURTLE, "", 400, "two-graphs"),
        ("grahp=x:g", TURTLE, "", 400, "unknown-parameter"),
        ("", TURTLE, "", 400, "no-graph"),
    ],
)
def test_bad_graph_is_refused_with_the_reason(
    client: httpx.Client, *, query: str, content_type: str | None, body: str, status: int, code: str
) -> None:
    headers = {"Accept": "application/json"}
    if content_type:
        headers["Content-Type"] = content_type
    response = client.put(f"/graph-store?{query}", content=body, headers=headers)
    assert (response.status_code, response.json()["code"]) == (status, code), response.text
    assert client.get("/graph-store", params={"graph": G}).status_code == 404


def test_options_and_wrong_methods_name_the_right_ones(client: httpx.Client) -> None:
    store = "GET, HEAD, PUT, POST, PATCH, DELETE, OPTIONS"
    copied = client.request("COPY", "/graph-store?default")
    for response in (client.options("/graph-store"), copied):
        assert response.headers["Allow"] == store
    assert client.options("/graph-store").status_code == 204
    assert copied.status_code == 405
    assert client.options("/update").headers["Allow"] == "POST, OPTIONS"


def test_store_read_is_open_to_pages_and_write_is_not(client: httpx.Client) -> None:
    put(client, G, "<x:a> <x:p> 1 .")
    read = client.get("/graph-store", params={"graph": G}, headers={"Origin": "https://evil"})
    assert read.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Origin" not in post(client, "CLEAR ALL").headers


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Host": "evil.example"}, {"Origin": "null"}]
)
def test_page_of_another_site_cannot_write(client: httpx.Client, headers: dict[str, str]) -> None:
    put(client, G, "<x:a> <x:p> 1 .")
    responses = [
        client.post("/update", data={"update": "DROP ALL"}, headers=headers),
        client.delete("/graph-store", params={"graph": G}, headers=headers),
    ]
    assert [response.status_code for response in responses] == [403, 403]
    assert ask(client, f"ASK {{ GRAPH <{G}> {{ ?s ?p ?o }} }}")


def test_update_past_the_deadline_is_503_and_changes_nothing(client: httpx.Client) -> None:
    rows = " ".join(f"<x:s{number}> <x:p> {number} ." for number in range(1000))
    put(client, G, rows)
    start = time.monotonic()
    response = post(
        client,
        f"INSERT DATA {{ <x:new> <x:p> 1 }} ; DELETE {{ ?a ?b ?c }} USING <{G}> WHERE {{ ?a ?b ?c ."
        " ?d ?e ?f . ?g ?h ?i . ?j ?k ?l FILTER(?a = ?nothing) }",
    )
    assert response.status_code == 503
    assert time.monotonic() - start < 5
    assert not ask(client, "ASK { <x:new> ?p ?o }")


def test_description_says_what_holds(client: httpx.Client) -> None:
    put(client, G, "<x:a> <x:p> 1 .")
    response = client.get("/sparql", headers={"Accept": "text/turtle"})
    store = ox.Store()
    store.load(response.content, ox.RdfFormat.TURTLE)
    sd = "PREFIX sd: <http://www.w3.org/ns/sparql-service-description#>\n"

    def says(pattern: str) -> bool:
        return bool(store.query(f"{sd}ASK {{ ?service a sd:Service ; {pattern} }}"))

    assert says("sd:supportedLanguage sd:SPARQL11Query, sd:SPARQL11Update")
    base = str(client.base_url).rstrip("/")
    assert says(f"sd:endpoint <{base}/sparql>, <{base}/update>")
    assert says("sd:inputFormat <http://www.w3.org/ns/formats/Turtle>")
    assert says(f"sd:defaultDataset/sd:namedGraph/sd:name <{G}>")
    assert says("sd:defaultEntailmentRegime <http://www.w3.org/ns/entailment/Simple>")
    for feature in ("UnionDefaultGraph", "BasicFederatedQuery", "DereferencesURIs"):
        assert not says(f"sd:feature sd:{feature}")


def test_own_graph_is_read_only(serve) -> None:  # type: ignore[no-untyped-def]
    server = serve(workers=1)
    with httpx.Client(base_url=server.url, trust_env=False) as client:
        assert post(client, "CLEAR ALL").status_code == 403
        assert client.delete("/graph-store?default").status_code == 403
        assert client.options("/graph-store").headers["Allow"] == "GET, HEAD, OPTIONS"
        assert len(triples(client.get("/graph-store?default"))) == 2005
        one = client.get("/graph-store?graph=https://w3id.org/steamkg/graph/a/two")
        assert len(triples(one)) == 2
        described = client.get("/sparql", headers={"Accept": "text/turtle"}).text
        assert "SPARQL11Update" not in described


def test_writes_with_a_token(serve) -> None:  # type: ignore[no-untyped-def]
    token_hash = hashlib.sha256(TOKEN.encode()).hexdigest()
    server = serve(dataset="empty", writes="token", write_token_hash=token_hash, workers=1)
    insert = "INSERT DATA { GRAPH <x:g> { <x:a> <x:p> 1 } }"
    with httpx.Client(base_url=server.url, trust_env=False) as client:
        for authorization in (None, "Bearer wrong", f"Basic {TOKEN}", TOKEN, "Bearer"):
            headers = {"Authorization": authorization} if authorization else {}
            for response in (
                client.post("/update", data={"update": insert}, headers=headers),
                client.put("/graph-store?default", content="", headers=headers),
            ):
                assert response.status_code == 401
                assert response.headers["WWW-Authenticate"].startswith("Bearer realm=")
        client.headers["Authorization"] = f"Bearer {TOKEN}"
        assert client.post("/update", data={"update": insert}).status_code == 204
        # The default graph of this server is the merge of all.
        assert ask(client, "ASK { <x:a> <x:p> 1 }")
        described = client.get("/sparql", headers={"Accept": "text/turtle"}).text
        assert "UnionDefaultGraph" in described


def test_page_of_a_dataset_has_a_form_and_its_graphs(client: httpx.Client) -> None:
    put(client, "http://x/?a=<b>".replace("<", "%3C").replace(">", "%3E"), "")
    assert client.get("/").headers["Location"] == "/en/sparql"
    page = client.get("/en/sparql", headers={"Accept": "text/html"})
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "default-src 'self'" in page.headers["Content-Security-Policy"]
    assert "http://x/?a=%3Cb%3E" in page.text
    assert client.get("/browse").status_code == 404


def test_body_without_a_length_is_read_to_its_end(client: httpx.Client) -> None:
    parts = [b"<x:a> <x:p> ", b"1 ."]
    response = client.put(
        "/graph-store?default", content=iter(parts), headers={"Content-Type": TURTLE}
    )
    assert response.status_code == 204
    assert ask(client, "ASK { <x:a> <x:p> 1 }")
