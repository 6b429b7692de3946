"""What a delivery lacks, and files under a wrong name, from the landing folder to findings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from longflow.errors import LongflowError
from longflow.landing import fetch_week
from longflow.records import Finding, Landed, Staged
from longflow.settings import Feed, Settings, Source
from longflow.staging.stage import stage_week
from longflow.validation import coverage
from longflow.week import Week
from longflow.workspace import Workspace

from tests.conftest import MakeSettings

DAYS = [f"202406{day:02d}" for day in range(3, 10)]
HOURLY = """
[[sources]]
name = "NAME"
feed = "usage"
service = "mobile"
format = "csv"
files = "c.{time}"
slot_minutes = 60
time_zone = "Europe/Berlin"
"""


@dataclass
class Delivery:
    """A week of usage files, staged."""

    settings: Settings
    week: Week
    landed: Landed
    staged: Staged

    def wrong_names(self) -> list[Finding]:
        files = {file.index: file for file in self.landed.files}
        return coverage.of_another_time(self.settings, self.staged, files, Feed.USAGE)

    def low(self) -> list[Finding]:
        return coverage.too_low(self.settings, self.week, self.staged, Feed.USAGE)

    def gaps(self) -> list[tuple[str, str | None, int, int, int]]:
        files = {file.index: file for file in self.landed.files}
        found = coverage.gaps(self.staged, files, Feed.USAGE)
        first = self.week.start_ms
        return [
            (
                f.rule,
                f.source,
                f.count,
                ((f.start_ms or 0) - first) // HOUR,
                ((f.end_ms or 0) - first) // HOUR,
            )
            for f in found
        ]


HOUR = 3_600_000


def take(settings: Settings, monday: str = "2024-06-03") -> Delivery:
    week = Week.parse(monday, settings.zone)
    workspace = Workspace.of(settings, "test", week)
    landed = fetch_week(settings, week, [Feed.USAGE], workspace)
    return Delivery(settings, week, landed, stage_week(settings, week, workspace))


def write(path: Path, *starts: datetime) -> None:
    """A file of charging records of ten minutes each."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # Files of two sources are not the same.
    source = path.parent.parent.name
    rows = [
        f"{source}-{number},{start.isoformat()},{(start + timedelta(minutes=10)).isoformat()},1,2"
        for number, start in enumerate(starts)
    ]
    head = "subscriber,start_time,end_time,in_bytes,out_bytes"
    path.write_text("\n".join([head, *rows]) + "\n")


def write_days(root: Path, days: list[str]) -> Path:
    """Files by day, with a record at 01:00, 12:00 and 22:00 Tokyo time each."""
    folder = root / "landing/usage/gateway/2024-06-03"
    for day in days:
        midnight = datetime.strptime(day, "%Y%m%d").replace(tzinfo=ZoneInfo("Asia/Tokyo"))
        records = [midnight + timedelta(hours=hour) for hour in (1, 12, 22)]
        write(folder / f"cdr-{day}.csv", *records)
    return folder


def with_source(settings: Settings, **changes: object) -> Settings:
    sources = tuple(
        Source.model_validate(source.model_dump() | changes) for source in settings.sources
    )
    return settings.model_copy(update={"sources": sources})


def test_a_day_under_another_days_name_refuses_the_feed(
    make_settings: MakeSettings, tmp_path: Path
) -> None:
    folder = write_days(tmp_path, DAYS)
    (folder / "cdr-20240604.csv").replace(folder / "cdr-20240607.csv")
    delivery = take(make_settings("usage"))
    (finding,) = delivery.wrong_names()
    assert (finding.severity, finding.source, finding.rows) == ("critical", "gateway", 3)
    assert finding.file == "cdr-20240607.csv"
    assert finding.sentence == (
        "0 % of the records overlap the time in the file's name, 2024-06-07 00:00 to 2024-06-08 "
        "00:00 Asia/Tokyo, but at least 50 % must; deliver the file of that time or, if records "
        "may legitimately come late, set file_time_late_hours or file_time_least_percent of source "
        "'gateway'"
    )


def test_files_of_their_own_time_are_silent(make_settings: MakeSettings, tmp_path: Path) -> None:
    write_days(tmp_path, DAYS)
    delivery = take(make_settings("usage"))
    assert (delivery.wrong_names(), delivery.low(), delivery.gaps()) == ([], [], [])
    assert [(f.timed_rows, f.rows_in_time) for f in delivery.staged.files] == [(3, 3)] * 7


@pytest.mark.parametrize(
    "changes", [{"file_time_least_percent": 0}, {"file_time_late_hours": 24.0}]
)
def test_records_may_legitimately_come_late(
    make_settings: MakeSettings, tmp_path: Path, changes: dict[str, float]
) -> None:
    """A mediation system that names its files by the day on which it writes them."""
    folder = write_days(tmp_path, DAYS[:-1])
    for day, after in reversed(list(pairwise(DAYS))):
        (folder / f"cdr-{day}.csv").replace(folder / f"cdr-{after}.csv")
    settings = make_settings("usage")
    assert len(take(settings).wrong_names()) == 6
    assert take(with_source(settings, **changes)).wrong_names() == []


def test_half_of_the_records_are_enough(make_settings: MakeSettings, tmp_path: Path) -> None:
    folder = write_days(tmp_path, DAYS)
    noon = datetime(2024, 6, 4, 12, tzinfo=ZoneInfo("Asia/Tokyo"))
    write(folder / "cdr-20240604.csv", noon, noon - timedelta(days=1))
    assert take(make_settings("usage")).wrong_names() == []
    write(folder / "cdr-20240604.csv", noon, noon - timedelta(days=1), noon - timedelta(days=1))
    (finding,) = take(make_settings("usage")).wrong_names()
    assert finding.sentence.startswith("33.3 % of the records")


@pytest.mark.parametrize(
    ("limits", "found"),
    [
        ({}, [("warning", "below the warning limit of 95 %")]),
        (
            {"coverage_refuse_percent": 90},
            [("critical", "below the refusal limit of 90 %")],
        ),
        ({"coverage_warn_percent": 85}, []),
    ],
)
def test_a_source_that_delivers_little_is_reported_by_its_limits(
    make_settings: MakeSettings,
    tmp_path: Path,
    limits: dict[str, float],
    found: list[tuple[str, str]],
) -> None:
    write_days(tmp_path, DAYS[:-1])
    reported = take(with_source(make_settings("usage"), **limits)).low()
    assert [(f.severity, f.count) for f in reported] == [(severity, 1) for severity, _ in found]
    for finding, (_, words) in zip(reported, found, strict=True):
        assert "the source delivered 85.7 % of the week" in finding.sentence
        assert words in finding.sentence


def test_limits_of_a_feed_hold_for_sources_without_their_own(
    make_settings: MakeSettings, tmp_path: Path
) -> None:
    write_days(tmp_path, DAYS[:-1])
    extra = "[validation.coverage]\nusage = { warn_percent = 99, refuse_percent = 86 }\n"
    (finding,) = take(make_settings("usage", extra=extra)).low()
    assert finding.severity == "critical"


def test_a_refusal_above_the_warning_is_a_wrong_setting(make_settings: MakeSettings) -> None:
    extra = "[validation.coverage]\nusage = { warn_percent = 40, refuse_percent = 50 }\n"
    with pytest.raises(LongflowError, match="refuse_percent: 50 is above warn_percent 40"):
        make_settings("usage", extra=extra)


def hourly(make_settings: MakeSettings, *names: str) -> Settings:
    settings = make_settings(*(), extra="".join(HOURLY.replace("NAME", name) for name in names))
    provider = settings.provider.model_copy(update={"time_zone": "Europe/Berlin"})
    return settings.model_copy(update={"provider": provider})


def write_hours(root: Path, source: str, week: Week, *, without: set[int]) -> None:
    """Nine records in each hour of the week by number, appended where a name comes twice."""
    records: dict[str, list[datetime]] = {}
    for number, start in enumerate(week.hour_edges_ms()[:-1]):
        local = datetime.fromtimestamp(start / 1000, tz=week.zone)
        if number not in without:
            utc = local.astimezone(ZoneInfo("UTC"))
            minutes = [utc + timedelta(minutes=5 * n) for n in range(9)]
            records.setdefault(f"c.{local:%Y%m%d%H%M}", []).extend(minutes)
    for name, starts in records.items():
        write(root / f"landing/usage/{source}/{week.key}" / name, *starts)


def test_the_repeated_hour_is_delivered_by_the_file_of_its_name(
    make_settings: MakeSettings, tmp_path: Path
) -> None:
    settings = hourly(make_settings, "a")
    week = Week.parse("2024-10-21", settings.zone)
    write_hours(tmp_path, "a", week, without=set())
    delivery = take(settings, week.key)
    assert len(delivery.landed.files) == 168
    assert (delivery.gaps(), delivery.low(), delivery.wrong_names()) == ([], [], [])


@pytest.mark.parametrize("lost", [146, 147])
def test_one_of_the_two_hours_may_be_missing_by_itself(
    make_settings: MakeSettings, tmp_path: Path, lost: int
) -> None:
    settings = hourly(make_settings, "a")
    week = Week.parse("2024-10-21", settings.zone)
    write_hours(tmp_path, "a", week, without={lost})
    delivery = take(settings, week.key)
    assert len(delivery.landed.files) == 168
    assert delivery.gaps() == [("coverage.gap", "a", 1, lost, lost + 1)]


def test_what_all_sources_lack_is_reported_once_and_the_rest_by_source(
    make_settings: MakeSettings, tmp_path: Path
) -> None:
    settings = hourly(make_settings, "a", "b")
    week = Week.parse("2024-06-03", settings.zone)
    write_hours(tmp_path, "a", week, without={10, 11, 12})
    write_hours(tmp_path, "b", week, without={11, 12, 13})
    assert take(settings).gaps() == [
        ("coverage.hour_missing", None, 4, 11, 13),
        ("coverage.gap", "a", 1, 10, 11),
        ("coverage.gap", "b", 1, 13, 14),
    ]


def test_a_name_that_clocks_left_out_is_reported(
    make_settings: MakeSettings, tmp_path: Path
) -> None:
    settings = hourly(make_settings, "a")
    week = Week.parse("2024-03-25", settings.zone)
    write_hours(tmp_path, "a", week, without=set())
    folder = tmp_path / f"landing/usage/a/{week.key}"
    (folder / "c.202403310300").rename(folder / "c.202403310200")
    delivery = take(settings, week.key)
    (finding,) = delivery.landed.findings
    assert (finding.rule, finding.severity, finding.file) == (
        "landing.time_left_out",
        "warning",
        "c.202403310200",
    )
    assert "clocks in Europe/Berlin skipped when they went forward" in finding.sentence
    # Its records lie in the hour after the change, and none is missing.
    assert delivery.gaps() == []
