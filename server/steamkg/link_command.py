"""``steamkg link`` and ``steamkg accept``: candidates for a list of names, and what was accepted.

Options become calls of :mod:`steamkg.linking` here; a person stands between the two commands.
"""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from steamkg.graph.content import Content, ContentError
from steamkg.graph.findings import count
from steamkg.graph.names import ENTITY, short
from steamkg.graph.publish import Builds
from steamkg.settings import SettingError, Settings
from steamkg.terminal import Failure, quiet_when_nobody_reads, show_table, written_whole

if TYPE_CHECKING:
    from steamkg.linking.catalogue import Found, NameRow
    from steamkg.linking.review import Entry
    from steamkg.linking.tables import Table

_LIKELY: Final = ("name", "pavadinimas", "names", "pavadinimai", "title", "label")
_WORKBOOK: Final = (".xlsx",)
_SHEETS: Final = (*_WORKBOOK, ".csv")

_column_option: Final = click.option(
    "--column", metavar="NAME", help="Column with the names.  [default: the only one, or “name”]"
)
_identifier_option: Final = click.option(
    "--identifier",
    metavar="NAME",
    help="Column with your own identifiers; kept beside the names, and used by `accept`.",
)
_header_option: Final = click.option(
    "--header/--no-header",
    default=True,
    show_default=True,
    help="Whether the first row names the columns; without it they are called 1, 2, …",
)
_endpoint_option: Final = click.option(
    "--endpoint",
    metavar="URL",
    help="Compare with what this SPARQL endpoint holds.  [default: the last build]",
)


@click.command()
@click.argument("file", metavar="FILE")
@_column_option
@_identifier_option
@click.option(
    "--kind",
    "kinds",
    multiple=True,
    metavar="KIND",
    help="Only things of this kind: organisation, territory, city, centre, …; may be repeated.",
)
@click.option(
    "--top",
    type=click.IntRange(1, 20),
    default=3,
    show_default=True,
    help="Candidates for each name; more where nothing decides between them.",
)
@click.option(
    "--min-score",
    type=click.FloatRange(0, 100),
    default=65.0,
    show_default=True,
    help="Leave out candidates below; 100 is the same name to the letter.",
)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the sheet for review, .xlsx or .csv.",
)
@click.option("--overwrite", is_flag=True, help="Replace a sheet that is already there.")
@click.option("--table/--no-table", default=True, show_default=True, help="Print the candidates.")
@_header_option
@click.option("--encoding", default="", metavar="NAME", help="Of text.  [default: found out]")
@click.option("--delimiter", default="", metavar="CHAR", help="Of CSV.  [default: found out]")
@click.option("--sheet", default="", metavar="NAME", help="Of a workbook.  [default: the first]")
@_endpoint_option
def link(
    *,
    file: str,
    column: str | None,
    identifier: str | None,
    kinds: Sequence[str],
    top: int,
    min_score: float,
    output: Path | None,
    overwrite: bool,
    table: bool,
    header: bool,
    encoding: str,
    delimiter: str,
    sheet: str,
    endpoint: str | None,
) -> None:
    """Find what the names in FILE mean in the graph. Nothing is linked: you decide.

    FILE is CSV, TSV or XLSX; - is standard input. Each name is compared with every name that the
    graph has, in every language, and with its identifiers and addresses. You see the candidates,
    best first, with a score and the reason.

    \b
    In three steps:
      steamkg link partners.csv --column Partner --output review.xlsx
      open review.xlsx, write "accepted" into the column decision where a candidate is right
      steamkg accept review.xlsx --scheme partners --output links.ttl

    \b
    The verdict:
      clear      one candidate is well ahead; still read it
      ambiguous  nothing decides between several: a city's municipality or the district's, a
                 municipality (an organisation) or its territory (an area), also where
                 only the territory is here
      unsure     the best one is not close
      none       nothing reaches --min-score
    """
    from steamkg.linking import review, tables  # noqa: PLC0415
    from steamkg.linking.catalogue import Catalogue, UnknownKindError  # noqa: PLC0415

    _require_sheet(output, overwrite=overwrite)
    with _failures():
        read = tables.read(file, encoding=encoding, delimiter=delimiter, header=header, sheet=sheet)
        if read.remark:
            click.echo(f"steamkg: {read.remark}", err=True)
        wanted = read.column(column) if column else _likely_column(read)
        listed = review.entries(read, wanted, read.column(identifier) if identifier else "")
        names = _names(endpoint)
    try:
        catalogue = Catalogue.of_kinds(names, kinds)
    except UnknownKindError as error:
        raise click.BadParameter(str(error), param_hint="--kind") from error
    found = [(one, catalogue.find(one.name, top=top, min_score=min_score)) for one in listed]
    if table:
        _show(found)
    if output:
        _write_sheet(output, found)
    _summarise(found, output)


@click.command()
@click.argument("reviewed", type=click.Path(dir_okay=False))
@click.option(
    "--scheme",
    required=True,
    metavar="SLUG",
    help="Short name of your list, as it is to stand in IRIs: small letters, digits, hyphens.",
)
@click.option("--title", metavar="TEXT", help="Name of your list for people.  [default: the slug]")
@click.option(
    "--licence", default="not stated", show_default=True, metavar="TEXT", help="Of your list."
)
@click.option(
    "--date",
    metavar="DATE",
    help="Date or version of the decisions.  [default: today]",
)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="File to write.  [default: standard output]",
)
@_endpoint_option
def accept(
    *,
    reviewed: str,
    scheme: str,
    title: str | None,
    licence: str,
    date: str | None,
    output: Path | None,
    endpoint: str | None,
) -> None:
    """Write what was accepted in a REVIEWED sheet as Turtle.

    REVIEWED is what `steamkg link FILE --output REVIEWED` wrote, with "accepted" (or "rejected")
    in the column decision. Only accepted rows become links; a row that contradicts another, or
    names a thing that the graph has not, is an error, and then nothing is written.

    Each link is an identification with the row that it rests on, and an identifier on the thing
    whose datatype is your list, so that a join by your identifiers is one triple pattern. That two
    things are the same (owl:sameAs) is not claimed.
    """
    from steamkg.linking import links, review, tables  # noqa: PLC0415

    with _failures():
        table = tables.read(reviewed)
        known = {row.thing: row.name for row in _names(endpoint)}
        if f"{ENTITY}identifier-scheme/{scheme}" in known:
            message = f"the graph has a scheme {scheme} already; choose another short name"
            raise click.BadParameter(message, param_hint="--scheme")
        accepted = review.accepted(table, known)
        digest = hashlib.sha256(Path(reviewed).read_bytes()).hexdigest()
        described = links.Scheme(
            slug=scheme,
            title=title or scheme,
            licence=licence,
            retrieved=date or datetime.now(UTC).date().isoformat(),
            evidence=f"{table.name} (SHA-256 {digest})",
        )
    if not accepted:
        raise Failure(
            f"{table.name}: nothing is accepted; write “accepted” into the column decision"
        )
    text = links.turtle(accepted, described)
    if output is None:
        with quiet_when_nobody_reads():
            click.echo(text, nl=False)
    else:
        with _failures(), written_whole(output) as file:
            file.write(text.encode())
    undecided = sum(not row.cells["decision"].strip() for row in table.rows)
    rest = f"; {count(undecided, 'row')} not decided" if undecided else ""
    click.echo(f"{count(len(accepted), 'accepted link')}{rest}", err=True)


@contextmanager
def _failures() -> Iterator[None]:
    """Turns what a list, an endpoint or a disk can cause into lines; anything else shows."""
    from steamkg.linking.links import SchemeError  # noqa: PLC0415
    from steamkg.linking.review import ReviewError  # noqa: PLC0415
    from steamkg.linking.sources import SourceError  # noqa: PLC0415
    from steamkg.linking.tables import TableError  # noqa: PLC0415

    try:
        yield
    except SchemeError as error:
        raise click.BadParameter(str(error), param_hint="--scheme") from error
    except (ContentError, ReviewError, SettingError, SourceError, TableError) as error:
        raise Failure(str(error)) from error
    except OSError as error:
        raise Failure(f"{error.filename or 'a file'}: {error.strerror or error}") from error


def _require_sheet(output: Path | None, *, overwrite: bool) -> None:
    if output is None:
        return
    if output.suffix.lower() not in _SHEETS:
        kinds = " or ".join(_SHEETS)
        raise click.BadParameter(f"{output} is neither {kinds}", param_hint="--output")
    if output.exists() and not overwrite:
        raise Failure(f"{output} is there already, perhaps with decisions; --overwrite replaces it")


def _likely_column(table: "Table") -> str:
    """The column with the names when none is given: the only one, or the one called so."""
    if len(table.columns) == 1:
        return table.columns[0]
    likely = [one for one in table.columns if one.strip().casefold() in _LIKELY]
    if len(likely) == 1:
        return likely[0]
    has = ", ".join(repr(one) for one in table.columns)
    raise click.UsageError(f"which --column has the names? {table.name} has: {has}")


def _names(endpoint: str | None) -> "tuple[NameRow, ...]":
    from steamkg.linking import sources  # noqa: PLC0415

    if endpoint:
        return sources.from_endpoint(endpoint, Content.find())
    directory = Settings.from_environment().build_directory
    published = Builds(directory).current()
    if published is None:
        raise Failure(f"no build in {directory}; `steamkg build` makes one, or name an --endpoint")
    return sources.from_build(published.directory, Content.find())


def _show(found: "Sequence[tuple[Entry, Found]]") -> None:
    """One line for each candidate; row, name and verdict stand at the first."""
    lines = []
    for entry, result in found:
        verdict = f"{result.verdict} ({result.rivals})" if result.rivals else result.verdict
        first = [str(entry.row), entry.name, verdict]
        for one in result.candidates or (None,):
            told = ["", "", "", "", ""]
            if one:
                other = f" (“{one.matched}”)" if one.matched else ""
                told = [f"{one.score:.1f}", one.kind, one.label + other, one.reason]
                told.append(short(one.thing))
            lines.append([*first, *told])
            first = ["", "", ""]
    columns = ("row", "name", "verdict", "score", "kind", "candidate", "reason", "iri")
    show_table("", columns, lines)


def _write_sheet(output: Path, found: "Sequence[tuple[Entry, Found]]") -> None:
    from steamkg.linking import review, tables  # noqa: PLC0415

    rows = list(review.rows(found))
    with _failures(), written_whole(output) as file:
        if output.suffix.lower() in _WORKBOOK:
            choices = {"decision": [one.value for one in review.Decision]}
            tables.write_xlsx(file, review.COLUMNS, rows, choices=choices)
        else:
            tables.write_csv(file, review.COLUMNS, rows)


def _summarise(found: "Sequence[tuple[Entry, Found]]", output: Path | None) -> None:
    verdicts = [result.verdict for _, result in found]
    counts = ", ".join(
        f"{verdicts.count(verdict)} {verdict}"
        for verdict in ("clear", "ambiguous", "unsure", "none")
    )
    then = (
        f"; nothing is linked: write “accepted” into the column decision of {output}, "
        f"then `steamkg accept {output} --scheme …`"
        if output
        else "; nothing is linked: --output SHEET.xlsx writes a sheet for review"
    )
    click.echo(f"{count(len(found), 'name')}: {counts}{then}", err=True)
