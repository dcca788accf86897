"""Reading a request: SPARQL 1.1 Protocol §2.1, and everything that a client can get wrong.

The query operation by GET, by POST of a form and by POST of the query itself. Whatever cannot be
one of these raises ``Problem`` with the reason.
"""

from binascii import a2b_qp
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qsl, unquote_to_bytes

from steamkg.engine.question import Question
from steamkg.protocol import negotiate
from steamkg.protocol.body import body_type, decoded, not_utf8, read_body
from steamkg.protocol.failures import Problem, bad_request
from steamkg.protocol.formats import Kind, Offer, named, offers
from steamkg.protocol.message import Request

METHODS: Final = ("GET", "HEAD", "POST", "OPTIONS")
FORM: Final = "application/x-www-form-urlencoded"
QUERY: Final = "application/sparql-query"
UPDATE: Final = "application/sparql-update"

_MOST_FIELDS: Final = 1000
_FORM_OVERHEAD: Final = 65_536
"""Bytes beside the query that a form may have: the graphs of a dataset, mostly."""

_SOLUTIONS: Final = offers(Kind.SOLUTIONS)
_TRIPLES: Final = offers(Kind.TRIPLES)
_SOLUTION_TYPES: Final = tuple(dict.fromkeys(offer.media_type for offer in _SOLUTIONS))
_TRIPLE_TYPES: Final = tuple(dict.fromkeys(offer.media_type for offer in _TRIPLES))
_BY_SOLUTION_TYPE: Final = {offer.media_type: offer for offer in reversed(_SOLUTIONS)}
_BY_TRIPLE_TYPE: Final = {offer.media_type: offer for offer in reversed(_TRIPLES)}


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A query to evaluate, and what the client takes for each kind of result."""

    question: Question
    solutions: Offer | None
    triples: Offer | None


def wants_editor(request: Request) -> bool:
    """Whether this is a browser that looks at the bare address of the endpoint."""
    return (
        request.method in ("GET", "HEAD")
        and not request.query_string
        and negotiate.choose(request.accept, (*_TRIPLE_TYPES, "text/html")) == "text/html"
    )


def parse(request: Request, *, query_bytes: int) -> Asked | None:
    """The query asked, or None for the bare address, which is answered with a description.

    Raises Problem for everything else.
    """
    fields = fields_of(request.query_string)
    if request.method == "POST":
        fields = _with_body(request, fields, query_bytes)
    elif request.method not in ("GET", "HEAD"):
        raise Problem(
            status=HTTPStatus.METHOD_NOT_ALLOWED,
            code="method-not-allowed",
            reason=f"use {', '.join(METHODS[:-1])} and not {request.method}",
            headers=(("Allow", ", ".join(METHODS)),),
        )
    elif not fields and not request.query_string:
        return None
    text = _query(fields)
    if len(text) * 4 > query_bytes and len(text.encode()) > query_bytes:
        get = request.method != "POST"
        raise Problem(
            status=HTTPStatus.REQUEST_URI_TOO_LONG if get else HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            code="query-too-long",
            reason=f"a query may have up to {query_bytes:,} bytes",
            members={"limit": query_bytes},
        )
    solutions, triples = _agreed(request.accept, values_of(fields, "format"))
    question = Question(
        text=text,
        default_graphs=tuple(values_of(fields, "default-graph-uri")),
        named_graphs=tuple(values_of(fields, "named-graph-uri")),
        base=request.url,  # RFC 3986 §5.1.3: that of the request, unless the text has BASE
        solutions=solutions.media_type if solutions else None,
        triples=triples.media_type if triples else None,
    )
    return Asked(question=question, solutions=solutions, triples=triples)


def description_format(request: Request) -> Offer:
    """The format for the service description. Raises Problem (406)."""
    media_type = negotiate.choose(request.accept, _TRIPLE_TYPES)
    if media_type is None:
        raise _not_acceptable(Kind.TRIPLES)
    return _BY_TRIPLE_TYPE[media_type]


def _with_body(
    request: Request, fields: list[tuple[str, str]], query_bytes: int
) -> list[tuple[str, str]]:
    media_type = body_type(request)
    if media_type == UPDATE:
        raise _read_only()
    if media_type not in (FORM, QUERY):
        raise Problem(
            status=HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            code="unsupported-media-type",
            reason=f"POST a query as {QUERY} or as {FORM}, not as {media_type or 'nothing'}",
        )
    # Percent-encoding turns one byte into three.
    most = query_bytes if media_type == QUERY else 3 * query_bytes + _FORM_OVERHEAD
    text = decoded(read_body(request, most))
    return [*fields, *(fields_of(text) if media_type == FORM else [("query", text)])]


def fields_of(encoded: str) -> list[tuple[str, str]]:
    """The parameters of a query string or a form, in order. Raises Problem (400)."""
    if not encoded:
        return []
    try:
        if encoded.isascii() and encoded.count("&") < _MOST_FIELDS:
            return [_field(pair) for pair in encoded.split("&") if pair]
        return parse_qsl(
            encoded, keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS
        )
    except UnicodeDecodeError as error:
        raise not_utf8("a parameter") from error
    except ValueError as error:
        raise bad_request("too-many-parameters", str(error)) from error


def _field(pair: str) -> tuple[str, str]:
    name, _, value = pair.partition("=")
    return _unquoted(name), _unquoted(value)


def _unquoted(text: str) -> str:
    """What urllib makes of ASCII as well, in a tenth of the time: queries are full of escapes."""
    text = text.replace("+", " ")
    if "%" not in text:
        return text
    # Quoted-printable (RFC 2045 §6.7) differs in the sign of its escapes, and is decoded in C.
    quoted = text.replace("=", "%3D").replace("%", "=").encode("ascii")
    found = a2b_qp(quoted)
    # Every escape makes three bytes one, unless it is none; a line that ends in "=" is none, too.
    if len(quoted) - len(found) != 2 * quoted.count(b"=") or b"=\n" in quoted or b"=\r" in quoted:
        found = unquote_to_bytes(text)
    return found.decode()


def _query(fields: list[tuple[str, str]]) -> str:
    queries = values_of(fields, "query")
    if values_of(fields, "update"):
        raise _read_only()
    if not queries:
        raise bad_request("no-query", "there is no parameter 'query'")
    if len(queries) > 1:
        raise bad_request("several-queries", "'query' is given more than once")
    return queries[0]


def values_of(fields: list[tuple[str, str]], name: str) -> list[str]:
    """All values of the parameter ``name``."""
    return [value for key, value in fields if key == name]


def _agreed(accept: str | None, wanted: list[str]) -> tuple[Offer | None, Offer | None]:
    """What the client takes for solutions and for triples. Raises Problem when neither."""
    if wanted:
        # ?format= is for those who cannot set a header, so it wins over the header.
        solutions = named(wanted[-1], Kind.SOLUTIONS)
        triples = named(wanted[-1], Kind.TRIPLES)
    else:
        solutions = _BY_SOLUTION_TYPE.get(negotiate.choose(accept, _SOLUTION_TYPES) or "")
        triples = _BY_TRIPLE_TYPE.get(negotiate.choose(accept, _TRIPLE_TYPES) or "")
    if solutions is None and triples is None:
        raise _not_acceptable(Kind.SOLUTIONS | Kind.TRIPLES)
    return solutions, triples


def not_acceptable_for(form: str) -> Problem:
    """The problem of a client that takes formats, but none for this form of query."""
    is_solutions = form in ("SELECT", "ASK")
    return _not_acceptable(Kind.SOLUTIONS if is_solutions else Kind.TRIPLES, form)


def _not_acceptable(kind: Kind, form: str = "") -> Problem:
    offered = list(dict.fromkeys(offer.format.media_type for offer in offers(kind)))
    about = f" for {form}" if form else ""
    return Problem(
        status=HTTPStatus.NOT_ACCEPTABLE,
        code="not-acceptable",
        reason=f"none of the formats asked for is to be had{about}; offered: {', '.join(offered)}",
        members={"offered": offered},
    )


def _read_only() -> Problem:
    return Problem(
        status=HTTPStatus.FORBIDDEN,
        code="read-only",
        reason="this address answers queries; updates go to /update, where the data take any",
    )
