"""From request to response, with an engine that says what a test wants it to say."""

import io
import json
import logging
from typing import Any

import pyoxigraph as ox
import pytest

from steamkg.engine import failures as engine
from steamkg.engine.question import Answer, Question
from steamkg.graph.names import ALL, ASSERTED, BASE
from steamkg.protocol.endpoint import Endpoint
from steamkg.protocol.message import Request, Response

GRAPH = BASE + "graph/a/one"
MANIFEST = {
    "format": 1,
    "version": "0",
    "default": 7,
    "asserted": 5,
    "graphs": {GRAPH: {"kind": "section", "triples": 3}},
}


class Stub:
    """Answers every question with the same answer or failure."""

    def __init__(self, outcome: Answer | Exception) -> None:
        self.outcome = outcome
        self.manifest = MANIFEST
        self.asked: list[Question] = []

    def ask(self, question: Question, *, client: str = "") -> Answer:
        self.asked.append(question)
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


def request(**options: Any) -> Request:
    given: dict[str, Any] = {
        "method": "GET",
        "url": "http://localhost:8000/sparql",
        "query_string": "query=ASK%7B%7D",
        "accept": None,
        "content_type": None,
        "content_encoding": None,
        "content_length": None,
        "read": io.BytesIO().read,
    }
    return Request(**{**given, **options})


def respond(outcome: Answer | Exception, **options: Any) -> Response:
    return Endpoint(Stub(outcome), query_bytes=1000).respond(request(**options))


TRUE = Answer(form="ASK", media_type="application/json", body=b"{}", seconds=0.001)


def test_answer_has_the_type_that_the_client_named() -> None:
    response = respond(TRUE, accept="application/json")
    assert (response.status, response.content_type) == (200, "application/json")
    assert response.body == b"{}"
    assert ("Vary", "Accept, Accept-Encoding") in response.headers
    assert ("Server-Timing", "query;dur=1.000") in response.headers


@pytest.mark.parametrize(
    ("failure", "status", "code"),
    [
        (engine.QuerySyntaxError("x", line=2, column=3), 400, "query-syntax-error"),
        (engine.ParameterError("x"), 400, "parameter-error"),
        (engine.UnknownGraph("x", graph="http://e/"), 400, "unknown-graph"),
        (engine.QueryTooComplex("x"), 400, "query-too-complex"),
        (engine.Unsupported("x"), 400, "unsupported"),
        (engine.DatasetConflict("x"), 400, "dataset-conflict"),
        (engine.BadContent("x"), 400, "bad-content"),
        (engine.GraphConflict("x", graph="http://e/"), 409, "graph-conflict"),
        (engine.ForeignGraph("x"), 422, "foreign-graph"),
        (engine.PreconditionFailed("x", graph="http://e/"), 412, "precondition-failed"),
        (engine.DatasetFull("x", limit=5), 507, "dataset-full"),
        (engine.Forbidden("x"), 403, "forbidden"),
        (engine.NotExpressible("x"), 406, "not-expressible"),
        (engine.NotOffered("x", form="ASK"), 406, "not-acceptable"),
        (engine.ResultTooLarge("x", limit=5), 413, "result-too-large"),
        (engine.MemoryExceeded("x", limit=5), 503, "memory-exceeded"),
        (engine.DeadlineExceeded("x", seconds=1.5), 503, "deadline-exceeded"),
        (engine.Overloaded("x", seconds=1.5), 503, "overloaded"),
        (engine.Cancelled("x"), 503, "cancelled"),
        (engine.EngineDown("x"), 503, "engine-down"),
        (engine.ServiceFailed("x", endpoint="http://e/"), 502, "service-failed"),
        (engine.ServiceTimeout("x", endpoint="http://e/", seconds=5), 504, "service-timeout"),
        (engine.EvaluationFailed("x"), 500, "evaluation-failed"),
    ],
)
def test_every_failure_has_its_status(
    failure: engine.EngineFailure, status: int, code: str
) -> None:
    response = respond(failure, accept="application/sparql-results+json")
    assert (response.status, response.content_type) == (status, "application/problem+json")
    problem = json.loads(response.body)
    assert (problem["status"], problem["code"]) == (status, code)
    assert {"title", "detail"} <= problem.keys()


def test_every_failure_of_the_engine_is_in_the_table_above() -> None:
    marks = test_every_failure_has_its_status.pytestmark  # type: ignore[attr-defined]
    tested = {type(case[0]).__name__ for case in marks[0].args[1]}
    assert tested == engine.EngineFailure.names.keys()


def test_failure_is_plain_text_for_those_who_do_not_speak_json() -> None:
    failure = engine.QuerySyntaxError("what is this", line=2, column=3)
    for accept in (None, "*/*", "text/csv", "text/html,*/*;q=0.8"):
        response = respond(failure, accept=accept)
        assert response.content_type == "text/plain; charset=utf-8"
        assert response.body == b"Bad Request: line 2, column 3: what is this\n"


def test_syntax_error_tells_its_place_to_programs() -> None:
    failure = engine.QuerySyntaxError("what", line=2, column=3)
    problem = json.loads(respond(failure, accept="application/json").body)
    assert (problem["line"], problem["column"]) == (2, 3)


def test_overload_says_when_to_come_back() -> None:
    response = respond(engine.Overloaded("x", seconds=1.5))
    assert ("Retry-After", "2") in response.headers


def test_fault_is_logged_and_not_told(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        response = respond(engine.EvaluationFailed("secret detail"))
    assert b"secret" not in response.body
    assert "secret detail" in caplog.text


@pytest.mark.parametrize(("form", "offered"), [("ASK", "text/csv"), ("DESCRIBE", "text/turtle")])
def test_form_without_format_is_told_what_there_is(form: str, offered: str) -> None:
    failure = engine.NotOffered("x", form=form)
    problem = json.loads(respond(failure, accept="application/json").body)
    assert offered in problem["offered"]
    assert form in problem["detail"]


def test_preflight_allows_what_clients_send() -> None:
    response = respond(TRUE, method="OPTIONS")
    headers = dict(response.headers)
    assert response.status == 204
    assert headers["Allow"] == headers["Access-Control-Allow-Methods"]
    assert "POST" in headers["Allow"]
    assert "Content-Type" in headers["Access-Control-Allow-Headers"]


def test_other_method_is_told_which_to_use() -> None:
    response = respond(TRUE, method="PUT")
    assert response.status == 405
    assert dict(response.headers)["Allow"] == "GET, HEAD, POST, OPTIONS"


SD = "PREFIX sd: <http://www.w3.org/ns/sparql-service-description#>\n"


def described(media_type: str) -> ox.Store:
    response = respond(TRUE, query_string="", accept=media_type)
    assert response.status == 200
    assert response.content_type.split(";")[0] == media_type
    store = ox.Store()
    store.load(response.body, ox.RdfFormat.from_media_type(media_type))
    return store


@pytest.mark.parametrize(
    "media_type",
    ["text/turtle", "application/ld+json", "application/rdf+xml", "application/n-triples"],
)
def test_description_is_rdf_in_the_format_asked_for(media_type: str) -> None:
    ask = SD + "ASK { ?s a sd:Service ; sd:endpoint <http://localhost:8000/sparql> }"
    assert bool(described(media_type).query(ask))


def test_description_lists_graphs_with_their_sizes() -> None:
    text = (
        SD + "PREFIX void: <http://rdfs.org/ns/void#> SELECT ?name ?n "
        "{ ?s sd:defaultDataset|sd:availableGraphs ?d . ?d sd:namedGraph ?g ."
        " ?g sd:name ?name ; sd:graph/void:triples ?n }"
    )
    rows = described("text/turtle").query(text)
    assert {(row["name"].value, row["n"].value) for row in rows} == {
        (GRAPH, "3"),
        (ALL, "7"),
        (ASSERTED, "5"),
    }


def test_description_in_no_format_is_not_acceptable() -> None:
    assert respond(TRUE, query_string="", accept="image/png").status == 406
