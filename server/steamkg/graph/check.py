"""Every check on the content in its order: read, lint, reason, validate. Writes nothing.

A build stops at the first step that finds a violation; ``steamkg check`` goes on as far as the
content can be read, so that one run shows everything.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

from rdflib import Graph, URIRef

from steamkg.graph import sparql, turtle
from steamkg.graph.closure import Reasoner
from steamkg.graph.content import DEFAULT_KINDS, REASONED_KINDS, Content, Kind
from steamkg.graph.findings import Finding, count, has_violation, in_order, summary
from steamkg.graph.kept import KeptGraph
from steamkg.graph.lint import lint
from steamkg.graph.progress import Progress, Silent, Steps
from steamkg.graph.reason import Inferred, RuleError, infer
from steamkg.graph.terms import Triple, graph_of
from steamkg.graph.turtle import Document, Places
from steamkg.graph.validate import check_shapes, validate


@dataclass(frozen=True, kw_only=True)
class Examination:
    """What the checks saw; with a violation among the findings, nothing may be published."""

    documents: tuple[Document, ...]
    inferred: Inferred | None
    """None when reasoning was not reached or a rule failed."""
    served: Graph | None
    """What the default graph serves, which is what was validated; None when that was not reached.
    """
    findings: tuple[Finding, ...]
    seconds: Mapping[str, float] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """Whether all steps ran and none found a violation."""
        return self.inferred is not None and not has_violation(self.findings)

    def said(self) -> Graph:
        """What the documents say: the merge of the section graphs."""
        return _merge(self.documents, frozenset((Kind.SECTION,)))

    def shapes(self) -> Graph:
        """The shapes of all files."""
        return _merge(self.documents, frozenset((Kind.SHAPES,)))


def examine(
    content: Content,
    *,
    reasoner: Reasoner | str = Reasoner.REASONABLE,
    thorough: bool = False,
    progress: Progress | None = None,
) -> Examination:
    """Runs the checks; ``thorough`` goes on after a step with violations and checks the shapes."""
    work = _Work(content, Reasoner(reasoner), thorough, progress or Silent())
    work.run()
    return Examination(
        documents=tuple(work.documents),
        inferred=work.inferred,
        served=work.served,
        findings=in_order(work.findings),
        seconds=work.steps.seconds,
    )


class _Work:
    def __init__(
        self, content: Content, reasoner: Reasoner, thorough: bool, progress: Progress
    ) -> None:
        self._content = content.require()
        self._reasoner = reasoner
        self._thorough = thorough
        self.steps = Steps(progress)
        self.documents: list[Document] = []
        self.inferred: Inferred | None = None
        self.served: KeptGraph | None = None
        self.findings: list[Finding] = []

    def run(self) -> None:
        self._read()
        if has_violation(self.findings):
            # With a file missing from the picture, every later finding could be a mere echo.
            return
        for step in (self._lint, self._reason, self._validate):
            step()
            if has_violation(self.findings) and not self._thorough:
                return

    def _read(self) -> None:
        with self.steps.step("read") as result:
            for file in self._content.turtle_files():
                read = turtle.read(file)
                if isinstance(read, Finding):
                    self.findings.append(read)
                else:
                    self.documents.append(read)
            triples = sum(len(document.triples) for document in self.documents)
            files = count(len(self.documents), "file")
            result.append(self._outcome(self.findings, f"{files}, {count(triples, 'triple')}"))

    def _lint(self) -> None:
        with self.steps.step("lint") as result:
            found = lint(self._content, self.documents)
            self.findings += found
            result.append(self._outcome(found, "no findings"))

    def _reason(self) -> None:
        with self.steps.step("reason") as result:
            found: Sequence[Finding]
            try:
                self.inferred = self._infer()
                found, good = self.inferred.findings, self._inferred_in_words(self.inferred)
            except RuleError as error:
                found, good = (error.finding,), ""
            self.findings += found
            result.append(self._outcome(found, good))

    def _infer(self) -> Inferred:
        rules = [sparql.read(path, self._content.name(path)) for path in self._content.rule_files()]
        return infer(
            _merge(self.documents, REASONED_KINDS),
            reasoner=self._reasoner,
            rules=[rule for rule in rules if not isinstance(rule, Finding)],
            locate=Places(self.documents).find,
        )

    @staticmethod
    def _inferred_in_words(inferred: Inferred) -> str:
        return f"{count(len(inferred.graph), 'triple')} inferred by {inferred.reasoner}"

    def _validate(self) -> None:
        with self.steps.step("validate") as result:
            inferred = self.inferred.graph if self.inferred is not None else ()
            data = KeptGraph(chain(_triples(self.documents, DEFAULT_KINDS), inferred))
            self.served = data
            shapes = _merge(self.documents, frozenset((Kind.SHAPES,)))
            locate = Places(self.documents).find
            found = list(validate(data, shapes, locate=locate))
            found += self._validate_later(data, shapes)
            # A shape that cannot be used has no place of its own in the validator's complaint.
            if self._thorough or any(item.file == "shapes" for item in found):
                found += check_shapes(shapes, locate=locate)
            self.findings += found
            result.append(self._outcome(found, "the data conform to the shapes"))

    def _validate_later(self, data: Graph, shapes: Graph) -> tuple[Finding, ...]:
        """What the shapes find on the subjects of later developments, read with everything else.

        A run of its own: in one run with the rest, a later graph could hide what the default
        dataset lacks.
        """
        later = list(_triples(self.documents, frozenset((Kind.LATER,))))
        subjects = {subject for subject, _, _ in later if isinstance(subject, URIRef)}
        if not subjects:
            return ()
        locate = Places(self.documents).find
        return validate(KeptGraph(chain(data, later)), shapes, locate=locate, only=subjects)

    @staticmethod
    def _outcome(found: Sequence[Finding], good: str) -> str:
        return summary(found) if found else good


def _merge(documents: Sequence[Document], kinds: frozenset[Kind]) -> Graph:
    """The graphs of these kinds as one set of triples."""
    return graph_of(_triples(documents, kinds))


def _triples(documents: Sequence[Document], kinds: frozenset[Kind]) -> Iterator[Triple]:
    for document in documents:
        if document.file.kind in kinds:
            yield from document.graph
