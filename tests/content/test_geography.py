"""The geometries: a plane without overlap, counties made of municipalities, true to the reference.

The outlines were made once from the reference outlines, cleaned of slivers, generalized border by
border (Douglas and Peucker, 0.0012 degrees of latitude), and kept as reviewed Turtle. What follows
from them (counties, which territories touch, where a city lies) is computed again here.
"""

import csv
import json
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from itertools import combinations, pairwise
from pathlib import Path
from typing import NamedTuple

import pytest
from rdflib import PROV, RDF, SKOS, Graph, Literal, Namespace, URIRef

ENTITY = Namespace("https://w3id.org/steamkg/id/")
STEAM = Namespace("https://w3id.org/steamkg/ontology#")
GEO = Namespace("http://www.opengis.net/ont/geosparql#")
NARROWING = math.cos(math.radians(55.2))
"""How much shorter a degree of longitude is than one of latitude, in the middle of the country."""
KILOMETRES = 111.2
"""In a degree of latitude."""
SHARED_BORDER = 0.5
"""Kilometres from which on two territories are said to touch."""
GENERALIZED = 0.0012
CLEANED = 0.0002
"""Degrees of latitude by which a border may have moved."""
CELL = 0.02
TERMS = ("evidence", "licence", "retrieved")

Point = tuple[float, float]
Edge = tuple[Point, Point]


class Outline(NamedTuple):
    """Rings of a geometry, each with its first point again as its last."""

    text: str
    rings: tuple[tuple[Point, ...], ...]

    @property
    def edges(self) -> Iterator[Edge]:
        """From point to point, in the direction of the ring."""
        for ring in self.rings:
            yield from pairwise(ring)


def outline(text: str) -> Outline:
    """The geometry in well-known text."""
    rings = tuple(
        tuple((float(x), float(y)) for x, y in (pair.split() for pair in ring.split(",")))
        for ring in re.findall(r"\(([^()]+)\)", text)
    )
    return Outline(text, rings)


def undirected(edge: Edge) -> Edge:
    """The same for both directions."""
    return min(edge), max(edge)


def area(ring: Iterable[Point]) -> float:
    """Twice the area in square degrees; negative when clockwise."""
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring))


def contains(shape: Outline, point: Point) -> bool:
    """Whether an odd number of edges lies east of the point."""
    x, y = point
    return bool(
        sum(
            (a[1] > y) != (b[1] > y) and x < a[0] + (y - a[1]) / (b[1] - a[1]) * (b[0] - a[0])
            for a, b in shape.edges
        )
        % 2
    )


def side(edge: Edge, point: Point) -> float:
    """On which side of the edge the point lies; 0 on its line."""
    (ax, ay), (bx, by) = edge
    return round((bx - ax) * (point[1] - ay) - (by - ay) * (point[0] - ax), 12)


def crosses(one: Edge, other: Edge) -> bool:
    """Whether the edges meet anywhere but at a point that ends both."""
    if set(one) & set(other):
        shared = set(one) & set(other)
        ends = (set(one) | set(other)) - shared
        return len(shared) == 1 and any(
            side(edge, end) == 0 and distance(end, edge) == 0
            for edge in (one, other)
            for end in ends - set(edge)
        )
    return (
        side(one, other[0]) * side(one, other[1]) <= 0
        and side(other, one[0]) * side(other, one[1]) <= 0
    )


def distance(point: Point, edge: Edge) -> float:
    """From a point to an edge, in degrees of latitude."""
    (ax, ay), (bx, by) = edge
    dx, dy = (bx - ax) * NARROWING, by - ay
    x, y = (point[0] - ax) * NARROWING, point[1] - ay
    along = max(0.0, min(1.0, (x * dx + y * dy) / (dx * dx + dy * dy)))
    return math.hypot(x - along * dx, y - along * dy)


def cells(edge: Edge, margin: float = 0.0) -> Iterator[tuple[int, int]]:
    """The cells of a grid that the edge may pass through."""
    (ax, ay), (bx, by) = edge
    for column in range(
        math.floor((min(ax, bx) - margin) / CELL), math.floor((max(ax, bx) + margin) / CELL) + 1
    ):
        for row in range(
            math.floor((min(ay, by) - margin) / CELL), math.floor((max(ay, by) + margin) / CELL) + 1
        ):
            yield column, row


def in_cells(edges: Iterable[Edge], margin: float = 0.0) -> dict[tuple[int, int], list[Edge]]:
    """The edges by cell."""
    found = defaultdict(list)
    for edge in edges:
        for cell in cells(edge, margin):
            found[cell].append(edge)
    return found


def farthest(points: Iterable[Point], shape: Outline) -> float:
    """How far the farthest of the points lies from the outline; infinite where none is near."""
    near = in_cells(shape.edges, margin=0.01)
    return max(
        min(
            (distance((x, y), edge) for edge in near[math.floor(x / CELL), math.floor(y / CELL)]),
            default=math.inf,
        )
        for x, y in points
    )


@pytest.fixture(scope="module")
def geometry(root: Path) -> Graph:
    """The graph of geometries."""
    return Graph().parse(root / "data" / "link" / "geometry.ttl")


@pytest.fixture(scope="module")
def territories(root: Path) -> Graph:
    """The graph of territories."""
    return Graph().parse(root / "data" / "link" / "territory.ttl")


@pytest.fixture(scope="module")
def outlines(geometry: Graph, territories: Graph) -> dict[URIRef, Outline]:
    """Municipal territory to outline."""
    return outlines_of(STEAM.MunicipalTerritory, geometry, territories)


@pytest.fixture(scope="module")
def county_of(territories: Graph, outlines: dict[URIRef, Outline]) -> dict[URIRef, URIRef]:
    """Municipal territory to county."""
    found = {place: territories.value(place, GEO.sfWithin) for place in outlines}
    return {place: URIRef(str(county)) for place, county in found.items()}


def outlines_of(kind: URIRef, geometry: Graph, territories: Graph) -> dict[URIRef, Outline]:
    """The outlines of the territories of a kind."""
    found = {}
    for place in territories.subjects(RDF.type, kind):
        (node,) = geometry.objects(place, GEO.hasDefaultGeometry)
        assert set(geometry.objects(place, GEO.hasGeometry)) == {node}
        (text,) = geometry.objects(node, GEO.asWKT)
        found[URIRef(str(place))] = outline(str(text))
    return found


def test_all_territories_and_cities_have_a_geometry(
    geometry: Graph, territories: Graph, outlines: dict[URIRef, Outline]
) -> None:
    counties = outlines_of(STEAM.County, geometry, territories)
    assert (len(outlines), len(counties)) == (60, 10)
    cities = [place for place in geometry.subjects(GEO.hasGeometry) if "/city/" in str(place)]
    assert len(cities) == 10
    assert len(set(geometry.subjects(RDF.type, GEO.Geometry))) == 80


def test_a_geometry_has_the_slug_of_its_place(geometry: Graph) -> None:
    for place, node in geometry.subject_objects(GEO.hasGeometry):
        assert str(node).rpartition("/")[2] == str(place).rpartition("/")[2]


def test_rings_are_closed_and_turn_as_their_reader_expects(
    outlines: dict[URIRef, Outline], geometry: Graph, territories: Graph
) -> None:
    # Simple Features §6.1.11 and RFC 7946 §3.1.6: outside counterclockwise, holes clockwise.
    for shape in [
        *outlines.values(),
        *outlines_of(STEAM.County, geometry, territories).values(),
    ]:
        for polygon in re.findall(r"\((\([^()]+\)(?:,\([^()]+\))*)\)", shape.text):
            outside, *holes = outline(polygon).rings
            assert all(ring[0] == ring[-1] for ring in (outside, *holes))
            assert area(outside) > 0
            assert all(area(hole) < 0 for hole in holes)


def test_coordinates_have_four_decimals_at_most(outlines: dict[URIRef, Outline]) -> None:
    for shape in outlines.values():
        assert not re.search(r"\.\d{5}", shape.text)


def test_borders_cross_nowhere(outlines: dict[URIRef, Outline]) -> None:
    edges = {undirected(edge) for shape in outlines.values() for edge in shape.edges}
    assert all(one != other for one, other in edges)
    crossing = {
        pair
        for near in in_cells(edges).values()
        for pair in combinations(near, 2)
        if crosses(*pair)
    }
    assert crossing == set()


def test_neighbours_share_their_border(outlines: dict[URIRef, Outline]) -> None:
    directed = Counter(edge for shape in outlines.values() for edge in shape.edges)
    assert set(directed.values()) == {1}, "an edge twice in one direction is an overlap"
    shared = sum(1 for one, other in directed if (other, one) in directed)
    # What is not shared is the state border, the coast, the lagoon and the reservoir.
    assert 0.85 < shared / len(directed) < 0.95


def test_a_county_is_the_union_of_its_municipalities(
    geometry: Graph,
    territories: Graph,
    outlines: dict[URIRef, Outline],
    county_of: dict[URIRef, URIRef],
) -> None:
    for county, shape in outlines_of(STEAM.County, geometry, territories).items():
        members = {place for place in outlines if county_of[place] == county}
        edges = {edge for place in members for edge in outlines[place].edges}
        outer = {edge for edge in edges if (edge[1], edge[0]) not in edges}
        assert set(shape.edges) == outer
        node = geometry.value(county, GEO.hasDefaultGeometry)
        sources = {geometry.value(place, GEO.hasDefaultGeometry) for place in members}
        assert set(geometry.objects(node, PROV.wasDerivedFrom)) == sources


def test_territories_touch_where_they_share_half_a_kilometre(
    geometry: Graph, outlines: dict[URIRef, Outline]
) -> None:
    owner = {edge: place for place, shape in outlines.items() for edge in shape.edges}
    shared: Counter[tuple[URIRef, URIRef]] = Counter()
    for (one, other), place in owner.items():
        neighbour = owner.get((other, one))
        if neighbour:
            length = math.hypot((one[0] - other[0]) * NARROWING, one[1] - other[1])
            shared[place, neighbour] += length * KILOMETRES  # type: ignore[assignment]
    touching = {pair for pair, length in shared.items() if length >= SHARED_BORDER}
    assert set(geometry.subject_objects(GEO.sfTouches)) == touching
    alone = set(outlines) - {place for place, _ in touching}
    assert alone == {ENTITY["territory/neringos-savivaldybe"]}, "behind the lagoon"


def test_a_city_lies_in_the_territory_that_contains_its_point(
    geometry: Graph, outlines: dict[URIRef, Outline]
) -> None:
    cities = set(geometry.subject_objects(GEO.sfWithin))
    assert len(cities) == 10
    for city, territory in cities:
        text = geometry.value(geometry.value(city, GEO.hasDefaultGeometry), GEO.asWKT)
        ((point,),) = outline(str(text)).rings
        assert [place for place in outlines if contains(outlines[place], point)] == [territory]


def test_outlines_are_those_of_the_reference(
    shared: Path, territories: Graph, outlines: dict[URIRef, Outline]
) -> None:
    path = shared / "reference" / "municipalities.geojson"
    features = json.loads(path.read_text("utf-8"))["features"]
    assert len(features) == len(outlines)
    moved = {}
    for feature in features:
        name = feature["properties"]["name"]
        (place,) = territories.subjects(SKOS.prefLabel, Literal(name, lang="lt"))
        ours = outlines[URIRef(str(place))]
        rings = [[(x, y) for x, y in ring] for ring in feature["geometry"]["coordinates"]]
        theirs = Outline(name, tuple(tuple(ring) for ring in rings))
        assert len(ours.rings) == len(theirs.rings)
        left = farthest((point for ring in theirs.rings for point in ring), ours)
        added = farthest((point for ring in ours.rings for point in ring), theirs)
        moved[name] = max(left, added)
    assert {
        name: degrees for name, degrees in moved.items() if degrees > GENERALIZED + CLEANED
    } == {}
    # Cleaning moved few of them.
    assert sum(degrees <= GENERALIZED + 0.0001 for degrees in moved.values()) > 50


def test_evidence_is_that_of_the_table(shared: Path, geometry: Graph, territories: Graph) -> None:
    with (shared / "reference" / "identifiers.csv").open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    official = {row["label_lt"]: row["value"] for row in table if row["scheme"] == "official-name"}
    given = set()
    for row in table:
        if row["scheme"] == "long" and row["kind"] == "municipality":
            name = official.get(row["label_lt"], row["label_lt"])
            (place,) = territories.subjects(SKOS.prefLabel, Literal(name, lang="lt"))
            given.add((place, row["source"], row["licence"], row["retrieved"]))
        elif row["scheme"] == "long" and row["kind"] == "city":
            (latitude,) = (
                other["value"]
                for other in table
                if (other["label_lt"], other["kind"]) == (row["label_lt"], "city")
                and other["scheme"] == "lat"
            )
            point = Literal(f"POINT({row['value']} {latitude})", datatype=GEO.wktLiteral)
            (node,) = geometry.subjects(GEO.asWKT, point)
            place = geometry.value(predicate=GEO.hasGeometry, object=node)
            given.add((place, row["source"], row["licence"], row["retrieved"]))
    said = {
        (place, *(str(geometry.value(node, STEAM[term])) for term in TERMS))
        for place, node in geometry.subject_objects(GEO.hasGeometry)
        if (node, PROV.wasDerivedFrom, None) not in geometry
    }
    assert len(given) == 70
    assert said == given
