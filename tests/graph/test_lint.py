"""House style of one file, and rules across files, each broken in one place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from steamkg.graph.findings import Finding, Severity
from steamkg.graph.lint import lint

if TYPE_CHECKING:
    from conftest import Tree

DATA = "data/model/centres.ttl"


def findings(tree: Tree) -> tuple[Finding, ...]:
    return lint(tree.content, tree.documents())


def only(tree: Tree) -> Finding:
    (found,) = findings(tree)
    return found


def test_the_tree_is_clean(tree: Tree) -> None:
    assert findings(tree) == ()


@pytest.mark.parametrize(
    ("old", "new", "place", "rule", "message"),
    [
        (
            "@base <https://w3id.org/steamkg/> .\n",
            "@base <https://w3id.org/steamkg/id/> .\n",
            (1, 1),
            "header",
            "the base is <https://w3id.org/steamkg/>",
        ),
        (
            "@prefix skos:",
            "@prefix org: <http://www.w3.org/ns/org#> .\n@prefix skos:",
            (2, 1),
            "header",
            'prefix "org:" is not used',
        ),
        (
            "@prefix skos:",
            "@prefix dct: <http://purl.org/dc/terms/> .\n@prefix skos:",
            (2, 1),
            "header",
            'prefix "dct:" is not in the house table',
        ),
        (
            "skos/core#> .",
            "skos/core> .",
            (2, 1),
            "header",
            "is <http://www.w3.org/2004/02/skos/core#> in the house table",
        ),
        ("@prefix skos:", "PREFIX skos:", (2, 1), "header", "instead of"),
        (
            "<id/centre/vilnius>\n",
            "<id/centre/aaa>\n",
            (10, 1),
            "order",
            "<id/centre/aaa> comes before <id/centre/alytus>",
        ),
        ("    skos:prefLabel \"Al", "\tskos:prefLabel \"Al", (7, 1), "white-space", "tab"),
        ("a steam:RegionalCentre ;", "a steam:RegionalCentre ; ", (6, 29), "white-space", "blanks"),
        ("RegionalCentre ;", "RegionalCentre ;\r", (6, 29), "white-space", "carriage"),
        ("Alytaus centras", "Alytaus centra\u0073\u030c", (7, 35), "nfc", "in pieces"),
        (
            "steam:helps <id/centre/alytus> ;",
            "steam:helps [ a steam:RegionalCentre ] ;",
            (13, 17),
            "blank-node",
            "give the thing an IRI",
        ),
        (
            "steam:helps <id/centre/alytus> ;",
            "steam:helps _:alytus ;",
            (13, 17),
            "blank-node",
            '"_:alytus" makes a blank node',
        ),
    ],
)  # fmt: skip
def test_house_style_is_kept(
    tree: Tree, *, old: str, new: str, place: tuple[int, int], rule: str, message: str
) -> None:
    if new.startswith("PREFIX"):
        tree.edit(DATA, "skos/core#> .", "skos/core#>")
    tree.edit(DATA, old, new)
    found = [item for item in findings(tree) if item.rule == rule]
    assert [(item.line, item.column) for item in found][:1] == [place]
    assert message in found[0].message
    assert found[0].severity is Severity.VIOLATION


def test_second_block_about_a_subject_is_found(tree: Tree) -> None:
    with_second = (tree.root / DATA).read_text() + "\n<id/centre/vilnius>\n    steam:p 1 .\n"
    tree.write(DATA, with_second)
    (found,) = (item for item in findings(tree) if item.rule == "one-block")
    assert (found.line, found.focus) == (16, "<id/centre/vilnius>")
    assert "in line 10" in found.message


@pytest.mark.parametrize(("end", "message"), [("", "no line feed"), ("\n\n", "empty lines")])
def test_files_end_with_one_line_feed(tree: Tree, end: str, message: str) -> None:
    tree.write(DATA, (tree.root / DATA).read_text().rstrip("\n") + end)
    assert message in only(tree).message


def test_prefixes_are_sorted(tree: Tree) -> None:
    text = (tree.root / DATA).read_text().splitlines(keepends=True)
    text[1], text[2] = text[2], text[1]
    tree.write(DATA, "".join(text))
    found = only(tree)
    assert (found.line, found.rule) == (3, "header")
    assert 'prefix "skos:" comes before "steam:"' in found.message


@pytest.mark.parametrize("slug", ["Vilnius", "vilniaus_centras", "šiauliai", "a--b", "a/b", ""])
def test_slugs_are_lower_case_ascii(tree: Tree, slug: str) -> None:
    tree.write(
        "data/model/other.ttl",
        "@base <https://w3id.org/steamkg/> .\n"
        "@prefix steam: <https://w3id.org/steamkg/ontology#> .\n\n"
        f"<id/centre/{slug}>\n    steam:modality <id/modality/stated> .\n",
    )
    found = only(tree)
    assert (found.file, found.line, found.column) == ("data/model/other.ttl", 4, 1)
    assert (found.rule, found.focus) == ("slug", f"<id/centre/{slug}>")


@pytest.mark.parametrize("name", ["data/centres.ttl", "data/model/Centres 2.ttl"])
def test_a_data_files_name_becomes_a_graph(tree: Tree, name: str) -> None:
    tree.write(name, "@base <https://w3id.org/steamkg/> .\n")
    assert {item.rule for item in findings(tree)} == {"file-name"}


def test_a_file_that_nothing_reads_is_a_warning(tree: Tree) -> None:
    tree.write("data/model/old.rdf", "<rdf/>")
    tree.write("data/model/README.md", "notes")
    found = only(tree)
    assert (found.file, found.severity) == ("data/model/old.rdf", Severity.WARNING)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "a steam:MethodologicalCentre",
            "a steam:MetodologicalCentre",
            "steam:MetodologicalCentre is not declared as a class",
        ),
        ("steam:helps", "steam:help", "steam:help is not declared as a property"),
        (
            "steam:helps <id/centre/alytus>",
            "steam:Centre <id/centre/alytus>",
            "steam:Centre is not declared as a property",
        ),
        (
            "a steam:MethodologicalCentre",
            "a steam:MethodologicalCentre , steam:host",
            "steam:host is not declared as a class",
        ),
        (
            '"Vilniaus centras"@lt',
            '"Vilniaus centras"^^steam:name',
            "steam:name is not declared as a datatype",
        ),
        (
            "steam:helps <id/centre/alytus>",
            "steam:helps steam:Nobody",
            "steam:Nobody is not declared in the ontology",
        ),
    ],
)
def test_unknown_terms_of_ours_are_found_at_the_subjects_block(
    tree: Tree, old: str, new: str, message: str
) -> None:
    tree.edit(DATA, old, new)
    found = [item for item in findings(tree) if item.rule == "unknown-term"]
    assert [(item.file, item.line, item.focus) for item in found] == [
        (DATA, 10, "<id/centre/vilnius>")
    ]
    assert message in found[0].message


def test_unknown_term_inside_a_shape_is_found_at_the_shapes_block(tree: Tree) -> None:
    tree.edit("shapes/centre.ttl", "sh:path steam:modality", "sh:path steam:mood")
    found = only(tree)
    assert (found.file, found.line, found.focus) == ("shapes/centre.ttl", 6, "shape:Centre")
    assert "steam:mood" in found.message


def test_unknown_term_in_a_shapes_sparql_is_found(tree: Tree) -> None:
    tree.edit(
        "shapes/centre.ttl",
        "sh:targetClass steam:Centre ;",
        'sh:targetClass steam:Centre ;\n    sh:sparql [ sh:select "PREFIX steam: '
        '<https://w3id.org/steamkg/ontology#> SELECT $this { $this steam:gone ?x }" ] ;',
    )
    assert "steam:gone is not declared" in only(tree).message


@pytest.mark.parametrize(
    ("new", "rule", "message"),
    [
        ("sh:minCout 1 ;", "unknown-term", "SHACL has no sh:minCout"),
        ("sh:severity sh:Violaton ;", "unknown-term", "SHACL has no sh:Violaton"),
        ('sh:sparql [ sh:select "SELECT $this {" ] ;', "query-syntax", "line 1, column 15"),
        (
            'sh:sparql [ sh:select "SELECT $this { $this skos:note ?x }" ] ;',
            "query-syntax",
            "a prefix that it does not declare",
        ),
    ],
)
def test_a_shape_that_would_be_passed_over_in_silence_is_found(
    tree: Tree, new: str, rule: str, message: str
) -> None:
    tree.edit(
        "shapes/centre.ttl", "sh:targetClass steam:Centre ;", f"sh:targetClass steam:Centre ; {new}"
    )
    found = only(tree)
    assert (found.file, found.line, found.rule) == ("shapes/centre.ttl", 6, rule)
    assert message in found.message


def test_a_path_and_declared_prefixes_are_known_to_a_shapes_sparql(tree: Tree) -> None:
    tree.edit(
        "shapes/centre.ttl",
        "sh:minCount 1 ;",
        "sh:minCount 1 ;\n        sh:sparql [ sh:prefixes <shapes> ; sh:select "
        '"SELECT $this { $this $PATH ?x . ?x steam:helps ?y }" ] ;',
    )
    tree.write(
        "shapes/prefixes.ttl",
        "@base <https://w3id.org/steamkg/> .\n"
        "@prefix sh: <http://www.w3.org/ns/shacl#> .\n"
        "@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .\n\n"
        '<shapes>\n    sh:declare [\n        sh:prefix "steam" ;\n'
        '        sh:namespace "https://w3id.org/steamkg/ontology#"^^xsd:anyURI ;\n    ] .\n',
    )
    assert findings(tree) == ()


@pytest.mark.parametrize(
    ("iri", "message"),
    [
        ("<id/centre/kaunas>", "points to <id/centre/kaunas>, which is described nowhere"),
        ("<graph/model/gone>", "is not the name of any graph"),
        ("<shapes#Gone>", "shape:Gone is not declared in shapes/"),
    ],
)
def test_dangling_iris_are_found(tree: Tree, iri: str, message: str) -> None:
    tree.edit(DATA, "steam:helps <id/centre/alytus>", f"steam:helps {iri}")
    found = only(tree)
    assert (found.rule, found.file, found.line) == ("dangling", DATA, 10)
    assert message in found.message


def test_a_label_for_nothing_is_dangling(tree: Tree) -> None:
    tree.edit("data/label/en/ours.ttl", "<id/centre/vilnius>", "<id/centre/wilnius>")
    found = only(tree)
    assert (found.rule, found.focus, found.line) == ("dangling", "<id/centre/wilnius>", 7)


def test_what_only_a_later_graph_describes_dangles_in_a_section(tree: Tree) -> None:
    tree.write(
        "data/later/operators.ttl",
        "@base <https://w3id.org/steamkg/> .\n"
        "@prefix steam: <https://w3id.org/steamkg/ontology#> .\n\n"
        "<id/centre/new>\n    steam:helps <id/centre/new> , <id/centre/vilnius> .\n",
    )
    assert findings(tree) == ()
    tree.edit(DATA, "steam:helps <id/centre/alytus>", "steam:helps <id/centre/new>")
    assert only(tree).rule == "dangling"


def test_two_preferred_labels_in_one_language_are_found_across_files(tree: Tree) -> None:
    tree.write(
        "data/label/en/official.ttl",
        (tree.root / "data/label/en/ours.ttl").read_text().replace("Vilnius c", "Wilno C"),
    )
    found = only(tree)
    assert (found.rule, found.focus) == ("one-label", "<id/centre/vilnius>")
    assert '"Wilno Centre" in data/label/en/official.ttl' in found.message.replace(" c", " C")


def test_the_same_label_in_two_sections_is_fine(tree: Tree) -> None:
    text = (tree.root / DATA).read_text()
    tree.write("data/model/again.ttl", text)
    assert findings(tree) == ()


@pytest.mark.parametrize("name", ["queries/centres/all.rq", "ontology/rules/siblings.rq"])
@pytest.mark.parametrize(
    ("old", "new", "rule", "message"),
    [
        ("steam:Centre", "steam:Center", "unknown-term", "steam:Center is not declared"),
        ("WHERE {", "WHERE { ?x a <https://w3id.org/steamkg/id/a/b> . ", "dangling", "<id/a/b>"),
        ("WHERE {", "WHERE { SERVICE <http://x/> {} ", "query-remote", "SERVICE"),
        ("WHERE {", "WHERE { ?x ", "query-syntax", "expected"),
        (
            "PREFIX steam:",
            "PREFIX dct: <http://purl.org/dc/terms/>\nPREFIX steam:",
            "query-prefix",
            "dct:",
        ),
    ],
)
def test_queries_and_rules_are_checked(
    tree: Tree, *, name: str, old: str, new: str, rule: str, message: str
) -> None:
    text = (tree.root / name).read_text()
    tree.write(name, text.replace(old, new, 1))
    found = [item for item in findings(tree) if item.file == name]
    assert [item.rule for item in found] == [rule]
    assert message in found[0].message
    assert found[0].line >= 1


def test_a_query_that_is_not_utf8_is_found(tree: Tree) -> None:
    tree.write("queries/centres/all.rq", b"\xff")
    assert only(tree).message == "is not UTF-8"


def test_a_rule_is_a_construct_query(tree: Tree) -> None:
    tree.write("ontology/rules/siblings.rq", "SELECT * WHERE { ?s ?p ?o }")
    assert only(tree).rule == "rule-form"
