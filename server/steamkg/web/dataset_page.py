"""The one page of a dataset that is not ours: a form for queries, the graphs, the addresses.

In each language, at ``/<language>/sparql``.
"""

from flask import Flask, Response, render_template, request

from steamkg.engine.pool import Pool
from steamkg.settings import Settings
from steamkg.web import language, sparql, static_files
from steamkg.web.language import PREFIX

_LONGEST_LIST = 200
_POLICY = "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"


def register(app: Flask, *, pool: Pool, settings: Settings) -> None:
    """Give ``app`` the page; the endpoint's address and the root lead to it."""
    language.register(app)

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
    app.add_url_rule(PREFIX + sparql.PATH, "sparql", page, methods=["GET"])
    for address in (sparql.PATH, "/", *(f"/{one}/" for one in language.LANGUAGES)):
        app.add_url_rule(address, "home", _to_page, methods=["GET"])


def _to_page() -> Response:
    answer = language.to_page(sparql.PATH)
    answer.vary.add("Accept")
    return answer
