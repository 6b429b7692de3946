"""What the interfaces count: 64-bit octet counters, read every five minutes.

Octets are the bytes that flow plus 3 percent for the link layer. Counters start each week at a
level that no earlier week can have reached, so they only grow; traffic between two weeks of the
landing tree is not modelled.
"""

from __future__ import annotations

import dataclasses
from datetime import date
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from longflow.simulator.clock import WeekClock
from longflow.simulator.population import Lines
from longflow.simulator.profiles import hour_weights
from longflow.simulator.provider import Provider
from longflow.simulator.spread import Pieces

Integers: TypeAlias = npt.NDArray[np.int64]

STREAM = 601
LINK_LAYER_PERCENT = 3
NOISE = 0.02
"""Standard deviation of the natural logarithm of a five-minute rate around its profile."""
EPOCH = date(2010, 1, 4)
MOST_OCTETS_A_WEEK = 1 << 52


@dataclasses.dataclass(frozen=True)
class Interface:
    """A counted interface: its name and the kind of lines behind it."""

    name: str
    service: str
    access: str


INTERFACES = (
    Interface("bb-east/pppoe", "broadband", "pppoe"),
    Interface("bb-west/pppoe", "broadband", "pppoe"),
    Interface("ipoe-partner/xe-0", "broadband", "ipoe"),
    Interface("mobile-core/sgi", "mobile", ""),
)


@dataclasses.dataclass(frozen=True)
class Counters:
    """Readings of all interfaces at the five-minute edges of a week.

    Attributes:
        in_octets: Subscribers' uploads, shape (interfaces, edges), never falling.
        out_octets: Subscribers' downloads.
    """

    in_octets: Integers
    out_octets: Integers

    def readings(self) -> int:
        """Number of readings, one an interface and edge."""
        return self.in_octets.size


def bytes_a_bin(pieces: Pieces, parts: Integers, counted: npt.NDArray[np.bool_]) -> Integers:
    """Bytes of the counted pieces in each five-minute bin of the week.

    Args:
        pieces: Flows cut at the bins' edges.
        parts: Bytes of each piece.
        counted: Which pieces cross the interface.
    """
    which = counted & pieces.inside()
    total = np.zeros(pieces.bins, dtype=np.int64)
    np.add.at(total, pieces.bin[which], parts[which])
    return total


def expected_bytes_a_bin(
    provider: Provider, clock: WeekClock, lines: Lines, direction: str, members: Integers
) -> Integers:
    """Bytes in each five-minute bin where no flows are drawn: a day's volume by its profile.

    Args:
        provider: Whose.
        clock: The week.
        lines: Lines of one kind.
        direction: `in` or `out`.
        members: The lines behind the interface.
    """
    generator = np.random.default_rng(
        [
            provider.seed,
            clock.monday.toordinal(),
            STREAM,
            ("pppoe", "ipoe", "").index(lines.access),
            ("in", "out").index(direction),
            int(members[0]) if len(members) else 0,
        ]
    )
    volumes = (lines.out_bytes if direction == "out" else lines.in_bytes)[members].sum(axis=0)
    hours = hour_weights(clock, lines.service, direction)
    # The first hour of `hours_ms` lies before the week.
    weight = hours[1 + clock.bin_hour] * np.exp(generator.normal(0.0, NOISE, len(clock.bin_hour)))
    by_day = np.bincount(clock.bin_day, weights=weight, minlength=len(volumes))
    expected: Integers = (volumes[clock.bin_day] * weight / by_day[clock.bin_day]).astype(np.int64)
    return expected


def readings(clock: WeekClock, in_bytes: list[Integers], out_bytes: list[Integers]) -> Counters:
    """Counters from what crosses each interface in each bin."""
    week = (clock.monday - EPOCH).days // 7
    return Counters(
        *(
            np.stack(
                [
                    (week + 1) * MOST_OCTETS_A_WEEK
                    + np.concatenate([[0], np.cumsum(one)]) * (100 + LINK_LAYER_PERCENT) // 100
                    for one in direction
                ]
            )
            for direction in (in_bytes, out_bytes)
        )
    )
