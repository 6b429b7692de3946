"""The layout `growth`: a group a measure, a row a period, columns by service and direction."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from longflow.edition.compile import MOST_YEARS, span_word
from longflow.edition.scope import is_month_between
from longflow.release.bars import Bars
from longflow.release.report.cells import Cell, PeriodRow, Way, decimals_of, ways_of
from longflow.settings import Edition

# Measures of the whole look back have its length in their names: `five_year_ratio`.
_OVER_YEARS = {"_year_ratio": "ratio_over_years", "_year_mode_ratio": "mode_ratio_over_years"}
_YEARS = {span_word(years): years for years in range(MOST_YEARS + 1)}


@dataclass(frozen=True)
class Measure:
    """A measure and its periods.

    Attributes:
        measure: its name in the data files.
        key: of its title.
        years: the length of the look back; None where the measure is not of all of it.
        places: decimals of its values.
        rows: its periods; their cells are by service and direction.
    """

    measure: str
    key: str
    years: int | None
    places: int
    rows: tuple[PeriodRow, ...]


@dataclass(frozen=True)
class Growth:
    """All measures; `base_month` is the one that ratios to the base divide by."""

    base_month: str
    columns: tuple[Way, ...]
    groups: tuple[Measure, ...]


def growth(table: str, frame: pl.DataFrame, bars: Bars, edition: Edition) -> Growth:
    """The body of the table of growth."""
    # Of the monthly series the month of growth stands for its year.
    shown = frame.filter(~is_month_between(edition))
    groups = tuple(
        _measure(table, str(measure), cells, bars)
        for (measure,), cells in shown.group_by("measure", maintain_order=True)
    )
    return Growth(edition.base_month, ways_of(frame), groups)


def _measure(table: str, measure: str, frame: pl.DataFrame, bars: Bars) -> Measure:
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
    return Measure(measure, *title_of(measure), places, rows)


def _period(measure: str, first: str, last: str) -> str:
    if measure == "ratio_to_base" or first == last:
        return last
    return f"{first} → {last}"


def title_of(measure: str) -> tuple[str, int | None]:
    """The key of a measure's title, and over how many years it is where its name says so."""
    for ending, key in _OVER_YEARS.items():
        years = _YEARS.get(measure.removesuffix(ending))
        if measure.endswith(ending) and years is not None:
            return key, years
    return measure, None
