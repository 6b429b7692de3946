"""The second way of `segments`: plain sums over the subscribers in the archive's files."""

import math
from collections.abc import Mapping

import polars as pl
from longflow.release.second_way import disclosure
from longflow.release.second_way.intervals import TWO_DIGITS, Allowed
from longflow.release.second_way.model import Basis, Expected, Row, rounded, withheld
from longflow.release.second_way.segments import subscribers_of
from longflow.release.second_way.sums import exact_total, total


def expected(basis: Basis, _table: str, row: Row) -> Expected:
    """OUT over IN, withheld for few subscribers or one that outweighs the others."""
    volumes = _volumes(subscribers_of(basis, row["year"], row["service"], row["segment"]))
    totals = {of: exact_total(volume) for of, volume in volumes.items()}
    value, least = totals["out"] / totals["in"], basis.minimum_subscribers
    if least == 1:
        return {"out_in_ratio": value, "status": "computed"}
    fewest = min(int((volume > 0).sum()) for volume in volumes.values())
    if fewest < least or any(
        disclosure.is_outweighed(totals[of], volumes[of], least) for of in totals
    ):
        return withheld({"out_in_ratio": value})
    return rounded({"out_in_ratio": value}, {"out_in_ratio": _step(volumes, least)})


def _volumes(seen: pl.DataFrame) -> dict[str, pl.Series]:
    """Bytes of each subscriber, smallest first, IN and OUT."""
    return {of: seen[f"{of}_bytes"].sort() for of in ("in", "out")}


def _step(volumes: dict[str, pl.Series], least: int) -> float:
    """To what the ratio is rounded: one of the heaviest in either direction moves it no further."""
    totals = {of: exact_total(volume) for of, volume in volumes.items()}
    parts = (exact_total(volumes[of].tail(least)) / totals[of] for of in totals)
    return disclosure.step_of(totals["out"] / totals["in"] * max(parts) / least)


def expected_error(basis: Basis, row: Row) -> Mapping[str, Allowed]:
    """The error by packet sampling, from the squared relative errors of both ways, and rounding."""
    if row["reason"] is not None:
        return {}
    seen = subscribers_of(basis, row["year"], row["service"], row["segment"])
    squares = math.fsum(
        total(seen[f"{of}_variance_bytes2"]) / total(seen[f"{of}_bytes"]) ** 2
        for of in ("in", "out")
    )
    error = 1.96 * row["value"] * math.sqrt(squares)
    if basis.minimum_subscribers > 1:
        error += _step(_volumes(seen), basis.minimum_subscribers) / 2
    return {"sampling_error": (error, TWO_DIGITS), "error": (error, TWO_DIGITS)}
