"""Errors of an edition's distributions, as a table for the query of `errors`."""

from __future__ import annotations

import math
from dataclasses import astuple, dataclass

import duckdb
import numpy as np
import polars as pl

from longflow.contract.creating import create_table
from longflow.edition.statistics import bootstrap, sampling
from longflow.edition.statistics.fine_bins import FineBins
from longflow.edition.statistics.mode import MODE_BIAS_DECADES

_LN10 = math.log(10)

# If sampling again would lose a larger share of the subscribers, many were lost before, and their
# use is unknown: median and mode have no bar (docs/benchmarks/sampling_floor.md).
MOST_UNSEEN = 0.05

# From this many subscribers on, shares are rounded to 1 %, below to 5 %.
_SUBSCRIBERS_OF_PERCENTS = 2000

# With fewer subscribers a bar would contain the true value less often than it claims: chosen by
# evidence, docs/benchmarks/errors.md.
MINIMUM_SUBSCRIBERS = {"mean": 1000, "median": 300, "mode": 300, "top_10": 3000, "top_1": 10_000}


@dataclass(frozen=True)
class VolumeInterval:
    """Error of one statistic of a distribution, of its natural logarithm.

    Attributes:
        year: of the analysis week.
        service: broadband or mobile.
        direction: in or out.
        statistic: mean, median, mode, top_1 or top_10.
        sampling_log: standard error by packet sampling, for the same subscribers.
        standard_log: standard error if other subscribers were counted, including that by sampling.
        down_log: how far the 95 % interval reaches below. It includes the systematic errors (the
            shift by sampling and the bias of the mode's estimate) as one more standard error each.
        up_log: how far it reaches above.
        shift_log: how far sampling once more would move a median or mode.
        few_packets_percent: percentage of subscribers with fewer than 30 sampled packets, rounded
            so that it describes no fewer than fifteen; None if nothing was sampled.
        reason: why no error is published; None if errors are.
    """

    year: int
    service: str
    direction: str
    statistic: str
    sampling_log: float
    standard_log: float
    down_log: float
    up_log: float
    shift_log: float | None
    few_packets_percent: float | None
    reason: str | None


def find_intervals(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the temporary table `volume_error` from `volume_bin`, one row per statistic."""
    found: list[VolumeInterval] = []
    bins = connection.execute("FROM volume_bin ORDER BY year, service, direction, bin").pl()
    for key, rows in bins.group_by("year", "service", "direction", maintain_order=True):
        year, service, direction = key
        few = rows["few_packets"].drop_nulls()
        volumes = _fine_bins(rows)
        # With fewer, no bar is published, whatever is drawn.
        is_told = volumes.total >= min(MINIMUM_SUBSCRIBERS.values())
        found += volume_intervals(
            int(year),
            str(service),
            str(direction),
            volumes,
            few_packets=int(few.sum()) if len(few) else None,
            draws=bootstrap.REPLICATES if is_told else bootstrap.AT_ONCE,
        )
    create_table(connection, "edition", "volume_error", map(astuple, found))


def volume_intervals(
    year: int,
    service: str,
    direction: str,
    volumes: FineBins,
    *,
    few_packets: int | None = None,
    draws: int = bootstrap.REPLICATES,
) -> list[VolumeInterval]:
    """Errors of the statistics of one distribution; its name determines the random draws.

    Args:
        year: identifies the distribution, with service and direction.
        service: broadband or mobile.
        direction: in or out.
        volumes: the distribution.
        few_packets: number of subscribers with fewer than 30 sampled packets.
        draws: number of bootstrap draws.
    """
    seed = [year, *f"{service} {direction}".encode()]
    by_sampling = sampling.log_errors(volumes)
    shift = sampling.shift(volumes, seed)
    found = []
    for statistic, error in bootstrap.log_errors(volumes, seed, number=draws).items():
        shift_log = {"median": shift.median, "mode": shift.mode}.get(statistic)
        down, up = error.down, error.up
        if shift_log is not None:
            bias = _LN10 * MODE_BIAS_DECADES if statistic == "mode" else 0.0
            down = up = bootstrap.NORMAL_95 * math.hypot(error.standard, shift_log, bias)
        reason = None
        if volumes.total < MINIMUM_SUBSCRIBERS[statistic]:
            reason = "few_subscribers"
        elif shift_log is not None and shift.unseen > MOST_UNSEEN:
            reason = "few_packets"
        few = None
        if few_packets is not None and reason != "few_subscribers":
            step = 1 if volumes.total >= _SUBSCRIBERS_OF_PERCENTS else 5
            few = float(step * round(100 * few_packets / volumes.total / step))
        found.append(
            VolumeInterval(
                year, service, direction, statistic, by_sampling[statistic], error.standard,
                down, up, shift_log, few, reason,
            )
        )  # fmt: skip
    return found


def _fine_bins(rows: pl.DataFrame) -> FineBins:
    return FineBins(
        bins=rows["bin"].to_numpy().astype(np.int64),
        subscribers=rows["subscribers"].to_numpy(),
        week_bytes=rows["week_bytes"].to_numpy(),
        variance_bytes2=rows["variance_bytes2"].to_numpy(),
    )
