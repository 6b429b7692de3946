"""Faults of interface counters, charging and the customer system.

Days are counted from 1, the Monday, to 7.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl

from longflow.simulator.clock import HOUR_MS
from longflow.simulator.counters import INTERFACES, Counters
from longflow.simulator.dumps import Dumps, Planted
from longflow.simulator.session_faults import ACCOUNTING

Integers: TypeAlias = npt.NDArray[np.int64]

MONDAY, TUESDAY, WEDNESDAY, THURSDAY, _FRIDAY, SATURDAY, _SUNDAY = range(1, 8)
PPPOE = ("bb-east/pppoe", "bb-west/pppoe")
IPOE, SGI = ("ipoe-partner/xe-0",), ("mobile-core/sgi",)
RESET_INTERFACE, RESET_HOUR = "bb-west/pppoe", 15
UNKNOWN_LINES = {"pppoe": 2, "ipoe": 1, "": 2}
"""Lines that the snapshot lacks, by access."""
DOUBLED_EVERY = 5
BREAK_FACTOR = 3
GONE_NUMBERS = 0.6
NUMBERS = 953
CHARGING = ("usage", "mobile-gateway")
PARTNER, SNAPSHOT = ("usage", "ipoe-partner"), ("subscribers", "crm")


def _scale(dumps: Dumps, interfaces: tuple[str, ...], days: range, over: int, under: int) -> None:
    """Let some interfaces count over/under times as much on some days."""
    chosen = np.isin([interface.name for interface in INTERFACES], interfaces)
    bins = np.isin(dumps.clock.bin_day, list(days))
    scaled = []
    for octets in (dumps.counters.in_octets, dumps.counters.out_octets):
        steps = np.diff(octets, axis=1)
        which = np.ix_(chosen, bins)
        steps[which] = steps[which] * over // under
        scaled.append(
            np.concatenate([octets[:, :1], octets[:, :1] + np.cumsum(steps, axis=1)], axis=1)
        )
    dumps.counters = Counters(*scaled)


def _disagreement(
    dumps: Dumps, *, feed: str, interfaces: tuple[str, ...], day: int, over: int, under: int
) -> list[Planted]:
    """A day on which an interface counts a different volume from what flows or charging show."""
    _scale(dumps, interfaces, range(day, day + 1), over, under)
    return [
        Planted(
            feed,
            None,
            ("counters.csv",),
            count=1,
            unit="days",
            from_ms=int(dumps.clock.day_edges_ms[day]),
            to_ms=int(dumps.clock.day_edges_ms[day + 1]),
            note=f"counters of {', '.join(interfaces)} × {over}/{under}",
        )
    ]


def counter_reset(dumps: Dumps) -> list[Planted]:
    """The counters of an interface restart near 0."""
    clock = dumps.clock
    index = [interface.name for interface in INTERFACES].index(RESET_INTERFACE)
    reset_ms = int(clock.day_edges_ms[SATURDAY]) + RESET_HOUR * HOUR_MS
    edge = int(np.searchsorted(clock.bin_edges_ms, reset_ms))
    both = []
    for octets in (dumps.counters.in_octets, dumps.counters.out_octets):
        again = octets.copy()
        # What was counted since the router started, somewhere between two readings, is lost.
        again[index, edge:] -= octets[index, edge]
        both.append(again)
    dumps.counters = Counters(*both)
    return [
        Planted(
            "counters",
            "snmp",
            ("counters.csv",),
            count=1,
            unit="resets",
            from_ms=int(clock.bin_edges_ms[edge - 1]),
            to_ms=int(clock.bin_edges_ms[edge]),
            note=RESET_INTERFACE,
        )
    ]


def not_in_snapshot(dumps: Dumps) -> list[Planted]:
    """The customer system lacks some lines that have traffic; one finding for each access."""
    (file, snapshot) = dumps.only_file(SNAPSHOT)
    planted, gone = [], []
    for (service, access), volumes in _volumes(dumps).items():
        known = volumes.filter(pl.col("name").is_in(snapshot["login_or_number"].to_list()))
        largest = known.sort("bytes", "name", descending=[True, False]).head(UNKNOWN_LINES[access])
        gone += largest["name"].to_list()
        planted.append(
            Planted(
                "subscribers",
                None,
                (file,),
                rows=len(largest),
                bytes=int(largest["bytes"].sum()),
                count=len(largest),
                unit="subscribers",
                note=f"{service} {access}".strip(),
            )
        )
    dumps.tables[SNAPSHOT][file] = snapshot.filter(~pl.col("login_or_number").is_in(gone))
    return planted


def _volumes(dumps: Dumps) -> dict[tuple[str, str], pl.DataFrame]:
    """By service and access the lines with volume: name, bytes (about the week's, delivered)."""
    accounting = dumps.only_file(ACCOUNTING)[1]
    broadband = dumps.broadband
    flows, inside = broadband.traffic.flows, broadband.pieces.inside()
    size = np.zeros(len(dumps.logins) + 1, dtype=np.int64)
    for line in (flows.in_line, flows.out_line):
        np.add.at(size, line[broadband.pieces.span[inside]], broadband.sampled_bytes[inside])
    pppoe = pl.DataFrame({"name": dumps.logins, "bytes": size[:-1]}).filter(
        pl.col("name").is_in(accounting["username"].to_list())
    )
    found = {("broadband", "pppoe"): pppoe}
    for key, one in ((PARTNER, ("broadband", "ipoe")), (CHARGING, ("mobile", ""))):
        found[one] = (
            pl.concat(dumps.tables[key].values())
            .unique()
            .group_by(pl.col("subscriber").alias("name"))
            .agg((pl.col("in_bytes") + pl.col("out_bytes")).sum().alias("bytes"))
        )
    return {key: volumes.filter(pl.col("bytes") > 0) for key, volumes in found.items()}


def doubled_charging(dumps: Dumps) -> list[Planted]:
    """A fifth of a day's charging records are delivered again with the next day's."""
    files = dumps.tables[CHARGING]
    wednesday, thursday = (
        f"cdr-{dumps.clock.date_of_day(day):%Y%m%d}.csv" for day in (WEDNESDAY, THURSDAY)
    )
    if wednesday not in files or thursday not in files:
        return []
    normal = len(files[thursday]) - len(files[thursday].unique())
    again = files[wednesday].unique(maintain_order=True).gather_every(DOUBLED_EVERY)
    files[thursday] = pl.concat([files[thursday], again])
    return [
        Planted(
            "usage",
            "mobile-gateway",
            (thursday,),
            rows=len(again),
            bytes=_volume(again),
            count=len(again),
            note=f"the file has {normal} doubled rows without the fault",
        )
    ]


def bytes_break(dumps: Dumps) -> list[Planted]:
    """Mobile volumes are three times as large, charged and counted."""
    files = dumps.tables[CHARGING]
    for file, records in files.items():
        files[file] = records.with_columns(pl.col("in_bytes", "out_bytes") * BREAK_FACTOR)
    _scale(dumps, SGI, range(1, 8), BREAK_FACTOR, 1)
    return [
        Planted("usage", None, count=1, unit="services", note="mobile"),
        Planted("counters", None, count=1, unit="services", note="mobile"),
    ]


def subscribers_break(dumps: Dumps) -> list[Planted]:
    """Most mobile numbers have no charging record; the counters shrink likewise."""
    files = dumps.tables[CHARGING]
    every = pl.concat(files.values())
    numbers = every["subscriber"].unique().sort()
    gone = numbers.gather(
        np.sort(
            dumps.chance(NUMBERS).permutation(len(numbers))[: round(GONE_NUMBERS * len(numbers))]
        )
    ).to_list()
    rest = every.filter(~pl.col("subscriber").is_in(gone))
    for file, records in files.items():
        files[file] = records.filter(~pl.col("subscriber").is_in(gone))
    # In megabytes, so that products stay below 2^63.
    kept, whole = (_volume(one) // 1_000_000 + 1 for one in (rest, every))
    _scale(dumps, SGI, range(1, 8), kept, whole)
    return [
        Planted(
            "usage",
            None,
            rows=len(every) - len(rest),
            count=len(gone),
            unit="subscribers",
            note="mobile; rows that were left out",
        )
    ]


def _volume(records: pl.DataFrame) -> int:
    return int(records.select((pl.col("in_bytes") + pl.col("out_bytes")).sum()).item())


def _day(
    feed: str, interfaces: tuple[str, ...], day: int, over: int, under: int
) -> Callable[[Dumps], list[Planted]]:
    return functools.partial(
        _disagreement, feed=feed, interfaces=interfaces, day=day, over=over, under=under
    )


CONTENT: dict[str, Callable[[Dumps], list[Planted]]] = {
    # Flows are about 20 or 50 percent under, or over, what is counted; clean counters are 3
    # percent over them already.
    "flows-under-counters-20": _day("flows", PPPOE, MONDAY, 10, 8),
    "flows-under-counters-50": _day("flows", PPPOE, TUESDAY, 10, 5),
    "flows-over-counters-20": _day("flows", PPPOE, WEDNESDAY, 8, 10),
    "flows-over-counters-50": _day("flows", PPPOE, THURSDAY, 10, 15),
    "usage-under-counters-20": _day("usage", IPOE, MONDAY, 10, 8),
    "usage-under-counters-50": _day("usage", IPOE, TUESDAY, 10, 5),
    "usage-over-counters-20": _day("usage", SGI, WEDNESDAY, 8, 10),
    "usage-over-counters-50": _day("usage", SGI, THURSDAY, 10, 15),
    "not-in-snapshot": not_in_snapshot,
    "doubled-charging": doubled_charging,
    "counter-reset": counter_reset,
    "bytes-break": bytes_break,
    "subscribers-break": subscribers_break,
}
