"""Lists as people keep them: CSV, TSV and XLSX, read with limits and written as plain text.

CSV follows RFC 4180 with any of the usual delimiters; text is UTF-8, UTF-16 with its mark, or
Windows-1257, in which Lithuanian was written before. A cell is text and stays text: a name that
begins with "=" is no formula in what is written here.
"""

import csv
import io
import sys
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import IO, Final
from xml.etree.ElementTree import ParseError

import openpyxl
import xlsxwriter
from openpyxl.utils.exceptions import InvalidFileException

FILE_BYTES: Final = 20_000_000
UNPACKED_BYTES: Final = 200_000_000
ROWS: Final = 50_000
COLUMNS: Final = 256
CELL: Final = 5_000

_DELIMITERS: Final = ",;\t|"
_OLD: Final = "windows-1257"
_OLD_LETTERS: Final = frozenset(
    "ąčęėįšųūžĄČĘĖĮŠŲŪŽ„“”‘’‚–—…«»§°©®€\u00a0õäöüÕÄÖÜāēģīķļņŗōśźżćńłĀĒĢĪĶĻŅŖŌŚŹŻĆŃŁóÓéÉ"
)
_ZIP: Final = b"PK\x03\x04"


class TableError(Exception):
    """A list cannot be read; the message names the file, the line and how to mend it."""


@dataclass(frozen=True)
class Row:
    """One row under the header; ``line`` is its line (CSV) or row (XLSX), counted from 1."""

    line: int
    cells: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Table:
    """A list with its header."""

    name: str
    """The file's name, for messages and evidence."""
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    remark: str = ""
    """What the reader had to assume."""

    def column(self, wanted: str) -> str:
        """The column of that name, capitals and blanks apart. Raises TableError."""
        same = [one for one in self.columns if one.strip().casefold() == wanted.strip().casefold()]
        if len(same) == 1:
            return same[0]
        if same:
            raise TableError(f"{self.name}: several columns are called {wanted!r}; rename one")
        close = get_close_matches(wanted, self.columns, n=1)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        has = ", ".join(repr(one) for one in self.columns)
        raise TableError(f"{self.name}: no column {wanted!r}{hint} The columns are: {has}")


def read(
    path: str,
    *,
    encoding: str = "",
    delimiter: str = "",
    header: bool = True,
    sheet: str = "",
) -> Table:
    """The list in the file, or on standard input for ``-``. Raises TableError.

    Without ``header`` the columns are called 1, 2, … What is not given is found out: a workbook by
    its first bytes, encoding and delimiter by the text.
    """
    name, content = _content(path)
    if content.startswith(_ZIP):
        rows = _sheet_rows(name, content, sheet)
        remark = ""
    else:
        text, remark = _decoded(name, content, encoding)
        rows = _text_rows(name, text, delimiter or _delimiter(text, path))
    return _table(name, rows, header=header, remark=remark)


def _content(path: str) -> tuple[str, bytes]:
    name = "standard input" if path == "-" else Path(path).name
    try:
        if path == "-":
            content = sys.stdin.buffer.read(FILE_BYTES + 1)
        else:
            with Path(path).open("rb") as file:
                content = file.read(FILE_BYTES + 1)
    except OSError as error:
        raise TableError(f"{path} cannot be read: {error.strerror}") from error
    if len(content) > FILE_BYTES:
        raise TableError(f"{name} is larger than {FILE_BYTES // 1_000_000} MB; split it")
    if not content.strip():
        raise TableError(f"{name} is empty")
    return name, content


def _decoded(name: str, content: bytes, encoding: str) -> tuple[str, str]:
    """The text, and a remark when its encoding was guessed."""
    marked = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    wanted = encoding or ("utf-16" if marked else "utf-8-sig")
    try:
        return content.decode(wanted), ""
    except LookupError as error:
        raise TableError(f"there is no encoding {encoding!r}; try utf-8 or {_OLD}") from error
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        if not encoding and not marked:
            old = content.decode(_OLD, errors="replace")
            strange = {letter for letter in old if ord(letter) > 127} - _OLD_LETTERS
            if not strange:
                return old, f"{name} is not UTF-8 (line {line}); read as {_OLD}"
        raise TableError(
            f"{name}, line {line}: not {wanted.removesuffix('-sig').upper()} text; "
            f"save it as UTF-8, or say which it is: --encoding {_OLD}"
        ) from error


def _delimiter(text: str, path: str) -> str:
    """The one that cuts the first lines into the same number of cells, more than one."""
    if path.lower().endswith((".tsv", ".tab")):
        return "\t"
    lines = [line for line in text.splitlines()[:50] if line.strip()]
    best, most = ",", 1
    for delimiter in _DELIMITERS:
        try:
            sizes = {len(row) for row in csv.reader(lines, delimiter=delimiter) if row}
        except csv.Error:
            continue
        # A list of one column may have commas in some of its names: those cut it unevenly.
        if len(sizes) == 1 and max(sizes) > most:
            best, most = delimiter, max(sizes)
    if most == 1 and any("," in line for line in lines):
        return _by_header(lines)
    return best


def _by_header(lines: Sequence[str]) -> str:
    """Where the lines are cut unevenly, the header decides; a header of one cell has none."""
    counts = {delimiter: lines[0].count(delimiter) for delimiter in _DELIMITERS}
    best = max(counts, key=lambda delimiter: counts[delimiter])
    return best if counts[best] else "\x1f"


def _text_rows(name: str, text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    if len(delimiter) != 1:
        raise TableError(f"a delimiter is one character, not {delimiter!r}")
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise TableError(f"{name}, line {line}: a NUL character; this is no text file")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    first = 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise TableError(
                f"{name}, line {first}: {error}; a cell with quotes in it is written in quotes, "
                'and each of its own is doubled ("")'
            ) from error
        yield first, cells
        first = reader.line_num + 1


def _sheet_rows(name: str, content: bytes, sheet: str) -> Iterator[tuple[int, list[str]]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            unpacked = sum(part.file_size for part in packed.infolist())
        if unpacked > UNPACKED_BYTES:
            raise TableError(
                f"{name} unpacks to more than {UNPACKED_BYTES // 1_000_000} MB; save it as CSV"
            )
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, ParseError) as error:
        raise TableError(f"{name} is no XLSX workbook that can be read: {error}") from error
    try:
        if sheet and sheet not in book.sheetnames:
            there = ", ".join(book.sheetnames)
            raise TableError(f"{name}: no sheet {sheet!r}; the sheets are: {there}")
        page = book[sheet] if sheet else book.worksheets[0]
        try:
            for number, row in enumerate(
                page.iter_rows(values_only=True, max_col=COLUMNS), start=1
            ):
                yield number, _without_empty_end(row)
        except (ParseError, ValueError, KeyError, zipfile.BadZipFile) as error:
            raise TableError(f"{name}: the sheet {page.title!r} is damaged: {error}") from error
    finally:
        book.close()


def _without_empty_end(row: Sequence[object]) -> list[str]:
    cells = ["" if value is None else _cell(value) for value in row]
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _cell(value: object) -> str:
    # A code typed as a number: 91, not 91.0.
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _table(name: str, rows: Iterator[tuple[int, list[str]]], *, header: bool, remark: str) -> Table:
    columns: tuple[str, ...] = ()
    kept: list[Row] = []
    for line, cells in rows:
        if not any(cell.strip() for cell in cells):
            if line > 20 * ROWS:
                raise TableError(f"{name}: more than {20 * ROWS:,} rows, most of them empty")
            continue
        if not columns and header:
            columns = tuple(cell.strip() for cell in cells)
            continue
        columns = columns or tuple(str(number) for number in range(1, len(cells) + 1))
        if len(cells) > len(columns):
            raise TableError(
                f"{name}, line {line}: {len(cells)} cells under {len(columns)} columns; "
                "is the delimiter right (--delimiter), or is a comma in a name not in quotes?"
            )
        if any(len(cell) > CELL for cell in cells):
            raise TableError(f"{name}, line {line}: a cell of more than {CELL:,} characters")
        kept.append(Row(line, dict(zip(columns, [*cells, *[""] * len(columns)], strict=False))))
        if len(kept) > ROWS:
            raise TableError(f"{name}: more than {ROWS:,} rows; split the list")
    if not columns or not kept:
        raise TableError(f"{name} has no row under its header; a list without one: --no-header")
    return Table(name=name, columns=columns, rows=tuple(kept), remark=remark)


def write_csv(file: IO[bytes], columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """CSV in UTF-8, with the mark by which spreadsheets know the encoding."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows(rows)
    file.write(text.getvalue().encode("utf-8-sig"))


def write_xlsx(
    file: IO[bytes],
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    choices: Mapping[str, Sequence[str]],
) -> None:
    """A workbook of text cells; ``choices`` are offered in the columns of that name."""
    content = io.BytesIO()
    book = xlsxwriter.Workbook(content, {"in_memory": True})
    page = book.add_worksheet("candidates")
    bold = book.add_format({"bold": True})
    for number, column in enumerate(columns):
        page.write_string(0, number, column, bold)
        widest = max((len(row[number]) for row in rows[:500]), default=0)
        page.set_column(number, number, min(max(widest, len(column)) + 2, 60))
        if column in choices and rows:
            allowed = {"validate": "list", "source": list(choices[column])}
            page.data_validation(1, number, len(rows), number, allowed)
    for line, row in enumerate(rows, start=1):
        for number, cell in enumerate(row):
            # Never write(): it takes "=1+1" for a formula and an address for a link.
            page.write_string(line, number, cell)
    page.freeze_panes(1, 0)
    page.autofilter(0, 0, max(len(rows), 1), len(columns) - 1)
    book.close()
    file.write(content.getvalue())
