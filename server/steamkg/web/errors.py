"""Failures as pages: what went wrong, in words that help, with the right status.

For the routes of the pages. A client that takes no HTML gets what the protocol layer would say;
the endpoint answers its own failures there.
"""

import logging
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from flask import Flask, Response, g, make_response, render_template, request
from flask_babel import gettext, lazy_gettext
from werkzeug.exceptions import HTTPException

from steamkg.engine.failures import EngineFailure, EvaluationFailed, QuerySyntaxError
from steamkg.protocol import failures, negotiate
from steamkg.protocol.failures import Problem
from steamkg.web.language import unknown_language
from steamkg.web.naming import Text
from steamkg.web.results import Line, listing

_log = logging.getLogger(__name__)

_LONGEST_SHOWN: Final = 100
_TYPES: Final = ("text/html", "application/xhtml+xml", "application/problem+json", "text/plain")
_TITLES: Final = {
    400: lazy_gettext("That cannot be understood"),
    403: lazy_gettext("That is refused"),
    404: lazy_gettext("There is nothing here by that name"),
    405: lazy_gettext("That is not done here"),
    406: lazy_gettext("Not to be had in that format"),
    413: lazy_gettext("That is too much at once"),
    414: lazy_gettext("That address is too long"),
    500: lazy_gettext("Something broke here"),
    503: lazy_gettext("No answer this time"),
}
_REASONS: Final = {
    "cancelled": lazy_gettext("The query was ended before it was done."),
    "deadline-exceeded": lazy_gettext("The query took longer than a query may."),
    "engine-down": lazy_gettext(
        "What answers queries is down at the moment. The data are safe; please try again soon."
    ),
    "evaluation-failed": lazy_gettext(
        "The fault is ours and has been logged. The data are safe; please try again."
    ),
    "forbidden": lazy_gettext(
        "The query asks for what is not done here: changing the data, or asking another host."
    ),
    "memory-exceeded": lazy_gettext("The query needs more memory than a query may use."),
    "not-expressible": lazy_gettext("The result cannot be written in this format."),
    "not-offered": lazy_gettext("The result of this query is not to be had in this format."),
    "overloaded": lazy_gettext("There are too many queries just now; please try again soon."),
    "parameter-error": lazy_gettext("A value does not fit the query."),
    "query-too-complex": lazy_gettext("The query is nested too deeply."),
    "result-too-large": lazy_gettext(
        "The result is larger than a result may be; add a LIMIT, or ask for less."
    ),
    "unknown-graph": lazy_gettext("The query names a graph that is not here."),
    "unsupported": lazy_gettext("The query uses what this engine does not have."),
}
"""What an engine's failure means, by its code; the engine's own words are English."""


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
    """What the page of a failure says. ``line`` and ``column`` are in ``listing``.

    ``detail`` is more of the reason, in the engine's words; ``unknown_language`` is one that the
    address asks for.
    """

    status: int
    title: str
    reason: Text
    detail: Text | None = None
    code: str = "error"
    line: int | None = None
    column: int | None = None
    listing: tuple[Line, ...] = ()
    offered: tuple[str, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    unknown_language: str | None = None


class RefusedError(Exception):
    """A page cannot be given, and knows best how to say why."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.title)
        self.fault = fault


def refused(status: int, reason: str, offered: tuple[str, ...] = ()) -> RefusedError:
    """A refusal with a reason in the language of the page, and what would be understood."""
    return RefusedError(
        Fault(
            status=status,
            title=_title(status),
            reason=Text(text=reason),
            code="unknown" if status == 404 else "parameter-error",
            offered=offered,
        )
    )


def register(app: Flask) -> None:
    """Answer the failures of ``app`` with pages."""
    app.register_error_handler(RefusedError, lambda refusal: _page(refusal.fault))
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
    said = Text(text=_sentence(failure.reason), language="en")
    if not isinstance(failure, QuerySyntaxError):
        known = _REASONS.get(problem.code)
        return Fault(
            status=problem.status,
            title=_title(problem.status),
            reason=said if known is None else Text(text=str(known)),
            # What went wrong inside is for the log, not for a stranger.
            detail=None if known is None or isinstance(failure, EvaluationFailed) else said,
            code=problem.code,
            headers=problem.headers,
        )
    return Fault(
        status=problem.status,
        title=gettext("The query has a mistake"),
        reason=said,
        code=problem.code,
        line=failure.line,
        column=failure.column,
        listing=listing(text, failure.line, failure.column) if text is not None else (),
    )


def _title(status: int) -> str:
    return str(_TITLES.get(status) or HTTPStatus(status).phrase)


def _sentence(words: str) -> str:
    """An engine's reason, which is a clause, as a sentence."""
    return words[:1].upper() + words[1:] + ("" if words[-1:] in ".?!…" else ".")


def _unknown(error: UnknownError) -> Response:
    name = error.name
    if len(name) > _LONGEST_SHOWN:
        name = name[:_LONGEST_SHOWN] + "…"
    reason = gettext("The graph knows no “%(name)s”.", name=name)
    return _page(Fault(status=404, title=_title(404), reason=Text(text=reason), code="unknown"))


def _not_offered(error: NotOfferedError) -> Response:
    reason = Text(text=gettext("No format that you take is to be had here. These are:"))
    fault = Fault(
        status=406,
        title=_title(406),
        reason=reason,
        code="not-acceptable",
        offered=error.offered,
    )
    return _page(fault)


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    if status < 400:
        return make_response(error.get_response(request.environ))
    language = unknown_language() if status == 404 else None
    headers = tuple(
        (name, value)
        for name, value in error.get_headers(request.environ)
        if name.casefold() in ("allow", "retry-after")
    )
    fault = Fault(
        status=status,
        title=_title(status),
        reason=_of_http(status, error),
        code="http",
        headers=headers,
        unknown_language=language,
    )
    return _page(fault)


def _of_http(status: int, error: HTTPException) -> Text:
    if status == 404:
        return Text(text=gettext("No page has this address."))
    if status == 405:
        methods = ", ".join(getattr(error, "valid_methods", None) or ["GET"])
        return Text(text=gettext("This address takes %(methods)s.", methods=methods))
    if status == 413:
        return Text(text=gettext("The request is larger than this server reads."))
    if status == 500:
        return Text(text=str(_REASONS["evaluation-failed"]))
    return Text(text=error.description or "", language="en")


def _page(fault: Fault) -> Response:
    """The page, or the protocol's words for a client that takes no HTML."""
    g.engine_failed = fault.status >= 500
    accept = request.headers.get("Accept")
    chosen = negotiate.choose(accept, _TYPES)
    if chosen in ("application/problem+json", "text/plain") or (accept and chosen is None):
        said = fault.detail or fault.reason
        reason = f"{said.text} {', '.join(fault.offered)}".strip()
        problem = Problem(status=HTTPStatus(fault.status), code=fault.code, reason=reason)
        told = failures.response(problem, accept)
        answer = Response(told.body, status=told.status, content_type=told.content_type)
    else:
        answer = Response(render_template("error.html", fault=fault), status=fault.status)
    answer.headers.extend(fault.headers)
    answer.vary.add("Accept")
    return answer
