"""Products and sums of integer columns that stay correct however large the numbers are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from longflow.sums import LARGEST


def scaled(numbers: NDArray[np.int64], interval: NDArray[np.int64]) -> NDArray[np.int64]:
    """Numbers times their interval, capped at the largest number of the type."""
    fits = numbers <= LARGEST // np.maximum(interval, 1)
    result: NDArray[np.int64] = np.where(fits, numbers * interval, LARGEST)
    return result


def exact_sum(numbers: NDArray[np.int64]) -> int:
    """The sum of some numbers, which may exceed the range of their type."""
    if not len(numbers):
        return 0
    if max(int(numbers.max()), -int(numbers.min())) <= LARGEST // len(numbers):
        return int(numbers.sum())
    return (int((numbers >> 32).sum()) << 32) + int((numbers & 0xFFFFFFFF).sum())
