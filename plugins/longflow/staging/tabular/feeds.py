"""Columns of text to the staged columns of each feed; what does not parse is marked."""

from __future__ import annotations

from collections.abc import Callable
from fnmatch import fnmatchcase
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pyarrow as pa

from longflow.records import LINE
from longflow.settings import Feed, Source, delivered_columns
from longflow.settings.map_rules import map_rule
from longflow.staging.address_text import canonical_address
from longflow.staging.addresses import is_nobodys, parse_addresses
from longflow.staging.amounts import scaled
from longflow.staging.sampling_notes import SamplingNotes
from longflow.staging.schema import arrow_schema
from longflow.staging.tabular.map_rules import port_sets
from longflow.staging.tabular.repeated_hours import RepeatedHours
from longflow.staging.tabular.usual import INTEGERS, IPV4, unit_of, usual_readings
from longflow.staging.tabular.values import (
    ICMP,
    durations_ms,
    icmp_ports,
    instants,
    protocols,
    whole_numbers,
    without_nulls,
)

# A formula that gives a text: so exports keep Excel from making numbers of logins.
_TEXT_OF_EXCEL = r'^="([^"]*)"$'


def staged(
    chunk: pl.DataFrame,
    source: Source,
    zone: ZoneInfo,
    file_index: int,
    notes: SamplingNotes,
    hours: RepeatedHours,
) -> pa.Table:
    """Records in the staged schema of their feed.

    Args:
        chunk: columns of text by longflow's names; `position`, the number of each record's line;
            and `is_record`, false for lines that are none.
        source: units, constants and who scaled.
        zone: time zone of times without offset.
        file_index: the file's number in the week's manifest.
        notes: receives what flows say about sampling.
        hours: tells local times apart that clocks showed twice.
    """
    absent = [name for name in delivered_columns(source.feed) if name not in chunk.columns]
    chunk = chunk.with_columns(
        pl.lit(source.constants.get(name), dtype=pl.String).alias(name) for name in absent
    )
    if meanings := source.values.get("protocol"):
        meant = chunk["protocol"].str.strip_chars().replace(meanings)
        chunk = chunk.with_columns(meant.alias("protocol"))
    typed = _Typed(chunk, usual_readings(chunk, source, zone), source, zone, hours)
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
        position=chunk["position"],
        unreadable=typed.unreadable.set(~chunk["is_record"], LINE),
    )
    schema = arrow_schema(source.feed)
    return frame.select(schema.names).to_arrow().cast(schema)


class _Typed:
    """Columns of one piece as they are typed; each row keeps the first that did not parse."""

    def __init__(
        self,
        text: pl.DataFrame,
        usual: pl.DataFrame,
        source: Source,
        zone: ZoneInfo,
        hours: RepeatedHours,
    ) -> None:
        self.text = text
        self.usual = usual
        self.source = source
        self.zone = zone
        self.hours = hours
        self.columns: dict[str, pl.Series] = {}
        self.unreadable = pl.Series("unreadable", [None] * text.height, dtype=pl.String)

    def read(
        self,
        origin: str,
        found: pl.Series,
        then: Callable[[pl.Series], pl.Series],
    ) -> pl.Series:
        """A column by its usual spelling and, where that gave nothing, by any other.

        Only what the first reading left is looked at for what means that there is no value.
        """
        text = self.text[origin]
        if found.null_count() > text.null_count():
            left = found.is_null() & text.is_not_null()
            rest = without_nulls(text.filter(left), self.source.null_values)
            values = then(rest)
            rows = left.arg_true()
            found = found.scatter(rows, values.cast(found.dtype))
            self._mark(origin, rows.filter(values.is_null() & rest.is_not_null()))
        return found

    def _mark(self, origin: str, rows: pl.Series) -> None:
        """Note a column that did not parse, in rows that have none yet."""
        unmarked = rows.filter(self.unreadable.gather(rows).is_null())
        if len(unmarked):
            self.unreadable = self.unreadable.scatter(unmarked, origin)

    def text_column(self, name: str, origin: str, default: str | None = None) -> None:
        """A text, as longflow's word if the source states what it means; else the default."""
        series = self.usual[origin]
        if meanings := self.source.values.get(origin):
            meant = self.text[origin].str.strip_chars()
            meant = meant.replace_strict(meanings, default=None, return_dtype=pl.String)
            series = meant.zip_with(meant.is_not_null(), series)
        if series.null_count() < len(series) and series.str.starts_with('="').any():
            series = series.str.replace(_TEXT_OF_EXCEL, "$1")
        self.columns[name] = series if default is None else series.fill_null(default)

    def login(self, name: str, origin: str) -> None:
        """A login, in the spelling that the source's settings make of it."""
        self.text_column(name, origin)
        series, source = self.columns[name], self.source
        if source.login_realm == "remove":
            series = series.str.replace(r"^[^/\\]*[/\\]", "").str.replace(r"@.*$", "")
        if source.login_case == "lower":
            series = series.str.to_lowercase()
        for separator in source.login_separators:
            series = series.str.replace_all(separator, "", literal=True)
        self.columns[name] = series

    def router(self, name: str, origin: str, default: str | None = None) -> None:
        """The address of a router, in one spelling; the default where it is missing."""
        text = self.text[origin]
        # A file names few routers.
        names = text.unique().drop_nulls()
        meant = without_nulls(names, self.source.null_values)
        spelled = [None if one is None else canonical_address(one) for one in meant]
        if names.to_list() != spelled:
            text = text.replace(names.to_list(), spelled)
        self.columns[name] = text if default is None else text.fill_null(default)

    def integer(self, name: str) -> None:
        """A whole number, whose column has longflow's name."""
        dtype = INTEGERS[self.source.feed][name]
        self.columns[name] = self.read(
            name, self.usual[name], lambda rest: whole_numbers(rest, dtype)
        )

    def time(self, name: str, origin: str) -> None:
        """An instant in epoch milliseconds, from the source's unit."""
        time_format, unit = self.source.time_format, unit_of(self.source)
        found = self.read(
            origin,
            self.usual[origin],
            lambda rest: instants(rest, unit, self.zone, time_format),
        )
        if unit == "iso" and not (time_format and "%z" in time_format):
            found = self.hours.resolved(name, found, self.text[origin], self._series())
        self.columns[name] = found

    def _series(self) -> pl.Series | None:
        """What is in order by itself: readings of an interface, where the file need not be."""
        if self.source.feed is not Feed.COUNTERS:
            return None
        name = pl.concat_str("device", pl.lit(" "), "interface", ignore_nulls=True)
        return self.text.select(name).to_series()

    def end(self, name: str, origin: str, start: str) -> None:
        """An instant, or in its place the start and a duration."""
        self.time(name, origin)
        # Where there is an end, nothing depends on the duration.
        if not self.columns[name].null_count():
            return
        duration = self.text["duration"].set(self.columns[name].is_not_null(), None)
        if duration.null_count() < self.text.height:
            unit = self.source.duration_unit
            self.text = self.text.with_columns(duration)
            length = self.read(
                "duration", durations_ms(duration, unit), lambda rest: durations_ms(rest, unit)
            )
            end = self.columns[name]
            self.columns[name] = end.zip_with(end.is_not_null(), self.columns[start] + length)

    def address(self, origin: str, version: int | None = None) -> pl.DataFrame:
        """Parts of an address or prefix: `version`, `high`, `low` and `length`.

        Args:
            origin: its column.
            version: the only version that it can have.
        """
        text = self.text[origin]
        known = origin in IPV4.get(self.source.feed, ())
        parts = parse_addresses(text, self.usual[origin] if known else None)
        if version is not None:
            is_one = pl.col("version") == version
            parts = parts.select(pl.when(is_one).then(pl.all()))
        # What is no address either means that there is none, or cannot be read.
        if parts["version"].null_count() > text.null_count():
            left = (parts["version"].is_null() & text.is_not_null()).arg_true()
            rest = without_nulls(text.gather(left), self.source.null_values)
            self._mark(origin, left.filter(rest.is_not_null()))
        return parts


def _flows(typed: _Typed) -> None:
    typed.time("first_seen_ms", "first_seen_ms")
    typed.end("last_seen_ms", "last_seen_ms", "first_seen_ms")
    typed.columns["protocol"] = typed.read("protocol", typed.usual["protocol"], protocols)
    for side in ("src", "dst"):
        parts = typed.address(f"{side}_addr")
        # The schema has no empty address: one that did not parse is marked and quarantined.
        parts = parts.with_columns(pl.col("version", "high", "low").fill_null(0))
        # A flow between nobody and somebody is one of no version, as are frames that are not IP.
        version = parts["version"].set(is_nobodys(parts) & (parts["low"] == 0), 0)
        is_first = side == "src"
        typed.columns["ip_version"] = (
            version if is_first else typed.columns["ip_version"].set(version == 0, 0)
        )
        for part in ("high", "low"):
            typed.columns[f"{side}_addr_{part}"] = parts[part]
        _port(typed, f"{side}_port")
    typed.integer("packets")
    typed.integer("bytes")
    typed.router("exporter", "exporter", default="")
    interval = typed.source.sampling_interval
    if interval is None:
        typed.integer("sampling_interval")
        if typed.source.interval_zero == "unsampled":
            found = typed.columns["sampling_interval"]
            typed.columns["sampling_interval"] = found.set(found == 0, 1)
    else:
        typed.columns["sampling_interval"] = pl.Series(
            [interval] * typed.text.height, dtype=pl.Int64
        )


def _port(typed: _Typed, name: str) -> None:
    rows = typed.columns["protocol"].is_in(ICMP).arg_true()
    if len(rows):
        text, usual = typed.text[name], typed.usual[name]
        mended = icmp_ports(text.gather(rows))
        typed.text = typed.text.with_columns(text.scatter(rows, mended).alias(name))
        read = usual.scatter(rows, mended.cast(usual.dtype, strict=False))
        typed.usual = typed.usual.with_columns(read.alias(name))
    typed.integer(name)


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
    typed.login("login", "username")
    typed.router("access_server", "nasipaddress")
    typed.time("start_ms", "acctstarttime")
    typed.time("update_ms", "acctupdatetime")
    typed.time("stop_ms", "acctstoptime")
    typed.text_column("terminate_cause", "acctterminatecause")
    ipv4 = typed.address("framedipaddress", version=4)
    typed.columns["ipv4_address"] = ipv4["low"].cast(pl.UInt32).set(is_nobodys(ipv4), None)
    for ours in ("framed", "delegated"):
        prefix = typed.address(f"{ours}ipv6prefix")
        for part in ("high", "low", "length"):
            # Read, but a prefix that means nothing.
            typed.columns[f"{ours}_prefix_{part}"] = prefix[part].set(is_nobodys(prefix), None)
    typed.integer("port_first")
    typed.integer("port_last")
    typed.columns["port_distance"] = pl.Series([None] * typed.text.height, dtype=pl.Int32)
    if typed.source.map_rules:
        _map(typed)


def _map(typed: _Typed) -> None:
    """Give sessions without an IPv4 address what the mapping rules give to their prefix."""
    is_without = typed.columns["ipv4_address"].is_null()
    rules = [map_rule(text) for text in typed.source.map_rules]
    for ours in ("framed", "delegated"):
        high, length = (typed.columns[f"{ours}_prefix_{part}"] for part in ("high", "length"))
        found = port_sets(high, length, rules)
        is_given = is_without & found["ipv4_address"].is_not_null()
        for name in found.columns:
            typed.columns[name] = found[name].zip_with(is_given, typed.columns[name])


def _usage(typed: _Typed) -> None:
    typed.login("subscriber", "subscriber")
    typed.text_column("service", "service", default=typed.source.service)
    typed.text_column("access", "access", default=typed.source.access or "")
    typed.time("start_ms", "start_time")
    typed.end("end_ms", "end_time", "start_ms")
    typed.integer("in_bytes")
    typed.integer("out_bytes")
    typed.text_column("record", "record")
    typed.text_column("gateway", "gateway")
    typed.integer("sequence")


def _counters(typed: _Typed) -> None:
    typed.time("time_ms", "time")
    typed.text_column("interface", "interface")
    # Names of interfaces are unique on their device at most.
    device = typed.usual["device"]
    interface = typed.columns["interface"]
    typed.columns["interface"] = interface.zip_with(device.is_null(), device + " " + interface)
    typed.text_column("service", "service", default=typed.source.service)
    typed.text_column("access", "access", default=typed.source.access or "")
    typed.integer("in_octets")
    typed.integer("out_octets")
    if typed.source.uplinks:
        _turn_uplinks(typed, interface)


def _turn_uplinks(typed: _Typed, interface: pl.Series) -> None:
    """Exchange IN and OUT where an interface faces the network, by its name with or without device.

    What a router receives there is on its way to subscribers.
    """
    names = pl.concat([typed.columns["interface"], interface]).unique().drop_nulls()
    uplinks = [
        name for name in names if any(fnmatchcase(name, one) for one in typed.source.uplinks)
    ]
    is_uplink = typed.columns["interface"].is_in(uplinks) | interface.is_in(uplinks)
    inward, outward = typed.columns["in_octets"], typed.columns["out_octets"]
    # A missing interface is no uplink.
    is_uplink = is_uplink.fill_null(value=False)
    typed.columns["in_octets"] = outward.zip_with(is_uplink, inward)
    typed.columns["out_octets"] = inward.zip_with(is_uplink, outward)


def _subscribers(typed: _Typed) -> None:
    typed.login("login_or_number", "login_or_number")
    for name in ("contract", "service", "segment"):
        typed.text_column(name, name)
    typed.text_column("access", "access", default="")
