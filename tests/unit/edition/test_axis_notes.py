"""Footnotes on consumers outside of the axis of densities."""

from __future__ import annotations

import polars as pl
from longflow.edition.footnotes import axis_notes


def test_largest_share_of_any_curve_is_named_for_either_end() -> None:
    rows = [(4.0, 0.26), (7.5, None), (11.0, 0.0), (4.0, 1.0), (7.5, None), (11.0, 0.1)]
    frame = pl.DataFrame(rows, ["log10_bytes", "beyond_percent"], orient="row")
    [note] = axis_notes({"table-1": pl.DataFrame({"mode_mb": [1.0]}), "figure-3": frame})
    assert (note.tables, note.key) == (("figure-3",), "beyond_the_axis")
    assert note.values == {"below_percent": 1.0, "above_percent": 0.1}


def test_withheld_curves_have_no_footnote() -> None:
    empty = {"log10_bytes": [4.0, 11.0], "beyond_percent": [None, None]}
    frame = pl.DataFrame(empty, {"log10_bytes": pl.Float64, "beyond_percent": pl.Float64})
    assert axis_notes({"figure-3": frame}) == []
