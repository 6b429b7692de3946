"""The second way of `growth-of-businesses`: plain sums over subscribers in the archive's files."""

import math
from collections.abc import Mapping

import polars as pl
from longflow.release.second_way import disclosure
from longflow.release.second_way.intervals import TWO_DIGITS, Allowed
from longflow.release.second_way.model import Basis, Expected, Row, rounded, withheld
from longflow.release.second_way.segments import subscribers_of
from longflow.release.second_way.sums import exact_total, total


def expected(basis: Basis, _table: str, row: Row) -> Expected:
    """The growth, withheld for few subscribers or one that outweighs the others."""
    least = basis.minimum_subscribers
    weeks = [_volumes(basis, row, end) for end in ("from", "to")]
    value = _growth(weeks)
    if least == 1:
        return {"growth_percent": value, "status": "computed"}
    volumes = [volume for week in weeks for volume in week]
    if any(
        (volume > 0).sum() < least or disclosure.is_outweighed(exact_total(volume), volume, least)
        for volume in volumes
    ):
        return withheld({"growth_percent": value})
    step = _step(weeks, value, least)
    return rounded({"growth_percent": value}, {"growth_percent": step})


def _growth(weeks: list[list[pl.Series]]) -> float:
    """Growth in percent, not rounded."""
    before, after = (sum(map(exact_total, week)) for week in weeks)
    return 100 * (after / before - 1)


def _step(weeks: list[list[pl.Series]], value: float, least: int) -> float:
    """To what the growth is rounded: one of the heaviest of either week moves it no further."""
    heaviest = [
        max(exact_total(volume.tail(least)) / exact_total(volume) for volume in week) / least
        for week in weeks
    ]
    return disclosure.step_of(max(100 * heaviest[0], (100 + value) * heaviest[1]))


def expected_error(basis: Basis, row: Row) -> Mapping[str, Allowed]:
    """The error by sampling, from the squared relative errors of both weeks, and rounding."""
    if row["reason"] is not None:
        return {}
    squares = 0.0
    for end in ("from", "to"):
        seen = subscribers_of(basis, int(row[end]), row["service"], "business")
        variance, size = (
            math.fsum(total(seen[f"{of}_{what}"]) for of in ("in", "out"))
            for what in ("variance_bytes2", "bytes")
        )
        squares += variance / size**2
    error = 1.96 * (100 + row["value"]) * math.sqrt(squares)
    if basis.minimum_subscribers > 1:
        weeks = [_volumes(basis, row, end) for end in ("from", "to")]
        error += _step(weeks, _growth(weeks), basis.minimum_subscribers) / 2
    return {"sampling_error": (error, TWO_DIGITS), "error": (error, TWO_DIGITS)}


def _volumes(basis: Basis, row: Row, end: str) -> list[pl.Series]:
    """Bytes of each business of a week, smallest first, IN and OUT."""
    seen = subscribers_of(basis, int(row[end]), row["service"], "business")
    return [seen[f"{of}_bytes"].sort() for of in ("in", "out")]
