"""Faults of interface counters, accounting, charging and the customer system.

Days are counted from 1, the Monday, to 7.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable
from ipaddress import IPv4Address
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl

from longflow.simulator.addresses import POOL4
from longflow.simulator.clock import HOUR_MS
from longflow.simulator.counters import INTERFACES, Counters
from longflow.simulator.dumps import Dumps, Planted
from longflow.simulator.local_times import epoch_seconds, local_times
from longflow.simulator.nfcapd_file import Collector

Integers: TypeAlias = npt.NDArray[np.int64]

MONDAY, TUESDAY, WEDNESDAY, THURSDAY, _FRIDAY, SATURDAY, _SUNDAY = range(1, 8)
HOUR_S, DAY_S = 3_600, 86_400
PPPOE = ("bb-east/pppoe", "bb-west/pppoe")
IPOE, SGI = ("ipoe-partner/xe-0",), ("mobile-core/sgi",)
RESET_INTERFACE, RESET_HOUR = "bb-west/pppoe", 15
ADDED_SESSIONS = 5
OWN_ADDRESSES = 2_000_000
"""From this slot of a pool on no session of a line has an address."""
OTHERS_ADDRESSES = 1_000
"""So many of them belong to one fault; those of the next follow."""
REUSED_AFTER_S = 120
MISSING_LOGINS = 0.4
CRITICAL_SHARE = 0.5
UNKNOWN_LINES = {"pppoe": 2, "ipoe": 1, "": 2}
"""Lines that the snapshot lacks, by access."""
DOUBLED_EVERY = 5
BREAK_FACTOR = 3
GONE_NUMBERS = 0.6

LOGINS, OVERLAPS, NUMBERS = 951, 952, 953

ACCOUNTING, CHARGING = ("assignments", "radius"), ("usage", "mobile-gateway")
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
    """A day on which an interface counts another volume than flows or charging show."""
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
    """The counters of an interface begin again near 0."""
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


def assignments_missing(dumps: Dumps) -> list[Planted]:
    """Accounting lacks all sessions of some logins; one finding a collector."""
    (file, accounting) = _only_file(dumps, ACCOUNTING)
    lines = len(dumps.logins)
    gone = np.zeros(lines + 1, dtype=np.bool_)
    needed = _ends_lost_sessions(accounting)
    drawn = [
        line
        for line in dumps.chance(LOGINS).permutation(lines).tolist()
        if dumps.logins[line] not in needed
    ]
    gone[drawn[: round(MISSING_LOGINS * lines)]] = True
    missing = accounting["username"].is_in(
        [login for login, one in zip(dumps.logins, gone, strict=False) if one]
    )
    dumps.tables[ACCOUNTING][file] = accounting.filter(~missing)

    broadband = dumps.broadband
    flows = broadband.traffic.flows
    explained = ((flows.in_line >= 0) & ~gone[flows.in_line]) | (
        (flows.out_line >= 0) & ~gone[flows.out_line]
    )
    inside = broadband.pieces.inside()
    planted = []
    for exporter, source in enumerate(dumps.flows):
        here = inside & (flows.exporter == exporter)[broadband.pieces.span]
        unexplained = here & ~explained[broadband.pieces.span]
        size, whole = (int(broadband.sampled_bytes[one].sum()) for one in (unexplained, here))
        if size == 0:
            continue
        lost = unexplained & broadband.traffic.delivered[broadband.pieces.span]
        planted.append(
            Planted(
                "assignments",
                source,
                (file,),
                rows=len(np.unique(broadband.pieces.span[lost])),
                bytes=size,
                count=int(gone[exporter:lines:2].sum()),
                unit="logins",
                severity="critical" if size > CRITICAL_SHARE * whole else "warning",
                note=f"{int(missing.sum())} accounting rows left out in all; rows and bytes are "
                "those of flows that no session explains",
            )
        )
    return planted


def _ends_lost_sessions(accounting: pl.DataFrame) -> set[str]:
    """Logins whose start is the only sign that the session before on an address is over."""
    held = accounting.unique("acctuniqueid", maintain_order=True).sort(
        "nasipaddress", "framedipaddress", epoch_seconds("acctstarttime")
    )
    address = pl.struct("nasipaddress", "framedipaddress")
    after = (address == address.shift(1)) & pl.col("acctstoptime").shift(1).is_null()
    return set(held.filter(after)["username"].to_list())


def overlapping_sessions(dumps: Dumps) -> list[Planted]:
    """Accounting gives an address to another login while a session still holds it."""
    (file, accounting) = _only_file(dumps, ACCOUNTING)
    held = (
        accounting.unique("acctuniqueid", maintain_order=True)
        .filter(pl.col("acctstoptime").is_not_null())
        .with_columns(start=epoch_seconds("acctstarttime"), stop=epoch_seconds("acctstoptime"))
        .filter(
            (pl.col("stop") - pl.col("start") >= DAY_S)
            & (pl.col("stop") < dumps.clock.end_ms // 1000)
            # Those on addresses of their own are other faults'.
            & ~pl.col("callingstationid").str.starts_with("planted-")
        )
    )
    order = dumps.chance(OVERLAPS).permutation(len(held))[:ADDED_SESSIONS]
    sessions = []
    for row in held[np.sort(order)].iter_rows(named=True):
        other = _another_login(accounting, row["username"], row["nasipaddress"])
        if other is None:
            continue
        length = row["stop"] - row["start"]
        sessions.append(
            (
                other,
                row["nasipaddress"],
                row["framedipaddress"],
                row["start"] + length // 2,
                row["start"] + length * 3 // 4,
                True,
            )
        )
    _add_sessions(dumps, "overlapping", sessions)
    return [_added(file, len(sessions))]


def never_ending_sessions(dumps: Dumps) -> list[Planted]:
    """Sessions that began long ago, never stopped and gave no sign of life for weeks."""
    (file, accounting) = _only_file(dumps, ACCOUNTING)
    start_s = dumps.clock.start_ms // 1000 - 20 * DAY_S
    sessions = [
        (
            login,
            server,
            _own_address(dumps, server, number),
            start_s + number,
            start_s + DAY_S,
            False,
        )
        for number, (login, server) in enumerate(_logins(accounting))
    ]
    _add_sessions(dumps, "never-ending", sessions)
    return [_added(file, len(sessions))]


def address_reuse(dumps: Dumps) -> list[Planted]:
    """Addresses that go to another login two minutes after they were given back."""
    (file, accounting) = _only_file(dumps, ACCOUNTING)
    start_s = dumps.clock.start_ms // 1000
    sessions = []
    for number, (login, server) in enumerate(_logins(accounting)):
        other = _another_login(accounting, login, server)
        if other is None:
            continue
        address = _own_address(dumps, server, OTHERS_ADDRESSES + number)
        begin_s = start_s + number * DAY_S
        stop_s = begin_s + HOUR_S
        again_s = stop_s + REUSED_AFTER_S
        sessions.append((login, server, address, begin_s, stop_s, True))
        sessions.append((other, server, address, again_s, again_s + HOUR_S, True))
    _add_sessions(dumps, "reused", sessions)
    return [_added(file, len(sessions) // 2, "clean weeks have such sessions as well")]


def _added(file: str, count: int, note: str = "") -> Planted:
    return Planted("assignments", None, (file,), count=count, unit="sessions", note=note)


def _logins(accounting: pl.DataFrame) -> list[tuple[str, str]]:
    """A few logins and the access servers on which they are."""
    pairs = accounting.select("username", "nasipaddress").unique(maintain_order=True)
    return [(str(login), str(server)) for login, server in pairs.rows()[:ADDED_SESSIONS]]


def _another_login(accounting: pl.DataFrame, login: str, server: str) -> str | None:
    """Another login of an access server; None where it has no other."""
    others = accounting.filter((pl.col("nasipaddress") == server) & (pl.col("username") != login))[
        "username"
    ]
    return None if others.is_empty() else str(others[0])


def _own_address(dumps: Dumps, server: str, number: int) -> str:
    """An address of an access server's pool that no line has."""
    exporters = [dump.collector for dump in dumps.flows.values()]
    pool = [_address(collector) for collector in exporters].index(server)
    return str(IPv4Address(int(POOL4[pool]) + OWN_ADDRESSES + number))


def _address(collector: Collector) -> str:
    return str(IPv4Address(collector.exporter))


def _add_sessions(
    dumps: Dumps, kind: str, sessions: list[tuple[str, str, str, int, int, bool]]
) -> None:
    """Add sessions: login, access server, address, start, last seen, and whether it stopped."""
    (file, accounting) = _only_file(dumps, ACCOUNTING)
    if not sessions:
        return
    logins, servers, addresses, starts, ends, stopped = zip(*sessions, strict=True)
    until = local_times(dumps.clock, np.array(ends, dtype=np.int64))
    added = pl.DataFrame(
        {
            "acctuniqueid": [
                hashlib.sha256(f"{kind} {number} {start}".encode()).hexdigest()[:32]
                for number, start in enumerate(starts)
            ],
            "username": logins,
            "nasipaddress": servers,
            "acctstarttime": local_times(dumps.clock, np.array(starts, dtype=np.int64)),
            "acctupdatetime": until,
            "acctstoptime": until.zip_with(pl.Series(stopped), pl.Series([None], dtype=pl.String)),
            "acctinputoctets": [0] * len(sessions),
            "acctoutputoctets": [0] * len(sessions),
            "callingstationid": [f"planted-{kind}"] * len(sessions),
            "framedipaddress": addresses,
            "framedipv6prefix": pl.Series([None] * len(sessions), dtype=pl.String),
            "delegatedipv6prefix": pl.Series([None] * len(sessions), dtype=pl.String),
        }
    )
    dumps.tables[ACCOUNTING][file] = pl.concat([accounting, added.cast(accounting.schema)])


def not_in_snapshot(dumps: Dumps) -> list[Planted]:
    """The customer system does not know some lines that have traffic; one finding an access."""
    (file, snapshot) = _only_file(dumps, SNAPSHOT)
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
    accounting = _only_file(dumps, ACCOUNTING)[1]
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


def _only_file(dumps: Dumps, key: tuple[str, str]) -> tuple[str, pl.DataFrame]:
    ((file, table),) = dumps.tables[key].items()
    return file, table


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
    "assignments-missing": assignments_missing,
    "overlapping-sessions": overlapping_sessions,
    "never-ending-sessions": never_ending_sessions,
    "address-reuse": address_reuse,
    "not-in-snapshot": not_in_snapshot,
    "doubled-charging": doubled_charging,
    "counter-reset": counter_reset,
    "bytes-break": bytes_break,
    "subscribers-break": subscribers_break,
}
