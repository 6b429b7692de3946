"""Weeks in which clocks change, delivered whole: every hour is covered, and nothing is found.

The simulator names its files by local time, and appends the later slot where two have one name.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest
from longflow import steps
from longflow.simulator.provider import Provider

from tests.end_to_end.conftest import new_site


@pytest.mark.parametrize(
    ("zone", "monday", "slot_minutes"),
    [
        ("Europe/Berlin", date(2024, 10, 21), 60),
        ("America/New_York", date(2024, 3, 4), 60),
        ("Australia/Lord_Howe", date(2024, 4, 1), 30),
    ],
)
def test_a_week_with_a_clock_change_is_covered(
    zone: str, monday: date, slot_minutes: int, tmp_path: Path
) -> None:
    provider = Provider(
        time_zone=zone,
        slot_minutes=slot_minutes,
        sampling_interval=1,
        pppoe_contracts=4,
        ipoe_contracts=4,
        mobile_numbers=8,
        seed=21,
    )
    site = new_site(tmp_path, provider, monday)
    file = tmp_path / "longflow.toml"
    text = file.read_text(encoding="utf-8").replace("Asia/Tokyo", zone)
    file.write_text(text.replace("slot_minutes = 60", f"slot_minutes = {slot_minutes}"))
    (batch,) = steps.plan(site.settings, run_key="test", first=monday)
    for step in (steps.fetch, steps.stage, steps.judge, steps.load):
        step(site.settings, batch)

    assert steps.conclude(site.settings, batch).refusals == []

    found = site.query("SELECT rule FROM finding WHERE severity <> 'info'")
    assert [rule for rule in found["rule"] if not rule.startswith("reconciliation.")] == []
    tables = ("load_log", "port_week", "port_group_hour", "subscriber_day")
    covered = pl.concat(site.query(f"SELECT coverage_percent FROM {table}") for table in tables)
    assert set(covered["coverage_percent"]) == {100.0}
