"""An attacker with much knowledge tries to infer facts about fewer than ten subscribers, and fails.

He knows how many subscribers there are, has two releases that differ by up to nine of them, and
takes differences of any two cells. Volumes are drawn at random, always the same ones, so that no
rounded value equals one by chance.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from fractions import Fraction

import duckdb
import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from longflow.database import create_from
from longflow.edition import disclosure, scope
from longflow.edition.disclosure.ports import RowKey, Week, least_subscribers
from longflow.edition.making import materialise
from longflow.edition.modes import find_modes
from longflow.settings import Edition
from longflow.sqlfile import query

MINIMUM = 10
EDITION = Edition.model_validate({"title": "t", "analysis_weeks": {2024: "2024-06-03"}})

POPULATION = st.fixed_dictionaries(
    {
        "seed": st.integers(0, 2**32 - 1),
        "subscribers": st.integers(1, 40) | st.integers(1, 400) | st.integers(901, 1300),
        "spread": st.floats(0.1, 1.2) | st.floats(1.2, 2.5),
    }
)


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        scope.create_functions(connection)
        yield connection


def volumes_of(seed: int, subscribers: int, spread: float) -> list[int]:
    """Bytes of the week of subscribers from alike to very unlike, heaviest first."""
    drawn = 10 ** np.random.default_rng(seed).normal(9, spread, subscribers)
    return sorted((int(volume) for volume in drawn), reverse=True)


def released(
    connection: duckdb.DuckDBPyConnection, volumes: list[int], minimum: int = MINIMUM
) -> dict[str, float | None]:
    """What is published about volumes: figures of table-2 and the shares of the top 1 and 10 %."""
    parameters: dict[str, object] = {"minimum_subscribers": minimum, "bins_per_decade": 20}
    week = pl.DataFrame({"out_bytes": volumes}).select(
        year=pl.lit(2024, pl.Int32()),
        service=pl.lit("mobile"),
        access=pl.lit(""),
        subscriber=pl.int_range(pl.len()).cast(pl.String),
        in_bytes=pl.lit(0, pl.Int64()),
        out_bytes="out_bytes",
        population=pl.lit("numbers"),
        coverage_percent=pl.lit(100.0),
        in_sampled_packets=pl.lit(None, pl.Int64()),
        out_sampled_packets=pl.lit(None, pl.Int64()),
        in_variance_bytes2=pl.lit(0, pl.Decimal(38, 0)),
        out_variance_bytes2=pl.lit(0, pl.Decimal(38, 0)),
    )
    create_from(connection, "subscriber_week", week)
    for table in ("consumer_volume", "volume_histogram"):
        materialise(connection, table, parameters)
    find_modes(connection)
    for table in ("daily_volume", "volume_disclosure"):
        materialise(connection, table, parameters)
    computed = {
        table: connection.execute(query("edition", table.replace("-", "_"))).pl()
        for table in ("table-2", "concentration")
    }
    edition = EDITION.model_copy(update={"minimum_subscribers": minimum})
    tables = disclosure.guard_tables(connection, edition, computed, parameters).tables
    row = tables["table-2"].row(0, named=True)
    shares = dict(tables["concentration"].select("top_percent", "share_percent").iter_rows())
    names = ("mean_mb", "median_mb", "mode_mb", "mode_estimate_mb")
    return {**{name: row[name] for name in names}, "top_1": shares[1], "top_10": shares[10]}


def sums_of_few(volumes: list[int]) -> list[int]:
    """Volumes of single subscribers, of two beside each other, and of up to nine heaviest."""
    pairs = [one + other for one, other in itertools.pairwise(volumes)]
    heaviest = [sum(volumes[:number]) for number in range(3, min(MINIMUM, len(volumes) + 1))]
    return [*volumes, *pairs, *heaviest]


def inferred(guesses: list[float], secrets: list[int]) -> list[float]:
    """Guesses that hit a secret to the byte."""
    known = np.sort(np.array(secrets, dtype=np.float64))
    places = np.searchsorted(known, guesses)
    beside = [known[np.clip(places - side, 0, len(known) - 1)] for side in (0, 1)]
    hits = np.any([np.abs(near - guesses) < 0.5 for near in beside], axis=0)
    return [guess for guess, is_hit in zip(guesses, hits, strict=True) if is_hit]


def cells(values: dict[str, float | None], subscribers: int) -> dict[str, float]:
    """What figures amount to in bytes for someone who knows the number of subscribers."""
    mean, found = values["mean_mb"], {}
    for name in ("median_mb", "mode_estimate_mb"):
        if (value := values[name]) is not None:
            found[name] = 7e6 * value
            # The median of an even number is the middle of two.
            found[f"twice {name}"] = 14e6 * value
    if mean is not None:
        total = found["total"] = 7e6 * mean * subscribers
        for name in ("top_1", "top_10"):
            if (share := values[name]) is not None:
                found[name] = total * share / 100
    return found


def guesses_of(*releases: dict[str, float]) -> list[float]:
    """All values and all differences of two of them, of one release or of two."""
    values = [value for release in releases for value in release.values()]
    return [*values, *(abs(one - other) for one, other in itertools.combinations(values, 2))]


@examples(max_examples=25, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(population=POPULATION, gone=st.integers(1, MINIMUM - 1), chosen=st.integers(0, 2**32 - 1))
def test_neither_cells_nor_releases_tell_the_volume_of_few(
    connection: duckdb.DuckDBPyConnection, population: dict[str, float], gone: int, chosen: int
) -> None:
    volumes = volumes_of(**population)  # type: ignore[arg-type]
    before = cells(released(connection, volumes), len(volumes))
    few = np.random.default_rng(chosen).permutation(len(volumes))[:gone].tolist()
    rest = [volume for place, volume in enumerate(volumes) if place not in few]
    after = cells(released(connection, rest), len(rest)) if rest else {}
    secrets = [*sums_of_few(volumes), sum(volumes[place] for place in few)]
    assert inferred(guesses_of(before, after), secrets) == []


@examples(max_examples=25, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(population=POPULATION)
def test_figures_do_not_tell_how_many_subscribers_there_are(
    connection: duckdb.DuckDBPyConnection, population: dict[str, float]
) -> None:
    """An exact mean is a fraction whose denominator is their number."""
    values = released(connection, volumes_of(**population))  # type: ignore[arg-type]
    mean = values["mean_mb"]
    if mean is not None:
        bytes_a_week = Fraction(str(mean)) * 7_000_000
        assert bytes_a_week.denominator in {1, 5, 10, 100, 1000}


@examples(max_examples=25, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(population=POPULATION)
def test_no_figure_is_about_few(
    connection: duckdb.DuckDBPyConnection, population: dict[str, float]
) -> None:
    volumes = volumes_of(**population)  # type: ignore[arg-type]
    count = len(volumes)
    values = released(connection, volumes)
    if values["mean_mb"] is not None:
        assert count >= MINIMUM
        others = sum(volumes) - volumes[0] - volumes[1]
        assert others >= volumes[0] / MINIMUM
        hill = [volume / 7e6 / (values["mode_mb"] or 0) for volume in volumes]
        assert sum(10**-0.25 < part < 10**0.25 for part in hill) >= MINIMUM
    tops = {name: -(-count * percent // 100) for name, percent in (("top_1", 1), ("top_10", 10))}
    if values["top_1"] is not None:
        assert min(tops["top_1"], count - tops["top_1"]) >= MINIMUM
    if values["top_10"] is not None:
        assert min(tops["top_10"], count - tops["top_10"]) >= MINIMUM
        if values["top_1"] is not None:
            assert tops["top_10"] - tops["top_1"] >= MINIMUM


@pytest.mark.parametrize("attack", ["difference", "median", "denominator"])
def test_without_the_guard_the_attacks_succeed(
    connection: duckdb.DuckDBPyConnection, attack: str
) -> None:
    """The laws above would be worth nothing if their attacker could not find anything."""
    volumes = volumes_of(1, 301, 0.5)
    values, rest = released(connection, volumes, 1), [*volumes[:100], *volumes[101:]]
    after = cells(released(connection, rest, 1), len(rest))
    found = cells(values, len(volumes))
    if attack == "difference":
        assert inferred(guesses_of({"a": found["total"], "b": after["total"]}), [volumes[100]])
    elif attack == "median":
        assert inferred([found["median_mb"]], volumes)
    else:
        mean = Fraction((values["mean_mb"] or 0) * 7e6).limit_denominator(1000)
        assert mean.denominator > 1
        assert len(volumes) % mean.denominator == 0


PARTS = st.lists(
    st.tuples(st.integers(0, 40), st.integers(1, 70), st.sampled_from("abc")),
    min_size=2,
    max_size=9,
)


def ports_of(parts: list[tuple[int, int, str]], *, attributed: bool, versions: bool) -> Week:
    """Parts as ports of protocols; by IP version, too, they are parts of both, by turns."""
    rows: dict[RowKey, frozenset[int]] = {}
    everything = frozenset(range(len(parts)))
    views: dict[tuple[str, int | None], frozenset[int]] = {("table-4", None): everything}
    if versions:
        for of, turn in ((4, 0), (6, 1)):
            views["by-version", of] = frozenset(n for n in everything if n % 2 == turn)
    for (table, version), inside in views.items():
        if version is not None and inside:
            rows[RowKey(table, 2024, version, "version", None, None)] = inside
        for protocol in "abc":
            ports = frozenset(n for n in inside if parts[n][2] == protocol)
            if ports:
                rows[RowKey(table, 2024, version, "protocol", protocol, None)] = ports
            # Of both, ports are pairs of neighbours, one over each version.
            width = 2 if version is None and versions else 1
            for port in {n // width for n in ports}:
                key = RowKey(table, 2024, version, "port", protocol, str(port))
                rows[key] = frozenset(n for n in ports if n // width == port)
    return Week(
        subscribers=[number if attributed else None for number, _, _ in parts],
        average_subscribers=[average for _, average, _ in parts],
        rows=rows,
        totals={version: inside for (_, version), inside in views.items()},
        shares={key: float(sum(parts[n][1] for n in inside)) for key, inside in rows.items()},
    )


def follows(known: list[frozenset[int]], wanted: frozenset[int], parts: int) -> bool:
    """Whether a sum of parts can be worked out from known ones, by least squares."""
    lines = np.array([[number in inside for number in range(parts)] for inside in known], float)
    target = np.array([number in wanted for number in range(parts)], float)
    solution = np.linalg.lstsq(lines.T, target, rcond=None)[0]
    return bool(np.allclose(lines.T @ solution, target, atol=1e-8))


@examples(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(parts=PARTS, attributed=st.booleans(), versions=st.booleans())
def test_no_sum_of_ports_that_can_be_worked_out_is_of_few(
    parts: list[tuple[int, int, str]], attributed: bool, versions: bool
) -> None:
    week = ports_of(parts, attributed=attributed, versions=versions)
    found = least_subscribers(week, MINIMUM)
    shown = {key for key, number in found.items() if number >= MINIMUM}
    known_of = {None if key.level == "version" else key.ip_version for key in shown}
    everything = {week.totals[version] for version in known_of}
    known = [*(week.rows[key] for key in shown), *everything]
    for size in range(1, len(parts) + 1):
        for chosen in itertools.combinations(range(len(parts)), size):
            wanted = frozenset(chosen)
            if known and week.behind(wanted) < MINIMUM:
                assert not follows(known, wanted, len(parts)), wanted
