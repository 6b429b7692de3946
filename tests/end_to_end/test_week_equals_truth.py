"""What the archive holds of a week, against what the simulator drew and wrote down itself."""

from __future__ import annotations

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from tests.end_to_end.conftest import Site


def sorted_rows(frame: pl.DataFrame, key: list[str]) -> pl.DataFrame:
    """Rows in one order with one integer type, so that two sources compare byte for byte."""
    volumes = [c for c in frame.columns if c not in key]
    return (
        frame.select(*key, *(pl.col(c).cast(pl.Int64) for c in volumes))
        .filter(pl.any_horizontal(pl.col(c) != 0 for c in volumes))
        .sort(key, nulls_last=True)
    )


def subscriber_days(site: Site) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Volumes by subscriber and day: the archive's, and the truth's (scaled where sampled).

    Pseudonyms hide who is who, so subscribers are identified by their own week of volumes.
    """
    key = ["service", "access", "segment", "day", "in_bytes", "out_bytes"]
    archive = site.query("SELECT * FROM subscriber_day").select(key)
    truth = (
        site.truth("subscriber_day")
        .with_columns(
            who=pl.when(pl.col("service") == "mobile").then("subscriber").otherwise("contract")
        )
        .group_by("service", "access", "segment", "who", "day")
        .agg(in_bytes=pl.col("sampled_in_bytes").sum(), out_bytes=pl.col("sampled_out_bytes").sum())
        .select(key)
    )
    order = key
    return (
        sorted_rows(archive, key[:4]).sort(order),
        sorted_rows(truth, key[:4]).sort(order),
    )


def ports(site: Site, truth_column: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    key = ["service", "ip_version", "protocol", "port"]
    archive = site.query(
        "SELECT service, ip_version::INT ip_version, protocol::INT protocol, port::INT port, bytes "
        "FROM port_week"
    )
    truth = site.truth("port_week").select(
        "service",
        *(pl.col(c).cast(pl.Int32) for c in key[1:]),
        pl.col(truth_column).alias("bytes"),
    )
    return sorted_rows(archive, key), sorted_rows(truth, key)


def hours(site: Site, truth_column: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    key = ["service", "hour_start_ms", "port_group"]
    archive = site.query(
        "SELECT service, epoch_ms(hour_start) hour_start_ms, port_group, bytes FROM port_group_hour"
    )
    truth = site.truth("port_group_hour").select(*key, pl.col(truth_column).alias("bytes"))
    return sorted_rows(archive, key), sorted_rows(truth, key)


@pytest.mark.parametrize("column", ["true_bytes", "sampled_bytes"])
def test_unsampled_port_bytes_equal_the_truth(unsampled_week: Site, column: str) -> None:
    assert_frame_equal(*ports(unsampled_week, column))


def test_unsampled_hours_equal_the_truth(unsampled_week: Site) -> None:
    assert_frame_equal(*hours(unsampled_week, "true_bytes"))


def test_unsampled_volumes_of_subscribers_equal_the_truth(unsampled_week: Site) -> None:
    archive, truth = subscriber_days(unsampled_week)
    assert_frame_equal(archive, truth)
    true = unsampled_week.truth("subscriber_day")
    assert true["true_in_bytes"].equals(true["sampled_in_bytes"])
    assert archive["out_bytes"].sum() == true["true_out_bytes"].sum()


def test_counters_by_hour_equal_the_truth(unsampled_week: Site) -> None:
    archive = unsampled_week.query(
        "SELECT service, access, epoch_ms(hour_start) hour_start_ms, sum(in_bytes) in_octets, "
        "sum(out_bytes) out_octets FROM rate_hour GROUP BY ALL"
    )
    key = ["service", "access", "hour_start_ms"]
    assert_frame_equal(
        sorted_rows(archive, key), sorted_rows(unsampled_week.truth("rate_hour"), key)
    )


def test_flows_across_hours_midnight_and_week_edges_were_among_them(unsampled_week: Site) -> None:
    """The equalities above mean something only when such flows occur."""
    log = unsampled_week.query("SELECT * FROM load_log WHERE feed = 'flows'")
    out_of_week = log["out_of_week_bytes"].item()
    whole_flows_outside = log["out_of_week_rows"].item()
    assert whole_flows_outside > 0
    assert 0 < out_of_week < log["delivered_bytes"].item()


def test_sampled_volumes_are_the_sums_of_what_the_collectors_wrote(sampled_week: Site) -> None:
    assert_frame_equal(*ports(sampled_week, "sampled_bytes"))
    assert_frame_equal(*hours(sampled_week, "sampled_bytes"))
    assert_frame_equal(*subscriber_days(sampled_week))


def test_attribution_names_every_byte(sampled_week: Site) -> None:
    truth = sampled_week.truth("attribution").row(0, named=True)
    rows = sampled_week.query(
        "SELECT attribution, sum(bytes)::BIGINT FROM attribution_week GROUP BY ALL"
    )
    found = dict(rows.iter_rows())
    assert found["none"] == truth["sampled_unattributed_bytes"]
    assert found["both"] == truth["sampled_user_to_user_bytes"]
    assert found["in"] + found["both"] == truth["sampled_in_bytes"]
    assert found["out"] + found["both"] == truth["sampled_out_bytes"]


def test_sampled_estimates_lie_inside_their_bars(sampled_week: Site) -> None:
    """Of cells with 30 sampled packets or more, 95 % lie inside (docs/method.md, rule 17)."""
    archive = sampled_week.query(
        "SELECT service, ip_version::INT ip_version, protocol::INT protocol, port::INT port, bytes,"
        " sampled_packets, variance_bytes2::DOUBLE variance FROM port_week"
    )
    port_key = ["service", "ip_version", "protocol", "port"]
    truth = sampled_week.truth("port_week").select(
        "service", *(pl.col(c).cast(pl.Int32) for c in port_key[1:]), "true_bytes"
    )
    by_port = archive.join(truth, on=port_key, nulls_equal=True)
    hours_archive = sampled_week.query(
        "SELECT service, epoch_ms(hour_start) hour_start_ms, port_group, bytes, sampled_packets, "
        "variance_bytes2::DOUBLE variance FROM port_group_hour"
    )
    by_hour = hours_archive.join(
        sampled_week.truth("port_group_hour"), on=["service", "hour_start_ms", "port_group"]
    )
    cells = pl.concat(
        frame.select("bytes", "true_bytes", "sampled_packets", "variance")
        for frame in (by_port, by_hour)
    ).filter(pl.col("sampled_packets") >= 30)

    inside = (cells["bytes"] - cells["true_bytes"]).abs() <= 1.96 * cells["variance"].sqrt()

    assert cells.height > 500
    assert 0.93 <= inside.sum() / cells.height <= 0.97


@pytest.mark.parametrize("fixture", ["unsampled_week", "sampled_week"])
def test_delivered_is_loaded_quarantined_and_out_of_week(
    fixture: str, request: pytest.FixtureRequest
) -> None:
    site: Site = request.getfixturevalue(fixture)
    log = site.query("SELECT * FROM load_log ORDER BY feed")
    truth = (
        site.truth("delivered")
        .group_by("feed")
        .agg(pl.col("records", "bytes", "doubled_records").sum())
    )

    for row in log.iter_rows(named=True):
        true = truth.row(by_predicate=pl.col("feed") == row["feed"], named=True)
        assert row["delivered_rows"] == true["records"]
        assert row["quarantined_rows"] == true["doubled_records"]
        for unit in ("rows", "bytes"):
            assert row[f"delivered_{unit}"] == (
                row[f"loaded_{unit}"] + row[f"quarantined_{unit}"] + row[f"out_of_week_{unit}"]
            )
        if row["feed"] in {"flows", "usage"}:
            assert row["delivered_bytes"] == true["bytes"]


def test_no_name_and_no_address_of_a_subscriber_is_in_the_archive(unsampled_week: Site) -> None:
    names = set(unsampled_week.truth("subscriber_day")["subscriber"]) | set(
        unsampled_week.truth("subscriber_day")["contract"]
    )
    rows = [str(row) for table in unsampled_week.content().values() for row in table]
    assert not [name for name in names if any(name in row for row in rows)]
