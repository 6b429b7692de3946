"""Times as the provider's systems write them."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl

from longflow.simulator.clock import WeekClock

Integers: TypeAlias = npt.NDArray[np.int64]
ISO_WITH_OFFSET = "%Y-%m-%dT%H:%M:%S%:z"


def local_times(clock: WeekClock, times_s: Integers) -> pl.Series:
    """Epoch seconds as ISO 8601 in the provider's time, with offset."""
    return (
        pl.Series(times_s * 1000)
        .cast(pl.Datetime("ms", "UTC"))
        .dt.convert_time_zone(str(clock.zone))
        .dt.to_string(ISO_WITH_OFFSET)
    )


def epoch_seconds(column: str) -> pl.Expr:
    """A column of such times as epoch seconds."""
    return pl.col(column).str.to_datetime(ISO_WITH_OFFSET, time_unit="ms").dt.epoch("s")
