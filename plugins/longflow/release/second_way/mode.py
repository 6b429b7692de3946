"""The mode of daily volumes, from bins of 0.05 decades (docs/method.md, rule 7)."""

from __future__ import annotations

import math
from collections.abc import Mapping

import polars as pl


def bins_of(volumes: pl.Series) -> dict[int, int]:
    """Number of volumes of a week by bin of 0.05 decades, centred on 10^(k/20) bytes per day."""
    nearest = (20 * (volumes / 7).log10() + 0.5).floor().cast(pl.Int64)
    return dict(nearest.value_counts().iter_rows())


def mode_places(bins: Mapping[int, int]) -> list[float]:
    """The middle of the hill of the density, as log10 of bytes per day (docs/method.md, rule 7).

    Bins of 0.05 decades are smoothed by a normal kernel of 0.1 decades, up to four times its width;
    the hill is where the density is at least 90 % of its top. There are several results if tops are
    equal except for the last digit.
    """

    def density(place: int) -> float:
        return math.fsum(
            count * math.exp(-((place - center) ** 2) / 8)
            for center, count in bins.items()
            if abs(place - center) <= 8
        )

    heights = {place: density(place) for place in range(min(bins) - 9, max(bins) + 10)}
    highest = max(heights.values())
    found = []
    for top in (place for place, height in heights.items() if height >= highest * (1 - 1e-12)):
        edges = []
        for step in (-1, 1):
            place = top
            while heights[place + step] >= 0.9 * heights[top]:
                place += step
            inside, outside = heights[place], heights[place + step]
            edges.append(place + step * (inside - 0.9 * heights[top]) / (inside - outside))
        found.append(sum(edges) / 2 / 20)
    return found
