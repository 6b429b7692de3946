"""Growth of volume, split into what brought it: exactly, and the same in any order.

Volume is V = N · Σ sₐ · mₐ: subscribers, share of each access among them, and volume per subscriber
of each access. Growth from one week to another is split by logarithmic means (LMDI-I): a product of
factors, each of which is what the volume would have grown had only it changed along the way. The
number of subscribers is taken first and out of both, so that its factor is N₁ / N₀ whatever else
happens; the volume per subscriber is then split into what its accesses carry (mₐ) and how they are
chosen (sₐ), the weight of an access being the logarithmic mean of what it adds.

Why this one: parts add up to the growth without a rest, none depends on the order in which factors
are changed, and the way back gives the inverse factors. Splits that change one factor after the
other have a part for each order, and a rest or a choice.

Source: B. W. Ang, The LMDI approach to decomposition analysis: a practical guide, Energy Policy 33
(2005) 867-871; for accesses that one week lacks B. W. Ang and N. Liu, Handling zero values in the
logarithmic mean Divisia index decomposition approach, Energy Policy 35 (2007) 238-246.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Complexes = npt.NDArray[np.complex128]

# What the rows of the results are; the last three add up to the first.
PARTS = ("volume", "subscribers", "volume_per_subscriber", "access_mix")

# Relative imaginary step by which derivatives are taken: they come without rounding (complex step).
_STEP = 1e-30


def growth_points(subscribers: Floats, volume_bytes: Floats) -> Floats:
    """Growth of volume in percent, and the points of it that each part brought.

    Args:
        subscribers: shape (2, n): of the earlier and the later week, by access.
        volume_bytes: shape (2, n): of these subscribers; sums of both weeks above 0; 0 where an
            access has no subscribers.

    Returns:
        Shape (4,), in the order of `PARTS`.
    """
    return np.real(_growth_points(subscribers, volume_bytes.astype(np.complex128)))


def sampling_error_points(
    subscribers: Floats, volume_bytes: Floats, variance_bytes2: Floats
) -> Floats:
    """Half widths of the 95 % intervals of `growth_points` by packet sampling.

    By propagation: volumes of weeks and accesses are sampled independently of each other, numbers
    of subscribers are known.

    Args:
        subscribers: as in `growth_points`.
        volume_bytes: as in `growth_points`.
        variance_bytes2: shape (2, n): variances of the volumes by sampling.

    Returns:
        Shape (4,), points, in the order of `PARTS`.
    """
    variance = np.zeros(len(PARTS))
    for place in zip(*np.nonzero(variance_bytes2 * volume_bytes), strict=True):
        moved = volume_bytes.astype(np.complex128)
        moved[place] *= 1 + 1j * _STEP
        slope = np.imag(_growth_points(subscribers, moved)) / _STEP / volume_bytes[place]
        variance += slope**2 * variance_bytes2[place]
    error: Floats = 1.96 * np.sqrt(variance)
    return error


def _growth_points(subscribers: Floats, volume: Complexes) -> Complexes:
    number = subscribers.sum(axis=1)
    total: Complexes = volume.sum(axis=1)
    share = subscribers / number[:, None]
    # What each access adds to the volume per subscriber: shares times volumes of its own.
    added = volume / number[:, None]
    change = added[1] - added[0]
    has_subscribers = (subscribers > 0).all(axis=0)
    is_split = has_subscribers & (volume.real > 0).all(axis=0)
    # An access that is new or gone is a move, all of it; one that fell silent carries less.
    by_mix: Complexes = np.where(has_subscribers, 0, change)
    later, earlier = added[1, is_split], added[0, is_split]
    moved: Floats = np.log(share[1, is_split] / share[0, is_split])
    by_mix[is_split] = _logarithmic_mean(later, earlier) * moved

    per_subscriber = total / number
    weight = _logarithmic_mean(per_subscriber[1:], per_subscriber[:1])[0]
    points_of_a_log = 100 * _logarithmic_mean(total[1:], total[:1])[0] / total[0]
    logs = np.array(
        [np.log(number[1] / number[0]), (change - by_mix).sum() / weight, by_mix.sum() / weight]
    )
    return np.concatenate([[100 * (total[1] - total[0]) / total[0]], points_of_a_log * logs])


def _logarithmic_mean(later: Complexes, earlier: Complexes) -> Complexes:
    """(later - earlier) / ln(later / earlier), the value itself where both are equal."""
    log = np.log(later / earlier)
    is_equal = log == 0
    height = np.expm1(log) / np.where(is_equal, 1, log)
    return np.asarray(np.where(is_equal, earlier, earlier * height), dtype=np.complex128)
