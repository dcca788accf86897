"""The pages on the project and for programs; every snippet is run against a real server."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from tests.web.conftest import Server, await_ready, launch

from steamkg.protocol.formats import CHOICES
from steamkg.settings import Settings
from steamkg.web import about
from steamkg.web.alliance import MODALITIES


@pytest.fixture(scope="module")
def served(real_build: Path) -> Iterator[Server]:
    """The whole graph on a free port."""
    server = await_ready(launch(real_build))
    yield server
    server.stop()


@pytest.mark.parametrize("snippet", about.SNIPPETS, ids=lambda one: one.name)
def test_snippet_runs_and_answers(served: Server, snippet: about.Snippet, tmp_path: Path) -> None:
    text = snippet.text.format(host=served.url)
    if snippet.name in ("sparqlwrapper", "pandas"):
        if find_spec("pandas") is None and snippet.name == "pandas":
            pytest.skip("needs pandas")
        command = [sys.executable, "-c", text]
    elif snippet.name == "r":
        if shutil.which("Rscript") is None:
            pytest.skip("needs R")
        command = ["Rscript", "-e", text]
    else:
        if shutil.which("curl") is None:
            pytest.skip("needs curl")
        command = ["bash", "-ec", text]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "no_proxy": "127.0.0.1"},
    )
    assert (done.returncode, done.stderr) == (0, "")
    said = {
        "curl": "STEAM centras",
        "stored": "openEnded",
        "thing": "coordinating-council",
        "sparqlwrapper": "https://w3id.org/steamkg/id/organisation/",
        "pandas": "count",
        "r": "openEnded",
    }
    assert said[snippet.name] in done.stdout


def test_snippets_are_shown_with_the_address_of_the_server(visitor: FlaskClient) -> None:
    page = visitor.get("/lt/api", base_url="http://graph.example:8080/").text
    assert "curl -s http://graph.example:8080/sparql" in page
    assert "{host}" not in page
    assert page.count('<pre class="code"') == len(about.SNIPPETS)


def test_every_format_and_the_limits_of_the_settings_are_named(visitor: FlaskClient) -> None:
    page = visitor.get("/en/api").text
    assert [one.media_type for one in CHOICES if f"<code>{one.media_type}</code>" not in page] == []
    assert f"<dd>{Settings().result_rows:,}</dd>" in page
    assert "<dd>200\u00a0kB</dd>" in page


def test_citation_is_that_of_the_file(root: Path, visitor: FlaskClient) -> None:
    file = (root / "CITATION.cff").read_text("utf-8")
    for value in (about.TITLE, about.AUTHORS):
        assert f'"{value}"' in file
    page = visitor.get("/sl/about").text
    assert about.TITLE in page
    assert "@misc{steamkg," in page


def test_page_tells_the_facts_of_both_documents(visitor: FlaskClient) -> None:
    page = visitor.get("/en/about").text
    for word in ("Judita Šarpienė", "Tomas Jankus", "2020", "513", "124", "Slovenščina"):
        assert word in page
    for style in ("stated", "plan", "proposal", "possibility"):
        assert f'class="badge {style}"' in page


def test_modalities_come_from_sure_to_open_with_their_meanings_and_counts(
    visitor: FlaskClient,
) -> None:
    page = visitor.get("/en/about").text.partition('id="modality"')[2].partition("</dl>")[0]
    assert re.findall(r'class="badge (\w+)"', page) == list(MODALITIES)
    assert len(re.findall(r"<dd>\w[^<]{10,}<span", page)) == 4
    assert len(re.findall(r"\([1-9]\d* things and statements\)", page)) == 4
