"""Which aggregates are made of which feeds, and what is reported about those that cannot be."""

from __future__ import annotations

import pytest
from longflow.archive.aggregates import PORT_SUBSCRIBERS, joined_with, not_renewed, renewed
from longflow.settings import Feed


def feeds(names: str) -> set[Feed]:
    return {Feed(name) for name in names.split()}


@pytest.mark.parametrize(
    ("chosen", "beside"),
    [
        ("flows", "assignments subscribers"),
        ("assignments", "flows subscribers"),
        ("usage", "subscribers"),
        ("counters", ""),
        ("subscribers", "flows assignments usage"),
        ("flows assignments subscribers usage counters", ""),
    ],
)
def test_what_feeds_are_joined_with(chosen: str, beside: str) -> None:
    assert joined_with(feeds(chosen)) == feeds(beside)


def test_what_a_new_snapshot_of_subscribers_makes_anew() -> None:
    made = renewed(feeds("subscribers"), feeds("flows assignments usage"))
    assert [one.name for one in made] == [
        "port_week",
        "attribution_week",
        "subscriber_day of flows",
        "subscriber_day of usage",
        "subscriber_snapshot",
    ]
    assert [one.name for one in renewed(feeds("subscribers"), set())] == ["subscriber_snapshot"]


def test_companions_alone_make_nothing() -> None:
    assert renewed(set(), feeds("flows assignments subscribers")) == []


def test_what_stays_and_what_never_was_are_distinguished() -> None:
    found = not_renewed(
        feeds("flows"),
        feeds("subscribers"),
        {Feed.ASSIGNMENTS: "its dump is gone"},
        feeds("flows"),
        {"port_week", "attribution_week", PORT_SUBSCRIBERS},
    )
    assert [(f.rule, f.severity, f.feed) for f in found] == [
        ("load.not_renewed", "warning", "flows"),
        ("load.not_made", "info", "flows"),
    ]
    assert found[0].sentence == (
        "attribution_week and subscribers of port_week were not updated, because assignments could "
        "not be used (assignments: its dump is gone); load flows and assignments together"
    )
    assert found[1].sentence == (
        "subscriber_day of flows were not made, because assignments could not be used "
        "(assignments: its dump is gone)"
    )
