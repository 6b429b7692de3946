"""Several runs over one week at once: one after the other, nothing lost, nothing doubled."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from longflow import steps
from longflow.archive import open_archive
from longflow.errors import LongflowError
from longflow.settings import Feed
from longflow.simulator.provider import Provider
from longflow.validation.quarantine import kept

from tests.end_to_end.conftest import MONDAY, Site, new_site

# Loads when every other process is ready too, so that they do it at once.
LOAD = """
import sys
from longflow import steps
from longflow.settings import Settings
settings = Settings.load(sys.argv[1])
feeds = tuple(steps.Feed(feed) for feed in sys.argv[4].split(","))
print("ready", flush=True)
sys.stdin.readline()
steps.load(settings, steps.Batch(sys.argv[2], (sys.argv[3],), feeds))
"""
FEEDS = [feed.value for feed in Feed]


def judged(site: Site, run_key: str, feeds: list[str] | None = None) -> None:
    batch = site.batch(run_key, feeds)
    for step in (steps.fetch, steps.stage, steps.judge):
        step(site.settings, batch)


def load_at_once(
    site: Site, runs: Mapping[str, Sequence[str]], weeks: Mapping[str, date] | None = None
) -> None:
    """Load judged runs, each in a process of its own; all of one week unless `weeks` has theirs."""
    processes = [
        subprocess.Popen(
            [
                sys.executable,
                "-c",
                LOAD,
                str(site.settings.file),
                run,
                str((weeks or {}).get(run, MONDAY)),
                ",".join(feeds),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for run, feeds in runs.items()
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        _, errors = process.communicate()
        assert process.returncode == 0, errors


def cut_off(site: Site, hour: int) -> None:
    """Cut a file of flows off, so that the run has rows for the quarantine."""
    folder = site.landing / "flows" / "bb-east" / str(MONDAY)
    (folder / "SHA256SUMS").unlink(missing_ok=True)
    file = folder / f"nfcapd.20240605{hour:02}00"
    file.write_bytes(file.read_bytes()[:-20])


def other_segment(site: Site, contract: str) -> None:
    """Make a consumer a business, or the other way round."""
    file = site.landing / "subscribers" / "crm" / str(MONDAY) / "subscribers.csv"
    other = {"consumer": "business", "business": "consumer"}
    lines = [line.split(",") for line in file.read_text(encoding="utf-8").splitlines()]
    changed = [[*line[:-1], other[line[-1]]] if line[1] == contract else line for line in lines]
    assert changed != lines
    file.write_text("".join(",".join(line) + "\n" for line in changed), encoding="utf-8")


@pytest.fixture
def tolerant(site: Site) -> Site:
    """A site that keeps rows of a file that was cut off, and takes in fewer of a segment."""
    with site.settings.file.open("a", encoding="utf-8") as file:
        file.write("\n[validation]\nbroken_files_max_share = 0.05\n")
        file.write("held.subscribers_percent = 100\n")
    return site


def no_doubles(site: Site) -> None:
    for table, key in (
        ("load_log", "week, feed, revision"),
        ("finding", "week, feed, revision, number"),
        ("port_week", "week, service, ip_version, protocol, port"),
        ("subscriber_day", "week, service, access, subscriber, day"),
        ("rate_hour", "week, interface, service, access, hour_start"),
    ):
        doubles = site.query(f"SELECT {key} FROM {table} GROUP BY ALL HAVING count(*) > 1")
        assert doubles.rows() == []


def test_runs_over_the_same_dumps_make_one_revision(tolerant: Site) -> None:
    cut_off(tolerant, 9)
    runs = [f"run-{number}" for number in range(4)]
    judged(tolerant, runs[0])
    for run in runs[1:]:
        shutil.copytree(tolerant.workspace(runs[0]).root, tolerant.workspace(run).root)

    load_at_once(tolerant, dict.fromkeys(runs, FEEDS))

    log = tolerant.query("SELECT feed, revision FROM load_log ORDER BY ALL").rows()
    assert log == sorted((feed, 1) for feed in FEEDS)
    no_doubles(tolerant)
    lines = [
        line
        for run in runs
        for line in steps.conclude(tolerant.settings, tolerant.batch(run)).lines
    ]
    assert sum("revision 1" in line for line in lines if "delivered" in line) == 5
    assert sum("unchanged" in line for line in lines) == 15
    whole_quarantine(tolerant)


def test_runs_over_other_dumps_make_a_revision_each(tolerant: Site) -> None:
    cut_off(tolerant, 9)
    runs = [f"run-{number}" for number in range(3)]
    for number, run in enumerate(runs):
        other_segment(tolerant, f"P00000{number}")
        judged(tolerant, run)

    load_at_once(tolerant, dict.fromkeys(runs, FEEDS))

    log = tolerant.query("SELECT feed, revision FROM load_log ORDER BY ALL").rows()
    assert log == sorted((feed, revision) for feed in FEEDS for revision in (1, 2, 3))
    digests = tolerant.query(
        "SELECT count(DISTINCT input_digest) FROM load_log WHERE feed = 'subscribers'"
    )
    assert digests.item() == 3
    no_doubles(tolerant)
    volume = tolerant.query("SELECT sum(bytes)::BIGINT FROM port_week").item()
    hours = tolerant.query("SELECT sum(bytes)::BIGINT FROM port_group_hour").item()
    newest = tolerant.query(
        "SELECT max_by(loaded_bytes, revision) FROM load_log WHERE feed = 'flows'"
    )
    assert volume == hours == newest.item()
    whole_quarantine(tolerant)


def whole_quarantine(site: Site) -> None:
    """Every revision with rows in quarantine has its file with these rows, and no other is left."""
    counts = site.query(
        "SELECT feed, revision, quarantined_rows FROM load_log WHERE quarantined_rows > 0"
        " ORDER BY ALL"
    ).rows()
    files = kept(site.settings)
    found = sorted((f.feed.value, f.revision, pl.read_parquet(f.path).height) for f in files)
    assert counts
    assert found == counts
    left = [p for p in (site.settings.var / "quarantine").rglob("*") if p.is_file()]
    assert sorted(left) == sorted(f.path for f in files)


def test_runs_over_several_feeds_of_one_week(site: Site, unsampled_week: Site) -> None:
    site.take_key_of(unsampled_week)
    runs = {"one": ["counters"], "two": ["subscribers", "usage"], "three": ["flows"]}
    for run, feeds in runs.items():
        judged(site, run, feeds)

    load_at_once(site, runs)

    log = site.query("SELECT feed, revision FROM load_log ORDER BY ALL").rows()
    assert log == [("counters", 1), ("flows", 1), ("subscribers", 1), ("usage", 1)]
    no_doubles(site)
    for table in ("rate_hour", "subscriber_snapshot", "port_group_hour"):
        assert site.query(f"FROM {table} ORDER BY ALL").rows() == (
            unsampled_week.query(f"FROM {table} ORDER BY ALL").rows()
        )


def test_runs_over_several_weeks(tmp_path: Path) -> None:
    provider = Provider(
        sampling_interval=1, pppoe_contracts=2, ipoe_contracts=2, mobile_numbers=2, seed=11
    )
    weeks = {f"week-{n}": MONDAY + timedelta(weeks=n) for n in range(4)}
    site = new_site(tmp_path, provider, *weeks.values())
    for run, week in weeks.items():
        (batch,) = steps.plan(site.settings, run_key=run, first=week, feeds=["counters"])
        for step in (steps.fetch, steps.stage, steps.judge):
            step(site.settings, batch)

    load_at_once(site, {key: ["counters"] for key in weeks}, weeks)

    log = site.query("SELECT week, revision FROM load_log ORDER BY ALL").rows()
    assert log == [(week, 1) for week in weeks.values()]
    no_doubles(site)
    hours = site.query("SELECT week, count(*) AS hours FROM rate_hour GROUP BY week ORDER BY week")
    assert hours["week"].to_list() == list(weeks.values())
    assert hours["hours"].n_unique() == 1


def test_a_quarantine_that_a_killed_run_left_as_a_draft_is_put_in_place(tolerant: Site) -> None:
    cut_off(tolerant, 9)
    tolerant.ingest()
    (one,) = kept(tolerant.settings)
    digest = tolerant.query("SELECT input_digest FROM load_log WHERE feed = 'flows'").item()
    draft = one.path.with_name(f"r1.{digest[:16]}.draft")
    one.path.rename(draft)
    shutil.copyfile(draft, one.path.with_name("r1.0123456789abcdef.draft"))

    tolerant.ingest("again")

    whole_quarantine(tolerant)


def test_a_key_that_the_log_holds_already_loads_nothing(loaded_site: Site) -> None:
    """As an archive may hold it that several runs of an older version wrote at once."""
    with open_archive(loaded_site.settings, read_only=False) as archive:
        archive.connection.execute(
            "INSERT INTO finding BY NAME SELECT week, feed, 2 AS revision, 1 AS number, '' AS rule,"
            " 'info' AS severity, 0 AS rows, 0 AS bytes, 0 AS count, '' AS unit, '' AS sentence"
            " FROM load_log WHERE feed = 'counters'"
        )
    before = loaded_site.content()
    file = loaded_site.landing / "counters" / "snmp" / str(MONDAY) / "counters.csv"
    file.write_text("\n".join(file.read_text().split("\n")[:-40]) + "\n")

    with pytest.raises(LongflowError, match="revision 2 in finding that no load has written"):
        loaded_site.ingest("more", ["counters"])

    assert {**loaded_site.content(), "week_load": []} == {**before, "week_load": []}
