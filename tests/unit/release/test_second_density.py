"""The second way of densities gives the curve and the interval that an edition publishes."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from longflow.edition.statistics.density import AXIS_BINS, curve
from longflow.edition.statistics.fine_bins import fine_bins
from longflow.release.second_way import density as second
from longflow.release.second_way.cells import boxes, in_tens
from longflow.release.second_way.mode import bins_of

from tests.benchmarks.populations import ALL


@pytest.mark.parametrize("minimum", [1, 10])
@pytest.mark.parametrize(("number", "crowd"), [(400, 0), (5_000, 0), (60_000, 0), (2_000, 300)])
def test_curves_and_intervals_are_equal(number: int, crowd: int, minimum: int) -> None:
    week_bytes = 7 * 10 ** ALL[1].draw(number, np.random.default_rng(number))
    few = 7 * 10 ** np.linspace(4.6, 6.4, 7 if crowd else 0)
    volumes = np.concatenate([week_bytes, few, np.full(crowd, 7 * 10**4.5)])
    bins = bins_of(pl.Series("bytes", volumes))
    found = boxes({(place,): of for place, of in bins.items()}, minimum) if minimum > 1 else []
    cells = tuple(
        (*box.bounds[0], of) for box, of in zip(found, in_tens(found, minimum), strict=True)
    )
    crowds = tuple(box.around[0] for box in found if box.around is not None)
    spread = {place: of / (high - low) for low, high, of in cells for place in range(low, high)}
    seen = second._Distribution(
        pl.DataFrame(), spread or {place: float(of) for place, of in bins.items()}, cells, crowds
    )
    first = curve(fine_bins(volumes), None, minimum)
    for place, value, low, high in zip(AXIS_BINS, *first, strict=True):
        expected = second._curve(seen, int(place), minimum)
        assert expected["density"] == pytest.approx(value, abs=1e-9)
        assert expected["density_low"] == pytest.approx(low, abs=1e-9)
        assert expected["density_high"] == pytest.approx(high, abs=1e-9)
    assert bool(crowds) == (crowd > 0 and minimum > 1)
