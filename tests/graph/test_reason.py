"""What follows, what does not, and what cannot be: the same whichever engine is asked."""

import pyoxigraph as ox
import pytest
from rdflib import Graph, URIRef

from steamkg.graph import sparql, turtle
from steamkg.graph.closure import Reasoner
from steamkg.graph.content import REASONED_KINDS, Content
from steamkg.graph.names import STEAM
from steamkg.graph.reason import Inferred, RuleError, infer
from steamkg.graph.sparql import Text
from steamkg.graph.terms import graph_of, triples_to_rdflib
from steamkg.graph.turtle import Document, Place

PREAMBLE = """\
@prefix : <https://w3id.org/steamkg/ontology#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
BOTH = pytest.mark.parametrize("reasoner", list(Reasoner))


def graph(text: str) -> Graph:
    """By pyoxigraph, as files are read: rdflib's own parser would rewrite "05" as "5"."""
    quads = ox.parse(input=PREAMBLE + text, format=ox.RdfFormat.TURTLE, rename_blank_nodes=True)
    return graph_of(triples_to_rdflib(quads))


def shown(inferred: Inferred) -> set[str]:
    """The inferred triples in one short line each."""
    manager = Graph().namespace_manager
    manager.bind("", STEAM, replace=True)
    return {
        " ".join(node.n3(manager) for node in triple).replace(" rdf:type ", " a ")
        for triple in inferred.graph
    }


AXIOMS = {
    "subclass": (
        ":A rdfs:subClassOf :B . :B rdfs:subClassOf :C . :x a :A .",
        {":A rdfs:subClassOf :C", ":x a :B", ":x a :C"},
    ),
    "subproperty": (
        ":p rdfs:subPropertyOf :q . :q rdfs:subPropertyOf :r . :x :p :y .",
        {":p rdfs:subPropertyOf :r", ":x :q :y", ":x :r :y"},
    ),
    "domain and range": (
        ":p rdfs:domain :A ; rdfs:range :B . :A rdfs:subClassOf :C . :x :p :y .",
        {":x a :A", ":x a :C", ":y a :B"},
    ),
    "inverse": (":p owl:inverseOf :q . :x :p :y . :z :q :w .", {":y :q :x", ":w :p :z"}),
    "symmetric": (":p a owl:SymmetricProperty . :x :p :y .", {":y :p :x"}),
    "transitive": (
        ":p a owl:TransitiveProperty . :a :p :b . :b :p :c . :c :p :d .",
        {":a :p :c", ":a :p :d", ":b :p :d"},
    ),
    "value restriction": (
        """:H owl:equivalentClass [ a owl:Restriction ; owl:onProperty :p ; owl:hasValue :v ] .
        :x :p :v . :y a :H .""",
        {":x a :H", ":y :p :v"},
    ),
    "value restriction with a literal": (
        """:H owl:equivalentClass [ a owl:Restriction ; owl:onProperty :p ; owl:hasValue true ] .
        :x :p true . :y a :H .""",
        {":x a :H", ':y :p "true"^^xsd:boolean'},
    ),
    "existential restriction": (
        """:H owl:equivalentClass
            [ a owl:Restriction ; owl:onProperty :p ; owl:someValuesFrom :V ] .
        :x :p :v . :v a :V .""",
        {":x a :H"},
    ),
    "universal restriction": (
        """:H rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :p ; owl:allValuesFrom :V ] .
        :x a :H ; :p :v .""",
        {":v a :V"},
    ),
    "intersection": (
        ":H owl:equivalentClass [ owl:intersectionOf ( :A :B ) ] . :x a :A , :B . :y a :H .",
        {":H rdfs:subClassOf :A", ":H rdfs:subClassOf :B", ":x a :H", ":y a :A", ":y a :B"},
    ),
    "union": (
        ":H owl:unionOf ( :A :B ) . :x a :A .",
        {":A rdfs:subClassOf :H", ":B rdfs:subClassOf :H", ":x a :H"},
    ),
    "enumeration": (":H owl:oneOf ( :x :y ) .", {":x a :H", ":y a :H"}),
    "equivalent classes": (
        ":A owl:equivalentClass :B . :x a :A .",
        {":A rdfs:subClassOf :B", ":B rdfs:subClassOf :A", ":x a :B"},
    ),
    "equivalent properties": (
        ":p owl:equivalentProperty :q . :x :p :y .",
        {":p rdfs:subPropertyOf :q", ":q rdfs:subPropertyOf :p", ":x :q :y"},
    ),
    "property chain of three": (
        """:p owl:propertyChainAxiom ( :a :b :c ) ; rdfs:subPropertyOf :q .
        :x :a :y . :y :b :z . :z :c :w .""",
        {":x :p :w", ":x :q :w"},
    ),
    "literals in their own letters": (
        ':p rdfs:subPropertyOf :q . :x :p "a"@en , "a" , "05"^^xsd:integer .',
        {':x :q "a"@en', ':x :q "a"', ':x :q "05"^^xsd:integer'},
    ),
    "symmetric under transitive": (
        """:s a owl:SymmetricProperty ; rdfs:subPropertyOf :t . :t a owl:TransitiveProperty .
        :a :s :b .""",
        {":b :s :a", ":a :t :b", ":b :t :a", ":a :t :a", ":b :t :b"},
    ),
}


@BOTH
@pytest.mark.parametrize("name", AXIOMS)
def test_axiom_gives_the_useful_triples_and_no_noise(name: str, reasoner: Reasoner) -> None:
    text, expected = AXIOMS[name]
    inferred = infer(graph(text), reasoner=reasoner)
    assert shown(inferred) == expected
    assert inferred.findings == ()


def test_both_engines_agree_on_all_axioms_together() -> None:
    everything = graph("\n".join(text for text, _ in AXIOMS.values()))
    fast, reference = infer(everything), infer(everything, reasoner="owlrl")
    assert (fast.reasoner, reference.reasoner) == (Reasoner.REASONABLE, Reasoner.OWLRL)
    assert shown(fast) == shown(reference)


def test_both_engines_agree_on_the_content_of_this_project() -> None:
    content = Content.find()
    documents = [turtle.read(file) for file in content.turtle_files()]
    asserted = graph_of(
        triple
        for document in documents
        if isinstance(document, Document) and document.file.kind in REASONED_KINDS
        for triple in document.graph
    )
    rules = [sparql.read(path, content.name(path)) for path in content.rule_files()]
    assert all(isinstance(rule, Text) for rule in rules)
    fast, reference = (infer(asserted, reasoner=one, rules=rules) for one in Reasoner)
    assert set(fast.graph) == set(reference.graph)
    assert fast.findings == reference.findings == ()
    assert fast.by_rule == reference.by_rule
    assert len(fast.graph) > 0


def test_an_axiom_beyond_the_fast_engine_is_given_to_the_reference() -> None:
    inferred = infer(graph(":A owl:hasKey ( :k ) . :x a :A ; :k 1 . :y a :A ; :k 1 ."))
    assert inferred.reasoner is Reasoner.OWLRL


CONTRADICTIONS = {
    "disjoint": (
        ":A owl:disjointWith :B . :C rdfs:subClassOf :A . :x a :C , :B .",
        "cax-dw",
        ("steam:x", "steam:A", "steam:B", "owl:disjointWith"),
    ),
    "all disjoint": (
        "[] a owl:AllDisjointClasses ; owl:members ( :A :B :C ) . :x a :A , :C .",
        "cax-adc",
        ("steam:x", "steam:A", "steam:C"),
    ),
    "complement": (
        ":A owl:complementOf :B . :x a :A , :B .",
        "cls-com",
        ("steam:x", "steam:A", "steam:B"),
    ),
    "nothing": (":A rdfs:subClassOf owl:Nothing . :x a :A .", "cls-nothing2", ("steam:x",)),
    "asymmetric": (
        ":p a owl:AsymmetricProperty . :x :p :y . :y :p :x .",
        "prp-asyp",
        ("steam:x", "steam:y", "steam:p"),
    ),
    "irreflexive": (
        ":p a owl:IrreflexiveProperty . :q rdfs:subPropertyOf :p . :x :q :x .",
        "prp-irp",
        ("steam:x", "steam:p"),
    ),
    "disjoint properties": (
        ":p owl:propertyDisjointWith :q . :x :p :y ; :q :y .",
        "prp-pdw",
        ("steam:x", "steam:p", "steam:q", "steam:y"),
    ),
    "all disjoint properties": (
        "[] a owl:AllDisjointProperties ; owl:members ( :p :q ) . :x :p :y ; :q :y .",
        "prp-adp",
        ("steam:x", "steam:p", "steam:q", "steam:y"),
    ),
    "denied": (
        """[] a owl:NegativePropertyAssertion ; owl:sourceIndividual :x ;
            owl:assertionProperty :p ; owl:targetIndividual :y . :x :p :y .""",
        "prp-npa",
        ("steam:x", "steam:p", "steam:y"),
    ),
    "maximum zero": (
        """:A rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :p ;
            owl:maxCardinality "0"^^xsd:nonNegativeInteger ] . :x a :A ; :p :y .""",
        "cls-maxc1",
        ("steam:x", "steam:p", "steam:y"),
    ),
    "functional value": (
        ':p a owl:FunctionalProperty . :x :p "one" , "two" .',
        "functional-value",
        ("steam:x", "steam:p", "one", "two"),
    ),
    "same and different": (
        ":a owl:differentFrom :b . <http://e/x> owl:sameAs <http://e/y> ; "
        "owl:differentFrom <http://e/y> .",
        "eq-diff1",
        ("http://e/x", "http://e/y"),
    ),
    "all different": (
        "[] a owl:AllDifferent ; owl:distinctMembers ( <http://e/x> <http://e/y> ) . "
        ":p a owl:FunctionalProperty . :a :p <http://e/x> , <http://e/y> .",
        "eq-diff2",
        ("http://e/x", "http://e/y"),
    ),
}


@BOTH
@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_contradiction_names_the_individuals_and_the_axiom(name: str, reasoner: Reasoner) -> None:
    text, rule, named = CONTRADICTIONS[name]
    (found,) = (
        item for item in infer(graph(text), reasoner=reasoner).findings if item.rule == rule
    )
    for what in named:
        assert what in found.text()


@BOTH
def test_consistent_graph_has_no_findings(reasoner: Reasoner) -> None:
    text = """:A owl:disjointWith :B . :x a :A . :y a :B . :p a owl:AsymmetricProperty . :x :p :y .
        :n a owl:FunctionalProperty . :x :n "1"^^xsd:integer , "01"^^xsd:integer ."""
    assert infer(graph(text), reasoner=reasoner).findings == ()


@BOTH
@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            ":p a owl:FunctionalProperty . :p1 rdfs:subPropertyOf :p . :s :p1 :x ; :p :y .",
            "steam:p of steam:s",
        ),
        (":p a owl:InverseFunctionalProperty . :x :p :s . :y :p :s .", "both have steam:s"),
        (":x owl:sameAs :y .", "owl:sameAs"),
    ],
)
def test_two_things_of_ours_never_become_one(text: str, reason: str, reasoner: Reasoner) -> None:
    def locate(subject: str, predicate: str = "", value: str = "", /) -> Place:
        return Place(file="data/m/a.ttl", line=7, column=1)

    findings = infer(graph(text), reasoner=reasoner, locate=locate).findings
    (found,) = (item for item in findings if item.rule == "same-as")
    assert (found.file, found.line, found.focus) == ("data/m/a.ttl", 7, "steam:x")
    assert "would become one with steam:y" in found.message
    assert reason in found.message


@BOTH
def test_same_as_with_a_foreign_iri_is_allowed(reasoner: Reasoner) -> None:
    inferred = infer(graph(":x owl:sameAs <http://e/x> ; :p :y ."), reasoner=reasoner)
    assert inferred.findings == ()
    assert "<http://e/x> :p :y" in shown(inferred)


def rule(text: str, name: str = "r.rq") -> Text:
    return Text(file=f"ontology/rules/{name}", text=f"PREFIX : <{STEAM}>\n{text}")


@BOTH
def test_rules_and_axioms_take_turns_until_nothing_is_new(reasoner: Reasoner) -> None:
    inferred = infer(
        graph(":p rdfs:subPropertyOf :q . :x :start :y . :q rdfs:range :Q ."),
        reasoner=reasoner,
        rules=[
            rule("CONSTRUCT { ?y :done ?x } WHERE { ?x :q ?y . ?y a :Q }", "late.rq"),
            rule("CONSTRUCT { ?x :p ?y } WHERE { ?x :start ?y }", "early.rq"),
        ],
    )
    assert shown(inferred) == {":x :p :y", ":x :q :y", ":y a :Q", ":y :done :x"}
    assert inferred.by_rule == {"ontology/rules/late.rq": 1, "ontology/rules/early.rq": 1}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("CONSTRUCT { ?x :p [] } WHERE { ?x :start ?y }", "blank nodes"),
        ("SELECT * WHERE { ?x ?p ?y }", "is not a CONSTRUCT query"),
        ("CONSTRUCT { ?x", "does not parse"),
        (
            "CONSTRUCT { ?x :n ?m } WHERE { ?x :n ?n BIND(?n + 1 AS ?m) }",
            "keep adding triples after 100 rounds",
        ),
    ],
)
def test_a_rule_that_cannot_work_is_refused_by_name(text: str, message: str) -> None:
    with pytest.raises(RuleError, match=message) as caught:
        infer(graph(":x :start :y ; :n 1 ."), rules=[rule(text)])
    assert "ontology/rules/r.rq" in str(caught.value)


def test_asserted_triples_are_not_inferred_again() -> None:
    text = ":A rdfs:subClassOf :B . :x a :A , :B ."
    assert len(infer(graph(text)).graph) == 0


def test_the_input_is_left_as_it_was() -> None:
    asserted = graph(":p owl:inverseOf :q . :x :p :y .")
    infer(asserted, reasoner="owlrl")
    assert len(asserted) == 2
    assert (URIRef(STEAM + "y"), URIRef(STEAM + "q"), URIRef(STEAM + "x")) not in asserted
