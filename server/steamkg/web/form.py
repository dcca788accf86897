"""The SPARQL form and the results of what is asked there.

Queries run through the same engine and limits as at the endpoint; nothing here can do more.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from flask import Blueprint, Response, make_response, render_template, request
from flask_babel import gettext

from steamkg.engine.failures import EngineFailure
from steamkg.engine.question import Answer, Question
from steamkg.graph.names import ASSERTED, PREFIXES
from steamkg.protocol.formats import Kind
from steamkg.web import errors, language, links, offered, results
from steamkg.web.language import current_language, local_path
from steamkg.web.question_list import topics
from steamkg.web.questions import answered, bare, stored_query
from steamkg.web.site import current_site

blueprint: Final = Blueprint("form", __name__)

_EXAMPLE: Final = """PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX steam: <https://w3id.org/steamkg/ontology#>

# COMMENT
SELECT ?centre ?name ?city
WHERE {
  ?centre a steam:Centre ;
    skos:prefLabel ?name ;
    steam:city/skos:prefLabel ?city .
  FILTER(LANG(?name) = "LANGUAGE" && LANG(?city) = "lt")
}
ORDER BY ?name
"""
_DATASETS: Final[dict[str, tuple[str, ...]]] = {"all": (), "asserted": (ASSERTED,)}
_BOTH: Final = Kind.SOLUTIONS | Kind.TRIPLES


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


@blueprint.get("/sparql")
def editor_page() -> str:
    """The SPARQL form with an example."""
    return _form_page(Form(text=_example()))


@blueprint.get("/editor")
def editor() -> str:
    """The SPARQL form, filled with an example or with a text."""
    site = current_site()
    example = request.args.get("example")
    if example is None:
        text = request.args.get("query", _example())
        return _form_page(Form(text=text, dataset=_dataset(request.args)))
    stored = stored_query(site, example)
    return _form_page(Form(text=bare(stored), dataset=stored.dataset))


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
        return make_response(_form_page(Form(text=_example(), dataset=form.dataset)), 200)
    question = Question(text=form.text, default_graphs=_DATASETS[form.dataset])
    try:
        if form.format != "html":
            return offered.handed_over(question, form.format)
        answer = current_site().ask(question)
    except EngineFailure as failure:
        fault = errors.of_failure(failure, form.text)
        return answered(_form_page(form, fault=fault), fault)
    links_ = _result_downloads(form, answer)
    return make_response(_form_page(form, result=results.outcome(answer, links_)))


def lead_here() -> Response:
    """What a browser finds at the endpoint's address: the way to the form."""
    answer = language.to_page()
    answer.vary.add("Accept")
    return answer


def _form_page(
    form: Form, *, result: results.Outcome | None = None, fault: errors.Fault | None = None
) -> str:
    return render_template(
        "sparql.html",
        form=form,
        result=result,
        fault=fault,
        topics=topics(current_site()),
        section="/sparql",
    )


def _result_downloads(form: Form, answer: Answer) -> tuple[results.Download, ...]:
    if len(form.text) > language.LONGEST_ADDRESS:
        return ()
    kind = Kind.SOLUTIONS if answer.form in ("SELECT", "ASK") else Kind.TRIPLES
    return offered.downloads(
        kind,
        lambda one: links.with_query(
            local_path("/results"),
            {"query": form.text, "dataset": form.dataset, "format": one.names[0]},
        ),
    )


def _dataset(values: Mapping[str, str]) -> str:
    dataset = values.get("dataset", "all")
    return dataset if dataset in _DATASETS else "all"


def _example() -> str:
    """A query to begin with, which asks for names in the language of the page if it has them."""
    named = current_language() if current_language() in ("en", "lt") else "en"
    comment = gettext("The STEAM centres and the cities they stand in")
    return _EXAMPLE.replace("COMMENT", comment).replace("LANGUAGE", named)
