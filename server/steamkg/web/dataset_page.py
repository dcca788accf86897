"""The one page of a dataset that is not ours: a form for queries, the graphs, the addresses."""

from flask import Flask, Response, redirect, render_template, request

from steamkg.engine.pool import Pool
from steamkg.settings import Settings
from steamkg.web import sparql, static_files

_LONGEST_LIST = 200
_POLICY = "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"


def register(app: Flask, *, pool: Pool, settings: Settings) -> None:
    """Give ``app`` the page, at the endpoint's address and, by redirection, at the root."""

    def page() -> Response:
        graphs = sorted(pool.manifest["graphs"])
        response = Response(
            render_template(
                "dataset.html",
                graphs=graphs[:_LONGEST_LIST],
                more=max(len(graphs) - _LONGEST_LIST, 0),
                host=request.host_url.rstrip("/"),
                merged=settings.default_graph == "merge",
                writes=settings.writes,
            )
        )
        response.headers["Content-Security-Policy"] = _POLICY
        return response

    static_files.register(app)
    app.add_url_rule(sparql.PATH, "sparql", page, methods=["GET"])
    app.add_url_rule("/", "home", lambda: redirect(sparql.PATH, code=303), methods=["GET"])
