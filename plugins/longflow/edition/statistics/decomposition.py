"""Growth of volume, split into what brought it: exactly, and the same in any order.

Volume is V = Σₐ N · sₐ · mₐ over the accesses a: number of subscribers, share of the access among
them, and volume per subscriber of the access. Growth from one week to another is split by
logarithmic means over all three factors at once (additive LMDI-I): the part of a factor x is
Σₐ L(Vₐ₁, Vₐ₀) · ln(xₐ₁ / xₐ₀), where L(p, q) = (p - q) / ln(p / q). It is what the change of x
brings along the way on which every number and volume grows at a constant rate.

Why this one: parts add up to the growth without a rest, because L(p, q) · ln(p / q) = p - q; no
factor is taken before another; and the way back takes away what the way brought. Splits that change
one factor after the other have a part for each order, and a rest or a choice. So has one that takes
the number of subscribers out of the sum first and then splits the mean volume by access.

Source: B. W. Ang, The LMDI approach to decomposition analysis: a practical guide, Energy Policy 33
(2005) 867-871; for accesses that one week lacks B. W. Ang and N. Liu, Handling zero values in the
logarithmic mean Divisia index decomposition approach, Energy Policy 35 (2007) 238-246;
docs/method.md, rule 15.
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
    change = volume[1] - volume[0]
    has_subscribers = (subscribers > 0).all(axis=0)
    is_split = has_subscribers & (volume.real > 0).all(axis=0)
    # Limits of the logarithmic mean: an access that is new or gone is a move, all of it; one that
    # fell silent, or had been silent, carries less or more.
    by_mix = change[~has_subscribers].sum()
    by_volume = change[has_subscribers & ~is_split].sum()

    earlier, later = subscribers[0, is_split], subscribers[1, is_split]
    weight = _logarithmic_mean(volume[1, is_split], volume[0, is_split])
    by_number = (weight * np.log(number[1] / number[0])).sum()
    by_mix += (weight * np.log((later / number[1]) / (earlier / number[0]))).sum()
    by_volume += (
        weight * np.log((volume[1, is_split] / later) / (volume[0, is_split] / earlier))
    ).sum()
    brought = np.array([change.sum(), by_number, by_volume, by_mix])
    return np.asarray(100 * brought / volume[0].sum(), dtype=np.complex128)


def _logarithmic_mean(later: Complexes, earlier: Complexes) -> Complexes:
    """(later - earlier) / ln(later / earlier), the value itself where both are equal."""
    log = np.log(later / earlier)
    is_equal = log == 0
    height = np.expm1(log) / np.where(is_equal, 1, log)
    return np.asarray(np.where(is_equal, earlier, earlier * height), dtype=np.complex128)
