"""Feeds taken in by themselves: the archive is as a whole load would leave it, or says so."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from longflow import steps
from longflow.sqlfile import tables

from tests.end_to_end.conftest import MONDAY, NOTES, Site

pytestmark = pytest.mark.slow

AGGREGATES = sorted(set(tables("archive")) - NOTES - {"published_figure"})
# Most of the changes below leave less in the archive than was there.
LESS = "the lines were counted twice"
OF_FLOWS = ("port_week", "attribution_week", "subscriber_day WHERE access = 'pppoe'")
TOGETHER = ("flows+assignments", "assignments+subscribers", "usage+counters", "flows+usage")


def folder(site: Site, feed: str, source: str) -> Path:
    return site.landing / feed / source / str(MONDAY)


def lose_a_slot(site: Site) -> None:
    of_source = folder(site, "flows", "bb-east")
    (of_source / "SHA256SUMS").unlink()
    (of_source / "nfcapd.202406050900").unlink()


def edit(feed: str, source: str, name: str, change: Callable[[str], str]) -> Callable[[Site], None]:
    def changed(site: Site) -> None:
        file = folder(site, feed, source) / name
        text = file.read_text(encoding="utf-8")
        assert change(text) != text
        file.write_text(change(text), encoding="utf-8")

    return changed


def swap_owners(text: str) -> str:
    """Two subscribers get each other's sessions."""
    text = text.replace("pppoe000000@", "nobody@").replace("pppoe000001@", "pppoe000000@")
    return text.replace("nobody@", "pppoe000001@")


CHANGE: dict[str, Callable[[Site], None]] = {
    "flows": lose_a_slot,
    "assignments": edit("assignments", "radius", "radacct.csv", swap_owners),
    "usage": edit(
        "usage",
        "mobile-gateway",
        "cdr-20240605.csv",
        lambda text: text[: text.rindex("\n", 0, -1) + 1],
    ),
    "counters": edit(
        "counters", "snmp", "counters.csv", lambda text: "\n".join(text.split("\n")[:-40]) + "\n"
    ),
    # Two lines become those of one subscriber.
    "subscribers": edit(
        "subscribers", "crm", "subscribers.csv", lambda text: text.replace("P000002", "P000000")
    ),
}


def rows(site: Site, table: str) -> list[tuple[object, ...]]:
    return site.query(f"SELECT * FROM {table} ORDER BY ALL").rows()


def aggregates(site: Site) -> dict[str, list[tuple[object, ...]]]:
    return {table: rows(site, table) for table in AGGREGATES}


def log(site: Site) -> list[tuple[str, int, str]]:
    return site.query("SELECT feed, revision, verdict FROM load_log ORDER BY ALL").rows()


@pytest.mark.parametrize("chosen", [*CHANGE, *TOGETHER])
def test_corrected_feeds_leave_the_archive_as_a_whole_load_does(
    chosen: str, unsampled: Site, loaded_site: Site, tmp_path_factory: pytest.TempPathFactory
) -> None:
    feeds = chosen.split("+")
    whole = unsampled.copy(tmp_path_factory.mktemp("whole"))
    whole.take_key_of(loaded_site)
    for site in (loaded_site, whole):
        for feed in feeds:
            CHANGE[feed](site)
    before = aggregates(loaded_site)
    assert whole.ingest().refusals == []

    assert loaded_site.ingest("some", feeds, LESS).refusals == []

    assert aggregates(loaded_site) == aggregates(whole)
    assert aggregates(loaded_site) != before
    assert {f for f, revision, _ in log(loaded_site) if revision == 2} == set(feeds)
    again = loaded_site.content()
    assert unchanged(loaded_site.ingest("all again")) == 5
    assert loaded_site.content() == again


def unchanged(conclusion: steps.Conclusion) -> int:
    return sum("already in the archive, unchanged" in line for line in conclusion.lines)


@pytest.mark.parametrize("feed", CHANGE)
def test_a_feed_that_came_as_before_changes_nothing_whether_others_are_there_or_not(
    feed: str, loaded_site: Site
) -> None:
    before = loaded_site.content()

    assert unchanged(loaded_site.ingest("again", [feed])) == 1
    for other in set(CHANGE) - {feed}:
        shutil.rmtree(loaded_site.landing / other)
    assert unchanged(loaded_site.ingest("alone", [feed])) == 1

    assert loaded_site.content() == before


def test_feeds_one_after_the_other_make_the_whole(site: Site, unsampled_week: Site) -> None:
    site.take_key_of(unsampled_week)
    # Assignments yield nothing before there are flows and subscribers.
    (line,) = site.ingest("too early", ["assignments"]).refusals
    assert "no aggregate of assignments can be made without flows and subscribers" in line
    assert "flows: the archive has no load of it" in line
    for feed in ("flows", "subscribers", "assignments", "usage", "counters"):
        assert site.ingest(feed, [feed]).refusals == []

    assert aggregates(site) == aggregates(unsampled_week)
    assert log(site) == sorted(
        [("assignments", 1, "refused"), ("assignments", 2, "passed")]
        + [(f, 1, "passed") for f in ("flows", "subscribers", "usage", "counters")]
    )


@pytest.mark.parametrize("how", ["gone", "changed"])
def test_flows_whose_assignments_are_not_as_loaded_leave_what_these_make(
    how: str, loaded_site: Site, unsampled: Site, tmp_path_factory: pytest.TempPathFactory
) -> None:
    site = loaded_site
    before = {table: rows(site, table) for table in OF_FLOWS}
    known = site.query("SELECT sum(subscribers) FROM port_week").item()
    lose_a_slot(site)
    if how == "gone":
        shutil.rmtree(site.landing / "assignments")
    else:
        CHANGE["assignments"](site)

    conclusion = site.ingest("flows", ["flows"], LESS)

    assert conclusion.refusals == []
    assert rows(site, "port_week") != before["port_week"]
    for table in OF_FLOWS[1:]:
        assert rows(site, table) == before[table]
    assert site.query("SELECT sum(subscribers) FROM port_week").item() == known
    (line,) = [line for line in conclusion.lines if "load.not_renewed" in line]
    assert (
        "attribution_week, subscriber_day of flows and subscribers of port_week were not updated"
        in line
    )
    assert "load flows and assignments together" in line
    lack = "delivered nothing" if how == "gone" else "its dump is no longer that of revision 1"
    assert lack in line
    assert [one for one in log(site) if one[1] == 2] == [("flows", 2, "warned")]

    # Once the dump is back, the same flows are joined with it.
    shutil.rmtree(site.landing / "assignments", ignore_errors=True)
    shutil.copytree(unsampled.landing / "assignments", site.landing / "assignments")
    assert site.ingest("flows again", ["flows"]).refusals == []
    whole = unsampled.copy(tmp_path_factory.mktemp("whole"))
    whole.take_key_of(site)
    lose_a_slot(whole)
    whole.ingest()
    assert aggregates(site) == aggregates(whole)


def test_assignments_whose_flows_are_gone_are_refused(loaded_site: Site) -> None:
    before = aggregates(loaded_site)
    shutil.rmtree(loaded_site.landing / "flows")
    CHANGE["assignments"](loaded_site)

    (line,) = loaded_site.ingest("assignments", ["assignments"]).refusals

    assert "no aggregate of assignments can be made without flows of the same week" in line
    assert "load assignments and flows together" in line
    assert aggregates(loaded_site) == before
    assert ("assignments", 2, "refused") in log(loaded_site)


@pytest.mark.parametrize(
    ("feed", "read"),
    [
        ("counters", {"counters"}),
        ("usage", {"usage", "subscribers"}),
        ("assignments", {"assignments", "flows", "subscribers"}),
        ("flows", {"assignments", "flows", "subscribers"}),
        ("subscribers", {"assignments", "flows", "subscribers", "usage"}),
    ],
)
def test_only_what_a_feed_is_joined_with_is_fetched_beside_it(
    feed: str, read: set[str], loaded_site: Site
) -> None:
    batch = loaded_site.batch("fetched", [feed])
    steps.fetch(loaded_site.settings, batch)
    landed = loaded_site.workspace("fetched").landed
    assert {path.name for path in landed.iterdir()} == read


def test_into_an_empty_archive_nothing_is_fetched_beside_a_feed(site: Site) -> None:
    steps.fetch(site.settings, site.batch("fetched", ["subscribers"]))
    assert {path.name for path in site.workspace("fetched").landed.iterdir()} == {"subscribers"}
