"""When weekly_ingest is due, and for which week."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from airflow.sdk.timezone import coerce_datetime
from airflow.serialization.encoders import coerce_to_core_timetable
from airflow.timetables.base import DagRunInfo, TimeRestriction
from longflow.orchestration.schedule import weekly_cron, weekly_schedule
from longflow.orchestration.week_choice import choose_weeks
from longflow.settings import Settings

PROJECT = Path(__file__).parents[2]
Provider = Callable[..., Settings]

NO_LIMIT = TimeRestriction(earliest=None, latest=None, catchup=False)


def next_run(
    settings: Settings,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
    last: DagRunInfo | None = None,
) -> DagRunInfo:
    """What the scheduler would plan at a moment."""
    monkeypatch.setattr("airflow.timetables.trigger.utcnow", lambda: coerce_datetime(now))
    timetable = coerce_to_core_timetable(weekly_schedule(settings))
    assert timetable
    run = timetable.next_dagrun_info_v2(last_dagrun_info=last, restriction=NO_LIMIT)
    assert isinstance(run, DagRunInfo)
    return run


def week_of(settings: Settings, run: DagRunInfo) -> str:
    weeks = choose_weeks(settings, partition_key=run.partition_key, scheduled=True, form={})
    return f"{weeks}"


@pytest.mark.parametrize(
    ("zone", "grace", "due", "week"),
    [
        ("Asia/Tokyo", 0, "2024-06-10 06:00", "2024-06-03"),
        ("Asia/Tokyo", 6, "2024-06-10 12:00", "2024-06-03"),
        ("Asia/Tokyo", 1.5, "2024-06-10 07:30", "2024-06-03"),
        ("Asia/Tokyo", 18, "2024-06-11 00:00", "2024-06-03"),
        ("Asia/Tokyo", 72, "2024-06-13 06:00", "2024-06-03"),
        # The clock changed on Sunday 31 March and on Sunday 27 October.
        ("Europe/Berlin", 6, "2024-04-01 12:00", "2024-03-25"),
        ("Europe/Berlin", 6, "2024-10-28 12:00", "2024-10-21"),
    ],
)
def test_a_run_is_due_after_the_grace_for_the_week_just_ended(
    provider: Provider,
    monkeypatch: pytest.MonkeyPatch,
    zone: str,
    grace: float,
    due: str,
    week: str,
) -> None:
    settings = provider(zone, grace)
    expected = datetime.fromisoformat(due).replace(tzinfo=ZoneInfo(zone))
    run = next_run(settings, expected - timedelta(hours=1), monkeypatch)
    assert run.run_after == expected
    assert week_of(settings, run) == week


def test_weeks_follow_each_other(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = provider("Europe/Berlin")
    now = datetime(2024, 10, 21, 10, tzinfo=ZoneInfo("Europe/Berlin"))
    first = next_run(settings, now, monkeypatch)
    second = next_run(settings, now + timedelta(days=7), monkeypatch, last=first)
    assert [week_of(settings, run) for run in (first, second)] == ["2024-10-14", "2024-10-21"]


@pytest.mark.parametrize("hours", range(0, 7 * 24, 5))
def test_no_run_is_due_for_a_week_that_ended_before_the_start(
    provider: Provider, monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    start = datetime(2024, 6, 10, 12, 1, tzinfo=ZoneInfo("Asia/Tokyo")) + timedelta(hours=hours)
    assert next_run(provider(), start, monkeypatch).run_after > start


def test_the_demonstration_is_due_on_mondays_at_noon_tokyo_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """06:00 plus a grace of six hours."""
    settings = Settings.load(PROJECT / "longflow.toml")
    start = datetime(2024, 6, 12, 9, tzinfo=ZoneInfo("Asia/Tokyo"))
    run = next_run(settings, start, monkeypatch)
    assert run.run_after == datetime(2024, 6, 17, 12, tzinfo=ZoneInfo("Asia/Tokyo"))
    assert week_of(settings, run) == "2024-06-10"


def test_a_grace_of_seconds_is_rounded_up_to_a_minute() -> None:
    assert weekly_cron(0.001) == "1 6 * * 1"
