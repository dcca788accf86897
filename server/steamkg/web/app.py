"""The application: what a web process is made of, put together in one place.

Everything that holds state comes in from outside; two applications in one process do not meet.
"""

from urllib.parse import urlsplit

from flask import Flask, Response, has_request_context, make_response, redirect, request
from werkzeug.routing import RequestRedirect

from steamkg.engine.federation import Federation, ServiceLimits
from steamkg.engine.files import Files
from steamkg.engine.library import Library
from steamkg.engine.pool import Pool
from steamkg.engine.question import Answer, Question
from steamkg.protocol.cache import ResultCache
from steamkg.protocol.endpoint import Endpoint
from steamkg.protocol.graph_store import GraphStore
from steamkg.protocol.permission import Permission
from steamkg.protocol.service_description import Features
from steamkg.protocol.update_endpoint import Bounds, UpdateEndpoint
from steamkg.settings import Settings
from steamkg.web import compress, dataset_page, operate, pages, sparql
from steamkg.web.clients import address
from steamkg.web.headers import ALWAYS, DATA_POLICY, OPEN
from steamkg.web.operate import Operator
from steamkg.web.telemetry import Observed, Telemetry


def create_app(
    settings: Settings, *, pool: Pool, library: Library, telemetry: Telemetry | None = None
) -> Flask:
    """A Flask application with the SPARQL endpoint in front of it; ``pool`` has been started."""
    telemetry = telemetry or Telemetry()
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = 4 * settings.query_bytes
    federation = Federation(pool, _service_limits(settings))
    engine = Observed(federation, telemetry)
    build = None if isinstance(pool.build, Files) else pool.build
    own = build is not None
    if own:
        asked = _OfTheClient(engine, settings.proxies)
        pages.register(
            app,
            engine=asked,
            library=library,
            manifest=pool.manifest,
            build=build,
            settings=settings,
        )
    else:
        # The pages show our graph; another dataset has a form, and its graphs.
        dataset_page.register(app, pool=pool, settings=settings)
    operate.register(
        app,
        Operator(pool=pool, telemetry=telemetry, token_hash=settings.operator_token_hash),
    )
    app.after_request(_open_to_all)
    cache = _cache(settings, pool)
    telemetry.follow(pool, cache, federation)
    endpoint = Endpoint(
        engine,
        query_bytes=settings.query_bytes,
        cache=cache,
        coded_bytes=settings.coded_bytes,
        features=Features(
            update=settings.writes != "off",
            union=not own and settings.default_graph == "merge",
            own=own,
            federation=bool(federation.limits.listed),
        ),
    )
    permission = Permission(mode=settings.writes, token_hash=settings.write_token_hash)
    bounds = Bounds(
        write_bytes=settings.write_bytes,
        dataset_quads=settings.dataset_quads,
        coded_bytes=settings.coded_bytes,
    )
    app.wsgi_app = sparql.SparqlFront(  # type: ignore[method-assign]  # Flask's own way to wrap
        compress.Compressed(app.wsgi_app, smallest=settings.coded_bytes),
        endpoint,
        update=UpdateEndpoint(engine, permission=permission, bounds=bounds),
        store=GraphStore(pool, engine=engine, writer=engine, permission=permission, bounds=bounds),
        proxies=settings.proxies,
        threads=settings.threads,
    )
    return app


def _cache(settings: Settings, pool: Pool) -> ResultCache | None:
    if not settings.cache_bytes:
        return None
    return ResultCache(
        settings.cache_bytes,
        version=pool.version,
        wait_seconds=settings.queue_seconds + settings.query_seconds,
    )


def _service_limits(settings: Settings) -> ServiceLimits:
    return ServiceLimits(
        endpoints=frozenset(settings.service_endpoints),
        private=frozenset(settings.service_private_endpoints),
        seconds=settings.service_seconds,
        result_bytes=settings.service_bytes,
        calls=settings.service_calls,
        running=settings.service_running,
        cache_bytes=settings.service_cache_bytes,
        cache_seconds=settings.service_cache_seconds,
    )


class _OfTheClient:
    """Asks on behalf of whoever the page is for, so that pages have the client's limits too."""

    def __init__(self, engine: Observed, proxies: int) -> None:
        self._engine = engine
        self._proxies = proxies

    def ask(self, question: Question) -> Answer:
        """The engine's answer."""
        client = address(request.environ, self._proxies) if has_request_context() else ""
        return self._engine.ask(question, client=client)


def _open_to_all(response: Response) -> Response:
    """Headers that hold for every response, whichever page made it."""
    if isinstance(request.routing_exception, RequestRedirect):
        response = _here(request.routing_exception)
    for name, value in (OPEN, *ALWAYS, DATA_POLICY):
        response.headers.setdefault(name, value)
    return response


def _here(error: RequestRedirect) -> Response:
    """To the page's one address, on this host: werkzeug would go where the Host header says."""
    parts = urlsplit(error.new_url)
    path = "/" + parts.path.lstrip("/\\")
    target = f"{path}?{parts.query}" if parts.query else path
    return make_response(redirect(target, error.code))
