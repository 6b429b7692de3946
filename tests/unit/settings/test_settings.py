from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from longflow.errors import LongflowError
from longflow.settings import Edition, Feed, Settings

from tests.conftest import MakeSettings

EDITION = """
[editions.2024]
title = "Test"
[editions.2024.analysis_weeks]
2023 = 2023-05-29
2024 = 2024-06-03
"""


def test_the_file_of_the_project_is_whole() -> None:
    settings = Settings.load(Path(__file__).parents[3] / "longflow.toml")
    assert settings.edition(2024).years == [2019, 2020, 2021, 2022, 2023, 2024]


def test_a_missing_file_says_how_to_name_one(tmp_path: Path) -> None:
    with pytest.raises(LongflowError, match=r"none\.toml: no such settings file; name one"):
        Settings.load(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("extra", "place"),
    [
        ("[weak]\n", "weak: there is no such section; did you mean week?"),
        ("[week]\ngrace_hours = -1\n", "week.grace_hours"),
        ('[[sources]]\nname="b"\nfeed="flows"\nformat="csv"\n', "flows need a service"),
        ('[[sources]]\nname="b"\nfeed="usage"\nformat="nfcapd"\n', "hold flows only"),
        ('[[sources]]\nname="radius"\nfeed="assignments"\nformat="csv"\n', "named twice"),
        (
            EDITION.replace("05-29", "05-30"),
            "2023-05-30 is a Tuesday; a week is named by its Monday",
        ),
        ("this is no TOML", "not TOML"),
    ],
)
def test_a_wrong_setting_is_named(make_settings: MakeSettings, extra: str, place: str) -> None:
    with pytest.raises(LongflowError) as error:
        make_settings("assignments", extra=extra)
    assert place in str(error.value)
    assert "\n" not in str(error.value)


def test_an_unknown_time_zone(tmp_path: Path) -> None:
    file = tmp_path / "s.toml"
    file.write_text('sources = []\n[provider]\nname = "x"\ntime_zone = "Asia/Tokio"\n')
    with pytest.raises(
        LongflowError, match=r"provider\.time_zone: 'Asia/Tokio' is not a time zone"
    ):
        Settings.load(file)


def test_weeks_that_touch_the_months_of_growth(make_settings: MakeSettings) -> None:
    edition = make_settings("counters", extra=EDITION).edition(2024)

    weeks = edition.growth_weeks()

    assert [w for w in weeks if w.year == 2023] == [
        date(2023, 5, 29), date(2023, 6, 5), date(2023, 6, 12), date(2023, 6, 19), date(2023, 6, 26)
    ]  # fmt: skip
    assert date(2019, 12, 30) in weeks  # January 2020 begins in it


def test_months_drawn_are_all_from_the_first_analysis_week_to_the_last() -> None:
    # The Thursdays of these weeks are 2 May and 3 July.
    weeks = {2024: date(2024, 4, 29), 2025: date(2025, 6, 30)}
    edition = Edition(title="Test", analysis_weeks=weeks)

    months, mondays = edition.months_drawn(), edition.weeks_drawn()

    assert months[:2] == [date(2024, 5, 1), date(2024, 6, 1)]
    assert months[7:9] == [date(2024, 12, 1), date(2025, 1, 1)]
    assert (months[-1], len(months)) == (date(2025, 7, 1), 15)
    assert mondays == [date(2024, 4, 29) + timedelta(weeks=n) for n in range(len(mondays))]
    assert mondays[-1] == date(2025, 7, 28)


def test_analysis_weeks_need_every_feed_the_others_counters(make_settings: MakeSettings) -> None:
    used = make_settings("counters", extra=EDITION).edition(2024).weeks_used()

    assert used[date(2024, 6, 3)] == set(Feed)
    assert used[date(2024, 6, 10)] == {Feed.COUNTERS}


def test_an_edition_that_is_not_in_the_settings(make_settings: MakeSettings) -> None:
    with pytest.raises(
        LongflowError, match="there is no edition 1999; editions in the settings: 2024"
    ):
        make_settings("counters", extra=EDITION).edition(1999)


def test_a_default_is_what_the_same_number_in_the_file_is(make_settings: MakeSettings) -> None:
    hours, edition = "minimum_hour_coverage_percent", make_settings("flows", extra=EDITION)
    default = edition.editions[2024].model_dump_json()
    written = make_settings("flows", extra=EDITION.replace('"Test"', f'"Test"\n{hours} = 90'))
    assert written.editions[2024].model_dump_json() == default
    # As a release states it in its manifest.
    again = Edition.model_validate_json(default)
    assert again.model_dump_json() == default
