"""Random updates: in strict mode like Oxigraph's own, in the merge with its invariants.

Oxigraph is the reference where it can be: on a dataset whose default graph is only itself.
"""

from random import Random

import pyoxigraph as ox
from hypothesis import given, settings
from hypothesis import strategies as st

from steamkg.engine.change import Change
from steamkg.engine.failures import EngineFailure, GraphConflict
from steamkg.engine.files import Files, load
from steamkg.engine.patch import Patch, apply, patches
from steamkg.engine.store import Stores
from steamkg.engine.update import Update

START = list(
    ox.parse(
        "<x:a> <x:p> <x:b> . <x:b> <x:q> <x:c> ."
        "<x:1> { <x:a> <x:p> <x:b> . <x:b> <x:p> <x:d> }"
        "<x:2> { <x:c> <x:q> <x:a> . <x:a> <x:p> <x:b> }",
        ox.RdfFormat.TRIG,
    )
)
WHERES = (
    "?s ?p ?o",
    "GRAPH ?g { ?s ?p ?o }",
    "?s ?p ?o . GRAPH ?g { ?o ?q ?z }",
    "GRAPH <x:1> { ?s ?p ?o } OPTIONAL { ?o ?p ?g }",
    "{ SELECT ?s (COUNT(*) AS ?o) { ?s ?p ?z } GROUP BY ?s } BIND(<x:p> AS ?p)",
)


def node(random: Random) -> str:
    return f"<x:{random.choice('abcd')}>"


def graph(random: Random) -> str:
    return f"<x:{random.choice('12')}>"


def block(random: Random, *, variables: bool) -> str:
    parts = []
    for _ in range(random.randint(1, 2)):
        subject, value = (
            random.choice(["?s", "?o", node(random)]) if variables else node(random)
            for _ in range(2)
        )
        predicate = random.choice(["<x:p>", "<x:q>", *(["?p"] if variables else [])])
        triple = f"{subject} {predicate} {value} ."
        name = random.choice([graph(random), "?g"]) if variables else graph(random)
        parts.append(random.choice([triple, f"GRAPH {name} {{ {triple} }}"]))
    return f"{{ {' '.join(parts)} }}"


def operation(random: Random) -> str:
    # Not for COPY and MOVE: Oxigraph empties the target even when there is no source.
    silent = random.choice(["SILENT ", ""])
    source, target = (random.choice(["DEFAULT", graph(random)]) for _ in range(2))
    templates = [
        f"DELETE {block(random, variables=True)}",
        f"INSERT {block(random, variables=True)}",
    ]
    modify = random.choice([templates[0], templates[1], " ".join(templates)])
    with_graph = random.choice(["", "", f"WITH {graph(random)} "])
    using = random.choice(["", "", f"USING {graph(random)}", f"USING NAMED {graph(random)}"])
    return random.choice(
        [
            f"INSERT DATA {block(random, variables=False)}",
            f"DELETE DATA {block(random, variables=False)}",
            f"DELETE WHERE {block(random, variables=True)}",
            *[f"{with_graph}{modify} {using} WHERE {{ {random.choice(WHERES)} }}"] * 4,
            f"CLEAR {silent}GRAPH {graph(random)}",
            f"DROP {silent}{random.choice(['ALL', 'DEFAULT', 'NAMED', target])}".replace(
                " <", " GRAPH <"
            ),
            f"{random.choice(['COPY', 'MOVE', 'ADD'])} {source} TO {target}",
        ]
    )


def stores(*, merge: bool) -> Stores:
    return apply(load(Files(merge=merge)), Patch(added=START))


def updated(random: Random, *, merge: bool) -> tuple[str, Stores, EngineFailure | None, bytes]:
    text = " ;\n".join(operation(random) for _ in range(random.randint(1, 4)))
    update = Update(stores(merge=merge), Change(kind="update", body=text.encode()))
    packed = b""
    try:
        for patch in update.patches():
            packed += patch.to_bytes()
    except EngineFailure as failure:
        return text, update.stores, failure, packed
    return text, update.stores, None, packed


@given(st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_strict_updates_are_those_of_oxigraph(random: Random) -> None:
    text, found, failure, _ = updated(random, merge=False)
    reference = ox.Store()
    reference.extend(START)
    try:
        reference.update(text)
    except (RuntimeError, SyntaxError):
        assert failure is not None, text
        return
    if failure is not None:
        # Oxigraph copies from a graph that is not there; SPARQL 1.1 Update §3.2.3 has it fail.
        assert isinstance(failure, GraphConflict), text
        return
    assert set(found.everything) == set(reference), text
    assert found.quads == len(reference)


@given(st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_merge_stays_the_merge_and_patches_say_all(random: Random) -> None:
    text, found, _, packed = updated(random, merge=True)
    assert found.own is not None
    named = [quad for quad in found.everything if quad.graph_name != ox.DefaultGraph()]
    default = set(found.everything.quads_for_pattern(None, None, None, ox.DefaultGraph()))
    merge = {ox.Quad(quad.subject, quad.predicate, quad.object) for quad in named}
    assert default == merge | set(found.own), text
    assert found.quads == len(named) + len(found.own)
    again = stores(merge=True)
    for patch in patches(packed):
        again = apply(again, patch)
    assert set(again.everything) == set(found.everything), text
    assert (again.graphs, again.quads) == (found.graphs, found.quads)
