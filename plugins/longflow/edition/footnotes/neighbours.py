"""Footnotes on neighbouring weeks that the archive does not hold."""

from __future__ import annotations

import polars as pl

from longflow.edition.footnotes.note import Note
from longflow.edition.tables import SENSITIVITY
from longflow.settings import Edition


def neighbour_notes(edition: Edition, sensitivity: pl.DataFrame) -> list[Note]:
    """Which neighbouring weeks are not there."""
    tables = (SENSITIVITY,)
    if not edition.neighbour_weeks:
        text = "The settings ask for no neighbouring weeks (neighbour_weeks = 0)."
        return [Note(tables, "finding", text)]
    present = set(sensitivity.select("year", "offset_weeks").iter_rows())
    absent = [
        f"{year} ({', '.join(f'{offset:+d}' for offset in offsets)})"
        for year in edition.years
        if (offsets := [o for o in edition.neighbour_offsets if (year, o) not in present])
    ]
    if not present:
        text = "The archive holds no weeks around the analysis weeks."
        return [Note(tables, "finding", text)]
    if not absent:
        return []
    text = (
        "Neighbouring weeks that the archive does not hold, by weeks after the analysis week:"
        f" {', '.join(absent)}."
    )
    return [Note(tables, "finding", text)]
