"""The application: what a web process is made of, put together in one place.

Everything that holds state comes in from outside; two applications in one process do not meet.
"""

from flask import Flask, Response

from steamkg.engine.files import Files
from steamkg.engine.library import Library
from steamkg.engine.pool import Pool
from steamkg.protocol.endpoint import Endpoint
from steamkg.protocol.graph_store import GraphStore
from steamkg.protocol.permission import Permission
from steamkg.protocol.service_description import Features
from steamkg.protocol.update_endpoint import Bounds, UpdateEndpoint
from steamkg.settings import Settings
from steamkg.web import dataset_page, pages, sparql


def create_app(settings: Settings, *, pool: Pool, library: Library) -> Flask:
    """A Flask application with the SPARQL endpoint in front of it; ``pool`` has been started."""
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = 4 * settings.query_bytes
    own = not isinstance(pool.build, Files)
    if own:
        pages.register(app, engine=pool, library=library, manifest=pool.manifest)
        app.add_url_rule(sparql.PATH, "sparql", pages.editor_page, methods=["GET"])
    else:
        # The pages show our graph; another dataset has a form, and its graphs.
        dataset_page.register(app, pool=pool, settings=settings)
    app.after_request(_open_to_all)
    features = Features(
        update=settings.writes != "off",
        union=not own and settings.default_graph == "merge",
        own=own,
    )
    endpoint = Endpoint(pool, query_bytes=settings.query_bytes, features=features)
    permission = Permission(mode=settings.writes, token_hash=settings.write_token_hash)
    bounds = Bounds(write_bytes=settings.write_bytes, dataset_quads=settings.dataset_quads)
    app.wsgi_app = sparql.SparqlFront(  # type: ignore[method-assign]  # Flask's own way to wrap
        app.wsgi_app,
        endpoint,
        update=UpdateEndpoint(pool, permission=permission, bounds=bounds),
        store=GraphStore(pool, permission=permission, bounds=bounds),
    )
    return app


def _open_to_all(response: Response) -> Response:
    """Headers that hold for every response, whichever page made it."""
    response.headers.setdefault("Access-Control-Allow-Origin", "*")
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    return response
