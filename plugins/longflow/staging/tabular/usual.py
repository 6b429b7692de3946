"""Columns of text by the spelling that nearly every file has, all of a piece at once.

One statement for all columns keeps every core busy with a large piece. It also makes small files
cheap: with a statement for each step of each column, most of their time was statements.
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

import polars as pl

from longflow.settings import Feed, Source
from longflow.staging.addresses import ipv4_numbers
from longflow.staging.tabular.values import meant, usual_instants

# Delivered columns by how they are read: whole numbers with their types, texts, and addresses that
# are IPv4 in most files.
INTEGERS: dict[Feed, dict[str, type[pl.DataType]]] = {
    Feed.FLOWS: {
        "protocol": pl.UInt8,
        "src_port": pl.UInt16,
        "dst_port": pl.UInt16,
        "packets": pl.Int64,
        "bytes": pl.Int64,
        "sampling_interval": pl.Int64,
    },
    Feed.ASSIGNMENTS: {"port_first": pl.UInt16, "port_last": pl.UInt16},
    Feed.USAGE: {"in_bytes": pl.Int64, "out_bytes": pl.Int64, "sequence": pl.Int64},
    Feed.COUNTERS: {"in_octets": pl.UInt64, "out_octets": pl.UInt64},
}
_TIMES = {
    Feed.FLOWS: ("first_seen_ms", "last_seen_ms"),
    Feed.ASSIGNMENTS: ("acctstarttime", "acctupdatetime", "acctstoptime"),
    Feed.USAGE: ("start_time", "end_time"),
    Feed.COUNTERS: ("time",),
}
_TEXTS = {
    Feed.ASSIGNMENTS: ("acctuniqueid", "username", "acctterminatecause"),
    Feed.USAGE: ("subscriber", "service", "access", "record", "gateway"),
    Feed.COUNTERS: ("device", "interface", "service", "access"),
    Feed.SUBSCRIBERS: ("login_or_number", "contract", "service", "access", "segment"),
}
IPV4 = {Feed.FLOWS: ("src_addr", "dst_addr"), Feed.ASSIGNMENTS: ("framedipaddress",)}


def usual_readings(text: pl.DataFrame, source: Source, zone: ZoneInfo) -> pl.DataFrame:
    """Each column by its usual spelling, all at once: numbers, times, texts and IPv4 addresses.

    A number, time or address is null where the text is none in that spelling.
    """
    feed = source.feed
    unit = unit_of(source)
    usual = text.select(
        "position",
        *(pl.col(name).cast(dtype, strict=False) for name, dtype in INTEGERS.get(feed, {}).items()),
        *(
            usual_instants(pl.col(name), unit, zone, source.time_format)
            for name in _TIMES.get(feed, ())
        ),
        *(meant(pl.col(name), source.null_values) for name in _TEXTS.get(feed, ())),
    )
    addresses = IPV4.get(feed, ())
    return usual.with_columns(ipv4_numbers(text.select(addresses))) if addresses else usual


def unit_of(source: Source) -> str:
    """The unit of times: since 1970, or `iso`."""
    is_number = source.feed is Feed.FLOWS and source.time_format is None
    return source.time_unit or ("ms" if is_number else "iso")
