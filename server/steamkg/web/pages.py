"""All pages put together: which there are, what each may use, and what a browser may load.

Queries run through the same engine and limits as at the endpoint; nothing here can do more.
"""

from collections.abc import Mapping
from typing import Any, Final

from flask import Flask, Response, g, request

from steamkg import __version__
from steamkg.engine.library import Library
from steamkg.engine.store import Build
from steamkg.graph.names import BASE
from steamkg.settings import Settings
from steamkg.web import (
    about,
    alliance,
    browse,
    documents,
    downloads,
    entity,
    errors,
    explore,
    form,
    home,
    language,
    links,
    map_page,
    matrix_files,
    matrix_page,
    model,
    quality,
    questions,
    resource,
    search,
    sparql,
    static_files,
    wellknown,
    why,
)
from steamkg.web.language import PREFIX
from steamkg.web.site import EXTENSION, Asked, Site, current_site

PARTS: Final = (
    home.blueprint,
    explore.blueprint,
    browse.blueprint,
    search.blueprint,
    entity.blueprint,
    why.blueprint,
    documents.blueprint,
    questions.blueprint,
    form.blueprint,
    map_page.blueprint,
    matrix_page.blueprint,
    matrix_files.blueprint,
    alliance.blueprint,
    model.blueprint,
    quality.blueprint,
    about.blueprint,
)
"""The pages: each stands under a language."""

_POLICY: Final = (
    "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)


def register(
    app: Flask,
    *,
    engine: Asked,
    library: Library,
    manifest: Mapping[str, Any] | None = None,
    build: Build | None = None,
    settings: Settings | None = None,
) -> None:
    """Give ``app`` its pages; they ask ``engine`` and run the queries of ``library``.

    ``build``: whose files are to be had as downloads; without it there are none.
    ``settings``: whose limits the page for programmers names.
    """
    app.extensions[EXTENSION] = Site(engine=engine, library=library, manifest=manifest or {})
    app.extensions[downloads.EXTENSION] = downloads.Downloads(build)
    app.extensions[about.LIMITS] = settings or Settings()
    language.register(app)
    app.register_blueprint(resource.blueprint)
    app.register_blueprint(wellknown.blueprint)
    app.register_blueprint(downloads.blueprint)
    for part in PARTS:
        app.register_blueprint(part, url_prefix=PREFIX)
    app.add_url_rule(sparql.PATH, "sparql", form.lead_here, methods=["GET"])
    language.lead_to_pages(app)
    static_files.register(app)
    app.context_processor(_everywhere)
    app.after_request(_secure)
    errors.register(app)


def _everywhere() -> dict[str, object]:
    """What every template may use: facts about the site."""
    site = current_site()
    about = {
        "base": BASE,
        "host": request.host_url,
        "package": __version__,
        "version": site.version,
        "built": site.manifest.get("built"),
        "as_of": _as_of(site),
    }
    return {
        "site": about,
        "href": links.href,
        "locator": map_page.locator,
        "section": None,
    }


def _as_of(site: Site) -> int | None:
    """The year of the documents; the page that tells of a failure does not ask the engine."""
    return None if g.get("engine_failed") else site.counts.get("asOf")


def _secure(response: Response) -> Response:
    """Pages may load nothing from elsewhere and run nothing that stands in the page."""
    if response.mimetype == "text/html":
        response.headers["Content-Security-Policy"] = _POLICY
        response.headers["Referrer-Policy"] = "same-origin"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
