"""The command line: ``steamkg build | check | serve | query | dump | link | accept | token``.

Here options become calls and failures become one line and an exit code. What is done is done in
the layers below, which are imported when a command needs them, so that ``--help`` is instant.
"""

import logging
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from steamkg import __version__
from steamkg.dataset_options import chosen, dataset_options, require_safe_writes
from steamkg.graph.build import DEFAULT_REASONER, BuildFailedError, Built, build
from steamkg.graph.content import Content, ContentError
from steamkg.graph.findings import Finding, count, has_violation, in_order, summary
from steamkg.graph.publish import Builds, Published, PublishError
from steamkg.link_command import accept, link
from steamkg.service_options import service_options
from steamkg.settings import SettingError, Settings
from steamkg.terminal import (
    BUILD_STEPS,
    Failure,
    progress,
    quiet_when_nobody_reads,
    show_coverage,
    written_whole,
)

_REASONERS: Final = ("reasonable", "owlrl")
_DUMP_FORMATS: Final = ("nquads", "trig", "turtle", "ntriples", "jsonld", "sssom")
_RESULT_FORMATS: Final = ("table", "json", "csv", "tsv")
_CONTEXT: Final = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
_TOKENS: Final = {
    "operator": "STEAMKG_OPERATOR_TOKEN_HASH",
    "writes": "STEAMKG_WRITE_TOKEN_HASH",
}

Command = TypeVar("Command", bound=Callable[..., Any])


@contextmanager
def _failures() -> Iterator[None]:
    """Turns what a user or a disk can cause into one line; anything else is a bug and shows."""
    try:
        yield
    except (ContentError, PublishError, SettingError) as error:
        raise Failure(str(error)) from error


def _settings(**changes: object) -> Settings:
    """The settings of the environment with the options given on the command line."""
    with _failures():
        given = {name: value for name, value in changes.items() if value is not None}
        return replace(Settings.from_environment(), **given)  # type: ignore[arg-type]


def _content(root: Path | None) -> Content:
    with _failures():
        return Content(root).require() if root else Content.find()


def _content_option(command: Command) -> Command:
    return click.option(
        "--content",
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        metavar="DIR",
        help="Folder with ontology/, data/, shapes/ and queries/.  [default: this project's]",
    )(command)


def _output_option(text: str) -> Callable[[Command], Command]:
    return click.option(
        "--output",
        "build_directory",
        type=click.Path(file_okay=True, path_type=Path),
        metavar="DIR",
        help=f"{text}  [default: STEAMKG_BUILD, or build/ in a checkout]",
    )


_reasoner_option: Final = click.option(
    "--reasoner",
    type=click.Choice(_REASONERS),
    default=DEFAULT_REASONER,
    show_default=True,
    help="Engine for OWL 2 RL; both give the same triples, owlrl is the slow reference.",
)
_language_option: Final = click.option(
    "--language",
    type=click.Choice(("en", "lt")),
    default="en",
    show_default=True,
    help="Language of the messages that shapes have.",
)


@click.group(commands=[link, accept], context_settings=_CONTEXT)
@click.version_option(__version__, "-V", "--version", prog_name="steamkg")
def cli() -> None:
    """A knowledge graph of STEAM education: check it, build it, ask it, serve it.

    \b
    Most used:
      steamkg serve               build what has changed and serve it on 127.0.0.1:8000
      steamkg check               every check on the content, nothing written
      steamkg query --list        the stored questions
      steamkg query NAME          one of them, answered as a table
      steamkg link FILE           find the names of a list in the graph

    \b
    Exit codes:
      0  done
      1  a check found a violation, or something failed; one line on standard error says what
      2  the command was not understood

    Findings are lines of the form  file:line:column: severity rule: message (focus …).
    """
    # rdflib logs a traceback for each literal that its datatype forbids; the shapes report it.
    logging.getLogger("rdflib").setLevel(logging.CRITICAL)


@cli.command("build")
@click.option("--force", is_flag=True, help="Build even if nothing has changed.")
@_reasoner_option
@_output_option("Where builds are written.")
@_content_option
@_language_option
def build_command(
    *,
    force: bool,
    reasoner: str,
    build_directory: Path | None,
    content: Path | None,
    language: str,
) -> None:
    """Check the content and publish it as one dataset.

    Reads, lints, reasons, validates and writes <DIR>/<version>/dataset.nq.gz with a manifest.json,
    then points <DIR>/current at it. If a step finds a violation, nothing is written and the
    previous build stays in service.
    """
    settings = _settings(build_directory=build_directory)
    built = _build(settings, _content(content), language, reasoner=reasoner, force=force)
    manifest = built.published.manifest
    state = "up to date" if built.up_to_date else "built"
    click.echo(
        f"{state}: {built.published.directory}, {count(manifest['default'], 'triple')}, "
        f"{manifest['inferred']:,} of them inferred"
    )


@cli.command(short_help="Run every check on the content; write nothing.")
@click.option(
    "--coverage",
    "with_coverage",
    is_flag=True,
    help="Also show, section by section, which lines of the documents the data cite.",
)
@_reasoner_option
@_content_option
@_language_option
def check(*, with_coverage: bool, reasoner: str, content: Path | None, language: str) -> None:
    """Run every check on ontology, data, shapes and queries; write nothing.

    Prints the findings on standard output, one a line, and a summary. Exit code 1 if one of them
    is a violation. With --coverage a line of a document that no passage cites is a violation too,
    unless data/<document>/uncited.csv gives the reason.
    """
    from steamkg import ask  # noqa: PLC0415
    from steamkg.graph.check import examine  # noqa: PLC0415
    from steamkg.graph.coverage import coverage  # noqa: PLC0415

    tree = _content(content)
    with _failures(), progress(BUILD_STEPS - 2) as told:
        examination = examine(tree, reasoner=reasoner, thorough=True, progress=told)
    findings = in_order((*examination.findings, *ask.header_findings(tree)))
    if with_coverage:
        rows, uncovered = coverage(tree, examination.said())
        show_coverage(rows)
        findings = in_order((*findings, *uncovered))
    for finding in findings:
        click.echo(finding.text(language))
    click.echo(
        f"{summary(findings)} in {count(len(tree.turtle_files()), 'Turtle file')}, "
        f"{count(len(tree.rule_files()), 'rule')} and "
        f"{count(len(tree.query_files()), 'stored query', 'stored queries')}"
    )
    if has_violation(findings):
        raise SystemExit(1)


@cli.command()
@click.option("--host", metavar="ADDRESS", help="Address to listen on.  [default: 127.0.0.1]")
@click.option(
    "--port", type=click.IntRange(0, 65535), help="Port; 0 takes a free one.  [default: 8000]"
)
@click.option(
    "--workers", type=click.IntRange(1), help="Queries run at once.  [default: one per core]"
)
@click.option(
    "--build/--no-build",
    "with_build",
    default=True,
    show_default=True,
    help="Build first what has changed since the last build.",
)
@dataset_options
@service_options
@_output_option("Where builds are.")
def serve(
    *, with_build: bool, dataset: tuple[str, ...], files: tuple[str, ...], **options: Any
) -> None:
    """Serve the SPARQL endpoint and the pages.

    Builds first if there is no build or the content has changed. Should that fail, the last good
    build is served and a warning says so. All other settings are environment variables:
    steamkg/settings.py names each, with its default.

    With --dataset any RDF is served by the same engine, at /sparql, /update and /graph-store.
    """
    settings = _settings(dataset=chosen(dataset, files), **options)
    require_safe_writes(settings)
    if settings.dataset:
        from steamkg.web.serve import serve as serve_files  # noqa: PLC0415

        raise SystemExit(serve_files(settings))
    current = Builds(settings.build_directory).current()
    if with_build or current is None:
        try:
            _build(settings, _content(None), "en")
        except Failure as failure:
            if current is None:
                raise
            failure.show()
            click.echo(
                f"steamkg: WARNING: serving the last good build, {current.directory}", err=True
            )
    from steamkg.web.serve import serve as serve_forever  # noqa: PLC0415

    raise SystemExit(serve_forever(settings))


@cli.command()
@click.option(
    "--for",
    "purpose",
    type=click.Choice(tuple(_TOKENS)),
    default="operator",
    show_default=True,
    help="What it lets in: the operator to /queries, or writes to a dataset (--writes token).",
)
def token(*, purpose: str) -> None:
    """Make a bearer token, and the setting by which the server knows it.

    The token is shown once and kept nowhere; the setting holds its SHA-256.
    """
    from steamkg.protocol import tokens  # noqa: PLC0415

    made = tokens.new_token()
    click.echo(f"token: {made}\n{_TOKENS[purpose]}={tokens.hash_of(made)}")


@cli.command()
@click.argument("name", required=False)
@click.option(
    "-p",
    "--parameter",
    "parameters",
    multiple=True,
    metavar="NAME=VALUE",
    help="Value for a parameter of the query; may be repeated.",
)
@click.option(
    "--format",
    "result_format",
    type=click.Choice(_RESULT_FORMATS),
    default="table",
    show_default=True,
    help="How to print the rows.",
)
@click.option("--list", "listed", is_flag=True, help="List the stored queries and stop.")
@_output_option("Where builds are.")
@_content_option
def query(
    *,
    name: str | None,
    parameters: Sequence[str],
    result_format: str,
    listed: bool,
    build_directory: Path | None,
    content: Path | None,
) -> None:
    """Answer the stored query NAME from the current build.

    NAME is the path under queries/ without ".rq", or its last part if no other query has it.
    Graphs (CONSTRUCT, DESCRIBE) are printed as Turtle.
    """
    from steamkg import ask  # noqa: PLC0415

    library = ask.open_library(_content(content))
    if listed:
        ask.show_names(library)
        return
    if not name:
        raise click.UsageError("which query? `steamkg query --list` shows them all")
    stored = ask.find(library, name)
    values = dict(ask.pair(one) for one in parameters)
    settings = _settings(build_directory=build_directory)
    ask.answer(
        stored,
        _current(settings),
        values,
        result_format,
        result_bytes=settings.result_bytes,
    )


@cli.command(short_help="Write the build, or a part of it, as RDF or SSSOM.")
@click.option(
    "--format",
    "dump_format",
    type=click.Choice(_DUMP_FORMATS),
    default="nquads",
    show_default=True,
    help="RDF format; Turtle and N-Triples of the whole hold its default graph. Or sssom: the "
    "mappings to other vocabularies as SSSOM/TSV, those of one alignment with --graph.",
)
@click.option(
    "--graph",
    default="",
    metavar="IRI",
    help="One graph only: its IRI, or what follows …/graph/ in it; also 'asserted' and 'all'.",
)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="File to write.  [default: standard output]",
)
def dump(*, dump_format: str, graph: str, output: Path | None) -> None:
    """Write the current build, or one graph of it, as RDF, or its mappings as SSSOM."""
    from steamkg.graph import dump as dumps  # noqa: PLC0415

    published = _current(_settings())
    try:
        if output is None:
            with quiet_when_nobody_reads():
                dumps.dump(published, sys.stdout.buffer, format=dump_format, graph=graph)
                sys.stdout.buffer.flush()
            return
        with written_whole(output) as file:
            dumps.dump(published, file, format=dump_format, graph=graph)
    except dumps.UnknownGraphError as error:
        raise click.BadParameter(str(error), param_hint="--graph") from error
    except OSError as error:
        raise Failure(f"cannot write {output or 'to standard output'}: {error.strerror}") from error


def _build(
    settings: Settings,
    content: Content,
    language: str,
    *,
    reasoner: str = DEFAULT_REASONER,
    force: bool = False,
) -> Built:
    """The build in service after building; prints what was found, raises Failure."""
    try:
        with _failures(), progress(BUILD_STEPS) as told:
            built = build(
                content, settings.build_directory, reasoner=reasoner, force=force, progress=told
            )
    except BuildFailedError as error:
        _print_findings(error.findings, language)
        stays = "; the previous build stays" if Builds(settings.build_directory).current() else ""
        raise Failure(f"nothing was built: {error}{stays}") from error
    _print_findings(built.findings, language)
    return built


def _print_findings(findings: Sequence[Finding], language: str) -> None:
    for finding in findings:
        click.echo(finding.text(language), err=True)


def _current(settings: Settings) -> Published:
    published = Builds(settings.build_directory).current()
    if published is None:
        raise Failure(f"no build in {settings.build_directory}; `steamkg build` makes one")
    return published


def main() -> None:
    """The ``steamkg`` command."""
    cli(prog_name="steamkg")
