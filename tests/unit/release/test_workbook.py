"""The workbook holds what the report prints: numbers as numbers, words as words, no formula."""

from __future__ import annotations

import io
import zipfile
from typing import Any
from xml.sax.saxutils import escape

import openpyxl
import polars as pl
import pytest
from longflow.edition import CompiledEdition, compile_edition
from longflow.release.figures import draw_edition
from longflow.release.report import Report, compose
from longflow.release.report.figure import FigureBody
from longflow.release.workbook import workbook_of
from longflow.release.workbook.names import sheet_names
from longflow.settings import Settings
from longflow.texts import breadth
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from tests.unit.conftest import MemoryArchive, with_minimum
from tests.unit.release.test_report import MANIFEST

HEADS = 4


@pytest.fixture(scope="module")
def report(compiled: CompiledEdition) -> Report:
    manifest = {**MANIFEST, "title": "=1+1"}
    return compose(compiled, manifest, draw_edition(compiled, ()))


@pytest.fixture(scope="module")
def book(report: Report) -> Workbook:
    return openpyxl.load_workbook(io.BytesIO(workbook_of(report)))


def heads_of(sheet: Worksheet) -> list[str]:
    return [str(cell.value) for cell in sheet[HEADS] if cell.value is not None]


def row_of(sheet: Worksheet, *names: object) -> dict[str, Any]:
    """The cells of the row with these names, by their headings."""
    for row in sheet.iter_rows(min_row=HEADS + 1):
        if tuple(cell.value for cell in row[: len(names)]) == names:
            return dict(zip(heads_of(sheet), row, strict=False))
    raise LookupError(names)


def test_equal_reports_give_equal_bytes(report: Report) -> None:
    assert workbook_of(report) == workbook_of(report)


def test_the_only_time_in_it_is_that_of_the_release(book: Workbook) -> None:
    assert f"{book.properties.created}" == f"{book.properties.modified}" == "2024-09-01 00:00:00"


def test_every_section_has_a_sheet_to_which_the_contents_lead(
    report: Report, book: Workbook
) -> None:
    numbers = [section.words.number for section in report.sections]
    assert set(numbers) <= set(book.sheetnames)
    links = {
        cell.value: cell.hyperlink.location
        for (cell,) in book["Contents"].iter_rows(max_col=1)
        if cell.hyperlink is not None
    }
    assert links == {number: f"'{number}'!A1" for number in numbers}


def test_no_cell_is_a_formula_and_a_text_that_looks_like_one_is_quoted(book: Workbook) -> None:
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells if cell.value is not None} == {"n", "s"}
    begins = [cell for cell in cells if str(cell.value or "").startswith(("=", "+", "-", "@"))]
    texts = [cell for cell in begins if cell.data_type == "s"]
    assert "=1+1" in {cell.value for cell in texts}
    assert all(cell.quotePrefix for cell in texts)


def test_data_have_no_merged_cells_and_their_headings_are_frozen(
    report: Report, book: Workbook
) -> None:
    for section in report.sections:
        sheet = book[section.words.number]
        assert not sheet.merged_cells.ranges
        if not section.is_empty:
            assert sheet.freeze_panes is not None
            assert sheet.freeze_panes.endswith(str(HEADS + 1))
            assert all(heads_of(sheet))


def test_a_number_is_that_of_the_data_files_and_shown_as_in_the_report(
    compiled: CompiledEdition, book: Workbook
) -> None:
    mean = compiled.tables["table-1"].row(0, named=True)
    assert (mean["year"], mean["direction"]) == (2019, "in")
    cell = row_of(book["Table 1"], 2019)["IN, Mean"]
    assert cell.value == mean["mean_mb"]
    assert cell.number_format == "#,##0"


def test_an_error_stands_beside_its_figure(compiled: CompiledEdition, book: Workbook) -> None:
    sheet = book["Table 3"]
    row = row_of(sheet, "TCP")
    found = compiled.tables["errors"].row(
        by_predicate=(pl.col("table_id") == "table-3")
        & (pl.col("year") == 2024)
        & (pl.col("level") == "protocol")
        & (pl.col("protocol") == "TCP"),
        named=True,
    )
    heads = heads_of(sheet)
    assert heads[heads.index("2024") + 1] == "± 2024"
    width = max(found["value"] - found["low"], found["high"] - found["value"])
    assert row["± 2024"].value == pytest.approx(width)


def test_every_plotted_value_of_a_figure_is_there(
    compiled: CompiledEdition, book: Workbook
) -> None:
    sheet = book["Figure 11"]
    values = [row[heads_of(sheet).index("Value")] for row in sheet.iter_rows(min_row=HEADS + 1)]
    drawn = compiled.tables["figure-11"].height
    assert sum(isinstance(cell.value, int | float) for cell in values) == drawn


def test_every_figure_has_its_picture_with_words_for_it(report: Report) -> None:
    drawn = [section.body for section in report.sections if isinstance(section.body, FigureBody)]
    with zipfile.ZipFile(io.BytesIO(workbook_of(report))) as package:
        pictures = [package.read(name) for name in package.namelist() if "media/" in name]
        around = [package.read(name) for name in package.namelist() if "drawings/drawing" in name]
    assert {body.drawing.png for body in drawn} == {*pictures}
    for body in drawn:
        assert any(escape(body.alternative, {'"': "&quot;"}).encode() in xml for xml in around)


def test_a_withheld_value_is_a_word(memory_archive: tuple[Settings, MemoryArchive]) -> None:
    settings, archive = memory_archive
    edition = compile_edition(with_minimum(settings, 20), 2024, archive)
    report = compose(edition, MANIFEST, draw_edition(edition, ()))
    sheet = openpyxl.load_workbook(io.BytesIO(workbook_of(report)))["Table 1"]
    assert row_of(sheet, 2019)["IN, Mean"].value == "withheld: too few subscribers"


@pytest.mark.parametrize(("text", "signs"), [("IN", 2), ("平均値", 6), ("IN平均", 6), ("", 0)])
def test_japanese_signs_take_the_room_of_two(text: str, signs: int) -> None:
    assert breadth(text) == signs


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        (["Table 1", "table 1", "Table 1"], ("Table 1", "table 1 2", "Table 1 3")),
        (["a/b:c[d]*?\\"], ("a-b-c-d----",)),
        (["'quoted'", ""], ("quoted", "-")),
        (["x" * 40, "x" * 40], ("x" * 31, "x" * 29 + " 2")),
    ],
)
def test_names_of_sheets_are_allowed_and_unique(wanted: list[str], names: tuple[str, ...]) -> None:
    assert sheet_names(wanted) == names
