"""Growth of volume, split into contributions: exactly, and independent of order.

Volume is V = Σₐ N · sₐ · mₐ over the accesses a: number of subscribers, share of the access among
them, and volume per subscriber of the access. Growth from one week to another is split by
logarithmic means over all three factors at once (additive LMDI-I): the part of a factor x is
Σₐ L(Vₐ₁, Vₐ₀) · ln(xₐ₁ / xₐ₀), where L(p, q) = (p - q) / ln(p / q). It is the
contribution of x along the path on which every number and volume grows at a constant rate.

Reasons for this split: parts add up to the growth without a residual, because
L(p, q) · ln(p / q) = p - q; no factor is taken before another; and the reverse change has the
opposite parts. Splits that change one factor after the other depend on the order, and leave a
residual or a choice. So does a split that separates the number of subscribers from the sum first
and then splits the mean volume by access.

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

# The rows of the results; the last three add up to the first.
PARTS = ("volume", "subscribers", "volume_per_subscriber", "access_mix")

# Relative imaginary step for derivatives, which have no rounding error (complex step).
_STEP = 1e-30


def growth_points(subscribers: Floats, volume_bytes: Floats) -> Floats:
    """Growth of volume in percent, and the points contributed by each part.

    Args:
        subscribers: shape (2, n): earlier and later week, by access.
        volume_bytes: shape (2, n): their volumes; the sums of both weeks exceed 0; 0 if an access
            has no subscribers.

    Returns:
        Shape (4,), in the order of `PARTS`.
    """
    return np.real(_growth_points(subscribers, volume_bytes.astype(np.complex128)))


def sampling_error_points(
    subscribers: Floats, volume_bytes: Floats, variance_bytes2: Floats
) -> Floats:
    """Half widths of the 95 % intervals of `growth_points` by packet sampling.

    The errors are propagated: volumes of weeks and accesses are sampled independently of each
    other, and numbers of subscribers are known.

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
    # Limits of the logarithmic mean: a new or lost access counts entirely as a move; an access that
    # fell silent, or had been silent, counts as volume per subscriber.
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
