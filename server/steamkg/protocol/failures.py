"""Failures as HTTP responses: the one place that gives each of them a status.

The body is ``application/problem+json`` (RFC 9457) for clients that speak JSON and plain text for
all others. ``code`` in the problem is a stable name for programs.
"""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

from steamkg.engine import failures as engine
from steamkg.protocol import negotiate
from steamkg.protocol.message import Response

_JSON: Final = (
    "application/problem+json",
    "application/json",
    "application/sparql-results+json",
    "application/ld+json",
)
_PLAIN: Final = "text/plain"

_STATUS: Final[Mapping[type[engine.EngineFailure], HTTPStatus]] = {
    engine.QuerySyntaxError: HTTPStatus.BAD_REQUEST,
    engine.ParameterError: HTTPStatus.BAD_REQUEST,
    engine.UnknownGraph: HTTPStatus.BAD_REQUEST,
    engine.QueryTooComplex: HTTPStatus.BAD_REQUEST,
    engine.Unsupported: HTTPStatus.BAD_REQUEST,
    engine.DatasetConflict: HTTPStatus.BAD_REQUEST,
    engine.BadContent: HTTPStatus.BAD_REQUEST,
    engine.GraphConflict: HTTPStatus.CONFLICT,
    engine.ForeignGraph: HTTPStatus.UNPROCESSABLE_ENTITY,
    engine.PreconditionFailed: HTTPStatus.PRECONDITION_FAILED,
    engine.DatasetFull: HTTPStatus.INSUFFICIENT_STORAGE,
    engine.Forbidden: HTTPStatus.FORBIDDEN,
    engine.NotOffered: HTTPStatus.NOT_ACCEPTABLE,
    engine.NotExpressible: HTTPStatus.NOT_ACCEPTABLE,
    engine.ResultTooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    engine.MemoryExceeded: HTTPStatus.SERVICE_UNAVAILABLE,
    engine.DeadlineExceeded: HTTPStatus.SERVICE_UNAVAILABLE,
    engine.Cancelled: HTTPStatus.SERVICE_UNAVAILABLE,
    engine.Overloaded: HTTPStatus.SERVICE_UNAVAILABLE,
    engine.EngineDown: HTTPStatus.SERVICE_UNAVAILABLE,
    engine.ServiceFailed: HTTPStatus.BAD_GATEWAY,
    engine.ServiceTimeout: HTTPStatus.GATEWAY_TIMEOUT,
    engine.EvaluationFailed: HTTPStatus.INTERNAL_SERVER_ERROR,
}
_TRY_AGAIN: Final = (engine.Overloaded, engine.EngineDown)
"""Failures that may be gone in a moment; the other 503s would only happen again."""

_WORD_START: Final = re.compile(r"(?<!^)(?=[A-Z])")


@dataclass(kw_only=True, eq=False)
class Problem(Exception):  # noqa: N818  # RFC 9457 calls it a problem
    """A failure as HTTP sees it. ``members`` go into the problem beside title and detail."""

    status: HTTPStatus
    code: str
    reason: str
    members: Mapping[str, object] = field(default_factory=dict)
    headers: tuple[tuple[str, str], ...] = ()


def problem_of(failure: engine.EngineFailure) -> Problem:
    """The problem that an engine's failure is to the client."""
    kind = type(failure)
    status = _STATUS[kind]
    members: dict[str, object] = dict(failure.details)
    reason = failure.reason
    headers: tuple[tuple[str, str], ...] = ()
    if isinstance(failure, engine.QuerySyntaxError):
        reason = f"line {failure.line}, column {failure.column}: {reason}"
    if isinstance(failure, engine.EvaluationFailed):
        # What went wrong inside is for the log, not for a stranger.
        members, reason = {}, "a fault in the query engine; it has been logged"
    if isinstance(failure, _TRY_AGAIN):
        seconds = math.ceil(float(failure.details.get("seconds", 1)))
        headers = (("Retry-After", str(seconds)),)
    return Problem(
        status=status, code=code_of(failure), reason=reason, members=members, headers=headers
    )


def code_of(failure: engine.EngineFailure) -> str:
    """The stable name of a failure for programs, such as ``deadline-exceeded``."""
    return _WORD_START.sub("-", type(failure).__name__).lower()


def bad_request(code: str, reason: str) -> Problem:
    """The problem of a request that makes no sense."""
    return Problem(status=HTTPStatus.BAD_REQUEST, code=code, reason=reason)


def wrong_method(method: str, allowed: tuple[str, ...]) -> Problem:
    """The problem of a method that an address does not know (RFC 9110 §15.5.6)."""
    return Problem(
        status=HTTPStatus.METHOD_NOT_ALLOWED,
        code="method-not-allowed",
        reason=f"use {', '.join(one for one in allowed if one != 'OPTIONS')} and not {method}",
        headers=(("Allow", ", ".join(allowed)),),
    )


def unsupported_media_type(
    what: str, known: tuple[str, ...], found: str, *, header: str = "Accept-Post"
) -> Problem:
    """The problem of a body in a format that an address does not read.

    ``header`` tells what it reads: Accept-Post is that of Linked Data Platform 1.0 §7.1,
    Accept-Patch that of RFC 5789 §3.1.
    """
    return Problem(
        status=HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        code="unsupported-media-type",
        reason=f"send {what} as {' or '.join(known)}, not as {found or 'nothing'}",
        headers=((header, ", ".join(known)),),
    )


def response(problem: Problem, accept: str | None) -> Response:
    """The response that tells a client of ``problem``, in JSON if it speaks that."""
    title = problem.status.phrase
    if any(negotiate.names(accept, media_type) for media_type in _JSON):
        content = {
            "title": title,
            "status": problem.status.value,
            "detail": problem.reason,
            "code": problem.code,
            **problem.members,
        }
        body = json.dumps(content, ensure_ascii=False).encode()
        content_type = _JSON[0]
    else:
        body = f"{title}: {problem.reason}\n".encode()
        content_type = _PLAIN + "; charset=utf-8"
    headers = (*problem.headers, ("Vary", "Accept"))
    return Response(
        status=problem.status.value,
        content_type=content_type,
        body=body,
        headers=headers,
        code=problem.code,
    )
