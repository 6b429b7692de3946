"""How far sampling moves median and mode, and how well the edition estimates the shift.

`python -m tests.benchmarks.sampling_floor [PAGE.md]` draws a million subscribers from populations
whose median and mode are known by formula, samples their packets at 1/1024 to 1/16384, compares the
shift with the one expected from sampling once more, and writes
`docs/benchmarks/sampling_floor.md`. It takes about ten minutes on one core.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from longflow.edition.intervals import MOST_UNSEEN
from longflow.edition.statistics import sampling
from longflow.edition.statistics.fine_bins import fine_bins, medians, modes
from longflow.edition.statistics.mode import MODE_BIAS_DECADES

from tests.benchmarks.mode import Population
from tests.benchmarks.pages import write_page
from tests.benchmarks.populations import ALL, truth
from tests.benchmarks.traffic import sampled_volumes

PAGE = Path(__file__).parents[2] / "docs" / "benchmarks" / "sampling_floor.md"

SUBSCRIBERS = 1_000_000
INTERVALS = (1024, 2048, 4096, 8192, 16384)
# Uploads at full volume, a tenth and a hundredth.
DECADES = (0, -1, -2)


@dataclass(frozen=True)
class Moved:
    """The effect of sampling on a population; shifts in decades of log10.

    Attributes:
        population: its name.
        main_mb: its mode in MB a day.
        interval: N of 1/N.
        unseen: share of the subscribers without a sampled packet.
        few: share of the seen subscribers with fewer than 30.
        unseen_again: share of the seen subscribers whom sampling once more would lose.
        median: shift of the median.
        median_expected: as the edition expects it.
        mode: shift of the mode by sampling alone, without the bias of the estimate.
        mode_expected: as the edition expects it.
    """

    population: str
    main_mb: float
    interval: int
    unseen: float
    few: float
    unseen_again: float
    median: float
    median_expected: float
    mode: float
    mode_expected: float


def shifted(population: Population, decades: float) -> Population:
    """The same population with that many decades more volume."""
    spike = population.spike
    return Population(
        population.name,
        tuple((weight, centre + decades, width) for weight, centre, width in population.hills),
        (spike[0], spike[1] + decades, spike[2]) if spike else None,
    )


def measure() -> Iterator[Moved]:
    """Sample every population at every interval."""
    for number, original in enumerate(ALL):
        for decades in DECADES:
            population = shifted(original, decades)
            random = np.random.default_rng([7, number, -decades])
            true = truth(population, SUBSCRIBERS)
            week_bytes = 7 * 10 ** population.draw(SUBSCRIBERS, random)
            whole = fine_bins(week_bytes)
            unsampled = float(modes(whole, whole.subscribers[None, :])[0])
            for interval in INTERVALS:
                seen = sampled_volumes(week_bytes, "in", interval, random)
                volumes = fine_bins(seen.bytes, seen.variance)
                shift = sampling.shift(volumes, [number])
                counts = volumes.subscribers[None, :]
                yield Moved(
                    population=population.name,
                    main_mb=true["mode"] / 1e6,
                    interval=interval,
                    unseen=float(np.mean(seen.packets == 0)),
                    few=float(np.mean(seen.packets[seen.packets > 0] < 30)),
                    unseen_again=shift.unseen,
                    median=math.log10(medians(volumes, counts)[0] / true["median"]),
                    median_expected=shift.median / math.log(10),
                    mode=math.log10(modes(volumes, counts)[0] / unsampled),
                    mode_expected=shift.mode / math.log(10),
                )


TEXT = """# How far sampling moves median and mode

Written by `python -m tests.benchmarks.sampling_floor`. A million subscribers are drawn from each
population whose median and mode are known ([the populations](errors.md)): uploads with packets of
mixed sizes, at full volume, a tenth and a hundredth of it. Each packet of a week is sampled with
probability 1/N. One packet in 8,192 stands for up to 1.76 MB a day: subscribers who use less sit
on that floor or are missed entirely, and the volumes of all others are blurred.

Shifts of the figure by sampling, in percent: the median absolute shift, and the largest in
brackets. Only those of the {cases} cases count in which the edition gives a bar.

| interval | mode | less the expected | median | less the expected | no bar |
| --- | ---: | ---: | ---: | ---: | ---: |
{summary}

## How the edition treats the shift

*Expected* is the shift when the sampled volumes are sampled once more: the second sampling adds
about as much blur as the first did (simulation and extrapolation, Cook & Stefanski 1994).

- **Modes** shift upwards, and the expected shift shows how far: subtracting it would remove most
  of the shift, but not all, and too much with heavy uploaders and few packets. So it is **not
  subtracted** from the published figure. The table `errors` gives it as `sampling_shift`, and the
  interval treats it as one more standard error.
- **Medians** stay in place while nearly everyone is seen. If many subscribers are not seen, the
  median of those who are is a different one, and the data do not show how many are missing or how
  much they use: then the expected shift has the wrong size. So there is **no correction** either;
  the interval allows for the shift.
- **If sampling once more would lose more than 5 %**, median and mode are flagged `few_packets`
  and have no bar. In the cases with a bar, the interval of 1.96 times the expected shift (for
  modes together with the bias of their estimate) alone, without random error, covers the shift of
  {held} of {bars} medians and modes: {missed}
- Unfolding the distribution (expectation and maximisation over bins) was not tried: it needs the
  sizes of each subscriber's packets, and cannot distinguish subscribers who were not seen from
  subscribers who were not there.

## All cases

Shifts in percent, as found and as expected; percentages of subscribers without a sampled packet
(unseen), of seen subscribers with fewer than 30, and of those whom sampling again would lose.

| population | MB | interval | unseen | under 30 | lost | mode | expected | median | expected |
| --- | ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
{details}
"""


def percent(decades: float) -> float:
    """A shift of log10 in percent of the figure."""
    return 100 * (10**decades - 1)


def page(found: list[Moved]) -> str:
    """The page as Markdown."""
    given = [m for m in found if m.unseen_again <= MOST_UNSEEN]
    shifts: list[Callable[[Moved], float]] = [
        lambda m: m.mode,
        lambda m: m.mode - m.mode_expected,
        lambda m: m.median,
        lambda m: m.median - m.median_expected,
    ]
    summary = []
    for interval in INTERVALS:
        here = [m for m in given if m.interval == interval]
        cells = []
        for of in shifts:
            sizes = [abs(percent(of(m))) for m in here]
            cells.append(f"{np.median(sizes):.1f} ({max(sizes):.1f})")
        without = sum(m.interval == interval for m in found) - len(here)
        summary.append(f"| 1/{interval} | " + " | ".join(cells) + f" | {without} |")
    missed = [
        f"{m.population} of {m.main_mb:.3g} MB at 1/{m.interval}: {name}"
        for m in given
        for name, shift, allowed in (
            ("mode", m.mode, math.hypot(m.mode_expected, MODE_BIAS_DECADES)),
            ("median", m.median, abs(m.median_expected)),
        )
        if abs(shift) > max(1.96 * allowed, 0.003)
    ]
    details = [
        f"| {m.population} | {m.main_mb:.3g} | 1/{m.interval} | {100 * m.unseen:.1f}"
        f" | {100 * m.few:.1f} | {100 * m.unseen_again:.1f} | {percent(m.mode):+.1f}"
        f" | {percent(m.mode_expected):+.1f} | {percent(m.median):+.1f}"
        f" | {percent(m.median_expected):+.1f} |"
        for m in found
    ]
    return TEXT.format(
        cases=len(found),
        summary="\n".join(summary),
        bars=2 * len(given),
        held=2 * len(given) - len(missed),
        missed=f"not {'; '.join(missed)}." if missed else "all of them.",
        details="\n".join(details),
    )


def main() -> None:
    """Measure, and write the page."""
    write_page(__doc__, PAGE, lambda: page(list(measure())))


if __name__ == "__main__":
    main()
