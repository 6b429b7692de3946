"""Shares of ports: `table-3`, `table-4` and `table-4-by-ip-version`."""

from __future__ import annotations

import math
from collections.abc import Iterator

import polars as pl

from longflow.release.second_way import disclosure
from longflow.release.second_way.model import SERVICES, Basis, Expected, Row, withheld
from longflow.release.second_way.sums import exact_total, total

PORT_TABLES = ("table-3", "table-4", "table-4-by-ip-version")

_CLASSES = {
    "<1024": pl.col("port") < 1024,
    ">=1024": pl.col("port") >= 1024,
    "unknown": pl.col("port").is_null(),
}


def port_share(basis: Basis, table: str, row: Row) -> Expected:
    """Share of a row in percent and its error in points; a withheld row has neither.

    `given_away` decides over all rows which of them may be published.
    """
    week = basis.observed.ports(row["year"], SERVICES[table])
    whole = week
    if "ip_version" in row and row["level"] != "version":
        whole = week.filter(ip_version=row["ip_version"])
    part = week.filter(_belongs(_siblings(basis.tables[table], row), row))
    figures: Expected = {**_share_of(whole, part)}
    return withheld(figures) if row["status"] == "withheld" else figures


def given_away(basis: Basis) -> Iterator[str]:
    """What the port tables of a year reveal about too few subscribers, one line each."""
    rows: dict[tuple[int, str], list[tuple[pl.DataFrame, Row]]] = {}
    for table in PORT_TABLES:
        frame = basis.tables.get(table, pl.DataFrame(schema={"status": pl.String()}))
        for row in frame.filter(pl.col("status") != "published").iter_rows(named=True):
            rows.setdefault((row["year"], SERVICES[table]), []).append((frame, row))
    for (year, service), found in rows.items():
        wholes = {
            row["ip_version"]: number
            for number, (_, row) in enumerate(found)
            if row["level"] == "version"
        }
        lines = disclosure.given_away(
            _parts(basis, year, service, found),
            [row["status"] != "withheld" for _, row in found],
            [
                None if row["level"] == "version" else wholes.get(row.get("ip_version"))
                for _, row in found
            ],
            basis.minimum_subscribers,
        )
        yield from (f"port tables of {service}, {year}: {line}" for line in lines)


def _parts(
    basis: Basis, year: int, service: str, found: list[tuple[pl.DataFrame, Row]]
) -> Iterator[tuple[disclosure.Signature, int | None, float]]:
    """Parts of a week's ports that no row of its tables separates.

    Returns:
        For each part: the rows that include it; its subscribers, None if the number is unknown for
        one of its ports; and how many average subscribers have its volume.
    """
    week = basis.observed.ports(year, service).filter(pl.col("bytes") > 0)
    signature = {
        str(number): _belongs(_siblings(frame, row), row).fill_null(value=False)
        for number, (frame, row) in enumerate(found)
    }
    by_bytes = basis.observed.subscribers(year, service) / total(week["bytes"])
    subscribers = pl.col("subscribers")
    parts = (
        week.select("bytes", subscribers, **signature)
        .group_by(*signature, maintain_order=True)
        .agg(
            pl.when(subscribers.null_count() == 0).then(subscribers.max()),
            pl.col("bytes").cast(pl.Float64).sum() * by_bytes,
        )
    )
    for row in parts.iter_rows():
        yield tuple(row[:-2]), row[-2], row[-1]


def _share_of(whole: pl.DataFrame, part: pl.DataFrame) -> dict[str, float | None]:
    """Share of some rows of a week in others, and its sampling error."""
    all_bytes, volume = exact_total(whole["bytes"]), exact_total(part["bytes"])
    share = volume / all_bytes
    variance, all_variance = total(part["variance_bytes2"]), total(whole["variance_bytes2"])
    rest = all_variance - variance
    error = 196 * math.sqrt((1 - share) ** 2 * variance + share**2 * rest) / all_bytes
    few = exact_total(part["sampled_packets"]) < 30 and all_variance > 0
    return {"share_percent": 100 * share, "error_points": None if few else error}


def _siblings(frame: pl.DataFrame, row: Row) -> pl.DataFrame:
    """The rows of a port table that add up with a row: of its year and IP version."""
    rows = frame.filter(year=row["year"])
    return rows.filter(ip_version=row["ip_version"]) if "ip_version" in row else rows


def _belongs(siblings: pl.DataFrame, row: Row) -> pl.Expr:
    """Which rows of a week a row of a port table includes; a rest is what no other row names."""
    if "ip_version" not in row:
        return _belongs_by_port(siblings, row)
    of_version = pl.col("ip_version") == pl.lit(row["ip_version"])
    if row["level"] == "version":
        return of_version
    return of_version & _belongs_by_port(siblings, row)


def _belongs_by_port(year: pl.DataFrame, row: Row) -> pl.Expr:
    level: str = row["level"]
    protocol: str = row["protocol"]
    port: str = row["port"] or ""
    if level == "protocol":
        named = year.filter(level="protocol")["protocol"].to_list()
        return pl.col("name") == protocol if protocol != "other" else ~pl.col("name").is_in(named)
    inside = pl.col("name") == protocol
    siblings = year.filter(level=level, protocol=protocol)["port"].to_list()
    if port in _CLASSES:
        return inside & _CLASSES[port]
    if level == "class":
        return inside & ~pl.any_horizontal([_CLASSES[name] for name in siblings if name != port])
    if port.isdigit():
        return inside & (pl.col("port") == int(port))
    numbers = [int(name) for name in siblings if name.isdigit()]
    rest = inside & pl.col("port").is_not_null() & ~pl.col("port").is_in(numbers)
    class_name = port.removeprefix("other").strip()
    return rest & _CLASSES[class_name] if class_name else rest
