"""All routes for programs: OpenAPI 3.1, made from the table of formats and the tables below.

``document`` describes what ``create_app`` serves; a test holds the two against each other.
"""

from typing import Final

from steamkg import __version__
from steamkg.engine.change import WRITES
from steamkg.graph.names import BASE
from steamkg.protocol.formats import Kind
from steamkg.protocol.request import FORM
from steamkg.web import (
    openapi_about,
    openapi_explore,
    openapi_matrix,
    openapi_sparql,
    sheets,
)
from steamkg.web.language import LANGUAGES
from steamkg.web.operations import (
    BOTH,
    HTML,
    Object,
    answer,
    failure,
    format_choice,
    in_path,
    media_types,
    operation,
    parameter,
)

_ELSEWHERE: Final[Object] = {
    "302": {"description": "The page of it, in the language that Accept-Language prefers."}
}
_LANGUAGE: Final[Object] = {
    **in_path("language", "The language of the page."),
    "schema": {"enum": list(LANGUAGES)},
}
_DATA: Final = ("/id/{name}", "/ontology", "/shapes", "/graph/{name}", "/sparql")
"""Addresses of pages that are something else without a language: data, or the endpoint."""


def document(*, own: bool = True) -> Object:
    """The description; of the project's own graph with its pages, or of another dataset."""
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
            {"name": "sparql", "description": "Queries, updates, graphs"},
            {"name": "data", "description": "Things, terms and graphs, by their IRI"},
            {"name": "pages", "description": "For people; in HTML"},
            {"name": "operator", "description": "For those who run the server"},
        ],
        "paths": {
            **openapi_sparql.paths(),
            **({**_data(), **_in_languages(_pages())} if own else _in_languages(_form())),
            **_operator(),
        },
        "components": {
            "schemas": {"Problem": _problem(), "Health": _health(), "Queries": _queries()},
            "securitySchemes": {
                "operator": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "The token that `steamkg token` printed.",
                },
                "writer": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "The token that `steamkg token --for writes` printed.",
                },
            },
        },
    }


def _data() -> Object:
    triples = media_types(Kind.TRIPLES)
    iri = in_path("name", f"What follows `{BASE}id/` in the IRI; may hold slashes.")
    graph = in_path("name", f"What follows `{BASE}graph/` in the IRI; may hold slashes.")
    see_other: Object = {"303": {"description": "The page or the data of it, as Accept says."}}
    version = in_path("version", "A version of the ontology.")
    return {
        "/id/{name}": {
            "get": operation(
                "thing", "data", "A thing by its IRI.", see_other, (404, 406), parameters=[iri]
            )
        },
        "/data/id/{name}": {
            "get": operation(
                "data",
                "data",
                "What is known about a thing, as RDF.",
                answer("The triples.", *triples),
                (404, 406, 503),
                parameters=[iri, format_choice(Kind.TRIPLES)],
            )
        },
        "/ontology": {"get": _document("ontology", "The ontology.")},
        "/ontology/{version}": {
            "get": operation(
                "ontologyVersion",
                "data",
                "A version of it.",
                {"303": {"description": "The ontology, while it is the version served."}},
                (404, 503),
                parameters=[version],
            )
        },
        "/shapes": {"get": _document("shapes", "The SHACL shapes.")},
        "/graph/{name}": {"get": _document("graph", "A named graph.", graph)},
        **openapi_about.data(),
        "/.well-known/void": {
            "get": operation(
                "void",
                "data",
                "The dataset described in DCAT and VoID.",
                answer("The triples.", *triples),
                (404, 406, 503),
                parameters=[format_choice(Kind.TRIPLES)],
            )
        },
    }


def _document(name: str, summary: str, *parameters: Object) -> Object:
    return operation(
        name,
        "data",
        summary,
        {**answer("The triples.", *media_types(Kind.TRIPLES)), **_ELSEWHERE},
        (404, 406, 503),
        parameters=[*parameters, format_choice(Kind.TRIPLES, "html")],
    )


def _page(name: str, summary: str, *parameters: Object, failures: tuple[int, ...] = ()) -> Object:
    return {
        "get": operation(
            name,
            "pages",
            summary,
            answer("The page.", HTML),
            (*failures, 503),
            parameters=list(parameters),
        )
    }


def _table(name: str, summary: str, *parameters: Object) -> Object:
    found = _page(name, summary, in_path("form", "`csv` or `xlsx`."), *parameters, failures=(404,))
    found["get"]["responses"]["200"] = answer("The file.", *sheets.KINDS.values())["200"]
    return found


def _pages() -> Object:
    dataset = parameter("dataset", "What to ask.", schema={"enum": ["all", "asserted"]})
    asked = [parameter("query", "The query."), dataset, format_choice(BOTH, "html")]
    results = operation(
        "results",
        "pages",
        "The result of a query as a page, or as a file.",
        answer("The page or the file.", HTML, *media_types(BOTH)),
        (400, 403, 406, 413, 503),
    )
    form: Object = {"type": "object", "properties": {one["name"]: one["schema"] for one in asked}}
    return {
        "/": _page("home", "What this is, in numbers and questions."),
        **openapi_explore.paths(),
        "/map": _page(
            "map",
            "Municipalities by how they are listed as partners.",
            *_map_choice(),
            parameter("territory", "The municipality to tell of."),
            failures=(404,),
        ),
        "/map/table.{form}": _table(
            "mapTable", "The rows beside the map, as a file.", *_map_choice()
        ),
        "/search": _page(
            "search",
            "Things by name.",
            parameter("q", "Part of a name; 120 characters of it count."),
            parameter("page", "Which page of the results.", schema={"type": "integer"}),
        ),
        "/suggest": {
            "get": operation(
                "suggest",
                "pages",
                "The likeliest things for the beginning of a name, at most eight.",
                answer("The suggestions.", "application/json"),
                (503,),
                parameters=[parameter("q", "Part of a name; 120 characters of it count.")],
            )
        },
        "/editor": _page(
            "editor",
            "A form for queries.",
            parameter("example", "A stored query to begin with."),
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
        "/id/{name}": _page(
            "page",
            "What is known about a thing.",
            in_path("name", f"What follows `{BASE}id/` in the IRI."),
            failures=(404,),
        ),
        "/why": _page(
            "why",
            "Why a triple holds: the rules that give it and their premises.",
            parameter("s", "The IRI of its subject."),
            parameter("p", "The IRI of its property."),
            parameter("o", "The IRI of its object, or a literal as N-Triples writes it."),
            failures=(400, 404),
        ),
        "/ontology": _page("ontologyPage", "The terms of the ontology."),
        **openapi_about.pages(),
        "/shapes": _page("shapesPage", "The SHACL shapes.", failures=(404,)),
        "/graph": _page("graphs", "All named graphs."),
        "/graph/{name}": _page(
            "graphPage",
            "A named graph and what it speaks of.",
            in_path("name", f"What follows `{BASE}graph/` in the IRI; may hold slashes."),
            failures=(404,),
        ),
        **_form(),
        **openapi_matrix.paths(),
        "/query": _page("storedQueries", "The stored queries."),
        "/query/{topic}/{name}": _page(
            "storedQuery",
            "A stored query and its rows; each of its own parameters may be given as well.",
            in_path("topic", "Its topic."),
            in_path("name", "Its name."),
            format_choice(BOTH, "html"),
            failures=(400, 404, 406, 413),
        ),
    }


def _map_choice() -> tuple[Object, ...]:
    by = {"enum": ["status", "existing", "potential"]}
    sort = {"enum": ["county", "existing", "potential"]}
    return (
        parameter("by", "What the colours tell.", schema=by),
        parameter("category", "A category of partners, by the last part of its IRI."),
        parameter("area", "An area of partnership, by the last part of its IRI."),
        parameter("county", "A county, by the last part of the IRI of its territory."),
        parameter("sort", "How the table is sorted, if not by name.", schema=sort),
    )


def _form() -> Object:
    return {"/sparql": _page("form", "A form for queries.")}


def _in_languages(pages: Object) -> Object:
    """Each page under a language, and its address without one, which leads there."""
    found: Object = {}
    for path, operations in pages.items():
        paged = {
            method: {
                **one,
                "parameters": [_LANGUAGE, *one.get("parameters", [])],
                # There is no page in a language that there is not.
                "responses": {**one["responses"], "404": failure(404)},
            }
            for method, one in operations.items()
        }
        found[f"/{{language}}{path}"] = paged
        if path in _DATA:
            continue
        one = operations["get"]
        found[path] = {
            "get": {
                **operation(
                    f"{one['operationId']}InPreferredLanguage",
                    "pages",
                    "The way to the page in the language that Accept-Language prefers.",
                    _ELSEWHERE,
                ),
                "parameters": one.get("parameters", []),
            }
        }
    asset = _page(
        "asset", "Styles, scripts, pictures.", in_path("filename", "File."), failures=(404,)
    )
    return {**found, "/static/{filename}": asset}


def _operator() -> Object:
    security: Object = {"security": [{"operator": []}]}
    number: Object = {**in_path("number", "The query's id."), "schema": {"type": "integer"}}

    def schema(name: str) -> Object:
        return {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}

    return {
        "/health": {
            "get": operation(
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
            "get": operation(
                "metrics", "operator", "Figures for Prometheus.", answer("Text.", "text/plain")
            )
        },
        "/openapi.json": {
            "get": operation(
                "description", "operator", "This description.", answer("It.", "application/json")
            )
        },
        "/queries": {
            "get": operation(
                "queries",
                "operator",
                "The queries and writes under way, the oldest first.",
                {"200": {"description": "They.", "content": schema("Queries")}},
                (401, 404),
                **security,
            )
        },
        "/queries/{number}": {
            "delete": operation(
                "cancel",
                "operator",
                "End a query, or a write not made yet, which then fails with status 503.",
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
        "required": ["id", "kind", "state", "seconds", "query"],
        "properties": {
            "id": {"type": "integer"},
            "kind": {"enum": ["query", *WRITES.values()]},
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
