"""The SSSOM that is written, held against the reference implementation; needs the extra ``long``.

``make sssom`` sets that up and runs it. What can be said without the package is tested in
``tests/graph/test_sssom.py``.
"""

import io
from pathlib import Path

import pytest
from rdflib import RDF, Graph, Namespace

from steamkg.graph.dump import dump
from steamkg.graph.names import GRAPH
from steamkg.graph.publish import Builds, Published

pytest.importorskip("sssom", reason="needs the package sssom: `make sssom` sets it up")

import yaml
from sssom.parsers import parse_sssom_table
from sssom.validators import validate
from sssom_schema import schema as model

SSSOM = Namespace("https://w3id.org/sssom/")
STEAM = Namespace("https://w3id.org/steamkg/ontology#")
ALIGNMENTS = [
    f"alignment/{file.stem}"
    for file in sorted((Path(__file__).resolve().parents[2] / "data" / "alignment").glob("*.ttl"))
    if file.stem != "kinds-of-support"  # sorts statements; maps nothing
]


@pytest.fixture(scope="module")
def published(real_build: Path) -> Published:
    """The build of this checkout."""
    current = Builds(real_build).current()
    assert current is not None
    return current


@pytest.fixture(scope="module")
def alignments(root: Path) -> Graph:
    """The alignment graphs in one."""
    graph = Graph()
    for file in (root / "data" / "alignment").glob("*.ttl"):
        graph.parse(file)
    return graph


def written(published: Published, graph: str = "") -> str:
    """What ``steamkg dump --format sssom`` writes."""
    output = io.BytesIO()
    dump(published, output, format="sssom", graph=graph)
    return output.getvalue().decode()


def faults(text: str, folder: Path) -> list[str]:
    """What the reference implementation finds."""
    file = folder / "written.sssom.tsv"
    file.write_text(text, "utf-8")
    reports = validate(parse_sssom_table(file), fail_on_error=False)
    return [result.message for report in reports.values() for result in report.results]


@pytest.mark.parametrize("graph", ["", *ALIGNMENTS])
def test_what_is_written_is_valid(published: Published, graph: str, tmp_path: Path) -> None:
    assert faults(written(published, graph), tmp_path) == []


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("semapv:ManualMappingCuration", "semapv:Guessing"),
        ("\t0.9\t", "\t9\t"),
    ],
)
def test_what_is_wrong_is_found(
    published: Published, right: str, wrong: str, tmp_path: Path
) -> None:
    text = written(published, "alignment/stem-alliance")
    assert right in text
    assert faults(text.replace(right, wrong), tmp_path)


def test_the_reader_gets_every_mapping(published: Published, alignments: Graph) -> None:
    read = parse_sssom_table(io.StringIO(written(published)))
    assert len(read.df) == len(set(alignments.subjects(RDF.type, STEAM.Mapping)))
    assert read.metadata["mapping_set_id"] == "https://w3id.org/steamkg/id/mapping-set/together"
    assert set(read.df["mapping_justification"]) == {"semapv:ManualMappingCuration"}
    assert (read.df["object_id"] == "sssom:NoTermFound").sum() == 1
    assert (read.df["subject_id"] == "sssom:NoTermFound").sum() == 2


def test_our_terms_of_sssom_are_those_of_its_model(alignments: Graph) -> None:
    file = Path(str(model.__path__[0])) / "sssom_schema.yaml"
    described = yaml.safe_load(file.read_text("utf-8"))
    slots = {SSSOM[slot] for slot in described["slots"]}
    used = {term for triple in alignments for term in triple if term in SSSOM}
    predicates = {term for term in alignments.predicates() if term in SSSOM}
    assert predicates <= slots
    # The classes, and the values that the model's enumerations give an IRI.
    values = {SSSOM.MappingSet, SSSOM.NegatedPredicate, SSSOM.NoTermFound, SSSOM["version1.1"]}
    assert used - predicates == values


def test_kinds_of_support_are_no_mapping_set(published: Published) -> None:
    assert GRAPH + "alignment/kinds-of-support" in published.manifest["graphs"]
    assert "alignment/kinds-of-support" not in ALIGNMENTS
