"""The alignments of a published build as one SSSOM/TSV file (SSSOM specification 1.1).

Reads the mapping sets of the alignment graphs, which are kept in the form that SSSOM prescribes for
RDF (https://mapping-commons.github.io/sssom/spec-formats-rdf/), and writes a row for each mapping.
Choosing the build and the file is the caller's.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import IO, Final

import pyoxigraph as ox

from steamkg.graph.names import ENTITY, PREFIXES, short

_SSSOM, _DCTERMS, _OWL = PREFIXES["sssom"], PREFIXES["dcterms"], PREFIXES["owl"]
_RDFS, _STEAM = PREFIXES["rdfs"], PREFIXES["steam"]
_TYPE: Final = ox.NamedNode(PREFIXES["rdf"] + "type")
_SET: Final = ox.NamedNode(_SSSOM + "MappingSet")
_MAPPINGS: Final = _SSSOM + "mappings"
_DERIVED: Final = PREFIXES["prov"] + "wasDerivedFrom"
_NAMES: Final = (
    PREFIXES["skos"] + "prefLabel",
    _RDFS + "label",
    _DCTERMS + "title",
    _DCTERMS + "description",
)
_COMMENT: Final = _RDFS + "comment"
_NAMESPACES: Final = {
    "dcterms": _DCTERMS,
    "eurovoc": "http://eurovoc.europa.eu/",
    "isced-f": "http://data.europa.eu/snb/isced-f/",
    "owl": _OWL,
    "rdfs": _RDFS,
    "sdg": "http://metadata.un.org/sdg/",
    "semapv": PREFIXES["semapv"],
    "skos": PREFIXES["skos"],
    "sssom": _SSSOM,
    "steam": _STEAM,
    "steamkg": ENTITY,
    "un": "http://metadata.un.org/",
    "unesco": "http://vocabularies.unesco.org/thesaurus/",
    "unesco-vocabularies": "http://vocabularies.unesco.org/",
    "xsd": PREFIXES["xsd"],
}
"""SSSOM/TSV writes every entity as a CURIE, so each namespace needs a prefix."""
_COLUMNS: Final = {
    "record_id": "",
    "subject_id": _OWL + "annotatedSource",
    "subject_label": "",
    "predicate_id": _OWL + "annotatedProperty",
    "predicate_modifier": _SSSOM + "predicate_modifier",
    "object_id": _OWL + "annotatedTarget",
    "object_label": "",
    "mapping_justification": _SSSOM + "mapping_justification",
    "author_label": _SSSOM + "author_label",
    "subject_source": _SSSOM + "subject_source",
    "object_source": _SSSOM + "object_source",
    "object_source_version": _SSSOM + "object_source_version",
    "mapping_source": "",
    "mapping_date": _DCTERMS + "created",
    "confidence": _SSSOM + "confidence",
    "comment": "",
    "ext_comment_lt": "",
}
"""Column → property, in the order of the model; an empty property is worked out in `_row`."""


class NoMappingsError(Exception):
    """There is no one mapping set to write; the message says what to choose instead."""


@dataclass
class _Curies:
    """Shortens IRIs and remembers which prefixes it needed."""

    used: dict[str, str] = field(default_factory=dict)

    def short(self, iri: str) -> str:
        known = [(name, space) for name, space in _NAMESPACES.items() if iri.startswith(space)]
        known += [(name, space) for name, space in self.used.items() if iri.startswith(space)]
        if not known:
            cut = max(iri.rfind("/"), iri.rfind("#")) + 1
            made = sum(name.startswith("ns") for name in self.used)
            known = [(f"ns{made + 1}", iri[:cut])]
        name, space = max(known, key=lambda pair: len(pair[1]))
        self.used[name] = space
        return f"{name}:{iri[len(space) :]}"


class _Alignments:
    """The build's triples, asked by subject and property."""

    def __init__(self, quads: Iterable[ox.Quad]) -> None:
        self._store = ox.Store()
        self._store.bulk_extend(quads)

    def values(self, subject: str, property_: str) -> list[ox.NamedNode | ox.Literal]:
        """What the whole dataset says; the default graph holds it merged."""
        found = self._store.quads_for_pattern(
            ox.NamedNode(subject), ox.NamedNode(property_), None, ox.DefaultGraph()
        )
        terms = (quad.object for quad in found)
        return sorted(
            (term for term in terms if isinstance(term, ox.NamedNode | ox.Literal)), key=str
        )

    def words(self, subject: str, property_: str, language: str = "") -> list[str]:
        """Literals in a language, and those without one."""
        return [
            term.value
            for term in self.values(subject, property_)
            if isinstance(term, ox.Literal) and term.language in (language or None, None)
        ]

    def name(self, iri: str) -> str:
        """What a thing is called in English; "" where nothing names it."""
        found = (name for property_ in _NAMES for name in self.words(iri, property_, "en"))
        return next(found, "")

    def sets(self, graph: str = "") -> list[str]:
        """The mapping sets, all or those of one graph."""
        where = ox.NamedNode(graph) if graph else ox.DefaultGraph()
        found = self._store.quads_for_pattern(None, _TYPE, _SET, where)
        return sorted(
            quad.subject.value for quad in found if isinstance(quad.subject, ox.NamedNode)
        )


def write(quads: Iterable[ox.Quad], output: IO[bytes], *, graph: str = "") -> None:
    """Writes one mapping set to ``output``: that of ``graph``, or the one that joins all others.

    ``quads`` are those of the whole build. Raises NoMappingsError before anything is written.
    """
    alignments = _Alignments(quads)
    chosen = _chosen(alignments, graph)
    parts = [term.value for term in alignments.values(chosen, _DERIVED)]
    curies = _Curies()
    rows = [
        _row(alignments, curies, mapping.value, part if parts else "")
        for part in (parts or [chosen])
        for mapping in alignments.values(part, _MAPPINGS)
    ]
    text = io.StringIO()
    for line in _header(alignments, chosen, parts, curies):
        text.write(f"#{line}\n")
    table = csv.writer(text, delimiter="\t", lineterminator="\n")
    columns = [name for at, name in enumerate(_COLUMNS) if any(row[at] for row in rows)]
    table.writerow(columns)
    kept = [at for at, name in enumerate(_COLUMNS) if name in columns]
    table.writerows([row[at] for at in kept] for row in sorted(rows))
    output.write(text.getvalue().encode())


def _chosen(alignments: _Alignments, graph: str) -> str:
    found = alignments.sets(graph)
    joining = [name for name in found if alignments.values(name, _DERIVED)]
    if len(found) == 1:
        return found[0]
    if len(joining) == 1:
        return joining[0]
    if graph:
        raise NoMappingsError(f"{short(graph)} holds {len(found) or 'no'} mapping sets, not one")
    raise NoMappingsError(
        f"this build has {len(found) or 'no'} mapping sets and none that joins them; "
        "say which with --graph alignment/<name>"
        if found
        else "this build has no mapping set"
    )


def _row(alignments: _Alignments, curies: _Curies, mapping: str, source: str) -> list[str]:
    cells = {
        name: "|".join(_cell(term, curies) for term in alignments.values(mapping, property_))
        for name, property_ in _COLUMNS.items()
        if property_
    }
    for end in ("subject", "object"):
        (iri,) = alignments.values(mapping, _COLUMNS[f"{end}_id"])
        cells[f"{end}_label"] = alignments.name(iri.value)
    # An enumerated value is written by its name, and this one has no other (SSSOM 1.1).
    cells["predicate_modifier"] = "Not" if cells["predicate_modifier"] else ""
    cells["record_id"] = curies.short(mapping)
    cells["mapping_source"] = curies.short(source) if source else ""
    cells["comment"] = " ".join(alignments.words(mapping, _COMMENT, "en"))
    cells["ext_comment_lt"] = " ".join(alignments.words(mapping, _COMMENT, "lt"))
    return [cells[name] for name in _COLUMNS]


def _cell(term: ox.NamedNode | ox.Literal, curies: _Curies) -> str:
    return curies.short(term.value) if isinstance(term, ox.NamedNode) else term.value


def _header(
    alignments: _Alignments, chosen: str, parts: Sequence[str], curies: _Curies
) -> Iterator[str]:
    """The metadata as YAML; a JSON string is one of YAML's ways to write a string."""
    property_, hint = curies.short(_COMMENT), curies.short(PREFIXES["xsd"] + "string")
    yield "sssom_version: " + json.dumps("1.1")
    yield "curie_map:"
    for name, space in sorted(curies.used.items()):
        yield f"  {name}: {json.dumps(space)}"
    yield f"mapping_set_id: {json.dumps(chosen)}"
    for slot, term_of in (
        ("mapping_set_version", _OWL + "versionInfo"),
        ("mapping_set_title", _DCTERMS + "title"),
        ("mapping_set_description", _DCTERMS + "description"),
    ):
        for words in alignments.words(chosen, term_of, "en")[:1]:
            yield f"{slot}: {_string(words)}"
    if parts:
        yield "mapping_set_source:"
        yield from (f"  - {json.dumps(part)}" for part in parts)
    yield "creator_label:"
    for words in alignments.words(chosen, _SSSOM + "creator_label"):
        yield f"  - {_string(words)}"
    for term in alignments.values(chosen, _DCTERMS + "license"):
        yield f"license: {json.dumps(term.value)}"
    if sources := _sources(alignments, parts or [chosen]):
        yield f"comment: {_string(sources)}"
    yield "extension_definitions:"
    yield "  - slot_name: ext_comment_lt"
    yield f"    property: {property_}"
    yield f"    type_hint: {hint}"


def _sources(alignments: _Alignments, sets: Iterable[str]) -> str:
    """Where the concepts of others were read, and on what terms their labels are passed on."""
    said = [
        f"{alignments.name(name) or short(name)} {', '.join(read)}"
        for name in sets
        if (
            read := [
                words
                for term in ("evidence", "retrieved", "licence")
                for words in alignments.words(name, _STEAM + term)
            ]
        )
    ]
    return f"Concepts and labels were read in: {'; '.join(said)}." if said else ""


def _string(words: str) -> str:
    return json.dumps(words, ensure_ascii=False)
