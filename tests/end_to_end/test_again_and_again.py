"""A week can be taken in again, and a run can die, without a trace in the archive."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from longflow import steps
from longflow.archive import input_digest
from longflow.errors import LongflowError

from tests.end_to_end.conftest import MONDAY, Site

LOAD = """
import sys
from longflow import steps
from longflow.errors import LongflowError
from longflow.settings import Settings
settings = Settings.load(sys.argv[1])
print("loading", flush=True)
steps.load(settings, steps.Batch(sys.argv[2], (sys.argv[3],), tuple(steps.Feed)))
"""


def start_load(site: Site, run_key: str) -> subprocess.Popen[str]:
    """A load in a process of its own, under way."""
    process = subprocess.Popen(
        [sys.executable, "-c", LOAD, str(site.settings.file), run_key, str(MONDAY)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "loading\n"
    return process


def judged(site: Site, run_key: str) -> steps.Batch:
    batch = site.batch(run_key)
    for step in (steps.fetch, steps.stage, steps.judge):
        step(site.settings, batch)
    return batch


def test_the_same_week_again_changes_nothing(loaded_site: Site) -> None:
    before = loaded_site.content()

    conclusion = loaded_site.ingest("again")

    assert loaded_site.content() == before
    assert all("unchanged" in line for line in conclusion.lines if "delivered" in line)
    assert conclusion.editions_due == []


def test_a_fix_that_changes_loaded_values_makes_a_week_anew(
    loaded_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = loaded_site.volumes()
    monkeypatch.setattr(input_digest, "LOAD_VERSION", input_digest.LOAD_VERSION + 1)

    loaded_site.ingest("mended")

    newest = loaded_site.query("SELECT feed, max(revision) AS revision FROM load_log GROUP BY feed")
    assert set(newest["revision"]) == {2}
    # Nothing was fixed here, so the values are the same as before.
    assert loaded_site.volumes() == before


def test_one_feed_again_leaves_the_others(loaded_site: Site) -> None:
    before = loaded_site.content()
    loaded_site.ingest("counters", ["counters"])
    assert loaded_site.content() == before


def test_a_run_killed_at_any_moment_and_started_again_is_like_one_run(
    site: Site, unsampled_week: Site
) -> None:
    batch = judged(site, "killed")
    site.take_key_of(unsampled_week)
    for delay_s in (0.05, 0.3, 0.6, 0.9, 1.2):
        process = start_load(site, "killed")
        time.sleep(delay_s)
        process.send_signal(signal.SIGKILL)
        process.wait()

    steps.load(site.settings, batch)

    assert site.content() == unsampled_week.content()


def test_two_processes_load_at_once_and_nothing_is_lost(site: Site) -> None:
    runs = [("one", ["counters"]), ("two", ["subscribers", "usage"])]
    for run_key, feeds in runs:
        batch = site.batch(run_key, feeds)
        for step in (steps.fetch, steps.stage, steps.judge):
            step(site.settings, batch)
    processes = [start_load(site, run_key) for run_key, _ in runs]

    assert [process.wait(timeout=120) for process in processes] == [0, 0]

    loaded = site.query("SELECT feed FROM load_log ORDER BY feed")["feed"].to_list()
    assert loaded == ["counters", "subscribers", "usage"]
    assert site.query("SELECT count(*) FROM rate_hour").item() > 0
    assert site.query("SELECT count(*) FROM subscriber_day").item() > 0


def test_the_key_of_the_pseudonyms_is_never_made_anew(loaded_site: Site) -> None:
    key = loaded_site.folder / "var" / "archive" / "pseudonym.key"
    assert key.stat().st_mode & 0o777 == 0o600
    key.unlink()

    with pytest.raises(LongflowError, match="the key of the pseudonyms is missing"):
        loaded_site.ingest("again", ["subscribers"])

    assert not key.exists()


def test_a_concluded_run_leaves_no_files_behind(loaded_site: Site) -> None:
    assert list(Path(loaded_site.folder / "var" / "staging").rglob("*")) == []
