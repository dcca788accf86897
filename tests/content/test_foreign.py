"""What we take from other vocabularies, held against the vocabularies that declare it."""

from itertools import chain
from pathlib import Path

import pytest
from rdflib import OWL, RDF, RDFS, XSD, BNode, Dataset, Graph, URIRef
from rdflib.namespace import GEO

OURS = "https://w3id.org/steamkg/"
SSSOM = "https://w3id.org/sssom/"
"""Its model is no RDF vocabulary but a LinkML schema, against which ``test_sssom.py`` holds it."""
LANGUAGE = (str(RDF), str(RDFS), str(OWL), str(XSD))
"""The languages that every reader of RDF knows; their terms need no declaration."""


@pytest.fixture(scope="module")
def vocabularies(root: Path, shared: Path) -> Graph:
    """ORG, PROV-O, CPOV and so on from beside the checkout; SKOS, DCTERMS and FOAF from npm."""
    modules = root / "tests" / "vocabularies" / "node_modules" / "@vocabulary"
    if not modules.is_dir():
        pytest.skip("needs `npm ci --prefix tests/vocabularies`")
    graph = Graph()
    for file in sorted((shared / "vocab").glob("*.ttl")):
        graph.parse(file)
    for file in sorted(modules.glob("*/*.nq")):
        dataset = Dataset(default_union=True)
        dataset.parse(file, format="nquads")
        for triple in dataset.triples((None, None, None)):
            graph.add(triple)
    return graph


@pytest.fixture(scope="module")
def content(root: Path) -> Graph:
    """Ontology and data in one graph."""
    graph = Graph()
    for file in chain((root / "ontology").glob("*.ttl"), (root / "data").glob("**/*.ttl")):
        graph.parse(file)
    return graph


def foreign(term: object) -> bool:
    """Whether a term of another vocabulary needs a declaration there."""
    # URIRef.startswith takes no tuple.
    return isinstance(term, URIRef) and not str(term).startswith((OURS, *LANGUAGE))


def test_each_foreign_axiom_stands_in_its_vocabulary(root: Path, vocabularies: Graph) -> None:
    axioms = list(Graph().parse(root / "ontology" / "foreign.ttl"))
    assert axioms
    inverse = {(o, p, s) for s, p, o in vocabularies.triples((None, OWL.inverseOf, None))}
    absent = [axiom for axiom in axioms if axiom not in vocabularies and axiom not in inverse]
    assert not absent


def test_each_foreign_class_and_property_is_declared(content: Graph, vocabularies: Graph) -> None:
    used = {p for _, p, _ in content if foreign(p)}
    used |= {o for _, o in content.subject_objects(RDF.type) if foreign(o)}
    for predicate in (RDFS.subClassOf, RDFS.subPropertyOf, RDFS.domain, RDFS.range):
        used |= {o for o in content.objects(None, predicate) if foreign(o)}
    assert used
    declared = {s for s in vocabularies.subjects(RDF.type) if not isinstance(s, BNode)}
    # GeoSPARQL lies in neither folder; rdflib carries the list of its terms.
    unknown = {term for term in used - declared if term not in GEO}
    assert not sorted(term for term in unknown if not str(term).startswith(SSSOM))


def test_the_ontology_redefines_nothing_foreign(root: Path) -> None:
    ours = Graph().parse(root / "ontology" / "steamkg.ttl")
    assert not [s for s in set(ours.subjects()) if foreign(s)]
