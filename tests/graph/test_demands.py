"""Shapes as pySHACL is given them find what they found as they were written."""

from collections import Counter

import pyshacl
import pytest
from rdflib import RDFS, SH, BNode, Graph, URIRef

from steamkg.graph.demands import demands
from steamkg.graph.terms import graph_of

PREFIXES = """\
@prefix : <http://x/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
"""
DATA = """
:a a :Thing ; :p :b , 1 ; :q "x"@en , "y"@en ; :other 1 .
:b a :Thing ; :q "z" .
:c a :Kind , :Thing ; :p :a , :b .
:Kind rdfs:subClassOf :Thing .
"""
AT_LEAST_ONE_P = ":P sh:path :p ; sh:minCount 1 ."
SHAPES = {
    "named and nameless parts": ":S sh:targetClass :Thing ; sh:property :P , [ sh:path :q ;"
    f" sh:maxCount 1 ; sh:severity sh:Info ] . {AT_LEAST_ONE_P}",
    "every kind of target": ":S sh:targetNode :b ; sh:targetClass :Kind ; sh:targetSubjectsOf :q ;"
    " sh:targetObjectsOf :p ; sh:property [ sh:path :p ; sh:nodeKind sh:IRI ; sh:minCount 1 ] .",
    "a part of two": ":S sh:targetClass :Kind ; sh:property :P . :T sh:targetClass :Thing ;"
    f" sh:property :P . {AT_LEAST_ONE_P}",
    "a part with a target of its own": ":S sh:targetNode :b ; sh:property :P ."
    f" :P sh:targetNode :nobody . {AT_LEAST_ONE_P}",
    "a part of a part": ":S sh:targetClass :Thing ; sh:property [ sh:path :p ;"
    " sh:property [ sh:path :q ; sh:minCount 1 ] ] .",
    "a property shape with targets": ":S sh:targetClass :Thing ; sh:path :p ;"
    f" sh:property :P . {AT_LEAST_ONE_P}",
    "a part of another shape": ":S sh:targetNode :b ; sh:property :P . :T sh:targetClass :Kind ;"
    f" sh:property [ sh:path :p ; sh:node :S ] . {AT_LEAST_ONE_P}",
    "negated": ":S sh:targetNode :b ; sh:property :P . :T sh:targetClass :Thing ;"
    f" sh:not :S . {AT_LEAST_ONE_P}",
    "one of several": ":S sh:targetNode :b ; sh:property :P . :T sh:targetClass :Thing ;"
    f" sh:or ( :S [ sh:class :Kind ] ) . {AT_LEAST_ONE_P}",
    "closed": ":S sh:targetClass :Thing ; sh:closed true ; sh:ignoredProperties ( :q ) ;"
    " sh:property [ sh:path :p ; sh:maxCount 1 ] .",
    "deactivated": ":S sh:targetClass :Thing ; sh:deactivated true ; sh:property :P ."
    f" {AT_LEAST_ONE_P}",
    "a deactivated part": ":S sh:targetClass :Thing ; sh:property :P ."
    f" :P sh:deactivated true . {AT_LEAST_ONE_P}",
    "its own class": ":Thing a sh:NodeShape , rdfs:Class ; sh:targetNode :nobody ;"
    f" sh:property :P . {AT_LEAST_ONE_P}",
    "siblings": ":S sh:targetClass :Thing ; sh:property"
    " [ sh:path :p ; sh:qualifiedValueShapesDisjoint true ;"
    "   sh:qualifiedValueShape [ sh:nodeKind sh:IRI ] ; sh:qualifiedMinCount 1 ] ,"
    " [ sh:path :p ; sh:qualifiedValueShape [ sh:class :Thing ] ; sh:qualifiedMaxCount 9 ] .",
    "queries": ":S sh:targetClass :Thing ; sh:sparql"
    ' [ sh:select """SELECT $this ?value\n WHERE {\n  $this <http://x/p> ?value # all but\n'
    '  FILTER (?value != "a  #  b")\n }""" ] , [ sh:select """SELECT $this\n'
    '  WHERE { $this <http://x/q> \'  x \' }""" ] .',
}


def graph(text: str) -> Graph:
    return Graph().parse(data=PREFIXES + text, format="turtle")


def results(shapes: Graph) -> Counter[tuple[object, ...]]:
    """What each result says; the source shape where it has a name."""
    _, report, text = pyshacl.validate(graph(DATA), shacl_graph=shapes)
    assert isinstance(report, Graph), text
    said = (
        SH.focusNode,
        SH.sourceConstraintComponent,
        SH.sourceShape,
        SH.resultSeverity,
        SH.resultPath,
        SH.value,
        SH.resultMessage,
    )
    return Counter(
        tuple(
            None if isinstance(value := report.value(result, term), BNode) else value
            for term in said
        )
        for result in report.objects(None, SH.result)
    )


@pytest.mark.parametrize("case", SHAPES)
def test_results_are_those_of_the_shapes_as_written(case: str) -> None:
    shapes = graph(SHAPES[case])
    # A part of two shapes that look at one node gives its result once instead of twice.
    assert set(results(demands(shapes))) == set(results(graph_of(shapes)))
    assert bool(results(shapes)) == ("deactivated" not in case)


def test_a_part_gets_the_targets_and_is_taken_up_once() -> None:
    asked = demands(graph(SHAPES["a part of two"]))
    assert not list(asked.subject_objects(SH.property))
    part = URIRef("http://x/P")
    assert {str(target) for target in asked.objects(part, SH.targetClass)} == {
        "http://x/Kind",
        "http://x/Thing",
    }


def test_a_part_without_a_path_stays_where_it_is_complained_of() -> None:
    shapes = graph(":S sh:targetClass :Thing ; sh:property :P . :P sh:minCount 1 .")
    assert set(demands(shapes)) == set(shapes)


def test_what_is_for_readers_is_left_out_and_queries_have_no_indentation() -> None:
    shapes = graph(
        ':S rdfs:label "a" ; sh:name "b" ; sh:order 1 ; sh:message "c" .'
        ' :q sh:select """\n   SELECT $this\n   WHERE {\n     $this a "x  y" }\n""" .'
        " :r sh:select \"\"\"SELECT $this # all\n   { $this a '''\n   ''' }\"\"\" ."
    )
    asked = demands(shapes)
    assert not set(asked.predicates()) & {RDFS.label, SH.name, SH.order}
    assert [str(text) for text in asked.objects(URIRef("http://x/q"))] == [
        ' SELECT $this WHERE { $this a "x  y" } '
    ]
    assert set(asked.objects(URIRef("http://x/r"))) == set(shapes.objects(URIRef("http://x/r")))
