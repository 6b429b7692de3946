"""CSV, JSON lines and Parquet deliveries: mapped, typed, and written in the staged schema.

Everything is read as text first: a value that does not parse as its column's type is distinguished
from a missing one, and no reader guesses types from the first rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pyarrow as pa
from polars.exceptions import PolarsError

from longflow.errors import LongflowError
from longflow.faults import machine_fault
from longflow.settings import Feed, Source, delivered_columns
from longflow.staging.address_text import canonical_address
from longflow.staging.addresses import is_nobodys, parse_addresses
from longflow.staging.amounts import scaled
from longflow.staging.sampling_notes import SamplingNotes
from longflow.staging.schema import arrow_schema

_CHUNK_ROWS = 250_000
_OFFSET = r"(?:[Zz]|[+-]\d{2}:?\d{2})$"
_PROTOCOLS = {
    "ICMP": 1,
    "IGMP": 2,
    "IPIP": 4,
    "IPENCAP": 4,
    "TCP": 6,
    "UDP": 17,
    "IPV6": 41,
    "GRE": 47,
    "ESP": 50,
    "AH": 51,
    "IPV6-ICMP": 58,
    "ICMP6": 58,
    "ICMPV6": 58,
    "SCTP": 132,
}


def read_tabular(
    path: Path, source: Source, zone: ZoneInfo, file_index: int, notes: SamplingNotes
) -> Iterator[pa.Table]:
    """The records of one delivered file in the staged schema of its feed, in pieces.

    Args:
        path: the delivered file.
        source: format, column mapping, time unit and who scaled.
        zone: time zone of times without offset.
        file_index: the file's number in the week's manifest.
        notes: receives what flows say about sampling.

    Raises:
        LongflowError: the file cannot be read, or lacks a column.
        MachineError: disk or memory failed, which is no fault of the file.
    """
    try:
        frame = _scan(path, source)
        names = frame.collect_schema().names()
        mapped = _mapped(path, source, names)
        text = frame.select(
            [pl.col(there).cast(pl.String).alias(ours) for ours, there in mapped.items()]
        )
        position = 0
        for chunk in text.collect_batches(chunk_size=_CHUNK_ROWS):
            yield _staged(chunk, source, zone, file_index, position, notes)
            position += chunk.height
    except PolarsError as error:
        fault = machine_fault(error)
        if fault is not None:
            raise fault from error
        raise LongflowError(
            f"cannot be read as {source.format}: {str(error).splitlines()[0]}",
            file=path.name,
            remedy="deliver the file again",
        ) from None


def _scan(path: Path, source: Source) -> pl.LazyFrame:
    if source.format == "csv":
        if path.stat().st_size == 0:
            raise LongflowError(
                "the file is empty, without even a header",
                file=path.name,
                remedy="deliver it again",
            )
        return pl.scan_csv(path, separator=source.delimiter, infer_schema=False)
    if source.format == "json":
        return pl.scan_ndjson(path, infer_schema_length=10_000)
    return pl.scan_parquet(path)


def _mapped(path: Path, source: Source, names: list[str]) -> dict[str, str]:
    """Our column → the file's, for every column in the file."""
    mapped = {}
    for ours, optional in delivered_columns(source.feed).items():
        there = source.columns.get(ours, ours)
        if there in names:
            mapped[ours] = there
        elif not optional or ours in source.columns:
            raise LongflowError(
                f"column '{there}' is missing (columns found: {', '.join(names)})",
                file=path.name,
                place="header",
                remedy=f"deliver it, or map '{ours}' under columns of source '{source.name}'",
            )
    return mapped


def _staged(
    chunk: pl.DataFrame,
    source: Source,
    zone: ZoneInfo,
    file_index: int,
    position: int,
    notes: SamplingNotes,
) -> pa.Table:
    chunk = chunk.with_columns(pl.col(pl.String).str.strip_chars().replace("", None))
    absent = [name for name in delivered_columns(source.feed) if name not in chunk.columns]
    chunk = chunk.with_columns(pl.lit(None, dtype=pl.String).alias(name) for name in absent)
    typed = _Typed(chunk, source, zone)
    {
        Feed.FLOWS: _flows,
        Feed.ASSIGNMENTS: _assignments,
        Feed.USAGE: _usage,
        Feed.COUNTERS: _counters,
        Feed.SUBSCRIBERS: _subscribers,
    }[source.feed](typed)
    if source.feed is Feed.FLOWS:
        _note_sampling(typed, file_index, notes)
        _scale(typed)
    frame = pl.DataFrame(typed.columns).with_columns(
        file_index=pl.lit(file_index, dtype=pl.Int32),
        position=pl.int_range(position, position + chunk.height, dtype=pl.Int64),
        unreadable=typed.unreadable,
    )
    schema = arrow_schema(source.feed)
    return frame.select(schema.names).to_arrow().cast(schema)


class _Typed:
    """Columns of one piece as they are typed; each row keeps the first that did not parse."""

    def __init__(self, text: pl.DataFrame, source: Source, zone: ZoneInfo) -> None:
        self.text = text
        self.source = source
        self.zone = zone
        self.columns: dict[str, pl.Series] = {}
        self.unreadable = pl.Series("unreadable", [None] * text.height, dtype=pl.String)

    def put(self, name: str, series: pl.Series, origin: str) -> None:
        """Keep a typed column; a text that became null did not parse."""
        lost = series.is_null() & self.text[origin].is_not_null() & self.unreadable.is_null()
        if lost.any():
            mark = pl.Series([origin], dtype=pl.String)
            self.unreadable = self.unreadable.zip_with(~lost, mark)
        self.columns[name] = series

    def text_column(self, name: str, origin: str, default: str | None = None) -> None:
        """A text; the default where it is missing."""
        series = self.text[origin]
        self.columns[name] = series if default is None else series.fill_null(default)

    def router(self, name: str, origin: str, default: str | None = None) -> None:
        """The address of a router, in one spelling; the default where it is missing."""
        self.text_column(name, origin, default)
        series = self.columns[name]
        # A file names few routers, and nearly always in this spelling already.
        spelled = {text: canonical_address(text) for text in series.unique().drop_nulls().to_list()}
        if any(text != ours for text, ours in spelled.items()):
            self.columns[name] = series.replace(list(spelled), list(spelled.values()))

    def integer(self, name: str, origin: str, dtype: type[pl.DataType]) -> None:
        """A whole number."""
        self.put(name, self.text[origin].cast(dtype, strict=False), origin)

    def time(self, name: str, origin: str) -> None:
        """An instant in epoch milliseconds, from the source's unit."""
        text = self.text[origin]
        unit = self.source.time_unit or ("ms" if self.source.feed is Feed.FLOWS else "iso")
        if unit == "iso":
            series = _iso_ms(text, self.zone)
        elif unit == "s":
            # Seconds may have decimals; a float64 holds milliseconds of this era exactly.
            series = (text.cast(pl.Float64, strict=False) * 1000).round().cast(pl.Int64)
        else:
            series = (
                text.cast(pl.Int64, strict=False) // {"ms": 1, "us": 1000, "ns": 1_000_000}[unit]
            )
        self.put(name, series, origin)

    def address(self, origin: str, names: dict[str, str]) -> pl.DataFrame:
        """An address or prefix; `names` maps its parts (version, high, low, length) to columns."""
        parts = parse_addresses(self.text[origin])
        for part, name in names.items():
            self.put(name, parts[part], origin)
        return parts


def _iso_ms(text: pl.Series, zone: ZoneInfo) -> pl.Series:
    """ISO 8601 to epoch milliseconds; a text without offset is local time of the zone."""
    frame = pl.DataFrame({"text": text.str.replace(" ", "T", literal=True)})
    offset = pl.col("text").str.contains(_OFFSET)
    aware = (
        pl.col("text")
        .str.replace(r"[Zz]$", "+00:00")
        .str.to_datetime("%Y-%m-%dT%H:%M:%S%.f%z", time_unit="ms", strict=False)
        .dt.epoch("ms")
    )
    local = (
        pl.col("text")
        .str.to_datetime("%Y-%m-%dT%H:%M:%S%.f", time_unit="ms", strict=False)
        .dt.replace_time_zone(zone.key, ambiguous="earliest", non_existent="null")
        .dt.epoch("ms")
    )
    return frame.select(pl.when(offset).then(aware).otherwise(local)).to_series()


def _flows(typed: _Typed) -> None:
    typed.time("first_seen_ms", "first_seen_ms")
    typed.time("last_seen_ms", "last_seen_ms")
    named = (
        typed.text["protocol"]
        .str.to_uppercase()
        .replace_strict(_PROTOCOLS, default=None, return_dtype=pl.UInt8)
    )
    numbered = typed.text["protocol"].cast(pl.UInt8, strict=False)
    typed.put("protocol", numbered.fill_null(named), "protocol")
    for side in ("src", "dst"):
        parts = typed.address(
            f"{side}_addr", {"high": f"{side}_addr_high", "low": f"{side}_addr_low"}
        )
        if side == "src":
            typed.columns["ip_version"] = parts["version"].fill_null(0)
        # The schema has no empty address: one that did not parse is marked and quarantined.
        for part in ("high", "low"):
            name = f"{side}_addr_{part}"
            typed.columns[name] = typed.columns[name].fill_null(0)
        typed.integer(f"{side}_port", f"{side}_port", pl.UInt16)
    typed.integer("packets", "packets", pl.Int64)
    typed.integer("bytes", "bytes", pl.Int64)
    typed.router("exporter", "exporter", default="")
    interval = typed.source.sampling_interval
    if interval is None:
        typed.integer("sampling_interval", "sampling_interval", pl.Int64)
    else:
        typed.columns["sampling_interval"] = pl.Series(
            [interval] * typed.text.height, dtype=pl.Int64
        )


def _note_sampling(typed: _Typed, file_index: int, notes: SamplingNotes) -> None:
    exporters = typed.columns["exporter"].unique().sort()
    index = exporters.search_sorted(typed.columns["exporter"]).to_numpy()
    interval, packets, octets = (
        typed.columns[name].fill_null(0).to_numpy()
        for name in ("sampling_interval", "packets", "bytes")
    )
    notes.add(file_index, exporters.to_list(), index.astype(np.int32), interval, packets, octets)


def _scale(typed: _Typed) -> None:
    if typed.source.scaled_by == "nobody":
        interval = typed.columns["sampling_interval"]
        for name in ("packets", "bytes"):
            known = typed.columns[name].is_not_null() & interval.is_not_null()
            numbers = scaled(
                typed.columns[name].fill_null(0).to_numpy(), interval.fill_null(0).to_numpy()
            )
            typed.columns[name] = pl.Series(numbers).set(~known, None)


def _assignments(typed: _Typed) -> None:
    typed.text_column("session", "acctuniqueid")
    typed.text_column("login", "username")
    typed.router("access_server", "nasipaddress")
    typed.time("start_ms", "acctstarttime")
    typed.time("update_ms", "acctupdatetime")
    typed.time("stop_ms", "acctstoptime")
    typed.text_column("terminate_cause", "acctterminatecause")
    ipv4 = parse_addresses(typed.text["framedipaddress"])
    held = ipv4.select(pl.when(pl.col("version") == 4).then("low").cast(pl.UInt32)).to_series()
    typed.put("ipv4_address", held, "framedipaddress")
    _drop(typed, ["ipv4_address"], is_nobodys(ipv4))
    for ours, origin in (("framed", "framedipv6prefix"), ("delegated", "delegatedipv6prefix")):
        names = {part: f"{ours}_prefix_{part}" for part in ("high", "low", "length")}
        _drop(typed, list(names.values()), is_nobodys(typed.address(origin, names)))


def _drop(typed: _Typed, names: list[str], rows: pl.Series) -> None:
    """Empty some columns in some rows: their values were read, but mean nothing."""
    if rows.any():
        for name in names:
            typed.columns[name] = typed.columns[name].set(rows, None)


def _usage(typed: _Typed) -> None:
    typed.text_column("subscriber", "subscriber")
    typed.text_column("service", "service", default=typed.source.service)
    typed.text_column("access", "access", default=typed.source.access or "")
    typed.time("start_ms", "start_time")
    typed.time("end_ms", "end_time")
    typed.integer("in_bytes", "in_bytes", pl.Int64)
    typed.integer("out_bytes", "out_bytes", pl.Int64)
    typed.text_column("record", "record")
    typed.text_column("gateway", "gateway")
    typed.integer("sequence", "sequence", pl.Int64)


def _counters(typed: _Typed) -> None:
    typed.time("time_ms", "time")
    typed.text_column("interface", "interface")
    typed.text_column("service", "service", default=typed.source.service)
    typed.text_column("access", "access", default=typed.source.access or "")
    typed.integer("in_octets", "in_octets", pl.UInt64)
    typed.integer("out_octets", "out_octets", pl.UInt64)


def _subscribers(typed: _Typed) -> None:
    for name in ("login_or_number", "contract", "service", "segment"):
        typed.text_column(name, name)
    typed.text_column("access", "access", default="")
