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
    months by which growth is measured, for the weeks drawn by hour that are not among these and, of
    the other months, for those that are simulated. The weeks that an edition does not wait for come
    first.
    """
    feeds = frozenset(source.feed for source in settings.sources)
    simulated = settings.simulated("weeks")
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
    drawn = {*settings.simulated("counters_weeks")} & {*edition.weeks_drawn()}
    for months in _consecutive(sorted(drawn | by_hour | {*edition.growth_weeks()})):
        first, last = months[0], months[-1]
        asked.append(
            Request(
                f"counters-{first}-to-{last}",
                f"Counters of {_span(first, last)}",
                {
                    "first_week": f"{first}",
                    "last_week": f"{last}",
                    "feeds": [Feed.COUNTERS.value],
                },
                tuple(months),
                frozenset({Feed.COUNTERS}),
            )
        )
    needed, come_first = edition.weeks_used(), {f"week-{one}" for one in around.keys() - weeks}

    def is_waited_for(request: Request) -> bool:
        return request.run_id not in come_first and needed.keys() >= {*request.weeks}

    return sorted(asked, key=lambda request: (is_waited_for(request), request.weeks))


def _span(first: date, last: date) -> str:
    """The weeks from a first to a last one, in words: one week, or the months that they touch."""
    if first == last:
        return f"the week {first}"
    from_month, to_month = f"{first + timedelta(days=6):%B %Y}", f"{last:%B %Y}"
    months = from_month if from_month == to_month else f"{from_month} to {to_month}"
    return f"the weeks that touch {months}"


def _consecutive(mondays: Sequence[date]) -> Iterator[list[date]]:
    """Split sorted Mondays where a week is missing between two."""
    for _, group in itertools.groupby(
        enumerate(mondays), key=lambda item: item[1] - item[0] * timedelta(days=7)
    ):
        yield [monday for _, monday in group]
