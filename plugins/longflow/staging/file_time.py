"""When a file's records occurred, compared with the time stated by its name.

Columns of times are counted piece by piece as they are read: how many records touch the stated time
and, where the name can mean several, how many ended in each. This module imports nothing slow,
because the processes that stage nfcapd files use it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from longflow.spans import Span

if TYPE_CHECKING:
    from longflow.records import LandedFile, NamedTime
    from longflow.settings import Source

# 2000-01-01: a clock that shows less was never set, which has a finding of its own.
_CLOCK_SET_MS = 946_684_800_000
# If eight records are drawn evenly from two slots, all lie in one by chance in 1 of 128 files.
_TELLING_RECORDS = 8
# Late records of the previous slot fill no more than this share of a full slot.
_LATE_SHARE = 0.1


class TimeWindow(NamedTuple):
    """What the times of a file's records are compared with; a plain list, as from JSON, works too.

    Attributes:
        first_ms, end_ms: records that lie in [first_ms, end_ms) touch the time of the file.
        times: the intervals that the name can mean, where there are several.
    """

    first_ms: int
    end_ms: int
    times: Sequence[Span]

    @classmethod
    def of(cls, file: LandedFile, source: Source) -> TimeWindow | None:
        """The window of a file, widened by its source's limit; None if its name states no time."""
        if not file.times:
            return None
        limit_ms = round(source.clock_limit_minutes * 60_000)
        several = file.times if len(file.times) > 1 else ()
        return cls(
            file.times[0].start_ms - limit_ms - round(source.file_time_late_hours * 3_600_000),
            file.times[-1].end_ms + limit_ms,
            [(time.start_ms, time.end_ms) for time in several],
        )


@dataclass
class TimeCount:
    """How a file's records relate to the time stated by its name.

    Attributes:
        timed: records whose time is known, except those of clocks that were never set.
        in_time: those of them that touch the stated time.
        ended_in: records that ended in each interval that the name can mean, where there are
            several.
    """

    timed: int = 0
    in_time: int = 0
    ended_in: list[int] = field(default_factory=list)

    def add(
        self, window: TimeWindow, first_ms: NDArray[np.int64], last_ms: NDArray[np.int64]
    ) -> None:
        """Count some records by their first and last instants."""
        if not len(first_ms):
            return
        if int(last_ms.min()) >= window.first_ms and int(first_ms.max()) < window.end_ms:
            # True of nearly every piece of a file; it takes two passes instead of five.
            timed = in_time = len(first_ms)
        else:
            timed = int(np.count_nonzero(last_ms >= _CLOCK_SET_MS))
            touches = (last_ms >= window.first_ms) & (first_ms < window.end_ms)
            in_time = int(np.count_nonzero(touches))
        self.timed += timed
        self.in_time += in_time
        if window.times:
            ended = [
                int(np.count_nonzero((last_ms >= start) & (last_ms < end)))
                for start, end in window.times
            ]
            before = self.ended_in or [0] * len(ended)
            self.ended_in = [a + b for a, b in zip(before, ended, strict=True)]


def delivered_spans(times: Sequence[NamedTime], ended_in: Sequence[int]) -> list[Span]:
    """The time covered by a whole file.

    If the name can mean only one interval, that is it, even without a record. If it can mean
    several, those count in which the file's records ended: an interval with less than a tenth of
    the density of the fullest holds only late records of its neighbour. With too few records to
    decide, the name stands for every interval that it states with certainty.

    Args:
        times: all that the name can mean.
        ended_in: records that ended in each, where there are several.
    """
    certain = [(time.start_ms, time.end_ms) for time in times if time.told]
    if len(times) == 1 or sum(ended_in) < _TELLING_RECORDS:
        return certain
    density = [
        count / (time.end_ms - time.start_ms) for time, count in zip(times, ended_in, strict=True)
    ]
    least = _LATE_SHARE * max(density)
    return [
        (time.start_ms, time.end_ms)
        for time, full in zip(times, density, strict=True)
        if full >= least
    ]
