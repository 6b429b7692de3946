"""Errors of the distributions of an edition, as a table for the query of its table `errors`."""

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

# Where sampling again would lose more of the subscribers, many were lost before, and nobody knows
# what they use: median and mode have no bar (docs/benchmarks/sampling_floor.md).
MOST_UNSEEN = 0.05

# Of so many subscribers shares are told in percents, of fewer in five percents.
_SUBSCRIBERS_OF_PERCENTS = 2000

# Of fewer subscribers a bar would hold the true value less often than it says: chosen by evidence,
# docs/benchmarks/errors.md.
MINIMUM_SUBSCRIBERS = {"mean": 1000, "median": 300, "mode": 300, "top_10": 3000, "top_1": 10_000}


@dataclass(frozen=True)
class VolumeInterval:
    """Error of one statistic of a distribution, of its natural logarithm.

    Attributes:
        year: of the analysis week.
        service: broadband or mobile.
        direction: in or out.
        statistic: mean, median, mode, top_1 or top_10.
        sampling_log: standard error by sampling, of the subscribers that there are.
        standard_log: standard error were other subscribers counted, that by sampling within it.
        down_log: how far the 95 % interval reaches below: what is not by chance, the shift by
            sampling and the bias of the mode's estimate, is in it as one more standard error.
        up_log: how far it reaches above.
        shift_log: of median and mode, how far sampling once more would move them.
        few_packets_percent: of the subscribers those of whom fewer than 30 packets were sampled, so
            rounded that it tells nothing of less than fifteen; None where nothing was sampled.
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
    shift_log: float | None
    few_packets_percent: float | None
    reason: str | None


def find_intervals(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the temporary table `volume_error` from `volume_bin`, a row a statistic."""
    found: list[VolumeInterval] = []
    bins = connection.execute("FROM volume_bin ORDER BY year, service, direction, bin").pl()
    for key, rows in bins.group_by("year", "service", "direction", maintain_order=True):
        year, service, direction = key
        few = rows["few_packets"].drop_nulls()
        volumes = _fine_bins(rows)
        # Of fewer no bar is published, whatever is drawn.
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
    """Errors of the statistics of one distribution; by its name alone the same draws each time.

    Args:
        year: names the distribution, with service and direction.
        service: broadband or mobile.
        direction: in or out.
        volumes: the distribution.
        few_packets: number of subscribers of whom fewer than 30 packets were sampled.
        draws: how often the bootstrap draws.
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
