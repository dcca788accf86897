"""A tiny content tree that every check passes, for tests to break in one place."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from steamkg.graph import turtle
from steamkg.graph.content import Content
from steamkg.graph.findings import Finding
from steamkg.graph.turtle import Document

ONTOLOGY = """\
@base <https://w3id.org/steamkg/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix steam: <https://w3id.org/steamkg/ontology#> .

<id/modality/stated>
    a skos:Concept ;
    skos:prefLabel "stated"@en , "teigiama"@lt .

<ontology>
    a owl:Ontology ;
    owl:versionIRI <ontology/0.1.0> .

steam:Centre
    a owl:Class .

steam:MethodologicalCentre
    a owl:Class ;
    rdfs:subClassOf steam:Centre ;
    owl:disjointWith steam:RegionalCentre .

steam:RegionalCentre
    a owl:Class ;
    rdfs:subClassOf steam:Centre .

steam:helpedBy
    a owl:ObjectProperty .

steam:helps
    a owl:ObjectProperty ;
    owl:inverseOf steam:helpedBy .

steam:host
    a owl:ObjectProperty , owl:FunctionalProperty .

steam:modality
    a owl:ObjectProperty .

steam:siblingOf
    a owl:ObjectProperty .
"""
CENTRES = """\
@base <https://w3id.org/steamkg/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix steam: <https://w3id.org/steamkg/ontology#> .

<id/centre/alytus>
    a steam:RegionalCentre ;
    skos:prefLabel "Alytaus centras"@lt ;
    steam:modality <id/modality/stated> .

<id/centre/vilnius>
    a steam:MethodologicalCentre ;
    skos:prefLabel "Vilniaus centras"@lt ;
    steam:helps <id/centre/alytus> ;
    steam:modality <id/modality/stated> .
"""
LABELS = """\
@base <https://w3id.org/steamkg/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .

<id/centre/alytus>
    skos:prefLabel "Alytus centre"@en .

<id/centre/vilnius>
    skos:prefLabel "Vilnius centre"@en .
"""
SHAPES = """\
@base <https://w3id.org/steamkg/> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix shape: <https://w3id.org/steamkg/shapes#> .
@prefix steam: <https://w3id.org/steamkg/ontology#> .

shape:Centre
    a sh:NodeShape ;
    sh:targetClass steam:Centre ;
    sh:property [
        sh:path steam:modality ;
        sh:minCount 1 ;
        sh:message "A centre has a modality."@en , "Centras turi modalumą."@lt ;
    ] .
"""
RULE = """\
PREFIX steam: <https://w3id.org/steamkg/ontology#>
CONSTRUCT { ?one steam:siblingOf ?other }
WHERE { ?one a steam:Centre . ?other a steam:Centre . FILTER(?one != ?other) }
"""
QUERY = """\
#+ title@en: All centres
PREFIX steam: <https://w3id.org/steamkg/ontology#>
SELECT ?centre WHERE { ?centre a steam:Centre } ORDER BY ?centre
"""
FILES = {
    "ontology/steamkg.ttl": ONTOLOGY,
    "ontology/rules/siblings.rq": RULE,
    "data/model/centres.ttl": CENTRES,
    "data/label/en/ours.ttl": LABELS,
    "shapes/centre.ttl": SHAPES,
    "queries/centres/all.rq": QUERY,
}


@dataclass(frozen=True)
class Tree:
    """A content tree on disk."""

    root: Path

    @property
    def content(self) -> Content:
        return Content(self.root)

    def write(self, name: str, text: str | bytes) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    def edit(self, name: str, old: str, new: str) -> None:
        """Replaces one passage of a file; fails when it is not there exactly once."""
        text = (self.root / name).read_text()
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {name}"
        self.write(name, text.replace(old, new))

    def document(self, name: str) -> Document | Finding:
        (file,) = (file for file in self.content.turtle_files() if file.name == name)
        return turtle.read(file)

    def documents(self) -> list[Document]:
        read = [turtle.read(file) for file in self.content.turtle_files()]
        assert all(isinstance(document, Document) for document in read), read
        return [document for document in read if isinstance(document, Document)]


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    made = Tree(tmp_path / "content")
    for name, text in FILES.items():
        made.write(name, text)
    return made


@pytest.fixture
def data(tree: Tree) -> Callable[[str], Document | Finding]:
    """Reads a data file with the given text."""

    def read(text: str | bytes) -> Document | Finding:
        tree.write("data/model/centres.ttl", text)
        return tree.document("data/model/centres.ttl")

    return read
