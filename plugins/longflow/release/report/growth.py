"""The layout `growth`: a group a measure, a row a period, columns by service and direction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from longflow.edition.compile import MOST_YEARS, span_word
from longflow.edition.scope import is_month_between
from longflow.release.report.printing import Printing, Way, decimals_of, ways_of
from longflow.release.report.table import Column, Group, Row, Table, Title

# Measures of the whole look back have its length in their names: `five_year_ratio`.
_OVER_YEARS = {"_year_ratio": "ratio_over_years", "_year_mode_ratio": "mode_ratio_over_years"}
_YEARS = {span_word(years): years for years in range(MOST_YEARS + 1)}


def growth(table: str, frame: pl.DataFrame, printing: Printing) -> Table:
    """The body of the table of growth."""
    # Of the monthly series the month of growth stands for its year.
    shown = frame.filter(~is_month_between(printing.edition))
    ways = ways_of(frame)
    groups = tuple(
        Group(_title(str(measure), printing), _rows(table, str(measure), cells, ways, printing))
        for (measure,), cells in shown.group_by("measure", maintain_order=True)
    )
    columns = tuple(
        Column((printing.heading(service), printing.words.name(direction)))
        for service, direction in ways
    )
    return Table(printing.say("heads.period"), columns, groups)


def _rows(
    table: str, measure: str, frame: pl.DataFrame, ways: tuple[Way, ...], printing: Printing
) -> tuple[Row, ...]:
    # A percent is the hundredth of a ratio, and has a decimal less.
    places = decimals_of(table)["value"] - measure.endswith("percent")
    spans: dict[tuple[str, str], dict[Way, Mapping[str, Any]]] = {}
    for row in frame.iter_rows(named=True):
        of_span = spans.setdefault((row["from"], row["to"]), {})
        of_span[Way(row["service"], row["direction"])] = row
    return tuple(
        Row(
            Title(_period(measure, *span, printing)),
            tuple(printing.figure_or_mark(table, cells.get(way), "value", places) for way in ways),
        )
        for span, cells in sorted(spans.items())
    )


def _period(measure: str, first: str, last: str, printing: Printing) -> str:
    named = [
        printing.words.month(period) if len(period) > 4 else period for period in (first, last)
    ]
    return named[1] if measure == "ratio_to_base" or first == last else " → ".join(named)


def _title(measure: str, printing: Printing) -> str:
    key, years = title_of(measure)
    return printing.say(f"measures.{key}", years=years, base_month=printing.edition.base_month)


def title_of(measure: str) -> tuple[str, int | None]:
    """The key of a measure's title, and over how many years it is where its name says so."""
    for ending, key in _OVER_YEARS.items():
        years = _YEARS.get(measure.removesuffix(ending))
        if measure.endswith(ending) and years is not None:
            return key, years
    return measure, None
