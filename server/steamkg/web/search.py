"""Searching: the page of what was found by name or by words, and the suggestions of names."""

from typing import Final

from flask import Blueprint, Response, jsonify, render_template, request
from flask_babel import gettext, ngettext

from steamkg.graph.names import ENTITY
from steamkg.web import badges, links, question_list
from steamkg.web.badges import Badge
from steamkg.web.explore_index import current_explorer
from steamkg.web.language import current_language, fallback, local_path
from steamkg.web.naming import Text, kind_words, pick, status_words
from steamkg.web.rows import Row, labels_of, text_of
from steamkg.web.search_index import LONGEST, Entry, Match, Piece, pieces
from steamkg.web.site import Site, current_site
from steamkg.web.text_index import Said, passage

blueprint: Final = Blueprint("search", __name__)

PER_PAGE: Final = 20
SUGGESTED: Final = 8
_NEAR: Final = 5
_LISTS: Final = 5
_QUESTIONS: Final = 6
_SUGGESTION_LENGTH: Final = 120
"""Characters of a name that a suggestion shows."""


@blueprint.get("/search")
def page() -> str:
    """Things by a part of a name, then by words of what is said of them."""
    site = current_site()
    typed = " ".join(request.args.get("q", "").split())
    words = typed[:LONGEST]
    languages = fallback(current_language())
    named = site.search_index.find(words, languages)
    known = {match.entry.iri for match in named}
    said = [one for one in site.text_index.find(words, languages) if one.entry.iri not in known]
    total = len(named) + len(said)
    last_page = max(1, -(-total // PER_PAGE))
    number = min(max(request.args.get("page", 1, type=int), 1), last_page)
    start, end = (number - 1) * PER_PAGE, number * PER_PAGE
    lists = _lists(words) if number == 1 else []
    near = site.search_index.near(words, _NEAR) if words and not named and not lists else []

    def page_href(page: int) -> str:
        return links.with_query(local_path("/search"), {"q": words, "page": str(page)})

    return render_template(
        "search.html",
        searched=words,
        cut=len(typed) > LONGEST,
        longest=LONGEST,
        lists=lists,
        named=len(named),
        said=len(said),
        things=[_result(match, words, site) for match in named[start:end]],
        texts=[
            _said(one, words, site)
            for one in said[max(0, start - len(named)) : max(0, end - len(named))]
        ],
        near=[_result(match, "", site) for match in near],
        questions=question_list.matching(site, words, _QUESTIONS),
        page=number,
        last_page=last_page,
        page_href=page_href,
        said_href=page_href(len(named) // PER_PAGE + 1) + "#said" if named and said else None,
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
    kind = kind_of(match.entry, site)
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
        "kind": kind_of(match.entry, site),
        "badges": _badges(match.entry, site),
        "dated": _dated(match.entry, site),
    }


def _lists(words: str) -> list[dict[str, object]]:
    """The lists of kinds whose name has the words; a short name is the likeliest."""
    explorer = current_explorer()
    found = explorer.kinds.find(words, fallback(current_language()))
    return [
        {
            "href": local_path(f"/explore/{explorer.slug(said.entry.iri)}"),
            "name": pick(explorer.label(said.entry.iri)) or Text(text=said.text),
            "count": len(explorer.listing(said.entry.iri).subjects),
        }
        for said in sorted(found, key=lambda said: len(said.text))[:_LISTS]
    ]


def _said(said: Said, words: str, site: Site) -> dict[str, object]:
    """A result by its words: the name, or the words themselves where a statement has no name."""
    iri, labels = said.entry.iri, site.search_index.labels(said.entry.iri)
    title = pick(labels) or pick(site.text_index.texts(iri)) or Text(text=said.text)
    same = title.text == said.text
    about = (pick(site.search_index.labels(one)) for one in said.about if one != iri)
    return {
        "href": links.href(iri),
        "title": title,
        "pieces": passage(said.text, words) if same else (Piece(text=title.text, found=False),),
        "language": said.language,
        "passage": () if same else passage(said.text, words),
        "kind": kind_of(said.entry, site),
        "badges": _badges(said.entry, site),
        "dated": _dated(said.entry, site),
        "about": [named for named in about if named],
    }


def kind_of(entry: Entry, site: Site) -> Text | None:
    """What kind of thing it is, in words of our own vocabulary where it has a kind in it."""
    kinds = sorted(entry.kinds, key=lambda kind: (kind not in site.term_labels, kind))
    if not kinds:
        return None
    return pick(site.term_labels.get(kinds[0], {})) or kind_words(kinds[0])


def _badges(entry: Entry, site: Site) -> list[Badge]:
    found = []
    if modality := entry.modality:
        named = pick(labels_of(_modality(modality, site), "name"))
        slug = modality.removeprefix(ENTITY).rsplit("/", 1)[-1]
        text = named or Text(text=slug, language="en")
        told = badges.modality(modality, text, of=entry.iri, kinds=entry.kinds)
        found.append(Badge(text=told.text, style=slug))
    found += [
        Badge(text=Text(text=gettext("later, from an outside source")), style="asof")
        if status == "later"
        else Badge(text=Text(text=status_words(status)), style=status)
        for status in entry.statuses
    ]
    return found


def _dated(entry: Entry, site: Site) -> str:
    """As of when its document speaks, where it says something of the thing at all."""
    if not entry.modality or "later" in entry.statuses:
        return ""
    year = site.as_of(entry.iri)
    return str(gettext("as of %(year)s", year=year) if year else gettext("date not known"))


def _modality(iri: str, site: Site) -> Row:
    return next((row for row in site.modalities if text_of(row, "modality") == iri), {})


def _cut(text: str) -> str:
    return text if len(text) <= _SUGGESTION_LENGTH else text[: _SUGGESTION_LENGTH - 1] + "…"
