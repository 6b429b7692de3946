"""Points of a published edition against the simulator's truth."""

from __future__ import annotations

import math
from collections import Counter

import polars as pl
import pytest
from longflow.release.second_way.cells import boxes, in_tens

from tests.end_to_end.published.truth import (
    YEAR,
    edition,
    least,
    needs_published,
    same,
    table,
    truth,
)

pytestmark = needs_published


def places(service: str) -> Counter[tuple[int, ...]]:
    """Consumers with bytes in both directions, by place of the grid, OUT and IN."""
    rows = truth(edition().analysis_weeks[YEAR], "subscriber_day").filter(
        service=service, segment="consumer"
    )
    who = ["subscriber"] if service == "mobile" else ["contract", "access"]
    volumes = rows.group_by(who).agg(
        pl.col("sampled_out_bytes", "sampled_in_bytes").sum().cast(pl.Float64)
    )
    found: Counter[tuple[int, ...]] = Counter()
    for out, sent in volumes.select("sampled_out_bytes", "sampled_in_bytes").iter_rows():
        if out and sent:
            found[tuple(math.floor(16 * math.log10(of / 7)) for of in (out, sent))] += 1
    return found


@pytest.mark.parametrize(("name", "service"), [("figure-5", "broadband"), ("figure-6", "mobile")])
def test_cells_and_their_points(name: str, service: str) -> None:
    rows = table(name)
    numbers = places(service)
    everyone = sum(numbers.values())
    if everyone < least():
        assert rows.select("points", "status").rows() == [(None, "withheld")]
        return
    cells = boxes(numbers, least())
    assert rows["year"].unique().to_list() == [YEAR]
    bounds = ("out_low_bytes", "out_high_bytes", "in_low_bytes", "in_high_bytes")
    for row, cell in zip(rows.iter_rows(named=True), cells, strict=True):
        for column, edge in zip(bounds, [end for side in cell.bounds for end in side], strict=True):
            assert same(row[column], 10 ** (edge / 16))
        assert cell.number >= least()
    shares = in_tens(cells, least())
    drawn = rows["points"].sum()
    assert drawn <= min(everyone, 5000)
    for points, share in zip(rows["points"], shares, strict=True):
        assert abs(points - drawn * share / sum(shares)) <= 1
