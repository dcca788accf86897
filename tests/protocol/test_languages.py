"""What the service description says of the languages, asked of the engine itself."""

import pyoxigraph as ox
import pytest

from steamkg.protocol import languages
from steamkg.protocol.formats import CHOICES, Kind, Offer
from steamkg.protocol.service_description import Features, description

DATA = """
VERSION "1.2"
PREFIX : <http://x/>
:a :p :b ; :n 1 ; :d "hi"@en--ltr .
:t :p :o ~ :r {| :since 2020 |} .
"""
PREFIX = "PREFIX : <http://x/> PREFIX xsd: <http://www.w3.org/2001/XMLSchema#> "
MIDNIGHT = '"2020-01-01T00:00:00Z"^^xsd:dateTime'
WKT = '"POLYGON((0 0,0 2,2 2,2 0,0 0))"^^<http://www.opengis.net/ont/geosparql#wktLiteral>'
METRE = "<http://www.opengis.net/def/uom/OGC/1.0/metre>"


@pytest.fixture(scope="module")
def store() -> ox.Store:
    """Triples that only RDF 1.2 has."""
    store = ox.Store()
    store.load(DATA.encode(), ox.RdfFormat.TURTLE)
    return store


def rows(store: ox.Store, query: str) -> list[list[str]]:
    found = store.query(PREFIX + query)
    assert isinstance(found, ox.QuerySolutions)
    return [[str(term) for term in row] for row in found]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("SELECT ?y { :t :p :o ~ ?r {| :since ?y |} }", "2020"),
        ("SELECT ?y { << :t :p ?o >> :since ?y }", "2020"),
        ("SELECT ?o { ?r ?p <<( :t :p ?o )>> }", "<http://x/o>"),
        ("SELECT (OBJECT(TRIPLE(:a, :b, :c)) AS ?o) {}", "<http://x/c>"),
        ("SELECT (LANGDIR(?o) AS ?d) { :a :d ?o }", "ltr"),
        ('SELECT (hasLANGDIR("x"@ar--rtl) AS ?d) {}', "true"),
        ('SELECT (STRLANGDIR("x", "ar", "rtl") AS ?d) {}', '"x"@ar--rtl'),
        ("VERSION '1.2' SELECT ?n { :a :n ?n }", "1"),
        ("VERSION 'never' SELECT ?n { :a :n ?n }", "1"),
        ("SELECT ?n { ?a :p :b LATERAL { SELECT ?n { ?a :n ?n } LIMIT 1 } }", "1"),
        (f'SELECT (ADJUST({MIDNIGHT}, "PT2H"^^xsd:dayTimeDuration) AS ?d) {{}}', "T02:00:00+02"),
    ],
)
def test_engine_speaks_what_is_said(store: ox.Store, query: str, found: str) -> None:
    ((value,),) = rows(store, query)
    assert found in value


@pytest.mark.parametrize(
    "query",
    ["SELECT (sameValue(1, 1.0) AS ?x) {}", f"SELECT (ADJUST({MIDNIGHT}) AS ?d) {{}}"],
)
def test_engine_does_not_speak_what_is_not_said(store: ox.Store, query: str) -> None:
    with pytest.raises(SyntaxError):
        rows(store, query)


@pytest.mark.parametrize("function", languages.FUNCTIONS)
def test_function_that_is_named_gives_a_value(store: ox.Store, function: str) -> None:
    values = []
    for arguments in (WKT, f"{WKT}, {WKT}", f"{WKT}, {METRE}"):
        values += rows(store, f"SELECT (<{function}>({arguments}) AS ?x) {{}}")
    point = WKT.replace("POLYGON((0 0,0 2,2 2,2 0,0 0))", "POINT(1 2)")
    values += rows(store, f"SELECT (<{function}>({point}, {point}, {METRE}) AS ?x) {{}}")
    assert any(value != "None" for (value,) in values)


@pytest.mark.parametrize("one", [one for one in CHOICES if one.kind is Kind.TRIPLES])
def test_every_format_but_json_ld_holds_triple_terms(store: ox.Store, one) -> None:  # type: ignore[no-untyped-def]
    kind = ox.RdfFormat.from_media_type(one.media_type)
    assert kind is not None
    triples = [quad.triple for quad in store]
    if one.title == "JSON-LD":
        with pytest.raises(OSError, match=r"RDF 1\.2"):
            ox.serialize(triples, format=kind)
        return
    written = ox.serialize(triples, format=kind)
    again = ox.Dataset(ox.Quad(*quad.triple) for quad in ox.parse(written, kind))
    assert len(again) == len(triples)
    assert any(isinstance(quad.object, ox.Triple) for quad in again)
    assert any(getattr(quad.object, "direction", None) for quad in again)


def test_description_tells_languages_versions_extensions_and_functions() -> None:
    turtle = next(one for one in CHOICES if one.title == "Turtle")
    offer = Offer(turtle, turtle.media_type)
    store = ox.Store()
    body = description({"graphs": {}}, "http://h/sparql", offer, Features(update=True, own=False))
    store.load(body, ox.RdfFormat.TURTLE)

    def values(name: str) -> set[str]:
        sd = "http://www.w3.org/ns/sparql-service-description#"
        return {
            quad.object.value
            for quad in store.quads_for_pattern(None, ox.NamedNode(sd + name), None)
        }

    languages_of = {value.rpartition("#")[2] for value in values("supportedLanguage")}
    assert languages_of == {"SPARQLQuery", "SPARQLUpdate", "SPARQL11Query", "SPARQL11Update"}
    assert values("supportedVersion") == set(languages.VERSIONS)
    assert values("languageExtension") == set(languages.EXTENSIONS.values())
    assert values("extensionFunction") == set(languages.FUNCTIONS)
    assert {value.rpartition("#")[2] for value in values("feature")} == {"EmptyGraphs"}
