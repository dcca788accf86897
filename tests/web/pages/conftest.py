"""A small graph in our own vocabulary, and the application that shows it, with its real engine."""

import hashlib
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
from flask import Flask, render_template_string
from flask.testing import FlaskClient
from werkzeug.serving import make_server

from steamkg.engine.library import Library
from steamkg.engine.pool import Pool
from steamkg.engine.store import Build
from steamkg.graph.content import DEFAULT_KINDS
from steamkg.graph.names import BASE, GRAPH, INFERRED, ONTOLOGY_GRAPH, PREFIXES, SHAPES_GRAPH
from steamkg.graph.publish import Builds
from steamkg.settings import Settings
from steamkg.web.app import create_app

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("chrome")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
WATCH = """
window.violations = [];
document.addEventListener("securitypolicyviolation",
  event => window.violations.push(event.violatedDirective + " " + event.blockedURI));
"""
PARTNERS = 60
_SECTION = """
<id/document/model> a steam:Document ; skos:prefLabel "Modelis"@lt ; steam:asOf "2020"^^xsd:gYear .
<id/section/map> a steam:Section ; skos:prefLabel "Žemėlapis"@lt ; steam:pageNumber 13 ;
  steam:firstLine 3 ; steam:lastLine 90 ; dcterms:isPartOf <id/document/model> .
<id/section/business> a steam:Section ; skos:prefLabel "Verslas"@lt ;
  steam:firstLine 5 ; steam:lastLine 80 ; dcterms:isPartOf <id/section/map> .
<id/passage/model-7-9> a steam:Passage ; dcterms:isPartOf <id/section/business> ;
  steam:firstLine 7 ; steam:lastLine 9 .
<id/network/tinklas> a steam:Network ; skos:prefLabel "Tinklas"@lt ;
  steam:modality <id/modality/stated> ; dcterms:source <id/passage/model-7-9> .
<id/organisation/infobalt> a org:Organization ; skos:prefLabel "Infobalt"@lt ;
  skos:altLabel "<script>alert('x')</script> & „Infobalt“"@lt ;
  steam:modality <id/modality/stated> ; dcterms:source <id/passage/model-7-9> .
<id/partnership/infobalt> a steam:Partnership ; steam:partner <id/organisation/infobalt> ;
  steam:partnerTo <id/network/tinklas> ; steam:partnershipStatus <id/partnership-status/existing> ;
  steam:category <id/partner-category/associations> ; steam:modality <id/modality/stated> ;
  dcterms:source <id/passage/model-7-9> .
<id/partner-category/associations> a steam:PartnerCategory ; skos:prefLabel "Asociacijos"@lt ;
  skos:topConceptOf <id/scheme/categories> ; steam:modality <id/modality/stated> .
<id/partner-list/associations-potential> a steam:PartnerList ;
  steam:category <id/partner-category/associations> ;
  steam:partnershipStatus <id/partnership-status/potential> ; steam:modality <id/modality/stated> .
<id/body/board> a steam:ProposedBody ; skos:prefLabel "Valdyba"@lt ;
  steam:modality <id/modality/proposal> ; dcterms:source <id/passage/model-7-9> .
<id/centre/vilnius> a steam:MethodologicalCentre ; steam:modality <id/modality/stated> .
<id/task/coordinates> a steam:Task ; steam:performer <id/body/board> ;
  dcterms:description "Would coordinate the network."@en , "Koordinuotų tinklą."@lt .
""" + "".join(
    f"<id/partnership/p{n:02}> a steam:Partnership ; steam:partnerTo <id/network/tinklas> ;"
    f" steam:partner <id/organisation/o{n:02}> ;"
    " steam:category <id/partner-category/associations> ;"
    " steam:partnershipStatus <id/partnership-status/potential> .\n"
    f'<id/organisation/o{n:02}> a org:Organization ; skos:prefLabel "Įmonė {n:02}"@lt .\n'
    for n in range(PARTNERS - 1)
)
_GRAPHS = {
    GRAPH + "model/business": ("section", _SECTION),
    GRAPH + "link/territory": (
        "link",
        "<id/territory/kauno-miesto-savivaldybe> a steam:MunicipalTerritory ;"
        ' skos:prefLabel "Kauno miesto savivaldybė"@lt ;'
        " geo:sfWithin <id/territory/kauno-apskritis> ."
        ' <id/territory/kauno-apskritis> a steam:County ; skos:prefLabel "Kauno apskritis"@lt .',
    ),
    GRAPH + "label/en/ours": (
        "label",
        '<id/network/tinklas> skos:prefLabel "The network"@en . '
        '<id/body/board> skos:prefLabel "The board"@en . '
        '<id/partner-category/associations> skos:prefLabel "Associations"@en . '
        '<id/centre/vilnius> skos:prefLabel "Vilnius centre"@en , "Vilniaus centras"@lt .',
    ),
    INFERRED: (
        "inferred",
        "<id/organisation/infobalt> steam:existingPartnerOf <id/network/tinklas> ; a foaf:Agent . "
        "<id/centre/vilnius> a steam:Centre . <id/partner-category/associations> a skos:Concept .",
    ),
    GRAPH + "later/network": ("later", '<id/organisation/infobalt> skos:note "Renamed"@en .'),
    GRAPH + "later/institutions": (
        "later",
        "<id/development/renamed> a steam:Development ; steam:affects <id/organisation/infobalt> ;"
        ' dcterms:description "It was renamed."@en ; steam:modality <id/modality/stated> ;'
        " dcterms:source <id/outside-source/register> . "
        '<id/outside-source/register> dcterms:title "The register"@en .',
    ),
    GRAPH + "graphs": (
        "graphs",
        "<graph/model/business> dcterms:type <id/graph-kind/section> ; "
        "dcterms:source <id/section/business> . "
        "<graph/later/institutions> dcterms:type <id/graph-kind/later> .",
    ),
    SHAPES_GRAPH: (
        "shapes",
        "<shapes#BodyName> sh:path skos:prefLabel ; sh:name 'name of the body'@en ; sh:order 1 ;"
        " sh:group <shapes#Identity> . <shapes#Identity> rdfs:label 'Identity'@en ; sh:order 1 . "
        "<shapes#Body> sh:targetClass steam:ProposedBody ; sh:property <shapes#BodyName> .",
    ),
}


@pytest.fixture(scope="session")
def pages_build(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Build:
    """The small graph together with the real ontology, as a build."""
    prefixes = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in PREFIXES.items())
    texts = {
        iri: (kind, f"@base <{BASE}> .\n{prefixes}{text}") for iri, (kind, text) in _GRAPHS.items()
    }
    ontology = "".join(
        (root / "ontology" / name).read_text("utf-8") for name in ("steamkg.ttl", "slovenian.ttl")
    )
    texts[ONTOLOGY_GRAPH] = ("ontology", ontology)
    dataset = ox.Dataset()
    graphs = {}
    for iri, (kind, text) in texts.items():
        quads = list(ox.parse(text, ox.RdfFormat.TURTLE))
        graphs[iri] = {"kind": kind, "triples": len(quads)}
        for quad in quads:
            dataset.add(ox.Quad(quad.subject, quad.predicate, quad.object, ox.NamedNode(iri)))
            if kind in DEFAULT_KINDS:
                dataset.add(ox.Quad(quad.subject, quad.predicate, quad.object))
    nquads = ox.serialize(dataset, format=ox.RdfFormat.N_QUADS)
    directory = tmp_path_factory.mktemp("pages")
    builds = Builds(directory)
    manifest = {
        "format": 1,
        "version": hashlib.sha256(nquads).hexdigest(),
        "built": "2026-11-21T12:00:00+00:00",
        "graphs": graphs,
        "default": sum(1 for quad in dataset if isinstance(quad.graph_name, ox.DefaultGraph)),
        "asserted": 0,
        "inferred": 4,
    }
    with builds.exclusively(waiting=lambda: None):
        builds.publish(nquads, manifest)
    return Build.open(directory)


@pytest.fixture(scope="session")
def library(root: Path) -> Library:
    """The stored queries of this checkout."""
    return Library.read(root / "queries")


@pytest.fixture(scope="session")
def pages_app(pages_build: Build, library: Library) -> Iterator[Flask]:
    """The application over the small graph, with a page that shows every component once."""
    components = (Path(__file__).parent / "components.html").read_text("utf-8")
    with Pool(pages_build, workers=2) as pool:
        app = create_app(Settings(), pool=pool, library=library)
        app.add_url_rule(
            "/en/components",
            view_func=lambda: render_template_string(
                components, page_address=lambda number: f"?page={number}"
            ),
            endpoint="components",
        )
        yield app


@pytest.fixture(scope="session")
def whole_app(real_build: Path, library: Library) -> Iterator[Flask]:
    """The application over the whole graph, for pages whose worth is in their content."""
    with Pool(Build.open(real_build), workers=2) as pool:
        yield create_app(Settings(), pool=pool, library=library)


@pytest.fixture
def visitor(whole_app: Flask) -> FlaskClient:
    """A browser-like client of the whole graph."""
    client = whole_app.test_client()
    client.environ_base["HTTP_ACCEPT"] = "text/html,*/*;q=0.8"
    return client


@pytest.fixture
def browser_like(pages_app: Flask) -> FlaskClient:
    """A client that accepts what browsers accept."""
    client = pages_app.test_client()
    accept = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    client.environ_base["HTTP_ACCEPT"] = accept
    return client


@pytest.fixture
def program(pages_app: Flask) -> FlaskClient:
    """A client that sends no Accept of its own."""
    return pages_app.test_client()


@pytest.fixture(scope="session")
def real_app(real_build: Path, library: Library) -> Iterator[Flask]:
    """The application over the project's own graph."""
    with Pool(Build.open(real_build), workers=2) as pool:
        yield create_app(Settings(), pool=pool, library=library)


@pytest.fixture
def reader(real_app: Flask) -> FlaskClient:
    """A client that reads the pages of the project's own graph."""
    return real_app.test_client()


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """The address at which an application answers, for real browsers."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


@pytest.fixture(scope="session")
def pages_url(pages_app: Flask) -> Iterator[str]:
    """Where the small graph is shown."""
    with served(pages_app) as url:
        yield url


@pytest.fixture(scope="session")
def real_url(real_app: Flask) -> Iterator[str]:
    """Where the project's own graph is shown."""
    with served(real_app) as url:
        yield url


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A running Chromium; the tests are skipped where there is none."""
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    sync = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with sync.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: Any, pages_url: str) -> Iterator[Any]:
    """Opens a path in a fresh context and watches the policy and where requests go."""
    with opener(chromium, pages_url) as open_:
        yield open_


@pytest.fixture
def open_real_page(chromium: Any, real_url: str) -> Iterator[Any]:
    """The same over the project's own graph."""
    with opener(chromium, real_url) as open_:
        yield open_


@contextmanager
def opener(chromium: Any, url: str) -> Iterator[Any]:
    """What opens a path below ``url`` in a fresh context."""
    contexts = []

    def open_(path: str, **options: Any) -> Any:
        context = chromium.new_context(**options)
        contexts.append(context)
        context.add_init_script(WATCH)
        page = context.new_page()
        page.asked = []
        page.said = []
        page.on("request", lambda request: page.asked.append(request.url))
        page.on("pageerror", lambda error: page.said.append(str(error)))
        page.goto(url + path)
        return page

    yield open_
    for context in contexts:
        context.close()
