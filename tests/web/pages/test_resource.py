"""Dereferencing: every IRI answers with its page or its data, and nothing else gets through."""

import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient

from steamkg.graph.names import ALL, BASE, INFERRED

INFOBALT = "/id/organisation/infobalt"
FORMATS = [
    ("text/turtle", "ttl", ox.RdfFormat.TURTLE),
    ("application/ld+json", "jsonld", ox.RdfFormat.JSON_LD),
    ("application/n-triples", "nt", ox.RdfFormat.N_TRIPLES),
    ("application/rdf+xml", "rdf", ox.RdfFormat.RDF_XML),
]


@pytest.mark.parametrize(("media_type", "extension", "syntax"), FORMATS)
def test_id_leads_a_program_to_data_in_its_format(
    program: FlaskClient, media_type: str, extension: str, syntax: ox.RdfFormat
) -> None:
    first = program.get(INFOBALT, headers={"Accept": media_type})
    assert (first.status_code, first.location) == (303, f"/data{INFOBALT}.{extension}")
    assert "Accept" in first.headers["Vary"]
    data = program.get(first.location)
    assert data.mimetype == media_type
    triples = list(ox.parse(data.data, syntax))
    subject = ox.NamedNode(BASE + INFOBALT[1:])
    partner = ox.NamedNode(BASE + "ontology#partner")
    assert any(quad.subject == subject for quad in triples), "what is said of it"
    assert any(quad.predicate == partner and quad.object == subject for quad in triples)
    assert not any("note" in quad.predicate.value for quad in triples), (
        "later developments stay out"
    )


def test_id_leads_a_browser_to_the_page(browser_like: FlaskClient) -> None:
    answer = browser_like.get(INFOBALT)
    assert (answer.status_code, answer.location) == (303, f"/en{INFOBALT}")
    assert "Accept" in answer.headers["Vary"]


def test_format_parameter_wins_over_accept(browser_like: FlaskClient) -> None:
    assert browser_like.get(INFOBALT + "?format=jsonld").location == f"/data{INFOBALT}.jsonld"
    assert browser_like.get(INFOBALT + "?format=html").location == f"/en{INFOBALT}"


def test_format_that_nobody_has_is_406_with_what_there_is(program: FlaskClient) -> None:
    for request in ({"query_string": "format=docx"}, {"headers": {"Accept": "image/png"}}):
        answer = program.get(INFOBALT, **request)
        assert answer.status_code == 406
        assert "text/turtle" in answer.text


def test_data_without_extension_is_negotiated(program: FlaskClient) -> None:
    answer = program.get("/data" + INFOBALT, headers={"Accept": "application/n-triples"})
    assert answer.mimetype == "application/n-triples"
    assert program.get("/data" + INFOBALT, headers={"Accept": "text/html"}).status_code == 406


HOSTILE = [
    "centre/atlantis",
    "centre/<script>alert(1)</script>",
    "centre/%3Cscript%3Ealert(1)%3C/script%3E",
    "centre/x%3E%20%3Fp%20%3Fo%20%7D%20%23",
    "centre/%00",
    "centre/%0a",
    "centre/vilnius%0a",
    "centre/vilnius/",
    "centre/%F0%9F%92%A5",
    "centre/%ff%fe",
    "centre/" + "a" * 5000,
    "../../etc/passwd",
    "centre/..%2f..%2fetc%2fpasswd",
    "Centre/Vilnius",
    "vilnius",
    "{{7*7}}/x",
]


@pytest.mark.parametrize("prefix", ["/id/", "/en/id/", "/data/id/"])
@pytest.mark.parametrize("name", HOSTILE)
def test_name_that_nothing_has_is_404_and_harmless(
    browser_like: FlaskClient, prefix: str, name: str
) -> None:
    answer = browser_like.get(prefix + name)
    assert answer.status_code == 404
    assert "<script>alert" not in answer.text
    assert "49" not in answer.text.partition("<h1>")[2].partition("</main>")[0]
    assert len(answer.data) < 10_000
    assert 'action="/en/search"' in answer.text, "a way on"


def test_unknown_entity_is_plain_for_a_program(program: FlaskClient) -> None:
    answer = program.get("/id/centre/atlantis", headers={"Accept": "text/turtle"})
    assert answer.status_code == 404
    assert answer.mimetype == "text/plain"
    problem = program.get("/id/centre/atlantis", headers={"Accept": "application/ld+json"})
    assert problem.get_json()["status"] == 404


@pytest.mark.parametrize("path", ["/ontology", "/shapes", "/graph/model/business", "/graph/all"])
def test_document_gives_data_at_its_own_address_and_leads_a_browser_to_its_page(
    browser_like: FlaskClient, program: FlaskClient, path: str
) -> None:
    way = browser_like.get(path, headers={"Accept-Language": "sl"})
    assert (way.status_code, way.location) == (302, f"/sl{path}")
    assert {"Accept", "Accept-Language"} <= set(way.vary)
    page = browser_like.get(way.location)
    assert (page.status_code, page.mimetype) == (200, "text/html")
    data = program.get(path, headers={"Accept": "text/turtle"})
    assert (data.status_code, data.mimetype) == (200, "text/turtle")
    assert list(ox.parse(data.data, ox.RdfFormat.TURTLE))
    assert browser_like.get(path + "?format=nt").mimetype == "application/n-triples"
    assert "Accept" in data.headers["Vary"]


def test_graph_gives_its_own_triples_alone(program: FlaskClient) -> None:
    answer = program.get("/" + INFERRED.removeprefix(BASE), headers={"Accept": "text/turtle"})
    assert len(list(ox.parse(answer.data, ox.RdfFormat.TURTLE))) == 4
    every = program.get("/" + ALL.removeprefix(BASE), headers={"Accept": "application/n-triples"})
    assert len(every.data.splitlines()) > 500


def test_unknown_graph_is_404(browser_like: FlaskClient, program: FlaskClient) -> None:
    assert browser_like.get("/graph/no/such").status_code == 404
    assert program.get("/graph/no/such", headers={"Accept": "text/turtle"}).status_code == 404


def test_ontology_has_an_anchor_for_each_term(browser_like: FlaskClient) -> None:
    page = browser_like.get("/en/ontology").text
    for local in ("Centre", "Partnership", "modality", "partnerTo", "firstLine", "mapNotation"):
        assert f'id="{local}"' in page
    assert 'lang="lt"' in page


def test_version_iri_leads_to_the_ontology_that_is_served(browser_like: FlaskClient) -> None:
    answer = browser_like.get("/ontology/0.1.0")
    assert (answer.status_code, answer.location) == (303, "/ontology")
    assert browser_like.get("/ontology/9.9.9").status_code == 404


def test_head_of_an_entity_has_no_body(browser_like: FlaskClient) -> None:
    answer = browser_like.head(f"/en{INFOBALT}")
    assert (answer.status_code, answer.data) == (200, b"")
