"""The density of a distribution: what it is, its errors, and what it reveals."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from longflow.edition.statistics.density import AXIS_BINS, Interval, beyond, curve
from longflow.edition.statistics.fine_bins import FineBins, fine_bins
from longflow.edition.statistics.mode import SMOOTHING_BINS, hill_middles, kernel, mode

from tests.benchmarks.populations import ALL

Floats = npt.NDArray[np.float64]


def drawn(subscribers: int, seed: int = 1) -> Floats:
    """Bytes of the week of subscribers of a mixture of two hills."""
    found: Floats = 7 * 10 ** ALL[1].draw(subscribers, np.random.default_rng(seed))
    return found


def bins_of(week_bytes: Floats) -> npt.NDArray[np.int64]:
    """Number of subscribers by bin of the axis."""
    places = np.floor(20 * np.log10(week_bytes / 7) + 0.5).astype(np.int64)
    return np.bincount(places - AXIS_BINS[0], minlength=len(AXIS_BINS))


def undone(values: Floats, subscribers: int) -> Floats:
    """Subscribers by bin of the axis, from a density: the smoothing undone."""
    weights, count = kernel(SMOOTHING_BINS), len(AXIS_BINS)
    reach = len(weights) // 2
    matrix = np.zeros((count, count))
    for tap, weight in enumerate(weights):
        matrix += weight * np.eye(count, k=tap - reach)
    return np.linalg.solve(matrix, values * subscribers / 20).astype(np.float64)


def test_it_integrates_to_one_over_everyone_also_those_outside_the_axis() -> None:
    week_bytes = drawn(2_000)
    assert curve(fine_bins(week_bytes), None, 10).values.sum() / 20 == pytest.approx(1, abs=1e-9)

    outside = np.concatenate([week_bytes, np.full(300, 7e2), np.full(200, 7e12)])
    volumes = fine_bins(outside)
    assert curve(volumes, None, 1).values.sum() / 20 == pytest.approx(0.8, abs=1e-9)
    assert beyond(volumes, None).values.tolist() == [0.12, 0.08]


def test_the_mode_is_the_middle_of_the_hill_of_the_curve() -> None:
    week_bytes = drawn(2_000)
    volumes = fine_bins(week_bytes)
    values = curve(volumes, None, 1).values
    middle = AXIS_BINS[0] + hill_middles(values[None, :], smoothing_bins=0)[0]
    counts = bins_of(week_bytes)
    estimate = mode(AXIS_BINS, counts).estimate_bytes
    assert 10 ** (middle / 20) == pytest.approx(estimate, rel=1e-9)


def test_joining_changes_less_than_the_error() -> None:
    volumes = fine_bins(drawn(3_000))
    joined, exact = curve(volumes, None, 10), curve(volumes, None, 1)
    body = exact.values > 0.1 * exact.values.max()
    assert np.abs(joined.values - exact.values)[body].max() < 0.02 * exact.values.max()
    assert (joined.low <= exact.values)[body].all()
    assert (joined.high >= exact.values)[body].all()
    assert (joined.high - joined.low >= exact.high - exact.low - 0.002)[body].all()


@pytest.mark.parametrize("beside", [0, 3, 8])
def test_many_of_one_volume_beyond_a_sparse_tail_stay_where_they_are(beside: int) -> None:
    """As those of whom one packet was sampled."""
    few = 7 * 10 ** np.linspace(4.6, 6.4, beside)
    volumes = fine_bins(np.concatenate([drawn(2_000), few, np.full(200, 7 * 10**4.5)]))
    joined, exact = curve(volumes, None, 10), curve(volumes, None, 1)
    spike = int(exact.values[:40].argmax())
    assert joined.values[spike] == pytest.approx(exact.values[spike], rel=0.05)
    assert (joined.low <= exact.values).mean() > 0.99
    assert (joined.high >= exact.values).mean() > 0.99


@pytest.mark.parametrize("subscribers", [500, 5_000])
def test_intervals_contain_the_density_of_many(subscribers: int) -> None:
    many = curve(fine_bins(drawn(400_000, 99)), None, 1).values
    body = many > 0.1 * many.max()
    held = []
    for seed in range(20):
        found = curve(fine_bins(drawn(subscribers, seed)), None, 10)
        held.append(((found.low <= many) & (many <= found.high))[body].mean())
    assert 0.9 < np.mean(held) < 0.99


def test_sampling_that_shifts_a_distribution_widens_the_intervals() -> None:
    volumes, again = fine_bins(drawn(2_000)), fine_bins(1.3 * drawn(20_000, 2))
    shifted, exact = curve(volumes, again, 10), curve(volumes, None, 10)
    assert (shifted.values == exact.values).all()
    steep = np.abs(np.diff(exact.values, append=0)).argmax()
    assert (shifted.high - shifted.low)[steep] > 1.2 * (exact.high - exact.low)[steep]


def test_nobody_outside_has_an_interval_up_to_a_few() -> None:
    found: Interval = beyond(fine_bins(drawn(1_000)), None)
    assert found.values.tolist() == [0.0, 0.0]
    assert found.low.tolist() == [0.0, 0.0]
    assert found.high == pytest.approx([3.84 / 1_000] * 2, rel=0.01)


def test_who_undoes_the_smoothing_finds_single_consumers_only_where_nothing_is_hidden() -> None:
    week_bytes = drawn(500)
    volumes, counts = fine_bins(week_bytes), bins_of(week_bytes)
    bare = undone(curve(volumes, None, 1).values, 500)
    assert bare == pytest.approx(counts, abs=0.01)
    assert (counts == 1).sum() > 5

    hidden = undone(curve(volumes, None, 10).values, 500)
    # Equal bins beside each other are a cell, or several with as many to a bin.
    edges = np.flatnonzero(np.abs(np.diff(hidden, prepend=-1, append=-1)) > 0.01)
    cells = np.add.reduceat(hidden, edges[:-1])
    assert cells == pytest.approx(10 * np.round(cells / 10), abs=0.05)
    assert cells[cells > 0.01].min() > 9.9
    assert len(cells) < len(np.flatnonzero(counts))


def test_who_compares_two_releases_finds_no_sums_but_multiples_of_ten() -> None:
    week_bytes = drawn(500)
    sums = []
    for left_out in (None, 0, 250, int(week_bytes.argmax()), int(week_bytes.argmin())):
        seen = week_bytes if left_out is None else np.delete(week_bytes, left_out)
        values = curve(fine_bins(seen), None, 10).values
        sums.append(np.cumsum(undone(values, 500)))
    for other in sums[1:]:
        # Where both have an edge: what is below it differs by nothing or by a whole ten.
        at_edge = [np.abs(of / 10 - np.round(of / 10)) < 0.005 for of in (sums[0], other)]
        differences = (sums[0] - other)[at_edge[0] & at_edge[1]]
        assert differences == pytest.approx(10 * np.round(differences / 10), abs=0.1)


def test_a_rounded_curve_hides_the_number_of_consumers() -> None:
    def published(subscribers: FineBins) -> Floats:
        step = 0.002
        rounded: Floats = np.round(curve(subscribers, None, 10).values / step) * step
        return rounded

    values = published(fine_bins(drawn(2_000)))
    # With the right number, and with others, what is below each edge is as little whole tens.
    misfit = []
    for number in (1_500, 1_800, 2_000, 2_200):
        cells = undone(values, number)
        misfit.append(np.abs(cells).max())
    assert min(misfit) > 1e4
