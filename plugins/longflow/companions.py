"""Companion feeds of a run: which ones it needs, and whether their dumps are still as loaded.

A run over some feeds makes aggregates into which other feeds are joined. It reads these, its
companions, from their dumps, but only if the dumps are those of the load in force: otherwise
figures would depend on data that no revision in the log names.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterable, Mapping

from longflow.archive.aggregates import AGGREGATES, joined_with
from longflow.archive.catalogue import catalogue_exists
from longflow.archive.lake import open_archive
from longflow.archive.log import in_force
from longflow.judged_week import JudgedWeek
from longflow.landing.fetch import fetch_feeds
from longflow.records import Companion, Landed, LandedFile, LoadInForce
from longflow.settings import Feed, Settings
from longflow.week import Week
from longflow.workspace import Workspace


def fetch_companions(
    settings: Settings, week: Week, landed: Landed, workspace: Workspace
) -> Landed:
    """Also copy the dumps of the companions of a run's feeds into the workspace.

    Feeds that were never loaded are not fetched, nor feeds that would be joined only with those.

    Returns:
        The manifest with the companions and the files of those that can be used.

    Raises:
        OSError: a source's server or disk failed; a retry may help.
    """
    chosen = frozenset(landed.feeds)
    beside = joined_with(chosen)
    if not beside:
        return landed
    loads = _loads_in_force(settings, week)
    companions = [
        Companion(feed=feed, lack="the archive has no load of it")
        for feed in Feed
        if feed in beside and feed not in loads
    ]
    files = list(landed.files)
    # Flows last: they are large, and useless without the others.
    for feed in sorted(beside & loads.keys(), key=lambda one: one is Feed.FLOWS):
        lost = {one.feed for one in companions if one.lack}
        if not _needed(feed, chosen, lost):
            continue
        came, lack = _fetched(settings, week, workspace, loads[feed], len(files))
        files += came
        companions.append(Companion(feed=feed, revision=loads[feed].revision, lack=lack))
    complete = landed.model_copy(update={"files": tuple(files), "companions": tuple(companions)})
    workspace.write("landed", complete)
    return complete


def _loads_in_force(settings: Settings, week: Week) -> Mapping[Feed, LoadInForce]:
    if not catalogue_exists(settings):
        return {}
    with open_archive(settings, leave_out_damage_of=["load_log"]) as archive:
        return in_force(archive.connection, week)


def _needed(feed: Feed, chosen: frozenset[Feed], lost: Collection[Feed]) -> bool:
    """Whether a feed completes an aggregate of the run's feeds."""
    return any(
        feed in one.feeds and one.feeds & chosen and one.feeds.isdisjoint(lost)
        for one in AGGREGATES
    )


def _fetched(
    settings: Settings, week: Week, workspace: Workspace, load: LoadInForce, first_index: int
) -> tuple[list[LandedFile], str]:
    """The files of a companion, and why it cannot be used; one of the two is empty."""
    files, findings, _ = fetch_feeds(settings, week, [load.feed], workspace, first_index)
    wrong = [finding.sentence for finding in findings if finding.severity == "critical"]
    if not wrong and _contents(files) != load.contents:
        wrong = [f"its dump is no longer that of revision {load.revision}"]
    if wrong:
        shutil.rmtree(workspace.landed / load.feed, ignore_errors=True)
        return [], wrong[0]
    return files, ""


def judged_as_loaded(
    run: JudgedWeek, in_force: Mapping[Feed, LoadInForce]
) -> tuple[Companion, ...]:
    """The companions, with the reasons that exclude one after judging.

    The rows used must be those from which its load in force was made.

    Args:
        run: the week as the judge left it.
        in_force: the load in force of each feed of the week.
    """
    judgements = {judgement.feed: judgement for judgement in run.judged.companions}
    settled = []
    for one in run.landed.companions:
        lack, load = one.lack, in_force.get(one.feed)
        files = [file for file in run.landed.files if file.feed is one.feed]
        if not lack and (load is None or load.contents != _contents(files)):
            lack = "another run has loaded it meanwhile"
        elif not lack and load is not None:
            now = judgements[one.feed]
            counts = (now.delivered_rows, now.quarantined_rows, now.quarantined_bytes)
            then = (load.delivered_rows, load.quarantined_rows, load.quarantined_bytes)
            if not now.accepted or counts != then:
                lack = f"its judgement differs from that of revision {load.revision}"
        settled.append(one.model_copy(update={"lack": lack}))
    return tuple(settled)


def _contents(files: Iterable[LandedFile]) -> frozenset[tuple[str, str, str]]:
    return frozenset((file.source, file.name, file.sha256) for file in files)
