"""PPPoE sessions: which line holds which address on which access server, from when to when."""

from __future__ import annotations

import dataclasses
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from longflow.simulator.clock import WeekClock
from longflow.simulator.provider import Provider

Integers: TypeAlias = npt.NDArray[np.int64]
Flags: TypeAlias = npt.NDArray[np.bool_]

STREAM = 301
DAY_S = 86_400
SHORTEST_S = 600
REUSE_AFTER_S = 45
"""An address rests this long before the next line gets it."""
RECONNECTS_A_WEEK = 1.5
NIGHTLY_SHARE = 0.05
"""Lines whose owner switches the modem off for hours."""
LOST_STOP_SHARE = 0.03
DUALSTACK_SHARE = 0.70


@dataclasses.dataclass(frozen=True)
class Sessions:
    """All sessions that touch the week, from the day before to the time its dumps are drawn.

    Rows are ordered by line and start. A line's sessions do not overlap, neither do those of a
    slot: a slot of a server's pool is one IPv4 address with one IPv6 /64 and one /56.

    Attributes:
        line: Index of the line.
        server: 0 or 1, the access server.
        slot: Slot of the server's pool.
        start_s: Start, epoch seconds.
        stop_s: Stop, epoch seconds; for a session that is still open some time after `drawn_s`.
        open: Still open when the records were drawn.
        lost_stop: Over, but its Stop record never arrived; the slot was assigned again.
        dualstack: Has IPv6 as well.
        drawn_s: When the records were drawn.
    """

    line: Integers
    server: Integers
    slot: Integers
    start_s: Integers
    stop_s: Integers
    open: Flags
    lost_stop: Flags
    dualstack: Flags
    drawn_s: int

    def at(self, line: Integers, time_ms: Integers) -> Integers:
        """The last session of each line that started at or before a time; -1 where none did."""
        far = 1 << 40
        keys = self.line * far + self.start_s
        wanted = line * far + time_ms // 1000
        found = np.searchsorted(keys, wanted, side="right") - 1
        found[(found < 0) | (self.line[np.maximum(found, 0)] != line)] = -1
        return found


def server_of_line(line: Integers) -> Integers:
    """The access server (0 or 1) that serves a line: every second line each."""
    return line % 2


def draw_sessions(provider: Provider, clock: WeekClock, lines: int) -> Sessions:
    """Draw the sessions of a week.

    Args:
        provider: Whose; its seed and the week decide everything.
        clock: The week.
        lines: Number of PPPoE lines.
    """
    generator = np.random.default_rng([provider.seed, clock.monday.toordinal(), STREAM])
    begin_s = clock.start_ms // 1000 - DAY_S
    drawn_s = clock.drawn_ms // 1000
    weeks = (drawn_s - begin_s) / (7 * DAY_S)

    reconnects = generator.poisson(RECONNECTS_A_WEEK * weeks, lines)
    nightly = generator.random(lines) < NIGHTLY_SHARE
    dualstack = np.random.default_rng([provider.seed, STREAM]).random(lines) < DUALSTACK_SHARE
    age_s = 1 + generator.exponential(12 * DAY_S, lines).astype(np.int64)

    line = np.repeat(np.arange(lines), reconnects)
    cut_s = generator.integers(begin_s + SHORTEST_S, drawn_s - SHORTEST_S, len(line))
    gap_s = np.where(
        nightly[line],
        generator.integers(2 * 3600, 7 * 3600, len(line)),
        5 + generator.exponential(120, len(line)).astype(np.int64),
    )
    order = np.lexsort((cut_s, line))
    line, cut_s, gap_s = line[order], cut_s[order], gap_s[order]
    # A cut too close to the previous one, or to the end, is not a reconnect.
    reopened_s = cut_s + gap_s
    keep = reopened_s < drawn_s - SHORTEST_S
    far = 1 << 40
    latest = np.maximum.accumulate(line * far + reopened_s)
    keep[1:] &= line[1:] * far + cut_s[1:] >= latest[:-1] + SHORTEST_S
    line, cut_s, reopened_s = line[keep], cut_s[keep], reopened_s[keep]

    all_lines = np.arange(lines)
    owner = np.concatenate([all_lines, line])
    start_s = np.concatenate([begin_s - age_s, reopened_s])
    order = np.lexsort((start_s, owner))
    owner, start_s = owner[order], start_s[order]
    ends = np.concatenate([cut_s, np.full(lines, drawn_s + DAY_S)])
    stop_s = ends[np.lexsort((ends, np.concatenate([line, all_lines])))]

    server = server_of_line(owner)
    slot = _slots(server, start_s, stop_s)
    is_open = stop_s > drawn_s
    reused = _given_out_again(server, slot, start_s)
    lost_stop = reused & ~is_open & (generator.random(len(owner)) < LOST_STOP_SHARE)
    return Sessions(
        owner, server, slot, start_s, stop_s, is_open, lost_stop, dualstack[owner], drawn_s
    )


def _slots(server: Integers, start_s: Integers, stop_s: Integers) -> Integers:
    """A slot of the server's pool for each session: of those that rested, the last one freed."""
    slots = np.zeros(len(start_s), dtype=np.int64)
    for one in np.unique(server):
        rows = np.flatnonzero(server == one)
        starts = rows[np.argsort(start_s[rows], kind="stable")]
        stops = rows[np.argsort(stop_s[rows], kind="stable")]
        rested: list[int] = []
        pool = 0
        freed = 0
        for row in starts.tolist():
            # In the order of stops; a session that stopped has started and so has its slot.
            while stop_s[stops[freed]] + REUSE_AFTER_S <= start_s[row]:
                rested.append(int(slots[stops[freed]]))
                freed += 1
            if rested:
                slots[row] = rested.pop()
            else:
                slots[row] = pool
                pool += 1
    return slots


def _given_out_again(server: Integers, slot: Integers, start_s: Integers) -> Flags:
    order = np.lexsort((start_s, slot, server))
    result = np.zeros(len(slot), dtype=np.bool_)
    ordered_server, ordered_slot = server[order], slot[order]
    again = (ordered_server[1:] == ordered_server[:-1]) & (ordered_slot[1:] == ordered_slot[:-1])
    result[order[:-1][again]] = True
    return result
