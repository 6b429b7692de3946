"""What is true of a week: sums of what was drawn, before and after sampling.

The tables are written beside the landing tree for tests and comparisons; nothing in longflow reads
them to make its own numbers. Bytes and packets are whole numbers; times are epoch milliseconds;
only what lies inside the week is counted, unless a column says otherwise.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl

from longflow.simulator.clock import HOUR_MS, WeekClock
from longflow.simulator.counters import INTERFACES, Counters
from longflow.simulator.population import Lines
from longflow.simulator.ports import TCP, UDP
from longflow.simulator.spread import Pieces, cut
from longflow.simulator.traffic import Traffic
from longflow.simulator.usage import Usage

Integers: TypeAlias = npt.NDArray[np.int64]

PORT_GROUPS = (
    "tcp_80",
    "tcp_443",
    "tcp_well_known_other",
    "tcp_dynamic",
    "udp_443",
    "udp_other",
    "other",
)


class TrafficTruth:
    """The flows of a service, cut into five-minute bins once and summed up in several ways."""

    def __init__(self, clock: WeekClock, service: str, traffic: Traffic) -> None:
        self.clock = clock
        self.service = service
        self.traffic = traffic
        flows = traffic.flows
        self.pieces: Pieces = cut(flows.first_ms, flows.last_ms, clock.bin_edges_ms)
        self.true_bytes = self.pieces.parts(flows.total_bytes())
        delivered = traffic.delivered.astype(np.int64)
        self.sampled_bytes = self.pieces.parts(traffic.record_bytes() * delivered)
        self.sampled_packets = self.pieces.parts(traffic.record_packets() * delivered)

    def _table(self, columns: dict[str, Integers], keys: list[str]) -> pl.DataFrame:
        """Sums of the pieces inside the week by key columns, ordered by them."""
        inside = self.pieces.inside()
        frame = pl.DataFrame({name: values[inside] for name, values in columns.items()})
        return frame.group_by(keys).agg(pl.all().sum()).sort(keys)

    def port_week(self) -> pl.DataFrame:
        """Bytes by protocol and smaller port; `sampled_packets` are packets, not scaled.

        Columns: service, ip_version, protocol, port, true_bytes, sampled_bytes, sampled_packets.
        """
        flows = self.traffic.flows
        span = self.pieces.span
        table = self._table(
            {
                "ip_version": np.where(flows.ipv6, 6, 4)[span],
                "protocol": flows.protocol[span],
                "port": flows.smaller_port()[span],
                "true_bytes": self.true_bytes,
                "sampled_bytes": self.sampled_bytes,
                "sampled_packets": self.sampled_packets,
            },
            ["ip_version", "protocol", "port"],
        )
        return table.select(
            pl.lit(self.service).alias("service"),
            "ip_version",
            "protocol",
            pl.when(pl.col("port") >= 0).then(pl.col("port")).alias("port"),
            "true_bytes",
            "sampled_bytes",
            pl.col("sampled_packets") // self.traffic.interval,
        )

    def port_group_hour(self) -> pl.DataFrame:
        """Columns: service, hour_start_ms, port_group, true_bytes, sampled_bytes."""
        flows = self.traffic.flows
        port = flows.smaller_port()
        tcp, udp = flows.protocol == TCP, flows.protocol == UDP
        group = np.select(
            [
                tcp & (port == 80),
                tcp & (port == 443),
                tcp & (port >= 0) & (port < 1024),
                tcp & (port >= 1024),
                udp & (port == 443),
                udp & (port >= 0),
            ],
            list(range(6)),
            6,
        )
        bins = np.clip(self.pieces.bin, 0, self.pieces.bins - 1)
        table = self._table(
            {
                "hour_start_ms": self.clock.start_ms + self.clock.bin_hour[bins] * HOUR_MS,
                "group": group[self.pieces.span],
                "true_bytes": self.true_bytes,
                "sampled_bytes": self.sampled_bytes,
            },
            ["hour_start_ms", "group"],
        )
        return table.select(
            pl.lit(self.service).alias("service"),
            "hour_start_ms",
            pl.col("group")
            .replace_strict(
                list(range(len(PORT_GROUPS))), list(PORT_GROUPS), return_dtype=pl.String
            )
            .alias("port_group"),
            "true_bytes",
            "sampled_bytes",
        )

    def subscriber_day(self, lines: Lines) -> pl.DataFrame:
        """One row a line and day of the week; columns as `usage_subscriber_day` gives them."""
        flows = self.traffic.flows
        inside = self.pieces.inside()
        day = self.clock.bin_day[self.pieces.bin[inside]]
        sums = {}
        for direction, line in (("in", flows.in_line), ("out", flows.out_line)):
            owner = line[self.pieces.span[inside]]
            for kind, parts in (("true", self.true_bytes), ("sampled", self.sampled_bytes)):
                total = np.zeros((len(lines) + 1, 7), dtype=np.int64)
                # The last row takes what belongs to nobody.
                np.add.at(total, (owner, day - 1), parts[inside])
                sums[f"{kind}_{direction}_bytes"] = total[:-1]
        return _subscriber_days(self.clock, lines, sums)

    def attribution(self) -> pl.DataFrame:
        """One row: service and its sampled bytes in, out, user to user and unattributed."""
        flows = self.traffic.flows
        span, inside = self.pieces.span, self.pieces.inside()
        sent, taken = flows.in_line[span] >= 0, flows.out_line[span] >= 0

        def total(which: npt.NDArray[np.bool_]) -> list[int]:
            return [int(self.sampled_bytes[which & inside].sum())]

        return pl.DataFrame(
            {
                "service": [self.service],
                "sampled_in_bytes": total(sent),
                "sampled_out_bytes": total(taken),
                "sampled_user_to_user_bytes": total(sent & taken),
                "sampled_unattributed_bytes": total(~sent & ~taken),
            }
        )

    def delivered(self, source: str, exporter: int) -> pl.DataFrame:
        """One row of `delivered` for the files of one exporter."""
        rows = self.traffic.delivered & (self.traffic.flows.exporter == exporter)
        outside = rows[self.pieces.span] & ~self.pieces.inside()
        return delivered_row(
            "flows",
            source,
            int(rows.sum()),
            delivered_bytes=int(self.traffic.record_bytes()[rows].sum()),
            out_of_week_bytes=int(self.sampled_bytes[outside].sum()),
        )


def usage_subscriber_day(clock: WeekClock, lines: Lines, usage: Usage) -> pl.DataFrame:
    """One row a line and day of the week, from usage records, each counted once.

    Columns: subscriber, contract, service, access, segment, day, true_in_bytes, true_out_bytes,
    sampled_in_bytes, sampled_out_bytes. Usage is not sampled: sampled is true.
    """
    pieces = cut(usage.start_s * 1000, usage.end_s * 1000, clock.day_edges_ms[1:9])
    inside = pieces.inside()
    sums = {}
    for direction, volumes in (("in", usage.in_bytes), ("out", usage.out_bytes)):
        total = np.zeros((len(lines), 7), dtype=np.int64)
        where = (usage.line[pieces.span[inside]], pieces.bin[inside])
        np.add.at(total, where, pieces.parts(volumes)[inside])
        sums[f"true_{direction}_bytes"] = sums[f"sampled_{direction}_bytes"] = total
    return _subscriber_days(clock, lines, sums)


def usage_delivered(clock: WeekClock, source: str, usage: Usage) -> pl.DataFrame:
    """One row of `delivered` for a source of usage records."""
    edges = np.array([clock.start_ms, clock.end_ms], dtype=np.int64)
    pieces = cut(usage.start_s * 1000, usage.end_s * 1000, edges)
    volume = usage.in_bytes + usage.out_bytes
    outside = ~pieces.inside()
    out_of_week = sum(
        int(pieces.parts(one)[outside].sum()) for one in (usage.in_bytes, usage.out_bytes)
    )
    return delivered_row(
        "usage",
        source,
        len(volume) + int(usage.doubled.sum()),
        delivered_bytes=int(volume.sum() + volume[usage.doubled].sum()),
        out_of_week_bytes=out_of_week,
        doubled_records=int(usage.doubled.sum()),
        doubled_bytes=int(volume[usage.doubled].sum()),
    )


def delivered_row(
    feed: str,
    source: str,
    records: int,
    *,
    delivered_bytes: int | None = None,
    out_of_week_bytes: int | None = None,
    doubled_records: int = 0,
    doubled_bytes: int | None = None,
) -> pl.DataFrame:
    """What one source delivered.

    Records and bytes count doubled records twice; out-of-week bytes count them once. Bytes are
    null for feeds that carry none.
    """
    return pl.DataFrame(
        {
            "feed": [feed],
            "source": [source],
            "records": [records],
            "bytes": [delivered_bytes],
            "out_of_week_bytes": [out_of_week_bytes],
            "doubled_records": [doubled_records],
            "doubled_bytes": [0 if doubled_bytes is None else doubled_bytes],
        },
        schema_overrides={"bytes": pl.Int64, "out_of_week_bytes": pl.Int64},
    )


def rate_hour(clock: WeekClock, counters: Counters) -> pl.DataFrame:
    """Columns: service, access, hour_start_ms, in_octets, out_octets; counted in each hour."""
    edge = np.searchsorted(
        clock.bin_edges_ms, np.arange(clock.start_ms, clock.end_ms + HOUR_MS, HOUR_MS)
    )
    edge = np.minimum(edge, len(clock.bin_edges_ms) - 1)
    frames = [
        pl.DataFrame(
            {
                "service": [interface.service] * (len(edge) - 1),
                "access": [interface.access] * (len(edge) - 1),
                "hour_start_ms": clock.bin_edges_ms[edge[:-1]],
                "in_octets": np.diff(counters.in_octets[index][edge]),
                "out_octets": np.diff(counters.out_octets[index][edge]),
            }
        )
        for index, interface in enumerate(INTERFACES)
    ]
    keys = ["service", "access", "hour_start_ms"]
    return pl.concat(frames).group_by(keys).agg(pl.all().sum()).sort(keys)


def _subscriber_days(clock: WeekClock, lines: Lines, sums: dict[str, Integers]) -> pl.DataFrame:
    count = len(lines)
    row = np.repeat(np.arange(count), 7)
    return pl.DataFrame(
        {
            "subscriber": lines.names,
            "contract": lines.contracts,
            "service": [lines.service] * count,
            "access": [lines.access] * count,
            "segment": lines.segments(),
        }
    )[row].with_columns(
        pl.Series("day", [clock.date_of_day(day) for day in range(1, 8)] * count, dtype=pl.Date),
        *(
            pl.Series(name, sums[name].ravel())
            for name in (
                "true_in_bytes",
                "true_out_bytes",
                "sampled_in_bytes",
                "sampled_out_bytes",
            )
        ),
    )
