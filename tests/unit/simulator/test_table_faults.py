"""What a planted fault leaves in tables is what its truth says."""

from __future__ import annotations

import polars as pl
import pytest

from tests.unit.simulator.planted import MONDAY, Week


def counted(week: Week) -> pl.DataFrame:
    """What each interface counted in and out on each day."""
    return (
        week.table("counters", "snmp")
        .with_columns(
            pl.col("in_octets", "out_octets").cast(pl.Int64).diff().shift(-1).over("interface"),
            day=pl.col("time").str.head(10).str.to_date().sub(MONDAY).dt.total_days(),
        )
        .drop_nulls("in_octets")
        .group_by("interface", "day")
        .agg(pl.col("in_octets", "out_octets").sum())
        .sort("interface", "day")
    )


PPPOE = ("bb-east/pppoe", "bb-west/pppoe")
DISAGREEMENTS = {
    "flows-under-counters-20": (0, 1 / 0.8, PPPOE),
    "flows-under-counters-50": (1, 1 / 0.5, PPPOE),
    "flows-over-counters-20": (2, 0.8, PPPOE),
    "flows-over-counters-50": (3, 1 / 1.5, PPPOE),
    "usage-under-counters-20": (0, 1 / 0.8, ("ipoe-partner/xe-0",)),
    "usage-under-counters-50": (1, 1 / 0.5, ("ipoe-partner/xe-0",)),
    "usage-over-counters-20": (2, 0.8, ("mobile-core/sgi",)),
    "usage-over-counters-50": (3, 1 / 1.5, ("mobile-core/sgi",)),
}


def test_counters_disagree_on_some_days_and_no_others(clean: Week, damaged: Week) -> None:
    factors = {
        (interface, day): factor
        for day, factor, interfaces in DISAGREEMENTS.values()
        for interface in interfaces
    }
    both = counted(clean).join(counted(damaged), on=["interface", "day"])
    # On the Saturday the counters of bb-west begin again.
    both = both.filter((pl.col("interface") != "bb-west/pppoe") | (pl.col("day") != 5))
    assert len(both) == 4 * 7 - 1
    for one in both.rows(named=True):
        for octets in ("in_octets", "out_octets"):
            expected = one[octets] * factors.get((one["interface"], one["day"]), 1)
            assert one[f"{octets}_right"] == pytest.approx(expected, abs=300)


@pytest.mark.parametrize("fault", DISAGREEMENTS)
def test_the_day_on_which_counters_disagree_is_reported(damaged: Week, fault: str) -> None:
    (row,) = damaged.planted(fault)
    assert row["from_ms"] == 1_717_340_400_000 + DISAGREEMENTS[fault][0] * 86_400_000
    assert row["to_ms"] - row["from_ms"] == 86_400_000
    assert row["severity"] == ("critical" if fault.endswith("50") else "warning")


def test_a_counter_begins_again(clean: Week, damaged: Week) -> None:
    (row,) = damaged.planted("counter-reset")
    falls = {}
    for week in (clean, damaged):
        readings = week.table("counters", "snmp").with_columns(
            pl.col("in_octets", "out_octets").cast(pl.Int64),
            pl.col("in_octets", "out_octets")
            .cast(pl.Int64)
            .diff()
            .over("interface")
            .name.prefix("d_"),
        )
        falls[week] = readings.filter((pl.col("d_in_octets") < 0) | (pl.col("d_out_octets") < 0))
    assert falls[clean].is_empty()
    (fall,) = falls[damaged].rows(named=True)
    assert (fall["interface"], fall["time"]) == ("bb-west/pppoe", "2024-06-08T15:00:00+09:00")
    assert (fall["in_octets"], fall["out_octets"]) == (0, 0)
    assert row["to_ms"] - row["from_ms"] == 300_000


def test_sessions_of_some_logins_are_missing(clean: Week, damaged: Week) -> None:
    before, now = (one.table("assignments", "radius") for one in (clean, damaged))
    lost = before.filter(~pl.col("username").is_in(now["username"].unique().to_list()))
    planted = now.join(before, on="acctuniqueid", how="anti")
    assert len(now) - len(planted) + len(lost) == len(before)
    rows = damaged.planted("assignments-missing")
    assert [row["source"] for row in rows] == ["bb-east", "bb-west"]
    assert sum(row["count"] for row in rows) == lost["username"].n_unique() == 24
    for row in rows:
        assert row["rows"] > 0
        assert row["bytes"] > 0


def test_every_session_without_a_stop_is_still_ended_by_another(damaged: Week) -> None:
    sessions = damaged.table("assignments", "radius").unique()
    sessions = sessions.filter(pl.col("callingstationid") != "planted-never-ending")
    lost = sessions.filter(
        pl.col("acctstoptime").is_null() & (pl.col("acctupdatetime") != "2024-06-10T06:00:00+09:00")
    )
    ended = lost.join(sessions, on=["nasipaddress", "framedipaddress"]).filter(
        pl.col("acctstarttime_right") > pl.col("acctstarttime")
    )
    assert ended["acctuniqueid"].n_unique() == len(lost) > 0


def test_bytes_without_assignments_are_those_of_the_flows_of_their_lines(
    clean: Week, damaged: Week
) -> None:
    left = damaged.table("assignments", "radius")["username"].unique().to_list()
    days = pl.read_parquet(clean.truth_folder / "subscriber_day.parquet")
    (truth,) = pl.read_parquet(clean.truth_folder / "attribution.parquet").rows(named=True)
    lost = days.filter((pl.col("access") == "pppoe") & ~pl.col("subscriber").is_in(left))
    volume = lost.select(pl.sum_horizontal(pl.col("^sampled.*bytes$").sum())).item()
    unexplained = sum(row["bytes"] for row in damaged.planted("assignments-missing"))
    between_users = truth["sampled_user_to_user_bytes"]
    assert truth["sampled_unattributed_bytes"] + volume - between_users <= unexplained
    assert unexplained <= truth["sampled_unattributed_bytes"] + volume


def added(clean: Week, damaged: Week, kind: str) -> pl.DataFrame:
    before, now = (one.table("assignments", "radius") for one in (clean, damaged))
    new = now.join(before, on="acctuniqueid", how="anti")
    return new.filter(pl.col("callingstationid") == f"planted-{kind}")


def test_sessions_overlap(clean: Week, damaged: Week) -> None:
    (row,) = damaged.planted("overlapping-sessions")
    new = added(clean, damaged, "overlapping")
    assert row["count"] == len(new) == 5
    both = new.join(
        clean.table("assignments", "radius").unique(), on=["nasipaddress", "framedipaddress"]
    )
    within = both.filter(
        (pl.col("acctstarttime") > pl.col("acctstarttime_right"))
        & (pl.col("acctstoptime") < pl.col("acctstoptime_right"))
        & (pl.col("username") != pl.col("username_right"))
    )
    assert within["acctuniqueid"].sort().equals(new["acctuniqueid"].sort())


def test_sessions_never_end(clean: Week, damaged: Week) -> None:
    (row,) = damaged.planted("never-ending-sessions")
    new = added(clean, damaged, "never-ending")
    assert row["count"] == len(new) == new["framedipaddress"].n_unique() == 5
    assert new["acctstoptime"].null_count() == 5
    assert new["acctstarttime"].str.head(10).unique().to_list() == ["2024-05-14"]
    assert new["acctupdatetime"].str.head(10).unique().to_list() == ["2024-05-15"]
    others = clean.table("assignments", "radius")["framedipaddress"].to_list()
    assert not set(new["framedipaddress"]) & set(others)


def test_addresses_are_used_again_within_minutes(clean: Week, damaged: Week) -> None:
    (row,) = damaged.planted("address-reuse")
    new = added(clean, damaged, "reused").with_columns(
        pl.col("acctstarttime", "acctstoptime").str.to_datetime("%Y-%m-%dT%H:%M:%S%:z")
    )
    pairs = new.join(
        new,
        left_on=["nasipaddress", "framedipaddress"],
        right_on=["nasipaddress", "framedipaddress"],
    ).filter(pl.col("acctstarttime_right") - pl.col("acctstoptime") == pl.duration(minutes=2))
    assert row["count"] == len(pairs) == len(new) // 2 == 5
    assert (pairs["username"] != pairs["username_right"]).all()


def test_subscribers_with_traffic_are_in_no_snapshot(clean: Week, damaged: Week) -> None:
    before, now = (one.table("subscribers", "crm") for one in (clean, damaged))
    lost = before.join(now, on="login_or_number", how="anti")
    days = pl.read_parquet(clean.truth_folder / "subscriber_day.parquet")
    rows = damaged.planted("not-in-snapshot")
    assert [row["count"] for row in rows] == [2, 1, 2]
    for row in rows:
        service, access = (*row["note"].split(), "")[:2]
        mine = lost.filter(
            (pl.col("service") == service) & (pl.col("access").fill_null("") == access)
        )
        volume = days.filter(pl.col("subscriber").is_in(mine["login_or_number"].to_list())).select(
            pl.sum_horizontal(pl.col("^sampled.*bytes$").sum())
        )
        assert len(mine) == row["count"]
        assert volume.item() > 0
        if access:
            assert volume.item() == row["bytes"]


def test_charging_records_come_again_the_next_day(clean: Week, damaged: Week) -> None:
    (row,) = damaged.planted("doubled-charging")
    (name,) = row["files"]
    before, now = (one.table("usage", "mobile-gateway", name) for one in (clean, damaged))
    more = now[len(before) :]
    day_before = clean.table("usage", "mobile-gateway", "cdr-20240605.csv")
    assert name == "cdr-20240606.csv"
    assert now[: len(before)].equals(before)
    assert len(more) == row["rows"] == row["count"] == -(-len(day_before.unique()) // 5)
    assert len(more.join(day_before.unique(), on=["record", "gateway", "sequence"])) == len(more)
    volume = more.select(pl.col("in_bytes", "out_bytes").cast(pl.Int64).sum()).sum_horizontal()
    assert volume[0] == row["bytes"]


def mobile_bytes(week: Week) -> int:
    records = week.table("usage", "mobile-gateway")
    sums = records.select(pl.col("in_bytes", "out_bytes").cast(pl.Int64).sum())
    return int(sums.sum_horizontal()[0])


def sgi_octets(week: Week) -> int:
    mine = counted(week).filter(pl.col("interface") == "mobile-core/sgi")
    return int(mine.select((pl.col("in_octets") + pl.col("out_octets")).sum()).item())


def test_volumes_break(clean: Week, broken: Week) -> None:
    assert [row["feed"] for row in broken.planted("bytes-break")] == ["usage", "counters"]
    assert mobile_bytes(broken) == 3 * mobile_bytes(clean)
    assert sgi_octets(broken) == 3 * sgi_octets(clean)


def test_subscribers_break(clean: Week, shrunk: Week) -> None:
    (row,) = shrunk.planted("subscribers-break")
    before, now = (one.table("usage", "mobile-gateway") for one in (clean, shrunk))
    numbers = [one["subscriber"].n_unique() for one in (before, now)]
    assert numbers[0] - numbers[1] == row["count"] == round(0.6 * numbers[0])
    assert len(before) - len(now) == row["rows"]
    factor = sgi_octets(shrunk) / sgi_octets(clean)
    assert factor == pytest.approx(mobile_bytes(shrunk) / mobile_bytes(clean), rel=1e-3)
