"""Sentences on consumers' daily volumes: median, mean and mode, and the share of the heaviest."""

from __future__ import annotations

from collections.abc import Iterator

from longflow.edition.sentences.figures import Figure, Figures
from longflow.edition.sentences.growth import measured, measured_periods
from longflow.edition.sentences.numbers import (
    change_in_percent,
    change_in_points,
    level,
    quotient,
)
from longflow.edition.sentences.sentence import Number, Numbers, Sentence
from longflow.edition.sentences.wanted import (
    DENSITIES,
    DIRECTIONS,
    SERVICES,
    VOLUMES,
    is_said,
    last_two,
    same_population,
    sentence,
)
from longflow.edition.statistics.density import AXIS

_MODE_RATIO = "yearly_mode_ratio"


def volumes(figures: Figures) -> Iterator[Sentence]:
    """Daily volumes of consumers, in the last year and against the year before."""
    for service in SERVICES:
        for statistic in ("median", "mean"):
            yield from _statistic(figures, service, statistic)
        yield from _mode(figures, service)
    for service in SERVICES:
        for direction in DIRECTIONS:
            yield from _largest_step(figures, service, direction)
    yield from _day_to_day(figures)
    for service in SERVICES:
        yield from _beyond_the_axis(figures, service)


def _statistic(figures: Figures, service: str, statistic: str) -> Iterator[Sentence]:
    table, column = VOLUMES[service], f"{statistic}_mb"
    year, before = last_two(figures.years(table, column))
    if not same_population(figures, table, year, before):
        before = None
    found = {
        (of, direction): figures.get(table, column, year=of, direction=direction)
        for of in (year, before)
        for direction in DIRECTIONS
    }
    numbers: Numbers = {
        **{f"{of}_volume": level(found[year, of], "megabytes") for of in DIRECTIONS},
        **{
            f"{of}_change": change_in_percent(found[year, of], found[before, of])
            for of in DIRECTIONS
        },
    }
    if is_said(numbers, "out_volume", "in_volume"):
        yield sentence("volumes", statistic, numbers, service=service, year=year, before=before)


def _mode(figures: Figures, service: str) -> Iterator[Sentence]:
    table = VOLUMES[service]
    years = figures.years(table, "mode_mb")
    if not years:
        return
    year, before = years[-1], None
    numbers: dict[str, Number | None] = {}
    for direction in DIRECTIONS:
        mode = figures.get(table, "mode_mb", year=year, direction=direction)
        numbers[f"{direction}_volume"] = level(mode, "megabytes")
        step = _step(figures, service, direction, year - 1, year)
        numbers[f"{direction}_ratio"] = level(step, "ratio", none=1)
        if step is not None:
            before = year - 1
    if is_said(numbers, "out_volume", "in_volume"):
        yield sentence("volumes", "mode", numbers, service=service, year=year, before=before)


def _step(
    figures: Figures, service: str, direction: str, earlier: int, later: int
) -> Figure | None:
    """The ratio of the modes of two years of the same population."""
    if not same_population(figures, VOLUMES[service], earlier, later):
        return None
    return measured(figures, _MODE_RATIO, service, direction, (str(earlier), str(later)))


def _largest_step(figures: Figures, service: str, direction: str) -> Iterator[Sentence]:
    """The year in which a mode rose most, if it stands out from every other one."""
    steps = [
        step
        for earlier, later in measured_periods(figures, _MODE_RATIO, service, direction=direction)
        if (step := _step(figures, service, direction, int(earlier), int(later))) is not None
    ]
    steps.sort(key=lambda step: step.value, reverse=True)
    if len(steps) < 2:
        return
    largest, second = steps[0], steps[1]
    numbers: Numbers = {
        "ratio": level(largest, "ratio", none=1),
        # Two steps can share a mode.
        "ahead": quotient(largest, second, independent=False),
    }
    stands_out = all(n is not None and n.moved == "up" for n in numbers.values())
    if is_said(numbers, *numbers):
        yield sentence(
            "volumes",
            "largest_step" if stands_out else "no_largest_step",
            numbers,
            service=service,
            direction=direction,
            first=min(int(step.row["from"]) for step in steps),
            last=max(int(step.row["to"]) for step in steps),
            start=int(largest.row["from"]),
            end=int(largest.row["to"]),
        )


def _day_to_day(figures: Figures) -> Iterator[Sentence]:
    """How far apart the days of a consumer are, mobile beside broadband."""
    table, column = "day-to-day-spread", "spread_percent"
    year, _ = last_two(figures.years(table, column))
    found = {
        (service, direction): figures.get(
            table, column, year=year, service=service, direction=direction
        )
        for service in SERVICES
        for direction in DIRECTIONS
    }
    numbers: Numbers = {
        **{f"{service}_{of}": level(spread, "percent") for (service, of), spread in found.items()},
        **{
            f"{of}_apart": change_in_points(found["mobile", of], found["broadband", of])
            for of in DIRECTIONS
        },
    }
    if is_said(numbers, *numbers):
        yield sentence("volumes", "day_to_day", numbers, year=year)


def _beyond_the_axis(figures: Figures, service: str) -> Iterator[Sentence]:
    """The shares of consumers below and above the axis of densities, in the last year."""
    table, column = DENSITIES[service], "beyond_percent"
    year, _ = last_two(figures.years(table, column))
    numbers: Numbers = {
        f"{direction}_{name}": level(
            figures.get(table, column, year=year, direction=direction, log10_bytes=float(end)),
            "percent",
        )
        for direction in DIRECTIONS
        for name, end in zip(("below", "above"), AXIS, strict=True)
    }
    if is_said(numbers, *numbers):
        yield sentence("volumes", "beyond_the_axis", numbers, service=service, year=year)


def concentration(figures: Figures) -> Iterator[Sentence]:
    """The share of the heaviest consumers, and how it moved."""
    for service in SERVICES:
        yield from _top(figures, service)


def _top(figures: Figures, service: str) -> Iterator[Sentence]:
    table, column = "concentration", "share_percent"
    year, before = last_two(figures.years(table, column, service=service))
    if not same_population(figures, VOLUMES[service], year, before):
        before = None

    def share(of: int | None, direction: str, top: int) -> Figure | None:
        key = {"year": of, "service": service, "direction": direction, "top_percent": top}
        return figures.get(table, column, **key)

    numbers: Numbers = {
        **{
            f"{of}_{top}": level(share(year, of, top), "percent")
            for of in DIRECTIONS
            for top in (1, 10)
        },
        **{
            f"{of}_change": change_in_points(share(year, of, 10), share(before, of, 10))
            for of in DIRECTIONS
        },
    }
    if is_said(numbers, "out_10", "in_10"):
        yield sentence(
            "concentration", "heaviest", numbers, service=service, year=year, before=before
        )
