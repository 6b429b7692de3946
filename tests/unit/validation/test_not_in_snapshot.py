"""Subscribers with volume that the customer system does not list."""

from __future__ import annotations

import datetime
from zoneinfo import ZoneInfo

import duckdb
import pytest
from longflow.validation.review import not_in_snapshot
from longflow.week import Week

WEEK = Week(datetime.date(2024, 6, 3), ZoneInfo("Asia/Tokyo"))


@pytest.mark.parametrize(
    ("listed", "unlisted", "severity"),
    [
        (100, 5, "warning"),
        (50, 50, "warning"),
        (49, 51, "critical"),
        (0, 20, "critical"),
        (0, 19, "warning"),
    ],
)
def test_a_snapshot_that_lists_less_than_half_refuses(
    listed: int, unlisted: int, severity: str
) -> None:
    with duckdb.connect() as connection:
        connection.execute(
            "CREATE TABLE subscriber_day AS SELECT DATE '2024-06-03' AS week, "
            "'mobile' AS service, '' AS access, 's' || n AS subscriber, "
            "CASE WHEN n < $1 THEN 'consumer' ELSE 'unknown' END AS segment, "
            "1::BIGINT AS in_bytes, 2::BIGINT AS out_bytes FROM range($2) AS one (n)",
            [listed, listed + unlisted],
        )
        (finding,) = not_in_snapshot(connection, WEEK)
    assert (finding.severity, finding.count, finding.bytes) == (severity, unlisted, 3 * unlisted)
    is_refused = severity == "critical"
    assert ("login_case, login_realm and login_separators" in finding.sentence) == is_refused
