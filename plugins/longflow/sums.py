"""Sums of a week and their limits: the archive counts in signed 64 bits."""

from __future__ import annotations

LARGEST = 2**63 - 1
"""The largest number of a BIGINT."""
MOST_BYTES = LARGEST // 2
"""Of a feed's week. Traffic between two subscribers counts for both, so twice that must fit."""


def countable(number: int, beside: int = 0) -> int:
    """A number clamped to what the archive can hold.

    Args:
        number: the number.
        beside: a number that is added to it; their sum must fit as well.
    """
    return max(-LARGEST, min(number, LARGEST - beside))
