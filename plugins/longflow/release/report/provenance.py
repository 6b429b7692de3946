"""What the figures come from: loads of the analysis weeks, and coverage of the months."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from longflow.edition import CompiledEdition

FEEDS = ("flows", "assignments", "usage", "subscribers")


@dataclass(frozen=True)
class Load:
    """A load that an analysis week was drawn from."""

    coverage_percent: float | None
    verdict: str
    revision: int


@dataclass(frozen=True)
class WeekLoads:
    """The loads of an analysis week in the order of `FEEDS`; None where there is none."""

    week: date
    loads: tuple[Load | None, ...]


@dataclass(frozen=True)
class MonthRow:
    """A month (`2024-06`), and its coverage in percent by service."""

    month: str
    cells: tuple[float | None, ...]


@dataclass(frozen=True)
class MonthCoverage:
    """Coverage of the months that growth rests on."""

    services: tuple[str, ...]
    rows: tuple[MonthRow, ...]


def weekly_loads(compiled: CompiledEdition) -> tuple[WeekLoads, ...]:
    """Loads of the analysis weeks, in the order of the settings."""
    loads = {
        (row["week"], row["feed"]): Load(row["coverage_percent"], row["verdict"], row["revision"])
        for row in compiled.inputs.iter_rows(named=True)
    }
    return tuple(
        WeekLoads(monday, tuple(loads.get((monday, feed)) for feed in FEEDS))
        for monday in compiled.settings.analysis_weeks.values()
    )


def month_coverage(compiled: CompiledEdition) -> MonthCoverage:
    """Coverage of the months by counters, a row a month."""
    services = {
        name.removeprefix("growth "): months
        for name, months in compiled.coverage_percent.items()
        if name.startswith("growth ")
    }
    months = sorted({month for found in services.values() for month in found})
    return MonthCoverage(
        services=tuple(services),
        rows=tuple(
            MonthRow(month, tuple(found.get(month) for found in services.values()))
            for month in months
        ),
    )
