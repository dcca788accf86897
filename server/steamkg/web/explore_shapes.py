"""What a list can be narrowed by: facets and views, read from the SHACL shapes.

A property shape that says which class or which values its property has (``sh:class``, ``sh:in``)
is a facet of the classes that its node shape targets. ``shapes/explore.ttl`` adds facets whose path
has several steps, and arranges the lists that most people come for. So is one whose values are of
one of several classes (``sh:or`` of ``sh:class``).
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import pyoxigraph as ox

from steamkg.graph.names import PREFIXES, SHAPE
from steamkg.web.links import curie

Node: TypeAlias = ox.NamedNode | ox.BlankNode | ox.Literal

DECLARED: Final = ("dcterms", "geo", "org", "rdfs", "skos", "steam")
"""The prefixes that the SPARQL of a list declares."""
_SH: Final = PREFIXES["sh"]
_RDF: Final = PREFIXES["rdf"]
_NIL: Final = _RDF + "nil"
_LABEL: Final = PREFIXES["rdfs"] + "label"
_COMMENT: Final = PREFIXES["rdfs"] + "comment"
_SOURCE: Final = PREFIXES["dcterms"] + "source"
_PATH_SIGNS: Final = {"zeroOrMorePath": "({})*", "oneOrMorePath": "({})+", "inversePath": "^({})"}
_ORIGIN_WORDS: Final = {"link": ("from", "register"), "alignment": ("interpretation",)}
_WORD: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def short(iri: str) -> str:
    """An IRI as SPARQL writes it: ``steam:Centre`` with the prefixes of ours that lists declare."""
    name = curie(iri)
    if name and name.partition(":")[0] in DECLARED:
        return name
    return str(ox.NamedNode(iri))


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Graphs beside those of the documents: of a ``link`` or of an ``alignment``."""

    kind: str
    graphs: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Facet:
    """One way to narrow a list: ``path`` is a SPARQL 1.1 property path from thing to value.

    ``class_`` and ``values`` say what counts as a value; None where the shape leaves it open.
    """

    key: str
    path: str
    names: Mapping[str, str] = field(hash=False)
    order: float
    class_: str | None = None
    values: tuple[str, ...] | None = None
    gives: str = ""
    """The last step of the path: what gives the values."""
    origin: Origin | None = None
    """Where the values come from if no document says them."""
    later: bool = False
    """Whether graphs of later developments give the values: the path beyond its first step."""

    @property
    def variable(self) -> str:
        """``partnership-status`` → ``partnershipStatus``: its column in SPARQL.

        What comes from elsewhere says so in the heading of a CSV file: ``countyFromRegister``.
        """
        words = [*self.key.split("-"), *(_ORIGIN_WORDS[self.origin.kind] if self.origin else ())]
        first, *rest = words
        return first + "".join(word.capitalize() for word in rest)


@dataclass(frozen=True, kw_only=True)
class View:
    """A list of the things of a class: how it is called, narrowed and laid out.

    ``named_by`` is the property that leads to what a row is about; None when it is the thing.
    """

    slug: str
    class_: str
    names: Mapping[str, str]
    comments: Mapping[str, str] = field(default_factory=dict)
    named_by: str | None = None
    facets: tuple[Facet, ...] = ()
    columns: tuple[Facet, ...] = ()
    later: bool = False
    """Whether something in the list became something else after the documents."""


class Shapes:
    """The shapes as far as lists need them."""

    def __init__(self, triples: Iterable[ox.Triple]) -> None:
        self._values: dict[tuple[Node, str], list[Node]] = defaultdict(list)
        for triple in triples:
            if not isinstance(triple.subject, ox.Triple) and not isinstance(
                triple.object, ox.Triple
            ):
                self._values[triple.subject, triple.predicate.value].append(triple.object)

    def views(self) -> tuple[View, ...]:
        """The lists that shapes/explore.ttl arranges."""
        found = []
        for (node, property_), values in self._values.items():
            if property_ == SHAPE + "explores":
                found.append(self._view(node, values[0]))
        return tuple(sorted(found, key=lambda view: view.slug))

    def common(self) -> tuple[Facet, ...]:
        """What every list can be narrowed by."""
        for (node, property_), values in self._values.items():
            if property_ == SHAPE + "facets" and (node, SHAPE + "explores") not in self._values:
                return tuple(self._facet(one) for one in self._list(values[0]))
        return ()

    def facets_of(self, classes: Iterable[str]) -> tuple[Facet, ...]:
        """The facets that the shapes of these classes give, in order of ``sh:order``."""
        wanted = set(classes)
        shapes: dict[Node, None] = {}
        for (node, property_), values in list(self._values.items()):
            if property_ == _SH + "targetClass" and wanted & {one.value for one in values}:
                shapes.update(dict.fromkeys(self._all(node, _SH + "property")))
        found: dict[str, Facet] = {}
        paths: set[str] = set()
        for shape in shapes:
            if not self._leads_to_things(shape):
                continue
            facet = self._facet(shape)
            if facet.path != short(_SOURCE) and facet.path not in paths:
                found.setdefault(facet.key, facet)
                paths.add(facet.path)
        return tuple(sorted(found.values(), key=lambda one: (one.order, one.key)))

    def _leads_to_things(self, shape: Node) -> bool:
        choices = self._all(shape, _SH + "in")
        if choices:
            return all(isinstance(one, ox.NamedNode) for one in self._list(choices[0]))
        alternatives = self._all(shape, _SH + "or")
        if alternatives:
            return all(self._all(one, _SH + "class") for one in self._list(alternatives[0]))
        return bool(self._all(shape, _SH + "class"))

    def _view(self, node: Node, class_: Node) -> View:
        named_by = self._all(node, SHAPE + "namedBy")
        return View(
            slug=self._all(node, SHAPE + "slug")[0].value,
            class_=class_.value,
            names=self._words(node, _LABEL),
            comments=self._words(node, _COMMENT),
            named_by=named_by[0].value if named_by else None,
            facets=self._facets(node, "facets"),
            columns=self._facets(node, "columns"),
        )

    def _facets(self, node: Node, name: str) -> tuple[Facet, ...]:
        lists = self._all(node, SHAPE + name)
        return tuple(self._facet(one) for one in self._list(lists[0])) if lists else ()

    def _facet(self, shape: Node) -> Facet:
        classes, choices = self._all(shape, _SH + "class"), self._all(shape, _SH + "in")
        orders = self._all(shape, _SH + "order")
        local = shape.value.removeprefix(SHAPE).rpartition("-")[2]
        path = self._all(shape, _SH + "path")[0]
        return Facet(
            key=_WORD.sub("-", local).lower(),
            path=self._path(path),
            gives=self._last(path),
            names=self._words(shape, _SH + "name"),
            order=float(orders[0].value) if orders else 100.0,
            class_=classes[0].value if classes else None,
            values=tuple(one.value for one in self._list(choices[0])) if choices else None,
            later=bool(self._all(shape, SHAPE + "since")),
        )

    def _path(self, node: Node) -> str:
        """A SHACL path (SHACL §2.3.1) in the words of SPARQL 1.1 §9.1."""
        if isinstance(node, ox.NamedNode):
            return short(node.value)
        for name, form in _PATH_SIGNS.items():
            inner = self._all(node, _SH + name)
            if inner:
                return form.format(self._path(inner[0]))
        return "/".join(self._path(step) for step in self._list(node))

    def _last(self, node: Node) -> str:
        """The property that a path ends with."""
        steps = self._list(node) or [
            inner for name in _PATH_SIGNS for inner in self._all(node, _SH + name)
        ]
        return self._last(steps[-1]) if steps else node.value

    def _list(self, node: Node) -> list[Node]:
        found: list[Node] = []
        while node.value != _NIL and (first := self._all(node, _RDF + "first")):
            found.append(first[0])
            node = self._all(node, _RDF + "rest")[0]
        return found

    def _words(self, node: Node, property_: str) -> dict[str, str]:
        return {
            one.language or "": one.value
            for one in self._all(node, property_)
            if isinstance(one, ox.Literal)
        }

    def _all(self, node: Node, property_: str) -> list[Node]:
        return self._values.get((node, property_), [])
