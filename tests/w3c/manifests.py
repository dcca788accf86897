"""The W3C's test manifests as a list of cases.

Vocabularies: test-manifest, test-query, test-update. ``SUITE`` lies beside the checkout and is no
part of it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import rdflib
from rdflib.collection import Collection
from rdflib.term import Node

SUITE = Path(__file__).resolve().parents[3] / "shared" / "w3c" / "sparql11"
MF = rdflib.Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
QT = rdflib.Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-query#")
UT = rdflib.Namespace("http://www.w3.org/2009/sparql/tests/test-update#")
SD = rdflib.Namespace("http://www.w3.org/ns/sparql-service-description#")


@dataclass(frozen=True, kw_only=True)
class Data:
    """A dataset of files: one for the default graph, and one for each named graph."""

    default: Path | None = None
    named: tuple[tuple[str, Path], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Case:
    """A test: ``name`` is folder and fragment, ``kind`` the class of test without its version.

    ``services`` are the endpoints that it asks, with their data.
    """

    name: str
    kind: str
    text: Path
    before: Data
    after: Data
    result: Path | None = None
    entailment: bool = False
    services: tuple[tuple[str, Path], ...] = ()

    @property
    def base(self) -> str:
        """The IRI that relative ones are resolved against: that of the text."""
        return self.text.as_uri()


def cases(suite: Path) -> Iterator[Case]:
    """Every test of every folder, in the manifests' order."""
    for manifest in sorted(suite.glob("*/manifest.ttl")):
        graph = rdflib.Graph().parse(manifest, publicID=manifest.as_uri())
        for entries in graph.objects(None, MF.entries):
            for test in Collection(graph, entries):
                yield _case(graph, manifest.parent.name, test)


def _case(graph: rdflib.Graph, folder: str, test: Node) -> Case:
    kind = str(graph.value(test, rdflib.RDF.type)).rpartition("#")[2].removesuffix("11")
    action, result = graph.value(test, MF.action), graph.value(test, MF.result)
    text = graph.value(action, QT.query) or graph.value(action, UT.request) or action
    is_update = kind == "UpdateEvaluationTest"
    return Case(
        name=f"{folder}/{str(test).rpartition('#')[2]}",
        kind=kind,
        text=_path(text),
        before=_data(graph, action),
        after=_data(graph, result) if is_update else Data(),
        result=_path(result) if isinstance(result, rdflib.URIRef) and not is_update else None,
        entailment=(action, SD.entailmentRegime, None) in graph,
        services=tuple(
            (str(graph.value(one, QT.endpoint)), _path(graph.value(one, QT.data) or one))
            for one in graph.objects(action, QT.serviceData)
        ),
    )


def _data(graph: rdflib.Graph, node: Node | None) -> Data:
    default = graph.value(node, QT.data) or graph.value(node, UT.data)
    named = []
    for one in [*graph.objects(node, QT.graphData), *graph.objects(node, UT.graphData)]:
        file = graph.value(one, QT.graph) or graph.value(one, UT.graph)
        if file is None:  # the file is named by its own address
            named.append((str(one), _path(one)))
        else:
            named.append((str(graph.value(one, rdflib.RDFS.label)), _path(file)))
    return Data(default=_path(default) if default else None, named=tuple(sorted(named)))


def _path(iri: Node) -> Path:
    return Path(rdflib.URIRef(str(iri)).toPython().removeprefix("file://"))
