"""The link graphs against the table of identifiers: every row is linked, or its reason stands here.

The links were made from the table once and are kept as reviewed Turtle; here they are made again
and the difference is shown. What needs no table (evidence for each link, no identifier of two
things) is tested in every clone.
"""

import csv
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import pytest
from rdflib import DCTERMS, FOAF, OWL, RDF, SKOS, Graph, Literal, Namespace, URIRef
from rdflib.term import Node

BASE = "https://w3id.org/steamkg/"
ADDED = Path(__file__).parent / "identifiers.csv"
"""Rows in the form of the table, each read in the source that it names."""
STEAM = Namespace(BASE + "ontology#")
ENTITY = Namespace(BASE + "id/")
GEO = Namespace("http://www.opengis.net/ont/geosparql#")
TERRITORY_GRAPH = URIRef(BASE + "graph/link/territory")
LABELS = (SKOS.prefLabel, SKOS.altLabel, SKOS.hiddenLabel)
PAGES = {"homepage": FOAF.homepage, "wikipedia": FOAF.isPrimaryTopicOf}
"""Schemes whose value is the address of a page."""
SAME = {
    "geonames": "https://sws.geonames.org/{}/",
    "ror": "https://ror.org/{}",
    "wikidata": "http://www.wikidata.org/entity/{}",
}
"""Registers whose IRI names the thing itself."""
CONCEPTS = {
    "atu": "http://publications.europa.eu/resource/authority/atu/{}",
    "eu-country": "http://publications.europa.eu/resource/authority/country/{}",
    "eurovoc": "http://eurovoc.europa.eu/{}",
    "nuts": "http://data.europa.eu/nuts/code/{}",
}
"""Authority tables and thesauri, whose IRI names a concept of the thing."""
CODES = {
    "address-register",
    "deqar",
    "erasmus",
    "eter",
    "eu-pic",
    "fundref",
    "grid",
    "isni",
    "iso3166-1-alpha2",
    "iso3166-1-alpha3",
    "iso3166-1-numeric",
    "iso3166-2",
    "lau",
    "legal-code",
}
"""Schemes that are linked by their code alone."""
ABOUT_CONCEPT = {
    "Unesco": "organisation/unesco",
    "Vilnius county": "territory/vilniaus-apskritis",
}
"""EuroVoc concepts of the table that are about one thing of ours."""
TERRITORIES = {"county", "municipality"}
LINKING = {DCTERMS.identifier, FOAF.focus, OWL.sameAs, *PAGES.values()}

SCHEMES_LEFT_OUT = {
    "address": "geography",
    "county": "is geo:sfWithin in the territory graph",
    "esco": "a concept: alignment",
    "kohesio": "identifies the EU project, one for seven centres, and is no Wikidata item",
    "lat": "geography",
    "legal-code-administration": "the municipality's administration is not in the graph",
    "legal-code-unspecified": "the source does not say whose code it is",
    "long": "geography",
    "nuts3-parent": "is the NUTS code of the county",
    "official-name": "is the name in the territory graph",
    "page-about": "a page about the thing, of somebody else",
    "project-code": "identifies the project",
    "status": "is a note on the ROR id",
    "successor": "later development",
    "wof": "belongs to the geometry; three of the records are superseded",
}
"""Schemes of the table without links, each with its reason."""
VALUES_LEFT_OUT = {
    "122588443": "UAB Atea, the company, and not its Alytus branch",
    "https://suduvosakademija.lt/": "of the later name: later development",
    "http://www.unesco.org/new/en/venice/about-this-office/how-we-work/": "a page within a site",
    "https://en.unesco.org/fieldoffice/venice/expertise": "a page within a site",
}
KINDS_LEFT_OUT = {
    "admin-unit-type": "a type of area",
    "concept": "a concept: alignment",
    "sdg-goal": "a concept: alignment",
    "sdg-target": "a concept: alignment",
}


class Row(NamedTuple):
    """A row of the table."""

    label_lt: str
    label_en: str
    kind: str
    scheme: str
    value: str
    source: str
    retrieved: str
    licence: str


class Link(NamedTuple):
    """What a link says, without the address of its evidence."""

    scheme: str
    thing: str
    code: str
    evidence: str
    retrieved: str
    licence: str


def slug(text: str) -> str:
    """``text`` as an IRI of ours writes it."""
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", ascii_text).strip("-")


def scheme_of(row: Row) -> str:
    """The scheme of a row; that of an address goes by the address."""
    for scheme, pattern in CONCEPTS.items():
        if row.value.startswith(pattern.format("")):
            return scheme
    return row.scheme


def code_of(row: Row) -> str:
    """The identifier alone, without the address around it and without blanks."""
    if row.scheme == "isni":
        return row.value.replace(" ", "")
    if row.scheme == "ror" or scheme_of(row) in CONCEPTS:
        return row.value.rpartition("/")[2]
    return row.value


def left_out(row: Row) -> str:
    """Why a row makes no link; "" when it makes one."""
    if row.kind == "country" and row.label_en == "Lithuania":
        return "is not in the graph"
    if row.kind in KINDS_LEFT_OUT and row.label_en not in ABOUT_CONCEPT:
        return KINDS_LEFT_OUT[row.kind]
    return SCHEMES_LEFT_OUT.get(row.scheme, "") or VALUES_LEFT_OUT.get(row.value, "")


class Things:
    """Finds the thing that a row of the table is about."""

    def __init__(self, data: Graph, table: list[Row]) -> None:
        self._named = defaultdict(set)
        for predicate in LABELS:
            for thing, label in data.subject_objects(predicate):
                self._named[str(label)].add(str(thing).removeprefix(ENTITY))
        official = (row for row in table if row.scheme == "official-name")
        self._official = {row.label_lt: row.value for row in official}

    def find(self, row: Row) -> str:
        """Kind and slug of it."""
        if row.label_en in ABOUT_CONCEPT and row.kind == "concept":
            return ABOUT_CONCEPT[row.label_en]
        if row.kind in TERRITORIES:
            return f"territory/{slug(self.register_name(row))}"
        found = self.named(row.label_lt, row.kind) or self.named(
            re.sub(r" \(.*\)$", "", row.label_lt), row.kind
        )
        assert len(found) == 1, (row, found)
        return found.pop()

    def register_name(self, row: Row) -> str:
        """The name of a county or municipality in the register."""
        return self._official.get(row.label_lt, row.label_lt)

    def named(self, name: str, kind: str) -> set[str]:
        """What is called so, of the kinds that the kind of the table can be."""
        kinds = {kind} if kind in {"city", "country"} else {"organisation", "centre", "network"}
        return {thing for thing in self._named[name] if thing.partition("/")[0] in kinds}


@pytest.fixture(scope="module")
def table(shared: Path) -> list[Row]:
    """The table of identifiers, which is not part of a clone, and the rows added since."""
    found = []
    for path in (shared / "reference" / "identifiers.csv", ADDED):
        with path.open(encoding="utf-8", newline="") as file:
            found += [Row(**row) for row in csv.DictReader(file)]
    return found


@pytest.fixture(scope="module")
def data(root: Path) -> Graph:
    """All data in one graph, later developments left out: their things are linked by nothing."""
    graph = Graph()
    for file in (root / "data").glob("**/*.ttl"):
        if file.parent.name != "later":
            graph.parse(file)
    return graph


@pytest.fixture(scope="module")
def graphs(root: Path) -> dict[str, Graph]:
    """The link graphs by name."""
    return {
        file.stem: Graph().parse(file) for file in sorted((root / "data" / "link").glob("*.ttl"))
    }


def links_of(data: Graph, table: list[Row]) -> Counter[Link]:
    """The links that the table makes."""
    things = Things(data, table)
    return Counter(
        Link(scheme_of(row), things.find(row), code_of(row), row.source, row.retrieved, row.licence)
        for row in table
        if not left_out(row)
    )


def only(graph: Graph, subject: Node, predicate: URIRef) -> str:
    """The one value, an entity by kind and slug."""
    (value,) = graph.objects(subject, predicate)
    return str(value).removeprefix(ENTITY)


def written(graph: Graph) -> Iterator[tuple[URIRef, Link]]:
    """The links that a link graph holds, by the node that bears the evidence."""
    for node in graph.subjects(RDF.type, STEAM.Identification):
        yield (
            URIRef(str(node)),
            Link(
                only(graph, node, STEAM.identifierScheme).removeprefix("identifier-scheme/"),
                only(graph, node, STEAM.identifies),
                only(graph, node, SKOS.notation),
                only(graph, node, STEAM.evidence),
                only(graph, node, STEAM.retrieved),
                only(graph, node, STEAM.licence),
            ),
        )


def triples_of(link: Link) -> set[tuple[Node, Node, Node]]:
    """What a linker reads: the identifier with its scheme, and the address where there is one."""
    thing = ENTITY[link.thing]
    if link.scheme in PAGES:
        return {(thing, PAGES[link.scheme], URIRef(link.code))}
    scheme = ENTITY[f"identifier-scheme/{link.scheme}"]
    found: set[tuple[Node, Node, Node]] = {
        (thing, DCTERMS.identifier, Literal(link.code, datatype=scheme))
    }
    if link.scheme in SAME:
        found.add((thing, OWL.sameAs, URIRef(SAME[link.scheme].format(link.code))))
    if link.scheme in CONCEPTS:
        found.add((URIRef(CONCEPTS[link.scheme].format(link.code)), FOAF.focus, thing))
    return found


def evidence_of(row: Row) -> set[tuple[Node, Node, Node]]:
    """The evidence for the territory graph as a whole; the codes bear their own as well."""
    return {
        (TERRITORY_GRAPH, STEAM.evidence, Literal(row.source)),
        (TERRITORY_GRAPH, STEAM.retrieved, Literal(row.retrieved)),
        (TERRITORY_GRAPH, STEAM.licence, Literal(row.licence)),
    }


def territories_of(data: Graph, table: list[Row]) -> set[tuple[Node, Node, Node]]:
    """The territories that the table makes."""
    things = Things(data, table)
    classes = {"county": STEAM.County, "municipality": STEAM.MunicipalTerritory}
    found: set[tuple[Node, Node, Node]] = set()
    for row in table:
        if row.kind not in TERRITORIES:
            continue
        territory = ENTITY[things.find(row)]
        if row.scheme in {"lau", "address-register"}:
            found |= {
                (territory, RDF.type, DCTERMS.Location),
                (territory, RDF.type, classes[row.kind]),
                (territory, SKOS.prefLabel, Literal(things.register_name(row), lang="lt")),
            }
            found |= evidence_of(row)
            for municipality in things.named(row.label_lt, row.kind):
                found.add((ENTITY[municipality], DCTERMS.spatial, territory))
        if row.scheme == "county":
            found |= evidence_of(row)
            found.add((territory, GEO.sfWithin, ENTITY[f"territory/{slug(row.value)}"]))
    return found


def test_every_row_is_linked_or_has_its_reason(data: Graph, table: list[Row]) -> None:
    known = set(PAGES) | set(SAME) | set(CONCEPTS) | CODES
    assert not {scheme_of(row) for row in table if not left_out(row)} - known
    assert set(SCHEMES_LEFT_OUT) <= {row.scheme for row in table}
    assert set(VALUES_LEFT_OUT) <= {row.value for row in table}
    assert links_of(data, table)


def test_the_links_are_those_of_the_table(
    data: Graph, table: list[Row], graphs: dict[str, Graph]
) -> None:
    kept = Counter(link for graph in graphs.values() for _, link in written(graph))
    made = links_of(data, table)
    assert sorted((made - kept).elements()) == [], "in the table alone"
    assert sorted((kept - made).elements()) == [], "in the graphs alone"


def test_the_territories_are_those_of_the_table(
    data: Graph, table: list[Row], graphs: dict[str, Graph]
) -> None:
    described = {triple for triple in graphs["territory"] if triple[1] != DCTERMS.description}
    made = territories_of(data, table)
    assert sorted(made - described) == [], "in the table alone"
    assert sorted(described - made) == [], "in the graph alone"


def test_territories_are_called_in_english_as_in_the_table(data: Graph, table: list[Row]) -> None:
    things = Things(data, table)
    for row in table:
        if row.kind in TERRITORIES:
            territory = ENTITY[things.find(row)]
            assert (territory, SKOS.prefLabel, Literal(row.label_en, lang="en")) in data


def test_each_link_stands_with_its_evidence_in_the_graph_of_its_scheme(
    graphs: dict[str, Graph],
) -> None:
    for name, graph in graphs.items():
        evident = set()
        for _, link in written(graph):
            assert link.scheme == name
            evident |= triples_of(link)
        said = {triple for triple in graph if triple[1] in LINKING}
        assert said == evident, name


def test_the_address_of_the_evidence_names_scheme_and_identifier(graphs: dict[str, Graph]) -> None:
    for graph in graphs.values():
        for node, link in written(graph):
            code = re.sub(r"^https?://(www\.)?", "", link.code)
            address = re.escape(f"{ENTITY}identification/{link.scheme}-{slug(code)}")
            assert re.fullmatch(f"{address}(-[2-9])?", node), (node, link)


def test_no_identifier_belongs_to_two_things(graphs: dict[str, Graph]) -> None:
    owners = defaultdict(set)
    for graph in graphs.values():
        for subject, predicate, value in graph:
            if predicate == FOAF.focus:
                owners[subject].add(value)
            elif predicate in LINKING:
                owners[value].add(subject)
    assert owners
    assert [value for value, things in owners.items() if len(things) > 1] == []


def test_nothing_of_ours_is_the_same_as_another_thing_of_ours(data: Graph) -> None:
    same = list(data.subject_objects(OWL.sameAs))
    assert same
    assert [pair for pair in same if str(pair[1]).startswith(BASE)] == []
    outside = defaultdict(set)
    for ours, theirs in same:
        outside[theirs].add(str(ours).removeprefix(ENTITY).partition("/")[0])
    assert all(len(kinds) == 1 for kinds in outside.values())


def test_a_municipality_and_its_territory_share_no_link(data: Graph) -> None:
    pairs = [
        pair for pair in data.subject_objects(DCTERMS.spatial) if "/organisation/" in str(pair[0])
    ]
    assert len(pairs) == len(set(data.subjects(RDF.type, STEAM.Municipality)))
    for pair in pairs:
        for one, other in combinations(pair, 2):
            for predicate in (DCTERMS.identifier, OWL.sameAs, FOAF.homepage):
                assert not set(data.objects(one, predicate)) & set(data.objects(other, predicate))


def test_each_municipal_territory_lies_in_one_county(data: Graph) -> None:
    counties = set(data.subjects(RDF.type, STEAM.County))
    assert len(counties) == 10
    municipal = set(data.subjects(RDF.type, STEAM.MunicipalTerritory))
    assert len(municipal) == 60
    for territory in municipal:
        (county,) = data.objects(territory, GEO.sfWithin)
        assert county in counties


def test_what_has_no_link_has_one_reason_and_what_has_a_link_none(data: Graph) -> None:
    kinds = ("alliance", "centre", "city", "country", "network", "organisation", "territory")
    things = {
        thing
        for thing in data.subjects(SKOS.prefLabel)
        if str(thing).removeprefix(ENTITY).partition("/")[0] in kinds
    }
    linked = set(data.objects(None, STEAM.identifies))
    reasons = Counter(
        thing
        for reason in data.subjects(SKOS.inScheme, ENTITY["scheme/link-gap"])
        for thing in data.objects(reason, DCTERMS.relation)
    )
    assert sorted(things - linked - set(reasons)) == [], "add them to data/link/unlinked.ttl"
    assert sorted(set(reasons) & linked) == [], "take them out of data/link/unlinked.ttl"
    assert set(reasons) <= things
    assert set(reasons.values()) == {1}
