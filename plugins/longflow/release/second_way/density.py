"""Densities of daily volumes: `figure-3`, `figure-4` and `figure-11`, by sums over cells."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import polars as pl

from longflow.release.second_way import disclosure
from longflow.release.second_way.cells import boxes, in_tens
from longflow.release.second_way.mode import bins_of
from longflow.release.second_way.model import Basis, Expected, Row, withheld

_FIGURES = (
    "density",
    "density_low",
    "density_high",
    "beyond_percent",
    "beyond_percent_low",
    "beyond_percent_high",
)
_SERVICES = {"figure-3": "broadband", "figure-4": "mobile", "figure-11": "broadband"}

# Weights of a normal kernel of two bins, up to four times its width.
_BELL = {k: math.exp(-(k**2) / 8) for k in range(-8, 9)}
_KERNEL = {k: weight / math.fsum(_BELL.values()) for k, weight in _BELL.items()}
_SQUARES = math.fsum(weight**2 for weight in _KERNEL.values())
_Z = 1.96


@dataclass(frozen=True)
class _Distribution:
    """What all rows of a curve share.

    Attributes:
        volumes: bytes and variances, smallest first.
        bins: consumers by bin, cells spread evenly.
        cells: first bin, bin behind the last one, and consumers; none where bins are not joined.
        crowds: of cells that became one bin, the bins that they had, from and below.
    """

    volumes: pl.DataFrame
    bins: Mapping[int, float]
    cells: tuple[tuple[int, int, int], ...]
    crowds: tuple[tuple[int, int], ...]


def density(basis: Basis, table: str, row: Row) -> Expected:
    """Density at a bin of the axis, and the share beyond it at its ends."""
    seen = _distribution(basis, row["year"], _SERVICES[table], row["direction"])
    volumes, least = seen.volumes["bytes"], basis.minimum_subscribers
    count, place = len(volumes), round(20 * row["log10_bytes"])
    if count < least:
        return withheld(dict.fromkeys(_FIGURES))
    figures = _curve(seen, place, least)
    if place in {80, 220}:
        outside = volumes < 7e4 if place == 80 else volumes >= 7e11
        figures |= _share(int(outside.sum()), count)
    if least > 1:
        steps = {
            "density": disclosure.step_of(4 / count),
            "beyond": disclosure.step_of(100 * least / count),
        }
        for name, value in figures.items():
            step = steps[name.split("_")[0]]
            figures[name] = _rounded(value, step, name, row[name])
    expected: Expected = {**dict.fromkeys(_FIGURES), **figures, "status": "computed"}
    if count < 300:
        return {name: None if name.endswith(("_low", "_high")) else value
                for name, value in expected.items()}  # fmt: skip
    if seen.volumes["variance_bytes2"].max():
        # Random draws decide how far sampling widens an interval, or whether there is one.
        for name in _FIGURES:
            if name.endswith(("_low", "_high")):
                expected[name] = _at_least_as_wide(row[name], expected[name], name)
    return expected


def _at_least_as_wide(printed: float | None, expected: object, name: str) -> float | None:
    if printed is None or not isinstance(expected, float):
        return printed
    is_wider = printed <= expected if name.endswith("_low") else printed >= expected
    return printed if is_wider else expected


def _distribution(basis: Basis, year: int, service: str, direction: str) -> _Distribution:
    name = ("density", year, service, direction)
    if name not in basis.remembered:
        volumes = basis.volumes(year, service, direction)
        bins, least = bins_of(volumes["bytes"]), basis.minimum_subscribers
        cells: tuple[tuple[int, int, int], ...] = ()
        crowds: tuple[tuple[int, int], ...] = ()
        spread: dict[int, float] = {place: float(number) for place, number in bins.items()}
        if 1 < least <= len(volumes):
            found = boxes({(place,): number for place, number in bins.items()}, least)
            cells = tuple(
                (*box.bounds[0], number)
                for box, number in zip(found, in_tens(found, least), strict=True)
            )
            crowds = tuple(box.around[0] for box in found if box.around is not None)
            spread = {
                place: number / (high - low)
                for low, high, number in cells
                for place in range(low, high)
            }
        basis.remembered[name] = _Distribution(volumes, spread, cells, crowds)
    found_before: _Distribution = basis.remembered[name]
    return found_before


def _curve(seen: _Distribution, place: int, minimum: int) -> dict[str, float]:
    """Density per decade and its interval, without what random draws add."""
    number = math.fsum(seen.bins.values())
    near = [(weight, seen.bins.get(place + k, 0.0)) for k, weight in _KERNEL.items()]
    here = math.fsum(weight * count for weight, count in near)
    squares = math.fsum(weight**2 * count for weight, count in near)
    weight = max(squares / here if here else 0.0, _SQUARES)
    # A number x of consumers who count with these weights has the variance x weight - x^2 / number.
    low, high = _score(here / weight, number)
    joined = math.sqrt(
        sum(_leeway(cell, place) ** 2 for cell in seen.cells)
        + _rounding(seen, place, minimum)
        + sum((minimum * _nearest_weight(*crowd, place)) ** 2 for crowd in seen.crowds)
    )
    down = math.hypot(here - low * weight, joined)
    up = math.hypot(high * weight - here, joined)
    scale = 20 / number
    return {
        "density": scale * here,
        "density_low": scale * max(here - down, 0.0),
        "density_high": scale * (here + up),
    }


def _score(count: float, of: float) -> tuple[float, float]:
    """The counts between which the score interval of a proportion lies."""
    middle = (count + _Z**2 / 2) / (1 + _Z**2 / of)
    reach = _Z * math.sqrt(count * (1 - count / of) + _Z**2 / 4) / (1 + _Z**2 / of)
    return middle - reach, middle + reach


def _weight(low: float, high: float, place: int) -> float:
    """Mean weight at a place of the bins from one and below another."""
    bins = range(math.ceil(low), math.ceil(high))
    return math.fsum(_KERNEL.get(place - k, 0.0) for k in bins) / max(len(bins), 1)


def _leeway(cell: tuple[int, int, int], place: int) -> float:
    """Change at a place if a cell had its consumers further up than down."""
    low, high, number = cell
    half = (high - low) // 2
    upper = math.fsum(_KERNEL.get(place - k, 0.0) for k in range(high - half, high))
    lower = math.fsum(_KERNEL.get(place - k, 0.0) for k in range(low, low + half))
    return number * (upper - lower) / (high - low)


def _nearest_weight(low: int, high: int, place: int) -> float:
    """The weight at a place of the nearest of the bins from one and below another."""
    return max(_KERNEL.get(place - k, 0.0) for k in range(low, high))


def _rounding(seen: _Distribution, place: int, minimum: int) -> float:
    """Square of what rounding of sums below edges may change at a place."""
    if not seen.cells:
        return 0.0
    edges = sorted({edge for low, high, _ in seen.cells for edge in (low, high)})
    means = [_weight(*between, place) for between in pairwise(edges)]
    steps = ((later - before) ** 2 for before, later in pairwise(means))
    return float((_Z * minimum) ** 2 / 12 * math.fsum(steps))


def _share(outside: int, count: int) -> dict[str, float]:
    low, high = _score(outside, count)
    return {
        "beyond_percent": 100 * outside / count,
        "beyond_percent_low": 100 * max(low, 0.0) / count,
        "beyond_percent_high": 100 * high / count,
    }


def _rounded(value: float, step: float, name: str, printed: float | None) -> float:
    """The value rounded; of two multiples between which the last digit decides, the printed one."""
    near = [_once_rounded(value * (1 + sign * 1e-12), step, name) for sign in (-1, 1)]
    return min(near, key=lambda multiple: abs(multiple - (printed or 0.0)))


def _once_rounded(value: float, step: float, name: str) -> float:
    if name.endswith("_low"):
        return _multiple(math.floor(value / step), step)
    if name.endswith("_high"):
        return _multiple(math.ceil(value / step), step)
    return disclosure.rounded(value, step)


def _multiple(number: int, step: float) -> float:
    return number * step if step >= 1 else number / round(1 / step)
