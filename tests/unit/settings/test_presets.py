"""Presets: settings of programs that write deliveries."""

from __future__ import annotations

from pathlib import Path

import pytest
from longflow.settings import Feed, Source
from longflow.settings.presets import PRESETS

PAGE = (Path(__file__).parents[3] / "docs" / "deliveries.md").read_text(encoding="utf-8")
FEEDS = {
    **{"radacct": Feed.ASSIGNMENTS, "freeradius": Feed.ASSIGNMENTS, "mediation": Feed.USAGE},
    **dict.fromkeys(("telegraf", "influxdb", "librenms", "prometheus"), Feed.COUNTERS),
}


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_makes_a_source_and_stands_in_the_page(preset: str) -> None:
    feed = FEEDS.get(preset.partition("-")[0], Feed.FLOWS)
    service = None if feed is Feed.ASSIGNMENTS else "broadband"
    url = f"{preset.partition('-')[2]}://host/radius" if "query" in PRESETS[preset] else None
    given = {"name": "x", "feed": feed, "service": service, "preset": preset, "url": url}
    Source.model_validate(given)
    assert f"| `{preset}` |" in PAGE


def test_what_the_source_sets_itself_comes_first() -> None:
    source = Source.model_validate(
        {
            "name": "x",
            "feed": "flows",
            "service": "mobile",
            "preset": "goflow2",
            "time_unit": "ms",
            "columns": {"first_seen_ms": "begun_ms"},
            "constants": {"exporter": "192.0.2.1"},
        }
    )
    assert (source.format, source.time_unit, source.scaled_by) == ("json", "ms", "nobody")
    assert source.columns["first_seen_ms"] == ["begun_ms"]
    assert source.columns["last_seen_ms"] == ["time_flow_end_ns"]
    assert "exporter" not in source.columns
