"""The second way of `day-to-day-spread`: the sorted list of the spreads of single consumers."""

from __future__ import annotations

from collections.abc import Mapping

from longflow.release.second_way import disclosure
from longflow.release.second_way.intervals import Allowed
from longflow.release.second_way.model import Basis, Expected, Row, rounded, withheld
from longflow.release.second_way.spread import DaySpread

# The query finds the ends of intervals in bins, and the blur of the consumers in them.
_SIZE = (0.5, 2.0)
_BINNED = (0.7, 1.4)


def expected(basis: Basis, _table: str, row: Row) -> Expected:
    """Median of the spreads, and the share of the consumers who have one."""
    found, least = _spread_of(basis, row), basis.minimum_subscribers
    missing_days = 7 * (1 - row["coverage_percent"] / 100)
    is_covered = missing_days <= 1 - basis.minimum_hour_coverage_percent / 100 + 1e-9
    measured = 100 * found.measured / found.consumers
    if least > 1:
        step = disclosure.step_of(100 * least / found.consumers)
        measured = min(disclosure.rounded(measured, step), 100.0)
    about: Expected = {"measured_percent": measured, "spread_percent": None}
    if least > 1 and found.measured < least:
        return {**about, **withheld({"spread_percent": None})}
    if not is_covered or found.median is None or 2 * found.measured < found.consumers:
        return {**about, "status": "computed"}
    # In its places, percent are MB a day.
    shared = None if least == 1 else disclosure.shared_step(found.beside * 7e6, found.median, least)
    return {**about, **rounded({"spread_percent": found.median}, {"spread_percent": shared})}


def expected_error(basis: Basis, row: Row) -> Mapping[str, Allowed]:
    """Errors by ranks, and by how many consumers sampling moves across the median."""
    if row["reason"] is not None:
        return {}
    found = _spread_of(basis, row)
    return {
        "sampling_error": (1.96 * row["value"] * found.sampling, _BINNED),
        "error": (found.half_width, _SIZE),
    }


def _spread_of(basis: Basis, row: Row) -> DaySpread:
    year, service = row["year"], row["service"]
    of_week = basis.tables["day-to-day-spread"].filter(year=year, service=service)
    return basis.observed.day_spread(
        year, service, of_week["population"][0], row["direction"], basis.minimum_subscribers
    )
