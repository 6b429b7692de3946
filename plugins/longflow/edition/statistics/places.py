"""Percentiles of a distribution and shares of subscribers above a volume, with their errors.

Both are about a place in the distribution: a percentile is the place below which a share of the
subscribers lies, a share above a volume is the share beyond a place. Source: docs/method.md,
rule 24.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from longflow.edition.statistics.fine_bins import FINE_BINS_PER_DECADE, FineBins
from longflow.edition.statistics.sampling import blur_at, density_at

# Half width of the 95 % interval of a normal variable, in standard deviations.
_NORMAL_95 = 1.96


class PlaceError(NamedTuple):
    """Error of a percentile or of a share, of its natural logarithm.

    Attributes:
        sampling: standard error by packet sampling, for the subscribers that exist.
        standard: standard error if other subscribers had been counted, sampling included.
        down: how far the 95 % interval reaches below.
        up: how far it reaches above.
    """

    sampling: float
    standard: float
    down: float
    up: float


def quantile(volumes: FineBins, part: float) -> float:
    """The bytes a day that this part of the subscribers (0 to 1) does not exceed.

    The value is interpolated within its bin of 1/400 decade.
    """
    below = np.cumsum(volumes.subscribers)
    wanted = min(max(part, 0.0), 1.0) * volumes.total
    place = min(int(np.searchsorted(below, wanted)), len(below) - 1)
    inside = volumes.subscribers[place]
    within = (wanted - (below[place] - inside)) / inside
    return float(10 ** ((volumes.bins[place] + within) / FINE_BINS_PER_DECADE))


def share_above(volumes: FineBins, day_bytes: float) -> float:
    """Share of the subscribers, 0 to 1, with more bytes a day; interpolated within a bin."""
    place = FINE_BINS_PER_DECADE * math.log10(day_bytes)
    above = np.clip(volumes.bins + 1 - place, 0, 1)
    return float((volumes.subscribers * above).sum() / volumes.total)


def quantile_error(volumes: FineBins, part: float) -> PlaceError:
    """Error of a percentile.

    The interval lies between two ranks of the ordered volumes, found from the binomial
    distribution of the number of subscribers below (Woodruff 1952). The error by sampling is that
    of the number of subscribers above, divided by the density at the place (Serfling 1980, 2.3.3).
    Where subscribers lie further apart than sampling blurs them, the percentile moves with the one
    subscriber next to it: the error is its blur.
    """
    middle = quantile(volumes, part)
    reach = _NORMAL_95 * math.sqrt(part * (1 - part) / volumes.total)
    low, high = (quantile(volumes, part + sign * reach) for sign in (-1, 1))
    blur = blur_at(volumes, middle)
    moving = math.sqrt(_variance_above(volumes, middle)) / density_at(volumes, middle)
    return PlaceError(
        min(moving, blur),
        math.log(high / low) / (2 * _NORMAL_95),
        math.log(middle / low),
        math.log(high / middle),
    )


def share_error(volumes: FineBins, day_bytes: float) -> PlaceError | None:
    """Error of a share above a volume; None where nobody or everybody is above.

    The interval is the score interval of a proportion (Wilson 1927). The error by sampling is that
    of the number of subscribers above.
    """
    share, count = share_above(volumes, day_bytes), volumes.total
    if not 0 < share < 1:
        return None
    square = _NORMAL_95**2
    center = (share + square / (2 * count)) / (1 + square / count)
    reach = (
        _NORMAL_95
        * math.sqrt(share * (1 - share) / count + square / (4 * count**2))
        / (1 + square / count)
    )
    return PlaceError(
        math.sqrt(_variance_above(volumes, day_bytes)) / (share * count),
        math.sqrt((1 - share) / (share * count)),
        math.log(share / (center - reach)),
        math.log((center + reach) / share),
    )


def _variance_above(volumes: FineBins, day_bytes: float) -> float:
    """Variance, by sampling, of the number of subscribers above a place.

    A subscriber at a distance z, in units of its blur, contributes Φ(z)(1 - Φ(z)), whose integral
    over z is 1/√π. This uses the density and mean blur near the place rather than the few
    subscribers who happen to be next to it.
    """
    return density_at(volumes, day_bytes) * blur_at(volumes, day_bytes) / math.sqrt(math.pi)
