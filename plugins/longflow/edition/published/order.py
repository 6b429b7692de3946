"""The order of a table's rows after published ones were added to computed ones."""

from __future__ import annotations

from typing import Any

import polars as pl

from longflow.contract import Contract


def in_order(promise: Contract, frame: pl.DataFrame) -> pl.DataFrame:
    """Rows by year and, within a year, as in the last year; comparisons by measure and period."""
    if "year" not in promise.key:
        lines = [name for name in promise.key if name not in {"from", "to"}]
        order = merged_order([frame.select(lines[0]).unique(maintain_order=True).rows()])
        return _sorted(frame, lines[:1], order, [*lines[1:2], "from", "to", *lines[2:]])
    lines = [name for name in promise.key if name != "year"]
    by_year = frame.partition_by("year", as_dict=True)
    order = merged_order([by_year[year].select(lines).rows() for year in sorted(by_year)[::-1]])
    return _sorted(frame, lines, order, [], first=["year"])


def merged_order(sequences: list[list[Any]]) -> list[Any]:
    """One order of all items that respects the earlier sequences first.

    A new item comes after the one that it follows in its own sequence.
    """
    order: list[Any] = []
    for sequence in sequences:
        place = 0
        for item in sequence:
            if item in order:
                place = order.index(item) + 1
            else:
                order.insert(place, item)
                place += 1
    return order


def _sorted(
    frame: pl.DataFrame,
    columns: list[str],
    order: list[Any],
    then: list[str],
    first: list[str] | None = None,
) -> pl.DataFrame:
    places = {item: place for place, item in enumerate(order)}
    place = pl.Series("_place", [places[row] for row in frame.select(columns).iter_rows()])
    return (
        frame.with_columns(place)
        .sort([*(first or []), "_place", *then], maintain_order=True)
        .drop("_place")
    )
