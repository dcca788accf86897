"""Failures as pages: what went wrong, in words that help, with the right status.

For the routes of the pages. A client that takes no HTML gets what the protocol layer would say;
the endpoint answers its own failures there.
"""

import logging
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from flask import Flask, Response, g, make_response, render_template, request
from werkzeug.exceptions import HTTPException

from steamkg.engine.failures import EngineFailure, EvaluationFailed, QuerySyntaxError
from steamkg.protocol import failures, negotiate
from steamkg.protocol.failures import Problem
from steamkg.web.results import Line, listing

_log = logging.getLogger(__name__)

_LONGEST_SHOWN: Final = 100
_TYPES: Final = ("text/html", "application/xhtml+xml", "application/problem+json", "text/plain")
_TITLES: Final = {
    400: "That cannot be understood",
    403: "That is refused",
    404: "There is nothing here by that name",
    405: "That is not done here",
    406: "Not to be had in that format",
    413: "That is too much at once",
    414: "That address is too long",
    500: "Something broke here",
    503: "No answer this time",
}


class UnknownError(Exception):
    """The graph knows nothing by this name."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class NotOfferedError(Exception):
    """None of the formats that a client takes is to be had."""

    def __init__(self, offered: tuple[str, ...]) -> None:
        super().__init__(", ".join(offered))
        self.offered = offered


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What the page of a failure says. ``line`` and ``column`` are in ``listing``."""

    status: int
    title: str
    reason: str
    code: str = "error"
    line: int | None = None
    column: int | None = None
    listing: tuple[Line, ...] = ()
    offered: tuple[str, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()


def register(app: Flask) -> None:
    """Answer the failures of ``app`` with pages."""
    app.register_error_handler(UnknownError, _unknown)
    app.register_error_handler(NotOfferedError, _not_offered)
    app.register_error_handler(EngineFailure, lambda failure: _page(of_failure(failure)))
    app.register_error_handler(HTTPException, _http)


def of_failure(failure: EngineFailure, text: str | None = None) -> Fault:
    """The fault that an engine's failure is; with ``text``, the place in it is marked."""
    problem = failures.problem_of(failure)
    g.engine_failed = problem.status >= 500
    if isinstance(failure, EvaluationFailed):
        _log.error("the query engine failed: %s", failure.reason)
    if not isinstance(failure, QuerySyntaxError):
        return _fault(problem.status, problem.reason, code=problem.code, headers=problem.headers)
    return Fault(
        status=problem.status,
        title="The query has a mistake",
        reason=failure.reason,
        code=problem.code,
        line=failure.line,
        column=failure.column,
        listing=listing(text, failure.line, failure.column) if text is not None else (),
    )


def _fault(
    status: int,
    reason: str,
    *,
    code: str,
    offered: tuple[str, ...] = (),
    headers: tuple[tuple[str, str], ...] = (),
) -> Fault:
    title = _TITLES.get(status) or HTTPStatus(status).phrase
    return Fault(
        status=status, title=title, reason=reason, code=code, offered=offered, headers=headers
    )


def _unknown(error: UnknownError) -> Response:
    name = error.name
    if len(name) > _LONGEST_SHOWN:
        name = name[:_LONGEST_SHOWN] + "…"
    return _page(_fault(404, f"The graph knows no “{name}”.", code="unknown"))


def _not_offered(error: NotOfferedError) -> Response:
    reason = "No format that you take is to be had here. These are:"
    return _page(_fault(406, reason, code="not-acceptable", offered=error.offered))


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    if status < 400:
        return make_response(error.get_response(request.environ))
    reason = {
        404: "No page has this address.",
        405: f"This address takes {', '.join(getattr(error, 'valid_methods', None) or ['GET'])}.",
        413: "The request is larger than this server reads.",
        500: "The fault is ours and has been logged. The data are safe; please try again.",
    }.get(status, error.description or "")
    headers = tuple(
        (name, value)
        for name, value in error.get_headers(request.environ)
        if name.casefold() in ("allow", "retry-after")
    )
    return _page(_fault(status, reason, code="http", headers=headers))


def _page(fault: Fault) -> Response:
    """The page, or the protocol's words for a client that takes no HTML."""
    g.engine_failed = fault.status >= 500
    accept = request.headers.get("Accept")
    chosen = negotiate.choose(accept, _TYPES)
    if chosen in ("application/problem+json", "text/plain") or (accept and chosen is None):
        reason = f"{fault.reason} {', '.join(fault.offered)}".strip()
        problem = Problem(status=HTTPStatus(fault.status), code=fault.code, reason=reason)
        said = failures.response(problem, accept)
        answer = Response(said.body, status=said.status, content_type=said.content_type)
    else:
        answer = Response(render_template("error.html", fault=fault), status=fault.status)
    answer.headers.extend(fault.headers)
    answer.vary.add("Accept")
    return answer
