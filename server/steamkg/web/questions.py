"""The stored queries as pages: what each asks, its parameters, its text and its rows."""

from collections.abc import Mapping
from typing import Final

from flask import Blueprint, Response, make_response, render_template, request
from flask_babel import lazy_gettext

from steamkg.engine.failures import EngineFailure, ParameterError
from steamkg.engine.lexer import tokens
from steamkg.engine.library import StoredQuery
from steamkg.engine.question import Answer
from steamkg.protocol.formats import Kind
from steamkg.web import errors, links, offered, results
from steamkg.web.errors import UnknownError
from steamkg.web.language import local_path
from steamkg.web.naming import Text, others, pick
from steamkg.web.site import Site, current_site

blueprint: Final = Blueprint("questions", __name__)

_TOPICS: Final = {
    "across-documents": lazy_gettext("Across documents"),
    "alignment": lazy_gettext("Alignment"),
    "alliance": lazy_gettext("Alliance"),
    "areas": lazy_gettext("Areas"),
    "benefits": lazy_gettext("Benefits"),
    "bodies": lazy_gettext("Bodies"),
    "categories": lazy_gettext("Categories"),
    "centres": lazy_gettext("Centres"),
    "education": lazy_gettext("Education"),
    "geography": lazy_gettext("Geography"),
    "history": lazy_gettext("History"),
    "interoperability": lazy_gettext("Interoperability"),
    "introduction": lazy_gettext("Introduction"),
    "languages": lazy_gettext("Languages"),
    "later": lazy_gettext("Later developments"),
    "links": lazy_gettext("Links"),
    "modality": lazy_gettext("Modality"),
    "partners": lazy_gettext("Partners"),
    "partnership": lazy_gettext("Partnership"),
    "proposals": lazy_gettext("Proposals"),
    "provenance": lazy_gettext("Provenance"),
    "roles": lazy_gettext("Roles"),
    "support": lazy_gettext("Support"),
    "target-groups": lazy_gettext("Target groups"),
}
"""What the folders of stored queries are called."""
MEANINGS: Final = {
    "A name of the partner, in any of its forms": lazy_gettext(
        "A name of the partner, in any of its forms"
    ),
    "A part of a word, in small letters": lazy_gettext("A part of a word, in small letters"),
    "The area asked about": lazy_gettext("The area asked about"),
    "The arrangement asked about": lazy_gettext("The arrangement asked about"),
    "The body asked about": lazy_gettext("The body asked about"),
    "The category asked about": lazy_gettext("The category asked about"),
    "The centre asked about": lazy_gettext("The centre asked about"),
    "The county asked about": lazy_gettext("The county asked about"),
    "The development asked about": lazy_gettext("The development asked about"),
    "The key area asked about": lazy_gettext("The key area asked about"),
    "The kind of support asked about": lazy_gettext("The kind of support asked about"),
    "The object of the triple": lazy_gettext("The object of the triple"),
    "The partner asked about": lazy_gettext("The partner asked about"),
    "The point asked about": lazy_gettext("The point asked about"),
    "The property of the triple": lazy_gettext("The property of the triple"),
    "The subject of the triple": lazy_gettext("The subject of the triple"),
    "The thing asked about": lazy_gettext("The thing asked about"),
    "The vocabulary asked about": lazy_gettext("The vocabulary asked about"),
}
"""What the headers of stored queries, which are English, say of their parameters."""


@blueprint.get("/query")
def queries() -> str:
    """All stored queries by topic."""
    return render_template("queries.html", topics=topics(current_site()), section="/query")


@blueprint.get("/query/<topic>/<name>")
def query(topic: str, name: str) -> Response:
    """A stored query: what it asks, its parameters, its text and its rows."""
    site = current_site()
    stored = stored_query(site, f"{topic}/{name}")
    given = {key: value for key, value in request.args.items() if key != "format"}
    wanted = request.args.get("format")
    fault = None
    outcome = None
    try:
        question = stored.question({key: value for key, value in given.items() if value})
        if wanted not in (None, "html"):
            return offered.handed_over(question, str(wanted), file=name)
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
    return answered(page, fault)


def stored_query(site: Site, name: str) -> StoredQuery:
    """The stored query of a name. Raises UnknownError."""
    try:
        return site.library[name]
    except KeyError:
        raise UnknownError(f"query/{name}") from None


def topics(site: Site) -> list[dict[str, object]]:
    """The stored queries by topic, with their titles in the language of the page."""
    return [
        {
            "name": topic.name,
            "title": _topic(topic.name),
            "questions": [{"name": query.name, "title": _title(query)} for query in topic.queries],
        }
        for topic in site.topics
    ]


def bare(stored: StoredQuery) -> str:
    """The text without its header, with the default values written where they are in scope."""
    lines = stored.text.splitlines()
    while lines and (lines[0].startswith("#+") or not lines[0].strip()):
        lines.pop(0)
    text = "\n".join(lines).strip() + "\n"
    if stored.parameters:
        place = _opening(text)
        text = f"{text[:place]}\n{_defaults(stored)}{text[place:]}"
    title = pick(stored.titles)
    return f"# {title.text}\n\n{text}" if title else text


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


def answered(page: str, fault: errors.Fault | None) -> Response:
    """The page with the status and headers of the fault that it tells of, if any."""
    response = make_response(page, fault.status if fault else 200)
    response.headers.extend(fault.headers if fault else ())
    return response


def _query_downloads(
    stored: StoredQuery, given: Mapping[str, str], answer: Answer
) -> tuple[results.Download, ...]:
    kind = Kind.SOLUTIONS if answer.form in ("SELECT", "ASK") else Kind.TRIPLES
    return offered.downloads(
        kind,
        lambda one: links.with_query(
            local_path(f"/query/{stored.name}"), {**given, "format": one.names[0]}
        ),
    )


def _shown_query(stored: StoredQuery, given: Mapping[str, str]) -> dict[str, object]:
    title = _title(stored)
    return {
        "name": stored.name,
        "title": title,
        "others": others(stored.titles, title),
        "description": pick(stored.descriptions),
        "dataset": stored.dataset,
        "text": "\n".join(line for line in stored.text.splitlines() if line[:2] != "#+").strip(),
        "parameters": [
            {
                "name": one.name,
                "meaning": meaning(one.meaning),
                "value": given.get(one.name) or one.default.value,
                "hint": f"?{one.name}, {one.kind}",
            }
            for one in stored.parameters
        ],
    }


def meaning(english: str) -> Text:
    """What a parameter means, in the language of the page where it is known."""
    known = MEANINGS.get(english)
    return Text(text=english, language="en") if known is None else Text(text=str(known))


def _title(stored: StoredQuery) -> Text:
    return pick(stored.titles) or Text(text=stored.name)


def _topic(name: str) -> Text:
    known = _TOPICS.get(name)
    if known is None:
        return Text(text=name.replace("-", " ").capitalize(), language="en")
    return Text(text=str(known))
