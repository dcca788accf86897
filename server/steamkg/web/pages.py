"""Home, the SPARQL form and its results, and the stored queries as pages.

Queries run through the same engine and limits as at the endpoint; nothing here can do more.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from flask import Blueprint, Flask, Response, g, make_response, render_template, request

from steamkg import __version__
from steamkg.engine.failures import EngineFailure, ParameterError
from steamkg.engine.lexer import tokens
from steamkg.engine.library import Library, StoredQuery
from steamkg.engine.question import Answer, Question
from steamkg.graph.names import ASSERTED, BASE, PREFIXES
from steamkg.protocol.formats import Kind, Offer, named
from steamkg.web import browse, errors, links, offered, resource, results, static_files
from steamkg.web.errors import UnknownError
from steamkg.web.naming import Text, Title
from steamkg.web.rows import Row, text_of
from steamkg.web.site import EXTENSION, Asked, Site, current_site

blueprint: Final = Blueprint("pages", __name__)

_EXAMPLE: Final = """PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX steam: <https://w3id.org/steamkg/ontology#>

# The STEAM centres and the cities they stand in
SELECT ?centre ?name ?city
WHERE {
  ?centre a steam:Centre ;
    skos:prefLabel ?name ;
    steam:city/skos:prefLabel ?city .
  FILTER(LANG(?name) = "en" && LANG(?city) = "lt")
}
ORDER BY ?name
"""
_DATASETS: Final[dict[str, tuple[str, ...]]] = {"all": (), "asserted": (ASSERTED,)}
_LONGEST_ADDRESS: Final = 4000
"""Characters of query text that still make a link which browsers and servers take."""
_BOTH: Final = Kind.SOLUTIONS | Kind.TRIPLES
_POLICY: Final = (
    "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)


@dataclass(frozen=True, kw_only=True)
class Form:
    """What the SPARQL form is filled with."""

    text: str
    dataset: str = "all"
    format: str = "html"

    @property
    def formats(self) -> list[dict[str, str]]:
        """The choices under "Answer as", beside the page itself."""
        return [
            {"name": form.names[0], "label": offered.label(form)}
            for form in offered.advertised(_BOTH)
        ]

    @property
    def prefixes(self) -> Mapping[str, str]:
        """The house table of prefixes."""
        return PREFIXES


def register(
    app: Flask, *, engine: Asked, library: Library, manifest: Mapping[str, Any] | None = None
) -> None:
    """Give ``app`` its pages; they ask ``engine`` and run the queries of ``library``."""
    app.extensions[EXTENSION] = Site(engine=engine, library=library, manifest=manifest or {})
    for part in (blueprint, browse.blueprint, resource.blueprint):
        app.register_blueprint(part)
    static_files.register(app)
    app.context_processor(_everywhere)
    app.after_request(_secure)
    errors.register(app)


@blueprint.get("/")
def home() -> str:
    """What this is, in numbers and questions."""
    site = current_site()
    return render_template(
        "home.html",
        counts=site.counts,
        bars=_bars(site.rows("partners-by-category")),
        topics=_topics(site),
        section="/",
    )


def editor_page() -> Response:
    """The empty SPARQL form, which is what a browser finds at ``/sparql``."""
    return make_response(_form_page(Form(text=_EXAMPLE)))


@blueprint.get("/editor")
def editor() -> str:
    """The SPARQL form, filled with an example or with a text."""
    site = current_site()
    example = request.args.get("example")
    if example is None:
        text = request.args.get("query", _EXAMPLE)
        return _form_page(Form(text=text, dataset=_dataset(request.args)))
    stored = _stored(site, example)
    return _form_page(Form(text=_bare(stored), dataset=stored.dataset))


@blueprint.route("/results", methods=["GET", "POST"])
def run() -> Response:
    """Run the query of the form and show what it gives, or hand it over in a format."""
    values = request.form if request.method == "POST" else request.args
    form = Form(
        text=values.get("query", ""),
        dataset=_dataset(values),
        format=values.get("format", "html"),
    )
    if not form.text.strip():
        return make_response(_form_page(Form(text=_EXAMPLE, dataset=form.dataset)), 200)
    question = Question(text=form.text, default_graphs=_DATASETS[form.dataset])
    try:
        if form.format != "html":
            return _handed_over(question, form.format)
        answer = current_site().ask(question)
    except EngineFailure as failure:
        fault = errors.of_failure(failure, form.text)
        return _answered(_form_page(form, fault=fault), fault)
    links_ = _result_downloads(form, answer)
    return make_response(_form_page(form, result=results.outcome(answer, links_)))


@blueprint.get("/query")
def queries() -> str:
    """All stored queries by topic."""
    return render_template("queries.html", topics=_topics(current_site()), section="/query")


@blueprint.get("/query/<topic>/<name>")
def query(topic: str, name: str) -> Response:
    """A stored query: what it asks, its parameters, its text and its rows."""
    site = current_site()
    stored = _stored(site, f"{topic}/{name}")
    given = {key: value for key, value in request.args.items() if key != "format"}
    wanted = request.args.get("format")
    fault = None
    outcome = None
    try:
        question = stored.question({key: value for key, value in given.items() if value})
        if wanted not in (None, "html"):
            return _handed_over(question, str(wanted), file=name)
        answer = site.ask(question)
        outcome = results.outcome(answer, _query_downloads(stored, given, answer))
    except EngineFailure as failure:
        in_text = stored.text if not isinstance(failure, ParameterError) else None
        fault = errors.of_failure(failure, in_text)
    page = render_template(
        "query.html",
        query=_shown_query(stored, given),
        result=outcome,
        fault=fault,
        section="/query",
    )
    return _answered(page, fault)


def _form_page(
    form: Form, *, result: results.Outcome | None = None, fault: errors.Fault | None = None
) -> str:
    return render_template(
        "sparql.html",
        form=form,
        result=result,
        fault=fault,
        topics=_topics(current_site()),
        section="/sparql",
    )


def _answered(page: str, fault: errors.Fault | None) -> Response:
    """The page with the status and headers of the fault that it tells of, if any."""
    response = make_response(page, fault.status if fault else 200)
    response.headers.extend(fault.headers if fault else ())
    return response


def _handed_over(question: Question, name: str, *, file: str = "result") -> Response:
    """The complete result in a format, as a file."""
    site = current_site()
    solutions, triples = named(name, Kind.SOLUTIONS), named(name, Kind.TRIPLES)
    if solutions is None and triples is None:
        raise errors.NotOfferedError(tuple(form.names[0] for form in offered.advertised(_BOTH)))
    answer = site.ask(
        replace(
            question,
            solutions=solutions.format.media_type if solutions else None,
            triples=triples.format.media_type if triples else None,
        )
    )
    offer = solutions if answer.form in ("SELECT", "ASK") else triples
    return _file(answer, offer, file)


def _file(answer: Answer, offer: Offer | None, name: str) -> Response:
    if offer is None:
        raise TypeError(answer.form)
    response = Response(answer.body, content_type=offer.content_type)
    file = f"{name}.{offer.format.extension}"
    response.headers["Content-Disposition"] = f'attachment; filename="{file}"'
    return response


def _result_downloads(form: Form, answer: Answer) -> tuple[results.Download, ...]:
    if len(form.text) > _LONGEST_ADDRESS:
        return ()
    kind = Kind.SOLUTIONS if answer.form in ("SELECT", "ASK") else Kind.TRIPLES
    return offered.downloads(
        kind,
        lambda one: links.with_query(
            "/results", {"query": form.text, "dataset": form.dataset, "format": one.names[0]}
        ),
    )


def _query_downloads(
    stored: StoredQuery, given: Mapping[str, str], answer: Answer
) -> tuple[results.Download, ...]:
    kind = Kind.SOLUTIONS if answer.form in ("SELECT", "ASK") else Kind.TRIPLES
    return offered.downloads(
        kind,
        lambda one: links.with_query(f"/query/{stored.name}", {**given, "format": one.names[0]}),
    )


def _stored(site: Site, name: str) -> StoredQuery:
    try:
        return site.library[name]
    except KeyError:
        raise UnknownError(f"query/{name}") from None


def _dataset(values: Mapping[str, str]) -> str:
    dataset = values.get("dataset", "all")
    return dataset if dataset in _DATASETS else "all"


def _bare(stored: StoredQuery) -> str:
    """The text without its header, with the default values written where they are in scope."""
    lines = stored.text.splitlines()
    while lines and (lines[0].startswith("#+") or not lines[0].strip()):
        lines.pop(0)
    text = "\n".join(lines).strip() + "\n"
    if stored.parameters:
        place = _opening(text)
        text = f"{text[:place]}\n{_defaults(stored)}{text[place:]}"
    title = stored.titles.get("en")
    return f"# {title}\n\n{text}" if title else text


def _opening(text: str) -> int:
    """Where the pattern of a query begins: behind the brace that WHERE may stand before."""
    found = tokens(text)
    braces = [token for token in found if token.text == "{" and token.depth == 0]
    # Only CONSTRUCT has a brace of its own, its template, before the pattern's.
    template = len(braces) > 1 and any(token.keyword == "CONSTRUCT" for token in found)
    brace = braces[1 if template else 0]
    return brace.start + len(brace.text)


def _defaults(stored: StoredQuery) -> str:
    """The default values of the parameters as a VALUES block (SPARQL 1.1 §10.1)."""
    names = " ".join(f"?{one.name}" for one in stored.parameters)
    values = " ".join(str(one.default) for one in stored.parameters)
    meanings = "".join(f"  # ?{one.name}: {one.meaning}\n" for one in stored.parameters)
    return f"{meanings}  VALUES ({names}) {{ ({values}) }}"


def _shown_query(stored: StoredQuery, given: Mapping[str, str]) -> dict[str, object]:
    return {
        "name": stored.name,
        "title": stored.titles.get("en") or stored.name,
        "title_lt": stored.titles.get("lt"),
        "description": stored.descriptions.get("en"),
        "dataset": stored.dataset,
        "text": "\n".join(line for line in stored.text.splitlines() if line[:2] != "#+").strip(),
        "parameters": [
            {
                "name": one.name,
                "meaning": one.meaning,
                "value": given.get(one.name) or one.default.value,
                "hint": f"?{one.name}, {one.kind}",
            }
            for one in stored.parameters
        ],
    }


def _topics(site: Site) -> list[dict[str, object]]:
    return [
        {
            "name": topic.name,
            "questions": [
                {"name": query.name, "title": query.titles.get("en") or query.name}
                for query in topic.queries
            ],
        }
        for topic in site.topics
    ]


def _bars(rows: list[Row]) -> dict[str, object]:
    """Bars of existing and potential partners, the longest as wide as the picture."""
    counted = [
        (
            row,
            int(text_of(row, "existingPartners") or 0),
            int(text_of(row, "potentialPartners") or 0),
        )
        for row in rows
    ]
    longest = max((existing + potential for _, existing, potential in counted), default=0) or 1
    return {
        "rows": [
            {
                "href": links.href(text_of(row, "category") or ""),
                "title": Title(parts=(Text(text=text_of(row, "nameEn") or "", language="en"),)),
                "existing": existing,
                "potential": potential,
                "existing_width": f"{100 * existing / longest:.2f}",
                "potential_width": f"{100 * potential / longest:.2f}",
            }
            for row, existing, potential in counted
        ]
    }


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
        "section": None,
        "words": "",
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
