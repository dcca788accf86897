"""Reading and writing lists: encodings, delimiters, limits, and cells that look like formulas."""

import io
import zipfile
from pathlib import Path

import openpyxl
import pytest

from steamkg.linking import tables
from steamkg.linking.tables import TableError, read, write_csv, write_xlsx


def written(folder: Path, content: bytes | str, name: str = "list.csv") -> str:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return str(path)


def workbook(folder: Path, rows: list[list[object]], title: str = "one") -> str:
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.title = title
    for row in rows:
        page.append(row)
    path = folder / "list.xlsx"
    book.save(path)
    return str(path)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_out(tmp_path: Path, delimiter: str) -> None:
    text = f"name{delimiter}code\nVU{delimiter}1\nKTU{delimiter}2\n"
    table = read(written(tmp_path, text))
    assert table.columns == ("name", "code")
    assert [row.cells["code"] for row in table.rows] == ["1", "2"]


def test_a_list_of_one_column_may_have_commas_in_its_names(tmp_path: Path) -> None:
    table = read(written(tmp_path, "name\nVU\nKauno prekybos, pramonės ir amatų rūmai\n"))
    assert table.columns == ("name",)
    assert table.rows[1].cells["name"] == "Kauno prekybos, pramonės ir amatų rūmai"


def test_a_list_without_header_has_numbered_columns(tmp_path: Path) -> None:
    table = read(written(tmp_path, "VU\nKTU\n"), header=False)
    assert table.columns == ("1",)
    assert [row.cells["1"] for row in table.rows] == ["VU", "KTU"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "windows-1257"])
def test_the_encoding_is_found_out(tmp_path: Path, encoding: str) -> None:
    table = read(written(tmp_path, "pavadinimas\nŠiaulių „Žalgiris“\n".encode(encoding)))
    assert table.rows[0].cells["pavadinimas"] == "Šiaulių „Žalgiris“"
    assert bool(table.remark) == (encoding == "windows-1257")


def test_what_is_no_text_names_the_line_and_the_option(tmp_path: Path) -> None:
    path = written(tmp_path, b"name\nVU\n\xd6\xd0\xb9\xfa\xc9\xbd\xb6\xab\xb4\xf3\n")
    with pytest.raises(TableError, match=r"list\.csv, line 3: not UTF-8.*--encoding"):
        read(path)


def test_an_unknown_encoding_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="no encoding 'klingon'"):
        read(written(tmp_path, "name\nVU\n"), encoding="klingon")


def test_lines_are_counted_through_cells_of_several_lines(tmp_path: Path) -> None:
    table = read(written(tmp_path, 'name,code\n"Vilniaus\nuniversitetas",1\nKTU,2\n'))
    assert [row.line for row in table.rows] == [2, 4]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("name,code\n", "has no row under its header"),
        ("name,code\nVU,1\nA,B,C\n", r"line 3: 3 cells under 2 columns"),
        ('name,code\nVU,1\n"KTU" x,2\n', r"line 3: .*doubled"),
        ('name,code\nVU,1\n"KTU,2\n', r"line 3: .*"),
        ("name,code\nVU,1\nK\0TU,2\n", "line 3: a NUL character"),
        ("name\n" + "x" * 6000 + "\n", "line 2: a cell of more than 5,000"),
    ],
)
def test_a_fault_names_its_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(TableError, match=message):
        read(written(tmp_path, text))


def test_a_missing_file_and_a_missing_column_are_named(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="cannot be read: No such file"):
        read(str(tmp_path / "nothing.csv"))
    table = read(written(tmp_path, "Partner,code\nVU,1\n"))
    assert table.column("partner") == "Partner"
    with pytest.raises(TableError, match="no column 'partners'; did you mean 'Partner'"):
        table.column("partners")


def test_two_columns_of_one_name_are_not_chosen_between(tmp_path: Path) -> None:
    table = read(written(tmp_path, "name,Name\nVU,KTU\n"))
    with pytest.raises(TableError, match="several columns are called"):
        table.column("name")


def test_a_workbook_is_known_by_its_bytes(tmp_path: Path) -> None:
    path = workbook(tmp_path, [["name", "code"], ["VU", 1], [None, None], ["KTU", 2.0]])
    renamed = Path(path).rename(tmp_path / "list.csv")
    table = read(str(renamed))
    assert [(row.line, dict(row.cells)) for row in table.rows] == [
        (2, {"name": "VU", "code": "1"}),
        (4, {"name": "KTU", "code": "2"}),
    ]
    with pytest.raises(TableError, match="no sheet 'two'; the sheets are: one"):
        read(str(renamed), sheet="two")


def test_a_workbook_that_unpacks_to_too_much_is_refused_unread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bomb = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", b"0" * (tables.UNPACKED_BYTES + 1))
    assert bomb.stat().st_size < 1_000_000
    monkeypatch.setattr(openpyxl, "load_workbook", lambda *_, **__: pytest.fail("it was opened"))
    with pytest.raises(TableError, match="unpacks to more than 200 MB"):
        read(str(bomb))


def test_a_damaged_workbook_is_an_error_and_no_traceback(tmp_path: Path) -> None:
    whole = Path(workbook(tmp_path, [["name"], ["VU"]])).read_bytes()
    for broken in (whole[:200], whole[: len(whole) // 2], b"PK\x03\x04"):
        with pytest.raises(TableError, match="no XLSX workbook"):
            read(written(tmp_path, broken, "broken.xlsx"))


def test_too_many_rows_and_too_large_a_file_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path, "name\n" + "VU\n" * 20)
    monkeypatch.setattr(tables, "ROWS", 10)
    with pytest.raises(TableError, match="more than 10 rows; split"):
        read(path)
    monkeypatch.setattr(tables, "FILE_BYTES", 10)
    with pytest.raises(TableError, match="is larger than"):
        read(path)


def test_a_cell_that_begins_like_a_formula_stays_text_in_a_workbook(tmp_path: Path) -> None:
    cells = ["=1+1", '=HYPERLINK("http://x")', "https://x.lt", "007"]
    with (tmp_path / "out.xlsx").open("wb") as file:
        write_xlsx(file, ["a", "b", "c", "d"], [cells], choices={})
    page = openpyxl.load_workbook(tmp_path / "out.xlsx").active
    assert page is not None
    assert [cell.value for cell in page[2]] == cells
    assert {cell.data_type for cell in page[2]} == {"s"}
    assert [cell.hyperlink for cell in page[2]] == [None] * 4


def test_the_decision_is_offered_as_a_choice(tmp_path: Path) -> None:
    with (tmp_path / "out.xlsx").open("wb") as file:
        write_xlsx(file, ["a", "decision"], [["x", ""]], choices={"decision": ["yes", "no"]})
    page = openpyxl.load_workbook(tmp_path / "out.xlsx").active
    assert page is not None
    (offered,) = page.data_validations.dataValidation
    assert offered.formula1 == '"yes,no"'
    assert str(offered.sqref) == "B2"


def test_what_is_written_as_csv_reads_the_same(tmp_path: Path) -> None:
    rows = [["=1+1", 'with "quotes", and ;'], ["Šiauliai\nantra eilutė", "“x”"]]
    content = io.BytesIO()
    write_csv(content, ["a", "b"], rows)
    table = read(written(tmp_path, content.getvalue()))
    assert [[row.cells["a"], row.cells["b"]] for row in table.rows] == rows
