"""Equal up to what SPARQL leaves open: the order of solutions and the names of blank nodes.

Numbers, booleans and times are compared by value and datatype: Oxigraph keeps them so, and gives
"1.0"^^xsd:decimal back as "1"^^xsd:decimal.
"""

import csv
import io
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pyoxigraph as ox

RS = "http://www.w3.org/2001/sw/DataAccess/tests/result-set#"
XSD = "http://www.w3.org/2001/XMLSchema#"
_X = "urn:x-result:"
Rows = list[dict[str, object]]


def canonical(dataset: ox.Dataset) -> frozenset[str]:
    """The quads with blank nodes in canonical names (RDFC-1.0)."""
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return frozenset(map(str, dataset))


def dataset_of(quads: Iterable[ox.Quad]) -> frozenset[str]:
    """The canonical form of quads."""
    return canonical(
        ox.Dataset(
            ox.Quad(quad.subject, quad.predicate, by_value(quad.object), quad.graph_name)  # type: ignore[arg-type]
            for quad in quads
        )
    )


def by_value(term: object) -> object:
    """A literal as Oxigraph would keep it, anything else as it is."""
    if isinstance(term, ox.Literal) and term.datatype.value.startswith(XSD):
        store = ox.Store()
        store.add(ox.Quad(ox.BlankNode(), ox.NamedNode(_X + "value"), term))
        return next(iter(store)).object
    return term


def solutions(variables: list[str], rows: Rows) -> frozenset[str]:
    """Solutions as a canonical dataset; equal rows are one with a count, to keep it small."""
    dataset = ox.Dataset()
    top = ox.NamedNode(_X + "top")
    for name in variables:
        dataset.add(ox.Quad(top, ox.NamedNode(_X + "variable"), ox.Literal(name)))
    kept: Rows = [{name: by_value(term) for name, term in row.items()} for row in rows]
    terms = {str(term): term for row in kept for term in row.values()}
    counted = Counter(
        tuple(sorted((name, str(term)) for name, term in row.items())) for row in kept
    )
    for row, count in counted.items():
        node = ox.BlankNode()
        dataset.add(ox.Quad(node, ox.NamedNode(_X + "count"), ox.Literal(count)))
        for name, written in row:
            value = ox.NamedNode(_X + "column-" + name)
            dataset.add(ox.Quad(node, value, terms[written]))  # type: ignore[arg-type]
    return canonical(dataset)


def parsed(body: bytes, kind: ox.QueryResultsFormat) -> object:
    """A result in one of the standard formats: True, False or its canonical solutions."""
    results = ox.parse_query_results(body, kind)
    if isinstance(results, ox.QueryBoolean):
        return bool(results)
    variables = [variable.value for variable in results.variables]
    rows: Rows = [
        {name: term for name, term in zip(variables, one, strict=True) if term is not None}
        for one in results
    ]
    return solutions(variables, rows)


def expected(path: Path) -> tuple[str, object]:
    """What a result file holds, and how to ask for it: a media type and the thing to equal."""
    body = path.read_bytes()
    if path.suffix == ".csv":
        return "text/csv", loose_csv(body)
    for kind in (ox.QueryResultsFormat.XML, ox.QueryResultsFormat.JSON, ox.QueryResultsFormat.TSV):
        if path.suffix == f".{kind.file_extension}":
            return kind.media_type.partition(";")[0], parsed(body, kind)
    quads = list(
        ox.parse(body, ox.RdfFormat.from_extension(path.suffix[1:]), base_iri=path.as_uri())
    )
    if any(str(quad.predicate.value) == RS + "resultVariable" for quad in quads):
        return "application/sparql-results+json", _result_set(quads)
    return "application/n-triples", dataset_of(quads)


def loose_csv(body: bytes) -> object:
    """CSV tells neither types nor blank nodes from strings: rows as text, blank nodes alike."""
    header, *rows = csv.reader(io.StringIO(body.decode(), newline=""))
    order = sorted(range(len(header)), key=lambda at: header[at])
    return (
        [header[at] for at in order],
        Counter(
            tuple("_:" if row[at].startswith("_:") else row[at] for at in order) for row in rows
        ),
    )


def _result_set(quads: list[ox.Quad]) -> object:
    """Solutions written as RDF: the DAWG result-set vocabulary."""
    about: dict[object, list[tuple[str, object]]] = {}
    for quad in quads:
        name = quad.predicate.value.removeprefix(RS)
        about.setdefault(quad.subject, []).append((name, quad.object))
    variables = [
        str(o.value) for parts in about.values() for p, o in parts if p == "resultVariable"
    ]
    rows: Rows = []
    for parts in about.values():
        for name, solution in parts:
            if name != "solution":
                continue
            bindings = [dict(about[one]) for part, one in about[solution] if part == "binding"]
            rows.append({one["variable"].value: one["value"] for one in bindings})
    return solutions(variables, rows)
