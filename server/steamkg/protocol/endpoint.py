"""The SPARQL endpoint: one request in, one complete response out.

Everything a client may be told passes through here: the answer, the description of the service, or
the reason why there is none. Faults, too, are answered, and logged.
"""

import logging
from collections.abc import Callable
from typing import Final

from steamkg.engine.failures import EngineFailure, EvaluationFailed, NotOffered
from steamkg.engine.pool import Pool
from steamkg.protocol import failures
from steamkg.protocol.failures import Problem
from steamkg.protocol.message import Request, Response
from steamkg.protocol.request import METHODS, description_format, not_acceptable_for, parse
from steamkg.protocol.service_description import Features, description

_log = logging.getLogger(__name__)

_VARY: Final = ("Vary", "Accept")
_PREFLIGHT: Final = (
    ("Allow", ", ".join(METHODS)),
    ("Access-Control-Allow-Methods", ", ".join(METHODS)),
    ("Access-Control-Allow-Headers", "Accept, Content-Type"),
    ("Access-Control-Max-Age", "86400"),
)


def told(answer: Callable[[], Response], accept: str | None) -> Response:
    """The response that ``answer`` gives, or the one that tells why there is none."""
    try:
        return answer()
    except Problem as problem:
        return failures.response(problem, accept)
    except EngineFailure as failure:
        if isinstance(failure, EvaluationFailed):
            _log.error("the query engine failed: %s", failure.reason)
        return failures.response(failures.problem_of(failure), accept)


def allowed(methods: tuple[str, ...]) -> Response:
    """The answer to OPTIONS (RFC 9110 §9.3.7)."""
    return Response(status=204, content_type="", body=b"", headers=(("Allow", ", ".join(methods)),))


class Endpoint:
    """SPARQL 1.1 Protocol over a pool."""

    def __init__(self, pool: Pool, *, query_bytes: int, features: Features | None = None) -> None:
        self._pool = pool
        self._query_bytes = query_bytes
        self._features = features or Features()

    def respond(self, request: Request) -> Response:
        """The response to ``request``; never raises for what a client or the engine did."""
        if request.method == "OPTIONS":
            return Response(status=204, content_type="", body=b"", headers=_PREFLIGHT)
        return told(lambda: self._answer(request), request.accept)

    def _answer(self, request: Request) -> Response:
        asked = parse(request, query_bytes=self._query_bytes)
        if asked is None:
            return self._description(request)
        try:
            answer = self._pool.ask(asked.question)
        except NotOffered as failure:
            raise not_acceptable_for(str(failure.details["form"])) from failure
        offer = asked.solutions if answer.form in ("SELECT", "ASK") else asked.triples
        if offer is None:
            raise not_acceptable_for(answer.form)
        return Response(
            status=200,
            content_type=offer.content_type,
            body=answer.body,
            headers=(_VARY, ("Server-Timing", f"query;dur={answer.seconds * 1000:.3f}")),
        )

    def _description(self, request: Request) -> Response:
        offer = description_format(request)
        return Response(
            status=200,
            content_type=offer.content_type,
            body=description(self._pool.manifest, request.url, offer, self._features),
            headers=(_VARY,),
        )
