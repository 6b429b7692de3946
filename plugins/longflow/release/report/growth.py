"""The layout `growth`: a group a measure, a row a period, columns by service and direction."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from longflow.edition.scope import is_month_between
from longflow.release.bars import Bars
from longflow.release.report.cells import Cell, PeriodRow, Way, decimals_of, ways_of
from longflow.settings import Edition

_MEASURES = {
    "yearly_growth_percent": "Yearly growth, %",
    "ratio_to_base": "Ratio to the OUT rate of {base_month}",
    "annualised_ratio": "The same ratio per year",
    "yearly_mode_ratio": "Ratio of modes, year to year",
    "ipoe_share_percent": "Share of IPoE in broadband, %",
}


@dataclass(frozen=True)
class Measure:
    """A measure: name in the data files, title, decimals of its values, and its periods.

    Cells of a period are by service and direction.
    """

    measure: str
    title: str
    places: int
    rows: tuple[PeriodRow, ...]


@dataclass(frozen=True)
class Growth:
    """All measures."""

    columns: tuple[Way, ...]
    groups: tuple[Measure, ...]


def growth(table: str, frame: pl.DataFrame, bars: Bars, edition: Edition) -> Growth:
    """The body of the table of growth."""
    # Of the monthly series the month of growth stands for its year.
    shown = frame.filter(~is_month_between(edition))
    groups = tuple(
        _measure(table, str(measure), cells, bars, edition)
        for (measure,), cells in shown.group_by("measure", maintain_order=True)
    )
    return Growth(ways_of(frame), groups)


def _measure(
    table: str, measure: str, frame: pl.DataFrame, bars: Bars, edition: Edition
) -> Measure:
    # A percent is the hundredth of a ratio, and has a decimal less.
    places = decimals_of(table)["value"] - measure.endswith("percent")
    spans: dict[tuple[str, str], dict[tuple[str, str], Cell]] = {}
    for row in frame.iter_rows(named=True):
        cell = Cell(
            row["value"], bars.of(table, "value", row, places), row["status"] == "published"
        )
        of_span = spans.setdefault((row["from"], row["to"]), {})
        of_span[row["service"], row["direction"]] = cell
    rows = tuple(PeriodRow(_period(measure, *span), of) for span, of in sorted(spans.items()))
    return Measure(measure, measure_title(measure, edition.base_month), places, rows)


def _period(measure: str, first: str, last: str) -> str:
    if measure == "ratio_to_base" or first == last:
        return last
    return f"{first} → {last}"


def measure_title(measure: str, base_month: str) -> str:
    """What a measure is called in the report."""
    if measure in _MEASURES:
        return _MEASURES[measure].format(base_month=base_month)
    span = measure.removesuffix("_ratio").removesuffix("_mode").removesuffix("_year")
    what = "Ratio of modes" if measure.endswith("_mode_ratio") else "Ratio of traffic"
    return f"{what} over {span} year{'' if span == 'one' else 's'}"
