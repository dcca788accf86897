"""Builds: what is in one, and that no failure ever harms the one in service."""

from __future__ import annotations

import errno
import gzip
import hashlib
import io
import json
import multiprocessing
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest

from steamkg.graph import publish
from steamkg.graph.build import BuildFailedError, build
from steamkg.graph.content import Content, Kind
from steamkg.graph.dump import FORMATS, UnknownGraphError, dump
from steamkg.graph.names import ALL, ASSERTED, BASE, CATALOGUE, DESCRIPTIONS, INFERRED
from steamkg.graph.publish import Builds, Published, PublishError

if TYPE_CHECKING:
    from conftest import Tree

DATA = "data/model/centres.ttl"
SERVER = Path(publish.__file__).parents[2]
CENTRE = BASE + "id/centre/"


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return tmp_path / "build"


@pytest.fixture
def published(tree: Tree, output: Path) -> Published:
    return build(tree.content, output).published


def quads(published: Published) -> list[ox.Quad]:
    return list(ox.parse(input=gzip.open(published.dataset), format=ox.RdfFormat.N_QUADS))


def in_graph(published: Published, name: str) -> set[ox.Triple]:
    return {quad.triple for quad in quads(published) if str(quad.graph_name) == f"<{name}>"}


def names(directory: Path) -> set[str]:
    return {path.name for path in directory.iterdir()} - {".lock"}


def assert_only(directory: Path, published: Published) -> None:
    """The build is in service, whole, and nothing half-written lies beside it."""
    assert names(directory) == {"current", published.directory.name}
    current = Builds(directory).current()
    assert current is not None
    assert current.version == published.version
    assert current.is_whole()


def test_dataset_has_the_named_graphs_and_their_merge_as_default_graph(
    published: Published,
) -> None:
    named: dict[str, set[ox.Triple]] = {}
    default = []
    for quad in quads(published):
        if isinstance(quad.graph_name, ox.DefaultGraph):
            default.append(quad.triple)
        else:
            named.setdefault(quad.graph_name.value, set()).add(quad.triple)
    expected = {"ontology", "shapes", "graph/model/centres", "graph/label/en/ours"}
    assert set(named) == {BASE + name for name in expected} | {INFERRED, DESCRIPTIONS, CATALOGUE}
    apart = {BASE + "shapes", CATALOGUE}
    merged = set().union(*(triples for name, triples in named.items() if name not in apart))
    assert len(default) == len(set(default)), "the default graph is a set"
    assert set(default) == merged


def test_a_triple_in_two_graphs_stands_once_in_the_default_graph(tree: Tree, output: Path) -> None:
    tree.write("data/model/again.ttl", (tree.root / DATA).read_text())
    published = build(tree.content, output).published
    helps = [quad for quad in quads(published) if quad.predicate.value.endswith("ontology#helps")]
    assert sorted(
        str(quad.graph_name) for quad in helps if quad.subject.value == CENTRE + "vilnius"
    )
    assert sum(isinstance(quad.graph_name, ox.DefaultGraph) for quad in helps) == 1
    assert len(helps) == 3


def test_inferred_triples_stand_apart(published: Published) -> None:
    inferred = {str(triple.predicate) for triple in in_graph(published, INFERRED)}
    assert f"<{BASE}ontology#helpedBy>" in inferred
    assert f"<{BASE}ontology#siblingOf>" in inferred
    assert f"<{BASE}ontology#helps>" not in inferred


def test_links_alignments_and_labels_join_after_reasoning(tree: Tree, output: Path) -> None:
    header = "@base <https://w3id.org/steamkg/> .\n"
    owl = "@prefix owl: <http://www.w3.org/2002/07/owl#> .\n"
    steam = "@prefix steam: <https://w3id.org/steamkg/ontology#> .\n"
    tree.write(
        "data/link/wikidata.ttl",
        header
        + owl
        + "\n<id/centre/alytus>\n    owl:sameAs <http://www.wikidata.org/entity/Q1> .\n",
    )
    tree.write(
        "data/alignment/guess.ttl",
        f"{header}{steam}\n<id/centre/alytus>\n    steam:helps <id/centre/vilnius> .\n",
    )
    tree.write(
        "data/later/now.ttl",
        f"{header}{steam}\n<id/centre/alytus>\n    steam:host <id/centre/vilnius> .\n",
    )
    published = build(tree.content, output).published
    inferred = {str(triple) for triple in in_graph(published, INFERRED)}
    assert not any("wikidata" in triple for triple in inferred)
    back = f"<{CENTRE}vilnius> <{BASE}ontology#helpedBy> <{CENTRE}alytus>"
    assert not any(triple.startswith(back) for triple in inferred)
    default = {
        str(quad) for quad in quads(published) if isinstance(quad.graph_name, ox.DefaultGraph)
    }
    assert any("wikidata" in quad for quad in default)
    assert not any("ontology#host>" in quad and CENTRE in quad for quad in default)
    kinds = {name: about["kind"] for name, about in published.manifest["graphs"].items()}
    assert kinds[BASE + "graph/later/now"] == "later"


def test_each_graph_is_described(tree: Tree, output: Path) -> None:
    header = "@base <https://w3id.org/steamkg/> .\n"
    tree.write(
        "data/model/document.ttl",
        header
        + "@prefix dcterms: <http://purl.org/dc/terms/> .\n\n"
        + '<id/document/model>\n    dcterms:title "Model" .\n\n'
        + "<id/passage/model-1>\n    dcterms:isPartOf <id/document/model> .\n",
    )
    tree.edit(DATA, "@prefix skos", "@prefix dcterms: <http://purl.org/dc/terms/> .\n@prefix skos")
    tree.edit(
        DATA, "a steam:RegionalCentre ;",
        "a steam:RegionalCentre ;\n    dcterms:source <id/passage/model-1> ;",
    )  # fmt: skip
    published = build(tree.content, output).published
    described = {
        (triple.subject.value, triple.predicate.value.rpartition("/")[2], triple.object.value)
        for triple in in_graph(published, DESCRIPTIONS)
    }
    for name in published.manifest["graphs"]:
        kind = Kind(published.manifest["graphs"][name]["kind"])
        assert (name, "type", kind.iri) in described
    assert (DESCRIPTIONS, "type", BASE + "id/graph-kind/description") in described
    section = BASE + "graph/model/centres"
    assert (section, "source", BASE + "id/document/model") in described
    assert (INFERRED, "source", section) in described
    assert (INFERRED, "source", BASE + "ontology") in described


def test_manifest_says_what_is_there(published: Published) -> None:
    manifest = published.manifest
    text = gzip.decompress(published.dataset.read_bytes())
    assert manifest["version"] == hashlib.sha256(text).hexdigest()
    assert published.directory.name == manifest["version"][:12]
    assert manifest["format"] == 1
    assert manifest["base"] == BASE
    assert manifest["reasoner"] == "reasonable"
    assert manifest["packages"]["pyoxigraph"] == ox.__version__
    assert list(manifest["steps"]) == ["read", "lint", "reason", "validate", "assemble"]
    assert manifest["graphs"][BASE + "graph/model/centres"] == {
        "triples": 7,
        "kind": "section",
        "file": [DATA],
    }
    assert manifest["inferred"] == len(in_graph(published, INFERRED))
    assert manifest["default"] == manifest["asserted"] + manifest["inferred"]
    assert manifest["dataset"]["bytes"] == published.dataset.stat().st_size


def test_the_same_content_gives_the_same_bytes(tree: Tree, tmp_path: Path) -> None:
    """Blank nodes of the shapes included, which every parse names anew."""
    one = build(tree.content, tmp_path / "one").published
    two = build(tree.content, tmp_path / "two").published
    assert one.dataset.read_bytes() == two.dataset.read_bytes()


def test_both_reasoners_give_the_same_version(tree: Tree, tmp_path: Path) -> None:
    fast = build(tree.content, tmp_path / "one").published
    reference = build(tree.content, tmp_path / "two", reasoner="owlrl").published
    assert fast.version == reference.version
    assert reference.manifest["reasoner"] == "owlrl"


def test_second_build_is_skipped_until_something_changes(tree: Tree, output: Path) -> None:
    assert not build(tree.content, output).up_to_date
    assert build(tree.content, output).up_to_date
    assert not build(tree.content, output, force=True).up_to_date
    assert not build(tree.content, output, reasoner="owlrl").up_to_date
    tree.edit(DATA, "Vilniaus centras", "Vilniaus STEAM centras")
    assert not build(tree.content, output).up_to_date


def test_a_damaged_build_is_not_up_to_date(tree: Tree, output: Path, published: Published) -> None:
    published.dataset.write_bytes(b"")
    again = build(tree.content, output)
    assert not again.up_to_date
    assert_only(output, again.published)


def test_an_unreadable_manifest_is_no_build(output: Path, tree: Tree, published: Published) -> None:
    for damage in ("", "[]", '{"format": 99}', '{"format": 1}'):
        (published.directory / "manifest.json").write_text(damage)
        assert Builds(output).current() is None
    assert build(tree.content, output).published.version == published.version


def test_the_last_two_builds_before_the_current_one_are_kept(tree: Tree, output: Path) -> None:
    original = (tree.root / DATA).read_text()
    built = []
    for number in range(5):
        tree.write(DATA, original.replace("Alytaus centras", f"Alytaus centras {number}"))
        built.append(build(tree.content, output).published.directory)
    (output / "notes").mkdir()
    assert len(set(built)) == 5
    assert names(output) == {path.name for path in built[2:]} | {"current", "notes"}
    assert (output / "current").resolve() == built[-1]


BREAKS = {
    "syntax": ("a steam:RegionalCentre ;", "a steam:RegionalCentre", "syntax", 7),
    "unknown term": ("a steam:RegionalCentre", "a steam:Regional", "unknown-term", 5),
    "dangling": ("steam:helps <id/centre/alytus>", "steam:helps <id/centre/a>", "dangling", 10),
    "contradiction": (
        "a steam:RegionalCentre ;",
        "a steam:MethodologicalCentre , steam:RegionalCentre ;",
        "cax-dw",
        5,
    ),
    "merge": (
        "steam:helps <id/centre/alytus>",
        "steam:host <id/centre/alytus> , <id/centre/vilnius>",
        "same-as",
        5,
    ),
    "shape": (
        "steam:helps <id/centre/alytus> ;\n    steam:modality <id/modality/stated> .",
        "steam:helps <id/centre/alytus> .",
        "sh:MinCountConstraintComponent",
        10,
    ),
}


@pytest.mark.parametrize("name", BREAKS)
def test_a_failing_step_leaves_the_previous_build_in_service(
    tree: Tree, output: Path, published: Published, name: str
) -> None:
    old, new, rule, line = BREAKS[name]
    tree.edit(DATA, old, new)
    with pytest.raises(BuildFailedError) as caught:
        build(tree.content, output)
    assert (DATA, line, rule) in [(f.file, f.line, f.rule) for f in caught.value.findings]
    assert_only(output, published)


def test_a_file_that_cannot_be_read_fails_the_build(tree: Tree, output: Path) -> None:
    (tree.root / "data/model/linked.ttl").symlink_to(tree.root / "gone.ttl")
    with pytest.raises(BuildFailedError) as caught:
        build(tree.content, output)
    (found,) = caught.value.findings
    assert (found.file, found.rule) == ("data/model/linked.ttl", "syntax")
    assert "cannot be read: No such file" in found.message


def test_a_full_disk_leaves_the_previous_build_in_service(
    tree: Tree, output: Path, published: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = publish.write_flushed

    def half_a_file(path: Path, content: bytes) -> None:
        write(path, content[: len(content) // 2])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    monkeypatch.setattr(publish, "write_flushed", half_a_file)
    tree.edit(DATA, "Vilniaus centras", "Vilniaus STEAM centras")
    with pytest.raises(PublishError, match=r"cannot write to .*dataset.nq.gz: No space left"):
        build(tree.content, output)
    assert_only(output, published)


@pytest.mark.parametrize("step", ["mkdir", "rename", "replace", "symlink_to"])
def test_a_disk_that_refuses_any_step_leaves_the_previous_build_in_service(
    tree: Tree, output: Path, published: Published, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def refused(self: Path, *_: object, **__: object) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO), str(self))

    tree.edit(DATA, "Vilniaus centras", "Vilniaus STEAM centras")
    builds = Builds(output)
    manifest = {**published.manifest, "version": "f" * 64}
    with builds.exclusively(waiting=lambda: None):
        monkeypatch.setattr(Path, step, refused)
        with pytest.raises(PublishError, match="Input/output error"):
            builds.publish(b"", manifest)
        monkeypatch.undo()
    current = builds.current()
    assert current is not None
    assert (current.version, current.is_whole()) == (published.version, True)
    again = build(tree.content, output).published
    assert not any(name.startswith(".unfinished") for name in names(output))
    assert again.is_whole()


def run(*arguments: str, code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env={**os.environ, "PYTHONPATH": str(SERVER)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


KILLED = """
import os, signal, sys
from pathlib import Path
from steamkg.graph import publish
from steamkg.graph.build import build
from steamkg.graph.content import Content

at, original = sys.argv[3], getattr(Path, sys.argv[3], None)

def kill(*arguments, **options):
    os.kill(os.getpid(), signal.SIGKILL)

if at == "write":
    publish._flush_directory = kill
else:
    setattr(Path, at, kill)
build(Content(Path(sys.argv[1])), Path(sys.argv[2]))
"""


@pytest.mark.parametrize("moment", ["write", "rename", "symlink_to", "replace"])
def test_a_build_killed_in_the_middle_harms_nothing_and_is_cleaned_up(
    tree: Tree, output: Path, published: Published, moment: str
) -> None:
    tree.edit(DATA, "Vilniaus centras", "Vilniaus STEAM centras")
    killed = run(str(tree.root), str(output), moment, code=KILLED)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    current = Builds(output).current()
    assert current is not None
    assert (current.version, current.is_whole()) == (published.version, True)
    assert names(output) > {"current", published.directory.name}, "the kill left something"
    again = build(tree.content, output).published
    assert again.version != published.version
    assert names(output) == {"current", published.directory.name, again.directory.name}


LIMITED = """
import resource, sys
from pathlib import Path
from steamkg.graph.build import build
from steamkg.graph.content import Content
from steamkg.graph.publish import PublishError

resource.setrlimit(resource.RLIMIT_FSIZE, (512, 512))
try:
    build(Content(Path(sys.argv[1])), Path(sys.argv[2]))
except PublishError as error:
    print(error)
"""


def test_a_file_size_limit_is_one_clear_line(
    tree: Tree, output: Path, published: Published
) -> None:
    tree.edit(DATA, "Vilniaus centras", "Vilniaus STEAM centras")
    limited = run(str(tree.root), str(output), code=LIMITED)
    assert "File too large" in limited.stdout
    assert limited.stderr == ""
    assert_only(output, published)


READ_ONLY = """
import ctypes, os, sys
# Root ignores permissions unless it gives up CAP_DAC_OVERRIDE (1) and _DAC_READ_SEARCH (2),
# which a bounding set without them does at the next exec.
if os.geteuid() == 0 and len(sys.argv) == 3:
    libc = ctypes.CDLL(None)
    if libc.prctl(24, 1, 0, 0, 0) or libc.prctl(24, 2, 0, 0, 0):
        sys.exit(77)
    os.execv(sys.executable, [sys.executable, "-c", os.environ["CODE"], *sys.argv[1:], "again"])
from pathlib import Path
from steamkg.graph.build import build
from steamkg.graph.content import Content
from steamkg.graph.publish import PublishError
try:
    build(Content(Path(sys.argv[1])), Path(sys.argv[2]), force=True)
except PublishError as error:
    print(error)
"""


def test_a_read_only_output_directory_is_one_clear_line(
    tree: Tree, output: Path, published: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CODE", READ_ONLY)
    output.chmod(0o555)
    (output / ".lock").chmod(0o444)
    try:
        refused = run(str(tree.root), str(output), code=READ_ONLY)
    finally:
        output.chmod(0o755)
        (output / ".lock").chmod(0o644)
    if refused.returncode == 77:
        pytest.skip("root that may not give up its capabilities ignores permissions")
    assert refused.stdout.count("\n") == 1
    assert "Permission denied" in refused.stdout
    assert refused.stderr == ""
    assert_only(output, published)


def test_an_output_directory_that_is_a_file_is_one_clear_line(tree: Tree, tmp_path: Path) -> None:
    (tmp_path / "build").write_text("not a directory")
    with pytest.raises(PublishError, match="File exists"):
        build(tree.content, tmp_path / "build")


def _build_after(barrier: object, root: Path, output: Path) -> None:
    barrier.wait()  # type: ignore[attr-defined]
    build(Content(root), output)


def test_two_builds_at_once_leave_one_whole_build(tree: Tree, output: Path) -> None:
    context = multiprocessing.get_context("fork")
    barrier = context.Barrier(2)
    workers = [
        context.Process(target=_build_after, args=(barrier, tree.root, output)) for _ in range(2)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0, 0]
    current = Builds(output).current()
    assert current is not None
    assert_only(output, current)


def test_a_second_build_is_told_that_it_waits(tree: Tree, output: Path) -> None:
    """The lock is free again by the time the second one asks for it in earnest."""
    builds, told = Builds(output), []
    holder = builds.exclusively(waiting=lambda: None)
    holder.__enter__()

    def released() -> None:
        told.append("waiting")
        holder.__exit__(None, None, None)

    with builds.exclusively(waiting=released):
        assert told == ["waiting"]


def test_manifest_is_readable_as_plain_json(published: Published) -> None:
    manifest = json.loads((published.directory / "manifest.json").read_text("utf-8"))
    assert manifest == published.manifest


@pytest.mark.parametrize("name", FORMATS)
def test_dump_of_the_whole_is_the_dataset(published: Published, name: str) -> None:
    output = io.BytesIO()
    dump(published, output, format=name)
    read = {quad for quad in ox.parse(input=output.getvalue(), format=FORMATS[name])
            if not _has_blank(quad)}  # fmt: skip
    whole = {quad for quad in quads(published) if not _has_blank(quad)}
    if not FORMATS[name].supports_datasets:
        whole = {quad for quad in whole if isinstance(quad.graph_name, ox.DefaultGraph)}
    assert read == whole


def _has_blank(quad: ox.Quad) -> bool:
    return any(isinstance(node, ox.BlankNode) for node in quad.triple)


@pytest.mark.parametrize(
    "name", ["model/centres", "graph/model/centres", BASE + "graph/model/centres"]
)
def test_dump_of_one_graph_takes_short_and_full_names(published: Published, name: str) -> None:
    output = io.BytesIO()
    dump(published, output, format="ntriples", graph=name)
    assert output.getvalue().count(b"\n") == 7


def test_dump_of_the_merged_graphs_are_sets(published: Published) -> None:
    def lines(name: str) -> list[bytes]:
        output = io.BytesIO()
        dump(published, output, format="ntriples", graph=name)
        return output.getvalue().splitlines()

    assert len(lines(ALL)) == published.manifest["default"]
    assert len(lines(ASSERTED)) == published.manifest["asserted"]
    assert set(lines(ALL)) - set(lines(ASSERTED)) == set(lines("inferred"))


def test_dump_of_an_unknown_graph_offers_a_close_name(published: Published) -> None:
    with pytest.raises(UnknownGraphError, match=r"did you mean .*graph/model/centres"):
        dump(published, io.BytesIO(), format="turtle", graph="model/centers")
