"""Faults of accounting: sessions that are missing, overlap, never end or follow too soon."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from ipaddress import IPv4Address

import numpy as np
import polars as pl

from longflow.simulator.addresses import POOL4
from longflow.simulator.collectors import Collector
from longflow.simulator.dumps import Dumps, Planted
from longflow.simulator.local_times import epoch_seconds, local_times

HOUR_S, DAY_S = 3_600, 86_400
ADDED_SESSIONS = 5
OWN_ADDRESSES = 2_000_000
"""From this slot of a pool on, no session of a line has an address."""
OTHERS_ADDRESSES = 1_000
"""Number of them that belong to one fault; those of the next follow."""
REUSED_AFTER_S = 120
MISSING_LOGINS = 0.4
CRITICAL_SHARE = 0.5
LOGINS, OVERLAPS = 951, 952
ACCOUNTING = ("assignments", "radius")


def assignments_missing(dumps: Dumps) -> list[Planted]:
    """Accounting lacks all sessions of some logins; one finding a collector."""
    (file, accounting) = dumps.only_file(ACCOUNTING)
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
    (file, accounting) = dumps.only_file(ACCOUNTING)
    held = (
        accounting.unique("acctuniqueid", maintain_order=True)
        .filter(pl.col("acctstoptime").is_not_null())
        .with_columns(start=epoch_seconds("acctstarttime"), stop=epoch_seconds("acctstoptime"))
        .filter(
            (pl.col("stop") - pl.col("start") >= DAY_S)
            & (pl.col("stop") < dumps.clock.end_ms // 1000)
            # Those on addresses of their own belong to other faults.
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
    """Sessions that began long ago, never stopped and showed no activity for weeks."""
    (file, accounting) = dumps.only_file(ACCOUNTING)
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
    """Addresses that go to another login two minutes after they were released."""
    (file, accounting) = dumps.only_file(ACCOUNTING)
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
    (file, accounting) = dumps.only_file(ACCOUNTING)
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


CONTENT: dict[str, Callable[[Dumps], list[Planted]]] = {
    "assignments-missing": assignments_missing,
    "overlapping-sessions": overlapping_sessions,
    "never-ending-sessions": never_ending_sessions,
    "address-reuse": address_reuse,
}
