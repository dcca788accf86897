"""Why an inferred triple holds: every one of the real graph, rule by rule, and the page."""

from pathlib import Path

import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient

from steamkg.engine.library import Library
from steamkg.engine.store import Stores
from steamkg.graph.names import GRAPH, INFERRED, ONTOLOGY_GRAPH, PREFIXES, STEAM
from steamkg.web.explanation import RULES, Explanation, explanations
from steamkg.web.rows import Row

RDF, RDFS, OWL = PREFIXES["rdf"], PREFIXES["rdfs"], PREFIXES["owl"]
X = "http://x/"
SMALL = f"""
@prefix : <{X}> . @prefix owl: <{OWL}> . @prefix rdf: <{RDF}> . @prefix rdfs: <{RDFS}> .
@prefix steam: <{STEAM}> . @prefix dcterms: <{PREFIXES["dcterms"]}> .
@prefix status: <https://w3id.org/steamkg/id/partnership-status/> .
:a a :Low ; :has :b ; :near :b ; steam:centreType :type .
:b :near :c .
:Low rdfs:subClassOf :Middle , [ owl:onProperty :colour ; owl:hasValue :red ] .
:Middle rdfs:subClassOf :High .
:has rdfs:domain :Owner ; rdfs:range :Owned ; rdfs:subPropertyOf :touches ; owl:inverseOf :in .
:near a owl:TransitiveProperty .
:type steam:plannedActivity :work .
:ship a steam:Partnership ; steam:partner :p ; steam:partnerTo :host ; steam:category :kind ;
  steam:partnershipStatus status:existing ; dcterms:source :passage .
:maybe steam:partner :q ; steam:partnerTo :host ; steam:category :kind ;
  steam:partnershipStatus status:potential .
:passage dcterms:isPartOf :section . :section dcterms:isPartOf :document .
:document a steam:Document ; steam:asOf "2020" ; dcterms:isPartOf :project .
"""
CASES = [
    ("class", "a", RDF + "type", "Middle", 2),
    ("subclass", "Low", RDFS + "subClassOf", "High", 2),
    ("domain", "a", RDF + "type", "Owner", 2),
    ("range", "b", RDF + "type", "Owned", 2),
    ("property", "a", X + "touches", "b", 2),
    ("inverse", "b", X + "in", "a", 2),
    ("transitive", "a", X + "near", "c", 3),
    ("value", "a", X + "colour", "red", 3),
    ("activity", "a", STEAM + "plannedActivity", "work", 2),
    ("partnership", "p", STEAM + "existingPartnerOf", "host", 4),
    ("partnership", "p", PREFIXES["org"] + "linkedTo", "host", 4),
    ("partnership", "p", STEAM + "inCategory", "kind", 4),
    ("partnership", "q", STEAM + "potentialPartnerOf", "host", 4),
    ("year", "ship", STEAM + "asOf", '"2020"', 5),
]
FALSE = [
    ("p", STEAM + "potentialPartnerOf", "host"),
    ("q", STEAM + "existingPartnerOf", "host"),
    ("q", PREFIXES["org"] + "linkedTo", "host"),
    ("b", X + "near", "a"),
    ("c", RDF + "type", "Owned"),
    ("maybe", STEAM + "asOf", '"2020"'),
    ("ship", STEAM + "asOf", '"2021"'),
]


class _Store:
    """Runs the stored queries on a store, and knows kinds of graphs by their names."""

    def __init__(self, store: ox.Store, library: Library, kinds: dict[str, str]) -> None:
        self._store = store
        self._library = library
        self._kinds = kinds

    def rows(self, name: str, **bindings: ox.NamedNode | ox.Literal) -> list[Row]:
        found = self._store.query(
            self._library[f"pages/{name}"].text,
            substitutions={ox.Variable(key): value for key, value in bindings.items()},
        )
        assert isinstance(found, ox.QuerySolutions)
        names = [variable.value for variable in found.variables]
        return [
            {name: value for name, value in zip(names, row, strict=True) if value is not None}
            for row in found
        ]

    def kind(self, graph: str) -> str:
        return self._kinds.get(graph, "section")

    def why(
        self, subject: str, property_: str, value: ox.NamedNode | ox.Literal
    ) -> list[Explanation]:
        asked = (ox.NamedNode(subject), ox.NamedNode(property_), value)
        return explanations(*asked, asked=self, kinds=self)


def _term(text: str) -> ox.NamedNode | ox.Literal:
    return ox.Literal(text.strip('"')) if text.startswith('"') else ox.NamedNode(X + text)


@pytest.fixture(scope="module")
def small(library: Library) -> _Store:
    """A premise of every rule, in one section; and the same in a graph of links."""
    store = ox.Store()
    graph = ox.NamedNode(GRAPH + "a/one")
    for quad in ox.parse(SMALL, ox.RdfFormat.TURTLE):
        store.add(ox.Quad(quad.subject, quad.predicate, quad.object, graph))
    linked = ox.Quad(
        ox.NamedNode(X + "linked"),
        ox.NamedNode(X + "has"),
        ox.NamedNode(X + "b"),
        ox.NamedNode(GRAPH + "link/x"),
    )
    store.add(linked)
    return _Store(store, library, {GRAPH + "link/x": "link"})


@pytest.mark.parametrize("case", CASES, ids=[f"{case[0]} {case[1]}" for case in CASES])
def test_rule_gives_its_conclusion_with_its_premises(
    small: _Store, case: tuple[str, str, str, str, int]
) -> None:
    rule, subject, property_, value, premises = case
    ways = small.why(X + subject, property_, _term(value))
    found = [one for one in ways if one.rule.name == rule]
    assert [len(one.premises) for one in found] == [premises]
    assert all(premise.graphs == (GRAPH + "a/one",) for premise in found[0].premises)


@pytest.mark.parametrize(("subject", "property_", "value"), FALSE)
def test_no_rule_gives_what_does_not_follow(
    small: _Store, subject: str, property_: str, value: str
) -> None:
    assert small.why(X + subject, property_, _term(value)) == []


def test_what_reasoning_did_not_see_is_no_premise(small: _Store) -> None:
    assert small.why(X + "linked", RDF + "type", ox.NamedNode(X + "Owner")) == []


def test_every_rule_is_tried() -> None:
    assert {rule.name for rule in RULES} == {case[0] for case in CASES}


def test_every_inferred_triple_of_the_graph_follows_from_asserted_ones(
    stores: Stores, library: Library
) -> None:
    """Rules may use what others gave, but not in a circle: what holds is found in rounds."""
    store = stores.everything
    kinds = {INFERRED: "inferred", ONTOLOGY_GRAPH: "ontology"}
    for name in ("link", "alignment", "label", "later"):
        kinds |= {
            graph.value: name
            for graph in store.named_graphs()
            if isinstance(graph, ox.NamedNode) and graph.value.startswith(f"{GRAPH}{name}/")
        }
    asked = _Store(store, library, kinds)
    pending = {}
    for quad in store.quads_for_pattern(None, None, None, ox.NamedNode(INFERRED)):
        assert isinstance(quad.subject, ox.NamedNode)
        assert isinstance(quad.object, ox.NamedNode | ox.Literal)
        triple = (quad.subject, quad.predicate.value, quad.object)
        pending[triple] = [
            {
                (premise.subject, premise.property, premise.object)
                for premise in one.premises
                if premise.inferred
            }
            for one in asked.why(quad.subject.value, quad.predicate.value, quad.object)
        ]
    assert len(pending) > 1000
    while True:
        settled = {
            triple
            for triple, ways in pending.items()
            if any(not way & pending.keys() for way in ways)
        }
        if not settled:
            break
        for triple in settled:
            del pending[triple]
    assert list(pending) == []


def test_page_tells_rule_premises_and_lines(browser_like: FlaskClient) -> None:
    infobalt = browser_like.get("/en/id/organisation/infobalt").text
    assert "/en/why?s=https%3A%2F%2Fw3id.org%2Fsteamkg%2Fid%2Forganisation%2Finfobalt" in infobalt
    page = browser_like.get(
        "/en/why",
        query_string={
            "s": "https://w3id.org/steamkg/id/organisation/infobalt",
            "p": STEAM + "existingPartnerOf",
            "o": "https://w3id.org/steamkg/id/network/tinklas",
        },
    ).text
    assert "A document lists somebody as a partner" in page
    assert "ontology/rules/partnership.rq" in page
    assert page.count("lines 7–9") >= 4


def test_page_tells_that_a_triple_is_said(browser_like: FlaskClient) -> None:
    asked = {
        "s": "https://w3id.org/steamkg/id/network/tinklas",
        "p": PREFIXES["skos"] + "prefLabel",
        "o": '"Tinklas"@lt',
    }
    assert "Tai pasakyta" in browser_like.get("/lt/why", query_string=asked).text


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({}, 400),
        ({"s": "x:a", "p": "no iri", "o": "x:b"}, 400),
        ({"s": "x:a", "p": "x:p", "o": '"open'}, 400),
        ({"s": "x:a", "p": "x:p", "o": '"a" . <x:b> <x:c> "d"'}, 400),
        ({"s": "x:a", "p": "x:p", "o": "x:" + "b" * 3000}, 400),
        ({"s": "x:a", "p": "x:p", "o": "x:b"}, 404),
        ({"s": "x:<script>", "p": "x:p", "o": "x:b"}, 400),
    ],
)
def test_page_refuses_what_is_no_triple(
    browser_like: FlaskClient, asked: dict[str, str], status: int
) -> None:
    answer = browser_like.get("/en/why", query_string=asked)
    assert answer.status_code == status
    assert "<script>" not in answer.text


def test_rules_of_the_ontology_are_the_ones_explained(root: Path) -> None:
    there = {f"ontology/rules/{file.name}" for file in (root / "ontology/rules").glob("*.rq")}
    assert there == {rule.code for rule in RULES if "/" in rule.code}
