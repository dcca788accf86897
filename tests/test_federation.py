"""The federated query of ``queries/README.md``, between two running servers.

The client is a local engine; what it asks of Wikidata is answered by a second server with a few of
Wikidata's statements, those that the table of identifiers gives.
"""

import csv
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyoxigraph as ox
import pytest

READY = re.compile(r" at (http://\S+)/\n")
OURS, WIKIDATA = "http://127.0.0.1:8000/sparql", "https://query.wikidata.org/sparql"
CODE = "http://www.wikidata.org/prop/direct/P300"
ITEM = "http://www.wikidata.org/entity/"


@contextmanager
def serving(*arguments: str) -> Iterator[str]:
    """The endpoint of a `steamkg serve` on a free port."""
    command = [sys.executable, "-m", "steamkg", "serve", "--port", "0", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            greeting = server.stdout.readline()
            ready = READY.search(greeting)
            assert ready, greeting
            yield ready[1] + "/sparql"
        finally:
            server.terminate()


@pytest.fixture(scope="module")
def codes(shared: Path) -> dict[str, str]:
    """ISO 3166-2 code of each item of a municipality in Wikidata, as the table gives them."""
    with (shared / "reference" / "identifiers.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["kind"] == "municipality"]
    items = {row["label_lt"]: row["value"] for row in rows if row["scheme"] == "wikidata"}
    found = {row["label_lt"]: row["value"] for row in rows if row["scheme"] == "iso3166-2"}
    return {ITEM + items[name]: code for name, code in found.items()}


@pytest.fixture(scope="module")
def written(root: Path) -> str:
    """The query as the documentation gives it."""
    text = (root / "queries" / "README.md").read_text("utf-8")
    (query,) = re.findall(r"```sparql\n(.*?)```", text, re.DOTALL)
    return str(query)


def test_the_federated_query_joins_two_servers(
    real_build: Path, root: Path, codes: dict[str, str], written: str, tmp_path: Path
) -> None:
    expected = root / "queries" / "alignment" / "municipalities-with-wikidata.csv"
    with expected.open(encoding="utf-8", newline="") as file:
        half = {row["municipality"]: row["item"] for row in csv.DictReader(file)}
    # One item is kept from the second server: a join has to lose it.
    (lost, unknown), *others = half.items()
    statements = (f'<{item}> <{CODE}> "{code}" .\n' for item, code in codes.items())
    copy = tmp_path / "wikidata.nt"
    copy.write_text("".join(line for line in statements if f"<{unknown}>" not in line), "utf-8")
    with (
        serving("--no-build", "--output", str(real_build)) as ours,
        serving("--dataset", str(copy)) as theirs,
    ):
        assert written.count(OURS) == written.count(WIKIDATA) == 1
        query = written.replace(OURS, ours).replace(WIKIDATA, theirs)
        answer = ox.Store().query(query)
        assert isinstance(answer, ox.QuerySolutions)
        joined = {row["municipality"].value: row["code"].value for row in answer}
    assert lost not in joined
    assert joined == {name: codes[item] for name, item in others}
