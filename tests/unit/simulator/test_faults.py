"""What a planted fault leaves in the files, read without the simulator, is what its truth says."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
from collections import Counter
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from longflow.simulator import nfcapd_file
from longflow.simulator.faults import ALL, FAULTS
from longflow.simulator.provider import Provider, SimulatorError
from longflow.simulator.simulate import simulate

MONDAY = date(2024, 6, 3)
N = 64
PROVIDER = Provider(
    sampling_interval=N,
    pppoe_contracts=60,
    ipoe_contracts=20,
    mobile_numbers=60,
    pppoe_flows_per_week=200,
    mobile_flows_per_week=60,
    seed=3,
)
FIRST, LAST, PROTOCOL, SOURCE_PORT, DESTINATION_PORT, PACKETS, BYTES = 1, 2, 3, 8, 13, 14, 15
Flow = tuple[int, ...]


@dataclass(frozen=True)
class Week:
    """A week that was made: where it lies."""

    folder: Path

    @property
    def landing(self) -> Path:
        return self.folder / "landing"

    @property
    def truth_folder(self) -> Path:
        return self.folder / "truth" / str(MONDAY)

    def planted(self, fault: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = json.loads((self.truth_folder / "faults.json").read_text())
        return [row for row in rows if row["fault"] == fault]

    def source(self, feed: str, source: str) -> Path:
        return self.landing / feed / source / str(MONDAY)

    def file(self, source: str, name: str) -> Path:
        return self.source("flows", source) / name

    def table(self, feed: str, source: str, pattern: str = "*.csv") -> pl.DataFrame:
        files = sorted(self.source(feed, source).glob(pattern))
        return pl.concat([pl.read_csv(file, infer_schema=False) for file in files])


def make(folder: Path, *faults: str) -> Week:
    simulate(PROVIDER, [MONDAY], [], folder / "landing", folder / "truth", faults=faults)
    return Week(folder)


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Week:
    return make(tmp_path_factory.mktemp("clean"))


@pytest.fixture(scope="module")
def damaged(tmp_path_factory: pytest.TempPathFactory) -> Week:
    return make(tmp_path_factory.mktemp("damaged"), ALL)


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Week:
    """Faults that `all` leaves out, in sources and feeds of their own."""
    faults = ("scaled-twice", "not-scaled", "port-shift", "bytes-break")
    return make(tmp_path_factory.mktemp("broken"), *faults)


@pytest.fixture(scope="module")
def shrunk(tmp_path_factory: pytest.TempPathFactory) -> Week:
    """The other faults that `all` leaves out."""
    faults = ("late-files", "rows-break", "subscribers-break")
    return make(tmp_path_factory.mktemp("shrunk"), *faults)


def nfdump(*arguments: str | Path) -> str:
    done = subprocess.run(
        ["nfdump", *map(str, arguments)],
        env={**os.environ, "TZ": "UTC"},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


@cache
def flows(path: Path) -> Counter[Flow]:
    """The flows of a file, or of all files of a folder, as nfdump prints them."""
    files = ("-R", min(path.glob("nfcapd.*"))) if path.is_dir() else ("-r", path)
    printed = nfdump(*files, "-q", "-N", "-o", "pipe")
    rows = [tuple(map(int, line.split("|"))) for line in printed.splitlines() if "|" in line]
    return Counter((*row[:14], *row[20:22]) for row in rows)


def size(some: Counter[Flow]) -> int:
    return sum(flow[BYTES] * count for flow, count in some.items())


def says(row: dict[str, Any], some: Counter[Flow]) -> bool:
    return some.total() > 0 and [row["rows"], row["bytes"]] == [some.total(), size(some)]


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_without_faults_nothing_tells_of_faults(clean: Week) -> None:
    assert sorted(path.name for path in clean.truth_folder.iterdir()) == [
        "attribution.parquet",
        "delivered.parquet",
        "parameters.json",
        "port_group_hour.parquet",
        "port_week.parquet",
        "rate_hour.parquet",
        "subscriber_day.parquet",
    ]
    assert "faults" not in (clean.truth_folder / "parameters.json").read_text()


def test_files_that_no_fault_names_are_those_of_the_clean_week(clean: Week, damaged: Week) -> None:
    before, now = digests(clean.landing), digests(damaged.landing)
    touched = {name for name in before | now if before.get(name) != now.get(name)}
    rows = json.loads((damaged.truth_folder / "faults.json").read_text())
    named = {file for row in rows for file in row["files"]}
    assert {Path(name).name for name in touched} == named | {"SHA256SUMS"}


def test_truth_stays_that_of_the_clean_week(clean: Week, damaged: Week) -> None:
    for path in clean.truth_folder.glob("*.parquet"):
        assert pl.read_parquet(damaged.truth_folder / path.name).equals(pl.read_parquet(path))


def test_flow_files_of_the_clean_week_are_told(clean: Week, damaged: Week) -> None:
    files = pl.read_parquet(damaged.truth_folder / "flow_file.parquet")
    delivered = pl.read_parquet(clean.truth_folder / "delivered.parquet")
    total = files.group_by("source").agg(pl.col("records", "bytes").sum()).sort("source")
    expected = delivered.filter(pl.col("feed") == "flows").sort("source")
    assert total.equals(expected.select("source", "records", "bytes"))


def test_all_is_every_fault_that_can_stand_beside_others(damaged: Week) -> None:
    rows = json.loads((damaged.truth_folder / "faults.json").read_text())
    assert list(dict.fromkeys(row["fault"] for row in rows)) == [
        name for name, fault in FAULTS.items() if not fault.alone
    ]


def test_checksums_fit_the_damaged_files(damaged: Week) -> None:
    for source in ("bb-east", "bb-west", "mobile-core"):
        folder = damaged.source("flows", source)
        lines = (folder / "SHA256SUMS").read_text().splitlines()
        named = {name: digest for digest, name in (line.split("  ") for line in lines)}
        assert named | {"SHA256SUMS": digests(folder)["SHA256SUMS"]} == digests(folder)


def test_the_same_seed_plants_the_same_faults(damaged: Week, tmp_path: Path) -> None:
    assert digests(make(tmp_path, ALL).folder) == digests(damaged.folder)


def test_missing_slots_are_not_delivered(clean: Week, damaged: Week) -> None:
    rows = damaged.planted("missing-slots")
    assert [(row["count"], row["source"]) for row in rows] == [(2, "bb-east"), (1, "bb-east")]
    assert [(row["to_ms"] - row["from_ms"]) // 3_600_000 for row in rows] == [2, 1]
    for row in rows:
        for name in row["files"]:
            assert clean.file("bb-east", name).exists()
            assert not damaged.file("bb-east", name).exists()


def test_a_missing_hour_is_missing_from_every_collector(damaged: Week) -> None:
    (row,) = damaged.planted("missing-hour")
    assert (row["source"], row["files"], row["count"]) == (None, ["nfcapd.202406080400"], 3)
    for source in ("bb-east", "bb-west", "mobile-core"):
        assert not damaged.file(source, "nfcapd.202406080400").exists()


@pytest.mark.nfdump
def test_sequence_failures_stand_in_the_collectors_records(damaged: Week) -> None:
    rows = damaged.planted("sequence-gaps")
    assert [row["count"] for row in rows] == [7, 5]
    for row in rows:
        (name,) = row["files"]
        assert f"Sequence failures: {row['count']}," in nfdump("-E", damaged.file("bb-west", name))


@pytest.mark.nfdump
def test_a_changed_interval_is_announced_and_used(clean: Week, tmp_path: Path) -> None:
    week = make(tmp_path, "interval-changed")
    (row,) = week.planted("interval-changed")
    assert (row["files"][0], row["files"][-1]) == ("nfcapd.202406060000", "nfcapd.202406100500")
    assert "packet space: 63" in nfdump("-E", week.file("mobile-core", "nfcapd.202406052300"))
    for name in (row["files"][0], row["files"][-1]):
        assert "packet space: 127" in nfdump("-E", week.file("mobile-core", name))
    before, now = (flows(one.source("flows", "mobile-core")) for one in (clean, week))
    earlier = Counter({one: count for one, count in now.items() if one[LAST] < row["from_ms"]})
    assert earlier <= before
    changed = flows_of(week, "mobile-core", row["files"])
    assert says(row, changed)
    assert all(flow[PACKETS] % (2 * N) == 0 < flow[PACKETS] for flow in changed)
    assert size(now) == pytest.approx(size(before), rel=0.02)


def flows_of(week: Week, source: str, names: list[str]) -> Counter[Flow]:
    """The flows of a stretch of files."""
    folder = week.source("flows", source)
    printed = nfdump("-R", f"{folder / names[0]}:{names[-1]}", "-q", "-N", "-o", "pipe")
    rows = [tuple(map(int, line.split("|"))) for line in printed.splitlines() if "|" in line]
    return Counter((*row[:14], *row[20:22]) for row in rows)


@pytest.mark.nfdump
def test_interval_zero_is_announced_and_leaves_no_volume(clean: Week, damaged: Week) -> None:
    (row,) = damaged.planted("interval-zero")
    (name,) = row["files"]
    path = damaged.file("bb-east", name)
    assert "packet interval: 0, packet space: 0" in nfdump("-E", path)
    assert row["rows"] == flows(path).total() == flows(clean.file("bb-east", name)).total() > 0
    assert {(flow[PACKETS], flow[BYTES]) for flow in flows(path)} == {(0, 0)}
    assert " Unsampled" not in nfdump("-r", path, "-o", "raw")


@pytest.mark.nfdump
def test_late_intervals_leave_files_unflagged_and_unscaled(clean: Week, damaged: Week) -> None:
    (row,) = damaged.planted("interval-late")
    assert row["files"] == [f"nfcapd.20240604{hour:02d}00" for hour in range(3)]
    found: Counter[Flow] = Counter()
    for name in row["files"]:
        path = damaged.file("bb-west", name)
        assert "Sampler" not in nfdump("-E", path)
        assert not re.search(r"\bSampled", nfdump("-r", path, "-o", "raw"))
        assert scaled(flows(path), N) == flows(clean.file("bb-west", name))
        found.update(flows(path))
    assert says(row, found)


def scaled(some: Counter[Flow], factor: int) -> Counter[Flow]:
    return Counter(
        {
            (*flow[:PACKETS], flow[PACKETS] * factor, flow[BYTES] * factor): count
            for flow, count in some.items()
        }
    )


@pytest.mark.nfdump
def test_some_flows_lose_their_flag_and_their_scale(clean: Week, damaged: Week) -> None:
    rows = damaged.planted("unflagged-flows")
    assert [row["rows"] for row in rows] == [12, 12]
    for row in rows:
        (name,) = row["files"]
        path = damaged.file("bb-east", name)
        before, now = flows(clean.file("bb-east", name)), flows(path)
        assert says(row, now - before)
        assert scaled(now - before, N) == before - now
        assert len(re.findall(r", Unsampled", nfdump("-r", path, "-o", "raw"))) == 12
        assert "packet space: 63" in nfdump("-E", path)


@pytest.mark.nfdump
@pytest.mark.parametrize(
    ("fault", "source", "up", "down"),
    [("scaled-twice", "bb-east", N, 1), ("not-scaled", "bb-west", 1, N)],
)
def test_a_whole_source_can_be_scaled_wrongly(
    clean: Week, broken: Week, fault: str, source: str, up: int, down: int
) -> None:
    found = flows(broken.source("flows", source))
    (row,) = broken.planted(fault)
    assert says(row, found)
    assert scaled(found, down) == scaled(flows(clean.source("flows", source)), up)


@pytest.mark.nfdump
@pytest.mark.parametrize(
    ("fault", "source"),
    [
        ("clock-1970", "bb-east"),
        ("clock-future", "bb-east"),
        ("last-before-first", "bb-west"),
        ("outside-file", "bb-west"),
    ],
)
def test_some_flows_have_wrong_times(clean: Week, damaged: Week, fault: str, source: str) -> None:
    (row,) = damaged.planted(fault)
    (name,) = row["files"]
    before, now = flows(clean.file(source, name)), flows(damaged.file(source, name))
    wrong = now - before
    assert row["rows"] == 10
    assert says(row, wrong)
    assert size(wrong) == size(before - now)
    assert (now - wrong) < before
    for flow in wrong:
        begun, length = flow[FIRST], flow[LAST] - flow[FIRST]
        assert {
            "clock-1970": 0 <= begun < 31 * 86_400_000 and length >= 0,
            "clock-future": begun - row["from_ms"] > 360 * 86_400_000 and length >= 0,
            "last-before-first": length == -5_000,
            "outside-file": row["from_ms"] - flow[LAST] > 28 * 3_600_000 and length >= 0,
        }[fault]


@pytest.mark.nfdump
def test_a_file_comes_twice(damaged: Week) -> None:
    (row,) = damaged.planted("same-file-twice")
    again = damaged.file("bb-east", "nfcapd.202406060501")
    assert row["files"] == [again.name]
    assert again.read_bytes() == damaged.file("bb-east", "nfcapd.202406060500").read_bytes()
    assert says(row, flows(again))


@pytest.mark.nfdump
def test_records_of_a_file_stand_in_the_next_again(clean: Week, damaged: Week) -> None:
    (row,) = damaged.planted("same-records")
    assert row["files"] == ["nfcapd.202406060800"]
    copies = flows(damaged.file("bb-west", row["files"][0])) - flows(
        clean.file("bb-west", row["files"][0])
    )
    assert says(row, copies)
    assert copies <= flows(damaged.file("bb-west", "nfcapd.202406060700"))
    assert all(row["from_ms"] - flow[LAST] < 3_600_000 for flow in copies)


@pytest.mark.nfdump
def test_flows_of_one_exporter_are_exported_by_another_as_well(clean: Week, damaged: Week) -> None:
    (row,) = damaged.planted("two-exporters")
    assert len(row["files"]) == 12
    copies: Counter[Flow] = Counter()
    first: dict[Flow, list[Flow]] = {}
    for name in row["files"]:
        copies += flows(damaged.file("bb-west", name)) - flows(clean.file("bb-west", name))
        for flow in flows(damaged.file("bb-east", name)):
            first.setdefault(flow[PROTOCOL:PACKETS], []).append(flow)
    assert says(row, copies)
    for copy in copies:
        assert copy[PACKETS] % N == 0
        assert copy[BYTES] % N == 0
        assert any(
            0 <= copy[FIRST] - flow[FIRST] <= 20
            and copy[LAST] - flow[LAST] == copy[FIRST] - flow[FIRST]
            and copy[PACKETS] != flow[PACKETS]
            for flow in first[copy[PROTOCOL:PACKETS]]
        )


@pytest.mark.nfdump
def test_a_file_is_cut_off_after_whole_blocks(
    clean: Week, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nfcapd_file, "LARGEST_BLOCK", 600)
    whole = flows(clean.file("bb-east", "nfcapd.202406090300"))
    week = make(tmp_path, "cut-off-file")
    (row,) = week.planted("cut-off-file")
    content = week.file("bb-east", "nfcapd.202406090300").read_bytes()
    appendix = int.from_bytes(content[24:32], "little")
    assert row["files"] == ["nfcapd.202406090300"]
    assert 0 < len(content) < appendix
    assert 0 < row["rows"] < whole.total()
    assert 0 < row["bytes"] < size(whole)


def test_a_file_of_one_block_that_is_cut_off_has_no_whole_rows(damaged: Week) -> None:
    (row,) = damaged.planted("cut-off-file")
    assert (row["rows"], row["bytes"], row["count"]) == (0, 0, 1)


@pytest.mark.nfdump
def test_late_files_make_the_week_whole_when_they_are_copied_over_it(
    clean: Week, shrunk: Week
) -> None:
    (row,) = shrunk.planted("late-files")
    folder, late = (
        shrunk.source("flows", "bb-east"),
        shrunk.folder / "late/flows/bb-east" / str(MONDAY),
    )
    assert sorted(path.name for path in late.iterdir()) == ["SHA256SUMS", *row["files"]]
    found: Counter[Flow] = Counter()
    for name in row["files"]:
        assert not (folder / name).exists()
        found.update(flows(late / name))
    assert says(row, found)
    assert digests(folder) | digests(late) == digests(clean.source("flows", "bb-east"))


@pytest.mark.nfdump
def test_a_port_moves(clean: Week, broken: Week) -> None:
    before, now = (flows(one.source("flows", "mobile-core")) for one in (clean, broken))
    moved = now - before
    (row,) = broken.planted("port-shift")
    assert says(row, moved)

    def ports(some: Counter[Flow]) -> set[tuple[int, int]]:
        return {(flow[PROTOCOL], min(flow[SOURCE_PORT], flow[DESTINATION_PORT])) for flow in some}

    assert (ports(before - now), ports(moved)) == ({(6, 443)}, {(6, 8443)})
    left = sum(count for flow, count in now.items() if ports(Counter([flow])) == {(6, 443)})
    assert abs(left - moved.total()) <= 1


@pytest.mark.nfdump
def test_rows_can_be_many_more_of_the_same_volume(clean: Week, shrunk: Week) -> None:
    before, now = (flows(one.source("flows", "mobile-core")) for one in (clean, shrunk))
    (row,) = shrunk.planted("rows-break")
    assert now.total() == before.total() + row["count"] > 2 * before.total()
    assert size(now) == size(before)
    assert says(row, now - before)
    assert max(now.values()) == 1
    assert all(flow[PACKETS] % N == 0 < flow[PACKETS] for flow in now)
    assert all(20 <= flow[BYTES] / flow[PACKETS] <= 65_535 for flow in now)


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
def test_the_day_on_which_counters_disagree_is_told(damaged: Week, fault: str) -> None:
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


def test_an_unknown_fault_is_one_line() -> None:
    with pytest.raises(SimulatorError, match="fault: 'gaps' is not known; known are all, missing"):
        replace(PROVIDER, faults=("gaps",))


def test_faults_of_sampling_need_sampling(tmp_path: Path) -> None:
    unsampled = replace(PROVIDER, sampling_interval=1, faults=("interval-zero",))
    with pytest.raises(SimulatorError, match="has no faults of sampling; give --interval"):
        simulate(unsampled, [MONDAY], [], tmp_path / "landing", tmp_path / "truth")


def test_an_hour_that_the_clock_change_leaves_out_is_one_line(tmp_path: Path) -> None:
    helsinki = replace(PROVIDER, time_zone="Europe/Helsinki", faults=("cut-off-file",))
    with pytest.raises(SimulatorError, match=r"fault: 2024-03-31 has no hour 03:00 in this time"):
        simulate(helsinki, [date(2024, 3, 25)], [], tmp_path / "landing", tmp_path / "truth")


def test_weeks_with_counters_alone_have_no_faults(tmp_path: Path) -> None:
    for faults in ((), ("counter-reset",)):
        made = simulate(
            PROVIDER, [], [MONDAY], tmp_path / "landing", tmp_path / "truth", faults=faults
        )
        assert made == (0 if faults else 1)
    assert not (tmp_path / "truth" / str(MONDAY) / "faults.json").exists()


@pytest.mark.parametrize("faults", [(), ("clock-1970",)])
def test_a_week_with_other_faults_is_refused(damaged: Week, faults: tuple[str, ...]) -> None:
    with pytest.raises(SimulatorError, match="the week was made with faults missing-slots, "):
        simulate(
            replace(PROVIDER, faults=faults),
            [MONDAY],
            [],
            damaged.landing,
            damaged.folder / "truth",
        )


def test_a_damaged_week_that_is_there_is_left_as_it_is(damaged: Week) -> None:
    before = digests(damaged.folder)
    asked = replace(PROVIDER, faults=(ALL,))
    assert simulate(asked, [MONDAY], [], damaged.landing, damaged.folder / "truth") == 0
    assert digests(damaged.folder) == before
