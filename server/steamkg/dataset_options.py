"""The options of ``steamkg serve`` for a dataset that is not the project's own."""

from collections.abc import Callable
from typing import Any, Final, TypeVar

import click

from steamkg.settings import SettingError, Settings

Command = TypeVar("Command", bound=Callable[..., Any])

_OPTIONS: Final = (
    click.option(
        "--dataset",
        "dataset",
        multiple=True,
        metavar="FILE…|empty",
        help="Serve these files instead of the project's own graph: .ttl .nt .nq .trig .rdf .owl "
        ".xml .jsonld .json, also with .gz. Held in memory: what is written is gone at the end.",
    ),
    click.option(
        "--default-graph",
        type=click.Choice(("merge", "strict")),
        help="Of such a dataset: with merge the default graph shows the triples of all graphs, "
        "each once; what is deleted from it leaves them all.  [default: merge]",
    ),
    click.option(
        "--writes",
        type=click.Choice(("off", "token", "open")),
        help="SPARQL Update and graph store on such a dataset: with the bearer token whose SHA-256 "
        "is in STEAMKG_WRITE_TOKEN_HASH, or open to this machine.  [default: off]",
    ),
    click.option(
        "--validate-writes",
        type=click.Choice(("off",)),
        help="What holds writes to rules: nothing, so far.  [default: off]",
    ),
    click.argument("files", nargs=-1, metavar=""),
)


def dataset_options(command: Command) -> Command:
    """Give a command the options; files after the first one of ``--dataset`` are arguments."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def chosen(dataset: tuple[str, ...], files: tuple[str, ...]) -> tuple[str, ...] | None:
    """The files to serve; None when none are named."""
    if files and not dataset:
        raise click.UsageError(f"what is {files[0]!r}? Files to serve come after --dataset")
    return (*dataset, *files) or None


def require_safe_writes(settings: Settings) -> None:
    """Refuse, as a mistake in the command, writes that would not be safe."""
    try:
        settings.require_safe_writes()
    except SettingError as error:
        raise click.UsageError(str(error)) from error
