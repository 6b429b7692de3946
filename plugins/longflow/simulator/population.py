"""Who the subscribers are and what each of them uses in a week.

A line keeps its name, contract, segment, hill and rank over the years; how much a rank uses follows
`levels`. Everything permanent is drawn from the seed alone, so that it is the same in every week;
only the days differ from week to week.
"""

from __future__ import annotations

import dataclasses
from datetime import date, timedelta
from functools import cached_property
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from longflow.simulator.clock import WeekClock
from longflow.simulator.levels import Hill, level
from longflow.simulator.normal import normal_quantiles
from longflow.simulator.provider import Provider

Floats: TypeAlias = npt.NDArray[np.float64]
Integers: TypeAlias = npt.NDArray[np.int64]
Flags: TypeAlias = npt.NDArray[np.bool_]

# The random stream of each purpose. They are separate, so that drawing from one changes no other.
LASTING = {("broadband", "pppoe"): 101, ("broadband", "ipoe"): 102, ("mobile", ""): 103}
WEEKLY = {("broadband", "pppoe"): 201, ("broadband", "ipoe"): 202, ("mobile", ""): 203}
OFFSETS = 104

GOLDEN = (5**0.5 - 1) / 2
ROOT_OF_TWO = 2**0.5 - 1
BUSINESS_SHARE = 0.08
OWN_CONTRACT_SHARE = 0.75
"""Mobile numbers that open a contract; the others join the contract of the number before."""
BOTH_LINES_EVERY = 10
"""Every tenth IPoE line belongs to a contract that has a PPPoE line as well."""
IDLE_SHARE = {"pppoe": 0.02, "ipoe": 0.01, "": 0.03}
"""Lines that use nothing the whole week."""
DAY_SPREAD = {"broadband": 0.25, "mobile": 0.60}
"""Standard deviation of the natural logarithm of a line's volume from day to day."""
WEEKEND_FACTOR = {"broadband": 1.10, "mobile": 0.92}
IN_FOLLOWS_OUT = 0.6
"""Correlation of a line's ranks in the two directions within its hill."""


@dataclasses.dataclass(frozen=True)
class Lines:
    """The lines of one kind in one week.

    Attributes:
        service: `broadband` or `mobile`.
        access: `pppoe`, `ipoe`, or empty for mobile.
        contract: Number of the contract of each line.
        own_contracts: Contracts with a number below this have a PPPoE line.
        business: Whether the line is a business's, else a consumer's.
        out_bytes: Bytes a line downloads on each day, shape (lines, 10), days as in `WeekClock`.
        in_bytes: Bytes it uploads.
    """

    service: str
    access: str
    contract: Integers
    own_contracts: int
    business: Flags
    out_bytes: Floats
    in_bytes: Floats

    def __len__(self) -> int:
        return len(self.contract)

    @cached_property
    def names(self) -> list[str]:
        """Login or number, one a line."""
        if self.access:
            return [f"{self.access}{index:06d}@example.net" for index in range(len(self))]
        return [f"0700{index:07d}" for index in range(len(self))]

    @cached_property
    def contracts(self) -> list[str]:
        """Name of the contract of each line."""
        return [_contract_name(self.access, n, self.own_contracts) for n in self.contract.tolist()]

    def segments(self) -> list[str]:
        """`business` or `consumer` of each line."""
        return ["business" if business else "consumer" for business in self.business]


def lines_of_week(provider: Provider, clock: WeekClock, service: str, access: str) -> Lines:
    """The lines of one kind and what they use in a week.

    Args:
        provider: Whose lines.
        clock: The week.
        service: `broadband` or `mobile`.
        access: `pppoe`, `ipoe`, or empty for mobile.
    """
    current = level(service, access, clock.monday + timedelta(days=3))
    size = {
        "pppoe": provider.pppoe_contracts,
        "ipoe": provider.ipoe_contracts,
        "": provider.mobile_numbers,
    }[access]
    count = max(1, round(size * current.lines))
    lasting = np.random.default_rng([provider.seed, LASTING[service, access]])
    ranks = lasting.random((count, 3))
    weekly = np.random.default_rng(
        [provider.seed, clock.monday.toordinal(), WEEKLY[service, access]]
    )
    contract = np.arange(count)
    if service == "mobile":
        contract = np.cumsum((ranks[:, 0] < OWN_CONTRACT_SHARE) | (contract == 0)) - 1
    offset = np.random.default_rng([provider.seed, OFFSETS]).random(2)
    position = _even(np.arange(count), GOLDEN, offset[0])
    business = _even(contract, ROOT_OF_TWO, offset[1]) < BUSINESS_SHARE

    own = float(np.sqrt(1 - IN_FOLLOWS_OUT**2))
    mixed = IN_FOLLOWS_OUT * _scores(ranks[:, 1]) + own * _scores(ranks[:, 2])
    active = weekly.random(count) >= IDLE_SHARE[access]
    out_day = _volumes(current.outgoing, position, ranks[:, 1], business) * active
    in_day = _volumes(current.incoming, position, mixed, business) * active
    return Lines(
        service=service,
        access=access,
        contract=contract,
        own_contracts=provider.pppoe_contracts,
        business=business,
        out_bytes=out_day[:, None] * _day_factors(weekly, count, service, clock.monday),
        in_bytes=in_day[:, None] * _day_factors(weekly, count, service, clock.monday),
    )


def _even(index: Integers, step: float, offset: float) -> Floats:
    """Numbers from 0 to 1 that are evenly spread whatever number of lines is taken."""
    values: Floats = (index * np.float64(step) + offset) % 1.0
    return values


def _contract_name(access: str, contract: int, own_contracts: int) -> str:
    if access == "":
        return f"M{contract:07d}"
    both = contract % BOTH_LINES_EVERY == 0 and contract < own_contracts
    return f"P{contract:06d}" if access == "pppoe" or both else f"Q{contract:06d}"


def _scores(values: Floats) -> Floats:
    """Normal scores of the ranks of `values`: a normal sample without a sample's scatter."""
    count = len(values)
    result = np.empty(count, dtype=np.float64)
    result[np.argsort(values, kind="stable")] = normal_quantiles(
        (np.arange(count, dtype=np.float64) + 0.5) / count
    )
    return result


def _volumes(hill: Hill, position: Floats, ranks: Floats, business: Flags) -> Floats:
    """Mean bytes a day of each line, from its place in the population (0 to 1) and its rank."""
    shape = hill.shape
    volumes = np.zeros(len(position), dtype=np.float64)
    light = position < shape.light_share
    heavy = (position >= 1 - shape.heavy_share) & ~business
    # Businesses have the consumers' hills, without the heavy users, and a mean of their own.
    hills = (
        (light, hill.centre - shape.light_below, shape.light_width),
        (~light & ~heavy, hill.centre, hill.width),
        (heavy, hill.centre + shape.heavy_above, shape.heavy_width),
    )
    for members, centre, width in hills:
        if members.any():
            volumes[members] = 10 ** (centre + width * _scores(ranks[members]))
    # A finite sample misses the mean by a little, a tiny one by much: only the little is corrected.
    consumers = ~business
    if consumers.any():
        volumes[consumers] *= np.clip(hill.mean_bytes / volumes[consumers].mean(), 0.7, 1.4)
    if business.any():
        volumes[business] *= hill.mean_bytes * hill.business / volumes[business].mean()
    return volumes


def _day_factors(generator: np.random.Generator, count: int, service: str, monday: date) -> Floats:
    """Each day relative to a line's mean day; Monday to Sunday have a mean of 1."""
    spread = DAY_SPREAD[service]
    factors = np.exp(generator.normal(0.0, spread, (count, 10)))
    weekend = [(monday + timedelta(days=k)).weekday() >= 5 for k in range(-1, 9)]
    factors[:, weekend] *= WEEKEND_FACTOR[service]
    result: Floats = factors / factors[:, 1:8].mean(axis=1, keepdims=True)
    return result
