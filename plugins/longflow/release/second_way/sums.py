"""Sums over columns of the archive."""

from __future__ import annotations

import polars as pl


def total(values: pl.Series) -> float:
    """Sum as a float, with 13 digits and without overflow."""
    return float(values.cast(pl.Float64).sum())


def exact_total(values: pl.Series) -> int:
    """Sum of whole numbers; missing ones count as 0."""
    return int(values.cast(pl.Int128).sum())
