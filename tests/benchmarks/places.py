"""How often the intervals of percentiles and of shares above a volume contain the true value.

`python -m tests.benchmarks.places` draws subscribers from populations whose percentiles are known
by formula, unsampled and sampled at 1/8192, and writes the page `docs/benchmarks/places.md`. It
takes some ten minutes on one core.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from longflow.edition.intervals import LEAST_BESIDE, place_intervals
from longflow.edition.statistics.fine_bins import FineBins, fine_bins
from longflow.edition.statistics.places import quantile, share_above

from tests.benchmarks import populations
from tests.benchmarks.mode import Population
from tests.benchmarks.pages import write_page
from tests.benchmarks.traffic import INTERVAL, sampled_volumes

PAGE = Path(__file__).parents[2] / "docs" / "benchmarks" / "places.md"

SIZES = (300, 1_000, 3_000, 10_000)
PLACES = (
    *(("percentile", float(percent)) for percent in (5, 10, 25, 50, 75, 90, 95, 99)),
    *(("share_above", gigabytes) for gigabytes in (0.03, 0.3, 1.0, 5.0)),
)
REPEATS = 100
# Subscribers on the thinner side of the place, from and below.
SIDES = ((5, 10), (10, 20), (20, 50), (50, 200), (200, 100_000))

Case = tuple[str, int, tuple[int, int]]


def draws() -> Iterator[tuple[Case, bool]]:
    """Measure, interval and side of each case, and whether its interval contains the truth."""
    for size in SIZES:
        for number, population in enumerate(populations.ALL):
            for interval in (1, INTERVAL):
                random = np.random.default_rng([9, number, interval, size])
                for repeat in range(REPEATS):
                    week_bytes = 7 * 10 ** population.draw(size, random)
                    volumes = fine_bins(week_bytes)
                    if interval > 1:
                        seen = sampled_volumes(week_bytes, "in", interval, random)
                        volumes = fine_bins(seen.bytes, seen.variance)
                    yield from _held(volumes, population, interval, repeat)


def _held(
    volumes: FineBins, population: Population, interval: int, repeat: int
) -> Iterator[tuple[Case, bool]]:
    for error in place_intervals(repeat, "", "in", volumes, PLACES):
        if error.reason == "few_packets" or error.standard_log == 0:
            continue
        if error.measure == "percentile":
            part = error.place / 100
            found, true = quantile(volumes, part), populations.percentile(population, part)
        else:
            found = part = share_above(volumes, 1e9 * error.place)
            true = populations.share_above(population, 1e9 * error.place)
        beside = min(part, 1 - part) * volumes.total
        for side in SIDES:
            if side[0] <= beside < side[1]:
                distance = math.log(found / true)
                yield (
                    (error.measure, interval, side),
                    -error.up_log <= distance <= error.down_log,
                )


TEXT = """# How often the intervals of percentiles and shares contain the true value

Written by `python -m tests.benchmarks.places`. Subscribers are drawn {repeats} times, 300 to
10,000 at once, from the populations of [errors.md](errors.md), whose percentiles and shares are
known by formula: unsampled, and as seen by a router that samples one packet in {interval:,}.
Percentage of the 95 % intervals that contain the true value, by the number of subscribers on the
thinner side of the place (below the 5th percentile, or above 5 GB a day):

{table}

An edition gives an interval from {least} subscribers on the thinner side. It gives none if sampling
once more would lose more than 5 % of the subscribers, as for medians; such cases are not in the
table.
"""


def page() -> str:
    """The page as Markdown."""
    counts: dict[Case, list[int]] = defaultdict(lambda: [0, 0])
    for case, does in draws():
        counts[case][0] += does
        counts[case][1] += 1
    head = " | ".join(
        f"{low} to {high - 1}" if high < 100_000 else f"{low} or more" for low, high in SIDES
    )
    rows = [f"| figure | sampling | {head} |", "| --- | --- |" + " ---: |" * len(SIDES)]
    for measure, name in (("percentile", "percentile"), ("share_above", "share above")):
        for interval in (1, INTERVAL):
            cells = []
            for side in SIDES:
                held, of = counts[measure, interval, side]
                cells.append(f"{100 * held / of:.1f}" if of >= 100 else "")
            sampling = "none" if interval == 1 else f"1/{interval}"
            rows.append(f"| {name} | {sampling} | " + " | ".join(cells) + " |")
    return TEXT.format(
        repeats=REPEATS, interval=INTERVAL, table="\n".join(rows), least=LEAST_BESIDE
    )


def main() -> None:
    """Measure, and write the page."""
    write_page(__doc__, PAGE, page)


if __name__ == "__main__":
    main()
