"""Which weeks a run means: determined here and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from longflow.errors import LongflowError
from longflow.settings import Settings
from longflow.week import Week, weeks_between

NO_WEEK = LongflowError(
    "this run names no week",
    remedy="trigger it again with Week filled in (its Monday, YYYY-MM-DD), or First and Last week",
)


@dataclass(frozen=True)
class WeekChoice:
    """First and last week of a run, both included."""

    first: Week
    last: Week

    def __str__(self) -> str:
        """One Monday, or the first and the last."""
        return self.first.key if self.first == self.last else f"{self.first} to {self.last}"


def choose_weeks(
    settings: Settings, *, partition_key: str | None, scheduled: bool, form: Mapping[str, Any]
) -> WeekChoice:
    """The weeks of a run: its partition key, else the form, else an error that says what to do.

    Args:
        settings: for the provider's time zone.
        partition_key: the run's key. That of a scheduled run is the day on which the previous run
            was due, a day of the week that has ended since; a typed one is that week's Monday.
        scheduled: whether the schedule made the run.
        form: the run's parameters `week`, `first_week`, `last_week` (Mondays, or empty).

    Raises:
        LongflowError: no week is named, two contradict each other, or one is not a Monday.
    """
    zone = settings.zone
    week, first, last = (
        Week.parse(str(form[name]), zone) if form.get(name) else None
        for name in ("week", "first_week", "last_week")
    )
    named = [f"{week}"] if week else []
    if first or last:
        if not (first and last):
            raise LongflowError(
                f"a range needs its first and its last week, but only {first or last} is given",
                remedy="fill in both, or only Week",
            )
        next(weeks_between(first, last))
        named.append(f"{first} to {last}")
    if partition_key and scheduled:
        day = date.fromisoformat(partition_key)
        return _one(Week(day - timedelta(days=day.weekday()), zone))
    if partition_key:
        named.append(f"key {partition_key}")
    if len(named) > 1:
        raise LongflowError(
            f"this run names its weeks in more than one way: {', '.join(named)}",
            remedy="fill in only one of: partition key, Week, First and Last week",
        )
    if partition_key:
        return _one(Week.parse(partition_key, zone))
    if week:
        return _one(week)
    if first and last:
        return WeekChoice(first, last)
    raise NO_WEEK


def choose_edition(
    settings: Settings, *, partition_key: str | None, form: Mapping[str, Any]
) -> int:
    """The edition of a run: its partition key, else the form, else the newest in the settings.

    Raises:
        LongflowError: the settings have no edition, or not this one.
    """
    text = partition_key or form.get("edition") or max(settings.editions, default="")
    try:
        year = int(text)
    except ValueError:
        raise LongflowError(
            f"'{text}' is not an edition" if text else "the settings name no edition",
            file=settings.file,
            place="editions",
            remedy="name an edition by its year" if text else "add a section [editions.YEAR]",
        ) from None
    settings.edition(year)
    return year


def _one(week: Week) -> WeekChoice:
    return WeekChoice(week, week)
