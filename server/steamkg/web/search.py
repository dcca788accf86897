"""Searching by name: the page of what was found, and the suggestions while a reader types."""

from typing import Final

from flask import Blueprint, Response, jsonify, render_template, request
from flask_babel import ngettext

from steamkg.graph.names import ENTITY
from steamkg.web import links
from steamkg.web.facts import Badge
from steamkg.web.language import current_language, fallback, local_path
from steamkg.web.naming import Text, kind_words, pick, status_words
from steamkg.web.rows import Row, labels_of, text_of
from steamkg.web.search_index import LONGEST, Match, pieces
from steamkg.web.site import Site, current_site

blueprint: Final = Blueprint("search", __name__)

PER_PAGE: Final = 20
SUGGESTED: Final = 8
_NEAR: Final = 5
_SUGGESTION_LENGTH: Final = 120
"""Characters of a name that a suggestion shows."""


@blueprint.get("/search")
def page() -> str:
    """Things by a part of a name, with or without the marks of its letters."""
    site = current_site()
    typed = " ".join(request.args.get("q", "").split())
    words = typed[:LONGEST]
    found = site.search_index.find(words, fallback(current_language()))
    last_page = max(1, (len(found) + PER_PAGE - 1) // PER_PAGE)
    number = min(max(request.args.get("page", 1, type=int), 1), last_page)
    shown = found[(number - 1) * PER_PAGE : number * PER_PAGE]
    near = site.search_index.near(words, _NEAR) if words and not found else []
    return render_template(
        "search.html",
        searched=words,
        cut=len(typed) > LONGEST,
        longest=LONGEST,
        total=len(found),
        things=[_result(match, words, site) for match in shown],
        near=[_result(match, "", site) for match in near],
        page=number,
        last_page=last_page,
        page_href=lambda page: links.with_query(
            local_path("/search"), {"q": words, "page": str(page)}
        ),
        section="/explore",
    )


@blueprint.get("/suggest")
def suggest() -> Response:
    """The likeliest things for the beginning of a name, as JSON."""
    site = current_site()
    words = " ".join(request.args.get("q", "").split())[:LONGEST]
    found = site.search_index.find(words, fallback(current_language()))
    listed = [_suggestion(match, site) for match in found[:SUGGESTED]]
    said = ngettext("%(count)s suggestion", "%(count)s suggestions", len(listed), count=len(listed))
    answer = jsonify({"query": words, "said": str(said), "suggestions": listed})
    answer.headers["Cache-Control"] = "max-age=60"
    return answer


def _suggestion(match: Match, site: Site) -> dict[str, str | None]:
    title = pick(match.entry.labels) or Text(text=match.name.text, language=match.name.language)
    kind = kind_of(match, site)
    other = match.name.text if match.name.text != title.text else None
    return {
        "href": links.href(match.entry.iri),
        "name": _cut(title.text),
        "language": title.language,
        "matched": _cut(other) if other else None,
        "matchedLanguage": match.name.language if other else None,
        "kind": kind.text if kind else None,
        "kindLanguage": kind.language if kind else None,
    }


def _result(match: Match, words: str, site: Site) -> dict[str, object]:
    title = pick(match.entry.labels) or Text(text=match.name.text, language=match.name.language)
    other = match.name if match.name.text != title.text else None
    return {
        "href": links.href(match.entry.iri),
        "title": title,
        "pieces": pieces(title.text, words),
        "other": other,
        "other_pieces": pieces(other.text, words) if other else (),
        "kind": kind_of(match, site),
        "badges": _badges(match, site),
    }


def kind_of(match: Match, site: Site) -> Text | None:
    """What kind of thing it is, in words of our own vocabulary where it has a kind in it."""
    kinds = sorted(match.entry.kinds, key=lambda kind: (kind not in site.term_labels, kind))
    if not kinds:
        return None
    return pick(site.term_labels.get(kinds[0], {})) or kind_words(kinds[0])


def _badges(match: Match, site: Site) -> list[Badge]:
    badges = []
    if modality := match.entry.modality:
        named = pick(labels_of(_modality(modality, site), "name"))
        slug = modality.removeprefix(ENTITY).rsplit("/", 1)[-1]
        badges.append(Badge(text=named or Text(text=slug, language="en"), style=slug))
    badges += [
        Badge(text=Text(text=status_words(status)), style=status) for status in match.entry.statuses
    ]
    return badges


def _modality(iri: str, site: Site) -> Row:
    return next((row for row in site.modalities if text_of(row, "modality") == iri), {})


def _cut(text: str) -> str:
    return text if len(text) <= _SUGGESTION_LENGTH else text[: _SUGGESTION_LENGTH - 1] + "…"
