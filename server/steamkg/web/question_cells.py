"""A value in the answer of a stored question, as a reader takes it in.

Things have their name and a link, days and yes and no are written out, and whether something
exists or is only proposed stands as the sign that all pages have for it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Final

import pyoxigraph as ox
from flask_babel import format_date, format_decimal, gettext, lazy_gettext

from steamkg.engine.library import StoredQuery
from steamkg.graph.names import ENTITY, GRAPH, PREFIXES, STEAM
from steamkg.web import facts, links, property_words
from steamkg.web.badges import Badge
from steamkg.web.facts import Shown
from steamkg.web.language import current_language
from steamkg.web.naming import Names, Text, Title, kind_words, pick, status_words
from steamkg.web.reading import language_for
from steamkg.web.rows import labels_of, text_of
from steamkg.web.site import Site

Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple

_XSD: Final = PREFIXES["xsd"]
_WHOLE: Final = frozenset(
    _XSD + name for name in ("integer", "int", "long", "nonNegativeInteger", "positiveInteger")
)
_FRACTIONS: Final = frozenset(_XSD + name for name in ("decimal", "double", "float"))
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_ADDRESS: Final = re.compile(r"https?://[^\s<>\"]+")
_OUTLINE: Final = re.compile(r"(?:MULTI)?(?:POLYGON|LINESTRING)\s*\(")
_CLASS: Final = re.compile(r"[A-Z][A-Za-z]+")
_VOCABULARIES: Final = ("cpov", "dcterms", "foaf", "org", "skos")
_HOW_OFTEN: Final = {"annual": lazy_gettext("every year"), "regular": lazy_gettext("regularly")}
_PROBLEM: Final = STEAM + "Problem"
_OUTLINES: Final = ENTITY + "geometry/"
_KNOWN: Final = {
    "http://data.europa.eu/snb/isced-f/25831c2": "ISCED-F",
    "http://eurovoc.europa.eu/100141": "EuroVoc",
    "http://metadata.un.org/sdg": "Sustainable Development Goals (UN)",
    "http://vocabularies.unesco.org/thesaurus": "UNESCO Thesaurus",
    "https://creativecommons.org/licenses/by/4.0/": "CC BY 4.0",
}
"""What is called so in every language, and has no name in the graph."""
_MODALITY: Final = ENTITY + "modality/"
_STATUS: Final = ENTITY + "partnership-status/"


@dataclass(frozen=True, kw_only=True)
class Cell:
    """What stands in a cell, what it is sorted by, and the IRI that files give beside it."""

    shown: Shown
    sorted_by: str | float
    badge: Badge | None = None
    iri: str | None = None

    @property
    def text(self) -> str:
        """The words alone."""
        return self.badge.text.text if self.badge else self.shown.title.plain


def known_name(iri: str) -> str | None:
    """What a vocabulary or a licence elsewhere is called."""
    return _KNOWN.get(iri)


def _elsewhere(iri: str) -> Text | None:
    """What something without a name in the graph is called; None where we do not know."""
    words = _KNOWN.get(iri) or property_words.ELSEWHERE.get(iri)
    if words is None and iri.startswith(_OUTLINES):
        words = gettext("outline")
    return None if words is None else Text(text=str(words))


class Cells:
    """Makes the cells of one answer."""

    def __init__(self, site: Site, names: Names, stored: StoredQuery) -> None:
        """``names``: of everything, in the language of the page."""
        self._site = site
        self._names = names
        self._fixed = stored.fixed
        self._asked_in = language_for(stored)

    def row(self, values: Mapping[str, Term | None]) -> dict[str, Cell | None]:
        """The cells of a row by variable; None for no value."""
        feared = any(self._is_problem(name, value) for name, value in values.items())
        return {
            name: None if value is None else self._cell(name, value, feared=feared)
            for name, value in values.items()
        }

    def _cell(self, name: str, value: Term, *, feared: bool) -> Cell:
        if isinstance(value, ox.NamedNode):
            return self._thing(value)
        if not isinstance(value, ox.Literal):
            return Cell(shown=_plain(str(value)), sorted_by=str(value))
        badge = self._badge(name, value, feared=feared)
        if badge:
            return Cell(shown=_plain(badge.text.text), sorted_by=value.value, badge=badge)
        return self._literal(name, value)

    def _thing(self, value: ox.NamedNode) -> Cell:
        iri = value.value
        shown = Shown(
            title=self._title(iri),
            iri=iri,
            href=links.href(iri),
            outside=links.outside(iri),
        )
        return Cell(shown=shown, sorted_by=shown.title.plain, iri=iri)

    def _title(self, iri: str) -> Title:
        """The name; of a graph what it is, of a term or a page elsewhere its address in short."""
        if iri.startswith(GRAPH):
            return Title(parts=self._graph(iri))
        found = self._names.title(iri)
        if found.plain != links.short(iri):
            return _in_page_language(found)
        named = _elsewhere(iri) or (kind_words(iri) if links.curie(iri) else None)
        return _in_page_language(Title(parts=(named or Text(text=links.short(iri)),)))

    def _graph(self, iri: str) -> tuple[Text, ...]:
        return (self._site.graph_kinds.mark(iri).text,)

    def _badge(self, name: str, value: ox.Literal, *, feared: bool) -> Badge | None:
        """The sign of a modality or of a partner's status, in the columns that hold one."""
        if name.lower().endswith("modality") or name in ("itself", "dominating"):
            slug = self._modalities.get(value.value)
            if slug == "plan" and feared:
                # Told in the future tense, as plans are, but nobody plans a problem.
                return Badge(text=Text(text=gettext("foreseen problem")), style="possibility")
            return Badge(text=self._called(f"{_MODALITY}{slug}"), style=slug) if slug else None
        if name in ("status", "partnership"):
            slug = self._statuses.get(value.value)
            return Badge(text=Text(text=status_words(slug)), style=slug) if slug else None
        return None

    def _literal(self, name: str, value: ox.Literal) -> Cell:
        text, datatype = value.value, value.datatype.value
        if datatype in _WHOLE | _FRACTIONS:
            words = text if datatype in _WHOLE else str(format_decimal(text))
            return Cell(shown=_plain(words), sorted_by=float(text))
        if datatype == _XSD + "boolean":
            words = gettext("yes") if text in ("true", "1") else gettext("no")
            return Cell(shown=_plain(words), sorted_by=text)
        if _DAY.fullmatch(text) and not value.language:
            return Cell(shown=_plain(_day(text)), sorted_by=text)
        if _ADDRESS.fullmatch(text):
            shown = Shown(title=_plain(text).title, iri=text, href=text, outside=True)
            return Cell(shown=shown, sorted_by=text)
        if _OUTLINE.match(text):
            outline = ox.Literal(text, datatype=ox.NamedNode(PREFIXES["geo"] + "wktLiteral"))
            return Cell(shown=_without_type(facts.show(outline, self._names)), sorted_by=text)
        named = self._kind(text) if name in ("class", "kind") else None
        if name == "frequency" and text in _HOW_OFTEN:
            named = Text(text=str(_HOW_OFTEN[text]))
        title = named or self._translated(name, text, value.language)
        return Cell(shown=Shown(title=Title(parts=(title,))), sorted_by=title.text)

    def _kind(self, text: str) -> Text | None:
        """The name of a class, of which a query gives the last part of the IRI."""
        camel = text if _CLASS.fullmatch(text) else "".join(map(str.title, text.split("-")))
        for namespace in (STEAM, *(PREFIXES[name] for name in _VOCABULARIES)):
            iri = namespace + camel
            labels = self._site.term_labels.get(iri)
            if labels and (named := pick(labels)):
                return _in_page_language(Title(parts=(named,))).parts[0]
            known = kind_words(iri)
            if known.language is None:
                return known
        return None

    def _translated(self, name: str, text: str, language: str | None) -> Text:
        """The words in the language of the page, where what they name has a name in it.

        Only words that the query was asked in another language for: a name that is there for the
        sake of its language stays.
        """
        page = current_language()
        if language and language == self._asked_in != page and name not in self._fixed:
            text, language = self._site.glossary(language, page).get(text, (text, language))
        return Text(text=text, language=None if language == page else language)

    def _called(self, iri: str) -> Text:
        return _in_page_language(self._names.title(iri)).parts[0]

    def _is_problem(self, name: str, value: Term | None) -> bool:
        if name != "kind" or not isinstance(value, ox.Literal):
            return False
        labels = self._site.term_labels.get(_PROBLEM, {})
        return value.value in labels.values()

    @cached_property
    def _modalities(self) -> dict[str, str]:
        """The slug of each modality by its name, in every language."""
        return {
            label: (text_of(row, "modality") or "").rpartition("/")[2]
            for row in self._site.modalities
            for label in labels_of(row, "name").values()
        }

    @cached_property
    def _statuses(self) -> dict[str, str]:
        """The slug of each status of a partner by its names, in every language."""
        found = {
            label: slug
            for slug in ("existing", "potential")
            for label in self._names.labels(_STATUS + slug).values()
        }
        for slug in ("existing", "potential"):
            labels = self._site.term_labels.get(f"{STEAM}{slug}PartnerOf", {})
            found |= dict.fromkeys(labels.values(), slug)
        return found


def _plain(text: str) -> Shown:
    return Shown(title=Title(parts=(Text(text=text),)))


def _without_type(shown: Shown) -> Shown:
    return Shown(title=shown.title)


def _in_page_language(title: Title) -> Title:
    """The title alone, marked with its language only where that is not the page's."""
    page = current_language()
    return Title(
        parts=tuple(
            Text(text=part.text, language=None if part.language == page else part.language)
            for part in title.parts
        )
    )


def _day(text: str) -> str:
    try:
        form = "d MMMM y" if current_language() == "en" else "long"
        return str(format_date(date.fromisoformat(text), form))
    except ValueError:
        return text  # the 31st of February
