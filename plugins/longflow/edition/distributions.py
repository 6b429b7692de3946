"""The distributions of an edition, for the modules that compute statistics of them."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import numpy as np
import polars as pl

from longflow.edition.statistics.fine_bins import FineBins


def distributions(
    connection: duckdb.DuckDBPyConnection,
) -> Iterator[tuple[int, str, str, FineBins, int | None]]:
    """The distributions of `volume_bin`, in order: year, service, direction and volumes.

    Beside them, how many subscribers have fewer than 30 sampled packets; None where nothing was
    sampled.
    """
    bins = connection.execute("FROM volume_bin ORDER BY year, service, direction, bin").pl()
    for key, rows in bins.group_by("year", "service", "direction", maintain_order=True):
        year, service, direction = key
        few = rows["few_packets"].drop_nulls()
        few_packets = int(few.sum()) if len(few) else None
        yield int(year), str(service), str(direction), _fine_bins(rows), few_packets


def seed_of(year: int, service: str, direction: str) -> list[int]:
    """The name of a distribution as numbers: equal names give equal draws."""
    return [year, *f"{service} {direction}".encode()]


def _fine_bins(rows: pl.DataFrame) -> FineBins:
    return FineBins(
        bins=rows["bin"].to_numpy().astype(np.int64),
        subscribers=rows["subscribers"].to_numpy(),
        week_bytes=rows["week_bytes"].to_numpy(),
        variance_bytes2=rows["variance_bytes2"].to_numpy(),
    )
