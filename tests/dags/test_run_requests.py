"""The runs that `make run` requests to load everything an edition uses."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest
from longflow.orchestration import run_requests
from longflow.settings import Feed, Settings

SETTINGS = Settings.load(Path(__file__).parents[2] / "longflow.toml")
REQUESTS = {r.run_id: r for r in run_requests.requests(SETTINGS, SETTINGS.editions[2024])}
FEW_COUNTERS = SETTINGS.model_copy(
    update={
        "simulator": {
            **SETTINGS.simulator,
            "counters_weeks": {"first": date(2024, 4, 1), "last": date(2024, 7, 1)},
        }
    }
)
FEW_REQUESTS = {r.run_id: r for r in run_requests.requests(FEW_COUNTERS, SETTINGS.editions[2024])}


def test_a_run_is_asked_for_each_analysis_week_those_beside_it_and_the_counters_of_all() -> None:
    assert list(REQUESTS) == [
        "counters-2019-05-27-to-2024-06-24",
        "week-2024-05-27",
        "week-2024-06-10",
        "week-2019-06-03",
        "week-2020-02-17",
        "week-2020-06-01",
        "week-2021-05-31",
        "week-2022-05-30",
        "week-2023-05-29",
        "week-2024-06-03",
    ]


def test_without_other_counters_those_of_each_month_of_growth_are_asked_for() -> None:
    assert list(FEW_REQUESTS) == [
        "counters-2024-04-01-to-2024-06-24",
        "week-2024-05-27",
        "week-2024-06-10",
        "counters-2019-05-27-to-2019-06-24",
        "week-2019-06-03",
        "counters-2019-12-30-to-2020-01-27",
        "week-2020-02-17",
        "week-2020-06-01",
        "counters-2020-06-01-to-2020-06-29",
        "week-2021-05-31",
        "counters-2021-05-31-to-2021-06-28",
        "week-2022-05-30",
        "counters-2022-05-30-to-2022-06-27",
        "week-2023-05-29",
        "counters-2023-05-29-to-2023-06-26",
        "counters-2023-10-02-to-2023-10-02",
        "counters-2024-01-29-to-2024-01-29",
        "week-2024-06-03",
    ]


def test_a_single_week_brings_all_feeds() -> None:
    request = REQUESTS["week-2024-06-03"]
    assert request.form == {"week": "2024-06-03"}
    assert request.note == "The analysis week of 2024, all feeds"
    assert request.feeds == set(Feed)


def test_a_month_brings_counters_of_every_week_that_touches_it() -> None:
    request = FEW_REQUESTS["counters-2019-12-30-to-2020-01-27"]
    assert request.note == "Counters of the weeks that touch January 2020"
    assert request.form == {
        "first_week": "2019-12-30",
        "last_week": "2020-01-27",
        "feeds": ["counters"],
    }
    assert len(request.weeks) == 5


def test_counters_of_many_months_are_one_run() -> None:
    request = REQUESTS["counters-2019-05-27-to-2024-06-24"]
    assert request.note == "Counters of the weeks that touch June 2019 to June 2024"
    assert len(request.weeks) == 266


@pytest.mark.parametrize("requests", [REQUESTS, FEW_REQUESTS], ids=["all", "few"])
def test_the_requests_together_bring_all_that_the_edition_uses(
    requests: Mapping[str, run_requests.Request],
) -> None:
    for week, feeds in SETTINGS.editions[2024].weeks_used().items():
        brought = [r.feeds for r in requests.values() if week in r.weeks]
        assert feeds <= set().union(*brought)


@pytest.mark.parametrize(
    ("missing", "loaded"), [(None, True), (date(2019, 6, 10), False), (date(2024, 6, 3), True)]
)
def test_a_request_is_loaded_when_every_week_of_it_is(
    missing: date | None, *, loaded: bool
) -> None:
    request = FEW_REQUESTS["counters-2019-05-27-to-2019-06-24"]
    weeks = {week: {Feed.COUNTERS, Feed.USAGE} for week in request.weeks if week != missing}
    assert request.is_loaded(weeks) is loaded
