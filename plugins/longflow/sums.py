"""What a week adds up to, and how large a sum may be: the archive counts in 64 bits, signed."""

from __future__ import annotations

LARGEST = 2**63 - 1
"""The largest number of a BIGINT."""
MOST_BYTES = LARGEST // 2
"""Of a feed's week. What one subscriber sends another counts for both, so twice that must fit."""


def countable(number: int, beside: int = 0) -> int:
    """A number that the archive can hold: the largest or the least there is, where it is beyond.

    Args:
        number: the number.
        beside: what is added to it and must fit as well.
    """
    return max(-LARGEST, min(number, LARGEST - beside))
