"""The stored queries as pages: what each asks, its parameters, its answer and its text.

Names, titles of columns and the order of rows are those of the page's language, and so are the
labels that the query picks (``engine/wording.py``).
"""

from collections.abc import Mapping
from typing import Final

from flask import Blueprint, Response, make_response, render_template, request
from flask_babel import gettext

from steamkg.engine.failures import EngineFailure, ParameterError
from steamkg.engine.lexer import tokens
from steamkg.engine.library import StoredQuery
from steamkg.engine.question import Answer, Question
from steamkg.protocol.formats import Kind
from steamkg.web import (
    errors,
    links,
    offered,
    question_choices,
    question_files,
    question_list,
    question_table,
    results,
)
from steamkg.web.errors import RefusedError, UnknownError
from steamkg.web.language import current_language, local_path
from steamkg.web.naming import Names, others, pick
from steamkg.web.question_choices import Field
from steamkg.web.question_table import Table
from steamkg.web.reading import is_hidden, language_for
from steamkg.web.search_index import LONGEST
from steamkg.web.site import Site, current_site

blueprint: Final = Blueprint("questions", __name__)

_STATUSES: Final = ("steam:partnershipStatus", "existingPartnerOf", "potentialPartnerOf")
_LATER: Final = ("/graph/later/", "steam:OutsideSource", "steam:Development")
_BOTH: Final = Kind.SOLUTIONS | Kind.TRIPLES
_LOOKED_UP: Final = ("steam:identifies", "owl:sameAs", "foaf:homepage")


@blueprint.get("/query")
def queries() -> str:
    """All stored queries by topic, or those that words lead to."""
    words = " ".join(request.args.get("q", "").split())[:LONGEST]
    found = question_list.topics(current_site(), words)
    return render_template(
        "queries.html",
        topics=found,
        searched=words,
        longest=LONGEST,
        total=sum(len(topic.questions) for topic in found),
        section="/query",
    )


@blueprint.get("/query/<topic>/<name>")
def query(topic: str, name: str) -> Response:
    """A stored query: what it asks, its parameters, its answer and its text."""
    site = current_site()
    stored = stored_query(site, f"{topic}/{name}")
    names = site.names(current_language())
    wanted = request.args.get("format")
    typed = {key: value for key, value in request.args.items() if key != "format"}
    try:
        given = question_choices.given(site, stored, names, typed)
    except RefusedError as refusal:
        if wanted not in (None, "html"):
            raise
        return _refused(site, stored, names, refusal.fault)
    try:
        question = stored.question(given, language=language_for(stored))
        fields = question_choices.fields(site, stored, names, given)
        if wanted not in (None, "html", question_files.NAME):
            return offered.handed_over(question, str(wanted), file=name)
        answer = site.ask(question)
        table = question_table.table(site, stored, answer, names, [one.name for one in fields])
        if wanted == question_files.NAME:
            return _workbook(site, stored, table, fields, question)
    except EngineFailure as failure:
        in_text = stored.text if not isinstance(failure, ParameterError) else None
        fault = errors.of_failure(failure, in_text)
        page = render_template(
            "query.html", query=_shown_query(site, stored), fault=fault, section="/query"
        )
        return answered(page, fault)
    return make_response(
        render_template(
            "query.html",
            query=_shown_query(site, stored),
            fields=fields,
            table=table,
            shown_rows=results.ROWS,
            result=None if table else results.outcome(answer),
            downloads=_downloads(stored, given, answer),
            section="/query",
        )
    )


def _refused(site: Site, stored: StoredQuery, names: Names, fault: errors.Fault) -> Response:
    """The page that says what is wrong with a value, and lets another one be chosen."""
    page = render_template(
        "query.html",
        query=_shown_query(site, stored),
        fields=question_choices.fields(site, stored, names, {}),
        fault=fault,
        section="/query",
    )
    return answered(page, fault)


def stored_query(site: Site, name: str) -> StoredQuery:
    """The stored query of a name. Raises UnknownError."""
    try:
        return site.library[name]
    except KeyError:
        raise UnknownError(f"query/{name}") from None


def bare(stored: StoredQuery) -> str:
    """The text in the language of the page without its header, and with the default values
    written where they are in scope.
    """
    text = _without_header(stored.text_in(language_for(stored)))
    if stored.parameters:
        place = _opening(text)
        text = f"{text[:place]}\n{_defaults(stored)}{text[place:]}"
    title = pick(stored.titles)
    return f"# {title.text}\n\n{text}" if title else text


def _without_header(text: str) -> str:
    lines = text.splitlines()
    while lines and (lines[0].startswith("#+") or not lines[0].strip()):
        lines.pop(0)
    return "\n".join(lines).strip() + "\n"


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
    language = language_for(stored)
    values = " ".join(str(one.default_in(language)) for one in stored.parameters)
    meanings = "".join(f"  # ?{one.name}: {one.meaning}\n" for one in stored.parameters)
    return f"{meanings}  VALUES ({names}) {{ ({values}) }}"


def answered(page: str, fault: errors.Fault | None) -> Response:
    """The page with the status and headers of the fault that it tells of, if any."""
    response = make_response(page, fault.status if fault else 200)
    response.headers.extend(fault.headers if fault else ())
    return response


def _workbook(
    site: Site,
    stored: StoredQuery,
    table: Table | None,
    fields: tuple[Field, ...],
    question: Question,
) -> Response:
    if table is None:
        raise errors.NotOfferedError(tuple(form.names[0] for form in offered.advertised(_BOTH)))
    return question_files.handed_over(
        site,
        stored,
        table,
        fields,
        title=question_list.title(stored).text,
        notes=_asked_of(site, stored),
        text=_without_header(question.text),
        url=request.url,
    )


def _downloads(
    stored: StoredQuery, given: Mapping[str, str], answer: Answer
) -> tuple[results.Download, ...]:
    def href(form: str) -> str:
        return links.with_query(local_path(f"/query/{stored.name}"), {**given, "format": form})

    kind = Kind.SOLUTIONS if answer.form in ("SELECT", "ASK") else Kind.TRIPLES
    found = offered.downloads(kind, lambda one: href(one.names[0]))
    if answer.form != "SELECT":
        return found
    return (question_files.download(href(question_files.NAME)), *found)


def _shown_query(site: Site, stored: StoredQuery) -> dict[str, object]:
    title = question_list.title(stored)
    topic = stored.name.rpartition("/")[0]
    return {
        "name": stored.name,
        "title": title,
        "topic": topic,
        "topic_title": None if is_hidden(stored) else question_list.topic_title(topic),
        "others": others(stored.titles, title),
        "description": pick(stored.descriptions),
        "note": pick(stored.notes),
        "asked_of": _asked_of(site, stored),
        "text": _without_header(stored.text_in(language_for(stored))).strip(),
    }


def _asked_of(site: Site, stored: StoredQuery) -> list[str]:
    """What the question is asked of, and of when that speaks: sentences."""
    if any(term in stored.text for term in _LATER):
        found = [
            gettext(
                "Answered from what later sources report. Each development has its own date or "
                "source; the documents themselves say nothing of it."
            )
        ]
    elif any(term in stored.text for term in _LOOKED_UP):
        found = [gettext("Answered from identifiers and pages that were looked up elsewhere.")]
    elif stored.dataset == "all":
        found = [gettext("Answered from what the documents say and what follows from it.")]
    else:
        found = [gettext("Answered from what the documents say.")]
    year = site.counts.get("asOf")
    if year and any(term in stored.text for term in _STATUSES):
        found.append(gettext("Who is a partner is told as of %(year)s.", year=year))
    return found
