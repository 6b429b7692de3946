"""What a planted fault leaves in the files, read without the simulator, is what its truth says."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from longflow.simulator.faults import ALL, FAULTS
from longflow.simulator.provider import SimulatorError
from longflow.simulator.simulate import simulate

from tests.unit.simulator.planted import MONDAY, PROVIDER, Week, digests, make


def test_without_faults_nothing_mentions_faults(clean: Week) -> None:
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


def test_flow_files_of_the_clean_week_are_reported(clean: Week, damaged: Week) -> None:
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
