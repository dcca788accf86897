"""A tiny dataset in the layout that builds have, and pools that answer from it."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pyoxigraph as ox
import pytest

from steamkg.engine.pool import Pool
from steamkg.engine.question import Answer, Limits, Question
from steamkg.engine.store import Build, Stores, load
from steamkg.graph.content import DEFAULT_KINDS
from steamkg.graph.publish import Builds

BASE = "https://w3id.org/steamkg/"
PREFIX = "@prefix x: <http://x/> .\n"
GRAPHS = {
    BASE + "graph/a/one": ("section", "x:a x:p x:b . x:a x:p x:c . _:n x:p x:b ."),
    # x:a x:p x:b stands in both sections: a merge that is no set counts it twice.
    BASE + "graph/a/two": ("section", "x:a x:p x:b . x:d x:p x:e ."),
    BASE + "graph/a/three": ("section", "x:z x:q 'three' ."),
    BASE + "graph/inferred": ("inferred", "x:b x:inverse x:a ."),
    BASE + "graph/later/now": ("later", "x:a x:later x:b ."),
}


def publish(root: Path, graphs: Mapping[str, tuple[str, str]]) -> Path:
    """A build of named graphs given as kind and Turtle; returns the directory of builds."""
    dataset = ox.Dataset()
    described = {}
    for iri, (kind, turtle) in graphs.items():
        quads = list(ox.parse(PREFIX + turtle, ox.RdfFormat.TURTLE))
        described[iri] = {"kind": kind, "triples": len(quads)}
        for quad in quads:
            dataset.add(ox.Quad(quad.subject, quad.predicate, quad.object, ox.NamedNode(iri)))
            if kind in DEFAULT_KINDS:
                dataset.add(ox.Quad(quad.subject, quad.predicate, quad.object))
    nquads = ox.serialize(dataset, format=ox.RdfFormat.N_QUADS)
    default = sum(1 for quad in dataset if quad.graph_name == ox.DefaultGraph())
    manifest = {
        "format": 1,
        "version": hashlib.sha256(nquads).hexdigest(),
        "graphs": described,
        "default": default,
    }
    builds = Builds(root)
    with builds.exclusively(waiting=lambda: None):
        builds.publish(nquads, manifest)
    return root


@pytest.fixture(scope="session")
def build(tmp_path_factory: pytest.TempPathFactory) -> Build:
    """The tiny build."""
    return Build.open(publish(tmp_path_factory.mktemp("build"), GRAPHS))


@pytest.fixture(scope="session")
def big_build(tmp_path_factory: pytest.TempPathFactory) -> Build:
    """A build with enough triples for a cross product to run for hours."""
    turtle = " ".join(f"x:s{n} x:p{n % 7} x:o{n % 50} ." for n in range(3000))
    graphs = {BASE + "graph/a/big": ("section", turtle)}
    return Build.open(publish(tmp_path_factory.mktemp("big"), graphs))


@pytest.fixture(scope="session")
def stores(build: Build) -> Stores:
    """The tiny build in memory."""
    return load(build)


@pytest.fixture(scope="session")
def pool(big_build: Build) -> Iterator[Pool]:
    """Two workers over the big build, with limits that tests can reach."""
    limits = Limits(seconds=1.0, result_bytes=200_000, memory_bytes=150_000_000)
    with Pool(big_build, workers=2, limits=limits) as running:
        yield running


Ask = Callable[..., Answer]


@pytest.fixture
def ask(pool: Pool) -> Ask:
    """Ask the pool a query."""
    return lambda text, **options: pool.ask(Question(text=text, **options))
