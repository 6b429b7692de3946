from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from longflow import steps
from longflow.archive.log import Attempt
from longflow.errors import LongflowError
from longflow.settings import Edition, Feed

from tests.conftest import MakeSettings

EDITION = Edition(title="Test", analysis_weeks={2024: date(2024, 6, 3)})


def loaded_in_turn() -> dict[date, dict[Feed, Attempt]]:
    """Every feed that the edition uses, loaded a minute after the one before it."""
    weeks: dict[date, dict[Feed, Attempt]] = {}
    moment = datetime(2024, 7, 1, tzinfo=UTC)
    for week, feeds in sorted(EDITION.weeks_used().items()):
        for feed in sorted(feeds):
            moment += timedelta(minutes=1)
            weeks.setdefault(week, {})[feed] = Attempt(
                week, feed, 1, moment, "digest", "passed", 100, 1, 1, 0, 0, 1
            )
    return weeks


LAST = date(2024, 6, 24)


@pytest.mark.parametrize(
    ("feeds", "batches"),
    [
        (["counters"], 1),
        (["usage"], 1),
        (["flows"], 8),
        # Flows are read beside them.
        (["assignments"], 8),
        (["subscribers", "counters"], 8),
    ],
)
def test_a_batch_is_one_week_where_flows_are_read(
    feeds: list[str], batches: int, make_settings: MakeSettings
) -> None:
    planned = steps.plan(
        make_settings("counters"), run_key="r", first="2024-04-15", last="2024-06-03", feeds=feeds
    )
    assert len(planned) == batches


def test_counters_alone_are_loaded_some_fifty_weeks_a_batch(make_settings: MakeSettings) -> None:
    planned = steps.plan(
        make_settings("counters"),
        run_key="r",
        first="2022-01-03",
        last="2023-01-02",
        feeds=["counters"],
    )
    assert [len(batch.weeks) for batch in planned] == [53]
    planned = steps.plan(
        make_settings("counters"),
        run_key="r",
        first="2022-01-03",
        last="2024-01-15",
        feeds=["counters"],
    )
    assert [len(batch.weeks) for batch in planned] == [35, 36, 36]
    assert [week for batch in planned for week in batch.weeks][::106] == [
        "2022-01-03",
        "2024-01-15",
    ]


def test_who_loaded_last_announces_the_edition() -> None:
    own = {(LAST, Feed.COUNTERS, 1)}
    assert steps.editions_due({2024: EDITION}, loaded_in_turn(), own) == [2024]


def test_who_loaded_before_another_leaves_it_to_the_other() -> None:
    own = {(date(2024, 6, 3), Feed.FLOWS, 1)}
    assert steps.editions_due({2024: EDITION}, loaded_in_turn(), own) == []


def test_a_revision_that_another_run_has_replaced_since_is_not_the_newest() -> None:
    """A run over a range and a run over one of its weeks both load that week's counters."""
    loaded = loaded_in_turn()
    newest = loaded[LAST][Feed.COUNTERS]
    loaded[LAST][Feed.COUNTERS] = Attempt(
        LAST, Feed.COUNTERS, 2, newest.loaded_at, "digest", "passed", 100, 1, 1, 0, 0, 1
    )

    assert steps.editions_due({2024: EDITION}, loaded, {(LAST, Feed.COUNTERS, 1)}) == []
    assert steps.editions_due({2024: EDITION}, loaded, {(LAST, Feed.COUNTERS, 2)}) == [2024]


def test_a_week_of_a_month_drawn_is_not_waited_for_and_announces_the_edition_once_loaded() -> None:
    edition = EDITION.model_copy(
        update={"analysis_weeks": {2023: date(2023, 6, 5), **EDITION.analysis_weeks}}
    )
    loaded: dict[date, dict[Feed, Attempt]] = {}
    moment = datetime(2024, 7, 1, tzinfo=UTC)

    def load(week: date, feed: Feed) -> tuple[date, Feed, int]:
        nonlocal moment
        moment += timedelta(minutes=1)
        loaded.setdefault(week, {})[feed] = Attempt(
            week, feed, 1, moment, "digest", "passed", 100, 1, 1, 0, 0, 1
        )
        return week, feed, 1

    needed = {load(week, feed) for week, feeds in edition.weeks_used().items() for feed in feeds}
    assert steps.editions_due({2024: edition}, loaded, needed) == [2024]
    autumn = load(date(2023, 10, 2), Feed.COUNTERS)
    assert steps.editions_due({2024: edition}, loaded, needed) == []
    assert steps.editions_due({2024: edition}, loaded, {autumn}) == [2024]
    after_the_last = load(date(2024, 7, 1), Feed.COUNTERS)
    assert steps.editions_due({2024: edition}, loaded, {after_the_last}) == []


def test_an_edition_that_lacks_a_week_is_not_announced() -> None:
    loaded = loaded_in_turn()
    del loaded[date(2020, 1, 6)]
    assert steps.editions_due({2024: EDITION}, loaded, {(LAST, Feed.COUNTERS, 1)}) == []


def test_weeks_with_flows_are_batches_of_their_own(make_settings: MakeSettings) -> None:
    settings = make_settings("flows")
    batches = steps.plan(settings, run_key="r", first="2024-06-03", last="2024-06-10")
    assert [batch.weeks for batch in batches] == [("2024-06-03",), ("2024-06-10",)]


def test_light_feeds_take_several_weeks_a_batch(make_settings: MakeSettings) -> None:
    batches = steps.plan(
        make_settings("counters"),
        run_key="r",
        first="2024-01-01",
        last="2024-02-26",
        feeds=["usage"],
    )
    assert [len(batch.weeks) for batch in batches] == [4, 5]
    assert {batch.feeds for batch in batches} == {(Feed.USAGE,)}


def test_a_batch_survives_its_way_through_json(make_settings: MakeSettings) -> None:
    (batch,) = steps.plan(make_settings("flows"), run_key="r", first="2024-06-03", dry_run=True)
    assert steps.Batch.from_json(batch.to_json()) == batch


def test_an_unknown_feed_is_named(make_settings: MakeSettings) -> None:
    with pytest.raises(LongflowError, match="there is no feed 'flow'; feeds: flows,"):
        steps.plan(make_settings("flows"), run_key="r", first="2024-06-03", feeds=["flow"])


def at(moment: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let it be this moment."""
    monkeypatch.setattr("longflow.week.now", lambda: datetime.fromisoformat(moment))


def test_a_week_is_planned_from_its_last_moment_on(
    make_settings: MakeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = make_settings("flows")
    at("2024-06-09T14:59:59.999+00:00", monkeypatch)  # Sunday 23:59:59.999 in Tokyo
    with pytest.raises(
        LongflowError,
        match=r"^week 2024-06-03 has not ended: it lasts until 2024-06-10 00:00 Asia/Tokyo; "
        "load it after that$",
    ):
        steps.plan(settings, run_key="r", first="2024-06-03", dry_run=True)
    at("2024-06-09T15:00:00+00:00", monkeypatch)
    (batch,) = steps.plan(settings, run_key="r", first="2024-06-03", dry_run=True)
    assert batch.weeks == ("2024-06-03",)


def test_a_range_that_reaches_into_the_present_names_the_weeks_that_can_be_taken_in(
    make_settings: MakeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    at("2024-06-12T00:00:00+00:00", monkeypatch)
    with pytest.raises(
        LongflowError, match=r"week 2024-06-10 has .*only the weeks up to 2024-06-03"
    ):
        steps.plan(make_settings("flows"), run_key="r", first="2024-05-27", last="2024-06-17")
