"""Cells of consumers by both directions: `figure-5` and `figure-6`."""

from __future__ import annotations

import math

import polars as pl

from longflow.release.second_way.cells import boxes, in_tens
from longflow.release.second_way.model import Basis, Expected, Row, withheld

_SERVICES = {"figure-5": "broadband", "figure-6": "mobile"}
_BOUNDS = ("out_low_bytes", "out_high_bytes", "in_low_bytes", "in_high_bytes")
_FIGURES = ("points", "points_low", "points_high")


def scatter(basis: Basis, table: str, row: Row) -> Expected:
    """Bounds of a cell, and its part of the points."""
    cells = _cells(basis, row["year"], _SERVICES[table], row["population"])
    if not cells:
        return withheld(dict.fromkeys(_FIGURES))
    return dict(cells[row["cell"] - 1])


def _cells(basis: Basis, year: int, service: str, population: str) -> list[Expected]:
    name = ("cells", year, service)
    if name not in basis.remembered:
        pairs = basis.observed.pairs(year, service, population)
        grid = pairs.select(
            ((pl.col(name) / 7).log10() * 16).floor().cast(pl.Int64).alias(name)
            for name in ("out_bytes", "in_bytes")
        )
        numbers: dict[tuple[int, ...], int] = {
            (out, in_): number
            for out, in_, number in grid.group_by("out_bytes", "in_bytes").len().iter_rows()
        }
        basis.remembered[name] = _expected(numbers, basis.minimum_subscribers)
    found: list[Expected] = basis.remembered[name]
    return found


def _expected(numbers: dict[tuple[int, ...], int], least: int) -> list[Expected]:
    everyone = sum(numbers.values())
    if everyone < least:
        return []
    found = boxes(numbers, least)
    counted = in_tens(found, least)
    drawn = min(everyone, 5000)
    if least > 1 and drawn < 5000:
        drawn = max(n for n in (a * 10**b for a in (1, 2, 5) for b in range(4)) if n <= drawn)
    rows: list[Expected] = []
    below, total = 0, sum(counted)
    for box, number in zip(found, counted, strict=True):
        first, below = _half_up(drawn * below / total), below + number
        points = _half_up(drawn * below / total) - first
        share, rounding = number / total, 1.96 * math.sqrt((least**2 - 1) / 6) / total
        low, high = _interval(number, total)
        beside = 4 * (least - 1) / total if box.around else 0.0
        low = share - math.hypot(share - low, rounding, beside)
        high = share + math.hypot(high - share, rounding)
        bounds = (10 ** (edge / 16) for sides in box.bounds for edge in sides)
        rows.append(
            {
                **dict(zip(_BOUNDS, bounds, strict=True)),
                "points": points,
                "points_low": min(points, math.floor(drawn * max(low, 0.0))),
                "points_high": max(points, math.ceil(drawn * high)),
                "status": "computed",
            }
        )
    return rows


def _half_up(number: float) -> int:
    return math.floor(number + 0.5)


def _interval(number: int, total: int) -> tuple[float, float]:
    """The shares p for which a share is 1.96 standard deviations away, by halving intervals."""

    def apart(share: float) -> float:
        return abs(number / total - share) - 1.96 * math.sqrt(share * (1 - share) / total)

    ends = []
    for end in (0.0, 1.0):
        inside, outside = number / total, end
        for _ in range(60):
            middle = (inside + outside) / 2
            inside, outside = (middle, outside) if apart(middle) < 0 else (inside, middle)
        ends.append(inside)
    return ends[0], ends[1]
