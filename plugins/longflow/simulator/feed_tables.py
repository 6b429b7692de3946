"""The dumps that are tables: accounting, charging records, counters, subscribers."""

from __future__ import annotations

import hashlib
from ipaddress import IPv4Address, IPv6Address
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl

from longflow.simulator.addresses import POOL4, POOL56, POOL64
from longflow.simulator.clock import WeekClock
from longflow.simulator.collectors import COLLECTORS
from longflow.simulator.counters import INTERFACES, Counters
from longflow.simulator.local_times import local_times
from longflow.simulator.population import Lines
from longflow.simulator.provider import Provider
from longflow.simulator.sessions import Sessions
from longflow.simulator.traffic import Flows
from longflow.simulator.usage import GATEWAYS, Usage

Integers: TypeAlias = npt.NDArray[np.int64]
DOUBLED_ACCOUNTING = 0.005
ACCOUNTING_STREAM = 701


def accounting_table(
    provider: Provider, clock: WeekClock, lines: Lines, sessions: Sessions, flows: Flows
) -> pl.DataFrame:
    """RADIUS accounting records, by start, some of them delivered twice.

    The octets of a session are those of its flows; for the time before the week's flows were drawn
    they are added at the rate of the line.
    """
    generator = np.random.default_rng([provider.seed, clock.monday.toordinal(), ACCOUNTING_STREAM])
    count = len(sessions.line)
    closed = ~sessions.open & ~sessions.lost_stop
    until_s = np.where(sessions.open, sessions.drawn_s, sessions.stop_s)
    drawn_from_s = int(clock.hours_ms[0]) // 1000
    earlier_days = np.maximum(np.minimum(until_s, drawn_from_s) - sessions.start_s, 0) / 86_400
    octets = {}
    for direction, session, volumes in (
        ("input", flows.in_session, lines.in_bytes),
        ("output", flows.out_session, lines.out_bytes),
    ):
        total = np.zeros(count + 1, dtype=np.int64)
        np.add.at(total, session, flows.total_bytes())
        mean = volumes[:, 1:8].mean(axis=1)[sessions.line]
        octets[direction] = total[:-1] + (mean * earlier_days).astype(np.int64)
    slot = sessions.slot.astype(np.uint64)
    framed = POOL64[sessions.server] + slot
    delegated = POOL56[sessions.server] + (slot << np.uint64(8))
    address = POOL4[sessions.server] + slot
    exporter = [str(IPv4Address(collector.exporter)) for collector in COLLECTORS]
    dualstack = sessions.dualstack.tolist()
    names = np.array(lines.names)[sessions.line]
    table = pl.DataFrame(
        {
            # The name of a record is the same in every dump it is in.
            "acctuniqueid": [
                hashlib.sha256(f"{name} {start} {slot}".encode()).hexdigest()[:32]
                for name, start, slot in zip(
                    names.tolist(), sessions.start_s.tolist(), slot.tolist(), strict=True
                )
            ],
            "username": names,
            "nasipaddress": [exporter[server] for server in sessions.server.tolist()],
            "acctstarttime": local_times(clock, sessions.start_s),
            "acctupdatetime": local_times(clock, until_s),
            "acctstoptime": local_times(clock, until_s).zip_with(
                pl.Series(closed), pl.Series([None], dtype=pl.String)
            ),
            "acctinputoctets": octets["input"],
            "acctoutputoctets": octets["output"],
            "callingstationid": [f"line-{line:06d}" for line in sessions.line.tolist()],
            "framedipaddress": [str(IPv4Address(one)) for one in address.tolist()],
            "framedipv6prefix": [
                f"{IPv6Address(one << 64)}/64" if both else None
                for one, both in zip(framed.tolist(), dualstack, strict=True)
            ],
            "delegatedipv6prefix": [
                f"{IPv6Address(one << 64)}/56" if both else None
                for one, both in zip(delegated.tolist(), dualstack, strict=True)
            ],
        }
    )
    doubled = np.flatnonzero(generator.random(count) < DOUBLED_ACCOUNTING)
    rows = np.concatenate([np.arange(count), doubled])
    return table[rows[np.lexsort((rows, sessions.start_s[rows]))]]


def usage_tables(clock: WeekClock, lines: Lines, usage: Usage) -> dict[str, pl.DataFrame]:
    """One file a day by opening time; records in the order in which they were closed."""
    count = len(usage.line)
    columns: dict[str, pl.Series | Integers] = {
        "subscriber": pl.Series(lines.names, dtype=pl.String).gather(usage.line),
        "service": pl.repeat(lines.service, count, dtype=pl.String, eager=True),
        "access": pl.repeat(lines.access or None, count, dtype=pl.String, eager=True),
        "start_time": local_times(clock, usage.start_s),
        "end_time": local_times(clock, usage.end_s),
        "in_bytes": usage.in_bytes,
        "out_bytes": usage.out_bytes,
    }
    mobile = lines.service == "mobile"
    if mobile:
        # A session stays at the gateway that serves its number.
        session = pl.Series(usage.session).cast(pl.String).str.zfill(8)
        columns["record"] = f"{clock.monday:%y%m%d}" + session
        gateways = pl.Series([f"pgw-{1 + number}" for number in range(GATEWAYS)])
        columns["gateway"] = gateways.gather(usage.line % GATEWAYS)
        columns["sequence"] = usage.part
    table = pl.DataFrame(columns)
    rows = np.concatenate([np.arange(len(usage.line)), np.flatnonzero(usage.doubled)])
    rows = rows[np.lexsort((rows, usage.end_s[rows]))]
    kind = "cdr" if mobile else "usage"
    return {
        f"{kind}-{clock.date_of_day(day):%Y%m%d}.csv": table[rows[usage.day[rows] == day]]
        for day in np.unique(usage.day).tolist()
    }


def counter_tables(clock: WeekClock, counters: Counters) -> dict[str, pl.DataFrame]:
    """One file with the readings by time and interface."""
    count = len(INTERFACES)
    edges = len(clock.bin_edges_ms)
    table = pl.DataFrame(
        {
            "time": local_times(clock, np.repeat(clock.bin_edges_ms // 1000, count)),
            "interface": [interface.name for interface in INTERFACES] * edges,
            "service": [interface.service for interface in INTERFACES] * edges,
            "access": _access([interface.access for interface in INTERFACES] * edges),
            "in_octets": counters.in_octets.T.ravel(),
            "out_octets": counters.out_octets.T.ravel(),
        }
    )
    return {"counters.csv": table}


def subscriber_table(kinds: tuple[Lines, ...]) -> pl.DataFrame:
    """The snapshot of the customer system."""
    return pl.concat(
        pl.DataFrame(
            {
                "login_or_number": lines.names,
                "contract": lines.contracts,
                "service": [lines.service] * len(lines),
                "access": _access([lines.access] * len(lines)),
                "segment": lines.segments(),
            }
        )
        for lines in kinds
    )


def _access(values: list[str]) -> pl.Series:
    """Accesses as a CSV file has them: an empty field for mobile, not a quoted empty string."""
    return pl.Series([value or None for value in values], dtype=pl.String)
