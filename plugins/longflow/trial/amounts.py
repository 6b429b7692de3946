"""What a file adds up to, beside what one would expect of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

import numpy as np
import polars as pl

from longflow.amounts import counted
from longflow.settings import Feed
from longflow.spans import minute
from longflow.trial.reading import Reading

_DAY_MS = 86_400_000
_HALF_HOUR_MS = 1_800_000
_MOST_OFFSET_HOURS = 14
# Packets of the internet: headers alone, and a full Ethernet frame.
_LEAST_PACKET, _MOST_PACKET = 40, 1_600
# Fewer say nothing about the network.
_ENOUGH_ROWS = 20
_WELL_KNOWN = 1_024


class Amount(NamedTuple):
    """An amount for people: what, how much, what is usual, and whether it is not that."""

    name: str
    value: str
    usual: str = ""
    is_odd: bool = False


def amounts(reading: Reading) -> Iterator[Amount]:
    """What the rows of a file add up to."""
    rows = reading.rows.filter(pl.col("unreadable").is_null())
    count = rows.select(pl.len()).collect().item()
    if not count:
        return
    yield from {
        Feed.FLOWS: _flows,
        Feed.ASSIGNMENTS: _assignments,
        Feed.USAGE: _usage,
        Feed.COUNTERS: _counters,
        Feed.SUBSCRIBERS: _subscribers,
    }[reading.source.feed](reading, rows, count)


def _time(reading: Reading, first: int | None, last: int | None) -> Iterator[Amount]:
    if first is None or last is None:
        return
    zone = reading.week.zone
    try:
        value = f"{minute(first, zone)} to {minute(last, zone)}"
    except (ValueError, OverflowError, OSError):
        yield Amount("time", "no clock shows such times", "check time_unit", is_odd=True)
        return
    if reading.time is None:
        now = datetime.now(zone).timestamp() * 1000
        is_odd = last > now + _DAY_MS or first < 946_684_800_000
        yield Amount("time", value, "in the past, and after 2000", is_odd)
        return
    stated = f"the name states {minute(reading.time.start_ms, zone)}"
    if reading.time.times:
        stated += f" to {minute(reading.time.times[-1].end_ms, zone)}"
    within = reading.file.rows_in_time / max(1, reading.file.timed_rows)
    least = reading.source.file_time_least_percent / 100
    is_odd = reading.file.timed_rows > 0 and within < least
    # Half an hour is the finest difference of time zones that people meet.
    ends = reading.time.times[-1].end_ms if reading.time.times else reading.time.start_ms
    middle, stated_middle = (first + last) / 2, (reading.time.start_ms + ends) / 2
    apart = round((middle - stated_middle) / _HALF_HOUR_MS) / 2
    if is_odd and 0 < abs(apart) <= _MOST_OFFSET_HOURS:
        way = "later" if apart > 0 else "earlier"
        stated += f"; the records are {abs(apart):g} hours {way}: is time_zone right?"
    yield Amount("time", value, stated, is_odd)


def _flows(reading: Reading, rows: pl.LazyFrame, count: int) -> Iterator[Amount]:
    packets, octets = pl.col("packets"), pl.col("bytes")
    is_down = (pl.col("src_port") < _WELL_KNOWN) & (pl.col("dst_port") >= _WELL_KNOWN)
    is_up = (pl.col("dst_port") < _WELL_KNOWN) & (pl.col("src_port") >= _WELL_KNOWN)
    total = rows.select(
        first=pl.col("first_seen_ms").min(),
        last=pl.col("last_seen_ms").max(),
        packets=packets.cast(pl.Float64).sum(),
        bytes=octets.cast(pl.Float64).sum(),
        down=octets.filter(is_down).cast(pl.Float64).sum(),
        up=octets.filter(is_up).cast(pl.Float64).sum(),
        ipv6=octets.filter(pl.col("ip_version") == 6).cast(pl.Float64).sum(),
        intervals=pl.col("sampling_interval").unique().sort().implode(),
        exporters=pl.col("exporter").n_unique(),
    ).collect()
    one = total.row(0, named=True)
    yield from _time(reading, one["first"], one["last"])
    yield Amount("flows", f"{count:,} from {counted(one['exporters'], 'exporters')}")
    yield Amount("bytes", f"{one['bytes']:,.0f} in {one['packets']:,.0f} packets")
    size = one["bytes"] / max(1.0, one["packets"])
    yield Amount(
        "bytes a packet",
        f"{size:,.0f}",
        f"{_LEAST_PACKET} to {_MOST_PACKET:,}",
        not _LEAST_PACKET <= size <= _MOST_PACKET,
    )
    if one["down"] + one["up"]:
        share = 100 * one["down"] / (one["down"] + one["up"])
        # Downloads come from well-known ports; either direction alone is half of the traffic.
        is_odd = count >= _ENOUGH_ROWS and not 20 <= share <= 99.5
        yield Amount(
            "from servers",
            f"{share:.3g} % of bytes with a well-known port",
            "50 to 99; outside 20 to 99.5, one direction may be missing",
            is_odd,
        )
    if one["bytes"]:
        yield Amount("IPv6", f"{100 * one['ipv6'] / one['bytes']:.3g} % of bytes")
    yield _sampling(reading, rows, one["intervals"])


def _sampling(reading: Reading, rows: pl.LazyFrame, intervals: list[int | None]) -> Amount:
    """Which intervals the flows state, and which one their packets show."""
    stated = [one for one in intervals if one is not None and one > 1]
    shown = "interval " + ", ".join(f"{one:,}" for one in stated[:4]) if stated else "not stated"
    packets = rows.select(pl.col("packets").drop_nulls()).collect().to_series().to_numpy()
    common = int(np.gcd.reduce(packets)) if len(packets) >= _ENOUGH_ROWS else 0
    by_collector = reading.source.scaled_by == "collector"
    if common > 1:
        shown += f"; packets are multiples of {common:,}"
    if not stated:
        if not by_collector and set(intervals) <= {None}:
            usual = "set sampling_interval of the source: 1 if nothing is sampled"
            return Amount("sampling", shown, usual, is_odd=True)
        if common > 1:
            return Amount(
                "sampling",
                shown,
                f"the interval: set sampling_interval = {common} of the source",
                is_odd=True,
            )
        return Amount(
            "sampling", shown, "if flows are sampled, set sampling_interval", by_collector
        )
    if not common or len(stated) > 1:
        return Amount("sampling", shown)
    (interval,) = stated
    if by_collector:
        usual = f"multiples of {interval:,}, or nobody has multiplied: scaled_by"
        return Amount("sampling", shown, usual, common % interval != 0)
    usual = f"multiples of {interval:,} by longflow alone"
    return Amount("sampling", shown, usual, common % (interval * interval) == 0)


def _ratio(
    name: str, octets_in: int, octets_out: int, *, remedy: str, enough: bool
) -> Iterator[Amount]:
    yield Amount("IN", f"{octets_in:,} {name}")
    yield Amount("OUT", f"{octets_out:,} {name}")
    if octets_in:
        ratio = octets_out / octets_in
        usual = f"2 to 50; below 1, check which is which: {remedy}"
        yield Amount("OUT over IN", f"{ratio:,.3g}", usual, enough and not 1 <= ratio <= 100)


def _usage(reading: Reading, rows: pl.LazyFrame, count: int) -> Iterator[Amount]:
    one = (
        rows.select(
            first=pl.col("start_ms").min(),
            last=pl.col("end_ms").max(),
            octets_in=pl.col("in_bytes").cast(pl.Float64).sum(),
            octets_out=pl.col("out_bytes").cast(pl.Float64).sum(),
            subscribers=pl.col("subscriber").n_unique(),
            longest=(pl.col("end_ms") - pl.col("start_ms")).max(),
        )
        .collect()
        .row(0, named=True)
    )
    yield from _time(reading, one["first"], one["last"])
    yield Amount("records", f"{count:,} of {counted(one['subscribers'], 'subscribers')}")
    if one["longest"] is not None:
        days = one["longest"] / _DAY_MS
        yield Amount("longest record", f"{days * 24:,.3g} hours", "up to a week", days > 7.1)
    yield from _ratio(
        "bytes",
        int(one["octets_in"]),
        int(one["octets_out"]),
        remedy="IN is what subscribers send",
        enough=count >= _ENOUGH_ROWS,
    )


def _counters(reading: Reading, rows: pl.LazyFrame, count: int) -> Iterator[Amount]:
    series = rows.sort("time_ms").with_columns(
        step=pl.col("time_ms").diff().over("interface"),
        grown_in=(pl.col("in_octets").cast(pl.Float64).diff()).over("interface"),
        grown_out=(pl.col("out_octets").cast(pl.Float64).diff()).over("interface"),
    )
    one = (
        series.select(
            first=pl.col("time_ms").min(),
            last=pl.col("time_ms").max(),
            interfaces=pl.col("interface").n_unique(),
            step=pl.col("step").median(),
            octets_in=pl.col("grown_in").filter(pl.col("grown_in") > 0).sum(),
            octets_out=pl.col("grown_out").filter(pl.col("grown_out") > 0).sum(),
            down=((pl.col("grown_in") < 0) | (pl.col("grown_out") < 0)).sum(),
            highest=pl.max_horizontal(pl.col("in_octets").max(), pl.col("out_octets").max()),
        )
        .collect()
        .row(0, named=True)
    )
    yield from _time(reading, one["first"], one["last"])
    yield Amount("readings", f"{count:,} of {counted(one['interfaces'], 'interfaces')}")
    if one["step"] is not None:
        minutes = one["step"] / 60_000
        yield Amount("read every", f"{minutes:,.3g} minutes", "5", not 0.5 <= minutes <= 60)
    is_short = (one["highest"] or 0) < 2**32
    remedy = "counters of 32 bits wrap: read ifHCInOctets" if is_short else "resets, if at all"
    is_odd = one["down"] > max(1, 0.001 * count)
    yield Amount("going down", f"{one['down']:,} times", f"0; {remedy}", is_odd)
    if reading.other_half:
        return
    yield from _ratio(
        "octets since the first reading",
        int(one["octets_in"]),
        int(one["octets_out"]),
        remedy="IN comes from subscribers, also where the interface faces the network",
        enough=True,
    )


def _assignments(reading: Reading, rows: pl.LazyFrame, count: int) -> Iterator[Amount]:
    has_none = (
        pl.col("ipv4_address").is_null()
        & pl.col("framed_prefix_high").is_null()
        & pl.col("delegated_prefix_high").is_null()
    )
    one = (
        rows.select(
            first=pl.col("start_ms").min(),
            last=pl.max_horizontal(pl.col("start_ms").max(), pl.col("stop_ms").max()),
            open=pl.col("stop_ms").is_null().sum(),
            logins=pl.col("login").n_unique(),
            sessions=pl.struct("session", "start_ms").n_unique(),
            bare=has_none.sum(),
            ranges=pl.col("port_first").is_not_null().sum(),
            servers=pl.col("access_server").n_unique(),
            nobody=pl.col("login").is_null().sum(),
        )
        .collect()
        .row(0, named=True)
    )
    yield from _time(reading, one["first"], one["last"])
    servers = counted(one["servers"], "servers")
    logins = counted(one["logins"], "logins")
    yield Amount("sessions", f"{one['sessions']:,} of {logins} on {servers}")
    share = 100 * one["open"] / count
    usual = "sessions that ended too; all open: is acctstoptime delivered?"
    yield Amount("open", f"{one['open']:,} ({share:.3g} %)", usual, share == 100 and count > 1)
    bare = 100 * one["bare"] / count
    usual = "few; check framedipaddress and the prefixes"
    if one["ranges"] or reading.source.map_rules:
        ranges = 100 * one["ranges"] / count
        usual = "all; check the columns of ports and map_rules"
        yield Amount("with port range", f"{one['ranges']:,} ({ranges:.3g} %)", usual, ranges < 90)
    yield Amount("without address", f"{one['bare']:,} ({bare:.3g} %)", usual, bare > 10)


def _subscribers(reading: Reading, rows: pl.LazyFrame, count: int) -> Iterator[Amount]:
    yield Amount("lines", f"{count:,}")
    groups = rows.group_by("service", "access", "segment").len().sort("len", descending=True)
    for service, access, segment, size in groups.head(8).collect().iter_rows():
        name = " ".join(one or "?" for one in (service, access or "no access", segment))
        yield Amount("of them", f"{size:,} {name}")
