"""Products and sums of columns of whole numbers, which no size of the numbers makes wrong."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from longflow.sums import LARGEST


def scaled(numbers: NDArray[np.int64], interval: NDArray[np.int64]) -> NDArray[np.int64]:
    """Numbers times their interval; the largest number there is where that is larger still."""
    fits = numbers <= LARGEST // np.maximum(interval, 1)
    result: NDArray[np.int64] = np.where(fits, numbers * interval, LARGEST)
    return result


def exact_sum(numbers: NDArray[np.int64]) -> int:
    """The sum of some numbers, which may be larger than any of them can be."""
    if not len(numbers):
        return 0
    if max(int(numbers.max()), -int(numbers.min())) <= LARGEST // len(numbers):
        return int(numbers.sum())
    return (int((numbers >> 32).sum()) << 32) + int((numbers & 0xFFFFFFFF).sum())
