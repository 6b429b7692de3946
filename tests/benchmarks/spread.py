"""How well the spread of a consumer's days is measured from sampled packets.

`python -m tests.benchmarks.spread` draws consumers whose daily volumes vary, lets a router sample
their packets at 1/8192, and compares the median spread and its interval with those of the true
days. It writes the page `docs/benchmarks/spread.md` and takes some minutes on one core.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from itertools import product
from pathlib import Path
from typing import NamedTuple

import duckdb
import numpy as np
import numpy.typing as npt
import polars as pl
from longflow.database import execute_named
from longflow.edition.spread import LEAST_MEASURED, SPREAD_BIAS, spread_error
from longflow.edition.statistics.fine_bins import FINE_BINS_PER_DECADE
from longflow.sqlfile import query, sql_root

from tests.benchmarks import populations
from tests.benchmarks.mode import Population
from tests.benchmarks.pages import write_page
from tests.benchmarks.traffic import INTERVAL, sampled_volumes

Floats = npt.NDArray[np.float64]

PAGE = Path(__file__).parents[2] / "docs" / "benchmarks" / "spread.md"

SIZES = (300, 1_000, 3_000, 10_000, 100_000)
# Draws of each population by size.
REPEATS = {300: 20, 1_000: 20, 3_000: 10, 10_000: 5, 100_000: 1}
MANY = 400_000
# Standard deviation of the logarithm of a day, of the median consumer.
DAYS_APART = (0.35, 0.7, 1.0)
# Of days without any traffic.
IDLE = 0.05


class Outcome(NamedTuple):
    """What one draw shows.

    Attributes:
        measured: share of the consumers measured.
        bias: relative error of the median spread against the true one of the same consumers.
        selection: how far the true median of those measured is from that of all.
        holds: whether the interval contains the true median of such consumers.
    """

    measured: float
    bias: float
    selection: float
    holds: bool


def days_of(population: Population, size: int, apart: float, random: np.random.Generator) -> Floats:
    """True bytes of the seven days of each consumer, shape (size, 7)."""
    each = np.clip(random.normal(apart, 0.15, size), 0.05, None)[:, None]
    factors = np.exp(random.normal(0, 1, (size, 7)) * each - each**2 / 2)
    factors[random.random((size, 7)) < IDLE] = 0
    days: Floats = 10 ** population.draw(size, random)[:, None] * factors
    return days


def spreads(days: Floats) -> Floats:
    """Coefficient of variation of each consumer's days, in percent."""
    with np.errstate(invalid="ignore"):
        found: Floats = 100 * days.std(axis=1, ddof=1) / days.mean(axis=1)
    return found


class Measuring:
    """Runs the edition's own queries on drawn consumers."""

    def __init__(self) -> None:
        self.connection = duckdb.connect()
        self.connection.execute((sql_root() / "edition" / "functions.sql").read_text())

    def consumers(self, days: Floats, direction: str, random: np.random.Generator) -> pl.DataFrame:
        """Rows of `consumer_spread` of consumers as a router sees them, in their order."""
        seen = sampled_volumes(days.ravel(), direction, INTERVAL, random)
        volumes, variances, packets = (
            of.reshape(days.shape) for of in (seen.bytes, seen.variance, seen.packets)
        )
        drawn = pl.DataFrame(
            {
                "subscriber": np.arange(len(days)),
                "in_bytes": volumes.sum(axis=1).astype(np.int64),
                "squares": (volumes**2).sum(axis=1),
                "in_variance_bytes2": variances.sum(axis=1),
                "packets": packets.sum(axis=1),
            }
        )
        self.connection.register("drawn", drawn.to_arrow())
        self.connection.execute(
            "CREATE OR REPLACE TEMP TABLE subscriber_week AS SELECT 2024 AS year, 'x' AS service,"
            " '' AS access, subscriber, in_bytes, 0 AS out_bytes, '' AS population,"
            " 100.0 AS coverage_percent, in_variance_bytes2, 0.0 AS out_variance_bytes2,"
            " squared_spread(in_bytes, squares, in_variance_bytes2, packets) AS in_squared_spread,"
            " 0.0 AS out_squared_spread FROM drawn"
        )
        self.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE consumer_spread AS {query('edition', 'consumer_spread')}"
        )
        return self.connection.execute("FROM consumer_spread ORDER BY subscriber").pl()

    def bins(self) -> pl.DataFrame:
        """Rows of `spread_bin` of the consumers drawn last."""
        parameters: dict[str, object] = {"fine_bins_per_decade": FINE_BINS_PER_DECADE}
        return execute_named(self.connection, query("edition", "spread_bin"), parameters).pl()


def draw(
    measuring: Measuring, population: Population, size: int, apart: float, number: int
) -> Outcome | None:
    """Draw consumers once, and measure them; None if too few can be measured."""
    random = np.random.default_rng([11, number, size, round(100 * apart)])
    direction = "in" if number % 2 else "out"
    days = days_of(population, size, apart, random)
    rows = measuring.consumers(days, direction, random)
    error = spread_error(2024, "x", "in", measuring.bins())
    measured = rows.drop_nulls("spread_percent")
    if measured.height < LEAST_MEASURED:
        return None
    found = float(np.median(measured["spread_percent"].to_numpy()))
    true = float(np.median(spreads(days)[measured["subscriber"].to_numpy()]))
    distance = np.log(found / _expected(population, apart, direction))
    return Outcome(
        measured.height / size,
        found / true - 1,
        true / float(np.nanmedian(spreads(days))) - 1,
        bool(-error.up_log <= distance <= error.down_log),
    )


@cache
def _expected(population: Population, apart: float, direction: str) -> float:
    """The true median spread of the consumers who would be measured, of very many."""
    random = np.random.default_rng([12, round(100 * apart)])
    days = days_of(population, MANY, apart, random)
    packets = sampled_volumes(days.ravel(), direction, INTERVAL, random).packets
    return float(np.median(spreads(days)[packets.reshape(days.shape).sum(axis=1) >= 70]))


TEXT = """# How well the spread from day to day is measured

Written by `python -m tests.benchmarks.spread`. Consumers are drawn from the populations of
[errors.md](errors.md). Their days vary by a log-normal factor, with a standard deviation of about
{apart} in natural logarithms; {idle} % of the days have no traffic. A router samples one packet in
{interval:,}. The median spread of those with at least 70 sampled packets, and its
95 % interval, are measured against their true days.

| consumers | measured, % | error, %: mean | root mean square | interval contains the truth, % |
| ---: | ---: | ---: | ---: | ---: |
{table}

The interval includes {bias:g} % of the median as the standard error of what remains of sampling.
Who is measured is not chance: heavier users are. In these populations, those measured differ from
all consumers by {least:+.1f} to {most:+.1f} % in their true median spread.
"""


def page() -> str:
    """The page as Markdown."""
    measuring = Measuring()
    outcomes: dict[int, list[Outcome]] = defaultdict(list)
    for size in SIZES:
        for number, (population, apart) in enumerate(product(populations.ALL, DAYS_APART)):
            for repeat in range(REPEATS[size]):
                found = draw(measuring, population, size, apart, 1000 * number + repeat)
                if found is not None:
                    outcomes[size].append(found)
    lines = []
    for size, found_of in outcomes.items():
        measured, bias, _, holds = (np.array(of) for of in zip(*found_of, strict=True))
        lines.append(
            f"| {size:,} | {100 * measured.mean():.0f} | {100 * bias.mean():+.1f}"
            f" | {100 * np.sqrt((bias**2).mean()):.1f} | {100 * holds.mean():.1f} |"
        )
    selected = [of.selection for of in outcomes[SIZES[-1]]]
    return TEXT.format(
        apart=" or ".join(map(str, DAYS_APART)),
        idle=round(100 * IDLE),
        interval=INTERVAL,
        table="\n".join(lines),
        bias=100 * SPREAD_BIAS,
        least=100 * min(selected),
        most=100 * max(selected),
    )


def main() -> None:
    """Measure, and write the page."""
    write_page(__doc__, PAGE, page)


if __name__ == "__main__":
    main()
