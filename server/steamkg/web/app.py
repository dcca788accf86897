"""The application: what a web process is made of, put together in one place.

Everything that holds state comes in from outside; two applications in one process do not meet.
"""

from flask import Flask, Response

from steamkg.engine.library import Library
from steamkg.engine.pool import Pool
from steamkg.protocol.endpoint import Endpoint
from steamkg.settings import Settings
from steamkg.web import pages, sparql


def create_app(settings: Settings, *, pool: Pool, library: Library) -> Flask:
    """A Flask application with the SPARQL endpoint in front of it; ``pool`` has been started."""
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = 4 * settings.query_bytes
    pages.register(app, engine=pool, library=library, manifest=pool.build.manifest)
    app.add_url_rule(sparql.PATH, "sparql", pages.editor_page, methods=["GET"])
    app.after_request(_open_to_all)
    endpoint = Endpoint(pool, query_bytes=settings.query_bytes)
    app.wsgi_app = sparql.SparqlFront(  # type: ignore[method-assign]  # Flask's own way to wrap
        app.wsgi_app, endpoint
    )
    return app


def _open_to_all(response: Response) -> Response:
    """Headers that hold for every response, whichever page made it."""
    response.headers.setdefault("Access-Control-Allow-Origin", "*")
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    return response
