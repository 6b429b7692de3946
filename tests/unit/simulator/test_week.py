"""A week as delivered, against its truth."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from longflow.simulator.provider import Provider, SimulatorError
from longflow.simulator.simulate import simulate

MONDAY = date(2024, 6, 3)
FEEDS = {
    "flows": ("bb-east", "bb-west", "mobile-core"),
    "assignments": ("radius",),
    "usage": ("ipoe-partner", "mobile-gateway"),
    "counters": ("snmp",),
    "subscribers": ("crm",),
}
TINY = Provider(
    sampling_interval=1,
    pppoe_contracts=12,
    ipoe_contracts=5,
    mobile_numbers=20,
    pppoe_flows_per_week=120,
    mobile_flows_per_week=40,
    seed=3,
)
SAMPLED = replace(TINY, sampling_interval=64)


@dataclass(frozen=True)
class Made:
    """A week that was made: where it lies, and its truth."""

    folder: Path
    monday: date = MONDAY

    @property
    def landing(self) -> Path:
        return self.folder / "landing"

    def truth(self, table: str) -> pl.DataFrame:
        return pl.read_parquet(self.folder / "truth" / str(self.monday) / f"{table}.parquet")

    def delivery(self, feed: str, source: str) -> Path:
        return self.landing / feed / source / str(self.monday)

    def read(self, feed: str, source: str, pattern: str = "*.csv") -> pl.DataFrame:
        """All rows of a source's files as text; what is empty is null."""
        files = sorted(self.delivery(feed, source).glob(pattern))
        return pl.concat([pl.read_csv(file, infer_schema=False) for file in files])


def make(provider: Provider, folder: Path, *mondays: date) -> Made:
    simulate(provider, mondays, [], folder / "landing", folder / "truth")
    return Made(folder, mondays[0])


@pytest.fixture(scope="module")
def unsampled(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return make(TINY, tmp_path_factory.mktemp("unsampled"), MONDAY)


@pytest.fixture(scope="module")
def sampled(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return make(SAMPLED, tmp_path_factory.mktemp("sampled"), MONDAY)


def total(table: pl.DataFrame, column: str) -> int:
    return int(table[column].sum())


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_every_source_delivers(sampled: Made) -> None:
    found = {
        feed.name: tuple(sorted(source.name for source in feed.iterdir()))
        for feed in sampled.landing.iterdir()
    }
    assert found == FEEDS
    for source in FEEDS["flows"]:
        names = sorted(path.name for path in sampled.delivery("flows", source).iterdir())
        assert len(names) == 168 + 6 + 1
        assert names[:2] == ["SHA256SUMS", "nfcapd.202406030000"]
        assert names[-1] == "nfcapd.202406100500"


def test_checksums_are_those_of_the_files(sampled: Made) -> None:
    folder = sampled.delivery("flows", "bb-east")
    lines = (folder / "SHA256SUMS").read_text().splitlines()
    named = {name: digest for digest, name in (line.split("  ") for line in lines)}
    present = digests(folder)
    del present["SHA256SUMS"]
    assert named == present


def test_the_same_seed_gives_the_same_bytes_whatever_else_is_made(
    sampled: Made, tmp_path: Path
) -> None:
    other = date(2023, 5, 29)
    simulate(SAMPLED, [other, MONDAY], [], tmp_path / "landing", tmp_path / "truth")
    again = digests(tmp_path)
    assert digests(sampled.folder) == {
        name: digest for name, digest in again.items() if str(other) not in name
    }


def test_weeks_made_at_the_same_time_are_the_same(tmp_path: Path) -> None:
    mondays = [date(2024, 6, 10), date(2024, 6, 17)]
    for jobs in (1, 2):
        folder = tmp_path / str(jobs)
        simulate(TINY, [], mondays, folder / "landing", folder / "truth", jobs)
    assert len(digests(tmp_path / "1")) == 2 * 4
    assert digests(tmp_path / "1") == digests(tmp_path / "2")


def test_another_seed_gives_another_week(sampled: Made, tmp_path: Path) -> None:
    other = make(replace(SAMPLED, seed=4), tmp_path, MONDAY)
    mine, others = (digests(one.delivery("flows", "bb-east")) for one in (sampled, other))
    assert all(mine[name] != others[name] for name in ("SHA256SUMS", "nfcapd.202406032000"))


def test_unsampled_truth_is_the_same_before_and_after_sampling(unsampled: Made) -> None:
    for table in ("subscriber_day", "port_week", "port_group_hour"):
        truth = unsampled.truth(table)
        for column in [name for name in truth.columns if name.startswith("true_")]:
            assert truth[column].sum() > 0
            assert truth[column].equals(truth[column.replace("true", "sampled")])


def test_true_bytes_are_the_same_by_port_and_by_hour(sampled: Made) -> None:
    by_port, by_hour = (
        sampled.truth(table).group_by("service").agg(pl.col("true_bytes", "sampled_bytes").sum())
        for table in ("port_week", "port_group_hour")
    )
    assert by_port.sort("service").equals(by_hour.sort("service"))


def test_what_is_attributed_and_what_is_not_adds_up_to_all_flows(sampled: Made) -> None:
    (row,) = sampled.truth("attribution").rows(named=True)
    flows = sampled.truth("port_week").filter(pl.col("service") == "broadband")
    assert flows["sampled_bytes"].sum() == (
        row["sampled_in_bytes"]
        + row["sampled_out_bytes"]
        - row["sampled_user_to_user_bytes"]
        + row["sampled_unattributed_bytes"]
    )
    days = sampled.truth("subscriber_day").filter(pl.col("access") == "pppoe")
    assert days["sampled_in_bytes"].sum() == row["sampled_in_bytes"]
    assert days["sampled_out_bytes"].sum() == row["sampled_out_bytes"]


def test_flows_delivered_are_in_the_week_or_out_of_it(sampled: Made) -> None:
    delivered = sampled.truth("delivered").filter(pl.col("feed") == "flows")
    inside = total(sampled.truth("port_week"), "sampled_bytes")
    assert (delivered["out_of_week_bytes"] > 0).all()
    assert total(delivered, "bytes") == inside + total(delivered, "out_of_week_bytes")


@pytest.mark.parametrize(("source", "access"), [("mobile-gateway", ""), ("ipoe-partner", "ipoe")])
def test_usage_delivered_is_in_the_week_out_of_it_or_doubled(
    sampled: Made, source: str, access: str
) -> None:
    records = sampled.read("usage", source)
    (row,) = sampled.truth("delivered").filter(pl.col("source") == source).rows(named=True)
    volume = records.select(pl.col("in_bytes", "out_bytes").cast(pl.Int64).sum()).sum_horizontal()
    days = sampled.truth("subscriber_day").filter(pl.col("access") == access)
    inside = total(days, "true_in_bytes") + total(days, "true_out_bytes")
    assert len(records) == row["records"]
    assert volume[0] == row["bytes"]
    assert row["bytes"] == inside + row["out_of_week_bytes"] + row["doubled_bytes"]
    assert len(records) - len(records.unique()) == row["doubled_records"]


def test_charging_records_come_in_parts_and_cross_days(sampled: Made) -> None:
    records = sampled.read("usage", "mobile-gateway").unique()
    key = records.select("gateway", "record", "sequence")
    assert len(key.unique()) == len(key)
    assert (records["sequence"].cast(pl.Int64) > 1).any()
    crossing = records["start_time"].str.head(10) != records["end_time"].str.head(10)
    assert crossing.any()
    assert records["access"].null_count() == len(records)


def test_charging_records_lie_in_the_file_of_the_day_they_were_opened(sampled: Made) -> None:
    for file in sampled.delivery("usage", "mobile-gateway").iterdir():
        days = pl.read_csv(file, infer_schema=False)["start_time"].str.head(10).unique()
        assert [day.replace("-", "") for day in days] == [file.stem.removeprefix("cdr-")]


def test_open_sessions_have_no_stop_and_were_updated_when_the_records_were_drawn(
    sampled: Made,
) -> None:
    accounting = sampled.read("assignments", "radius").unique()
    drawn = accounting.filter(pl.col("acctupdatetime") == "2024-06-10T06:00:00+09:00")
    assert len(drawn) == 12
    assert drawn["acctstoptime"].null_count() == 12


def test_sessions_carry_the_octets_of_their_flows(unsampled: Made) -> None:
    octets = unsampled.read("assignments", "radius").unique()["acctoutputoctets"].cast(pl.Int64)
    days = unsampled.truth("subscriber_day").filter(pl.col("access") == "pppoe")
    assert octets.sum() > days["true_out_bytes"].sum()


def test_subscribers_are_all_lines_of_the_truth(sampled: Made) -> None:
    snapshot = sampled.read("subscribers", "crm").with_columns(pl.col("access").fill_null(""))
    truth = sampled.truth("subscriber_day").rename({"subscriber": "login_or_number"})
    lines = truth.select(snapshot.columns).unique()
    assert snapshot.sort("login_or_number").equals(lines.sort("login_or_number"))


def test_counters_grow_from_edge_to_edge_by_what_the_hours_say(unsampled: Made) -> None:
    counters = unsampled.read("counters", "snmp").with_columns(
        pl.col("in_octets", "out_octets").cast(pl.Int64), pl.col("access").fill_null("")
    )
    times = counters["time"].unique().sort()
    assert len(times) == 7 * 288 + 1
    assert (times[0], times[-1]) == ("2024-06-03T00:00:00+09:00", "2024-06-10T00:00:00+09:00")
    steps = counters.select(pl.col("in_octets", "out_octets").diff().over("interface"))
    assert (steps.drop_nulls().min_horizontal() >= 0).all()
    grown = (
        counters.group_by("interface", "service", "access")
        .agg(pl.col("in_octets", "out_octets").max() - pl.col("in_octets", "out_octets").min())
        .group_by("service", "access")
        .agg(pl.col("in_octets", "out_octets").sum())
    )
    hours = (
        unsampled.truth("rate_hour")
        .group_by("service", "access")
        .agg(pl.col("in_octets", "out_octets").sum())
    )
    assert grown.sort("access").equals(hours.sort("access"))


def test_counters_are_the_true_bytes_and_three_percent(sampled: Made) -> None:
    octets = sampled.truth("rate_hour").group_by("access").agg(pl.col("out_octets").sum())
    days = sampled.truth("subscriber_day").group_by("access").agg(pl.col("true_out_bytes").sum())
    both = octets.join(days, on="access").filter(pl.col("access") != "")
    for row in both.rows(named=True):
        assert row["out_octets"] / row["true_out_bytes"] == pytest.approx(1.03, abs=1e-6)


def test_a_counters_week_has_counters_alone_at_the_level_of_a_full_week(
    sampled: Made, tmp_path: Path
) -> None:
    simulate(SAMPLED, [], [MONDAY], tmp_path / "landing", tmp_path / "truth")
    alone = Made(tmp_path)
    assert [feed.name for feed in alone.landing.iterdir()] == ["counters"]
    total, full = (one.truth("rate_hour")["out_octets"].sum() for one in (alone, sampled))
    assert total == pytest.approx(full, rel=0.1)


def test_a_week_that_is_there_is_left_as_it_is(sampled: Made) -> None:
    before = digests(sampled.folder)
    lines: list[str] = []
    made = simulate(
        SAMPLED,
        [MONDAY],
        [MONDAY],
        sampled.landing,
        sampled.folder / "truth",
        progress=lines.append,
    )
    assert made == 0
    assert lines == ["1 of 1 weeks already exist"]
    assert digests(sampled.folder) == before


def test_a_week_with_a_file_missing_is_made_again(tmp_path: Path) -> None:
    made = make(TINY, tmp_path, MONDAY)
    before = digests(tmp_path)
    (made.delivery("counters", "snmp") / "counters.csv").unlink()
    assert simulate(TINY, [MONDAY], [], made.landing, tmp_path / "truth") == 1
    assert digests(tmp_path) == before


def test_a_week_interrupted_while_it_was_put_in_place_is_made_again(tmp_path: Path) -> None:
    made = make(TINY, tmp_path, MONDAY)
    before = digests(tmp_path)
    truth = tmp_path / "truth"
    (truth / str(MONDAY)).rename(truth / f".{MONDAY}.partial")
    (made.delivery("counters", "snmp") / "counters.csv").write_text("half")
    assert simulate(TINY, [MONDAY], [], made.landing, truth) == 1
    assert digests(tmp_path) == before


def test_dumps_that_the_simulator_did_not_make_are_never_replaced(tmp_path: Path) -> None:
    real = tmp_path / "landing" / "flows" / "bb-east" / str(MONDAY) / "nfcapd.202406030000"
    real.parent.mkdir(parents=True)
    real.write_text("a real dump")
    for _ in range(2):
        with pytest.raises(SimulatorError, match=r"exists, but .* does not know it; remove it"):
            simulate(TINY, [MONDAY], [], tmp_path / "landing", tmp_path / "truth")
    assert list(digests(tmp_path)) == [str(real.relative_to(tmp_path))]


def test_other_parameters_for_a_week_that_is_there_are_refused(sampled: Made) -> None:
    other = replace(SAMPLED, sampling_interval=128)
    with pytest.raises(SimulatorError) as error:
        simulate(other, [MONDAY], [], sampled.landing, sampled.folder / "truth")
    assert "was made with sampling_interval 64, not 128; remove" in str(error.value)


def test_more_feeds_for_a_counters_week_are_refused(tmp_path: Path) -> None:
    simulate(TINY, [], [MONDAY], tmp_path / "landing", tmp_path / "truth")
    with pytest.raises(SimulatorError, match="made with counters only; remove"):
        simulate(TINY, [MONDAY], [], tmp_path / "landing", tmp_path / "truth")


def test_the_marker_names_parameters_and_files(sampled: Made) -> None:
    marker = json.loads((sampled.folder / "truth" / str(MONDAY) / "parameters.json").read_text())
    assert marker["parameters"] == SAMPLED.parameters()
    assert set(marker["files"]) == set(digests(sampled.landing))
