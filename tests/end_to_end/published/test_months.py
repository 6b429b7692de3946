"""Every month of a published edition against the simulator's truth."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import product

import polars as pl
import pytest

from tests.end_to_end.published.truth import (
    edition,
    month_rate,
    needs_published,
    octets_by_month,
    same,
    settings,
    table,
)

pytestmark = needs_published

LINES = (("broadband", "all"), ("broadband", "ipoe"), ("broadband", "pppoe"), ("mobile", "all"))


def covered_percent(month: str, service: str) -> float:
    """How much of a calendar month the delivered weeks cover."""
    first = datetime.fromisoformat(f"{month}-01")
    following = (first + timedelta(days=31)).replace(day=1)
    starts, ends = (of.replace(tzinfo=settings().zone).timestamp() for of in (first, following))
    seconds = octets_by_month().filter(month=month, service=service)["seconds"]
    return float(100 * min(seconds, default=0) / (ends - starts))


def test_every_month_of_the_look_back_is_the_truth_or_a_gap() -> None:
    rows = table("figure-1").with_columns(month=pl.col("month").str.slice(0, 7))
    base, least = edition().base_month, edition().minimum_month_coverage_percent
    months = [f"{month:%Y-%m}" for month in edition().months_drawn()]
    assert (months[0], months[-1], len(months)) == ("2019-06", "2024-06", 61)
    assert sorted(rows.select("service", "access", "direction", "month").iter_rows()) == sorted(
        (service, access, direction, month)
        for (service, access), direction, month in product(LINES, ("in", "out"), months)
    )
    for row in rows.iter_rows(named=True):
        month, service, direction = row["month"], row["service"], row["direction"]
        assert row["coverage_percent"] == pytest.approx(covered_percent(month, service))
        assert row["status"] == "computed"
        if row["coverage_percent"] < least:
            assert row["ratio_to_base"] is None
            continue
        access = None if row["access"] == "all" else row["access"]
        expected = month_rate(month, service, direction, access) / month_rate(base, service, "out")
        assert same(row["ratio_to_base"], expected), row


def test_months_between_the_compared_ones_are_drawn() -> None:
    compared = {f"{month:%Y-%m-01}" for month in edition().growth_months()}
    drawn = table("figure-1").filter(pl.col("ratio_to_base").is_not_null())["month"]
    assert len(set(drawn) - compared) >= 2
