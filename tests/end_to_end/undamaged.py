"""Which rows of an archive a planted fault cannot have touched, and whether they are true."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from tests.end_to_end.conftest import Site
from tests.end_to_end.test_week_equals_truth import hours, ports, subscriber_days

# A record lies in the file of its end; what it carries may begin so much earlier.
_LONGEST_FLOW_MS = 3_600_000
_HOUR_MS = 3_600_000
_ZONE = ZoneInfo("Asia/Tokyo")
_SERVICE = {"bb-east": "broadband", "bb-west": "broadband", "mobile-core": "mobile"}

Planted = Sequence[dict[str, Any]]


def differences(site: Site, planted: Planted) -> tuple[dict[str, int], dict[str, int]]:
    """Rows that were compared, and rows that differ from the truth, by table.

    Args:
        site: an installation that has taken the damaged week in.
        planted: rows of `faults.json`.
    """
    feeds = {one["feed"] for one in planted}
    refused = set(site.query("SELECT feed FROM load_log WHERE verdict = 'refused'")["feed"])
    compared, wrong = {}, {}
    for name, tables, touched in (
        ("port_group_hour", hours(site, "sampled_bytes"), _touched_hours(planted)),
        ("subscriber_day", subscriber_days(site), _touched_days(planted, feeds)),
    ):
        archive, truth = (frame.filter(~touched) for frame in tables)
        # Of what was refused nothing is in the archive, and so nothing is published.
        truth = truth.filter(~_fallen(name, refused))
        compared[name] = truth.height
        wrong[name] = _unequal(archive, truth)
    if "flows" not in feeds:
        archive, truth = ports(site, "sampled_bytes")
        compared["port_week"], wrong["port_week"] = truth.height, _unequal(archive, truth)
    return compared, {table: rows for table, rows in wrong.items() if rows}


def _fallen(table: str, refused: set[str]) -> pl.Expr:
    """Rows of a table that a refused feed takes with it (docs/decisions/judging.md)."""
    if table == "port_group_hour":
        return pl.lit(value="flows" in refused)
    of_flows = pl.col("access") == "pppoe"
    without_flows = bool(refused & {"flows", "assignments", "subscribers"})
    without_usage = bool(refused & {"usage", "subscribers"})
    return (of_flows & without_flows) | (~of_flows & without_usage)


def _unequal(one: pl.DataFrame, other: pl.DataFrame) -> int:
    """Rows that one of two tables has and the other has not, or not as often."""
    count = [frame.group_by(frame.columns).len() for frame in (one, other)]
    both = count[0].join(count[1], on=one.columns, how="full", nulls_equal=True)
    return both.filter(pl.col("len").ne_missing(pl.col("len_right"))).height


def _windows(planted: Planted, feeds: set[str]) -> list[tuple[dict[str, Any], int, int]]:
    """What was planted in some feeds, with the time that it may have touched."""
    return [
        (
            one,
            (one["from_ms"] or 0) - _LONGEST_FLOW_MS,
            # The time of a new interval is that of the change; it stays to the end.
            1 << 62 if one["to_ms"] is None or one["fault"] == "interval-changed" else one["to_ms"],
        )
        for one in planted
        if one["feed"] in feeds
    ]


def _touched_hours(planted: Planted) -> pl.Expr:
    """Of hours by service: flows of that service were damaged then."""
    start = pl.col("hour_start_ms")
    touched = pl.lit(value=False)
    for one, from_ms, to_ms in _windows(planted, {"flows"}):
        of_service = pl.lit(value=True)
        if one["source"] is not None:
            of_service = pl.col("service") == _SERVICE[one["source"]]
        touched |= of_service & (start + _HOUR_MS > from_ms) & (start < to_ms)
    return touched


def _touched_days(planted: Planted, feeds: set[str]) -> pl.Expr:
    """Of days of subscribers: what their volume is made of was damaged then."""
    touched = pl.lit(value=False)
    day = pl.col("day")
    for one, from_ms, to_ms in _windows(planted, feeds):
        first, last = (
            datetime.fromtimestamp(max(0, min(ms, 4_000_000_000_000)) / 1000, tz=UTC)
            .astimezone(_ZONE)
            .date()
            for ms in (from_ms, to_ms)
        )
        touched |= _ACCESS[one["feed"]](one["source"]) & day.is_between(first, last)
    return touched


def _of_flows(source: str | None) -> pl.Expr:
    return pl.lit(value=_SERVICE.get(source or "", "broadband") == "broadband") & (
        pl.col("access") == "pppoe"
    )


def _of_usage(source: str | None) -> pl.Expr:
    if source == "mobile-gateway":
        return pl.col("service") == "mobile"
    return pl.col("access") == "ipoe" if source else pl.col("access") != "pppoe"


_ACCESS: dict[str, Callable[[str | None], pl.Expr]] = {
    "flows": _of_flows,
    "assignments": lambda _: pl.col("access") == "pppoe",
    "usage": _of_usage,
    "counters": lambda _: pl.lit(value=False),
    "subscribers": lambda _: pl.lit(value=True),
}
