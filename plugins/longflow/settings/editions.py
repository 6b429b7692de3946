"""The section of an edition: its weeks, months and rules."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, field_validator

from longflow.settings.feeds import Feed
from longflow.settings.section import (
    Kind,
    Language,
    Monday,
    Section,
    Text,
    Year,
    once_each,
    shown,
    wrong,
)
from longflow.week import mondays_of_month


def _month(value: str) -> str:
    try:
        first_day = date.fromisoformat(f"{value}-01")
    except ValueError:
        first_day = None
    # Other ISO forms are refused, and years that no counter can have counted.
    if first_day is None or f"{first_day:%Y-%m}" != value or first_day.year < 1990:
        raise wrong(f"{shown(value)} is not a month", "write it as 2020-01")
    return value


Percent = Annotated[int, Field(ge=1, le=99)]
Gigabytes = Annotated[float, Field(gt=0, le=1_000_000)]


Hour = Annotated[int, Field(ge=0, le=24)]


class PortRows(Section):
    """Which ports get a row of their own (docs/method.md, rule 3)."""

    threshold_percent: Annotated[float, Field(ge=0, le=100)] = 0.1
    """Percentage of all bytes that a port must exceed in one of the years."""
    most: Annotated[int, Field(ge=0, le=65_536)] = 12
    """Maximum number of port rows."""


class Edition(Section):
    """The publication of one year: its weeks, months and rules."""

    title: Text
    """Title of the report, in its first language."""
    languages: Annotated[
        list[Language], Field(min_length=1), AfterValidator(once_each), Kind("list of languages")
    ] = Field(default=["en"])
    """Languages of the report and its figures. `report.html` is in the first one, `report.ja.html`
    in Japanese as a further one."""
    titles: dict[Language, Text] = Field(default_factory=dict)
    """Titles in the further languages."""
    analysis_weeks: dict[Year, Monday]
    """For each year: Monday of the week that represents it."""
    hour_weeks: dict[str, Monday] = Field(default_factory=dict)
    """Further weeks whose weekday hours are drawn beside those of the analysis weeks: a name and
    the Monday of each. Analysis weeks before the oldest of them are not drawn."""
    day_weeks: Annotated[list[Monday], Field(max_length=12), Kind("list of dates of Mondays")] = (
        Field(default=[])
    )
    """Mondays of the weeks whose weekday hours `figure-2` draws, such as weeks of the last twelve
    months."""
    daytime_hours: Annotated[list[Hour], Field(min_length=2, max_length=2)] = Field(default=[9, 17])
    """First hour of the daytime, and the hour at which it ends."""
    leave_out_holidays: bool = True
    """Whether public holidays (`[[holidays]]`) are left out of weekday means."""
    ipoe_since_year: Year = 2021
    """First year in which broadband distributions include IPoE; earlier years are PPPoE alone."""
    base_month: Annotated[str, AfterValidator(_month), Kind("month")] = "2020-01"
    """Month whose OUT rate is the base of the monthly ratios."""
    growth_month: Annotated[int, Field(ge=1, le=12)] = 6
    """Calendar month, 1 to 12, whose traffic is compared from year to year."""
    minimum_month_coverage_percent: Annotated[float, Field(ge=0, le=100)] = 90
    """Minimum coverage for a month to be published."""
    minimum_hour_coverage_percent: Annotated[float, Field(ge=0, le=100)] = 90
    """Minimum coverage for an hour of the port curves to be published. At 90, the spread from
    day to day has no figure if the week lacks more than 10 % of one day."""
    port_years: Annotated[int, Field(ge=1, le=100)] = 5
    """Number of years in the port tables."""
    port_rows: PortRows = PortRows()
    """Which ports get a row of their own."""
    percentiles: Annotated[list[Percent], Field(min_length=1, max_length=20)] = Field(
        default=[5, 10, 25, 50, 75, 90, 95, 99]
    )
    """Percentiles of the daily volume that the edition publishes."""
    thresholds_gb: Annotated[list[Gigabytes], Field(max_length=20)] = Field(default=[1, 5, 10])
    """Daily volumes, in GB. For each, the edition publishes the share of consumers above it."""
    neighbour_weeks: Annotated[int, Field(ge=0, le=12)] = 2
    """Weeks on each side of an analysis week for which its figures are recomputed, to show how far
    they depend on the date."""
    minimum_subscribers: Annotated[int, Field(ge=1, le=1_000_000)] = 10
    """No published value describes fewer subscribers. At 1 nothing is withheld or rounded."""
    publish_totals: bool = False
    """Whether to publish numbers of subscribers and their volume in the table `totals`, and rates
    per subscriber in `peak`."""

    formats: Annotated[list[Literal["pdf", "xlsx"]], Kind("list of `pdf`, `xlsx`")] = Field(
        default=["pdf", "xlsx"]
    )
    """Formats in which releases hold the report beside the page, `report.html`: `pdf` for
    `report.pdf`, `xlsx` for `workbook.xlsx`."""

    @field_validator("analysis_weeks")
    @classmethod
    def _by_year(cls, value: dict[int, date]) -> dict[int, date]:
        if not value:
            raise wrong("an edition needs at least one analysis week", "name one by its year")
        return dict(sorted(value.items()))

    @field_validator("percentiles", "thresholds_gb", "day_weeks")
    @classmethod
    def _rising(cls, value: list[Any]) -> list[Any]:
        if value != sorted({*value}):
            raise wrong(f"{shown(value)} is not in ascending order", "sort it, each value once")
        return value

    @field_validator("daytime_hours")
    @classmethod
    def _from_to(cls, value: list[int]) -> list[int]:
        if value[0] >= value[1]:
            raise wrong(
                f"the daytime ends at {value[1]}, not after {value[0]}, where it begins",
                "write the first hour, then the hour at which it ends: [9, 17]",
            )
        return value

    @property
    def years(self) -> list[int]:
        """Years of the look back, oldest first."""
        return list(self.analysis_weeks)

    def neighbours(self, offset_weeks: int) -> dict[int, date]:
        """Mondays so many weeks after (below 0: before) the analysis weeks, by year."""
        shift = timedelta(weeks=offset_weeks)
        return {year: monday + shift for year, monday in self.analysis_weeks.items()}

    @property
    def neighbour_offsets(self) -> list[int]:
        """Offsets of the neighbouring weeks, the earliest first; never 0."""
        reach = self.neighbour_weeks
        return [offset for offset in range(-reach, reach + 1) if offset]

    def growth_months(self) -> list[date]:
        """First days of the months that growth needs: growth months and the base month."""
        months = {date(year, self.growth_month, 1) for year in self.years}
        return sorted({date.fromisoformat(f"{self.base_month}-01"), *months})

    def growth_weeks(self) -> list[date]:
        """Mondays of the weeks that touch the months of growth and the base month."""
        return sorted(
            {monday for month in self.growth_months() for monday in mondays_of_month(month)}
        )

    def months_drawn(self) -> list[date]:
        """First days of the months of the look back: from that of the first analysis week on.

        The month of a week is that of its Thursday, and so of most of its days.
        """
        thursdays = [monday + timedelta(days=3) for monday in self.analysis_weeks.values()]
        first, last = (12 * day.year + day.month - 1 for day in (min(thursdays), max(thursdays)))
        return [date(number // 12, number % 12 + 1, 1) for number in range(first, last + 1)]

    def weeks_drawn(self) -> list[date]:
        """Mondays of the weeks that touch these months.

        The edition reads the counters of those that are loaded, and waits for none of them.
        """
        return sorted(
            {monday for month in self.months_drawn() for monday in mondays_of_month(month)}
        )

    def weeks_by_hour(self) -> list[date]:
        """Mondays of the weeks compared by hour over the years, the oldest first.

        These are `hour_weeks`, and the analysis weeks after the oldest of them.
        """
        named = {*self.hour_weeks.values()}
        oldest = min(named, default=date.min)
        return sorted(named | {week for week in self.analysis_weeks.values() if week > oldest})

    def weeks_used(self) -> dict[date, set[Feed]]:
        """Every week the edition's tables need, with the feeds they need of it."""
        used: dict[date, set[Feed]] = {week: {Feed.COUNTERS} for week in self.growth_weeks()}
        for week in (*self.hour_weeks.values(), *self.day_weeks):
            used.setdefault(week, set()).add(Feed.COUNTERS)
        for week in self.analysis_weeks.values():
            used[week] = set(Feed)
        return used
