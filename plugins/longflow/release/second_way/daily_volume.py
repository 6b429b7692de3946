"""Mean, median and mode of consumers' daily volume: `table-1` and `table-2`."""

from __future__ import annotations

import math

from longflow.release.second_way import disclosure
from longflow.release.second_way.mode import bins_of, mode_places
from longflow.release.second_way.model import SERVICES, Basis, Expected, Row, rounded, withheld
from longflow.release.second_way.sums import total


def daily_volume(basis: Basis, table: str, row: Row) -> Expected:
    """Volumes in MB per day. Of several possible modes, the one nearest to that of the row."""
    found = basis.observed.volumes(
        row["year"], SERVICES[table], row["population"], row["direction"]
    )
    volumes, bins = found["bytes"], bins_of(found["bytes"])
    count, least = len(volumes), basis.minimum_subscribers
    middle = volumes[(count - 1) // 2] + volumes[count // 2]
    places = {10 ** (place - 6): place for place in mode_places(bins)}
    printed = row["mode_estimate_mb"] or 0.0
    estimate = min(places, key=lambda value: abs(value - printed))
    # Halfway between two grid values, the last digit decides.
    steps = (math.floor(20 * places[estimate] + half) for half in (0.5 - 1e-9, 0.5 + 1e-9))
    grid = [10 ** (step / 20 - 6) for step in steps]
    mode = min(grid, key=lambda value: abs(value - (row["mode_mb"] or 0.0)))
    figures = {
        "mean_mb": total(volumes) / count / 7e6,
        "median_mb": middle / 2 / 7e6,
        "mode_estimate_mb": estimate,
        "mode_mb": mode,
    }
    if least == 1:
        return {**figures, "status": "computed"}
    at_the_hill = sum(
        number for place, number in bins.items() if abs(place - 20 * math.log10(1e6 * mode)) < 4.5
    )
    heaviest = total(volumes.tail(least)) / least
    rounding = {
        "mean_mb": disclosure.step_of(heaviest / count / 7e6),
        "median_mb": disclosure.shared_step(volumes, figures["median_mb"], least),
        "mode_estimate_mb": disclosure.shared_step(volumes, estimate, least),
    }
    may_be_published = (
        min(count, at_the_hill) >= least
        and None not in rounding.values()
        and not disclosure.is_outweighed(total(volumes), volumes, least)
    )
    return rounded(figures, rounding) if may_be_published else withheld(figures)
