"""Errors of the distributions of an edition, as a table for the query of its table `errors`."""

from __future__ import annotations

from dataclasses import astuple, dataclass

import duckdb
import numpy as np
import polars as pl

from longflow.database import create_from
from longflow.edition.statistics import bootstrap, sampling
from longflow.edition.statistics.fine_bins import FineBins

# Of fewer subscribers a bar would hold the true value less often than it says: chosen by evidence,
# docs/benchmarks/errors.md.
MINIMUM_SUBSCRIBERS = {"mean": 1000, "median": 300, "mode": 300, "top_10": 3000, "top_1": 10_000}


@dataclass(frozen=True)
class VolumeError:
    """Error of one statistic of a distribution, of its natural logarithm.

    Attributes:
        year: of the analysis week.
        service: broadband or mobile.
        direction: in or out.
        statistic: mean, median, mode, top_1 or top_10.
        sampling_log: standard error by sampling, of the subscribers that there are.
        standard_log: standard error were other subscribers counted, that by sampling within it.
        down_log: how far the 95 % interval reaches below.
        up_log: how far it reaches above.
        reason: why none of them is to be published; None where there is no reason.
    """

    year: int
    service: str
    direction: str
    statistic: str
    sampling_log: float
    standard_log: float
    down_log: float
    up_log: float
    reason: str | None


def find_errors(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the temporary table `volume_error` from `volume_bin`, a row a statistic."""
    found: list[VolumeError] = []
    bins = connection.execute("FROM volume_bin ORDER BY year, service, direction, bin").pl()
    for key, rows in bins.group_by("year", "service", "direction", maintain_order=True):
        year, service, direction = key
        found += errors_of(int(year), str(service), str(direction), _fine_bins(rows))
    create_from(
        connection, "volume_error", pl.DataFrame(map(astuple, found), schema=_SCHEMA, orient="row")
    )


def errors_of(year: int, service: str, direction: str, volumes: FineBins) -> list[VolumeError]:
    """Errors of the statistics of one distribution; by its name alone the same draws each time."""
    seed = [year, *f"{service} {direction}".encode()]
    by_sampling = sampling.log_errors(volumes)
    return [
        VolumeError(
            year, service, direction, statistic, by_sampling[statistic], *error,
            reason="few_subscribers" if volumes.total < MINIMUM_SUBSCRIBERS[statistic] else None,
        )
        for statistic, error in bootstrap.log_errors(volumes, seed).items()
    ]  # fmt: skip


def _fine_bins(rows: pl.DataFrame) -> FineBins:
    return FineBins(
        bins=rows["bin"].to_numpy().astype(np.int64),
        subscribers=rows["subscribers"].to_numpy(),
        week_bytes=rows["week_bytes"].to_numpy(),
        variance_bytes2=rows["variance_bytes2"].to_numpy(),
    )


_SCHEMA = {
    "year": pl.Int32,
    "service": pl.String,
    "direction": pl.String,
    "statistic": pl.String,
    "sampling_log": pl.Float64,
    "standard_log": pl.Float64,
    "down_log": pl.Float64,
    "up_log": pl.Float64,
    "reason": pl.String,
}
