"""Rules across files: declared terms, no loose ends, one preferred label per language.

Each file's own layout is :mod:`steamkg.graph.layout`'s; what an entity must have is the shapes'.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pyoxigraph as ox
from rdflib import SH, URIRef

from steamkg.graph import layout, sparql
from steamkg.graph.content import Content, Kind
from steamkg.graph.findings import Finding, Severity, in_order
from steamkg.graph.names import (
    ALL,
    ASSERTED,
    BASE,
    DESCRIPTIONS,
    ENTITY,
    GRAPH,
    INFERRED,
    ONTOLOGY_GRAPH,
    PREFIXES,
    SHAPE,
    SHAPES_GRAPH,
    STEAM,
    short,
)
from steamkg.graph.turtle import Document, Places

_TYPE: Final = PREFIXES["rdf"] + "type"
_PREFERRED_LABEL: Final = PREFIXES["skos"] + "prefLabel"
_EMBEDDED_SPARQL: Final = frozenset(PREFIXES["sh"] + name for name in ("select", "ask"))
_CLASS_TYPES: Final = frozenset(
    (PREFIXES["owl"] + "Class", PREFIXES["rdfs"] + "Class", PREFIXES["rdfs"] + "Datatype")
)
_PROPERTY_TYPES: Final = frozenset(
    (
        *(
            PREFIXES["owl"] + name
            for name in ("ObjectProperty", "DatatypeProperty", "AnnotationProperty")
        ),
        PREFIXES["rdf"] + "Property",
    )
)
_BUILT_GRAPHS: Final = frozenset((ASSERTED, ALL, INFERRED, DESCRIPTIONS))
_DESCRIBING: Final = frozenset((Kind.ONTOLOGY, Kind.SECTION, Kind.LINK, Kind.ALIGNMENT))
_LABELLING: Final = frozenset((Kind.ONTOLOGY, Kind.SECTION, Kind.LABEL))


def lint(content: Content, documents: Sequence[Document]) -> tuple[Finding, ...]:
    """Every finding on Turtle files, rules and stored queries that needs no reasoning."""
    known = _Known.of(documents)
    declared = _declared_prefixes(documents)
    found: list[Finding] = []
    for document in documents:
        found += layout.findings(document)
        found += _terms(document, known)
        found += _loose_ends(document, known)
        if document.file.kind is Kind.SHAPES:
            found += _shape_terms(document, declared)
    found += _labels(documents)
    found += _queries(content, known)
    found += [
        Finding(
            file=content.name(path),
            line=1,
            column=1,
            rule="file-name",
            severity=Severity.WARNING,
            message="is not read by anything: neither *.ttl nor a rule nor a note (*.md)",
        )
        for path in content.unread()
    ]
    return in_order(found)


@dataclass(frozen=True, kw_only=True)
class _Known:
    """What the files declare and describe."""

    classes: frozenset[str]
    properties: frozenset[str]
    terms: frozenset[str]
    shapes: frozenset[str]
    described: frozenset[str]
    described_later: frozenset[str]
    graphs: frozenset[str]
    places: Places

    @classmethod
    def of(cls, documents: Sequence[Document]) -> "_Known":
        types = defaultdict(set)
        for subject, kind in (
            (triple.subject.value, triple.object.value)
            for document in documents
            if document.file.kind is Kind.ONTOLOGY
            for triple in document.triples
            if triple.predicate.value == _TYPE
            and isinstance(triple.subject, ox.NamedNode)
            and isinstance(triple.object, ox.NamedNode)
        ):
            types[subject].add(kind)
        return cls(
            classes=frozenset(term for term, kinds in types.items() if kinds & _CLASS_TYPES),
            properties=frozenset(term for term, kinds in types.items() if kinds & _PROPERTY_TYPES),
            terms=frozenset(types),
            shapes=_subjects(documents, frozenset((Kind.SHAPES,))),
            described=_subjects(documents, _DESCRIBING),
            described_later=_subjects(documents, frozenset((Kind.LATER,))),
            graphs=frozenset(document.file.graph for document in documents) | _BUILT_GRAPHS,
            places=Places(documents),
        )


def _subjects(documents: Iterable[Document], kinds: frozenset[Kind]) -> frozenset[str]:
    return frozenset(
        triple.subject.value
        for document in documents
        if document.file.kind in kinds
        for triple in document.triples
        if isinstance(triple.subject, ox.NamedNode)
    )


def _at_block(document: Document, subject: str, rule: str, message: str) -> Finding:
    block = document.first_block.get(subject)
    return Finding(
        file=document.file.name,
        line=block.line if block else 1,
        column=block.column if block else 1,
        rule=rule,
        focus=short(subject) if subject else "",
        message=message,
    )


def _owners(document: Document) -> Iterator[tuple[str, ox.Triple]]:
    """Each triple with the subject of the block it stands in, as far as that has a name."""
    owner_of: dict[str, str] = {}
    # A blank node's triples belong to whoever points at it; the parser gives them in any order.
    for triple in document.triples:
        if isinstance(triple.object, ox.BlankNode):
            owner_of[triple.object.value] = _key(triple.subject)
    for triple in document.triples:
        owner, steps = _key(triple.subject), 0
        while owner in owner_of and steps < len(owner_of):
            owner, steps = owner_of[owner], steps + 1
        # Every IRI has a colon and no blank node's name does.
        yield (owner if ":" in owner else ""), triple


def _key(node: ox.NamedNode | ox.BlankNode | ox.Triple) -> str:
    return node.value if isinstance(node, ox.NamedNode | ox.BlankNode) else ""


def _terms(document: Document, known: _Known) -> Iterator[Finding]:
    """Each use of a term of our namespace that the ontology does not declare."""
    for subject, triple in _owners(document):
        predicate, value = triple.predicate.value, triple.object
        uses = [(predicate, "property", known.properties)]
        if isinstance(value, ox.NamedNode):
            is_class = predicate == _TYPE
            uses.append(
                (value.value, "class", known.classes)
                if is_class
                else (value.value, "term", known.terms)
            )
        elif isinstance(value, ox.Literal):
            uses.append((value.datatype.value, "datatype", known.classes))
            if predicate in _EMBEDDED_SPARQL:
                uses += [(iri, "term", known.terms) for iri in sparql.embedded_names(value.value)]
        for iri, role, declared in uses:
            if iri.startswith(STEAM) and iri != STEAM and iri not in declared:
                message = f"{short(iri)} is not declared as a {role} in the ontology"
                if role == "term":
                    message = f"{short(iri)} is not declared in the ontology"
                yield _at_block(document, subject, "unknown-term", message)


def _shape_terms(document: Document, declared: Mapping[str, str]) -> Iterator[Finding]:
    """A misspelt term of SHACL, which a validator passes over in silence; SPARQL with a fault."""
    for subject, triple in _owners(document):
        for iri in (triple.predicate.value, getattr(triple.object, "value", "")):
            if iri.startswith(PREFIXES["sh"]) and URIRef(iri) not in SH:
                yield _at_block(document, subject, "unknown-term", f"SHACL has no {short(iri)}")
        if triple.predicate.value in _EMBEDDED_SPARQL and isinstance(triple.object, ox.Literal):
            # SHACL §5.3.1 puts a path in the place of $PATH before it parses.
            text = triple.object.value.replace("$PATH", "<urn:path>")
            found = sparql.form(sparql.Text(file=document.file.name, text=text), declared)
            if isinstance(found, Finding):
                message = f"its SPARQL, line {found.line}, column {found.column}: {found.message}"
                yield _at_block(document, subject, found.rule, message)


def _declared_prefixes(documents: Iterable[Document]) -> dict[str, str]:
    """The prefixes that shapes declare for their SPARQL (SHACL §5.2.1)."""
    said: dict[str, dict[str, str]] = defaultdict(dict)
    for document in documents:
        if document.file.kind is Kind.SHAPES:
            for triple in document.triples:
                if isinstance(triple.object, ox.Literal | ox.NamedNode):
                    said[_key(triple.subject)][triple.predicate.value] = triple.object.value
    prefix, namespace = PREFIXES["sh"] + "prefix", PREFIXES["sh"] + "namespace"
    return {
        declaration[prefix]: declaration[namespace]
        for declaration in said.values()
        if prefix in declaration and namespace in declaration
    }


def _loose_ends(document: Document, known: _Known) -> Iterator[Finding]:
    """Each IRI of ours that is pointed at and described nowhere."""
    kind = document.file.kind
    described = known.described
    if kind in (Kind.LATER, Kind.SHAPES):
        described |= known.described_later
    for subject, triple in _owners(document):
        if isinstance(triple.object, ox.NamedNode):
            iri = triple.object.value
            message = _loose_end(iri, described, known)
            if message:
                yield _at_block(document, subject, "dangling", message)
    if kind is Kind.LABEL:
        for block in document.blocks:
            if block.subject.startswith(ENTITY) and block.subject not in described:
                message = "is labelled here and described nowhere"
                yield _at_block(document, block.subject, "dangling", message)


def _loose_end(iri: str, described: frozenset[str], known: _Known) -> str:
    """Why ``iri`` is a loose end; "" when it is none. Terms of the ontology are `_terms`'s."""
    if not iri.startswith(BASE) or iri == BASE or iri.startswith(STEAM):
        return ""
    if iri.startswith(GRAPH):
        return "" if iri in known.graphs else f"{short(iri)} is not the name of any graph"
    if iri.startswith(SHAPE):
        return "" if iri in known.shapes else f"{short(iri)} is not declared in shapes/"
    # The version IRI of the ontology names one state of it and has no description of its own.
    if iri in (ONTOLOGY_GRAPH, SHAPES_GRAPH) or iri.startswith(ONTOLOGY_GRAPH + "/"):
        return ""
    return "" if iri in described else f"points to {short(iri)}, which is described nowhere"


def _labels(documents: Sequence[Document]) -> Iterator[Finding]:
    """One preferred label per language, over the sections, the ontology and the label graphs.

    The same label in two sections is one triple of the merge and no finding.
    """
    labels: dict[tuple[str, str], dict[str, Document]] = defaultdict(dict)
    for document in documents:
        if document.file.kind not in _LABELLING:
            continue
        for triple in document.triples:
            if triple.predicate.value == _PREFERRED_LABEL and isinstance(triple.object, ox.Literal):
                key = _key(triple.subject), triple.object.language or ""
                labels[key].setdefault(triple.object.value, document)
    for (subject, language), written in labels.items():
        if len(written) > 1:
            shown = ", ".join(
                f'"{label}" in {document.file.name}' for label, document in written.items()
            )
            tongue = f'in "{language}"' if language else "without a language"
            message = f"has {len(written)} preferred labels {tongue}: {shown}"
            yield _at_block(list(written.values())[-1], subject, "one-label", message)


def _queries(content: Content, known: _Known) -> Iterator[Finding]:
    """Stored queries and rules: they parse, and name nothing of ours that is not there."""
    rules = frozenset(content.rule_files())
    for path in (*content.rule_files(), *content.query_files()):
        query = sparql.read(path, content.name(path))
        if isinstance(query, Finding):
            yield query
            continue
        form = sparql.form(query)
        if isinstance(form, Finding):
            yield form
            continue
        if path in rules and form is not sparql.Form.CONSTRUCT:
            message = f"a rule is a CONSTRUCT query, not {form}"
            yield Finding(file=query.file, line=1, column=1, rule="rule-form", message=message)
        used, wrong_prefixes = sparql.names(query)
        yield from wrong_prefixes
        for name in used:
            unknown = name.iri.startswith(STEAM) and name.iri not in known.terms
            message = (
                f"{short(name.iri)} is not declared in the ontology"
                if unknown
                else _loose_end(name.iri, known.described | known.described_later, known)
            )
            if message and name.iri != STEAM:
                yield Finding(
                    file=query.file,
                    line=name.token.line,
                    column=name.token.column,
                    rule="unknown-term" if unknown else "dangling",
                    focus=short(name.iri),
                    message=message,
                )
