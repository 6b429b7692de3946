"""The second way of `percentiles`: places in the sorted list of volumes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import pairwise

import polars as pl
from longflow.release.second_way import disclosure
from longflow.release.second_way.intervals import Allowed
from longflow.release.second_way.model import Basis, Expected, Row, rounded, withheld

_SIZE = (0.5, 2.0)
# Bins of 1/400 decade stand for their consumers.
_BINNED = (0.8, 1.25)


def expected(basis: Basis, table: str, row: Row) -> Expected:
    """Volume in MB a day at a percentile, or percent of the consumers above a volume."""
    volumes = basis.volumes(row["year"], row["service"], row["direction"])["bytes"]
    least, count = basis.minimum_subscribers, len(volumes)
    figure, value = _figure(volumes, row)
    other = "share_percent" if figure == "volume_mb" else "volume_mb"
    if least == 1:
        return {figure: value, other: None, "status": "computed"}
    edges = [0, *_numbers_above(basis, table, row, volumes), count]
    own = _number_above(volumes, value if figure == "volume_mb" else 1000 * row["place"])
    beside = min(high - low for low, high in pairwise(edges) if own in {low, high})
    if figure == "volume_mb":
        step = disclosure.shared_step(volumes, value, least)
    else:
        step = disclosure.step_of(100 * least / count)
    if beside < least or step is None:
        return {**withheld({figure: value}), other: None}
    return {**rounded({figure: value}, {figure: step}), other: None}


def _numbers_above(basis: Basis, table: str, row: Row, volumes: pl.Series) -> list[int]:
    """How many consumers are above each place of this measure, from the fewest to the most."""
    same = {name: row[name] for name in ("year", "service", "direction", "measure")}
    name = (table, *same.values())
    if name not in basis.remembered:
        basis.remembered[name] = sorted(
            _number_above(
                volumes,
                _figure(volumes, of)[1] if of["measure"] == "percentile" else 1000 * of["place"],
            )
            for of in basis.tables[table].filter(**same).iter_rows(named=True)
        )
    found: list[int] = basis.remembered[name]
    return found


def _figure(volumes: pl.Series, row: Row) -> tuple[str, float]:
    """Name and value of the figure that a row has, not rounded."""
    if row["measure"] == "share_above":
        return "share_percent", 100 * _number_above(volumes, 1000 * row["place"]) / len(volumes)
    position = row["place"] * (len(volumes) - 1) / 100
    first = math.floor(position)
    low, high = volumes[first], volumes[min(first + 1, len(volumes) - 1)]
    return "volume_mb", (low + (high - low) * (position - first)) / 7e6


def _number_above(volumes: pl.Series, place_mb: float) -> int:
    return int((volumes / 7e6 > place_mb).sum())


def expected_error(basis: Basis, row: Row) -> Mapping[str, Allowed]:
    """Errors by ranks, and by how many consumers sampling moves across the place."""
    if row["reason"] is not None:
        return {}
    found = basis.volumes(row["year"], row["service"], row["direction"])
    volumes, count = found["bytes"], len(found)
    is_percentile = row["measure"] == "percentile"
    value = _figure(volumes, row)[1]
    part = row["place"] / 100 if is_percentile else 1 - value / 100
    reach = 1.96 * math.sqrt(part * (1 - part) * count)
    density, blur = _near(found, value if is_percentile else 1000 * row["place"])
    moving = math.sqrt(density * blur / math.sqrt(math.pi))
    if is_percentile:
        ranks = (part * (count - 1) + sign * reach for sign in (-1, 1))
        low, high = (volumes[min(max(round(rank), 0), count - 1)] for rank in ranks)
        half, sampling = (high - low) / 2 / 7e6, min(moving / density, blur)
    else:
        half, sampling = 100 * reach / count, 100 * moving / (count * value)
    return {
        # Of the figure as published, which is rounded.
        "sampling_error": (1.96 * row["value"] * sampling, _BINNED),
        "error": (math.hypot(half, 1.96 * (row["sampling_shift"] or 0.0)), _SIZE),
    }


def _near(volumes: pl.DataFrame, place_mb: float) -> tuple[float, float]:
    """Consumers per unit of the logarithm at a place, and how far sampling blurs one of them."""
    # They are sorted, so each of some ten thousand stands for those beside it.
    every = max(1, len(volumes) // 10_000)
    distance = (pl.col("bytes") / (7e6 * place_mb)).log() / (0.1 * math.log(10))
    blur = (pl.col("variance_bytes2") / pl.col("bytes").cast(pl.Float64) ** 2).log1p().sqrt()
    near = (-0.5 * distance**2).exp()
    some = volumes.gather_every(every)
    weight, blurred = some.select(near.sum(), blurred=(near * blur).sum()).row(0)
    return every * weight / (0.1 * math.log(10) * math.sqrt(2 * math.pi)), blurred / weight
