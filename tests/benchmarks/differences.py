"""How often the interval of a difference contains the true one.

`python -m tests.benchmarks.differences` draws two weeks of subscribers from one population, so that
nothing changed, unsampled and sampled at 1/8192, and two shares of the same bytes that are equal.
It writes the page `docs/benchmarks/differences.md`, and takes about five minutes on one core.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from longflow.edition.intervals import volume_intervals
from longflow.edition.statistics.differences import Interval, difference, ratio
from longflow.edition.statistics.fine_bins import FineBins

from tests.benchmarks.errors import estimates, observed
from tests.benchmarks.pages import write_page
from tests.benchmarks.populations import ALL
from tests.benchmarks.traffic import INTERVAL

PAGE = Path(__file__).parents[2] / "docs" / "benchmarks" / "differences.md"

SIZE, REPEATS, DRAWS = 3_000, 60, 200
# Shares of the subscribers that are in both weeks, with the same volumes.
IN_BOTH = (0.0, 0.7)
STATISTICS = ("mean", "median", "mode", "top_10")
SHARE_REPEATS, FLOWS = 4_000, 3_000


def weeks() -> Iterator[tuple[tuple[str, int, float], bool]]:
    """Statistic, sampling and overlap of pairs of weeks, and whether no change is found."""
    for number, population in enumerate(ALL):
        for interval in (1, INTERVAL):
            for in_both in IN_BOTH:
                random = np.random.default_rng([25, number, interval, int(10 * in_both)])
                for repeat in range(REPEATS):
                    first = population.draw(SIZE, random)
                    second = population.draw(SIZE, random)
                    same = int(in_both * SIZE)
                    second[:same] = first[:same]
                    found = [
                        _figures(observed(10**week * 7, interval, random), 2 * repeat + place)
                        for place, week in enumerate((first, second))
                    ]
                    for statistic in STATISTICS:
                        if all(statistic in of for of in found):
                            both = (of[statistic] for of in found)
                            moved = ratio(*both, independent=True).beyond(1)
                            yield (statistic, interval, in_both), moved == 0


def _figures(volumes: FineBins, seed: int) -> dict[str, Interval]:
    values = estimates(volumes)
    return {
        error.statistic: Interval(
            values[error.statistic],
            values[error.statistic] * math.exp(-error.down_log),
            values[error.statistic] * math.exp(error.up_log),
        )
        for error in volume_intervals(seed, "", "in", volumes, few_packets=None, draws=DRAWS)
        if error.reason is None
    }


def shares() -> Iterator[tuple[tuple[float, bool], bool]]:
    """Two equal shares of the same bytes, both ways of adding, and whether none is found larger."""
    random = np.random.default_rng(25)
    for share in (0.01, 0.1, 0.3, 0.5):
        for _ in range(SHARE_REPEATS):
            packets = random.multinomial(FLOWS, [share, share, 1 - 2 * share])
            both = [_share(int(of), FLOWS) for of in packets[:2]]
            for independent in (True, False):
                beyond = difference(both[0], both[1], independent=independent).beyond(0)
                yield (share, independent), beyond == 0


def _share(packets: int, of: int) -> Interval:
    """A share by packets of one size, sampled sparsely (docs/method.md, rule 17)."""
    share = packets / of
    error = 1.96 * math.sqrt((1 - share) ** 2 * packets + share**2 * (of - packets)) / of
    return Interval(share, share - error, share + error)


TEXT = """# How often no change is found where there is none

Written by `python -m tests.benchmarks.differences`. [The
rule](../method.md#rule-25-changes-beyond-their-error) promises 95 %.

## Two weeks

{size:,} subscribers are drawn for either of two weeks from one of the populations of
[errors.md](errors.md): unsampled, and as seen by a router that samples one packet in {interval:,}.
In *70 % the same*, so many are in both weeks with the same volumes. Percentage of {pairs} pairs in
which no change is found; –: no interval.

| figure | sampling | others | 70 % the same |
| --- | --- | ---: | ---: |
{weeks}

Subscribers in both weeks make the rule cautious: it treats the weeks as independent.

## Two shares of the same bytes

Two equal shares of the bytes of {flows:,} sampled packets, {repeats:,} times. Percentage in which
neither is found larger:

| each share | errors added as squares | errors added |
| ---: | ---: | ---: |
{shares}

The larger the shares, the more one gains what the other loses. So errors of shares of the same
bytes are added as they are.
"""


def page() -> str:
    """Measure, and write the page."""
    held: dict[tuple[str, int, float], list[bool]] = defaultdict(list)
    for case, none in weeks():
        held[case].append(none)
    of_shares: dict[tuple[float, bool], list[bool]] = defaultdict(list)
    for of_share, none in shares():
        of_shares[of_share].append(none)

    def percent(found: list[bool]) -> str:
        return f"{100 * np.mean(found):.1f}" if found else "–"

    return TEXT.format(
        size=SIZE,
        interval=INTERVAL,
        pairs=REPEATS * len(ALL),
        weeks="\n".join(
            f"| {statistic.replace('_', ' ')}{' %' if '_' in statistic else ''} |"
            f" {'none' if interval == 1 else f'1/{interval}'} | "
            + " | ".join(percent(held[statistic, interval, in_both]) for in_both in IN_BOTH)
            + " |"
            for statistic in STATISTICS
            for interval in (1, INTERVAL)
        ),
        flows=FLOWS,
        repeats=SHARE_REPEATS,
        shares="\n".join(
            f"| {100 * share:.0f} % | {percent(of_shares[share, True])} |"
            f" {percent(of_shares[share, False])} |"
            for share in (0.01, 0.1, 0.3, 0.5)
        ),
    )


if __name__ == "__main__":
    write_page(__doc__, PAGE, page)
