"""The model: what the ontology's page shows beside the terms, and the way to it from ``/model``.

Constraints come from the shapes, examples and counts from the data, the rest from the ontology.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from flask import Blueprint, Response, make_response, redirect
from flask_babel import gettext, lazy_gettext

from steamkg.graph.names import PREFIXES, STEAM
from steamkg.web import diagram, links
from steamkg.web.language import local_path
from steamkg.web.naming import Text, collated, pick
from steamkg.web.rows import Row, labels_of, text_of
from steamkg.web.site import Site

blueprint: Final = Blueprint("model", __name__)

_SUBCLASS: Final = PREFIXES["rdfs"] + "subClassOf"
_OWL_CLASS: Final = PREFIXES["owl"] + "Class"
_SEVERITIES: Final = {
    PREFIXES["sh"] + "Violation": lazy_gettext("violation"),
    PREFIXES["sh"] + "Warning": lazy_gettext("warning"),
    PREFIXES["sh"] + "Info": lazy_gettext("remark"),
}


@dataclass(frozen=True, kw_only=True)
class Constraint:
    """What a shape demands of a property: how many values, of what kind, and in which words."""

    property: str
    href: str | None
    name: Text | None
    count: str
    kind: str
    message: Text | None
    severity: str


@dataclass(frozen=True, kw_only=True)
class Extra:
    """What the page adds to a term: constraints, examples and how often the data use it."""

    constraints: tuple[Constraint, ...] = ()
    examples: tuple[tuple[str, str], ...] = ()
    uses: int = 0


@dataclass(frozen=True, kw_only=True)
class Branch:
    """A class in the hierarchy with the classes below it."""

    local: str
    name: Text
    below: tuple["Branch", ...]


@blueprint.get("/model")
def page() -> Response:
    """The model is documented on the ontology's own page."""
    return make_response(redirect(local_path("/ontology")))


def extras(site: Site) -> Mapping[str, Extra]:
    """By local name of the term."""
    constraints: dict[str, dict[str, Constraint]] = {}
    for row in site.kept_rows("constraints"):
        class_ = (text_of(row, "class") or "").removeprefix(STEAM)
        one = _constraint(row)
        constraints.setdefault(class_, {}).setdefault(text_of(row, "shape") or "", one)
    found = {}
    for row in site.kept_rows("term-uses"):
        local = (text_of(row, "term") or "").removeprefix(STEAM)
        iris = dict.fromkeys(text_of(row, name) for name in ("example", "another"))
        found[local] = Extra(
            constraints=tuple(constraints.pop(local, {}).values()),
            examples=tuple((iri, href) for iri in iris if iri and (href := links.href(iri))),
            uses=int(text_of(row, "uses") or 0),
        )
    rest = {local: Extra(constraints=tuple(known.values())) for local, known in constraints.items()}
    return found | rest


def hierarchy(rows: Sequence[Row]) -> tuple[Branch, ...]:
    """The classes of ours, the highest first; from the rows of ``pages/terms``."""
    names: dict[str, Text] = {}
    above: dict[str, str] = {}
    for row in rows:
        iri = text_of(row, "term") or ""
        if text_of(row, "type") != _OWL_CLASS or not iri.startswith(STEAM):
            continue
        names[iri] = pick(labels_of(row, "label")) or Text(text=links.words(iri))
        other = text_of(row, "other") or ""
        if text_of(row, "relation") == _SUBCLASS and other.startswith(STEAM):
            above[iri] = other

    def branches(parent: str | None) -> tuple[Branch, ...]:
        here = [iri for iri in names if above.get(iri) == parent]
        return tuple(
            Branch(local=iri.removeprefix(STEAM), name=names[iri], below=branches(iri))
            for iri in sorted(here, key=lambda iri: collated(names[iri].text))
        )

    return branches(None)


def picture(site: Site) -> diagram.Picture:
    """The diagram of the core classes, named in the language of the page."""
    labels = {text_of(row, "term"): labels_of(row, "label") for row in site.terms}

    def name(iri: str) -> str:
        label = pick(labels.get(iri, {}))
        return label.text if label else site.arrangement.label(iri).text

    return diagram.picture(site.terms, site.kept_rows("class-relations"), name)


def _constraint(row: Row) -> Constraint:
    property_ = text_of(row, "property") or ""
    kind = next(
        (
            links.short(found)
            for name in ("valueClass", "datatype", "nodeKind")
            if (found := text_of(row, name))
        ),
        "",
    )
    return Constraint(
        property=links.short(property_),
        href=links.href(property_),
        name=pick(labels_of(row, "name")),
        count=_count(text_of(row, "least"), text_of(row, "most")),
        kind=kind,
        message=pick(labels_of(row, "message")),
        severity=str(_SEVERITIES.get(text_of(row, "severity") or "", "")),
    )


def _count(least: str | None, most: str | None) -> str:
    if least and least == most:
        return str(gettext("exactly %(number)s", number=least))
    if least and most:
        return str(gettext("%(least)s to %(most)s", least=least, most=most))
    if least:
        return str(gettext("at least %(number)s", number=least))
    return str(gettext("at most %(number)s", number=most)) if most else ""
