"""Shares of the heaviest consumers: `concentration`."""

from __future__ import annotations

from longflow.release.second_way import disclosure
from longflow.release.second_way.model import Basis, Expected, Row, rounded, withheld
from longflow.release.second_way.sums import total


def concentration(basis: Basis, table: str, row: Row) -> Expected:
    """Percentage of a direction's volume that its heaviest consumers hold."""
    year, service, direction = row["year"], row["service"], row["direction"]
    volumes = basis.volumes(year, service, direction)["bytes"]
    top = -(-len(volumes) * row["top_percent"] // 100)
    part, whole = total(volumes.tail(top)), total(volumes)
    figures = {"share_percent": 100 * part / whole}
    least = basis.minimum_subscribers
    if least == 1:
        return {**figures, "status": "computed"}
    tops = basis.tables[table].filter(year=year, service=service, direction=direction)
    smaller = [
        -(-len(volumes) * percent // 100)
        for percent in tops["top_percent"]
        if percent < row["top_percent"]
    ]
    between = top - max((number for number in smaller if number >= least), default=0)
    are_enough = min(between, len(volumes) - top) >= least
    if not are_enough or disclosure.is_outweighed(part, volumes, least):
        return withheld(figures)
    heaviest = total(volumes.tail(least)) / least / whole
    return rounded(figures, {"share_percent": disclosure.step_of(100 * heaviest)})
