"""Flows of an archive filled by hand, by port and by hour."""

from __future__ import annotations

from datetime import date
from functools import cache

import polars as pl


@cache
def ports(year: int, monday: date) -> pl.DataFrame:
    """A few ports of both services; shares move from TCP to UDP with the years."""
    moved = (year - 2019) * 20
    shares: list[tuple[int, int, int | None, int]] = [
        (4, 6, 443, 500 + moved),
        (6, 6, 443, 50),
        (4, 6, 80, 170 - moved),
        (4, 6, 22, 4),
        (4, 6, 25, 1),
        (4, 6, 31000, 10),
        (4, 6, 40000, 1),
        (4, 6, None, 2),
        (4, 17, 443, 120 + moved),
        (4, 17, 4500, 9),
        (4, 17, 40001, 1),
        (4, 50, None, 35),
        (4, 47, None, 1),
        (4, 1, None, 1),
        (6, 58, None, 1),
    ]
    frame = pl.DataFrame(shares, schema=["ip_version", "protocol", "port", "share"], orient="row")
    cells = frame.select(
        "ip_version",
        "protocol",
        "port",
        bytes=pl.col("share") * 10**10,
        sampled_packets=pl.col("share") * 12,
        # as if every sampled packet had 1,000 bytes
        variance_bytes2=pl.col("share").cast(pl.Int64) * 12 * 8192 * 8191 * 10**6,
    )
    services = pl.DataFrame({"service": ["broadband", "mobile"], "coverage_percent": [99.4, 100.0]})
    return cells.join(services, how="cross").with_columns(
        week=pl.lit(monday),
        # as many as the share has thousandths; unknown for mobile
        subscribers=pl.when(service="broadband").then(pl.col("bytes") // 10**10),
    )


@cache
def port_groups(year: int, monday: date) -> pl.DataFrame:
    """Hours of the same ports: most in the evening, 5 % more by day of the week."""
    group = (
        pl.when(port=80).then(pl.lit("tcp_80"))
        .when(port=443, protocol=6).then(pl.lit("tcp_443"))
        .when(port=443, protocol=17).then(pl.lit("udp_443"))
        .when((pl.col("protocol") == 6) & (pl.col("port") >= 1024)).then(pl.lit("tcp_dynamic"))
        .otherwise(pl.lit("other"))
    )  # fmt: skip
    of_week = ports(year, monday).group_by("service", "week", "coverage_percent", port_group=group)
    hours = pl.DataFrame({"hour": range(168)}).select(
        hour_start=pl.datetime(monday.year, monday.month, monday.day, time_zone="Asia/Tokyo")
        + pl.duration(hours="hour"),
        weight=(10 + pl.col("hour") % 24) * (20 + pl.col("hour") // 24),
    )
    volume = (
        pl.col("bytes") * pl.col("weight") // pl.col("weight").sum().over("service", "port_group")
    )
    cells = of_week.agg(pl.col("bytes").sum()).join(hours, how="cross").with_columns(bytes=volume)
    packets = pl.col("bytes") // 8_192_000
    return cells.drop("weight").with_columns(
        sampled_packets=packets, variance_bytes2=packets * 8192 * 8191 * 10**6
    )
