"""Numbers of the sentences of a published edition against the simulator's truth."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.end_to_end.published import said_of_ports, said_of_rates, said_of_volumes
from tests.end_to_end.published.said import Expected, Values, said
from tests.end_to_end.published.truth import needs_published

pytestmark = needs_published

# Where a number means that nothing changed.
_NOTHING = {"ratio": 1.0}

EXPECTED: dict[str, Callable[[Values], Expected]] = {
    "growth": said_of_rates.growth,
    "growth_by_access": said_of_rates.growth_by_access,
    "ratio_over_years": said_of_rates.ratio_over_years,
    "ipoe_share": said_of_rates.ipoe_share,
    "since_base": said_of_rates.since_base,
    "growth_parts": said_of_volumes.growth_parts,
    "growth_of_businesses": said_of_volumes.businesses,
    "out_over_in": said_of_rates.out_over_in,
    "out_over_in_by_segment": said_of_volumes.out_over_in_by_segment,
    "median": said_of_volumes.median,
    "mean": said_of_volumes.mean,
    "mode": said_of_volumes.mode,
    "largest_step": said_of_volumes.largest_step,
    "no_largest_step": said_of_volumes.largest_step,
    "day_to_day": said_of_volumes.day_to_day,
    "beyond_the_axis": said_of_volumes.beyond_the_axis,
    "heaviest": said_of_volumes.heaviest_consumers,
    "protocols": lambda of: said_of_ports.shares_of(of, "tcp", "udp"),
    "web": lambda of: said_of_ports.shares_of(of, "https", "quic", "http"),
    "ports_since_first": said_of_ports.ports_since_first,
    "largest_dynamic": said_of_ports.largest_dynamic,
    "ipv6_share": said_of_ports.ipv6_share,
    "ports_by_version": said_of_ports.ports_by_version,
    "peaks": said_of_rates.peaks,
    "noon_dip": said_of_rates.noon_dip,
    "busy_hour": said_of_rates.busy,
    "daytime_share": said_of_rates.daytime_share,
}


def spoken() -> Iterator[tuple[dict[str, Any], str, dict[str, Any], float]]:
    """Every number that is said, with its sentence, its name and what the truth gives."""
    for sentence in said():
        expected = EXPECTED[sentence["key"]](sentence["values"])
        for name, number in sentence["numbers"].items():
            if number is not None:
                value = expected[name] / (1000 if number["unit"] == "gigabytes" else 1)
                yield sentence, name, number, value


def test_every_number_is_that_of_the_truth() -> None:
    count = 0
    for sentence, name, number, expected in spoken():
        count += 1
        # Two digits of an error are at least tenths of it.
        least = max(0.5 * 10.0 ** -number["places"], 0.05 * (number["error"] or 0.0))
        assert number["value"] == pytest.approx(expected, rel=1e-9, abs=least * (1 + 1e-9)), (
            sentence["text"],
            name,
        )
    assert count >= 50


def test_a_change_is_said_in_its_direction() -> None:
    for sentence, name, number, expected in spoken():
        nothing = _NOTHING.get(number["unit"], 0.0)
        if number["moved"] == "up":
            assert expected > nothing, (sentence["text"], name)
        elif number["moved"] == "down":
            assert expected < nothing, (sentence["text"], name)
        elif number["moved"] == "none" and number["error"] is None:
            shown = 0.5 * 10.0 ** -number["places"]
            assert abs(expected - nothing) <= shown + 1e-9, (sentence["text"], name)


def test_what_the_truth_says_of_hours_and_accesses_is_said() -> None:
    keys = {sentence["key"] for sentence in said()}
    assert {"growth", "growth_by_access", "out_over_in", "peaks", "busy_hour"} <= keys
    assert "daytime_share" in keys
