"""The values that a query of a database may name."""

from __future__ import annotations

from pathlib import Path

from longflow.landing.databases.deliver import bounds
from longflow.settings import Settings
from longflow.week import Week


def test_bounds_around_a_change_of_clocks(tmp_path: Path) -> None:
    """A week of 169 hours; its end has another offset than its start."""
    file = tmp_path / "longflow.toml"
    file.write_text('sources = []\n[provider]\nname = "Test"\ntime_zone = "Europe/Berlin"\n')
    zone = Settings.load(file).zone
    found = bounds(Week.parse("2024-10-21", zone), zone, with_offset=True)
    assert found["week_start"] == "2024-10-21 00:00:00+02:00"
    assert found["week_end"] == "2024-10-28 00:00:00+01:00"
    assert found["week_end_utc"] == "2024-10-27 23:00:00+00:00"
    assert int(found["week_end_epoch"]) - int(found["week_start_epoch"]) == 169 * 3600
