"""What the command line shows: progress and failures on standard error, tables on standard output.

A bar and colours on a terminal, plain lines elsewhere; files written whole. Knows nothing of what
is being done.
"""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final, Self

import click
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar
from rich.table import Table
from rich.text import Text

from steamkg.graph.coverage import Coverage, in_ranges
from steamkg.graph.names import short
from steamkg.graph.progress import Progress

BUILD_STEPS: Final = 6
_ENDLESS: Final = 100_000


class Failure(click.ClickException):
    """What went wrong, in one line; exit code 1."""

    def show(self, file: IO[Any] | None = None) -> None:
        """The line on standard error."""
        click.echo(f"steamkg: {self.format_message()}", file=file, err=file is None)


class Lines:
    """One plain line for each step that is over."""

    def begin(self, step: str) -> None:
        """Nothing: a log is read afterwards."""

    def end(self, step: str, seconds: float, result: str) -> None:
        """The step's line."""
        click.echo(f"{step:<8} {seconds:6.2f} s  {result}", err=True)

    def note(self, text: str) -> None:
        """The text on its own line."""
        click.echo(text, err=True)


class BarAndLines:
    """The same lines with a moving bar below them."""

    def __init__(self, steps: int) -> None:
        self._bar = Bar(
            TextColumn("{task.description:<8}"),
            BarColumn(),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._task = self._bar.add_task("", total=steps)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def begin(self, step: str) -> None:
        """The bar names the step."""
        self._bar.update(self._task, description=step)

    def end(self, step: str, seconds: float, result: str) -> None:
        """The step's line, and the bar moves on."""
        self._print(f"{step:<8} {seconds:6.2f} s  {result}")
        self._bar.advance(self._task)

    def note(self, text: str) -> None:
        """The text on its own line."""
        self._print(text)

    def _print(self, line: str) -> None:
        self._bar.console.print(Text(line), soft_wrap=True)


@contextmanager
def progress(steps: int) -> Iterator[Progress]:
    """A bar where somebody watches, lines where a log is kept."""
    if sys.stderr.isatty():
        with BarAndLines(steps) as bar:
            yield bar
    else:
        yield Lines()


def show_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table on standard output; wrapped to the terminal's width, and never wrapped elsewhere."""
    width = None if sys.stdout.isatty() else _ENDLESS
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold", no_wrap=width is not None)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    console = Console(width=width)
    with console.capture() as shown:
        console.print(table)
    text = [title, "", *shown.get().splitlines()] if title else shown.get().splitlines()
    with quiet_when_nobody_reads():
        for line in text:
            click.echo(line.rstrip())


def show_coverage(rows: Sequence[Coverage]) -> None:
    """One row a section, and the sum."""
    columns = ("section", "lines", "cited", "explained", "neither")
    table = [
        (
            f"{short(row.section)} {row.first}-{row.last}",
            *map(str, (row.lines, row.cited, row.explained)),
            in_ranges(row.missing) if row.missing else "-",
        )
        for row in rows
    ]
    sums = [
        sum(numbers)
        for numbers in zip(
            *((row.lines, row.cited, row.explained, len(row.missing)) for row in rows), strict=True
        )
    ]
    show_table("Lines of the documents", columns, [*table, ("all", *map(str, sums))])


@contextmanager
def quiet_when_nobody_reads() -> Iterator[None]:
    """``steamkg dump | head`` is no failure: what is left to write goes nowhere."""
    try:
        yield
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextmanager
def written_whole(path: Path) -> Iterator[IO[bytes]]:
    """A file that takes its place only when complete; a device or a pipe is written as it is."""
    if path.exists() and not path.is_file():
        with path.open("wb") as file:
            yield file
        return
    # The name behind a symbolic link, so that the link stays one.
    target = path.resolve()
    unfinished = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with unfinished.open("xb") as file:
            yield file
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)
