"""Footnotes on densities: how many consumers lie outside of their axis."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from longflow.edition.footnotes.note import Note, finding
from longflow.edition.statistics.density import AXIS

_SHARE = "beyond_percent"


def axis_notes(tables: Mapping[str, pl.DataFrame]) -> list[Note]:
    """Footnotes on the largest shares of consumers outside of the axis, either side.

    Args:
        tables: by id, as they are published.
    """
    found = []
    for table, frame in tables.items():
        if _SHARE not in frame.columns:
            continue
        below, above = (
            None if largest is None else round(largest, 1)
            for end in AXIS
            for largest in frame.filter(log10_bytes=float(end)).select(pl.max(_SHARE)).row(0)
        )
        if below is not None and above is not None:
            found.append(
                finding((table,), "beyond_the_axis", below_percent=below, above_percent=above)
            )
    return found
