"""The runs of `weekly_ingest` that take in everything an edition uses."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from longflow.settings import Edition, Feed, Settings


@dataclass(frozen=True)
class Request:
    """A run of `weekly_ingest` to request, with its form filled in."""

    run_id: str
    note: str
    form: dict[str, Any]
    weeks: tuple[date, ...]
    feeds: frozenset[Feed]

    def is_loaded(self, loaded: dict[date, set[Feed]]) -> bool:
        """Whether the archive already holds everything this run would take in."""
        return all(self.feeds <= loaded.get(week, set()) for week in self.weeks)


def requests(settings: Settings, edition: Edition) -> list[Request]:
    """The runs that take in everything an edition uses, oldest week first.

    All feeds for analysis weeks, for single weeks with hours and, of the weeks around analysis
    weeks, for those that are simulated individually; only counters, as ranges, for the weeks of the
    months by which growth is measured, and for the weeks drawn by hour that are not among these.
    Weeks around come before all others, because an edition that needs nothing more does not wait
    for them.
    """
    feeds = frozenset(source.feed for source in settings.sources)
    simulated = settings.simulator.get("weeks", ())
    around = {
        monday: f"week beside the analysis week of {year}"
        for offset in edition.neighbour_offsets
        for year, monday in edition.neighbours(offset).items()
        if monday in simulated
    }
    weeks = {monday: f"analysis week of {year}" for year, monday in edition.analysis_weeks.items()}
    weeks |= {monday: f"weekday hours of {name}" for name, monday in edition.hour_weeks.items()}
    asked = [
        Request(f"week-{monday}", f"The {what}, all feeds", {"week": f"{monday}"}, (monday,), feeds)
        for monday, what in {**around, **weeks}.items()
    ]
    by_hour = {week for week in edition.day_weeks if week not in weeks}
    for months in _consecutive(sorted({*edition.growth_weeks(), *by_hour})):
        first, last = months[0], months[-1]
        asked.append(
            Request(
                f"counters-{first}-to-{last}",
                f"Counters of the week {first}"
                if first == last
                else f"Counters of the weeks that touch {first + timedelta(days=6):%B %Y}",
                {
                    "first_week": f"{first}",
                    "last_week": f"{last}",
                    "feeds": [Feed.COUNTERS.value],
                },
                tuple(months),
                frozenset({Feed.COUNTERS}),
            )
        )
    come_first = {f"week-{monday}" for monday in around.keys() - weeks.keys()}
    return sorted(asked, key=lambda request: (request.run_id not in come_first, request.weeks))


def _consecutive(mondays: Sequence[date]) -> Iterator[list[date]]:
    """Split sorted Mondays where a week is missing between two."""
    for _, group in itertools.groupby(
        enumerate(mondays), key=lambda item: item[1] - item[0] * timedelta(days=7)
    ):
        yield [monday for _, monday in group]
