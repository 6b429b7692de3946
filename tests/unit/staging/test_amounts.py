"""Amounts as staging counts them."""

from __future__ import annotations

import numpy as np
from longflow.staging.amounts import scaled
from longflow.sums import LARGEST


def test_scaling_stops_at_the_largest_number() -> None:
    numbers, interval = np.array([5, 10**15, 0]), np.array([8192, 16_777_216, 0])
    assert scaled(numbers, interval).tolist() == [40960, LARGEST, 0]
