"""Footnotes on neighbouring weeks that the archive does not hold."""

from __future__ import annotations

import polars as pl

from longflow.edition.footnotes.note import Note, Record, finding
from longflow.edition.tables import SENSITIVITY
from longflow.settings import Edition


def neighbour_notes(edition: Edition, sensitivity: pl.DataFrame) -> list[Note]:
    """Which neighbouring weeks are not there."""
    tables = (SENSITIVITY,)
    if not edition.neighbour_weeks:
        return [finding(tables, "neighbours_not_requested")]
    present = set(sensitivity.select("year", "offset_weeks").iter_rows())
    if not present:
        return [finding(tables, "neighbours_missing")]
    absent: list[Record] = [
        {"year": year, "offsets_weeks": offsets}
        for year in edition.years
        if (offsets := [o for o in edition.neighbour_offsets if (year, o) not in present])
    ]
    return [finding(tables, "some_neighbours_missing", years=absent)] if absent else []
