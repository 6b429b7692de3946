"""The table `errors` recomputed in another way: formulas over single subscribers, no bins.

Errors with a formula are computed from it. Random draws of the edition are compared with a formula
or with draws of our own, and only have to be of the same size. Sampling errors of modes are not
recomputed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import polars as pl

from longflow.release.second_way.mode import mode_places
from longflow.release.second_way.model import Row
from longflow.release.second_way.sums import total

# Tables whose errors are recomputed here; others have a method of their own, or none.
KNOWN = frozenset(
    {
        *("table-1", "table-2", "table-3", "table-4", "table-4-by-ip-version"),
        *("concentration", "growth", "growth-parts"),
    }
)

# The expected value, and the factors of it between which the actual value must lie.
Allowed = tuple[float | None, tuple[float, float]]

# Volumes of a distribution and their variances, smallest first: `bytes`, `variance_bytes2`.
VolumesOf = Callable[[int, str, str], pl.DataFrame]

_EXACT = (1 - 1e-9, 1 + 1e-9)
# Errors have two significant digits.
TWO_DIGITS = (0.94, 1.06)
# Bins of 1/400 decade represent their subscribers.
_BINNED = (0.9, 1.1)
# Random error, or another density.
_SIZE = (0.5, 2.0)
# An interval that allows for the few heaviest subscribers is wider than the normal one.
_WIDER = (0.7, 5.0)

# Rounding error of the published digits.
_ROUNDING = 0.1

_DRAWS = 40

# 0.008 decades, from docs/benchmarks/mode.md.
_MODE_BIAS = 0.008 * math.log(10)


@dataclass(frozen=True)
class SecondIntervals:
    """The errors of a release, recomputed in another way.

    Attributes:
        tables: the released tables by id.
        volumes_of: returns volumes of consumers by year, service and direction.
        is_rounded: whether errors are rounded for disclosure control.
        own: for tables with their own method, the expected row about them.
    """

    tables: Mapping[str, pl.DataFrame]
    volumes_of: VolumesOf
    is_rounded: bool = False
    own: Mapping[str, Callable[[Row], Mapping[str, Allowed]]] = field(default_factory=dict)

    def compare(self) -> tuple[int, list[str]]:
        """The number of recomputed errors, and a line for each that differs."""
        count, problems = 0, []
        for number, row in enumerate(self.tables["errors"].iter_rows(named=True), start=1):
            is_digits = row["level"] is None and row["part"] is None
            rounding = _ROUNDING if self.is_rounded and is_digits else 0.0
            table = row["table_id"]
            if table not in self.own and table not in KNOWN:
                continue
            work_out = self.own.get(table, self._expected)
            for column, (expected, allowed) in work_out(row).items():
                count += 1
                if rounding and "error" in column and not _has_few_digits(row[column]):
                    problems.append(
                        f"tables/errors.parquet: row {number}, {column}: {row[column]} has more"
                        " digits than allowed"
                    )
                if not _agree(
                    row[column], expected, (allowed[0] - rounding, allowed[1] + rounding)
                ):
                    problems.append(
                        f"tables/errors.parquet: row {number}, {column}: {row[column]},"
                        f" a second way gives {expected}"
                    )
        return count, problems

    def _expected(self, row: Row) -> dict[str, Allowed]:
        # A share of few packets has an empty error in its own table.
        if row["reason"] is not None and row["level"] is None and row["part"] is None:
            return {}
        if row["level"] is not None:
            return self._port(row)
        if row["table_id"] == "growth":
            return self._mode_ratio(row)
        if row["table_id"] == "growth-parts":
            return self._part_of_growth(row)
        if row["column_name"] == "mode_mb":
            estimate = self._row("mode_estimate_mb", row["year"], row)
            return {
                "low": (min(estimate["low"], row["value"]), _EXACT),
                "high": (max(estimate["high"], row["value"]), _EXACT),
            }
        volumes = self.volumes_of(row["year"], row["service"], row["direction"])
        work_out = {
            "mean_mb": _mean,
            "median_mb": _median,
            "share_percent": lambda of: _top_share(of, row["top_percent"]),
            "mode_estimate_mb": self._mode,
        }
        sampling, standard, exact = work_out[row["column_name"]](volumes)
        scale = 1.96 * row["value"]
        expected: dict[str, Allowed] = {}
        if sampling is not None:
            expected["sampling_error"] = (scale * sampling, exact)
        both = math.hypot(row["sampling_error"], row["population_error"])
        if both > 1.01 * row["sampling_error"]:
            rest = math.sqrt(max(standard**2 - (row["sampling_error"] / scale) ** 2, 0))
            expected["population_error"] = (scale * rest, _SIZE)
        # Each systematic error (shift by sampling, bias of modes) counts as one more error.
        bias = _MODE_BIAS * scale if row["column_name"] == "mode_estimate_mb" else 0.0
        all_of_it = math.hypot(both, 1.96 * (row["sampling_shift"] or 0.0), bias)
        is_skew = row["column_name"] in {"mean_mb", "share_percent"}
        expected["error"] = (all_of_it, _WIDER if is_skew else _SIZE)
        return expected

    def _row(self, column: str, year: int, like: Row) -> Row:
        """The row of a column of `table-1` or `table-2` for a year, from the same distribution."""
        (found,) = self.tables["errors"].filter(
            column_name=column, year=year, service=like["service"], direction=like["direction"]
        ).iter_rows(named=True)  # fmt: skip
        return found

    def _port(self, row: Row) -> dict[str, Allowed]:
        frame = self.tables[row["table_id"]]
        names = [
            name for name in ("year", "ip_version", "level", "protocol", "port") if name in frame
        ]
        same = [pl.col(name).eq_missing(pl.lit(row[name], frame.schema[name])) for name in names]
        (share,) = frame.filter(same).iter_rows(named=True)
        points = share["error_points"]
        if points is None:
            return {"sampling_error": (None, _EXACT), "low": (None, _EXACT)}
        return {
            "sampling_error": (points, _EXACT),
            "low": (max(share["share_percent"] - points, 0), _EXACT),
            "high": (min(share["share_percent"] + points, 100), _EXACT),
        }

    def _part_of_growth(self, row: Row) -> dict[str, Allowed]:
        names = ("service", "direction", "from", "to", "part")
        same = [pl.col(name) == row[name] for name in names]
        (part,) = self.tables["growth-parts"].filter(same).iter_rows(named=True)
        points, error = part["growth_points"], part["error_points"]
        if error is None:
            return {"sampling_error": (None, _EXACT), "low": (None, _EXACT)}
        return {
            "sampling_error": (error, _EXACT),
            "error": (error, _EXACT),
            "low": (points - error, _EXACT),
            "high": (points + error, _EXACT),
        }

    def _mode_ratio(self, row: Row) -> dict[str, Allowed]:
        earlier, later = (
            self._row("mode_estimate_mb", int(row[end]), row) for end in ("from", "to")
        )
        center = later["value"] / earlier["value"]
        down = math.hypot(
            math.log(later["value"] / later["low"]), math.log(earlier["high"] / earlier["value"])
        )
        up = math.hypot(
            math.log(later["high"] / later["value"]), math.log(earlier["value"] / earlier["low"])
        )
        sampling = math.hypot(
            later["sampling_error"] / later["value"], earlier["sampling_error"] / earlier["value"]
        )
        return {
            "sampling_error": (row["value"] * sampling, _EXACT),
            "low": (min(row["value"], center * math.exp(-down)), _EXACT),
            "high": (max(row["value"], center * math.exp(up)), _EXACT),
        }

    def _mode(self, volumes: pl.DataFrame) -> tuple[None, float, tuple[float, float]]:
        bins = volumes.select(_bin()).to_series().cast(pl.Int16)
        places = []
        for seed in range(_DRAWS):
            drawn = bins.sample(len(bins), with_replacement=True, seed=seed)
            places.append(mode_places(dict(drawn.value_counts().iter_rows()))[0])
        mean = sum(places) / _DRAWS
        variance = sum((place - mean) ** 2 for place in places) / (_DRAWS - 1)
        return None, math.log(10) * math.sqrt(variance), _SIZE


def _mean(volumes: pl.DataFrame) -> tuple[float, float, tuple[float, float]]:
    x = volumes["bytes"]
    sampling = math.sqrt(total(volumes["variance_bytes2"])) / total(x)
    spread = float(x.cast(pl.Float64).std(ddof=0) or 0)  # type: ignore[arg-type]
    return sampling, spread * math.sqrt(len(x)) / total(x), _EXACT


def _median(volumes: pl.DataFrame) -> tuple[float, float, tuple[float, float]]:
    """By ranks: the interval of a median is between two subscribers (binomial)."""
    x = volumes["bytes"]
    count = len(x)
    reach = math.ceil(0.98 * math.sqrt(count))
    low, high = x[max(count // 2 - reach, 0)], x[min(count // 2 + reach, count - 1)]
    distance = (pl.col("bytes") / x[count // 2]).log()
    bytes_squared = pl.col("bytes").cast(pl.Float64) ** 2
    deviation = (pl.col("variance_bytes2") / bytes_squared).log1p().sqrt()
    # The normal distribution by a hyperbolic tangent (Page 1977), to 0.0002.
    z = distance / deviation
    above = 0.5 * (1 + (math.sqrt(2 / math.pi) * (z + 0.044715 * z**3)).tanh())
    blurred = volumes.lazy().filter(pl.col("variance_bytes2") > 0)
    moving = blurred.select((above * (1 - above)).sum()).collect().item()
    near = volumes.lazy().select((distance.abs() < 0.1 * math.log(10)).sum()).collect().item()
    sampling = math.sqrt(moving) / (near / (0.2 * math.log(10)))
    return sampling, math.log(high / low) / 3.92, _SIZE


def _top_share(volumes: pl.DataFrame, percent: int) -> tuple[float, float, tuple[float, float]]:
    """Sampling error by V = (1-s)²·V_part + s²·V_rest, and the spread of influences."""
    count = len(volumes)
    top = -(-count * percent // 100)
    heaviest = volumes.tail(top)
    all_bytes, part = total(volumes["bytes"]), total(heaviest["bytes"])
    share = part / all_bytes
    of_part = total(heaviest["variance_bytes2"])
    of_rest = total(volumes["variance_bytes2"]) - of_part
    sampling = math.sqrt((1 - share) ** 2 * of_part + share**2 * of_rest) / part
    x = pl.col("bytes").cast(pl.Float64)
    influence = (x - float(heaviest["bytes"][0])).clip(lower_bound=0) / part - x / all_bytes
    spread = volumes.select(influence.std(ddof=0)).item() * math.sqrt(count)
    return sampling, spread, _BINNED


def _bin() -> pl.Expr:
    return (20 * (pl.col("bytes") / 7).log10() + 0.5).floor()


def _has_few_digits(value: float) -> bool:
    return math.isclose(value, float(f"{value:.3g}"), rel_tol=1e-12)


def _agree(value: float | None, expected: float | None, allowed: tuple[float, float]) -> bool:
    if value is None or expected is None:
        return value is expected
    if abs(expected) < 1e-12:
        return abs(value) < 1e-9
    return allowed[0] <= value / expected <= allowed[1]
