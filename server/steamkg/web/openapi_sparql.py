"""The SPARQL protocols in OpenAPI: queries, updates, the graph store."""

from typing import Final

from steamkg.protocol import graph_store, multipart
from steamkg.protocol.formats import Kind
from steamkg.protocol.request import FORM, QUERY, UPDATE
from steamkg.web.operations import (
    BOTH,
    TEXT,
    Object,
    answer,
    format_choice,
    in_path,
    media_types,
    operation,
    parameter,
)

_GRAPHS: Final[Object] = {"type": "array", "items": {"type": "string", "format": "iri"}}
_DONE: Final[Object] = {"204": {"description": "It is done."}}
_CONDITIONS: Final[list[Object]] = [
    {
        "name": name,
        "in": "header",
        "description": f"Entity tags of the graph, in any format; * {star}.",
        "schema": {"type": "string"},
    }
    for name, star in (("If-Match", "if it is there"), ("If-None-Match", "if it is not there"))
]
_TOKEN: Final[Object] = {"security": [{}, {"writer": []}]}


def paths() -> Object:
    """The addresses of the protocols."""
    return {**_query(), **_update(), **_store()}


def _query() -> Object:
    fields: Object = {
        "query": {"type": "string", "description": "The query, SPARQL 1.1."},
        "default-graph-uri": {**_GRAPHS, "description": "Graphs merged into the default graph."},
        "named-graph-uri": {**_GRAPHS, "description": "Graphs that GRAPH sees."},
    }
    given = [
        parameter(name, schema["description"], schema=schema) for name, schema in fields.items()
    ]
    ok = answer("The complete result.", *media_types(BOTH))
    unchanged = {"304": {"description": "The client has this result already (If-None-Match)."}}
    failures = (400, 403, 406, 502, 503, 504)
    post = {
        "required": True,
        "content": {
            FORM: {"schema": {"type": "object", "properties": fields, "required": ["query"]}},
            QUERY: {"schema": {"type": "string"}},
        },
    }
    return {
        "/sparql": {
            "get": operation(
                "query",
                "sparql",
                "Answer a query; without parameters, describe the service, or show the editor.",
                {**ok, **unchanged},
                (*failures, 413, 414),
                parameters=[*given, format_choice(BOTH)],
            ),
            "post": operation(
                "postQuery",
                "sparql",
                "Answer a query that is sent as a form or as it is.",
                ok,
                (*failures, 413, 415),
                parameters=[*given[1:], format_choice(BOTH)],
                requestBody=post,
            ),
        }
    }


def _update() -> Object:
    graphs: Object = {
        "using-graph-uri": {**_GRAPHS, "description": "Graphs merged into the default graph."},
        "using-named-graph-uri": {**_GRAPHS, "description": "Graphs that GRAPH sees."},
    }
    text: Object = {"type": "string", "description": "The update, SPARQL 1.1."}
    form = {"type": "object", "properties": {"update": text, **graphs}, "required": ["update"]}
    return {
        "/update": {
            "post": operation(
                "update",
                "sparql",
                "Change a dataset of one's own, wholly or not at all; the project's is read-only.",
                _DONE,
                (400, 401, 403, 409, 413, 415, 503, 507),
                parameters=[
                    parameter(name, schema["description"], schema=schema)
                    for name, schema in graphs.items()
                ],
                requestBody={
                    "required": True,
                    "content": {FORM: {"schema": form}, UPDATE: {"schema": text}},
                },
                **_TOKEN,
            )
        }
    }


def _store() -> Object:
    which = [
        parameter("graph", "The IRI of a graph.", schema={"type": "string", "format": "iri"}),
        parameter(
            "default", "The default graph; has no value.", schema={"type": "string", "maxLength": 0}
        ),
    ]
    below = in_path("name", "The rest of a graph's own address; may hold slashes.")
    return {
        "/graph-store": _graph("", "A graph, named by ?graph or ?default", which),
        "/graph-store/{name}": _graph("ByAddress", "A graph that has this address", [below]),
    }


def _graph(suffix: str, what: str, parameters: list[Object]) -> Object:
    triples = media_types(Kind.TRIPLES)
    documents = dict.fromkeys(graph_store.MEDIA_TYPES, TEXT)
    body: Object = {"required": True, "content": documents}
    files: Object = {"type": "object", "additionalProperties": {"type": "string"}}
    several = {**documents, multipart.MEDIA_TYPE: {"schema": files}}
    patch: Object = {UPDATE: {"schema": {"type": "string", "description": "Of this graph alone."}}}
    made: Object = {"201": {"description": "The graph is new."}, **_DONE}
    written = (400, 401, 403, 412, 413, 415, 503, 507)
    unchanged: Object = {"304": {"description": "The client has this already (If-None-Match)."}}
    return {
        "parameters": [*parameters, *_CONDITIONS],
        "get": operation(
            f"readGraph{suffix}",
            "sparql",
            f"{what}, whole.",
            {**answer("The triples.", *triples), **unchanged},
            (400, 404, 406, 413, 503),
        ),
        "put": operation(
            f"putGraph{suffix}",
            "sparql",
            f"{what}: put this in its place.",
            made,
            written,
            requestBody=body,
            **_TOKEN,
        ),
        "post": operation(
            f"addToGraph{suffix}",
            "sparql",
            f"{what}: add this to it, or each document of a form.",
            made,
            written,
            requestBody={"content": several},
            **_TOKEN,
        ),
        "patch": operation(
            f"patchGraph{suffix}",
            "sparql",
            f"{what}: change it by an update that writes to no other.",
            made,
            (*written, 422),
            requestBody={"required": True, "content": patch},
            **_TOKEN,
        ),
        "delete": operation(
            f"deleteGraph{suffix}",
            "sparql",
            f"{what}: delete it.",
            _DONE,
            (400, 401, 403, 404, 412, 503, 507),
            **_TOKEN,
        ),
    }
