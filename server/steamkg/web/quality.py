"""The data as such: how good they are, how they are linked, and the files to take away.

Figures come from the report that the build left in its manifest and from stored queries; none is
typed here.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from flask import Blueprint, render_template
from flask_babel import format_decimal, format_percent, lazy_gettext

from steamkg.graph.names import BASE, ENTITY, GRAPH
from steamkg.web import downloads, links
from steamkg.web.naming import Text, collated, pick
from steamkg.web.rows import Row, labels_of, text_of
from steamkg.web.site import Site, current_site

blueprint: Final = Blueprint("quality", __name__)

_KINDS: Final = {
    "alliance": lazy_gettext("Alliance"),
    "centre": lazy_gettext("Centres"),
    "city": lazy_gettext("Cities"),
    "country": lazy_gettext("Countries"),
    "municipality": lazy_gettext("Municipalities"),
    "network": lazy_gettext("Network"),
    "organisation": lazy_gettext("Organisations"),
    "partner-category": lazy_gettext("Partner categories"),
    "territory": lazy_gettext("Territories"),
}
_UNITS: Final = ("B", "kB", "MB", "GB")


@dataclass(frozen=True, kw_only=True)
class Covered:
    """The lines of a section, or of a whole document: how many are cited and explained."""

    title: Text
    href: str | None
    first: int
    last: int
    cited: int
    explained: int
    missing: int

    @property
    def lines(self) -> int:
        """How many there are."""
        return self.cited + self.explained + self.missing

    @property
    def share(self) -> str:
        """The part of the lines that is cited or explained, as a percentage."""
        part = (self.cited + self.explained) / self.lines if self.lines else 1
        return str(format_percent(part))


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A file as the page lists it."""

    label: str
    href: str
    size: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, kw_only=True)
class Reason:
    """Why some things are not linked."""

    name: Text | None
    why: Text | None
    things: tuple[tuple[str | None, Text], ...]


@blueprint.get("/data")
def data() -> str:
    """Quality, links in figures, downloads, versions."""
    site = current_site()
    report = site.manifest.get("report")
    return render_template(
        "data.html",
        validation=report["validation"] if report else None,
        documents=_covered(site, report["coverage"]) if report else [],
        linked=_linked(site),
        **_files(site),
        sums=f"{downloads.PATH}/{downloads.SUMS}",
        manifest=site.manifest,
        ontology_version=site.ontology_version,
        section="/data",
    )


@blueprint.get("/links")
def links_page() -> str:
    """Which things are known elsewhere, where, and why the others are not."""
    site = current_site()
    return render_template(
        "links.html",
        linked=_linked(site),
        schemes=_schemes(site.rows("link-statistics-by-scheme")),
        reasons=_reasons(site.rows("link-statistics-unlinked")),
        section="/data",
    )


def size(number: int) -> str:
    """``1.2 MB``: a size in the language of the page, in steps of 1000."""
    value = float(number)
    unit = 0
    while value >= 1000 and unit < len(_UNITS) - 1:
        value, unit = value / 1000, unit + 1
    written = format_decimal(round(value, 1 if unit and value < 100 else 0))
    return f"{written}\N{NO-BREAK SPACE}{_UNITS[unit]}"


def _covered(site: Site, rows: list[Mapping[str, Any]]) -> list[tuple[Covered, list[Covered]]]:
    """Each document with its sections, in line order."""
    names = {text_of(row, "part"): labels_of(row, "name") for row in site.rows("document-parts")}
    found: list[tuple[str, list[Covered]]] = []
    for row in rows:
        iri = str(row["section"])
        if iri.startswith(f"{ENTITY}document/"):
            found.append((iri, []))
        found[-1][1].append(
            Covered(
                title=pick(names.get(iri, {})) or Text(text=links.short(iri)),
                href=links.href(iri),
                first=row["first"],
                last=row["last"],
                cited=row["cited"],
                explained=row["explained"],
                missing=len(row["missing"]),
            )
        )
    return [(_whole(parts), parts) for _, parts in found]


def _whole(parts: list[Covered]) -> Covered:
    """The sum of a document's own lines and those of its sections."""
    return Covered(
        title=parts[0].title,
        href=parts[0].href,
        first=parts[0].first,
        last=parts[0].last,
        cited=sum(part.cited for part in parts),
        explained=sum(part.explained for part in parts),
        missing=sum(part.missing for part in parts),
    )


def _linked(site: Site) -> list[dict[str, object]]:
    found = []
    for row in site.rows("link-statistics"):
        things, known = _number(row, "things"), _number(row, "linked")
        found.append(
            {
                "kind": kind_name(text_of(row, "kind") or ""),
                "things": things,
                "linked": known,
                "not_linked": _number(row, "notLinked"),
                "identifications": _number(row, "identifications"),
                "schemes": _number(row, "schemes"),
                "share": str(format_percent(known / things if things else 0)),
                "width": f"{100 * known / things if things else 0:.2f}",
            }
        )
    return found


def kind_name(kind: str) -> str:
    """What the things of an IRI's kind are called."""
    return str(_KINDS.get(kind, kind.replace("-", " ")))


def _schemes(rows: list[Row]) -> list[dict[str, object]]:
    kinds: dict[str, list[tuple[str, int]]] = defaultdict(list)
    first: dict[str, Row] = {}
    for row in rows:
        iri = text_of(row, "scheme") or ""
        first.setdefault(iri, row)
        kinds[iri].append((kind_name(text_of(row, "kind") or ""), _number(row, "linked")))
    found: list[dict[str, object]] = []
    for iri, row in first.items():
        graph = text_of(row, "graph") or ""
        name = pick(labels_of(row, "name")) or Text(text=links.short(iri))
        found.append(
            {
                "name": name,
                "href": links.href(iri),
                "about": pick(labels_of(row, "about")),
                "kinds": kinds[iri],
                "graph": graph.removeprefix(GRAPH),
                "graph_href": links.href(graph),
            }
        )
    return sorted(found, key=lambda one: collated(str(one["name"])))


def _reasons(rows: list[Row]) -> list[Reason]:
    found: dict[str, Reason] = {}
    for row in rows:
        iri = text_of(row, "reason") or ""
        before = found.get(iri)
        thing = text_of(row, "thing") or ""
        named = (links.href(thing), pick(labels_of(row, "name")) or Text(text=links.short(thing)))
        found[iri] = Reason(
            name=pick(labels_of(row, "reason")),
            why=pick(labels_of(row, "why")),
            things=(*(before.things if before else ()), named),
        )
    return sorted(found.values(), key=lambda one: -len(one.things))


def _files(site: Site) -> dict[str, list[Listed]]:
    """The main files, and one for each named graph."""
    here = downloads.current_downloads()
    main = [
        (str(label), file)
        for key, label in {
            "nquads": lazy_gettext("The whole dataset, N-Quads, packed with gzip"),
            "trig": lazy_gettext("The whole dataset, TriG, packed with gzip"),
            "ontology": lazy_gettext("The ontology, Turtle"),
            "shapes": lazy_gettext("The shapes, Turtle"),
            "mappings": lazy_gettext("The alignments, SSSOM/TSV"),
        }.items()
        if (file := here.file(key)) is not None
    ]
    named = sorted(iri for iri in site.graphs if iri.startswith(GRAPH))
    parts = [
        (iri.removeprefix(BASE), file) for iri in named if (file := here.graph(iri)) is not None
    ]
    return {
        "main": [_listed(label, file) for label, file in main],
        "parts": [_listed(label, file) for label, file in parts],
    }


def _listed(label: str, file: downloads.File) -> Listed:
    return Listed(
        label=label,
        href=file.href,
        size=size(file.size),
        size_bytes=file.size,
        sha256=file.sha256,
    )


def _number(row: Row, name: str) -> int:
    return int(text_of(row, name) or 0)
