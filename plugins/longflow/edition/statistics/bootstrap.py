"""Error of the statistics of a distribution if other subscribers of the same kind were counted.

This is a bootstrap over subscribers: the same number is drawn many times, with replacement, from
those that were seen, and the spread of a statistic over these draws estimates its error. Drawing
subscribers is drawing the numbers in bins, a multinomial (Efron & Tibshirani 1993, chapters 6
and 12).
Source: docs/method.md, rule 18.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from longflow.edition.statistics.fine_bins import (
    TOP_PERCENTS,
    Estimates,
    FineBins,
    means,
    medians,
    modes,
    top_shares,
)

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

REPLICATES = 1000

# Draws per array operation: enough to be fast, few enough to limit memory.
AT_ONCE = 100

# Half width of the 95 % interval of a normal variable, in standard deviations.
NORMAL_95 = 1.96


class LogError(NamedTuple):
    """Error of a statistic, of its natural logarithm.

    Attributes:
        standard: standard error.
        down: how far the 95 % interval reaches below.
        up: how far it reaches above.
    """

    standard: float
    down: float
    up: float


def log_errors(
    volumes: FineBins, seed: Sequence[int], *, number: int = REPLICATES
) -> dict[str, LogError]:
    """Errors of the natural logarithm of each statistic, and its 95 % interval.

    Median and mode have a normal interval from the spread of the draws. Mean and shares of the
    heaviest depend on a few subscribers. Their interval comes from the draws of the error in units
    of its own standard error (bootstrap-t), which allows for draws without these few. Volumes are
    estimates: where packets were sampled, the errors include the sampling error.

    Args:
        volumes: the distribution.
        seed: whole numbers that identify it: equal input gives equal errors, to the last bit.
        number: number of draws; a multiple of 100.

    Returns:
        By name: `mean`, `median`, `mode`, `top_1`, `top_10`.
    """
    logarithms: dict[str, list[Floats]] = {}
    distances: dict[str, list[Floats]] = {}
    seen = _with_errors(volumes, volumes.subscribers[None, :])
    for counts in _draws(volumes, seed, number):
        logarithms.setdefault("median", []).append(np.log(medians(volumes, counts)))
        logarithms.setdefault("mode", []).append(np.log(modes(volumes, counts)))
        for name, drawn in _with_errors(volumes, counts).items():
            # A draw in which all subscribers are alike has no error and does not count.
            is_apart = drawn.errors > 0
            apart = np.log(drawn.values[is_apart] / seen[name].values[0]) / drawn.errors[is_apart]
            distances.setdefault(name, []).append(apart)
    return {
        **{
            name: _student_interval(float(seen[name].errors[0]), np.concatenate(parts))
            for name, parts in distances.items()
        },
        **{name: _normal_interval(np.concatenate(parts)) for name, parts in logarithms.items()},
    }


def _draws(volumes: FineBins, seed: Sequence[int], number: int) -> Iterator[Integers]:
    """Numbers of drawn subscribers by bin, in arrays of shape (100, n)."""
    random = np.random.Generator(np.random.PCG64(np.random.SeedSequence(list(seed))))
    chances = volumes.subscribers / volumes.total
    for _ in range(number // AT_ONCE):
        yield random.multinomial(volumes.total, chances, size=AT_ONCE)


def _with_errors(volumes: FineBins, counts: Integers) -> dict[str, Estimates]:
    """The statistics whose standard error has a formula."""
    shares = {f"top_{percent}": top_shares(volumes, counts, percent) for percent in TOP_PERCENTS}
    return {"mean": means(volumes, counts), **shares}


def _normal_interval(logarithms: Floats) -> LogError:
    standard = float(logarithms.std(ddof=1))
    return LogError(standard, NORMAL_95 * standard, NORMAL_95 * standard)


def _student_interval(standard: float, distances: Floats) -> LogError:
    if not len(distances):
        return LogError(standard, 0.0, 0.0)
    low, high = np.quantile(distances, [0.025, 0.975])
    return LogError(standard, max(standard * float(high), 0.0), max(-standard * float(low), 0.0))
