"""The command line: what each command prints, and its exit code, on a tiny content tree."""

import json
import os
import pty
import signal
import stat
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import steamkg
from steamkg.cli import cli
from steamkg.graph.content import Content
from steamkg.settings import Settings

SERVER = Path(steamkg.__file__).parents[1]
HEADER = "@base <https://w3id.org/steamkg/> .\n"
STEAM = "@prefix steam: <https://w3id.org/steamkg/ontology#> .\n"
DATA = "data/model/centres.ttl"
FILES = {
    "ontology/steamkg.ttl": HEADER
    + "@prefix owl: <http://www.w3.org/2002/07/owl#> .\n"
    + STEAM
    + "\nsteam:Centre\n    a owl:Class .\n"
    + "\nsteam:helpedBy\n    a owl:ObjectProperty .\n"
    + "\nsteam:helps\n    a owl:ObjectProperty ;\n    owl:inverseOf steam:helpedBy .\n",
    DATA: HEADER
    + STEAM
    + "\n<id/centre/alytus>\n    a steam:Centre .\n"
    + "\n<id/centre/vilnius>\n    a steam:Centre ;\n    steam:helps <id/centre/alytus> .\n",
    "shapes/centre.ttl": HEADER
    + "@prefix sh: <http://www.w3.org/ns/shacl#> .\n"
    + "@prefix shape: <https://w3id.org/steamkg/shapes#> .\n"
    + STEAM
    + "\nshape:Centre\n    a sh:NodeShape ;\n    sh:targetClass steam:Centre ;\n"
    + "    sh:property [\n        sh:path steam:helps ;\n        sh:maxCount 1 ;\n"
    + '        sh:message "One helps one."@en , "Vienas padeda vienam."@lt ;\n    ] .\n',
    "queries/centres/all.rq": "#+ title@en: All centres\n"
    "PREFIX steam: <https://w3id.org/steamkg/ontology#>\n"
    "SELECT ?centre WHERE { ?centre a steam:Centre } ORDER BY ?centre\n",
    "queries/centres/helped.rq": "#+ title@en: Whom a centre helps\n"
    "#+ parameter: centre iri <https://w3id.org/steamkg/id/centre/vilnius> The one who helps\n"
    "PREFIX steam: <https://w3id.org/steamkg/ontology#>\n"
    "SELECT ?centre ?helped WHERE { ?centre steam:helps ?helped }\n",
    "queries/other/all.rq": "#+ title@en: Anything\nASK { ?s ?p ?o }\n",
    "queries/other/graph.rq": "#+ title@en: A graph\n"
    "PREFIX steam: <https://w3id.org/steamkg/ontology#>\n"
    "CONSTRUCT { ?a steam:helpedBy ?b } WHERE { ?b steam:helps ?a }\n",
    "queries/pages/hidden.rq": "#+ title@en: For a page\nASK { ?s ?p ?o }\n",
}
Run = Callable[..., Result]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        path = tmp_path / "content" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "content"


@pytest.fixture
def output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("STEAMKG_BUILD", str(tmp_path / "build"))
    return tmp_path / "build"


@pytest.fixture
def run(root: Path, output: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr(Content, "find", classmethod(lambda cls: cls(root)))
    handler = signal.getsignal(signal.SIGINT)

    def call(*arguments: str) -> Result:
        # A bug shows as a traceback here, not as an exit code.
        result = CliRunner().invoke(cli, arguments, catch_exceptions=False)
        signal.signal(signal.SIGINT, handler)
        return result

    return call


@pytest.fixture
def built(run: Run, output: Path) -> Path:
    assert run("build").exit_code == 0
    return (output / "current").resolve()


def edit(root: Path, old: str, new: str, name: str = DATA) -> None:
    text = (root / name).read_text()
    assert text.count(old) == 1
    (root / name).write_text(text.replace(old, new))


def lines(text: str) -> list[str]:
    return text.splitlines()


def test_help_names_every_command_and_exit_code(run: Run) -> None:
    shown = run("--help").stdout
    for word in ("build", "check", "serve", "query", "dump", "Exit codes:", "0  ", "1  ", "2  "):
        assert word in shown
    assert run("-h").stdout == shown


@pytest.mark.parametrize("command", ["build", "check", "serve", "query", "dump"])
def test_each_command_has_help_with_defaults(run: Run, command: str) -> None:
    result = run(command, "-h")
    assert result.exit_code == 0
    assert "[default:" in result.stdout


def test_version_is_the_packages(run: Run) -> None:
    assert run("--version").stdout.strip().endswith(steamkg.__version__)


@pytest.mark.parametrize(
    "arguments",
    [("nonsense",), ("build", "--nonsense"), ("query",), ("dump", "--format", "excel"),
     ("serve", "--port", "99999"), ("build", "--reasoner", "pellet")],
)  # fmt: skip
def test_what_is_not_understood_is_exit_code_2(run: Run, arguments: Sequence[str]) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert "Error: " in result.stderr


def test_build_tells_its_steps_and_its_result(run: Run, output: Path) -> None:
    result = run("build")
    assert result.exit_code == 0
    steps = [line.split()[0] for line in lines(result.stderr)]
    assert steps == ["read", "lint", "reason", "validate", "assemble", "write"]
    assert result.stdout.startswith(f"built: {output}")
    assert "1 of them inferred" in result.stdout


def test_second_build_says_up_to_date_and_force_builds_again(run: Run, built: Path) -> None:
    again = run("build")
    assert (again.exit_code, again.stderr) == (0, "")
    assert again.stdout.startswith(f"up to date: {built}")
    assert run("build", "--force").stdout.startswith("built: ")
    assert run("build", "--reasoner", "owlrl").stdout.startswith("built: ")


def test_build_writes_where_it_is_told(run: Run, tmp_path: Path, output: Path) -> None:
    assert run("build", "--output", str(tmp_path / "elsewhere")).exit_code == 0
    assert (tmp_path / "elsewhere/current/manifest.json").is_file()
    assert not output.exists()


def test_broken_turtle_is_line_and_column_and_exit_code_1(
    run: Run, root: Path, built: Path, output: Path
) -> None:
    edit(root, "a steam:Centre ;\n    steam:helps", "a steam:Centre\n    steam:helps")
    result = run("build")
    assert result.exit_code == 1
    assert f"{DATA}:9:5: violation syntax: " in result.stderr
    last = lines(result.stderr)[-1]
    assert last == "steamkg: nothing was built: 1 violation; the previous build stays"
    assert (output / "current").resolve() == built


def test_build_prints_shapes_messages_in_lithuanian(run: Run, root: Path) -> None:
    edit(
        root,
        "steam:helps <id/centre/alytus>",
        "steam:helps <id/centre/alytus> , <id/centre/vilnius>",
    )
    assert "One helps one." in run("build").stderr
    result = run("build", "--language", "lt")
    assert f"{DATA}:7:1: violation sh:MaxCountConstraintComponent: Vienas padeda" in result.stderr
    assert "the previous build stays" not in result.stderr


def test_check_passes_and_writes_nothing(run: Run, output: Path) -> None:
    result = run("check")
    assert (result.exit_code, output.exists()) == (0, False)
    assert result.stdout == ("no findings in 3 Turtle files, 0 rules and 5 stored queries\n")


def test_check_prints_every_finding_and_a_summary(run: Run, root: Path) -> None:
    edit(
        root,
        "steam:helps <id/centre/alytus>",
        "steam:helps <id/centre/alytus> , <id/centre/nowhere>",
    )
    (root / "queries/other/all.rq").write_text("#+ parameter: nonsense\nASK { ?s ?p }\n")
    (root / "data/model/notes.txt").touch()
    result = run("check")
    assert result.exit_code == 1
    found = lines(result.stdout)
    assert [line.split(": ")[1] for line in found[:-1]] == [
        "violation dangling",
        "violation sh:MaxCountConstraintComponent",
        "warning file-name",
        "violation query-header",
        "violation query-syntax",
    ]
    assert found[-1].startswith("4 violations, 1 warning in 3 Turtle files")
    assert found[3].startswith(
        "queries/other/all.rq:1:1: violation query-header: a parameter reads"
    )


def test_a_warning_alone_is_exit_code_0(run: Run, root: Path) -> None:
    (root / "data/model/notes.txt").touch()
    result = run("check")
    assert (result.exit_code, "1 warning in" in result.stdout) == (0, True)


def test_query_prints_a_table(run: Run, built: Path) -> None:
    result = run("query", "centres/all")
    assert result.exit_code == 0
    shown = lines(result.stdout)
    assert shown[0] == "All centres"
    assert shown[2] == "centre"
    assert shown[-2:] == ["<id/centre/alytus>", "<id/centre/vilnius>"]
    assert result.stderr == "2 rows\n"


def test_query_takes_the_last_part_of_a_name_when_it_is_the_only_one(run: Run, built: Path) -> None:
    assert run("query", "helped").exit_code == 0
    twice = run("query", "all")
    assert twice.exit_code == 2
    assert "centres/all, other/all" in twice.stderr
    assert "no stored query nonsense" in run("query", "nonsense").stderr


@pytest.mark.parametrize(
    ("name", "form", "expected"),
    [
        ("helped", "csv", "centre,helped\r\nhttps://w3id.org/steamkg/id/centre/vilnius,"
                          "https://w3id.org/steamkg/id/centre/alytus\r\n"),
        ("helped", "tsv", "?centre\t?helped\n<https://w3id.org/steamkg/id/centre/vilnius>\t"
                          "<https://w3id.org/steamkg/id/centre/alytus>\n"),
        ("other/all", "table", "yes\n"),
    ],
)  # fmt: skip
def test_query_prints_other_formats(
    run: Run, built: Path, name: str, form: str, expected: str
) -> None:
    assert run("query", name, "--format", form).stdout_bytes.decode() == expected


def test_query_prints_json_and_turtle(run: Run, built: Path) -> None:
    solutions = json.loads(run("query", "helped", "--format", "json").stdout)
    assert len(solutions["results"]["bindings"]) == 1
    assert "steam:helpedBy" in run("query", "graph").stdout


def test_query_binds_values_to_parameters(run: Run, built: Path) -> None:
    nobody = run("query", "helped", "-p", "centre=https://w3id.org/steamkg/id/centre/alytus")
    assert nobody.stderr == "0 rows\n"
    for wrong, message in (
        ("centre", "is not NAME=VALUE"),
        ("place=x", "unknown parameter place; this query has: centre"),
        ("centre=not an iri", "centre is no iri"),
    ):
        result = run("query", "helped", "--parameter", wrong)
        assert (result.exit_code, message in " ".join(result.stderr.split())) == (2, True)


def test_query_list_names_the_questions_and_hides_those_of_pages(run: Run) -> None:
    shown = run("query", "--list").stdout
    assert "Whom a centre helps" in shown
    assert "pages/hidden" not in shown


def test_one_bad_query_spoils_no_other(run: Run, root: Path, built: Path) -> None:
    (root / "queries/other/all.rq").write_text("#+ nonsense\nASK { ?s ?p ?o }\n")
    result = run("query", "helped")
    assert result.exit_code == 0
    assert "left out: queries/other/all.rq:1:1: " in result.stderr


@pytest.mark.parametrize("command", [("query", "helped"), ("dump",)])
def test_without_a_build_the_way_to_one_is_told(run: Run, command: Sequence[str]) -> None:
    result = run(*command)
    assert result.exit_code == 1
    assert result.stderr.startswith("steamkg: no build in ")
    assert "`steamkg build` makes one" in result.stderr


def test_a_damaged_build_is_one_line(run: Run, built: Path) -> None:
    (built / "dataset.nq.gz").write_bytes(b"nonsense")
    result = run("query", "helped")
    assert (result.exit_code, len(lines(result.stderr))) == (1, 1)


def test_dump_writes_the_dataset_or_one_graph(run: Run, built: Path, tmp_path: Path) -> None:
    whole = run("dump").stdout
    assert "<https://w3id.org/steamkg/graph/inferred> ." in whole
    one = run("dump", "--graph", "inferred", "--format", "ntriples").stdout
    assert one == (
        "<https://w3id.org/steamkg/id/centre/alytus> "
        "<https://w3id.org/steamkg/ontology#helpedBy> "
        "<https://w3id.org/steamkg/id/centre/vilnius> .\n"
    )
    target = tmp_path / "dump.nq"
    assert run("dump", "--output", str(target)).exit_code == 0
    assert target.read_text() == whole
    assert [path.name for path in tmp_path.glob(".*")] == []


def test_dump_of_an_unknown_graph_is_exit_code_2(run: Run, built: Path) -> None:
    result = run("dump", "--graph", "model/centers")
    assert result.exit_code == 2
    assert "model/centres" in result.stderr


def test_dump_that_fails_leaves_the_file_as_it_was(run: Run, built: Path, tmp_path: Path) -> None:
    target = tmp_path / "kept.nq"
    target.write_text("kept")
    assert run("dump", "--graph", "nothing", "--output", str(target)).exit_code == 2
    assert target.read_text() == "kept"
    nowhere = run("dump", "--output", str(tmp_path / "no/where.nq"))
    assert nowhere.exit_code == 1
    assert nowhere.stderr.endswith("No such file or directory\n")


def test_dump_to_a_pipe_writes_into_it(run: Run, built: Path, tmp_path: Path) -> None:
    """And puts no file in its place, as it would for a device."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = subprocess.Popen(["cat", str(pipe)], stdout=subprocess.PIPE)
    assert run("dump", "--format", "ntriples", "--output", str(pipe)).exit_code == 0
    assert b"helpedBy" in reader.communicate(timeout=30)[0]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"STEAMKG_PORT": "many"}, "STEAMKG_PORT"),
        ({"STEAMKG_BUILD": "/dev/null/build"}, "cannot write to /dev/null/build"),
    ],
)
def test_a_bad_environment_is_one_line(
    run: Run, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], message: str
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    result = run("build")
    assert (result.exit_code, len(lines(result.stderr))) == (1, 1)
    assert result.stderr.startswith("steamkg: ")
    assert message in result.stderr


def test_content_from_elsewhere_is_refused_when_it_is_none(run: Run, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    result = run("check", "--content", str(tmp_path / "empty"))
    assert result.exit_code == 1
    assert "no ontology/ and no data/ in" in result.stderr


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[Settings]:
    """What the web layer was asked to serve; the server itself is tested with it."""
    asked: list[Settings] = []

    def serve(settings: Settings) -> int:
        asked.append(settings)
        return 0

    monkeypatch.setattr("steamkg.web.serve.serve", serve)
    return asked


def test_serve_builds_first_and_passes_the_options(
    run: Run, output: Path, served: list[Settings]
) -> None:
    result = run("serve", "--port", "0", "--host", "::1", "--workers", "3")
    assert result.exit_code == 0
    (settings,) = served
    assert (settings.port, settings.host, settings.workers) == (0, "::1", 3)
    assert settings.build_directory == output
    assert (output / "current").is_symlink()


def test_serve_without_building_takes_what_is_there(
    run: Run, root: Path, built: Path, served: list[Settings], output: Path
) -> None:
    edit(root, "steam:helps <id/centre/alytus>", "steam:helps <id/centre/vilnius>")
    assert run("serve", "--no-build").exit_code == 0
    assert (output / "current").resolve() == built
    assert run("serve").exit_code == 0
    assert (output / "current").resolve() != built


def test_serve_keeps_the_last_good_build_in_service(
    run: Run, root: Path, built: Path, served: list[Settings]
) -> None:
    edit(root, "steam:helps", "steam:help")
    result = run("serve")
    assert (result.exit_code, len(served)) == (0, 1)
    assert "violation unknown-term" in result.stderr
    assert f"WARNING: serving the last good build, {built}" in result.stderr


def test_serve_with_nothing_good_to_serve_fails(
    run: Run, root: Path, served: list[Settings]
) -> None:
    edit(root, "steam:helps", "steam:help")
    assert (run("serve").exit_code, served) == (1, [])


@pytest.mark.parametrize(
    ("options", "environment", "reason"),
    [
        (["--writes", "open"], {}, "the project's own graph is published from its sources only"),
        (["--writes", "token"], {}, "the project's own graph is published from its sources only"),
        ([], {"STEAMKG_WRITES": "open"}, "needs a dataset of yours"),
        (["--dataset", "empty", "--writes", "open", "--host", "0.0.0.0"], {}, "loopback"),
        (["--dataset", "empty", "--writes", "open", "--host", "example.org"], {}, "loopback"),
        (["--dataset", "empty", "--writes", "token"], {}, "STEAMKG_WRITE_TOKEN_HASH"),
        (
            ["--dataset", "empty", "--writes", "token"],
            {"STEAMKG_WRITE_TOKEN_HASH": "secret"},
            "STEAMKG_WRITE_TOKEN_HASH",
        ),
        (["--dataset", "empty", "--validate-writes", "on"], {}, "--validate-writes"),
        (["stray.ttl"], {}, "come after --dataset"),
    ],
)
def test_writes_that_would_not_be_safe_are_refused_with_the_reason(
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    served: list[Settings],
    *,
    options: list[str],
    environment: dict[str, str],
    reason: str,
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    result = run("serve", *options)
    assert (result.exit_code, served) == (2, [])
    assert reason in result.stderr


def test_serve_of_a_dataset_builds_nothing(
    run: Run, output: Path, served: list[Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STEAMKG_WRITES", "token")
    monkeypatch.setenv("STEAMKG_WRITE_TOKEN_HASH", "ab" * 32)
    options = ["--dataset", "a.ttl", "b.nq.gz", "--dataset", "c.rdf", "--default-graph", "strict"]
    assert run("serve", *options).exit_code == 0
    (settings,) = served
    assert sorted(settings.dataset) == ["a.ttl", "b.nq.gz", "c.rdf"]
    assert (settings.writes, settings.default_graph) == ("token", "strict")
    assert not output.exists()


@pytest.mark.parametrize(
    ("name", "body", "said"),
    [("a.ttl", "<x:a> <x:b>", "a.ttl: "), ("a.txt", "", "known are"), ("", "", "is no file")],
)
def test_dataset_that_cannot_be_read_is_one_line(
    tmp_path: Path, name: str, body: str, said: str
) -> None:
    file = tmp_path / (name or "gone.ttl")
    if name:
        file.write_text(body, encoding="utf-8")
    with process("serve", "--port", "0", "--dataset", str(file)) as started:
        _, errors = started.communicate(timeout=60)
    assert started.returncode == 1
    assert said in errors.decode()
    assert "Traceback" not in errors.decode()


def process(*arguments: str, **options: object) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "steamkg", *arguments],
        env={**os.environ, "PYTHONPATH": str(SERVER)},
        stderr=subprocess.PIPE,
        **options,
    )


@pytest.mark.parametrize(
    "arguments", [("dump",), ("dump", "--format", "trig"), ("query", "--list")]
)
def test_a_reader_that_leaves_is_no_failure(built: Path, arguments: Sequence[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    writer = process(*arguments, stdout=writing)
    os.close(writing)
    _, errors = writer.communicate(timeout=60)
    assert (writer.returncode, errors) == (0, b"")


@pytest.mark.skipif(not Path("/dev/full").is_char_device(), reason="needs /dev/full")
def test_a_full_disk_at_dump_is_one_line(built: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        writer = process("dump", stdout=full)
        _, errors = writer.communicate(timeout=60)
    assert writer.returncode == 1
    assert errors == b"steamkg: cannot write to standard output: No space left on device\n"


def test_a_terminal_gets_a_bar_and_the_same_lines(root: Path, output: Path) -> None:
    ours, theirs = pty.openpty()
    builder = subprocess.Popen(
        [sys.executable, "-m", "steamkg", "build", "--content", str(root)],
        env={**os.environ, "PYTHONPATH": str(SERVER), "TERM": "xterm", "COLUMNS": "100"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=theirs,
    )
    os.close(theirs)
    shown = b""
    try:
        while block := os.read(ours, 4096):
            shown += block
    # Linux answers EIO when the other end of a terminal is closed.
    except OSError:
        pass
    os.close(ours)
    assert builder.wait(60) == 0
    assert "━".encode() in shown
    assert b"the data conform to the shapes" in shown


def test_python_m_steamkg_is_the_command() -> None:
    shown = process("--version", stdout=subprocess.PIPE).communicate(timeout=60)
    assert shown == (f"steamkg, version {steamkg.__version__}\n".encode(), b"")


def test_dump_as_sssom_of_a_build_without_mappings_is_exit_code_2(run: Run, built: Path) -> None:
    result = run("dump", "--format", "sssom")
    assert result.exit_code == 2
    assert "this build has no mapping set" in result.stderr
