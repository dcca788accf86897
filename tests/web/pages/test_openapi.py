"""The description of all routes holds what is served, and is valid OpenAPI 3.1."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openapi_spec_validator import OpenAPIV31SpecValidator

from steamkg.engine.failures import EngineFailure
from steamkg.protocol.failures import _STATUS
from steamkg.protocol.formats import CHOICES
from steamkg.web import openapi

HOMES = ("/", "/{language}/")


@pytest.mark.parametrize("own", [True, False])
def test_description_is_valid(own: bool) -> None:
    OpenAPIV31SpecValidator(openapi.document(own=own)).validate()


def test_description_is_served_and_linked_from_home(program: FlaskClient) -> None:
    response = program.get("/openapi.json")
    assert response.content_type == "application/json"
    assert response.get_json() == openapi.document()
    assert 'href="/openapi.json"' in program.get("/en/").text


def test_description_has_every_route_and_no_other(pages_app: Flask) -> None:
    described = {
        (path, method)
        for path, operations in openapi.document()["paths"].items()
        for method in operations
    }
    answered_before_flask = {("/sparql", "post"), ("/update", "post")} | {
        (f"/graph-store{below}", method)
        for below in ("", "/{name}")
        for method in ("get", "put", "post", "patch", "delete", "parameters")
    }
    assert answered_before_flask < described
    for_tests_alone = {("/en/components", "get")}
    assert described - answered_before_flask == routes(pages_app) - for_tests_alone


def test_every_format_and_failure_is_described() -> None:
    query = openapi.document()["paths"]["/sparql"]["get"]
    update = openapi.document()["paths"]["/update"]["post"]
    patch = openapi.document()["paths"]["/graph-store"]["patch"]
    media_types = query["responses"]["200"]["content"]
    assert {one.media_type for one in CHOICES} <= media_types.keys()
    statuses = {str(_STATUS[kind].value) for kind in EngineFailure.names.values()}
    described = (query, update, patch)
    assert statuses <= {status for one in described for status in one["responses"]}


def test_operations_have_names_of_their_own() -> None:
    names = [
        operation["operationId"]
        for path in openapi.document()["paths"].values()
        for method, operation in path.items()
        if method != "parameters"
    ]
    assert len(names) == len(set(names))


def routes(app: Flask) -> set[tuple[str, str]]:
    """Path and method of every route, as OpenAPI writes them."""
    found = set()
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<(?:[^<>:]+:)?(\w+)>", r"{\1}", rule.rule)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            found.add((path if path in HOMES else path.rstrip("/"), method.lower()))
    return found
