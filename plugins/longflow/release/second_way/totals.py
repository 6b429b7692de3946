"""Numbers of consumers and their volume: `totals`."""

from __future__ import annotations

from longflow.release.second_way import disclosure
from longflow.release.second_way.daily_volume import daily_volume
from longflow.release.second_way.model import VOLUMES, Basis, Expected, Row
from longflow.release.second_way.observed import accesses_of


def totals(basis: Basis, _table: str, row: Row) -> Expected:
    """Numbers rounded to the minimum; the volume follows from the rounded mean."""
    year, service, direction = row["year"], row["service"], row["direction"]
    of_volumes = VOLUMES[service]
    volumes = basis.volumes(year, service, direction)["bytes"]
    (published,) = basis.tables[of_volumes].filter(year=year, direction=direction).to_dicts()
    known = sum(
        basis.observed.by_access(year, service, direction, access).number
        for access in accesses_of(service, published["population"])
    )
    step = disclosure.step_of(basis.minimum_subscribers)
    counted = disclosure.rounded(len(volumes), step)
    mean = daily_volume(basis, of_volumes, published)["mean_mb"]
    return {
        "counted_subscribers": counted,
        "known_subscribers": disclosure.rounded(known, step),
        "week_tb": float(mean or 0.0) * counted * 7 / 1e6,
    }
