"""The UNESCO STEM Alliance in one view: its key areas against what the Lithuanian model says.

Every line here is an alignment, which is our interpretation: the page says so and shows the reason,
how sure we are, who says it and when. The modality at both ends is that of the documents.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from flask import Blueprint, Response, render_template
from flask_babel import format_decimal, gettext, lazy_gettext

from steamkg.graph.names import PREFIXES, STEAM
from steamkg.web import downloads, links, sheets
from steamkg.web.badges import Badge
from steamkg.web.citations import LETTERS, Citations
from steamkg.web.language import local_path
from steamkg.web.naming import Text, collated, pick
from steamkg.web.results import Download
from steamkg.web.rows import Row, labels_of, text_of
from steamkg.web.site import Site, current_site
from steamkg.web.spreadsheet import Cell

_QUERIES: Final = tuple(
    f"pages/alliance-{name}" for name in ("serving", "counterparts", "denied", "concepts")
)
"""What the table is made of."""
blueprint: Final = Blueprint("alliance", __name__)

_NOBODY: Final = PREFIXES["sssom"] + "NoTermFound"
_DIRECTION: Final = "/id/strategic-direction/"
_RELATIONS: Final = {
    STEAM + "servesKeyArea": lazy_gettext("serves"),
    STEAM + "counterpart": lazy_gettext("speaks of the same matter as"),
    PREFIXES["dcterms"] + "subject": lazy_gettext("is about"),
    PREFIXES["skos"] + "exactMatch": lazy_gettext("means exactly"),
    PREFIXES["skos"] + "closeMatch": lazy_gettext("means nearly"),
    PREFIXES["skos"] + "relatedMatch": lazy_gettext("has to do with"),
    PREFIXES["skos"] + "broadMatch": lazy_gettext("is narrower than"),
    PREFIXES["skos"] + "narrowMatch": lazy_gettext("is broader than"),
}
_VOCABULARIES: Final = {
    "http://metadata.un.org/sdg": lazy_gettext("Sustainable Development Goals"),
    "http://vocabularies.unesco.org/thesaurus": lazy_gettext("UNESCO Thesaurus"),
    "http://data.europa.eu/snb/isced-f/25831c2": lazy_gettext("ISCED-F 2013, fields of education"),
    "http://eurovoc.europa.eu/100141": lazy_gettext("EuroVoc"),
}
MODALITIES: Final = ("stated", "plan", "proposal", "possibility")


@dataclass(frozen=True, kw_only=True)
class End:
    """A thing at one end of an alignment; ``text`` None where no term was found."""

    text: Text | None
    iri: str
    modality: Badge | None = None

    @property
    def href(self) -> str | None:
        """Its page, or its address elsewhere."""
        return links.href(self.iri) if self.text else None

    @property
    def outside(self) -> bool:
        """Whether it is somebody else's."""
        return links.outside(self.iri)


@dataclass(frozen=True, kw_only=True)
class Alignment:
    """One alignment: ``here`` is on the Lithuanian side, ``there`` the Alliance's or a concept."""

    here: End
    there: End
    relation: str
    kind: Text | None
    reason: Text | None
    confidence: str
    author: str
    created: str
    mapping: str
    denied: bool = False

    @property
    def href(self) -> str | None:
        """The page of the alignment itself."""
        return links.href(self.mapping)

    @property
    def sureness(self) -> str:
        """The confidence as the language of the page writes it."""
        return str(format_decimal(float(self.confidence)))


@dataclass(frozen=True, kw_only=True)
class KeyArea:
    """A key area, its names in other languages, and what serves it."""

    end: End
    anchor: str
    others: tuple[Text, ...]
    served: tuple[Alignment, ...]
    missing: tuple[Alignment, ...]

    def counted(self, modality: str) -> int:
        """How many things of a modality serve it."""
        return sum(
            one.here.modality is not None and one.here.modality.style == modality
            for one in self.served
        )


@dataclass(frozen=True, kw_only=True)
class View:
    """All that the page shows."""

    areas: tuple[KeyArea, ...]
    directions: tuple[tuple[End, tuple[Alignment, ...], tuple[Alignment, ...]], ...]
    counterparts: tuple[Alignment, ...]
    vocabularies: tuple[tuple[str, str, tuple[Alignment, ...]], ...]
    denied: tuple[Alignment, ...]

    @property
    def all(self) -> tuple[Alignment, ...]:
        """Every alignment of the page once, in its order; what is denied comes last."""
        served = [one for area in self.areas for one in area.served]
        answered = [one for _, found, _ in self.directions for one in found]
        elsewhere = [one for _, _, found in self.vocabularies for one in found]
        missing = [one for area in self.areas for one in area.missing]
        unanswered = [one for _, _, found in self.directions for one in found]
        return (
            *served,
            *answered,
            *self.counterparts,
            *elsewhere,
            *missing,
            *unanswered,
            *self.denied,
        )


@blueprint.get("/alliance")
def page() -> str:
    """Key areas, directions, counterparts and concepts elsewhere, each with its reason."""
    site = current_site()
    found = view(site)
    return render_template(
        "alliance.html",
        view=found,
        citations=Citations.of(site.kept_rows("alliance-passages")),
        documents=_documents(site),
        modalities=[(name, _modality_names().get(name)) for name in MODALITIES],
        files=files(),
        dated=max((one.created for one in found.all), default=None),
        authors=sorted({one.author for one in found.all}),
        section="/alliance",
    )


@blueprint.get("/alliance/alignments.<extension>")
def table(extension: str) -> Response:
    """Every alignment of the page as CSV or XLSX."""
    found = view(current_site())
    return sheets.answer(
        extension,
        name="stem-alliance",
        title=gettext("Alignments"),
        columns=[str(name) for name in _COLUMNS],
        rows=[[make(one) for make in _COLUMNS.values()] for one in found.all],
        queries=_QUERIES,
        note=" ".join(
            (
                gettext("Our interpretation: neither document names the other."),
                gettext("Of the slides on the Alliance the date is not known."),
            )
        ),
    )


def view(site: Site) -> View:
    """The page's alignments, from the stored queries."""
    modalities = _modality_names()
    denied = [_denied(row) for row in site.rows("alliance-denied")]
    areas: dict[str, KeyArea] = {}
    kinds = {text_of(row, "term"): labels_of(row, "label") for row in site.terms}
    for row in site.rows("alliance-serving"):
        iri = text_of(row, "keyArea") or ""
        area = areas.get(iri) or _key_area(row, iri, modalities, denied)
        if "thing" in row:
            here = _end(row, "thing", "name", "modality", modalities)
            kind = pick(kinds.get(text_of(row, "kind"), {}))
            one = replace(_alignment(row, here, area.end, "servesKeyArea"), kind=kind)
            area = replace(area, served=(*area.served, one))
        areas[iri] = area
    pairs = [_counterpart(row, modalities) for row in site.rows("alliance-counterparts")]
    directions = []
    for row in site.rows("alliance-directions"):
        end = _end(row, "direction", "name", "modality", modalities)
        answering = tuple(one for one in pairs if one.there.iri == end.iri)
        missing = tuple(one for one in denied if one.there.iri == end.iri)
        directions.append((end, answering, missing))
    shown = {one.mapping for area in areas.values() for one in area.missing}
    shown |= {one.mapping for _, _, found in directions for one in found}
    return View(
        areas=tuple(areas.values()),
        directions=tuple(directions),
        counterparts=tuple(one for one in pairs if _DIRECTION not in one.there.iri),
        vocabularies=_concepts(site, modalities),
        denied=tuple(one for one in denied if one.mapping not in shown),
    )


def _documents(site: Site) -> list[tuple[str, End]]:
    """The documents with the letters that reasons give them."""
    named = {text_of(row, "document"): row for row in site.kept_rows("documents")}
    return [
        (letter, _end(named[iri], "document", "name", "", {}))
        for letter, iri in LETTERS.items()
        if iri in named
    ]


def files() -> tuple[Download, ...]:
    """The alignments as files."""
    tables = sheets.offers(lambda form: local_path(f"/alliance/alignments.{form}"))
    sssom = Download(label="SSSOM", media_type=downloads.TSV, href=downloads.href("mappings"))
    return (*tables, sssom)


def _key_area(
    row: Row, iri: str, modalities: dict[str, Text], denied: Sequence[Alignment]
) -> KeyArea:
    names = labels_of(row, "keyArea")
    end = _end(row, "keyArea", "keyArea", "keyAreaModality", modalities)
    shown = end.text.language if end.text else None
    return KeyArea(
        end=end,
        anchor=iri.rpartition("/")[2],
        others=tuple(
            Text(text=text, language=language)
            for language, text in names.items()
            if language != shown
        ),
        served=(),
        missing=tuple(one for one in denied if one.there.iri == iri),
    )


def _concepts(
    site: Site, modalities: dict[str, Text]
) -> tuple[tuple[str, str, tuple[Alignment, ...]], ...]:
    found: dict[str, list[Alignment]] = {}
    for row in site.rows("alliance-concepts"):
        iri = text_of(row, "vocabulary") or ""
        concept = End(
            text=Text(text=text_of(row, "conceptName") or "", language="en"),
            iri=text_of(row, "concept") or "",
        )
        here = _end(row, "thing", "name", "modality", modalities)
        one = _alignment(row, here, concept, text_of(row, "relation") or "")
        found.setdefault(iri, []).append(one)
    order = [*_VOCABULARIES, *sorted(found.keys() - _VOCABULARIES.keys())]
    return tuple(
        (iri, str(_VOCABULARIES.get(iri, iri)), tuple(found[iri])) for iri in order if iri in found
    )


def _counterpart(row: Row, modalities: dict[str, Text]) -> Alignment:
    return _alignment(
        row,
        _end(row, "here", "here", "hereModality", modalities),
        _end(row, "there", "there", "thereModality", modalities),
        "counterpart",
    )


def _denied(row: Row) -> Alignment:
    here, there = (
        End(text=None if text_of(row, end) == _NOBODY else named.text, iri=named.iri)
        for end in ("subject", "object")
        for named in (_end(row, end, end, "", {}),)
    )
    one = _alignment(row, here, there, text_of(row, "relation") or "")
    return replace(one, denied=True)


def _alignment(row: Row, here: End, there: End, relation: str) -> Alignment:
    iri = relation if ":" in relation else STEAM + relation
    return Alignment(
        here=here,
        there=there,
        relation=str(_RELATIONS.get(iri, links.words(iri))),
        kind=None,
        reason=pick(labels_of(row, "reason")),
        confidence=text_of(row, "confidence") or "0",
        author=text_of(row, "author") or "",
        created=text_of(row, "created") or "",
        mapping=text_of(row, "mapping") or "",
    )


def _end(row: Row, column: str, named: str, modal: str, modalities: dict[str, Text]) -> End:
    iri = text_of(row, column) or ""
    modality = (text_of(row, modal) or "").rpartition("/")[2] if modal else ""
    words = modalities.get(modality)
    return End(
        text=pick(labels_of(row, named)) or Text(text=links.short(iri)),
        iri=iri,
        modality=Badge(text=words, style=modality) if words else None,
    )


def _modality_names() -> dict[str, Text]:
    """Style to word."""
    found = {}
    for row in current_site().modalities:
        name = pick(labels_of(row, "name"))
        if name is not None:
            found[(text_of(row, "modality") or "").rpartition("/")[2]] = name
    return dict(sorted(found.items(), key=lambda pair: collated(pair[1].text)))


def _said(end: End) -> str:
    return end.text.text if end.text else gettext("nothing found")


def _modal(end: End) -> str:
    return end.modality.text.text if end.modality else ""


_COLUMNS: Final[dict[object, Callable[[Alignment], Cell]]] = {
    lazy_gettext("In the Lithuanian model"): lambda one: _said(one.here),
    lazy_gettext("IRI"): lambda one: one.here.iri,
    lazy_gettext("Modality"): lambda one: _modal(one.here),
    lazy_gettext("Denied"): lambda one: gettext("yes") if one.denied else "",
    lazy_gettext("Relation (our interpretation)"): lambda one: one.relation,
    lazy_gettext("In the Alliance or elsewhere"): lambda one: _said(one.there),
    lazy_gettext("IRI there"): lambda one: one.there.iri,
    lazy_gettext("Modality there"): lambda one: _modal(one.there),
    lazy_gettext("Why we say so"): lambda one: one.reason.text if one.reason else "",
    lazy_gettext("Sureness, 0 to 1"): lambda one: float(one.confidence),
    lazy_gettext("Author"): lambda one: one.author,
    lazy_gettext("Date"): lambda one: one.created,
    lazy_gettext("IRI of the alignment"): lambda one: one.mapping,
}
