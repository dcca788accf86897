"""For those who run the server: its health, its figures, and the queries under way."""

import json
import logging
import threading
import time
from dataclasses import dataclass
from typing import Any, Final

from flask import Blueprint, Flask, Response, current_app, request

from steamkg import __version__
from steamkg.engine.failures import EngineDown
from steamkg.engine.pool import Pool
from steamkg.engine.store import Build
from steamkg.protocol import tokens
from steamkg.web import openapi
from steamkg.web.telemetry import CONTENT_TYPE, Telemetry

blueprint: Final = Blueprint("operate", __name__)

_log = logging.getLogger(__name__)

_EXTENSION: Final = "steamkg.operator"
_NEVER: Final = {"Cache-Control": "no-store"}


@dataclass(frozen=True, kw_only=True)
class Operator:
    """What this module looks at. Without ``token_hash`` nobody may see or end queries."""

    pool: Pool
    telemetry: Telemetry
    token_hash: str


def register(app: Flask, operator: Operator) -> None:
    """Give ``app`` the operator's routes."""
    app.extensions[_EXTENSION] = operator
    app.register_blueprint(blueprint)


def _operator() -> Operator:
    found = current_app.extensions[_EXTENSION]
    if not isinstance(found, Operator):
        raise TypeError(type(found))
    return found


@blueprint.get("/health")
def health() -> Response:
    """Whether the server lives and can answer queries: 200, or 503 while the engine is down.

    An engine found dead is started again, so that a server which gets no other requests than this
    one comes back.
    """
    pool = _operator().pool
    ready = pool.is_ready()
    if not ready:
        threading.Thread(target=_revive, args=(pool,), daemon=True).start()
    body = {
        "status": "ok" if ready else "down",
        "live": True,
        "ready": ready,
        "version": __version__,
        "dataset": pool.version,
        "triples": pool.manifest.get("default", pool.manifest.get("quads")),
    }
    response = _json(body, 200 if ready else 503)
    if not ready:
        response.headers["Retry-After"] = "1"
    return response


def _revive(pool: Pool) -> None:
    try:
        pool.start()
    except EngineDown as error:
        # The next look at /health tries again.
        _log.error("the engine cannot be started: %s", error.reason)


@blueprint.get("/metrics")
def metrics() -> Response:
    """The figures for Prometheus."""
    return Response(_operator().telemetry.text(), content_type=CONTENT_TYPE, headers=_NEVER)


@blueprint.get("/openapi.json")
def description() -> Response:
    """The description of all routes, OpenAPI 3.1."""
    described = openapi.document(own=isinstance(_operator().pool.build, Build))
    body = json.dumps(described, ensure_ascii=False, indent=1) + "\n"
    return Response(body, content_type="application/json")


@blueprint.get("/queries")
def queries() -> Response:
    """The queries and writes under way, the oldest first; for the operator."""
    refused = _refused()
    if refused is not None:
        return refused
    now = time.monotonic()
    found = [
        {
            "id": one.number,
            "kind": one.kind,
            "state": one.state,
            "seconds": round(now - one.since, 3),
            "query": one.hash,
        }
        for one in _operator().pool.register
    ]
    return _json({"queries": found}, 200)


@blueprint.delete("/queries/<int:number>")
def cancel(number: int) -> Response:
    """End a query, or a write that is not made yet; for the operator."""
    refused = _refused()
    if refused is not None:
        return refused
    if not _operator().pool.register.cancel(number):
        return _json({"title": "Not Found", "status": 404, "detail": "no such query runs"}, 404)
    return Response(status=204, headers=_NEVER)


def _refused() -> Response | None:
    """Why this request may not, if it may not."""
    token_hash = _operator().token_hash
    if not token_hash:
        return _json({"title": "Not Found", "status": 404, "detail": "there is no operator"}, 404)
    if tokens.is_allowed(request.headers.get("Authorization"), token_hash):
        return None
    response = _json(
        {"title": "Unauthorized", "status": 401, "detail": "send the operator's bearer token"}, 401
    )
    response.headers["WWW-Authenticate"] = 'Bearer realm="steamkg operator"'
    return response


def _json(body: dict[str, Any], status: int) -> Response:
    kind = "application/problem+json" if "title" in body else "application/json"
    text = json.dumps(body, ensure_ascii=False) + "\n"
    return Response(text, status=status, content_type=kind, headers=_NEVER)
