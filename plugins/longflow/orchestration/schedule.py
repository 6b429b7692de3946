"""When the weekly run is due, and the event that an edition is complete."""

from __future__ import annotations

import math
from datetime import timedelta

from airflow.sdk import Asset, CronPartitionTimetable

from longflow.settings import Settings

# Every week that an edition uses is in the archive. The key of its events is the edition's year.
EDITION_WEEKS = Asset(name="edition_weeks", uri="longflow://archive/edition-weeks")

_DUE_HOUR = 6


def weekly_cron(grace_hours: float) -> str:
    """Monday 06:00 plus the grace as a cron expression; a long grace ends on a later weekday."""
    minutes = _DUE_HOUR * 60 + math.ceil(grace_hours * 60)
    days, minutes = divmod(minutes, 24 * 60)
    return f"{minutes % 60} {minutes // 60} * * {1 + days}"


def weekly_schedule(settings: Settings) -> CronPartitionTimetable:
    """The schedule of `weekly_ingest`.

    A run is due after the week that has just ended, and never for a week that ended before Airflow
    knew the schedule.
    """
    return CronPartitionTimetable(
        weekly_cron(settings.week.grace_hours),
        timezone=settings.provider.time_zone,
        run_offset=-1,
        key_format="%Y-%m-%d",
        # False would still take in a week that was due up to 17 hours ago.
        run_immediately=timedelta(0),
    )
