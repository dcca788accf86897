"""The pages on quality and links, and the files: figures from the build, sums that hold."""

import gzip
import hashlib
from pathlib import Path

import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient
from rdflib import Graph

from steamkg.engine.store import Build
from steamkg.graph.coverage import Coverage
from steamkg.graph.findings import Finding, Severity
from steamkg.graph.report import report
from steamkg.web.quality import size

SHAPES = """
@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix x: <http://x/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
x:A sh:targetClass x:Animal ; sh:property x:name . x:name sh:path x:n ; sh:minCount 1 ;
  sh:maxCount 1 . x:B sh:targetSubjectsOf x:eats ; sh:nodeKind sh:IRI .
"""
DATA = """
@prefix x: <http://x/> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
x:Cat rdfs:subClassOf x:Animal . x:tom a x:Cat ; x:eats x:fish . x:rex a x:Animal .
x:other x:eats x:bread .
"""


def test_report_counts_constraints_targets_and_severities() -> None:
    warning = Finding(file="a", rule="r", severity=Severity.WARNING, message="m", shape="x:A")
    row = Coverage(section="s", first=1, last=9, cited=5, explained=3, missing=(4,))
    found = report(
        data=Graph().parse(data=DATA, format="turtle"),
        shapes=Graph().parse(data=SHAPES, format="turtle"),
        findings=[warning],
        rows=[row],
    )
    assert found["validation"] == {
        "conforms": False,
        "nodeShapes": 2,
        "constraints": 3,
        "focusNodes": 3,
        "results": {"violation": 0, "warning": 1, "info": 0},
    }
    assert found["coverage"] == [
        {"section": "s", "first": 1, "last": 9, "cited": 5, "explained": 3, "missing": [4]}
    ]


def test_page_shows_the_figures_of_the_build(visitor: FlaskClient, real_build: Path) -> None:
    told = Build.open(real_build).manifest["report"]
    page = visitor.get("/en/data").text
    assert "The data conform to the shapes." in page
    assert f"<dd>{told['validation']['focusNodes']:,}</dd>" in page
    lines = sum(row["cited"] for row in told["coverage"] if row["section"].count("stem-alliance"))
    assert lines > 0
    assert page.count("100%") >= 2, "both documents are covered"


def test_page_of_a_build_without_a_report_says_so(browser_like: FlaskClient) -> None:
    answer = browser_like.get("/lt/data")
    assert answer.status_code == 200
    assert "Šioje laidoje ataskaitos nėra." in answer.text


def test_every_checksum_holds_and_every_file_is_listed(visitor: FlaskClient) -> None:
    sums = dict(
        reversed(line.split("  ")) for line in visitor.get("/download/SHA256SUMS").text.splitlines()
    )
    page = visitor.get("/sl/data").text
    assert len(sums) > 60
    for name, digest in sums.items():
        answer = visitor.get(f"/download/{name}")
        assert hashlib.sha256(answer.data).hexdigest() == digest, name
        assert answer.content_length == len(answer.data)
        if not name.endswith("catalogue.ttl"):
            assert digest in page, name


def test_dataset_files_hold_the_same_quads(visitor: FlaskClient, real_build: Path) -> None:
    def quads(name: str, form: ox.RdfFormat) -> ox.Dataset:
        packed = visitor.get(f"/download/{name}").data
        found = ox.Dataset(ox.parse(gzip.decompress(packed), form))
        found.canonicalize(ox.CanonicalizationAlgorithm.UNSTABLE)
        return found

    nquads = visitor.get("/download/steamkg.nq.gz").data
    build = Build.open(real_build)
    assert hashlib.sha256(gzip.decompress(nquads)).hexdigest() == build.version
    assert quads("steamkg.nq.gz", ox.RdfFormat.N_QUADS) == quads(
        "steamkg.trig.gz", ox.RdfFormat.TRIG
    )


def test_file_that_the_client_has_is_not_sent_again(visitor: FlaskClient) -> None:
    etag = visitor.get("/download/ontology.ttl").headers["ETag"]
    again = visitor.get("/download/ontology.ttl", headers={"If-None-Match": etag})
    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize("name", ["x", "../pyproject.toml", "graph/none.ttl", "manifest.json"])
def test_unknown_file_is_404(visitor: FlaskClient, name: str) -> None:
    assert visitor.get(f"/download/{name}").status_code == 404


def test_links_page_says_why_things_are_not_linked(visitor: FlaskClient) -> None:
    page = visitor.get("/lt/links").text
    assert "rasti kodai priklauso kam kitam" in page
    assert "Vikiduomenys" in page or "Wikidata" in page
    assert page.count("<tr") > 20


@pytest.mark.parametrize(
    ("number", "words"), [(999, "999\u00a0B"), (64_000, "64\u00a0kB"), (1_234_567, "1.2\u00a0MB")]
)
def test_size_is_written_for_people(visitor: FlaskClient, number: int, words: str) -> None:
    with visitor.application.test_request_context("/en/data"):
        assert size(number) == words
