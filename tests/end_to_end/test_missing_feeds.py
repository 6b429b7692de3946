"""What is missing without a feed: each feed, each two, and all of them.

Against the table of docs/decisions/judging.md#what-depends-on-a-feed.
"""

from __future__ import annotations

import shutil
from itertools import combinations
from pathlib import Path

import pytest
from longflow import steps
from longflow.archive import open_archive
from longflow.records import FeedJudgement, Finding, Judged, Landed, Staged
from longflow.settings import Feed

from tests.end_to_end.conftest import Site

pytestmark = pytest.mark.slow

SETS = [
    frozenset(missing) for number in (1, 2, len(Feed)) for missing in combinations(Feed, number)
]
# Feeds without which nothing is made of a feed, and so it is refused with them.
NEEDS = {"assignments": {"flows", "subscribers"}, "usage": {"subscribers"}}
# Rows of the archive, and the feeds that they fall with.
FALLS = {
    "port_week": {"flows"},
    "port_group_hour": {"flows"},
    "sampling_day": {"flows"},
    "attribution_week": {"flows", "assignments", "subscribers"},
    "subscriber_day WHERE access = 'pppoe'": {"flows", "assignments", "subscribers"},
    "subscriber_day WHERE access <> 'pppoe'": {"usage", "subscribers"},
    "subscriber_snapshot": {"subscribers"},
    "rate_hour": {"counters"},
}
SUBSCRIBERS_OF_PORTS_FALL = {"flows", "assignments", "subscribers"}
PORT_VOLUMES, PORT_SUBSCRIBERS, LOG = "volumes of port_week", "subscribers of port_week", "log"

Content = dict[str, list[tuple[object, ...]]]


@pytest.fixture(scope="module")
def judged_week(
    unsampled: Site, unsampled_week: Site, tmp_path_factory: pytest.TempPathFactory
) -> Site:
    """The week fetched, staged and judged by run `whole`, over an archive without any week."""
    site = unsampled.copy(tmp_path_factory.mktemp("judged_week"))
    site.take_key_of(unsampled_week)
    batch = site.batch("whole")
    for step in (steps.fetch, steps.stage, steps.judge):
        step(site.settings, batch)
    with open_archive(site.settings, read_only=False):
        pass
    shutil.rmtree(site.landing)
    shutil.rmtree(site.workspace("whole").landed)
    return site


def take_away(site: Site, missing: frozenset[Feed], *, delivered: bool) -> None:
    """Bring the workspace of run `part` into the state in which feeds did not get through.

    A feed that was delivered was refused by the judge, else nothing of it was there.
    """
    whole, part = site.workspace("whole"), site.workspace("part")
    shutil.copytree(whole.root, part.root)
    landed, staged, judged = (
        whole.read("landed", Landed),
        whole.read("staged", Staged),
        whole.read("judged", Judged),
    )
    assert landed is not None
    assert staged is not None
    assert judged is not None
    gone = frozenset[Feed]() if delivered else missing
    kept = {f.index for f in landed.files if f.feed not in gone}
    part.write(
        "landed",
        landed.model_copy(update={"files": tuple(f for f in landed.files if f.index in kept)}),
    )
    part.write(
        "staged",
        staged.model_copy(
            update={
                "feeds": tuple(f for f in staged.feeds if f not in gone),
                "files": tuple(f for f in staged.files if f.index in kept),
                "slots": tuple(s for s in staged.slots if s.feed not in gone),
            }
        ),
    )
    part.write(
        "judged",
        Judged(feeds=tuple(_refused(f, gone) if f.feed in missing else f for f in judged.feeds)),
    )
    for feed in gone:
        shutil.rmtree(part.staged / feed)


def _refused(judgement: FeedJudgement, gone: frozenset[Feed]) -> FeedJudgement:
    finding = Finding(rule="test", severity="critical", feed=judgement.feed, sentence="refused")
    if judgement.feed in gone:
        return FeedJudgement(feed=judgement.feed, verdict="refused", findings=(finding,))
    return judgement.with_findings([finding])


def load(site: Site, run_key: str) -> steps.Conclusion:
    steps.load(site.settings, site.batch(run_key))
    return steps.conclude(site.settings, site.batch(run_key))


QUERIES = {
    **{table: f"SELECT * FROM {table} ORDER BY ALL" for table in FALLS},
    PORT_VOLUMES: "SELECT * EXCLUDE (subscribers) FROM port_week ORDER BY ALL",
    PORT_SUBSCRIBERS: "SELECT subscribers FROM port_week WHERE subscribers IS NOT NULL"
    " ORDER BY ALL",
    LOG: "SELECT feed, verdict = 'refused', delivered_rows - loaded_rows - quarantined_rows"
    " - out_of_week_rows, delivered_bytes - loaded_bytes - quarantined_bytes"
    " - out_of_week_bytes, loaded_rows > 0 FROM load_log",
}


def content(site: Site) -> Content:
    """What the archive holds, asked in one go."""
    with open_archive(site.settings) as archive:
        return {name: archive.connection.execute(sql).fetchall() for name, sql in QUERIES.items()}


@pytest.fixture(scope="module")
def whole(unsampled_week: Site) -> Content:
    """The archive of a week of which every feed came."""
    return content(unsampled_week)


@pytest.mark.parametrize("missing", SETS, ids=lambda one: "+".join(sorted(one)))
def test_only_what_the_table_says_falls_with_missing_feeds(
    missing: frozenset[Feed], judged_week: Site, whole: Content, tmp_path: Path
) -> None:
    site = judged_week.copy(tmp_path)
    take_away(site, missing, delivered=False)
    only_what_the_table_says_falls(site, missing, load(site, "part"), whole)
    if len(missing) == 1:
        assert load(site, "whole").refusals == []
        came = content(site)
        assert {table: came[table] for table in FALLS} == {table: whole[table] for table in FALLS}


@pytest.mark.parametrize("refused", Feed)
def test_only_what_the_table_says_falls_with_a_refused_feed(
    refused: Feed, judged_week: Site, whole: Content, tmp_path: Path
) -> None:
    site = judged_week.copy(tmp_path)
    take_away(site, frozenset({refused}), delivered=True)
    only_what_the_table_says_falls(site, frozenset({refused}), load(site, "part"), whole)


def only_what_the_table_says_falls(
    site: Site, missing: frozenset[Feed], conclusion: steps.Conclusion, whole: Content
) -> None:
    refused = missing | {feed for feed, needs in NEEDS.items() if needs & missing}
    found = content(site)
    assert sorted(found[LOG]) == sorted((f, f in refused, 0, 0, f not in refused) for f in Feed)
    for table, feeds in FALLS.items():
        if table != "port_week":
            assert found[table] == ([] if feeds & missing else whole[table])
    assert found[PORT_VOLUMES] == ([] if Feed.FLOWS in missing else whole[PORT_VOLUMES])
    known = [] if SUBSCRIBERS_OF_PORTS_FALL & missing else whole[PORT_SUBSCRIBERS]
    assert found[PORT_SUBSCRIBERS] == known
    reported = [line for line in conclusion.refusals if "load.feed_lacking" in line]
    assert len(reported) == len(refused - missing)
    for feed in refused - missing:
        (line,) = [one for one in reported if one.startswith(f"week 2024-06-03: {feed}: ")]
        assert f"without {' and '.join(f for f in Feed if f in NEEDS[feed] & missing)} of" in line
