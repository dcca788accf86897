"""How one operation is written in OpenAPI: its answers, its failures, its parameters."""

from typing import Any, Final

from steamkg.protocol.formats import CHOICES, Kind, offers

Object = dict[str, Any]

HTML: Final = "text/html"
TEXT: Final[Object] = {"schema": {"type": "string"}}
BOTH: Final = Kind.SOLUTIONS | Kind.TRIPLES
_PROBLEM: Final = "application/problem+json"

_FAILURES: Final[dict[int, str]] = {
    400: "The request or the query cannot be understood; line and column where there are any.",
    401: "The token is missing or wrong.",
    403: "The request asks for what it may not have here: a write, or asking other hosts.",
    404: "There is nothing by that name.",
    405: "The method is not one of those in Allow.",
    406: "No format, or no content coding, that the client takes is to be had.",
    409: "There is such a graph already, or none; nothing was changed.",
    412: "The graph is not in the version that If-Match or If-None-Match asks for.",
    413: "The request, or the result, is larger than the limit.",
    414: "The query is longer than the limit.",
    415: "The body has a type, charset or coding that is not read here.",
    422: "A patch of one graph reaches for another.",
    500: "A fault of the server; it has been logged.",
    502: "An endpoint that SERVICE asks gave no result.",
    504: "An endpoint that SERVICE asks did not answer in time.",
    507: "The dataset would have more quads than it may have.",
    503: "A limit was reached, or the engine is down; Retry-After where it may be gone soon.",
}


def operation(
    name: str,
    tag: str,
    summary: str,
    responses: Object,
    failures: tuple[int, ...] = (),
    **more: Any,
) -> Object:
    """An operation with what it answers, and the failures it may answer with instead."""
    problems = {str(status): failure(status) for status in (*failures, 500)}
    return {
        "operationId": name,
        "tags": [tag],
        "summary": summary,
        "responses": {**responses, **problems},
        **more,
    }


def failure(status: int) -> Object:
    """The response that tells a failure."""
    headers: Object = {}
    if status == 503:
        headers["Retry-After"] = {"schema": {"type": "integer", "minimum": 0}}
    if status == 401:
        headers["WWW-Authenticate"] = {"schema": {"type": "string"}}
    found: Object = {
        "description": _FAILURES[status],
        "content": {
            _PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}},
            "text/plain": TEXT,
            HTML: TEXT,
        },
    }
    return {**found, "headers": headers} if headers else found


_OPAQUE: Final = ("json", "spreadsheetml.sheet")


def answer(description: str, *media_types: str) -> Object:
    """The responses of an operation that answers 200, in any of these formats."""
    return {
        "200": {
            "description": description,
            # JSON may be of any shape and a workbook is no text; all else is, to who knows neither.
            "content": {one: {} if one.endswith(_OPAQUE) else TEXT for one in media_types},
        }
    }


def media_types(kind: Kind) -> tuple[str, ...]:
    """The media types of a kind of result."""
    return tuple(dict.fromkeys(offer.media_type for offer in offers(kind)))


def parameter(name: str, description: str, **more: Any) -> Object:
    """A parameter of the query string."""
    return {
        "name": name,
        "in": "query",
        "description": description,
        "schema": {"type": "string"},
        **more,
    }


def in_path(name: str, description: str) -> Object:
    """A parameter in the path."""
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": description,
        "schema": {"type": "string"},
    }


def format_choice(kind: Kind, *others: str) -> Object:
    """The parameter ``format``, with the names of ``others`` before those of the table."""
    names = dict.fromkeys(name for one in CHOICES if one.kind in kind for name in one.names)
    return parameter(
        "format",
        "The format, by name; wins over Accept.",
        schema={"type": "string", "enum": [*others, *names]},
    )
