"""When traffic flows: the hours of a weekday and of a day at the weekend.

Broadband peaks from 19 to 23; its uploads rise in the early afternoon with a dip from 12 to 13.
Mobile peaks in the commute, at lunch and in the evening.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from longflow.simulator.clock import WeekClock

Floats: TypeAlias = npt.NDArray[np.float64]

# Rate of each local hour from 0 to 23, the highest of a weekday about 100.
WEEKDAY = {
    ("broadband", "out"): (
        *(55, 38, 27, 21, 19, 20, 28, 40, 48, 52, 55, 57),
        *(62, 58, 56, 58, 62, 70, 82, 94, 100, 100, 96, 78),
    ),
    ("broadband", "in"): (
        *(62, 50, 42, 37, 35, 36, 42, 52, 66, 78, 84, 86),
        *(74, 88, 90, 88, 85, 83, 86, 92, 98, 100, 95, 80),
    ),
    ("mobile", "out"): (
        *(45, 28, 18, 13, 13, 22, 48, 82, 78, 58, 56, 62),
        *(100, 70, 60, 62, 68, 84, 90, 88, 86, 86, 80, 64),
    ),
    ("mobile", "in"): (
        *(42, 30, 22, 18, 18, 25, 45, 72, 78, 72, 74, 76),
        *(100, 82, 78, 78, 80, 88, 86, 80, 78, 76, 70, 58),
    ),
}
WEEKEND = {
    ("broadband", "out"): (
        *(66, 46, 32, 25, 22, 22, 26, 36, 52, 68, 78, 82),
        *(84, 86, 86, 86, 88, 90, 94, 100, 106, 106, 98, 78),
    ),
    ("broadband", "in"): (
        *(64, 52, 43, 38, 36, 36, 39, 46, 58, 68, 74, 77),
        *(76, 79, 80, 80, 81, 83, 86, 92, 98, 100, 94, 78),
    ),
    ("mobile", "out"): (
        *(52, 35, 23, 16, 14, 17, 28, 42, 56, 66, 72, 76),
        *(86, 80, 78, 78, 80, 82, 84, 84, 84, 84, 78, 62),
    ),
    ("mobile", "in"): (
        *(46, 33, 24, 18, 17, 20, 30, 42, 54, 62, 68, 72),
        *(82, 78, 76, 76, 76, 78, 78, 76, 74, 72, 66, 54),
    ),
}


def hour_weights(clock: WeekClock, service: str, direction: str) -> Floats:
    """The share of its day's traffic that falls into each hour of `clock.hours_ms`.

    Args:
        clock: The week.
        service: `broadband` or `mobile`.
        direction: `in` or `out`.

    Returns:
        Shape (hours,). The 24 hours of a whole day add up to 1; those of the days before and after
        the week, of which only some hours are drawn, to less.
    """
    table = np.array([WEEKDAY[service, direction], WEEKEND[service, direction]], dtype=np.float64)
    table /= table.sum(axis=1, keepdims=True)
    weekend = np.isin(clock.hour_day % 7, (0, 6))
    weights: Floats = table[weekend.astype(np.int64), clock.hour_of_day]
    return weights
