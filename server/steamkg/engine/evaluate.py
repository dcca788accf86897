"""One question, evaluated in this process and written out within a size limit.

Nothing here keeps time: the caller runs this in a process that can be killed.
"""

import json
import sys
import time
from collections.abc import Iterator
from typing import Final
from xml.parsers import expat

import pyoxigraph as ox

from steamkg.engine import dataset, explain, sizes
from steamkg.engine.calls import blocks
from steamkg.engine.failures import (
    EvaluationFailed,
    Forbidden,
    NotExpressible,
    NotOffered,
    ParameterError,
    ResultTooLarge,
    Unsupported,
)
from steamkg.engine.lexer import tokens
from steamkg.engine.question import Answer, Form, Question
from steamkg.engine.solutions import Filled, filled
from steamkg.engine.store import Stores
from steamkg.graph.names import PREFIXES

Results = ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples

# XML 1.0 §2.2: these have no place in a document, not even as references.
_NOT_XML: Final = bytes(code for code in range(0x20) if code not in (0x09, 0x0A, 0x0D))
_NOT_XML_SEQUENCES: Final = (b"\xef\xbf\xbe", b"\xef\xbf\xbf")

_LINES: Final = ("application/n-triples", "application/n-quads")
"""One triple is one line, so that they can be counted in what Oxigraph wrote."""


class Output:
    """A file for results that keeps all that is written, up to ``limit`` bytes."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.size = 0
        self.parts: list[bytes] = []

    def write(self, part: bytes) -> int:
        """Keep ``part``. Raises ResultTooLarge, which ends the evaluation."""
        self.size += len(part)
        if self.size > self.limit:
            raise ResultTooLarge(
                f"the result is larger than {self.limit:,} bytes; add a LIMIT, or ask for less",
                limit=self.limit,
            )
        self.parts.append(bytes(part))
        return len(part)

    def flush(self) -> None:
        """Nothing is held back."""

    def body(self) -> bytes:
        """All that was written."""
        return b"".join(self.parts)


def evaluate(
    stores: Stores,
    question: Question,
    *,
    result_bytes: int,
    rows: int = sys.maxsize,
    nesting: int = sys.maxsize,
) -> Answer:
    """Answer ``question``. Raises the failures that are the question's own fault."""
    start = time.perf_counter()
    sizes.refuse_nesting(question.text, nesting)
    try:
        if question.for_calls:
            return _calls(question, start)
        results = _results(stores, question)
        form = _form(results, question.text)
        media_type = question.triples if form in ("CONSTRUCT", "DESCRIBE") else question.solutions
        if media_type is None:
            raise NotOffered(f"no format was agreed for the result of {form}", form=form)
        output = Output(result_bytes)
        _write(results, media_type, question.text, output, rows)
        body = output.body()
        if form == "SELECT" or media_type in _LINES:
            sizes.refuse_rows(body, media_type, rows)
    except SyntaxError as error:
        raise explain.refusal(question.text, error) from error
    except RuntimeError as error:
        raise Unsupported(f"the engine does not evaluate this query: {error}") from error
    except OSError as error:
        # Nothing can be opened in a worker, so a query that gets here tried to dial.
        raise Forbidden(f"this endpoint asks no other host ({error})") from error
    return Answer(
        form=form,
        media_type=media_type,
        body=body,
        seconds=time.perf_counter() - start,
    )


def _calls(question: Question, start: float) -> Answer:
    """What the query asks of other endpoints, as JSON."""
    calls = [block.call.to_wire() for block in blocks(question)]
    return Answer(
        form="CALLS",
        media_type="application/json",
        body=json.dumps(calls).encode(),
        seconds=time.perf_counter() - start,
    )


def _results(stores: Stores, question: Question) -> Results:
    view = dataset.view(stores, question)
    query = Filled(question.text, {})
    if question.solved is not None:
        query = filled(question.text, blocks(question), question.solved)
    try:
        bindings = {ox.Variable(name): term for name, term in question.bindings.items()}
    except ValueError as error:
        raise ParameterError(f"no variable can have this name: {error}") from error
    try:
        return view.store.query(
            query.text,
            base_iri=question.base,
            default_graph=view.default_graph,  # type: ignore[arg-type]  # list is invariant
            named_graphs=view.named_graphs,  # type: ignore[arg-type]
            substitutions=bindings,  # type: ignore[arg-type]
            custom_functions=query.functions or None,
        )
    except RuntimeError as error:
        if "SELECT projection" in str(error):
            raise ParameterError(
                f"a value can be given only for a variable that the query projects ({error})"
            ) from error
        raise


def _form(results: Results, text: str) -> Form:
    if isinstance(results, ox.QuerySolutions):
        return "SELECT"
    if isinstance(results, ox.QueryBoolean):
        return "ASK"
    words = (token.keyword for token in tokens(text) if token.depth == 0)
    first = next(word for word in words if word.startswith(("CONSTRUCT", "DESCRIBE")))
    return "CONSTRUCT" if first.startswith("CONSTRUCT") else "DESCRIBE"


def _write(results: Results, media_type: str, text: str, output: Output, rows: int) -> None:
    if isinstance(results, ox.QueryTriples):
        _write_triples(results, media_type, text, output, rows)
        return
    chosen = ox.QueryResultsFormat.from_media_type(media_type)
    if chosen is None:
        raise EvaluationFailed(f"{media_type} is no format for solutions")
    results.serialize(output, chosen)  # type: ignore[arg-type]  # write() and flush() will do
    if chosen == ox.QueryResultsFormat.XML:
        _check_characters(output.body())


def _write_triples(
    results: ox.QueryTriples, media_type: str, text: str, output: Output, rows: int
) -> None:
    chosen = ox.RdfFormat.from_media_type(media_type)
    if chosen is None:
        raise EvaluationFailed(f"{media_type} is no format for triples")
    if chosen in (ox.RdfFormat.TURTLE, ox.RdfFormat.TRIG):
        prefixes = dict(_declared_prefixes(text)) or PREFIXES
        triples = sizes.counted(results, rows)
        ox.serialize(triples, output, chosen, prefixes=prefixes)  # type: ignore[arg-type]
        output.parts = [_tidy_prefixes(output.body())]
        return
    try:
        if media_type in _LINES:
            results.serialize(output, chosen)  # type: ignore[arg-type]
        else:
            ox.serialize(sizes.counted(results, rows), output, chosen)  # type: ignore[arg-type]
    except OSError as error:
        raise NotExpressible(f"{chosen.name} cannot hold this result: {error}") from error
    if chosen == ox.RdfFormat.RDF_XML:
        _check_well_formed(output.body())


def _declared_prefixes(text: str) -> Iterator[tuple[str, str]]:
    """The prefixes that the query declares with whole IRIs, so that answers read like it."""
    found = tokens(text)
    for one, two, three in zip(found, found[1:], found[2:], strict=False):
        if one.keyword == "PREFIX" and two.kind == "name" and three.kind == "iri":
            iri = three.text[1:-1]
            try:
                ox.NamedNode(iri)
            except ValueError:
                continue
            if "\\" not in iri:
                yield two.text[:-1], iri


def _tidy_prefixes(body: bytes) -> bytes:
    """The same Turtle with the prefixes it needs, in order: the serialiser shuffles them."""
    lines = []
    start = 0
    while body.startswith(b"@prefix ", start):
        end = body.index(b"\n", start) + 1
        lines.append(body[start:end])
        start = end
    rest = body[start:]
    needed = [line for line in lines if line.split(b" ", 2)[1] in rest]
    return b"".join((*sorted(needed), rest))


def _check_characters(body: bytes) -> None:
    bad = len(body.translate(None, _NOT_XML)) != len(body)
    if bad or any(sequence in body for sequence in _NOT_XML_SEQUENCES):
        raise NotExpressible("a value holds a control character, which XML cannot; ask for JSON")


def _check_well_formed(body: bytes) -> None:
    """Refuse what Oxigraph writes as RDF/XML although no parser would read it back."""
    try:
        expat.ParserCreate(namespace_separator=" ").Parse(body, True)
    except expat.ExpatError as error:
        raise NotExpressible(
            "RDF/XML cannot hold this result (a predicate that makes no XML name, or a control "
            f"character: {error}); ask for Turtle"
        ) from error
