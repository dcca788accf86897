"""Graphs over HTTP where they are more than put and read: forms, patches, conditions, codings.

SPARQL 1.1 Graph Store HTTP Protocol §5, RFC 5789 (PATCH), RFC 9110 §8.4 and §13.1, against a real
server. What is plain is in test_writing.py.
"""

import gzip
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import brotli
import httpx
import pyoxigraph as ox
import pytest
import zstandard

TURTLE = "text/turtle"
UPDATE = "application/sparql-update"
G = "http://example.org/g"
JSON = {"Accept": "application/json"}


@pytest.fixture(scope="module")
def opened(serve) -> Iterator[httpx.Client]:  # type: ignore[no-untyped-def]
    """A client of a server that takes writes from this machine."""
    server = serve(
        dataset="empty",
        default_graph="strict",
        writes="open",
        write_bytes=100_000,
        workers=1,
        query_seconds=5,
    )
    with httpx.Client(base_url=server.url, timeout=30, trust_env=False) as client:
        yield client


@pytest.fixture
def client(opened: httpx.Client) -> httpx.Client:
    """The same, with an empty dataset."""
    assert opened.post("/update", data={"update": "DROP ALL"}).status_code == 204
    return opened


def send(client: httpx.Client, method: str, turtle: str | bytes, **headers: str) -> httpx.Response:
    given = {"Content-Type": TURTLE, **JSON}
    given |= {name.replace("_", "-"): value for name, value in headers.items()}
    return client.request(
        method, "/graph-store", params={"graph": G}, content=turtle, headers=given
    )


def rows(client: httpx.Client, graph: str | None = G) -> set[str]:
    """The lines of a graph as N-Triples."""
    which = "?default" if graph is None else str(httpx.QueryParams(graph=graph))
    headers = {"Accept": "application/n-triples"}
    response = client.get("/graph-store?" + which.removeprefix("?"), headers=headers)
    assert response.status_code == 200, response.text
    return set(response.text.splitlines())


# Forms


def test_form_adds_each_of_its_documents(client: httpx.Client) -> None:
    send(client, "PUT", "<x:a> <x:p> 0 .")
    files = [
        ("one", ("one.ttl", b"_:n <x:p> 1 .", "text/turtle; charset=utf-8")),
        ("two", ("two.nt", b"_:n <x:p> <x:b> .", "application/octet-stream")),
        ("three", ("three.rdf", b"<r:RDF xmlns:r='http://www.w3.org/1999/02/22-rdf-syntax-ns#'/>")),
    ]
    response = client.post("/graph-store", params={"graph": G}, files=files)
    assert response.status_code == 204
    query = "SELECT (COUNT(DISTINCT ?n) AS ?k) { GRAPH ?g { ?n ?p ?o } FILTER(isBlank(?n)) }"
    found = client.get("/sparql", params={"query": query}).json()
    # An RDF merge: _:n of one document is not that of the other.
    assert found["results"]["bindings"][0]["k"]["value"] == "2"
    assert len(rows(client)) == 3


def test_form_sent_to_the_store_makes_one_graph(client: httpx.Client) -> None:
    files = [(name, (f"{name}.ttl", f"<x:{name}> <x:p> 1 .")) for name in ("a", "b")]
    response = client.post("/graph-store", files=files)
    assert response.status_code == 201
    assert len(rows(client, response.headers["Location"])) == 2


@pytest.mark.parametrize(
    ("files", "status", "said"),
    [
        ([("a", ("a.ttl", "<x:a> <x:p> 1 .")), ("b", ("b.ttl", "<x:a>"))], 400, "part 2 of"),
        ([("a", ("a.csv", "a,b"))], 415, "the part 'a'"),
        ([("a", ("a.ttl", "a", "text/csv"))], 415, "not as text/csv"),
        ([("a", ("a.ttl", "a", "text/turtle; charset=latin-1"))], 415, "UTF-8"),
        ([("graph", (None, "http://example.org/other"))], 415, "the part 'graph'"),
    ],
)
def test_form_is_taken_whole_or_not_at_all(
    client: httpx.Client, files: list[tuple[str, tuple[str, ...]]], status: int, said: str
) -> None:
    response = client.post("/graph-store", params={"graph": G}, files=files, headers=JSON)  # type: ignore[arg-type]
    assert response.status_code == status, response.text
    assert said in response.json()["detail"]
    assert client.get("/graph-store", params={"graph": G}).status_code == 404


def test_form_is_for_adding_only(client: httpx.Client) -> None:
    files = {"a": ("a.ttl", "<x:a> <x:p> 1 .")}
    assert client.put("/graph-store", params={"graph": G}, files=files).status_code == 415


def test_nothing_to_add_makes_nothing(client: httpx.Client) -> None:
    for which in (f"?graph={G}", "", "?default"):
        response = client.post("/graph-store" + which)
        assert (response.status_code, "Location" in response.headers) == (204, False)
    assert client.get("/graph-store", params={"graph": G}).status_code == 404


def test_body_without_a_type_is_read_as_rdf_xml(client: httpx.Client) -> None:
    triple = ox.Triple(ox.NamedNode("http://x/a"), ox.NamedNode("http://x/p"), ox.Literal("ž"))
    xml = ox.serialize([triple], format=ox.RdfFormat.RDF_XML)
    assert client.put("/graph-store", params={"graph": G}, content=xml).status_code == 201
    assert rows(client) == {f"{triple} ."}
    wrong = client.put("/graph-store", params={"graph": G}, content="<x:a> <x:p> 1 .", headers=JSON)
    assert wrong.status_code == 400
    assert "without a Content-Type" in wrong.json()["detail"]


# Patches


def patch(client: httpx.Client, text: str, graph: str | None = G, **headers: str) -> httpx.Response:
    which = "?default" if graph is None else f"?graph={graph}"
    given = {"Content-Type": UPDATE, **JSON, **headers}
    return client.patch("/graph-store" + which, content=text, headers=given)


def test_patch_writes_to_its_graph_and_reads_it(client: httpx.Client) -> None:
    send(client, "PUT", "<x:a> <x:p> 1 .")
    client.post("/update", data={"update": "INSERT DATA { <x:default> <x:p> 1 }"})
    text = """
      INSERT DATA { <x:b> <x:p> 2 } ;
      DELETE { ?s <x:p> ?o } INSERT { ?s <x:q> ?n } WHERE { ?s <x:p> ?o BIND(?o + 1 AS ?n) } ;
      DELETE DATA { <x:a> <x:q> 2 } ; DELETE WHERE { <x:nothing> ?p ?o }"""
    assert patch(client, text).status_code == 204
    integer = "^^<http://www.w3.org/2001/XMLSchema#integer>"
    assert rows(client) == {f'<x:b> <x:q> "3"{integer} .'}
    assert rows(client, None) == {f'<x:default> <x:p> "1"{integer} .'}


def test_patch_of_the_default_graph(client: httpx.Client) -> None:
    assert patch(client, "INSERT DATA { <x:a> <x:p> <x:b> }", None).status_code == 204
    assert rows(client, None) == {"<x:a> <x:p> <x:b> ."}


def test_patch_may_read_another_graph(client: httpx.Client) -> None:
    client.put("/graph-store?graph=x:other", content="<x:o> <x:p> <x:b> .", headers=_turtle())
    text = "INSERT { ?s ?p ?o } WHERE { GRAPH <x:other> { ?s ?p ?o } }"
    response = patch(client, text)
    assert response.status_code == 201  # the graph was not there
    assert rows(client) == {"<x:o> <x:p> <x:b> ."}


def test_patch_that_writes_nothing_makes_its_graph(client: httpx.Client) -> None:
    assert patch(client, "").status_code == 201
    assert patch(client, "").status_code == 204
    assert rows(client) == set()


def _turtle() -> dict[str, str]:
    return {"Content-Type": TURTLE}


@pytest.mark.parametrize(
    "text",
    [
        "INSERT DATA { GRAPH <x:other> { <x:a> <x:p> 1 } }",
        "PREFIX x: <x:> INSERT DATA { GRAPHx:other{ <x:a> <x:p> 1 } }",
        "INSERT { GRAPH ?g { ?s ?p 2 } } WHERE { ?s ?p ?g }",
        "DELETE { GRAPH <x:other> { ?s ?p 2 } } WHERE { ?s ?p ?g }",
        "DELETE WHERE { GRAPH ?g { ?s ?p ?o } }",
        "WITH <x:other> DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }",
        "INSERT { ?s ?p ?o } USING <x:other> WHERE { ?s ?p ?o }",
        "CLEAR ALL",
        "DROP GRAPH <x:other>",
        "COPY DEFAULT TO <x:other>",
    ],
)
def test_patch_that_reaches_for_another_graph_is_422(client: httpx.Client, text: str) -> None:
    client.put("/graph-store?graph=x:other", content="<x:o> <x:p> <x:b> .", headers=_turtle())
    send(client, "PUT", "<x:a> <x:p> <x:g> .")
    response = patch(client, "INSERT DATA { <x:new> <x:p> 1 } ;" + text)
    assert (response.status_code, response.json()["code"]) == (422, "foreign-graph"), response.text
    assert rows(client) == {"<x:a> <x:p> <x:g> ."}
    assert rows(client, "x:other") == {"<x:o> <x:p> <x:b> ."}


def test_patch_in_another_language_is_415_and_told_which(client: httpx.Client) -> None:
    response = patch(client, "<x:a> <x:p> 1 .", **{"Content-Type": TURTLE})
    assert response.status_code == 415
    assert response.headers["Accept-Patch"] == UPDATE
    assert patch(client, "INSERT").status_code == 400


def test_options_say_what_may_be_sent(client: httpx.Client) -> None:
    headers = client.options("/graph-store").headers
    assert headers["Accept-Patch"] == UPDATE
    assert {TURTLE, "multipart/form-data"} <= set(headers["Accept-Post"].split(", "))
    assert UPDATE in client.options("/update").headers["Accept-Post"]


# Conditions


def tag(client: httpx.Client, accept: str = TURTLE, graph: str = G) -> str:
    response = client.get("/graph-store", params={"graph": graph}, headers={"Accept": accept})
    assert response.status_code == 200
    return response.headers["ETag"]


def test_graph_that_is_known_already_is_not_sent_again(client: httpx.Client) -> None:
    send(client, "PUT", "<x:a> <x:p> 1 .")
    headers = {"Accept": TURTLE, "If-None-Match": tag(client)}
    for method in ("GET", "HEAD"):
        again = client.request(method, "/graph-store", params={"graph": G}, headers=headers)
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["ETag"] == headers["If-None-Match"]
    send(client, "POST", "<x:a> <x:p> 2 .")
    assert client.get("/graph-store", params={"graph": G}, headers=headers).status_code == 200


def test_write_is_made_on_what_was_read_whatever_the_format(client: httpx.Client) -> None:
    send(client, "PUT", "<x:a> <x:p> 1 .")
    for method in ("PUT", "POST", "PATCH", "DELETE"):
        old = tag(client, "application/rdf+xml")
        send(client, "POST", f"<x:a> <x:p> '{method}' .")
        body = "" if method == "PATCH" else "<x:a> <x:p> 3 ."
        options = {"Content_Type": UPDATE} if method == "PATCH" else {}
        stale = send(client, method, body, If_Match=old, **options)
        assert (stale.status_code, stale.json()["code"]) == (412, "precondition-failed")
        fresh = send(client, method, body, If_Match=f'"other.x", {tag(client)}', **options)
        assert fresh.status_code == 204
    assert send(client, "PUT", "", If_Match="*").status_code == 412


def test_graph_is_made_only_where_there_is_none(client: httpx.Client) -> None:
    assert send(client, "PUT", "<x:a> <x:p> 1 .", If_None_Match="*").status_code == 201
    assert send(client, "PUT", "<x:a> <x:p> 2 .", If_None_Match="*").status_code == 412
    assert send(client, "PUT", "<x:a> <x:p> 2 .", If_None_Match=tag(client)).status_code == 412
    assert send(client, "PUT", "<x:a> <x:p> 2 .", If_Match="*").status_code == 204
    assert send(client, "PUT", "<x:a> <x:p> 2 .", If_Match="W/" + tag(client)).status_code == 412


def test_graph_keeps_its_version_while_others_change(client: httpx.Client) -> None:
    send(client, "PUT", "<x:a> <x:p> 1 .")
    before = tag(client)
    client.post("/update", data={"update": "INSERT DATA { <x:d> <x:p> 1 }"})
    client.put("/graph-store?graph=x:other", content="<x:o> <x:p> <x:b> .", headers=_turtle())
    assert tag(client) == before
    for update in (
        "INSERT { GRAPH ?g { ?s <x:q> ?o } } WHERE { GRAPH ?g { ?s ?p ?o } }",
        f"DELETE WHERE {{ GRAPH <{G}> {{ ?s <x:q> ?o }} }}",
        f"COPY <x:other> TO <{G}>",
        f"DROP GRAPH <{G}> ; INSERT DATA {{ GRAPH <{G}> {{ <x:o> <x:p> <x:b> }} }}",
    ):
        before = tag(client)
        assert client.post("/update", data={"update": update}).status_code == 204
        assert tag(client) != before, update


def test_one_of_many_writers_of_one_version_wins(client: httpx.Client) -> None:
    send(client, "PUT", "<x:a> <x:p> 0 .")
    read = tag(client)
    with ThreadPoolExecutor(4) as threads:
        done = list(
            threads.map(
                lambda n: send(client, "PUT", f"<x:a> <x:p> {n} .", If_Match=read).status_code,
                range(1, 5),
            )
        )
    assert sorted(done) == [204, 412, 412, 412]


def test_default_graph_of_a_merge_changes_with_every_graph(serve) -> None:  # type: ignore[no-untyped-def]
    server = serve(dataset="empty", default_graph="merge", writes="open", workers=1)
    with httpx.Client(base_url=server.url, trust_env=False, headers={"Accept": TURTLE}) as client:
        send(client, "PUT", "<x:a> <x:p> 1 .")
        default, graph = client.get("/graph-store?default").headers["ETag"], tag(client)
        client.put("/graph-store?graph=x:other", content="<x:o> <x:p> 2 .", headers=_turtle())
        assert client.get("/graph-store?default").headers["ETag"] != default
        assert tag(client) == graph
        # What leaves the merge leaves every graph.
        client.post("/update", data={"update": "DELETE DATA { <x:a> <x:p> 1 }"})
        assert tag(client) != graph
        assert rows(client) == set()


# Codings


@pytest.mark.parametrize(
    ("coding", "code"),
    [
        ("gzip", gzip.compress),
        ("deflate", zlib.compress),
        ("br", brotli.compress),
        ("zstd", zstandard.ZstdCompressor().compress),
        ("identity", bytes),
        ("gzip, br", lambda body: brotli.compress(gzip.compress(body))),
    ],
)
def test_body_may_be_coded(client: httpx.Client, coding: str, code) -> None:  # type: ignore[no-untyped-def]
    turtle = "".join(f"<x:{n}> <x:p> <x:o> .\n" for n in range(500)).encode()
    response = send(client, "PUT", code(turtle), Content_Encoding=coding)
    assert response.status_code == 201, response.text
    assert len(rows(client)) == 500
    headers = {"Content-Encoding": coding, "Content-Type": "application/sparql-query", **JSON}
    asked = client.post("/sparql", content=code(b"ASK { GRAPH ?g { ?s ?p ?o } }"), headers=headers)
    assert asked.json()["boolean"] is True
    headers["Content-Type"] = UPDATE
    assert client.post("/update", content=code(b"CLEAR ALL"), headers=headers).status_code == 204
    assert rows(client) == set()


def test_coded_body_is_held_to_the_limit_of_a_plain_one(client: httpx.Client) -> None:
    for coding, code in (("gzip", gzip.compress), ("zstd", zstandard.ZstdCompressor().compress)):
        bomb = send(client, "PUT", code(b"#" * 100_000_000), Content_Encoding=coding)
        assert (bomb.status_code, bomb.json()["code"]) == (413, "request-too-large")
    assert send(client, "PUT", b"<x:a> <x:p> 1 .", Content_Encoding="gzip").status_code == 400
    unknown = send(client, "PUT", b"", Content_Encoding="compress")
    assert unknown.status_code == 415
    assert unknown.headers["Accept-Encoding"] == "zstd, br, gzip, deflate"


def test_connection_goes_on_behind_a_body_that_was_read_and_ends_behind_another(
    client: httpx.Client,
) -> None:
    read = send(client, "PUT", "<x:a>")
    assert (read.status_code, "Connection" in read.headers) == (400, False)
    unread = client.put("/graph-store?grahp=x", content="<x:a> <x:p> 1 .", headers=_turtle())
    assert (unread.status_code, unread.headers.get("Connection")) == (400, "close")
    assert send(client, "PUT", "<x:a> <x:p> 1 .").status_code == 201


def test_graph_that_is_not_there_is_empty_to_queries(client: httpx.Client) -> None:
    query = {"query": "ASK { ?s ?p ?o }", "default-graph-uri": "http://example.org/none"}
    assert client.get("/sparql", params=query).json()["boolean"] is False
    named = {"query": "ASK FROM NAMED <http://example.org/none> { GRAPH ?g { ?s ?p ?o } }"}
    assert client.get("/sparql", params=named).json()["boolean"] is False
    assert client.get("/graph-store?graph=http://example.org/none").status_code == 404
