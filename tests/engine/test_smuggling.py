"""Nothing that reaches for another host gets past the checks, however it is written; and if it did.

The engine itself says what it takes for SERVICE, LOAD or FROM: it is asked with an address that its
HTTP client refuses by itself (port 1), so that it is seen to try and dials nothing.
"""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steamkg.engine.change import Change
from steamkg.engine.dataset import view
from steamkg.engine.failures import EngineFailure
from steamkg.engine.files import Files, load
from steamkg.engine.question import Question
from steamkg.engine.store import Stores
from steamkg.engine.update import Update

ADDRESS = "http://127.0.0.1:1/"
SERVER = Path(__file__).resolve().parents[2] / "server"

GAPS = st.sampled_from(
    (
        " ",
        "",
        "\t",
        "\r",
        "\n",
        "\r\n",
        "#c\n",
        "#'\r",
        "# {\n",
        "#\n#\n",
        " \n ",
        "\x0b",
        "\x0c",
        "\x00",
        "\xa0",
        "\u2028",
        "\u3000",
        "\ufeff",
        "\u200b",
        "\x85",
        "\\u0020",
    )
)
AROUND = st.sampled_from(
    (
        *("", "", "", "'", '"', "'''", '"""', "#", "\\u0027", "\\u0022", "\\u000a", "\\u0023"),
        *("\\", "'a'", '"#"', "'\\''", '"""\'"""', "<#>", "<'x>", "?a<'x>y'", "{", "}", "n:x"),
        "FILTER(1<2)",
    )
)


@st.composite
def disguised(draw: st.DrawFn, word: str) -> str:
    """A word with some of its letters in the other case, or as their code points."""
    letters = []
    for letter in word:
        how = draw(st.sampled_from(("as it is",) * 6 + ("other", "short", "long")))
        written = {
            "as it is": letter,
            "other": letter.swapcase(),
            "short": f"\\u{ord(letter):04X}",
            "long": f"\\U{ord(letter):08x}",
        }
        letters.append(written[how])
    return "".join(letters)


@st.composite
def written(draw: st.DrawFn, *words: str) -> str:
    """The words in a row with gaps of all kinds, and something before them and behind."""
    text = draw(AROUND)
    for word in words:
        text += draw(GAPS) + draw(disguised(word))
    return text + draw(GAPS) + draw(AROUND)


IRI = st.sampled_from((f"<{ADDRESS}>", "n:", "n:x", "<>", "<x>", f"<\\u0068{ADDRESS[1:]}>"))
PROLOGUE = f"BASE <{ADDRESS}> PREFIX n: <{ADDRESS}> "


def tries(action) -> bool:  # type: ignore[no-untyped-def]
    """Whether the engine takes it, and would dial."""
    try:
        action()
    except SyntaxError:
        return False
    except (OSError, RuntimeError) as error:
        return "port 1" in str(error) or "service" in str(error).casefold()
    return False


def queried(text: str) -> None:
    store = ox.Store()
    node = ox.NamedNode(ADDRESS)
    store.add(ox.Quad(node, node, node))
    found = store.query(text)
    if not isinstance(found, ox.QueryBoolean):
        list(found)


def test_engine_is_seen_to_try() -> None:
    assert tries(lambda: queried(f"SELECT * {{ ?s ?p ?o SERVICE#c\n<{ADDRESS}>{{ ?a ?b ?c }} }}"))
    assert tries(lambda: ox.Store().update(f"LOAD<{ADDRESS}>"))
    assert not tries(lambda: queried(f"SELECT * {{ ?s ?p 'SERVICE <{ADDRESS}> {{}}' }}"))


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_no_service_is_smuggled(stores: Stores, data: st.DataObject) -> None:
    call = data.draw(written("SERVICE", data.draw(IRI), "{", "}"))
    text = f"{PROLOGUE} SELECT * {{ ?s ?p ?o . {call} }}"
    if tries(lambda: queried(text)):
        silent = text.replace("SERVICE", "SERVICE SILENT")
        for one in (text, silent):
            with pytest.raises(EngineFailure):
                view(stores, Question(text=one))


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_no_load_is_smuggled(data: st.DataObject) -> None:
    before = data.draw(st.sampled_from(("", "INSERT DATA { <x:a> <x:b> 'c' } ;", "CLEAR ALL;")))
    call = data.draw(written("LOAD", data.draw(IRI)))
    text = f"{PROLOGUE} {before} {call}"
    if tries(lambda: ox.Store().update(text)):
        with pytest.raises(EngineFailure):
            list(
                Update(
                    load(Files(merge=False)), Change(kind="update", body=text.encode())
                ).patches()
            )


def _update(text: str) -> Change:
    return Change(kind="update", body=text.encode())


def shown(text: str) -> bool:
    """Whether the engine asks the graph ADDRESS and no other, because FROM says so."""
    store = ox.Store()
    seen, other = ox.NamedNode("urn:seen"), ox.NamedNode("urn:other")
    store.add(ox.Quad(seen, seen, seen, ox.NamedNode(ADDRESS)))
    store.add(ox.Quad(other, other, other, other))
    try:
        found = store.query(text)
        rows = {term for row in found for term in row} if _has_rows(found) else set()
    except (SyntaxError, OSError, RuntimeError):
        return False
    return seen in rows and other not in rows


def _has_rows(found: object) -> bool:
    return isinstance(found, ox.QuerySolutions)


def test_engine_is_seen_to_ask_a_graph() -> None:
    assert shown(f"SELECT * FROM<{ADDRESS}>{{ ?s ?p ?o }}")
    assert shown(f"SELECT * FROM#\nNAMED<{ADDRESS}>{{ GRAPH ?g {{ ?s ?p ?o }} }}")
    assert not shown("SELECT * { GRAPH ?g { ?s ?p ?o } }")


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_no_remote_graph_is_smuggled(stores: Stores, data: st.DataObject) -> None:
    named = data.draw(st.sampled_from(((), ("NAMED",))))
    clause = data.draw(written("FROM", *named, data.draw(IRI)))
    pattern = "GRAPH ?g { ?s ?p ?o }" if named else "?s ?p ?o"
    text = f"{PROLOGUE} SELECT * {clause} {{ {pattern} }}"
    if shown(text):
        with pytest.raises(EngineFailure):
            view(stores, Question(text=text))


WORKER = """
import os, socket, sys, time
from dataclasses import asdict
from steamkg.engine import dataset, frames, sandbox, update, worker
from steamkg.engine.change import Change
from steamkg.engine.files import Files, load
from steamkg.engine.question import Limits, Question
what, address, confined = sys.argv[1:]
dataset.refuse_service = lambda *_: None
update.Update._read = lambda self: []
update.Update.patches = lambda self: update.ox.Store().update(self._change.text) or ()
if confined == "no":
    sandbox.confine = lambda memory: None
theirs, ours = socket.socketpair()
stores = load(Files(merge=False))
if os.fork() == 0:
    theirs.close()
    worker.run(ours, stores, Limits(seconds=5))
ours.close()
if what == "LOAD":
    change = Change(kind="update", body=f"LOAD <{address}>".encode())
    frames.send(theirs, change.to_wire(), change.body)
else:
    text = f"SELECT * {{ {what} <{address}> {{ ?s ?p ?o }} }}"
    frames.send(theirs, Question(text=text).to_wire())
head, _ = frames.receive(theirs, limit=1 << 20)
print(head.get("failure", "answered"))
theirs.close()
os.wait()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the worker is confined whole on Linux only")
@pytest.mark.parametrize("what", ["SERVICE", "SERVICE SILENT", "LOAD"])
@pytest.mark.parametrize("confined", ["yes", "no"])
def test_worker_dials_nobody_with_the_checks_switched_off(what: str, confined: str) -> None:
    """With the sandbox off as well, it does: so this can fail."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(30 if confined == "no" else 0)
        address = f"http://127.0.0.1:{listening.getsockname()[1]}/"
        process = subprocess.Popen(
            [sys.executable, "-c", WORKER, what, address, confined],
            env={**os.environ, "PYTHONPATH": str(SERVER)},
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            if confined == "no":
                listening.accept()[0].close()
                return
            said, _ = process.communicate(timeout=60)
            with pytest.raises(BlockingIOError):
                listening.accept()
            assert said.strip() == ("answered" if "SILENT" in what else "Forbidden")
        finally:
            process.kill()
            process.communicate()
