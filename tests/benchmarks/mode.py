"""Which estimator of the mode: bias and spread on populations with known modes.

`python -m tests.benchmarks.mode [PAGE.md]` draws samples of simulated populations, unsampled and
sampled at 1/8192, lets every candidate estimate their modes, and writes the page
`docs/benchmarks/mode.md` with a table and a picture. It takes about two minutes on one core.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from longflow.edition.statistics.mode import HILL_SHARE, SMOOTHING_BINS, hill_middles

from tests.benchmarks.pages import page_asked_for
from tests.benchmarks.svg import Panel, charts
from tests.benchmarks.traffic import INTERVAL, sampled_volumes

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]

PAGE = Path(__file__).parents[2] / "docs" / "benchmarks" / "mode.md"

# Samples are drawn as histograms of fine bins: 400 per decade, from 10^3 to 10^13 bytes per day.
FINE, LOW, DECADES = 400, 3, 10
GRID = 20
SIZES = (300, 2_000, 100_000, 1_000_000)
REPEATS = {300: 200, 2_000: 200, 100_000: 40, 1_000_000: 10}


@dataclass(frozen=True)
class Population:
    """A mixture of normal hills over log10(bytes per day): weight, centre, width of each.

    The mode is that of `hills`. `spike` are subscribers who all use nearly the same volume, such as
    those at a limit; an estimator must not be misled by them.
    """

    name: str
    hills: tuple[tuple[float, float, float], ...]
    spike: tuple[float, float, float] | None = None

    def mode(self) -> float:
        """The top of the density of the hills, log10(bytes per day)."""
        places = np.arange(LOW, LOW + DECADES, 1e-4)
        density = sum(
            weight / width * np.exp(-0.5 * ((places - centre) / width) ** 2)
            for weight, centre, width in self.hills
        )
        return float(places[np.argmax(density)])

    def draw(self, count: int, random: np.random.Generator) -> Floats:
        """Subscribers' log10(bytes per day), shape (count,)."""
        parts = [*self.hills, *([self.spike] if self.spike else [])]
        weights = np.array([part[0] for part in parts])
        which = random.choice(len(parts), count, p=weights / weights.sum())
        centres, widths = np.array([part[1:] for part in parts]).T
        values: Floats = random.normal(centres[which], widths[which])
        return values


# Sampling blurs uploads most, so the main hills are placed like uploads: at 200 MB a day, and
# between two values of the grid, so that no estimator benefits from the grid.
POPULATIONS = (
    Population("log-normal", ((1, 8.317, 0.45),)),
    Population("hills near", ((0.3, 7.717, 0.6), (0.7, 8.317, 0.4))),
    Population("hills far", ((0.35, 6.517, 0.4), (0.65, 8.317, 0.4))),
    Population("spike", ((1, 8.317, 0.5),), spike=(0.03, 8.817, 0.01)),
)


def probabilities(
    population: Population, interval: int, random: np.random.Generator, draws: int = 5_000_000
) -> Floats:
    """Probability of each fine bin, from very many subscribers, without those unseen in a week."""
    counts = np.zeros(FINE * DECADES, dtype=np.int64)
    for _ in range(5):
        volumes = 10 ** population.draw(draws // 5, random)
        if interval > 1:
            volumes = sampled_volumes(7 * volumes, "in", interval, random).bytes / 7
        seen = volumes[volumes > 0]
        bins = np.floor(FINE * (np.log10(seen) - LOW)).astype(np.int64)
        counts += np.bincount(np.clip(bins, 0, len(counts) - 1), minlength=len(counts))
    chances: Floats = counts / counts.sum()
    return chances


Estimator = Callable[[Counts, np.random.Generator], Floats]


def on_grid(smoothing_bins: float, hill_share: float) -> Estimator:
    """Candidates of the form in use: bins of 0.05 decades, smoothed, middle of the hill."""

    def estimate(fine: Counts, _: np.random.Generator) -> Floats:
        half = FINE // GRID // 2
        shifted = np.pad(fine, ((0, 0), (half, half)))
        coarse = shifted.reshape(len(fine), -1, 2 * half).sum(axis=2)
        middles = hill_middles(coarse, smoothing_bins=smoothing_bins, hill_share=hill_share)
        return LOW + middles / GRID

    return estimate


def half_sample(fine: Counts, random: np.random.Generator) -> Floats:
    """Half-sample mode (Robertson & Cryer 1974) over log10: repeatedly the narrowest half."""
    found = np.empty(len(fine))
    for row, counts in enumerate(fine):
        spread = np.repeat(np.arange(len(counts)), counts) + random.random(counts.sum())
        values = np.sort(spread) / FINE + LOW
        while len(values) > 2:
            half = math.ceil(len(values) / 2)
            start = int(np.argmin(values[half - 1 :] - values[: len(values) - half + 1]))
            if half == len(values):
                break
            values = values[start : start + half]
        found[row] = values.mean()
    return found


def kernel_density(bandwidth: Callable[[Counts], float]) -> Estimator:
    """Top of a normal kernel density over log10, on the fine bins."""

    def estimate(fine: Counts, _: np.random.Generator) -> Floats:
        frequencies = np.fft.rfftfreq(2 * fine.shape[1])
        found = np.empty(len(fine))
        for row, counts in enumerate(fine):
            width = bandwidth(counts) * FINE
            kernel = np.exp(-2 * (math.pi * width * frequencies) ** 2)
            density = np.fft.irfft(np.fft.rfft(counts, 2 * len(counts)) * kernel)
            found[row] = LOW + (density[: len(counts)].argmax() + 0.5) / FINE
        return found

    return estimate


def silverman(counts: Counts) -> float:
    """Silverman's rule of thumb (1986), in decades: 0.9 min(s, IQR / 1.34) n^(-1/5)."""
    places = (np.arange(len(counts)) + 0.5) / FINE
    total = counts.sum()
    mean = (counts * places).sum() / total
    deviation = math.sqrt((counts * (places - mean) ** 2).sum() / total)
    ranks = np.searchsorted(np.cumsum(counts), [0.25 * total, 0.75 * total])
    quartiles = places[ranks[1]] - places[ranks[0]]
    return float(0.9 * min(deviation, quartiles / 1.34) * total**-0.2)


def improved_sheather_jones(counts: Counts) -> float:
    """Bandwidth of Botev, Grotowski & Kroese (2010), in decades, found by bisection."""
    bins, total = len(counts), counts.sum()
    mirrored = np.concatenate([counts, counts[::-1]]) / total
    phase = np.exp(-1j * math.pi * np.arange(bins) / (2 * bins))
    cosine = (np.fft.fft(mirrored)[:bins] * phase).real
    squares = np.arange(1, bins) ** 2.0
    energy = (cosine[1:] / 2) ** 2

    def norm(order: int, time: float) -> float:
        terms = squares**order * energy * np.exp(-squares * math.pi**2 * time)
        return float(2 * math.pi ** (2 * order) * terms.sum())

    def excess(time: float) -> float:
        strength = norm(7, time)
        for order in range(6, 1, -1):
            odd = math.prod(range(1, 2 * order, 2)) / math.sqrt(2 * math.pi)
            factor = (1 + 0.5 ** (order + 0.5)) / 3
            stage = (2 * factor * odd / total / strength) ** (2 / (3 + 2 * order))
            strength = norm(order, stage)
        return time - math.pow(2 * total * math.sqrt(math.pi) * strength, -0.4)

    low, high = 1e-9, 0.01
    for _ in range(40):
        middle = math.sqrt(low * high)
        low, high = (low, middle) if excess(middle) > 0 else (middle, high)
    return float(math.sqrt(low) * DECADES)


IN_USE = f"in use: {SMOOTHING_BINS / GRID:g} dec, {HILL_SHARE:.0%}"


def candidates() -> dict[str, Estimator]:
    """All compared estimators, by their name on the page."""
    named: dict[str, Estimator] = {}
    for smoothing in (0.0, 1.0, 2.0, 3.0, 4.0):
        for share in (1.0, 0.9, 0.8):
            if smoothing > 0 or share == 1.0:
                shape = "top" if share == 1 else f"{share:.0%}"
                name = f"{smoothing / GRID:g} dec, {shape}"
                if (smoothing, share) == (SMOOTHING_BINS, HILL_SHARE):
                    name = IN_USE
                named[name] = on_grid(smoothing, share)
    named["half-sample"] = half_sample
    named["kernel, Silverman"] = kernel_density(silverman)
    named["kernel, Botev"] = kernel_density(improved_sheather_jones)
    return named


@dataclass(frozen=True)
class Score:
    """Bias and spread (standard deviation) of an estimator in decades, one population and size."""

    population: str
    interval: int
    size: int
    candidate: str
    bias: float
    spread: float

    @property
    def error(self) -> float:
        """Root mean square error in decades."""
        return math.hypot(self.bias, self.spread)


def measure() -> Iterator[Score]:
    """Score every candidate on every population."""
    for number, population in enumerate(POPULATIONS):
        for interval in (1, INTERVAL):
            random = np.random.default_rng([5, number, interval])
            chances = probabilities(population, interval, random)
            for size in SIZES:
                samples = random.multinomial(size, chances, size=REPEATS[size])
                for name, estimate in candidates().items():
                    errors = estimate(samples, random) - population.mode()
                    yield Score(
                        population.name, interval, size, name, float(errors.mean()),
                        float(errors.std()),
                    )  # fmt: skip


SHOWN = (IN_USE, "0.1 dec, top", "half-sample", "kernel, Silverman", "kernel, Botev")

TEXT = """# Which estimator of the mode

Written by `python -m tests.benchmarks.mode`. The quantity to estimate is where the
density of a population, over log10 of the bytes per day, has its top; here that is known. The
populations are modelled on uploads, with a main hill at 200 MB a day, because sampling blurs these
most:

- *log-normal*: one hill, 0.45 decades wide;
- *hills near*: 30 % of the subscribers in a broad hill 0.6 decades lower;
- *hills far*: 35 % of them 1.8 decades lower;
- *spike*: 3 % of the subscribers, half a decade above the top, all use nearly the same volume;
  the mode of the others is to be found.

Each population is used unsampled, and as seen by a router that samples one packet in {interval}
for a week. The candidates of the form in use smooth bins of 0.05 decades by a normal kernel of
the stated width, and take the top, or the middle of the hill down to a share of the top. The
other candidates are the half-sample mode and the top of a normal kernel density with two rules
for its bandwidth. Errors are in decades: 0.01 is 2.3 %, and published modes are 0.05 apart.

![Error of the mode by number of subscribers]({picture})

## Error by number of subscribers

Root mean square over all populations, unsampled and sampled; the worst population in brackets.

{summary}

## The choice

**A kernel of 0.1 decades, and the middle of the hill down to 90 % of its top: as before.**

- The bare top scatters: at 2,000 subscribers nearly twice as far with the same kernel, and it can
  only lie on a bin. Without any smoothing it finds noise, and the spike.
- A lower edge of the hill (80 %) is no better from 2,000 subscribers on, and includes the
  shoulder of the near hills in the hill: it is off by 0.06 decades for any number of subscribers.
- A broader kernel (0.15, 0.2) scatters less with few subscribers, but its bias on the near hills,
  up to 0.03 decades, does not vanish as their number grows. The edition's error bar shows scatter
  but not bias, so the kernel is as narrow as 2,000 subscribers allow. A narrower one (0.05) gains
  nothing at 100,000 and doubles the error at 2,000.
- The half-sample mode converges slowly, with the cube root of the number of subscribers.
- Kernel densities with a bandwidth from the data narrow it as the number of subscribers grows.
  Then they find the spike (Silverman's rule at a million), or the lattice that sampling leaves,
  volumes of one, two, three packets (Botev's from 2,000). A bandwidth that is the same for every
  population also measures all years in the same way.

Known limit: with {small} subscribers the mode is known to a quarter, whatever the estimator.

## Bias and spread

Bias ± standard deviation in decades, by number of subscribers.

{details}
"""


def page(scores: list[Score], picture: str) -> str:
    """The page as Markdown."""
    head = "| candidate | " + " | ".join(f"{size:,}" for size in SIZES) + " |"
    lines = [head, "| --- |" + " ---: |" * len(SIZES)]
    for name in candidates():
        cells = []
        for size in SIZES:
            errors = [s.error for s in scores if (s.candidate, s.size) == (name, size)]
            cells.append(f"{math.sqrt(np.mean(np.square(errors))):.3f} ({max(errors):.3f})")
        mark = "**" if name == IN_USE else ""
        lines.append(f"| {mark}{name}{mark} | " + " | ".join(cells) + " |")
    details = [head.replace("candidate", "population | sampling | candidate")]
    details.append("| --- | --- | --- |" + " ---: |" * len(SIZES))
    for population in POPULATIONS:
        for interval in (1, INTERVAL):
            for name in SHOWN:
                key = population.name, interval, name
                found = {
                    s.size: f"{s.bias:+.3f} ± {s.spread:.3f}"
                    for s in scores
                    if (s.population, s.interval, s.candidate) == key
                }
                values = " | ".join(found[size] for size in SIZES)
                sampling = "none" if interval == 1 else f"1/{interval}"
                details.append(f"| {population.name} | {sampling} | {name} | {values} |")
    return TEXT.format(
        interval=f"{INTERVAL:,}",
        picture=picture,
        summary="\n".join(lines),
        details="\n".join(details),
        small=SIZES[0],
    )


def picture(scores: list[Score]) -> str:
    """Error by number of subscribers, one chart per population and sampling."""
    panels = [
        Panel(
            f"{population.name}, {'unsampled' if interval == 1 else f'1/{interval}'}",
            {
                name: [
                    (s.size, s.error)
                    for s in scores
                    if (s.population, s.interval, s.candidate) == (population.name, interval, name)
                ]
                for name in SHOWN
            },
        )
        for interval in (1, INTERVAL)
        for population in POPULATIONS
    ]
    return charts(
        panels,
        columns=len(POPULATIONS),
        x_title="subscribers",
        y_title="error, decades",
        x_ticks={300: "300", 2e3: "2k", 1e5: "100k", 1e6: "1M"},
        y_ticks={0.001: "0.001", 0.01: "0.01", 0.1: "0.1", 1: "1"},
    )


def main() -> None:
    """Measure, and write the page and its picture."""
    file = page_asked_for(__doc__, PAGE)
    scores = list(measure())
    file.with_suffix(".svg").write_text(picture(scores), encoding="utf-8")
    file.write_text(page(scores, f"{file.stem}.svg"), encoding="utf-8")


if __name__ == "__main__":
    main()
