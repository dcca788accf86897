"""Which files become which graphs."""

import tomllib
from pathlib import Path

import pytest

import steamkg
from steamkg.graph.content import Content, ContentError, Kind
from steamkg.graph.names import BASE, PREFIXES, short

ROOT = Path(__file__).parents[2]


def test_files_map_to_graphs_and_kinds(tmp_path: Path) -> None:
    names = {
        "data/model/centres.ttl": ("graph/model/centres", Kind.SECTION),
        "data/label/en/official.ttl": ("graph/label/en/official", Kind.LABEL),
        "data/link/wikidata.ttl": ("graph/link/wikidata", Kind.LINK),
        "data/alignment/key-areas.ttl": ("graph/alignment/key-areas", Kind.ALIGNMENT),
        "data/later/operators.ttl": ("graph/later/operators", Kind.LATER),
        "ontology/foreign.ttl": ("ontology", Kind.ONTOLOGY),
        "shapes/centre.ttl": ("shapes", Kind.SHAPES),
    }
    for name in (*names, "data/.centres.ttl.swp", "data/model/.hidden.ttl", "ontology/rules/a.rq"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    found = {file.name: (file.graph, file.kind) for file in Content(tmp_path).turtle_files()}
    assert found == {name: (BASE + graph, kind) for name, (graph, kind) in names.items()}
    assert [path.name for path in Content(tmp_path).rule_files()] == ["a.rq"]


def test_a_root_without_content_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    with pytest.raises(ContentError, match="no ontology/ in"):
        Content(tmp_path).require()


def test_the_content_of_the_checkout_is_found() -> None:
    assert Content.find().root == ROOT


def test_fingerprint_changes_with_a_file_its_name_and_the_code(tmp_path: Path) -> None:
    for folder in ("ontology", "data"):
        (tmp_path / folder).mkdir()
    file = tmp_path / "data/a.ttl"
    file.write_text("one")
    content, seen = Content(tmp_path), set()
    seen.add(content.fingerprint())
    assert content.fingerprint() in seen
    file.write_text("two")
    seen.add(content.fingerprint())
    file.rename(tmp_path / "data/b.ttl")
    seen.add(content.fingerprint())
    seen.add(content.fingerprint(with_code=["1.0"]))
    assert len(seen) == 4


def test_version_is_that_of_the_project_file() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert project["project"]["version"] == steamkg.__version__


@pytest.mark.parametrize(
    ("iri", "written"),
    [
        (BASE + "ontology#Centre", "steam:Centre"),
        (BASE + "id/centre/vilnius", "<id/centre/vilnius>"),
        (BASE + "ontology", "<ontology>"),
        (PREFIXES["skos"] + "Concept", "skos:Concept"),
        ("http://www.w3.org/ns/org#", "<http://www.w3.org/ns/org#>"),
        ("https://example.org/a", "<https://example.org/a>"),
    ],
)
def test_short_names_read_as_in_our_files(iri: str, written: str) -> None:
    assert short(iri) == written
