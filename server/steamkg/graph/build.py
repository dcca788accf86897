"""From the content to a published build: examine, assemble, write; or find it up to date.

What is checked is :mod:`steamkg.graph.check`'s, what is written :mod:`steamkg.graph.dataset`'s,
and how it takes its place :mod:`steamkg.graph.publish`'s.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from steamkg import __version__
from steamkg.graph.content import Content
from steamkg.graph.findings import Finding, count, summary
from steamkg.graph.names import BASE
from steamkg.graph.progress import Progress, Silent, Steps
from steamkg.graph.publish import FORMAT, Builds, Published

if TYPE_CHECKING:
    from steamkg.graph.check import Examination
    from steamkg.graph.dataset import Dataset

PACKAGES: Final = ("rdflib", "pyoxigraph", "owlrl", "reasonable", "pyshacl")
DEFAULT_REASONER: Final = "reasonable"
REPORT: Final = "report"
"""The manifest's member with what validation and coverage found, in figures."""


class BuildFailedError(Exception):
    """The content has violations; the build in service stays."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        super().__init__(summary(findings))
        self.findings = findings


@dataclass(frozen=True, kw_only=True)
class Built:
    """The build in service after the run."""

    published: Published
    findings: tuple[Finding, ...]
    """Warnings and remarks; none when the build was up to date."""
    up_to_date: bool


def build(
    content: Content,
    output: Path,
    *,
    reasoner: str = DEFAULT_REASONER,
    force: bool = False,
    progress: Progress | None = None,
) -> Built:
    """Publishes the content under ``output``, unless the build there was made from the same.

    Raises BuildFailedError with the findings, and PublishError when the disk refuses; in both
    cases the previous build stays in service. One build at a time: a second one waits.
    """
    told = progress or Silent()
    builds = Builds(output)
    with builds.exclusively(waiting=lambda: told.note("waiting for another build to finish")):
        inputs = content.require().fingerprint(with_code=(__version__, reasoner, *_versions()))
        current = builds.current()
        if (
            current is not None
            and not force
            and current.manifest.get("inputs") == inputs
            and REPORT in current.manifest
            and current.is_whole()
        ):
            return Built(published=current, findings=(), up_to_date=True)
        return _build(content, builds, reasoner, inputs, told)


def _build(
    content: Content, builds: Builds, reasoner: str, inputs: str, progress: Progress
) -> Built:
    # Reasoning and validation take half a second to import, which "up to date" does not need.
    from steamkg.graph.check import examine  # noqa: PLC0415
    from steamkg.graph.coverage import coverage  # noqa: PLC0415
    from steamkg.graph.dataset import assemble  # noqa: PLC0415
    from steamkg.graph.report import report  # noqa: PLC0415

    examination = examine(content, reasoner=reasoner, progress=progress)
    inferred, served = examination.inferred, examination.served
    if not examination.passed or inferred is None or served is None:
        raise BuildFailedError(examination.findings)
    steps = Steps(progress)
    with steps.step("assemble") as result:
        dataset = assemble(examination.documents, inferred.graph)
        graphs = count(len(dataset.graphs), "named graph")
        result.append(f"{graphs}, {count(dataset.default, 'triple')} in the default graph")
    seconds = {**examination.seconds, **steps.seconds}
    with steps.step("write") as result:
        manifest = _manifest(dataset, examination, inputs, seconds)
        manifest[REPORT] = report(
            data=served,
            shapes=examination.shapes(),
            findings=[finding for finding in examination.findings if finding.shape],
            rows=coverage(content, examination.said())[0],
        )
        published = builds.publish(dataset.nquads, manifest)
        result.append(str(published.directory))
    return Built(published=published, findings=examination.findings, up_to_date=False)


def _manifest(
    dataset: "Dataset", examination: "Examination", inputs: str, seconds: Mapping[str, float]
) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "version": dataset.version,
        "built": datetime.now(UTC).isoformat(timespec="seconds"),
        "base": BASE,
        "steamkg": __version__,
        "reasoner": str(examination.inferred.reasoner) if examination.inferred else None,
        "packages": _versions(),
        "inputs": inputs,
        "graphs": {
            graph.iri: {
                "triples": len(graph.triples),
                "kind": str(graph.kind),
                "file": list(graph.files),
            }
            for graph in dataset.graphs
        },
        "default": dataset.default,
        "asserted": dataset.asserted,
        "inferred": dataset.inferred,
        "steps": dict(seconds),
    }


def _versions() -> dict[str, str]:
    """Package → version, of those that decide what a build holds."""
    found = {}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "unknown"
    return found
