"""``steamkg link`` and ``steamkg accept``: what they print and write, on the real graph."""

import csv
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import openpyxl
import pyoxigraph as ox
import pytest
from click.testing import CliRunner, Result

from steamkg.cli import cli
from steamkg.graph.names import ENTITY

Run = Callable[..., Result]
READY = re.compile(r" at (http://\S+)/\n")
KTU = ENTITY + "organisation/kauno-technologijos-universitetas"
LIST = "Partner;Code\nKTU;17\nAlytaus m. sav.;18\n=SUM(A1:A9);19\n;20\n"


@pytest.fixture
def run(real_build: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("STEAMKG_BUILD", str(real_build))

    def call(*arguments: object, **options: object) -> Result:
        return CliRunner().invoke(
            cli, [str(one) for one in arguments], catch_exceptions=False, **options
        )

    return call


@pytest.fixture
def partners(tmp_path: Path) -> Path:
    path = tmp_path / "partners.csv"
    path.write_text(LIST)
    return path


@pytest.mark.parametrize("command", ["link", "accept"])
def test_help_says_that_a_person_decides(run: Run, command: str) -> None:
    text = " ".join(run(command, "--help").stdout.split())
    assert "accepted" in text
    assert "[default:" in text


def test_candidates_are_shown_with_score_reason_and_verdict(run: Run, partners: Path) -> None:
    result = run("link", partners, "--column", "partner")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    first = next(line for line in lines if "KTU" in line)
    for part in ("clear", "92.5", "abbreviation by initials: KTU", "<id/organisation/kauno-tech"):
        assert part in first
    assert "ambiguous (2)" in result.stdout
    assert "3 names: 1 clear, 1 ambiguous, 0 unsure, 1 none; nothing is linked" in result.stderr


def test_the_kind_settles_what_the_name_does_not(run: Run, partners: Path) -> None:
    result = run("link", partners, "--column", "Partner", "--kind", "territory")
    assert "ambiguous" not in result.stdout
    assert "<id/territory/alytaus-miesto-savivaldybe>" in result.stdout


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_from_a_list_through_a_decision_to_turtle(
    run: Run, partners: Path, tmp_path: Path, ending: str
) -> None:
    sheet, links = tmp_path / f"review.{ending}", tmp_path / "links.ttl"
    shown = run("link", partners, "--column", "Partner", "--identifier", "Code", "--output", sheet)
    assert shown.exit_code == 0
    nothing = run("accept", sheet, "--scheme", "mine", "--output", links)
    assert nothing.exit_code == 1
    assert "nothing is accepted" in nothing.stderr
    assert not links.exists()
    decide(sheet, KTU)
    done = run("accept", sheet, "--scheme", "mine", "--date", "2026-01-02", "--output", links)
    assert done.exit_code == 0, done.stderr
    assert "1 accepted link; 3 rows not decided" in done.stderr
    triples = list(ox.parse(links.read_bytes(), ox.RdfFormat.TURTLE))
    scheme = ox.NamedNode(ENTITY + "identifier-scheme/mine")
    assert {
        (triple.subject, triple.object)
        for triple in triples
        if triple.predicate.value.endswith("/identifier")
    } == {(ox.NamedNode(KTU), ox.Literal("17", datatype=scheme))}


def decide(sheet: Path, thing: str) -> None:
    """Write "accepted" where the candidate is ``thing``, as a person does."""
    if sheet.suffix == ".xlsx":
        book = openpyxl.load_workbook(sheet)
        page = book.active
        assert page is not None
        head = [cell.value for cell in page[1]]
        assert {cell.data_type for row in page.iter_rows() for cell in row} == {"s"}
        for row in page.iter_rows(min_row=2):
            if row[head.index("candidate")].value == thing:
                row[head.index("decision")].value = "accepted"
        book.save(sheet)
        return
    with sheet.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row["decision"] = "accepted" if row["candidate"] == thing else ""
    with sheet.open("w", encoding="utf-8", newline="") as file:
        # As a spreadsheet with Lithuanian settings saves it.
        writer = csv.DictWriter(file, rows[0].keys(), delimiter=";")
        writer.writeheader()
        writer.writerows(rows)


def test_a_sheet_with_decisions_is_not_overwritten(
    run: Run, partners: Path, tmp_path: Path
) -> None:
    sheet = tmp_path / "review.csv"
    sheet.write_text("decisions of a whole day")
    arguments = ("link", partners, "--column", "Partner", "--output", sheet)
    refused = run(*arguments)
    assert refused.exit_code == 1
    assert "--overwrite replaces it" in refused.stderr
    assert sheet.read_text() == "decisions of a whole day"
    assert run(*arguments, "--overwrite").exit_code == 0


def test_standard_input_is_read(run: Run) -> None:
    result = run("link", "-", "--no-header", input="Šiaulių univ.\n")
    assert "<id/organisation/siauliu-universitetas>" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--column", "Partners"), "no column 'Partners'; did you mean 'Partner'"),
        ((), "which --column has the names?"),
        (("--column", "Partner", "--kind", "organization"), "did you mean organisation?"),
        (("--column", "Partner", "--output", "x.ods"), "neither .xlsx or .csv"),
    ],
)
def test_a_mistake_is_said_in_a_line(
    run: Run, partners: Path, arguments: tuple[str, ...], message: str
) -> None:
    result = run("link", partners, *arguments)
    assert result.exit_code in (1, 2)
    assert message in " ".join(result.stderr.split())


@pytest.mark.parametrize(
    ("scheme", "message"), [("My list", "is no short name"), ("ror", "has a scheme ror already")]
)
def test_a_scheme_that_cannot_be_is_refused(
    run: Run, tmp_path: Path, scheme: str, message: str
) -> None:
    sheet = tmp_path / "review.csv"
    sheet.write_text(f"row,name,candidate,reason,decision\n2,KTU,{KTU},r,accepted\n")
    result = run("accept", sheet, "--scheme", scheme)
    assert result.exit_code == 2
    assert message in " ".join(result.stderr.split())


def test_without_a_build_it_says_how_to_get_names(
    run: Run, partners: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STEAMKG_BUILD", str(tmp_path / "nowhere"))
    result = run("link", partners, "--column", "Partner")
    assert result.exit_code == 1
    assert "`steamkg build` makes one, or name an --endpoint" in result.stderr


@pytest.fixture(scope="module")
def endpoint(real_build: Path) -> Iterator[str]:
    """The address of the endpoint of `steamkg serve` on a free port."""
    command = [sys.executable, "-m", "steamkg", "serve", "--port", "0", "--no-build"]
    with subprocess.Popen(
        [*command, "--output", real_build], stdout=subprocess.PIPE, text=True
    ) as server:
        try:
            assert server.stdout is not None
            greeting = server.stdout.readline()
            ready = READY.search(greeting)
            assert ready, greeting
            yield ready[1]
        finally:
            server.terminate()


def test_an_endpoint_gives_the_same_as_a_build(run: Run, partners: Path, endpoint: str) -> None:
    here = run("link", partners, "--column", "Partner")
    there = run("link", partners, "--column", "Partner", "--endpoint", endpoint + "/sparql")
    assert there.exit_code == 0, there.stderr
    assert there.stdout == here.stdout


@pytest.mark.parametrize("path", ["/health", "/nothing"])
def test_what_is_no_endpoint_is_said_to_be_none(
    run: Run, partners: Path, endpoint: str, path: str
) -> None:
    result = run("link", partners, "--column", "Partner", "--endpoint", endpoint + path)
    assert result.exit_code == 1
    assert f"{endpoint}{path} refused the question" in result.stderr
    assert "Traceback" not in result.stderr


def test_an_endpoint_that_does_not_answer_is_named(run: Run, partners: Path) -> None:
    # Port 0 is nobody's: connecting to it fails at once.
    result = run("link", partners, "--column", "Partner", "--endpoint", "http://127.0.0.1:0/sparql")
    assert result.exit_code == 1
    assert "http://127.0.0.1:0/sparql cannot be reached" in result.stderr
