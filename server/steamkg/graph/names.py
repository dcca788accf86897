"""The IRIs and prefixes that everything else is built on: one constant for the base.

Knows names only; what they mean stands in ``ontology/``. The prefix table is the one house table:
the linter, the stored queries, the editor and the descriptions all read it.
"""

from typing import Final

BASE: Final = "https://w3id.org/steamkg/"
STEAM: Final = BASE + "ontology#"
ENTITY: Final = BASE + "id/"
GRAPH: Final = BASE + "graph/"

ONTOLOGY_GRAPH: Final = BASE + "ontology"
SHAPES_GRAPH: Final = BASE + "shapes"
SHAPE: Final = BASE + "shapes#"
INFERRED: Final = GRAPH + "inferred"
DESCRIPTIONS: Final = GRAPH + "graphs"
"""The named graph in which every graph, itself included, is described."""
CATALOGUE: Final = GRAPH + "catalogue"
"""The named graph in which the dataset describes itself (DCAT, VoID); in no merged graph."""
GRAPH_KIND: Final = ENTITY + "graph-kind/"

ASSERTED: Final = GRAPH + "asserted"
ALL: Final = GRAPH + "all"
VIRTUAL: Final = frozenset((ALL, ASSERTED))
"""The two merged graphs, for ``FROM``, ``default-graph-uri`` and the graph store to name; no named
graph of the dataset has these names."""

PREFIXES: Final[dict[str, str]] = {
    "cpov": "http://data.europa.eu/m8g/",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcterms": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "geo": "http://www.opengis.net/ont/geosparql#",
    "geof": "http://www.opengis.net/def/function/geosparql/",
    "locn": "http://www.w3.org/ns/locn#",
    "org": "http://www.w3.org/ns/org#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "prov": "http://www.w3.org/ns/prov#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "schema": "https://schema.org/",
    "sd": "http://www.w3.org/ns/sparql-service-description#",
    "semapv": "https://w3id.org/semapv/vocab/",
    "sh": "http://www.w3.org/ns/shacl#",
    "shape": SHAPE,
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "sssom": "https://w3id.org/sssom/",
    "steam": STEAM,
    "vann": "http://purl.org/vocab/vann/",
    "void": "http://rdfs.org/ns/void#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}

_LOCAL_NAME_EXCLUDES: Final = frozenset("/#?:%()',;!*&=+$@~")


def short(iri: str) -> str:
    """``iri`` as our Turtle files write it: ``steam:Centre``, ``<id/centre/vilnius>``, ``<…>``."""
    for prefix, namespace in PREFIXES.items():
        local = iri.removeprefix(namespace)
        if local != iri and local and not _LOCAL_NAME_EXCLUDES & set(local):
            return f"{prefix}:{local}"
    return f"<{iri.removeprefix(BASE)}>" if iri != BASE else f"<{iri}>"
