"""Patterns for names of files, from one name."""

from __future__ import annotations

from pathlib import Path

import pytest
from longflow.settings.patterns import file_pattern
from longflow.trial.naming import minutes_between, pattern_of


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("nfcapd.202406030800", "nfcapd.{time}"),
        ("nfcapd.202406030800+0900", "nfcapd.{time}{offset}"),
        ("cdr-20240603.csv.gz", "cdr-{date}.csv.gz"),
        ("flows.2024060308.json", "flows.{date}{hour}.json"),
        ("20240603080001.csv", "{date}{hour}{minute}{second}.csv"),
        ("flows-20240603-0805.csv", "flows-{date}-{hour}{minute}.csv"),
        (
            "flows-2024-06-03T08:05:00+0900.csv",
            "flows-{year}-{month}-{day}T{hour}:{minute}:{second}{offset}.csv",
        ),
        ("cdr_2024_06_03.csv", "cdr_{year}_{month}_{day}.csv"),
        ("cdr-03.06.2024.csv", "cdr-{day}.{month}.{year}.csv"),
        ("pgw7-20240603-12.csv", "pgw*-{date}-*.csv"),
        ("pgw7-20240603-0001.csv", "pgw*-{date}-*.csv"),
        ("export-20241399.csv", "*.csv"),
        ("counters.csv", "*.csv"),
    ],
)
def test_a_pattern_of_a_name(name: str, pattern: str) -> None:
    assert pattern_of(name) == pattern
    assert file_pattern(pattern) == pattern


def test_the_slot_is_the_time_between_names(tmp_path: Path) -> None:
    for minutes in ("00", "15", "45"):
        (tmp_path / f"flows-2024-06-03_08-{minutes}.csv").touch()
    assert minutes_between(tmp_path / "flows-2024-06-03_08-00.csv") == 15
