"""Tables of the report: headings over columns, decimals that rounding left, ids, sources."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest
from longflow.edition import CompiledEdition
from longflow.release.figures import Drawing
from longflow.release.report import compose, page_of
from longflow.release.report.naming import Place, cell_id
from longflow.release.report.printing import Printing
from longflow.release.report.sections import definitions_of, in_order, sections_of
from longflow.release.report.sentences import Quoted, Sentence
from longflow.release.report.table import Cell, Column, Group, Head, Row, Table, Title
from longflow.texts import wording

from tests.unit.release.test_report import MANIFEST

SENTENCES = "longflow.release.report.report.sentences_of"


def test_equal_headings_side_by_side_are_one_over_their_columns() -> None:
    columns = (
        Column(("IN", "Mean")),
        Column(("IN", "Median")),
        Column(("OUT", "Mean")),
        Column(("Coverage",)),
    )
    table = Table("Year", columns, ())
    assert table.head_rows == (
        (Head("IN", 0, 2, 1), Head("OUT", 2, 1, 1), Head("Coverage", 3, 1, 2)),
        (Head("Mean", 0, 1, 1), Head("Median", 1, 1, 1), Head("Mean", 2, 1, 1)),
    )


def test_a_column_is_as_wide_as_its_longest_error_and_has_the_most_decimals() -> None:
    rows = (
        Row(Title("2023"), (Cell("a", "45", 0, "±3"), "PPPoE")),
        Row(Title("2024"), (Cell("b", "12.5", 1, "±<0.1"), "PPPoE")),
    )
    table = Table("Year", (Column(("Share",)), Column(("Kind",))), (Group(None, rows),))
    assert table.places == (1, 0)
    assert table.error_widths == (5, 0)
    assert [place for _, place in table.cells] == [("2023", "Share"), ("2024", "Share")]


@pytest.mark.parametrize(
    ("step", "text"),
    [(None, "45.0"), (0.5, "45.0"), (1.0, "45"), (5.0, "45"), (0.01, "45.0"), (10.0, "45")],
)
def test_a_figure_has_no_decimals_that_rounding_took(
    compiled: CompiledEdition, step: float | None, text: str
) -> None:
    frame = compiled.tables["concentration"]
    steps = frame.select("year", "service", "direction", "top_percent").with_columns(
        share_percent_step=pl.lit(step, pl.Float64)
    )
    printing = Printing(replace(compiled, steps={"concentration": steps}), wording())
    row = {**frame.row(0, named=True), "share_percent": 45.0, "status": "computed"}
    assert printing.figure("concentration", row, "share_percent", 1).text == text


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ((2024, "port", "TCP", "443"), "table-3.2024.port.tcp.443.share_percent"),
        ((2024, "class", "TCP", ">=1024"), "table-3.2024.class.tcp.ge1024.share_percent"),
        ((2024, "port", "TCP", "other <1024"), "table-3.2024.port.tcp.other-lt1024.share_percent"),
        ((2024, "protocol", "ESP", None), "table-3.2024.protocol.esp.-.share_percent"),
    ],
)
def test_id_of_a_number(key: tuple[object, ...], name: str) -> None:
    assert cell_id("table-3", key, "share_percent") == name


def test_a_place_has_the_id_of_its_cell_in_whatever_order_it_names_the_key() -> None:
    place = Place("table-1", {"direction": "in", "year": 2024}, "mean_mb")
    assert place.id == "table-1.2024.in.mean_mb"


def test_a_section_follows_the_table_beside_which_it_stands(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    beside = {"a": None, "b": None, "one": "a", "two": "a", "three": "gone"}
    monkeypatch.setattr(
        "longflow.release.report.sections.publication_of",
        lambda table: type("Publication", (), {"beside": beside[table]}),
    )
    assert [*in_order([*beside])] == ["a", "one", "two", "b", "three"]


def test_every_number_of_a_computed_row_says_how_and_of_when_it_is(
    compiled: CompiledEdition, drawings: dict[str, Drawing]
) -> None:
    printing = Printing(compiled, wording(), drawings)
    sections = sections_of(printing, definitions_of(printing))
    for section in sections:
        for cell, _ in section.body.cells:
            kinds = {line.kind for line in cell.source}
            assert {"status"} == kinds or {"formula"} < kinds, cell
            if "formula" in kinds:
                assert kinds & {"weeks", "months"}, cell


def test_numbers_of_sentences_link_to_their_cells_and_no_link_leads_nowhere(
    compiled: CompiledEdition, drawings: dict[str, Drawing], monkeypatch: pytest.MonkeyPatch
) -> None:
    key = {"year": 2024, "direction": "in"}
    printed = Quoted("30 MB", Place("table-2", key, "mean_mb"))
    unprinted = Quoted("31 MB", Place("table-2", key, "mode_estimate_mb"))
    errors = dict.fromkeys(compiled.tables["errors"].columns)
    elsewhere = Quoted("7 MB", Place("errors", errors, "error"))
    sentence = Sentence(("Mobile rose by ", printed, ", ", unprinted, " and ", elsewhere, "."))
    monkeypatch.setattr(SENTENCES, lambda _printing: (sentence,))
    html = page_of(compose(compiled, MANIFEST, drawings))
    assert (
        '<li>Mobile rose by <a class="quoted" href="#table-2.2024.in.mean_mb">30 MB</a>,'
        ' <a class="quoted" href="#table-2">31 MB</a> and 7 MB.</li>'
    ) in html
    assert html.index('id="findings"') < html.index('id="contents-title"')
    assert 'id="findings"' not in render_without(compiled, drawings, monkeypatch)


def render_without(
    compiled: CompiledEdition, drawings: dict[str, Drawing], monkeypatch: pytest.MonkeyPatch
) -> str:
    """The report of an edition of which nothing is said."""
    monkeypatch.setattr(SENTENCES, lambda _printing: ())
    return page_of(compose(compiled, MANIFEST, drawings))
