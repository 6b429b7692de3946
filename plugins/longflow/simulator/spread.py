"""Bytes spread evenly over a span, in whole bytes that add up (docs/method.md, rule 2)."""

from __future__ import annotations

import dataclasses
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Integers: TypeAlias = npt.NDArray[np.int64]


@dataclasses.dataclass(frozen=True)
class Pieces:
    """Which part of which span lies in which bin; one entry for each (span, bin) that meet.

    Attributes:
        span: Index of the span, ascending.
        bin: Index of the bin from 0; -1 is before the first edge, `bins` after the last.
        bins: Number of bins between the edges.
        lower_ms: Time from the start of the span to the piece's lower edge.
        upper_ms: Time from the start of the span to the piece's upper edge.
        length_ms: Length of the span.
    """

    span: Integers
    bin: Integers
    bins: int
    lower_ms: Integers
    upper_ms: Integers
    length_ms: Integers

    def parts(self, amounts: Integers) -> Integers:
        """The part of each span's amount in each piece; parts of a span add up to its amount.

        Args:
            amounts: Whole numbers, one a span (bytes or packets), below 2^63.
        """
        amount = amounts[self.span]
        return _up_to(amount, self.upper_ms, self.length_ms) - _up_to(
            amount, self.lower_ms, self.length_ms
        )

    def inside(self) -> npt.NDArray[np.bool_]:
        """True for pieces between the first and the last edge."""
        inside: npt.NDArray[np.bool_] = (self.bin >= 0) & (self.bin < self.bins)
        return inside


def cut(first_ms: Integers, last_ms: Integers, edges_ms: Integers) -> Pieces:
    """Cut spans at edges.

    A span reaches from `first_ms` to `last_ms`; one without length lies in the bin that starts at
    or before it. Bins are half open: an edge belongs to the bin it starts.

    Args:
        first_ms: Starts, shape (n,), epoch milliseconds.
        last_ms: Ends, shape (n,), none before its start.
        edges_ms: Ascending edges, shape (bins + 1,).
    """
    lowest = np.searchsorted(edges_ms, first_ms, side="right") - 1
    highest = np.searchsorted(edges_ms, last_ms, side="left") - 1
    highest = np.maximum(highest, lowest)
    count = highest - lowest + 1
    span = np.repeat(np.arange(len(first_ms)), count)
    within = np.arange(len(span)) - np.repeat(np.cumsum(count) - count, count)
    bins = lowest[span] + within
    first = first_ms[span]
    # A span without length counts as one of length 1, so that all of it lies at its start.
    length = np.maximum(last_ms - first_ms, 1)[span]
    far = np.iinfo(np.int64)
    padded = np.concatenate([[far.min // 2], edges_ms, [far.max // 2]])
    lower = np.clip(padded[bins + 1] - first, 0, length)
    upper = np.clip(padded[bins + 2] - first, 0, length)
    return Pieces(span, bins, len(edges_ms) - 1, lower, upper, length)


def _up_to(amount: Integers, elapsed_ms: Integers, length_ms: Integers) -> Integers:
    """floor(amount * elapsed / length) for 0 <= elapsed <= length, free of overflow.

    With amount = q * length + r the quotient is q * elapsed + floor(r * elapsed / length), in
    which no product exceeds the amount or length squared.
    """
    quotient, rest = np.divmod(amount, length_ms)
    whole: Integers = quotient * elapsed_ms + rest * elapsed_ms // length_ms
    return whole
