"""Errors of the median spread from day to day, as a table for the query of `errors`."""

from __future__ import annotations

import math
from dataclasses import astuple, dataclass

import duckdb
import numpy as np
import polars as pl

from longflow.contract.creating import create_table
from longflow.edition.statistics.bootstrap import NORMAL_95
from longflow.edition.statistics.fine_bins import DAYS, FINE_BINS_PER_DECADE, FineBins
from longflow.edition.statistics.places import quantile_error

# With fewer consumers measured there is no interval: docs/benchmarks/spread.md.
LEAST_MEASURED = 100

# Standard error of the logarithm by what remains of sampling in the spread of a sampled consumer:
# docs/benchmarks/spread.md.
SPREAD_BIAS = 0.01


@dataclass(frozen=True)
class SpreadError:
    """Error of a median spread, of its natural logarithm.

    Attributes:
        year: of the analysis week.
        service: broadband or mobile.
        direction: in or out.
        sampling_log: standard error by packet sampling, for the same subscribers.
        standard_log: standard error if other subscribers were counted, including that by sampling.
        down_log: how far the 95 % interval reaches below.
        up_log: how far it reaches above.
        reason: why no error is published; None if errors are.
    """

    year: int
    service: str
    direction: str
    sampling_log: float
    standard_log: float
    down_log: float
    up_log: float
    reason: str | None


def find_spread_errors(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the temporary table `spread_error` from `spread_bin`."""
    bins = connection.execute("FROM spread_bin ORDER BY year, service, direction, bin").pl()
    found = [
        spread_error(int(year), str(service), str(direction), rows)
        for (year, service, direction), rows in bins.group_by(
            "year", "service", "direction", maintain_order=True
        )
    ]
    create_table(connection, "edition", "spread_error", map(astuple, found))


def spread_error(year: int, service: str, direction: str, rows: pl.DataFrame) -> SpreadError:
    """Error of the median spread of a distribution.

    The interval is that of a median (Woodruff 1952); what sampling leaves in the spreads widens it.

    Args:
        year: identifies the distribution, with service and direction.
        service: broadband or mobile.
        direction: in or out.
        rows: its bins (`spread_bin`), ascending.
    """
    subscribers = rows["subscribers"].to_numpy()
    bins = rows["bin"].to_numpy().astype(np.int64)
    # Percent in the place of bytes a day: median and error are those of any positive amount.
    totals = DAYS * subscribers * 10 ** ((bins + 0.5) / FINE_BINS_PER_DECADE)
    squared_blur = rows["blur_millionths"].to_numpy() / 1e6 / subscribers
    spreads = FineBins(bins, subscribers, totals, np.expm1(squared_blur) * totals**2 / subscribers)
    error = quantile_error(spreads, 0.5)
    bias = NORMAL_95 * SPREAD_BIAS * float(rows["sampled"].sum()) / spreads.total
    return SpreadError(
        year,
        service,
        direction,
        error.sampling,
        error.standard,
        math.hypot(error.down, bias),
        math.hypot(error.up, bias),
        "few_subscribers" if spreads.total < LEAST_MEASURED else None,
    )
