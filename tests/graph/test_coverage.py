"""Which lines are cited, which are explained, and which are a finding."""

from pathlib import Path

import pytest
from rdflib import Graph

from steamkg.graph.content import Content
from steamkg.graph.coverage import coverage, in_ranges

SAID = """
@base <https://w3id.org/steamkg/> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix steam: <https://w3id.org/steamkg/ontology#> .

<id/document/report> a steam:Document ; steam:firstLine 1 ; steam:lastLine 12 .
<id/section/whole> a steam:Section ; dcterms:isPartOf <id/document/report> ;
    steam:firstLine 3 ; steam:lastLine 12 .
<id/section/part> a steam:Section ; dcterms:isPartOf <id/section/whole> ;
    steam:firstLine 8 ; steam:lastLine 10 .
<id/passage/report-3-4> a steam:Passage ; dcterms:isPartOf <id/section/whole> ;
    steam:firstLine 3 ; steam:lastLine 4 .
<id/passage/report-9> a steam:Passage ; dcterms:isPartOf <id/section/part> ;
    steam:firstLine 9 ; steam:lastLine 9 .
"""
COMPLETE = "first,last,reason\n1,2,contents\n5,7,blank\n8,8,heading\n10,12,blank\n"


@pytest.fixture
def said() -> Graph:
    return Graph().parse(data=SAID, format="turtle")


def content(root: Path, uncited: str | None) -> Content:
    for folder in ("ontology", "data/report"):
        (root / folder).mkdir(parents=True)
    if uncited is not None:
        (root / "data" / "report" / "uncited.csv").write_text(uncited, "utf-8")
    return Content(root)


def test_a_line_belongs_to_the_smallest_section_that_holds_it(tmp_path: Path, said: Graph) -> None:
    rows, findings = coverage(content(tmp_path, COMPLETE), said)
    assert not findings
    assert [(row.section.rsplit("/", 1)[1], row.lines, row.cited) for row in rows] == [
        ("report", 2, 0),
        ("whole", 7, 2),
        ("part", 3, 1),
    ]


def test_an_unexplained_line_is_a_finding_that_names_section_and_lines(
    tmp_path: Path, said: Graph
) -> None:
    rows, findings = coverage(content(tmp_path, COMPLETE.replace("8,8,heading\n", "")), said)
    assert rows[2].missing == (8,)
    (finding,) = findings
    assert finding.focus == "<id/section/part>"
    assert "line 8" in finding.message


def test_without_a_file_of_reasons_every_uncited_line_is_a_finding(
    tmp_path: Path, said: Graph
) -> None:
    _, findings = coverage(content(tmp_path, None), said)
    assert {finding.focus for finding in findings} == {
        "<id/document/report>",
        "<id/section/whole>",
        "<id/section/part>",
    }


@pytest.mark.parametrize(
    ("row", "line", "message"),
    [
        ("9,9,heading", 6, "cited by a passage"),
        ("8,8,heading", 6, "row 4 already"),
        ("8,99,heading", 6, "lines 1 to 12"),
        ("8,7,heading", 6, "no range"),
        ("11,11,dull", 6, "no reason"),
        ("11,heading", 6, "first,last,reason"),
        ("x,y,heading", 6, "line numbers"),
    ],
)
def test_a_row_that_cannot_be_used_is_a_finding_with_its_line(
    tmp_path: Path, said: Graph, row: str, line: int, message: str
) -> None:
    _, findings = coverage(content(tmp_path, COMPLETE + row + "\n"), said)
    assert [(finding.line, message in finding.message) for finding in findings] == [(line, True)]


def test_a_file_with_another_first_line_is_refused(tmp_path: Path, said: Graph) -> None:
    _, findings = coverage(content(tmp_path, "from,to,why\n1,2,blank\n"), said)
    assert findings[0].line == 1
    assert "first,last,reason" in findings[0].message


def test_lines_are_written_as_ranges() -> None:
    assert in_ranges((7,)) == "line 7"
    assert in_ranges((3, 4, 5, 9)) == "lines 3-5, 9"
