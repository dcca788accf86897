"""SHACL results as findings with a file, a line and names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from rdflib import Graph

from steamkg.graph.check import examine
from steamkg.graph.findings import Finding, Severity

if TYPE_CHECKING:
    from conftest import Tree

DATA = "data/model/centres.ttl"
PREFIXES_OF_SHAPES = """\
@base <https://w3id.org/steamkg/> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix shape: <https://w3id.org/steamkg/shapes#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix steam: <https://w3id.org/steamkg/ontology#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""


def findings(tree: Tree) -> tuple[Finding, ...]:
    return tuple(
        item
        for item in examine(tree.content, thorough=True).findings
        if item.rule.startswith("sh:") or item.rule == "shapes"
    )


def only(tree: Tree) -> Finding:
    (found,) = findings(tree)
    return found


def test_the_tree_conforms(tree: Tree) -> None:
    examination = examine(tree.content, thorough=True)
    assert examination.findings == ()
    assert examination.passed


def test_violation_names_place_focus_path_shape_component_and_both_messages(tree: Tree) -> None:
    tree.edit(DATA, " ;\n    steam:modality <id/modality/stated> .\n\n<id/c", " .\n\n<id/c")
    found = only(tree)
    assert (found.file, found.line, found.column) == (DATA, 5, 1)
    assert found.rule == "sh:MinCountConstraintComponent"
    assert found.severity is Severity.VIOLATION
    assert (found.focus, found.path, found.shape) == (
        "<id/centre/alytus>",
        "steam:modality",
        "shape:Centre",
    )
    assert found.message == "A centre has a modality."
    assert found.message_lt == "Centras turi modalumą."
    assert found.text("lt").startswith(f"{DATA}:5:1: violation sh:MinCount")


def test_shapes_see_what_is_inferred(tree: Tree) -> None:
    """The shape targets steam:Centre, which no file calls anyone."""
    assert "a steam:Centre" not in (tree.root / DATA).read_text()
    tree.edit(
        "shapes/centre.ttl",
        "sh:path steam:modality ;",
        "sh:path steam:siblingOf ; sh:hasValue <id/centre/kaunas> ;",
    )
    assert {found.focus for found in findings(tree)} == {
        "<id/centre/alytus>",
        "<id/centre/vilnius>",
    }


def test_severity_comes_from_the_shape(tree: Tree) -> None:
    tree.edit("shapes/centre.ttl", "sh:minCount 1 ;", "sh:minCount 2 ; sh:severity sh:Warning ;")
    assert {found.severity for found in findings(tree)} == {Severity.WARNING}
    assert examine(tree.content).passed


def test_wrong_datatype_is_found_with_its_value(tree: Tree) -> None:
    tree.edit(DATA, '"Vilniaus centras"@lt', '"Vilniaus centras"')
    tree.write(
        "shapes/label.ttl",
        PREFIXES_OF_SHAPES
        + """
shape:Label
    a sh:NodeShape ;
    sh:targetSubjectsOf skos:prefLabel ;
    sh:property [
        sh:path skos:prefLabel ;
        sh:datatype <http://www.w3.org/1999/02/22-rdf-syntax-ns#langString> ;
    ] .
""",
    )
    found = only(tree)
    assert (found.file, found.line, found.value) == (DATA, 10, '"Vilniaus centras"')
    assert found.rule == "sh:DatatypeConstraintComponent"
    assert found.message


def test_sparql_constraint_gives_its_message(tree: Tree) -> None:
    tree.write(
        "shapes/help.ttl",
        PREFIXES_OF_SHAPES
        + '''
shape:Help
    a sh:NodeShape ;
    sh:targetSubjectsOf steam:helps ;
    sh:message "A message of the shape, which the constraint's own replaces."@en ;
    sh:sparql [
        sh:message "{$this} helps {?other}, a regional centre."@en , "{$this} padeda."@lt ;
        sh:prefixes <shapes> ;
        sh:select """SELECT $this ?other WHERE {
            $this steam:helps ?other . ?other a steam:RegionalCentre }""" ;
    ] .

<shapes>
    sh:declare [
        sh:prefix "steam" ;
        sh:namespace "https://w3id.org/steamkg/ontology#"^^xsd:anyURI ;
    ] .
''',
    )
    found = only(tree)
    assert (found.rule, found.focus) == ("sh:SPARQLConstraintComponent", "<id/centre/vilnius>")
    assert (found.file, found.line) == (DATA, 10)
    assert found.message == "<id/centre/vilnius> helps <id/centre/alytus>, a regional centre."
    assert found.message_lt == "<id/centre/vilnius> padeda."


def test_the_place_is_the_file_that_says_the_value(tree: Tree) -> None:
    """A label's fault is in the label file, though the entity's first block is in a section."""
    tree.edit("data/label/en/ours.ttl", '"Vilnius centre"@en', '"VILNIUS"@en')
    tree.write(
        "shapes/label.ttl",
        PREFIXES_OF_SHAPES
        + """
shape:Label
    a sh:NodeShape ;
    sh:targetSubjectsOf skos:prefLabel ;
    sh:property [ sh:path skos:prefLabel ; sh:pattern "[a-z]" ] .
""",
    )
    found = only(tree)
    assert (found.file, found.line) == ("data/label/en/ours.ttl", 7)
    assert found.value == '"VILNIUS"@en'


@pytest.mark.parametrize("thorough", [True, False])
def test_a_shape_that_cannot_be_used_is_a_finding_at_its_block(
    tree: Tree, capfd: pytest.CaptureFixture[str], thorough: bool
) -> None:
    tree.edit("shapes/centre.ttl", "sh:minCount 1 ;", 'sh:minCount "one" ;')
    unusable, placed = (item for item in examine(tree.content, thorough=thorough).findings)
    assert unusable.text().startswith("shapes: violation shapes: cannot be used: MinCount")
    assert (placed.file, placed.line, placed.focus) == ("shapes/centre.ttl", 6, "shape:Centre")
    assert (placed.path, placed.value) == ("sh:minCount", '"one"')
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("bad", ['sh:pattern "("', "sh:minCount 1 , 2", "sh:path steam:helps"])
def test_whatever_a_bad_shape_raises_is_a_finding(tree: Tree, bad: str) -> None:
    tree.edit("shapes/centre.ttl", "sh:minCount 1 ;", f"{bad} ;")
    assert "shapes" in {item.rule for item in findings(tree)}


def test_a_recursive_shape_is_a_warning(tree: Tree) -> None:
    tree.edit("shapes/centre.ttl", "sh:minCount 1 ;", "sh:node shape:Centre , shape:Loop ;")
    tree.edit(
        "shapes/centre.ttl",
        "shape:Centre\n",
        "shape:Loop\n    a sh:NodeShape ;\n    sh:node shape:Loop .\n\nshape:Centre\n",
    )
    assert Severity.WARNING in {item.severity for item in findings(tree)}


def test_queries_are_answered_by_oxigraph(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    """pySHACL asks anew for each focus node, of which there are two here."""
    monkeypatch.delattr(Graph, "query")
    tree.edit(
        "shapes/centre.ttl",
        "sh:targetClass steam:Centre ;",
        'sh:targetClass steam:Centre ;\n    sh:sparql [ sh:select "SELECT $this { $this a ?x }" ]'
        " ;",
    )
    assert {item.focus for item in findings(tree)} == {"<id/centre/alytus>", "<id/centre/vilnius>"}


def test_without_shapes_there_is_nothing_to_validate(tree: Tree) -> None:
    (tree.root / "shapes/centre.ttl").unlink()
    assert examine(tree.content).passed


LATER = (
    "@base <https://w3id.org/steamkg/> .\n@prefix steam: <https://w3id.org/steamkg/ontology#> .\n\n"
)


def test_later_developments_are_validated_with_what_they_speak_of(tree: Tree) -> None:
    tree.write(
        "data/later/now.ttl",
        f"{LATER}<id/centre/new>\n    a steam:Centre ;\n    steam:helps <id/centre/vilnius> .\n",
    )
    found = findings(tree)
    assert {(item.file, item.line, item.focus) for item in found} == {
        ("data/later/now.ttl", 4, "<id/centre/new>")
    }
    assert "A centre has a modality." in {item.message for item in found}


def test_later_developments_do_not_mend_what_a_section_lacks(tree: Tree) -> None:
    tree.edit(DATA, " ;\n    steam:modality <id/modality/stated> .\n\n<id/c", " .\n\n<id/c")
    tree.write(
        "data/later/now.ttl",
        f"{LATER}<id/centre/alytus>\n    steam:modality <id/modality/stated> .\n",
    )
    assert only(tree).message == "A centre has a modality."
