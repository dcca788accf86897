"""The SPARQL endpoint: one request in, one complete response out.

Everything a client may be told passes through here: the answer, the description of the service, or
the reason why there is none. Faults, too, are answered, and logged.
"""

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final, Protocol
from urllib.parse import urljoin

from steamkg.engine.failures import EngineFailure, EvaluationFailed, NotOffered
from steamkg.engine.question import Answer, Question
from steamkg.engine.running import hash_of
from steamkg.protocol import failures
from steamkg.protocol.cache import NAME, ResultCache, Stored, key_of
from steamkg.protocol.catalogue import catalogue
from steamkg.protocol.delivery import deliver
from steamkg.protocol.failures import Problem
from steamkg.protocol.message import Request, Response
from steamkg.protocol.request import (
    METHODS,
    Asked,
    description_format,
    not_acceptable_for,
    parse,
)
from steamkg.protocol.service_description import Features, description

_log = logging.getLogger(__name__)

_VARY: Final = ("Vary", "Accept")
_PREFLIGHT: Final = (
    ("Allow", ", ".join(METHODS)),
    ("Access-Control-Allow-Methods", ", ".join(METHODS)),
    ("Access-Control-Allow-Headers", "Accept, Content-Type"),
    ("Access-Control-Max-Age", "86400"),
)


class Engine(Protocol):
    """What answers questions: the pool, or something in front of it."""

    @property
    def manifest(self) -> dict[str, Any]:
        """What is served now; ``version`` is another one after each write."""
        ...

    def ask(self, question: Question, *, client: str = "") -> Answer:
        """The whole answer. Raises one of ``engine.failures``."""
        ...


def told(
    answer: Callable[[], Response],
    request: Request,
    *,
    smallest: int,
    coded: Callable[[Stored, str], bytes] | None = None,
) -> Response:
    """The response that ``answer`` gives, or the one that tells why there is none; as delivered."""
    try:
        response = answer()
    except Problem as problem:
        response = failures.response(problem, request.accept)
    except EngineFailure as failure:
        if isinstance(failure, EvaluationFailed):
            _log.error("the query engine failed: %s", failure.reason)
        response = failures.response(failures.problem_of(failure), request.accept)
    return deliver(response, request, smallest=smallest, coded=coded)


def allowed(methods: tuple[str, ...], *more: tuple[str, str]) -> Response:
    """The answer to OPTIONS (RFC 9110 §9.3.7)."""
    allow = ("Allow", ", ".join(methods))
    return Response(status=204, content_type="", body=b"", headers=(allow, *more))


class Endpoint:
    """SPARQL 1.1 Protocol over a pool, with a cache of results unless it is None.

    Bodies under ``coded_bytes`` are sent as they are, larger ones in a coding the client takes.
    """

    def __init__(
        self,
        pool: Engine,
        *,
        query_bytes: int,
        cache: ResultCache | None = None,
        coded_bytes: int = 1000,
        features: Features | None = None,
    ) -> None:
        self._pool = pool
        self._query_bytes = query_bytes
        self._coded_bytes = coded_bytes
        self._features = features or Features()
        self.cache = cache

    @property
    def version(self) -> str:
        """The version of the data that are served."""
        return str(self._pool.manifest["version"])

    def respond(self, request: Request) -> Response:
        """The response to ``request``; never raises for what a client or the engine did."""
        if request.method == "OPTIONS":
            return Response(status=204, content_type="", body=b"", headers=_PREFLIGHT)
        coded = self.cache.coded if self.cache is not None else None
        query = ""

        def answer() -> Response:
            nonlocal query
            asked = parse(request, query_bytes=self._query_bytes)
            if asked is None:
                return self._description(request)
            query = hash_of(asked.question.text)
            return self._answer(asked, request, query)

        response = told(answer, request, smallest=self._coded_bytes, coded=coded)
        return response if response.query == query else replace(response, query=query)

    def _answer(self, asked: Asked, request: Request, query: str) -> Response:
        key = key_of(asked.question)
        try:
            if self.cache is None or key is None:
                stored = self._evaluated(asked, request.client, query)
                how = f"{NAME}; fwd=bypass"
            else:
                stored, how = self.cache.answer(
                    key, lambda: self._evaluated(asked, request.client, query), version=self.version
                )
        except NotOffered as failure:
            raise not_acceptable_for(str(failure.details["form"])) from failure
        headers = [_VARY, ("Cache-Status", how)]
        if how.endswith("; hit"):
            headers.append(("Age", str(stored.age())))
        else:
            headers.append(("Server-Timing", f"query;dur={stored.seconds * 1000:.3f}"))
        return Response(
            status=200,
            content_type=stored.content_type,
            body=stored.body,
            headers=tuple(headers),
            stored=stored if key is not None else None,
            query=stored.query,
        )

    def _evaluated(self, asked: Asked, client: str, query: str) -> Stored:
        answer = self._pool.ask(asked.question, client=client)
        offer = asked.solutions if answer.form in ("SELECT", "ASK") else asked.triples
        if offer is None:
            raise NotOffered("no format was agreed", form=answer.form)
        return Stored(
            content_type=offer.content_type,
            body=answer.body,
            query=query,
            seconds=answer.seconds,
        )

    def _description(self, request: Request) -> Response:
        offer = description_format(request)
        manifest = self._pool.manifest
        described = catalogue(
            lambda question: self._pool.ask(question, client=request.client),
            manifest,
            urljoin(request.url, "."),
        )
        return Response(
            status=200,
            content_type=offer.content_type,
            body=description(manifest, request.url, offer, self._features, catalogue=described),
            headers=(_VARY,),
        )
