"""How often the intervals of densities contain the true value, and what joining bins changes.

`python -m tests.benchmarks.densities` draws subscribers from populations whose density is known by
formula, unsampled and sampled at 1/8192, and writes the page `docs/benchmarks/densities.md`. It
takes some minutes on one core.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from statistics import NormalDist

import numpy as np
import numpy.typing as npt
from longflow.edition.intervals import MOST_UNSEEN
from longflow.edition.statistics.density import AXIS_BINS, curve
from longflow.edition.statistics.fine_bins import fine_bins
from longflow.edition.statistics.mode import SMOOTHING_BINS, kernel
from longflow.edition.statistics.sampling import drawn_again

from tests.benchmarks import populations
from tests.benchmarks.mode import Population
from tests.benchmarks.pages import write_page
from tests.benchmarks.traffic import INTERVAL, sampled_volumes

PAGE = Path(__file__).parents[2] / "docs" / "benchmarks" / "densities.md"

Floats = npt.NDArray[np.float64]

SIZES = (600, 2_000, 6_000, 20_000)
MINIMUM = 10
REPEATS = 20
# Parts of a curve, by its height as a share of the top, from and below.
HEIGHTS = ((0.1, 1.01), (0.01, 0.1), (0.001, 0.01))

# Sampling interval, subscribers, height.
Case = tuple[int, int, tuple[float, float]]

_below = np.vectorize(NormalDist().cdf)


def true_density(population: Population) -> Floats:
    """The smoothed density of a population at the bins of the axis, by formula."""
    weights = kernel(SMOOTHING_BINS)
    reach = len(weights) // 2
    edges = (np.arange(AXIS_BINS[0] - reach, AXIS_BINS[-1] + reach + 2) - 0.5) / 20 * math.log(10)
    chances = sum(
        weight * np.diff(_below((edges - center) / width))
        for weight, center, width in populations.natural_hills(population)
    )
    found: Floats = 20 * np.convolve(chances, weights, mode="valid")
    return found


def curves() -> Iterator[tuple[Case, float, float]]:
    """By case: share of the values whose interval holds, and distance from the unjoined curve.

    The distance is a root mean square, in standard errors.
    """
    for number, population in enumerate(populations.ALL):
        true = true_density(population)
        for size in SIZES:
            for interval in (1, INTERVAL):
                random = np.random.default_rng([11, number, interval, size])
                for repeat in range(REPEATS):
                    week_bytes = 7 * 10 ** population.draw(size, random)
                    volumes = fine_bins(week_bytes)
                    if interval > 1:
                        seen = sampled_volumes(week_bytes, "in", interval, random)
                        volumes = fine_bins(seen.bytes, seen.variance)
                    again, unseen = drawn_again(volumes, [repeat])
                    if unseen > MOST_UNSEEN:
                        continue
                    found, exact = curve(volumes, again, MINIMUM), curve(volumes, again, 1)
                    held = (found.low <= true) & (true <= found.high)
                    moved = (found.values - exact.values) / ((exact.high - exact.low) / 3.92)
                    for low, high in HEIGHTS:
                        there = (true >= low * true.max()) & (true < high * true.max())
                        distance = math.sqrt((moved[there] ** 2).mean())
                        yield (interval, size, (low, high)), held[there].mean(), distance


TEXT = """# How often the intervals of densities contain the true value

Written by `python -m tests.benchmarks.densities`. Subscribers are drawn {repeats} times from the
populations of [errors.md](errors.md), whose density, smoothed as docs/method.md, rule 6 defines it,
is known by formula: unsampled, and as seen by a router that samples one packet in {interval:,}.
Bins are joined to cells of {minimum} subscribers.

Percentage of the values of a curve whose 95 % interval contains the true value, and in brackets how
far joining moves the curve (root mean square, in standard errors), by the height of the curve:

{table}

Cases in which sampling once more would lose more than {unseen:.0%} of the subscribers are left out,
because an edition gives no interval there. In the tails of sampled distributions intervals are too
narrow: light users are missed, or seen with one packet.
"""


def page() -> str:
    """The page as Markdown."""
    found: dict[Case, list[tuple[float, float]]] = defaultdict(list)
    for case, held, distance in curves():
        found[case].append((held, distance))
    head = " | ".join(
        f"{100 * low:g} to {min(100 * high, 100):g} % of the top" for low, high in HEIGHTS
    )
    rows = [f"| sampling | subscribers | {head} |", "| --- | ---: |" + " ---: |" * len(HEIGHTS)]
    for interval in (1, INTERVAL):
        for size in SIZES:
            cells = []
            for height in HEIGHTS:
                held, distance = np.mean(found[interval, size, height], axis=0)
                cells.append(f"{100 * held:.1f} ({distance:.2f})")
            sampling = "none" if interval == 1 else f"1/{interval}"
            rows.append(f"| {sampling} | {size:,} | " + " | ".join(cells) + " |")
    return TEXT.format(
        repeats=REPEATS,
        interval=INTERVAL,
        minimum=MINIMUM,
        table="\n".join(rows),
        unseen=MOST_UNSEEN,
    )


def main() -> None:
    """Measure, and write the page."""
    write_page(__doc__, PAGE, page)


if __name__ == "__main__":
    main()
