"""Errors of an edition's distributions, as a table for the query of `errors`."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass

import duckdb

from longflow.contract.creating import create_table
from longflow.edition.distributions import distributions, seed_of
from longflow.edition.statistics import bootstrap, sampling
from longflow.edition.statistics.fine_bins import FineBins
from longflow.edition.statistics.mode import MODE_BIAS_DECADES
from longflow.edition.statistics.places import (
    PlaceError,
    quantile,
    quantile_error,
    share_above,
    share_error,
)

_LN10 = math.log(10)

# If sampling again would lose a larger share of the subscribers, many were lost before, and their
# use is unknown: median and mode have no bar (docs/benchmarks/sampling_floor.md).
MOST_UNSEEN = 0.05

# From this many subscribers on, shares are rounded to 1 %, below to 5 %.
_SUBSCRIBERS_OF_PERCENTS = 2000

# With fewer subscribers a bar would contain the true value less often than it claims: chosen by
# evidence, docs/benchmarks/errors.md.
MINIMUM_SUBSCRIBERS = {"mean": 1000, "median": 300, "mode": 300, "top_10": 3000, "top_1": 10_000}


# A percentile or a share has an interval if at least so many subscribers are on either side of it:
# docs/benchmarks/places.md.
LEAST_BESIDE = 20


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
    for year, service, direction, volumes, few_packets in distributions(connection):
        # With fewer, no bar is published, whatever is drawn.
        has_bar = volumes.total >= min(MINIMUM_SUBSCRIBERS.values())
        found += volume_intervals(
            year,
            service,
            direction,
            volumes,
            few_packets=few_packets,
            draws=bootstrap.REPLICATES if has_bar else bootstrap.AT_ONCE,
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
    seed = seed_of(year, service, direction)
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
        few = _few_percent(volumes, few_packets, reason)
        found.append(
            VolumeInterval(
                year, service, direction, statistic, by_sampling[statistic], error.standard,
                down, up, shift_log, few, reason,
            )
        )  # fmt: skip
    return found


@dataclass(frozen=True)
class PlaceInterval:
    """Error of a percentile, or of a share above a volume; both of the natural logarithm.

    Attributes are those of `VolumeInterval`. `measure` and `place` say which of the places of the
    table `volume_place` it is.
    """

    year: int
    service: str
    direction: str
    measure: str
    place: float
    sampling_log: float
    standard_log: float
    down_log: float
    up_log: float
    shift_log: float | None
    few_packets_percent: float | None
    reason: str | None


def find_place_intervals(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the temporary table `place_error` from `volume_bin`, one row per place asked for."""
    asked = connection.execute("FROM volume_place ORDER BY measure, place").fetchall()
    found = (
        interval
        for year, service, direction, volumes, few_packets in distributions(connection)
        for interval in place_intervals(year, service, direction, volumes, asked, few_packets)
    )
    create_table(connection, "edition", "place_error", map(astuple, found))


def place_intervals(
    year: int,
    service: str,
    direction: str,
    volumes: FineBins,
    asked: Sequence[tuple[str, float]],
    few_packets: int | None = None,
) -> Iterator[PlaceInterval]:
    """Errors of percentiles, and of shares above a volume, of one distribution.

    Args:
        year: identifies the distribution, with service and direction.
        service: broadband or mobile.
        direction: in or out.
        volumes: the distribution.
        asked: measure and place: `percentile` with its percent, `share_above` with GB a day.
        few_packets: number of subscribers with fewer than 30 sampled packets.
    """
    again, unseen = sampling.drawn_again(volumes, seed_of(year, service, direction))
    for measure, place in asked:
        if measure == "percentile":
            part = place / 100
            error: PlaceError | None = quantile_error(volumes, part)
            now, then = (_log_quantile(of, part) for of in (volumes, again))
            beside = min(part, 1 - part) * volumes.total
        else:
            day_bytes = 1e9 * place
            error = share_error(volumes, day_bytes)
            now, then = (_log_share(of, day_bytes) for of in (volumes, again))
            share = share_above(volumes, day_bytes)
            beside = min(share, 1 - share) * volumes.total
        shift = 0.0 if now is None or then is None else then - now
        reason = None
        if error is None or beside < LEAST_BESIDE:
            reason = "few_subscribers"
        elif unseen > MOST_UNSEEN:
            reason = "few_packets"
        error = error or PlaceError(0.0, 0.0, 0.0, 0.0)
        yield PlaceInterval(
            year, service, direction, measure, place, error.sampling, error.standard,
            math.hypot(error.down, bootstrap.NORMAL_95 * shift),
            math.hypot(error.up, bootstrap.NORMAL_95 * shift),
            shift, _few_percent(volumes, few_packets, reason), reason,
        )  # fmt: skip


def _log_quantile(volumes: FineBins | None, part: float) -> float | None:
    return None if volumes is None else math.log(quantile(volumes, part))


def _log_share(volumes: FineBins | None, day_bytes: float) -> float | None:
    share = 0.0 if volumes is None else share_above(volumes, day_bytes)
    return math.log(share) if share else None


def _few_percent(volumes: FineBins, few_packets: int | None, reason: str | None) -> float | None:
    """Share of the subscribers with few packets, so rounded that it describes no small number."""
    if few_packets is None or reason == "few_subscribers":
        return None
    step = 1 if volumes.total >= _SUBSCRIBERS_OF_PERCENTS else 5
    return float(step * round(100 * few_packets / volumes.total / step))
