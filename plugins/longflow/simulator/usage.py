"""What is charged: records of the mobile gateways and of the IPoE partner."""

from __future__ import annotations

import dataclasses
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from longflow.simulator.clock import WeekClock
from longflow.simulator.population import Lines
from longflow.simulator.profiles import hour_weights
from longflow.simulator.provider import Provider

Integers: TypeAlias = npt.NDArray[np.int64]

STREAM = 501
SESSIONS_A_DAY = 2.2
"""Further sessions of a number on a day when it is used."""
PARTIAL_S = 2 * 3600
"""A gateway closes a record after this long and opens the next part of the session."""
LONGEST_S = 12 * 3600
DOUBLED_SHARE = 0.003
GATEWAYS = 2


@dataclasses.dataclass(frozen=True)
class Usage:
    """Charging records, one an entry of every array.

    Attributes:
        line: Index of the line.
        day: The day it was opened, as in `WeekClock`.
        start_s, end_s: Epoch seconds.
        in_bytes, out_bytes: Volumes.
        session: Charging id, the same in all parts of a session; empty for the IPoE partner.
        part: Sequence number within the session, from 1; empty for the IPoE partner.
        doubled: Whether the record was delivered twice.
    """

    line: Integers
    day: Integers
    start_s: Integers
    end_s: Integers
    in_bytes: Integers
    out_bytes: Integers
    session: Integers
    part: Integers
    doubled: npt.NDArray[np.bool_]


def ipoe_usage(clock: WeekClock, lines: Lines) -> Usage:
    """One record a line and day of the week, with zero bytes where nothing was used."""
    count = len(lines)
    day = np.tile(np.arange(1, 8), count)
    line = np.repeat(np.arange(count), 7)
    edges_s = clock.day_edges_ms // 1000
    none = np.zeros(0, dtype=np.int64)
    return Usage(
        line=line,
        day=day,
        start_s=edges_s[day],
        end_s=edges_s[day + 1],
        in_bytes=lines.in_bytes[line, day].astype(np.int64),
        out_bytes=lines.out_bytes[line, day].astype(np.int64),
        session=none,
        part=none,
        doubled=np.zeros(len(line), dtype=np.bool_),
    )


def mobile_usage(provider: Provider, clock: WeekClock, lines: Lines) -> Usage:
    """The records of mobile sessions that touch the week or the grace after it.

    Long sessions come in parts. Some records are delivered twice.
    """
    generator = np.random.default_rng([provider.seed, clock.monday.toordinal(), STREAM])
    used = (lines.in_bytes + lines.out_bytes)[:, :9] > 0
    line, day = np.nonzero(used)
    sessions = 1 + generator.poisson(SESSIONS_A_DAY, len(line))
    line_day = np.repeat(np.arange(len(line)), sessions)
    count = len(line_day)

    start_s = _starts(generator, clock, day[line_day])
    duration_s = np.minimum(
        1 + np.exp(generator.normal(np.log(900), 1.3, count)), LONGEST_S
    ).astype(np.int64)
    weight = np.exp(generator.normal(0.0, 1.0, count))
    tilt = np.exp(generator.normal(0.0, 0.3, count))
    out_bytes = _share_out(lines.out_bytes[line, day], line_day, weight)
    in_bytes = _share_out(lines.in_bytes[line, day], line_day, weight * tilt)

    parts = 1 + (duration_s - 1) // PARTIAL_S
    session = np.repeat(np.arange(count), parts)
    part = np.arange(len(session)) - np.repeat(np.cumsum(parts) - parts, parts)
    part_start_s = start_s[session] + part * PARTIAL_S
    part_end_s = np.minimum(part_start_s + PARTIAL_S, (start_s + duration_s)[session])
    part_weight = (part_end_s - part_start_s) * np.exp(generator.normal(0.0, 0.3, len(session)))
    begin_s = clock.start_ms // 1000
    touches = (part_end_s > begin_s) & (part_start_s < clock.drawn_ms // 1000)
    return Usage(
        line=line[line_day][session][touches],
        day=(np.searchsorted(clock.day_edges_ms, part_start_s * 1000, side="right") - 1)[touches],
        start_s=part_start_s[touches],
        end_s=part_end_s[touches],
        in_bytes=_share_out(in_bytes.astype(np.float64), session, part_weight)[touches],
        out_bytes=_share_out(out_bytes.astype(np.float64), session, part_weight)[touches],
        session=session[touches],
        part=part[touches] + 1,
        doubled=(generator.random(len(session)) < DOUBLED_SHARE)[touches],
    )


def _starts(generator: np.random.Generator, clock: WeekClock, day: Integers) -> Integers:
    """Starts within their days, by the hours of mobile traffic, in epoch seconds.

    The hours drawn for flows are those of the week and a little around it; the days before and
    after the week borrow the hours of the Sunday and the Monday in it.
    """
    hours = hour_weights(clock, "mobile", "out")
    model = np.where(day == 0, 7, np.where(day == 8, 1, day))
    until_hour = np.concatenate([[0.0], np.cumsum(hours)])
    first_hour = np.searchsorted(clock.hour_day, np.arange(10), side="left")
    low, high = until_hour[first_hour[model]], until_hour[first_hour[model + 1]]
    point = low + generator.random(len(day)) * (high - low)
    hour = np.searchsorted(until_hour, point, side="right") - 1
    hour = np.clip(hour, first_hour[model], first_hour[model + 1] - 1)
    within_s = (clock.hours_ms[hour] - clock.day_edges_ms[model]) // 1000
    start_s: Integers = (
        clock.day_edges_ms[day] // 1000 + within_s + generator.integers(0, 3600, len(day))
    )
    return start_s


def _share_out(totals: npt.NDArray[np.float64], group: Integers, weight: Integers) -> Integers:
    """Split each group's total into whole parts by weight; rounding stays under a byte a part."""
    weights = np.bincount(group, weights=weight, minlength=len(totals))
    parts: Integers = np.floor(totals[group] * weight / weights[group]).astype(np.int64)
    return parts
