"""All routes for programs: OpenAPI 3.1, made from the table of formats and the tables below.

``document`` describes what ``create_app`` serves; a test holds the two against each other.
"""

from typing import Any, Final

from steamkg import __version__
from steamkg.graph.names import BASE
from steamkg.protocol.formats import CHOICES, Kind, offers
from steamkg.protocol.request import FORM, QUERY

Object = dict[str, Any]

_PROBLEM: Final = "application/problem+json"
_HTML: Final = "text/html"
_TEXT: Final[Object] = {"schema": {"type": "string"}}
_BOTH: Final = Kind.SOLUTIONS | Kind.TRIPLES

_FAILURES: Final[dict[int, str]] = {
    400: "The request or the query cannot be understood; line and column where there are any.",
    401: "The operator's token is missing or wrong.",
    403: "The request asks for what is never done here: updates, or asking other hosts.",
    404: "There is nothing by that name.",
    405: "The method is not one of those in Allow.",
    406: "No format, or no content coding, that the client takes is to be had.",
    413: "The request, or the result, is larger than the limit.",
    414: "The query is longer than the limit.",
    415: "The body has a type, charset or coding that is not read here.",
    500: "A fault of the server; it has been logged.",
    503: "A limit was reached, or the engine is down; Retry-After where it may be gone soon.",
}


def document() -> Object:
    """The description."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "steamkg",
            "version": __version__,
            "summary": "The STEAM-education ecosystem as a knowledge graph",
            "description": "SPARQL 1.1, linked data and pages. An answer is complete or a failure.",
            "license": {"name": "MIT AND CC-BY-4.0", "identifier": "MIT AND CC-BY-4.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [
            {"name": "sparql", "description": "Queries"},
            {"name": "data", "description": "Things, terms and graphs, by their IRI"},
            {"name": "pages", "description": "For people; in HTML"},
            {"name": "operator", "description": "For those who run the server"},
        ],
        "paths": {**_sparql(), **_data(), **_pages(), **_operator()},
        "components": {
            "schemas": {"Problem": _problem(), "Health": _health(), "Queries": _queries()},
            "securitySchemes": {
                "operator": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "The token that `steamkg token` printed.",
                }
            },
        },
    }


def _operation(
    name: str,
    tag: str,
    summary: str,
    responses: Object,
    failures: tuple[int, ...] = (),
    **more: Any,
) -> Object:
    problems = {str(status): _failure(status) for status in (*failures, 500)}
    return {
        "operationId": name,
        "tags": [tag],
        "summary": summary,
        "responses": {**responses, **problems},
        **more,
    }


def _failure(status: int) -> Object:
    headers: Object = {}
    if status == 503:
        headers["Retry-After"] = {"schema": {"type": "integer", "minimum": 0}}
    if status == 401:
        headers["WWW-Authenticate"] = {"schema": {"type": "string"}}
    found: Object = {
        "description": _FAILURES[status],
        "content": {
            _PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}},
            "text/plain": _TEXT,
            _HTML: _TEXT,
        },
    }
    return {**found, "headers": headers} if headers else found


def _answer(description: str, *media_types: str) -> Object:
    return {
        "200": {
            "description": description,
            "content": dict.fromkeys(media_types, _TEXT),
        }
    }


def _media_types(kind: Kind) -> tuple[str, ...]:
    return tuple(dict.fromkeys(offer.media_type for offer in offers(kind)))


def _parameter(name: str, description: str, **more: Any) -> Object:
    return {
        "name": name,
        "in": "query",
        "description": description,
        "schema": {"type": "string"},
        **more,
    }


def _in_path(name: str, description: str) -> Object:
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": description,
        "schema": {"type": "string"},
    }


def _format(kind: Kind, *others: str) -> Object:
    names = dict.fromkeys(name for one in CHOICES if one.kind in kind for name in one.names)
    return _parameter(
        "format",
        "The format, by name; wins over Accept.",
        schema={"type": "string", "enum": [*others, *names]},
    )


def _sparql() -> Object:
    graphs: Object = {"type": "array", "items": {"type": "string", "format": "iri"}}
    fields: Object = {
        "query": {"type": "string", "description": "The query, SPARQL 1.1."},
        "default-graph-uri": {**graphs, "description": "Graphs merged into the default graph."},
        "named-graph-uri": {**graphs, "description": "Graphs that GRAPH sees."},
    }
    given = [
        _parameter(name, schema["description"], schema=schema) for name, schema in fields.items()
    ]
    ok = _answer("The complete result.", *_media_types(_BOTH))
    unchanged = {"304": {"description": "The client has this result already (If-None-Match)."}}
    failures = (400, 403, 406, 503)
    post = {
        "required": True,
        "content": {
            FORM: {"schema": {"type": "object", "properties": fields, "required": ["query"]}},
            QUERY: {"schema": {"type": "string"}},
        },
    }
    return {
        "/sparql": {
            "get": _operation(
                "query",
                "sparql",
                "Answer a query; without parameters, describe the service, or show the editor.",
                {**ok, **unchanged},
                (*failures, 413, 414),
                parameters=[*given, _format(_BOTH)],
            ),
            "post": _operation(
                "postQuery",
                "sparql",
                "Answer a query that is sent as a form or as it is.",
                ok,
                (*failures, 413, 415),
                parameters=[*given[1:], _format(_BOTH)],
                requestBody=post,
            ),
        }
    }


def _data() -> Object:
    triples = _media_types(Kind.TRIPLES)
    choice = [_format(Kind.TRIPLES, "html")]
    iri = _in_path("name", f"What follows `{BASE}id/` in the IRI; may hold slashes.")
    graph = _in_path("name", f"What follows `{BASE}graph/` in the IRI; may hold slashes.")
    see_other: Object = {"303": {"description": "The page or the data of it, as Accept says."}}
    version = _in_path("version", "A version of the ontology.")
    shown = _answer("A page, or RDF.", _HTML, *triples)
    return {
        "/id/{name}": {
            "get": _operation(
                "thing", "data", "A thing by its IRI.", see_other, (404, 406), parameters=[iri]
            )
        },
        "/page/id/{name}": {
            "get": _operation(
                "page",
                "data",
                "What is known about a thing, as a page.",
                _answer("The page.", _HTML),
                (404, 503),
                parameters=[iri],
            )
        },
        "/data/id/{name}": {
            "get": _operation(
                "data",
                "data",
                "What is known about a thing, as RDF.",
                _answer("The triples.", *triples),
                (404, 406, 503),
                parameters=[iri, _format(Kind.TRIPLES)],
            )
        },
        "/ontology": {"get": _shown("ontology", "The ontology.", shown, choice)},
        "/ontology/{version}": {
            "get": _shown("ontologyVersion", "A version of it.", shown, [version, *choice])
        },
        "/shapes": {"get": _shown("shapes", "The SHACL shapes.", shown, choice)},
        "/graph": {"get": _shown("graphs", "All named graphs.", shown, choice)},
        "/graph/{name}": {"get": _shown("graph", "A named graph.", shown, [graph, *choice])},
    }


def _shown(name: str, summary: str, answer: Object, parameters: list[Object]) -> Object:
    return _operation(name, "data", summary, answer, (404, 406, 503), parameters=parameters)


def _page(name: str, summary: str, *parameters: Object, failures: tuple[int, ...] = ()) -> Object:
    return {
        "get": _operation(
            name,
            "pages",
            summary,
            _answer("The page.", _HTML),
            (*failures, 503),
            parameters=list(parameters),
        )
    }


def _pages() -> Object:
    dataset = _parameter("dataset", "What to ask.", schema={"enum": ["all", "asserted"]})
    asked = [_parameter("query", "The query."), dataset, _format(_BOTH, "html")]
    results = _operation(
        "results",
        "pages",
        "The result of a query as a page, or as a file.",
        _answer("The page or the file.", _HTML, *_media_types(_BOTH)),
        (400, 403, 406, 413, 503),
    )
    form: Object = {"type": "object", "properties": {one["name"]: one["schema"] for one in asked}}
    return {
        "/": _page("home", "What this is, in numbers and questions."),
        "/browse": _page("browse", "The kinds of things."),
        "/browse/{name}": _page(
            "browseKind", "The things of a kind.", _in_path("name", "Kind."), failures=(404,)
        ),
        "/search": _page("search", "Things by name.", _parameter("q", "Words.")),
        "/editor": _page(
            "editor",
            "A form for queries.",
            _parameter("example", "A stored query to begin with."),
            *asked[:2],
            failures=(404,),
        ),
        "/results": {
            "get": {**results, "parameters": asked},
            "post": {
                **results,
                "operationId": "postResults",
                "requestBody": {"content": {FORM: {"schema": form}}},
            },
        },
        "/query": _page("storedQueries", "The stored queries."),
        "/query/{topic}/{name}": _page(
            "storedQuery",
            "A stored query and its rows; each of its own parameters may be given as well.",
            _in_path("topic", "Its topic."),
            _in_path("name", "Its name."),
            _format(_BOTH, "html"),
            failures=(400, 404, 406, 413),
        ),
        "/static/{filename}": _page(
            "asset", "Styles, scripts, pictures.", _in_path("filename", "File."), failures=(404,)
        ),
    }


def _operator() -> Object:
    security: Object = {"security": [{"operator": []}]}
    number: Object = {**_in_path("number", "The query's id."), "schema": {"type": "integer"}}

    def schema(name: str) -> Object:
        return {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}

    return {
        "/health": {
            "get": _operation(
                "health",
                "operator",
                "Whether the server lives and can answer.",
                {
                    "200": {"description": "It can.", "content": schema("Health")},
                    "503": {"description": "Not now.", "content": schema("Health")},
                },
            )
        },
        "/metrics": {
            "get": _operation(
                "metrics", "operator", "Figures for Prometheus.", _answer("Text.", "text/plain")
            )
        },
        "/openapi.json": {
            "get": _operation(
                "description", "operator", "This description.", _answer("It.", "application/json")
            )
        },
        "/queries": {
            "get": _operation(
                "queries",
                "operator",
                "The queries under way, the oldest first.",
                {"200": {"description": "They.", "content": schema("Queries")}},
                (401, 404),
                **security,
            )
        },
        "/queries/{number}": {
            "delete": _operation(
                "cancel",
                "operator",
                "End a query, which then fails with status 503.",
                {"204": {"description": "It has ended."}},
                (401, 404),
                parameters=[number],
                **security,
            )
        },
    }


def _problem() -> Object:
    return {
        "type": "object",
        "description": "RFC 9457; a failure may have more members, such as line, column, limit.",
        "required": ["title", "status", "detail"],
        "properties": {
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
            "code": {"type": "string", "description": "A stable name for programs."},
        },
    }


def _health() -> Object:
    return {
        "type": "object",
        "required": ["status", "live", "ready", "version", "dataset"],
        "properties": {
            "status": {"enum": ["ok", "down"]},
            "live": {"type": "boolean"},
            "ready": {"type": "boolean"},
            "version": {"type": "string", "description": "Of the software."},
            "dataset": {"type": "string", "description": "Of the data: their content hash."},
            "triples": {"type": ["integer", "null"]},
        },
    }


def _queries() -> Object:
    one = {
        "type": "object",
        "required": ["id", "state", "seconds", "query"],
        "properties": {
            "id": {"type": "integer"},
            "state": {"enum": ["waiting", "running"]},
            "seconds": {"type": "number", "description": "Since it came."},
            "query": {"type": "string", "description": "The start of its text's SHA-256."},
        },
    }
    return {
        "type": "object",
        "required": ["queries"],
        "properties": {"queries": {"type": "array", "items": one}},
    }
