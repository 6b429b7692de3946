"""Growth of volume, split into its parts: `growth-parts`."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping

import polars as pl

from longflow.release.second_way import disclosure
from longflow.release.second_way.model import VOLUMES, Basis, Expected, Row, withheld
from longflow.release.second_way.observed import ByAccess
from longflow.release.second_way.sums import total

# Parts of growth; the last one is for services with several accesses.
_PARTS = ("volume", "subscribers", "volume_per_subscriber", "access_mix")


def growth_part(basis: Basis, _table: str, row: Row) -> Expected:
    """Points of growth of a part, and their error."""
    service, direction = row["service"], row["direction"]
    years = int(row["from"]), int(row["to"])
    volumes_of = basis.tables[VOLUMES[service]].filter(pl.col("year").is_in(years))
    if service == "broadband" and set(volumes_of["population"]) != {"pppoe+ipoe"}:
        # For PPPoE alone there is no such row.
        return {"growth_points": None, "error_points": None, "status": None}
    accesses = ["pppoe", "ipoe"] if service == "broadband" else [""]
    weeks = [
        [basis.observed.by_access(year, service, direction, access) for access in accesses]
        for year in years
    ]
    numbers = [[of.number for of in week] for week in weeks]
    volumes = [[float(of.bytes) for of in week] for week in weeks]
    points = {part: _part_of_growth(part, numbers, volumes) for part in _PARTS[: 2 + len(accesses)]}
    few = any(of.packets < 30 and of.variance for week in weeks for of in week)
    error = None if few else 1.96 * math.sqrt(_variance_of(row["part"], weeks))
    least = basis.minimum_subscribers
    if least == 1:
        return {"growth_points": points[row["part"]], "error_points": error, "status": "computed"}
    if any(
        len(of.volumes) < least or disclosure.is_outweighed(of.bytes, of.volumes, least)
        for week in weeks
        for of in week
    ):
        return withheld({"growth_points": None, "error_points": None})
    heaviest = [
        total(basis.volumes(year, service, direction)["bytes"].tail(least)) for year in years
    ]
    step = disclosure.step_of(100 * max(heaviest) / least / sum(volumes[0]))
    return _to_steps(row["part"], points, error, step)


def _to_steps(part: str, points: Mapping[str, float], error: float | None, step: float) -> Expected:
    """A part and its error as published: rounded parts still add up to the volume."""
    rounded = {name: disclosure.rounded(value, step) for name, value in points.items()}
    rounded["volume"] = sum(value for name, value in rounded.items() if name != "volume")
    if error is not None:
        error += step / 2 * (len(points) - 1 if part == "volume" else 1)
    if error:
        of_error = disclosure.step_of(error / 50)
        error = math.ceil(error / of_error) * of_error
    return {"growth_points": rounded[part], "error_points": error, "status": "computed"}


def _variance_of(part: str, weeks: list[list[ByAccess]]) -> float:
    """Variance of the points of a part: that of each volume times the square of its slope."""
    numbers = [[of.number for of in week] for week in weeks]
    volumes = [[float(of.bytes) for of in week] for week in weeks]
    variance = 0.0
    for week, access in itertools.product((0, 1), range(len(weeks[0]))):
        # The slope by a five-point formula.
        slope = 0.0
        for step, weight in ((-2, 1), (-1, -8), (1, 8), (2, -1)):
            moved = [list(of) for of in volumes]
            moved[week][access] *= 1 + step / 1000
            slope += weight * _part_of_growth(part, numbers, moved) / 0.012
        if weeks[week][access].variance:
            variance += (slope / volumes[week][access]) ** 2 * weeks[week][access].variance
    return variance


def _part_of_growth(part: str, numbers: list[list[int]], volumes: list[list[float]]) -> float:
    """Points of growth in percent of a part, by logarithmic means of each access.

    Args:
        part: the part; volume means all of the growth.
        numbers: subscribers of the earlier and the later week, by access.
        volumes: their volumes.
    """
    all_earlier, all_later = (sum(week) for week in numbers)
    brought = 0.0
    for n0, n1, v0, v1 in zip(*numbers, *volumes, strict=True):
        if part == "volume":
            brought += v1 - v0
        elif min(n0, n1, v0, v1) > 0:
            factor = {
                "subscribers": all_later / all_earlier,
                "volume_per_subscriber": v1 / n1 / (v0 / n0),
                "access_mix": n1 / all_later / (n0 / all_earlier),
            }[part]
            brought += _mean_between(v0, v1) * math.log(factor)
        elif part == ("volume_per_subscriber" if min(n0, n1) > 0 else "access_mix"):
            brought += v1 - v0
    return 100 * brought / sum(volumes[0])


def _mean_between(earlier: float, later: float) -> float:
    """The logarithmic mean: the mean height of the exponential curve from one to the other."""
    rise = math.log(later / earlier)
    term = mean = 1.0
    for power in range(2, 400):
        term *= rise / power
        mean += term
        if abs(term) < 1e-18:
            break
    return earlier * mean
