"""What tasks do besides calling their step: one clear line, retries, announcements."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk import RetryAction
from airflow.sdk.exceptions import AirflowSkipException
from longflow import deliver, release, steps
from longflow.errors import LongflowError
from longflow.orchestration import tasks
from longflow.orchestration.schedule import EDITION_WEEKS

PROJECT = Path(__file__).parents[2]

BATCH = {"run_key": "r", "weeks": ["2024-06-03"], "feeds": ["counters"], "dry_run": False}
FORM = {"week": None, "first_week": None, "last_week": None, "feeds": ["counters"], "dry_run": True}


@dataclass
class Partitions:
    keys: list[str] = field(default_factory=list)

    def add_partitions(self, keys: list[str]) -> None:
        self.keys += keys


@dataclass
class Run:
    """A context as tasks see it."""

    key: str | None = None
    run_type: str = "manual"
    form: dict[str, Any] = field(default_factory=lambda: dict(FORM))
    pulled: list[Any] = field(default_factory=list)
    announced: Partitions = field(default_factory=Partitions)

    def context(self) -> dict[str, Any]:
        run = SimpleNamespace(partition_key=self.key, run_type=self.run_type, run_id="run-1")
        ti = SimpleNamespace(xcom_pull=lambda task_ids: self.pulled)
        return {
            "dag_run": run,
            "params": self.form,
            "ti": ti,
            "outlet_events": {EDITION_WEEKS: self.announced},
        }


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("LONGFLOW_SETTINGS", str(PROJECT / "longflow.toml"))
    run = Run()
    monkeypatch.setattr(tasks, "get_current_context", run.context)
    return run


def test_a_run_is_planned_from_its_form(run: Run) -> None:
    run.form |= {"first_week": "2024-05-27", "last_week": "2024-06-10"}
    assert tasks.plan_weeks.function() == [
        {
            "run_key": "run-1",
            "weeks": ["2024-05-27", "2024-06-03", "2024-06-10"],
            "feeds": ["counters"],
            "dry_run": True,
            "accept_reason": None,
        }
    ]


def test_a_scheduled_run_is_planned_from_its_key(run: Run) -> None:
    run.key, run.run_type = "2024-06-03", "scheduled"
    (batch,) = tasks.plan_weeks.function()
    assert batch["weeks"] == ["2024-06-03"]


def test_a_week_that_has_not_ended_is_refused_before_anything_is_fetched(
    run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    run.form |= {"week": "2999-01-07"}
    with pytest.raises(SystemExit):
        tasks.plan_weeks.function()
    (record,) = [r for r in caplog.records if r.levelno == logging.ERROR]
    assert record.message.startswith("week 2999-01-07 has not ended: it lasts until 2999-01-14")


def test_what_the_user_can_mend_is_one_line_without_a_traceback(
    run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(SystemExit):
        tasks.plan_weeks.function()
    (record,) = [r for r in caplog.records if r.levelno == logging.ERROR]
    assert record.message.startswith("this run names no week; ")
    assert record.exc_info is None


def test_a_step_hands_on_its_summary(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "stage", lambda settings, batch: {"weeks": list(batch.weeks)})
    assert tasks.stage_dumps.function(BATCH) == {"weeks": ["2024-06-03"]}


@pytest.mark.parametrize("name", ["fetch_dumps", "stage_dumps", "judge_weeks", "load_archive"])
def test_a_step_may_be_retried_for_a_network_fault_and_never_for_a_users(
    run: Run, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    task = getattr(tasks, name)
    step = {"fetch_dumps": "fetch", "stage_dumps": "stage", "judge_weeks": "judge"}.get(
        name, "load"
    )
    decided = []
    for fault in (ConnectionResetError("gone"), LongflowError("wrong")):

        def fail(settings: object, batch: object, fault: Exception = fault) -> None:
            raise fault

        monkeypatch.setattr(steps, step, fail)
        with pytest.raises((OSError, SystemExit)) as raised:
            task.function(BATCH)
        policy = task.kwargs["retry_policy"]
        decided.append(policy.evaluate(raised.value, try_number=1, max_tries=5).action)
    assert decided == [RetryAction.RETRY, RetryAction.FAIL]


def test_a_fault_of_the_machine_is_one_line_without_a_traceback(
    run: Run, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(settings: object, batch: object) -> None:
        raise OSError(28, "No space left on device", "/var/staging/a")

    monkeypatch.setattr(steps, "stage", fail)
    with pytest.raises(SystemExit) as raised:
        tasks.stage_dumps.function(BATCH)
    (record,) = [r for r in caplog.records if r.levelno == logging.ERROR]
    assert record.message == (
        "/var/staging/a: no space is left on this disk; free space there, then try again"
    )
    assert record.exc_info is None
    # Airflow would log what it was raised from.
    assert raised.value.__suppress_context__


def test_a_bug_in_a_step_keeps_its_traceback(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(settings: object, batch: object) -> None:
        raise KeyError("a bug")

    monkeypatch.setattr(steps, "stage", broken)
    with pytest.raises(KeyError, match="a bug"):
        tasks.stage_dumps.function(BATCH)


def test_a_report_returns_the_editions_due(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    conclusion = steps.Conclusion(lines=["2024-06-03 counters passed"], editions_due=[2024])
    monkeypatch.setattr(steps, "conclude", lambda settings, batch: conclusion)
    assert tasks.report_weeks.function(BATCH) == [2024]


def test_a_refused_week_fails_the_report_with_its_line(
    run: Run, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    conclusion = steps.Conclusion(refusals=["week 2024-06-03: counters: no file; ask for it"])
    monkeypatch.setattr(steps, "conclude", lambda settings, batch: conclusion)
    with pytest.raises(SystemExit):
        tasks.report_weeks.function(BATCH)
    assert "week 2024-06-03: counters: no file; ask for it" in caplog.messages


def test_editions_of_all_batches_are_announced_once(run: Run) -> None:
    run.pulled = [[], [2024], [2023, 2024]]
    assert tasks.announce_editions.function("weeks.report_weeks") == [2023, 2024]
    assert run.announced.keys == ["2023", "2024"]


def test_nothing_is_announced_when_no_edition_is_due(run: Run) -> None:
    run.pulled = [[], []]
    with pytest.raises(AirflowSkipException):
        tasks.announce_editions.function("weeks.report_weeks")
    assert run.announced.keys == []


@pytest.mark.parametrize(("given", "reason"), [(None, None), ("", None), ("recount", "recount")])
def test_the_edition_of_the_runs_key_is_published(
    run: Run, monkeypatch: pytest.MonkeyPatch, given: str | None, reason: str | None
) -> None:
    asked = []

    def prepare(_: object, year: int, accept_changes: str | None) -> release.Candidate:
        asked.append((year, accept_changes))
        return release.Candidate(2024, PROJECT / "somewhere", in_force=False)

    monkeypatch.setattr(release, "prepare", prepare)
    run.key, run.form = "2024", {"edition": 1999, "accept_changes": given}
    path = str(PROJECT / "somewhere")
    assert tasks.publish_edition.function() == {"edition": 2024, "path": path, "new": True}
    assert asked == [(2024, reason)]


PUBLISHED = {"edition": 2024, "path": "somewhere", "new": True}


@pytest.mark.parametrize(("unsigned", "line"), [(False, "in force"), (True, "needs a signature")])
def test_a_new_release_is_verified_and_put_in_force(
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    unsigned: bool,
    line: str,
) -> None:
    verified = release.Verified(problems=(), compared=("200 values rebuilt",), values=200)
    asked = []

    def put_in_force(_: object, *of: object) -> release.Release:
        asked.append(of)
        return release.Release(
            2024, PROJECT / "somewhere", created=True, unsigned=unsigned, verified=verified
        )

    monkeypatch.setattr(release, "put_in_force", put_in_force)
    run.form = {"edition": 2024, "accept_changes": "recount"}
    with caplog.at_level(logging.INFO):
        assert tasks.verify_release.function(PUBLISHED) == 200
    assert asked == [(2024, "somewhere", "recount")]
    assert any(f"edition 2024: {line}" in message for message in caplog.messages)


def test_a_release_that_does_not_agree_fails_with_a_line_a_value(
    run: Run, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def put_in_force(*_: object) -> release.Release:
        error = release.NotVerifiedError("the release is not put in force: it", remedy="mend it")
        error.problems = ("table-1: row 1: 2, not 3",)
        raise error

    monkeypatch.setattr(release, "put_in_force", put_in_force)
    run.form = {"edition": 2024, "accept_changes": None}
    with pytest.raises(SystemExit):
        tasks.verify_release.function(PUBLISHED)
    assert caplog.messages[-2:] == [
        "table-1: row 1: 2, not 3",
        "the release is not put in force: it; mend it",
    ]


def test_what_was_released_before_is_not_verified_again(run: Run) -> None:
    with pytest.raises(AirflowSkipException):
        tasks.verify_release.function({**PUBLISHED, "new": False})


def test_delivery_reports_each_place_and_fails_for_the_one_that_failed(
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    tmp_path: Path,
) -> None:
    assert run
    good, bad = (
        deliver.Delivered(name, name, (), ("2024",), failed)
        for name, failed in (("here", None), ("there", LongflowError("there is no room")))
    )
    file = tmp_path / "longflow.toml"
    places = "".join(f'[[deliver]]\nname = "{one}"\nurl = "{one}"\n' for one in ("here", "there"))
    file.write_text(f'sources = []\n[provider]\nname = "T"\ntime_zone = "Asia/Tokyo"\n{places}')
    monkeypatch.setenv("LONGFLOW_SETTINGS", str(file))
    monkeypatch.setattr(deliver, "deliver", lambda *_: [good, bad])
    with caplog.at_level(logging.INFO), pytest.raises(SystemExit):
        tasks.deliver_releases.function()
    assert caplog.messages[-2:] == [
        "delivered: here (here): nothing new; in force: 2024",
        "there is no room",
    ]


def test_without_places_nothing_is_delivered(run: Run) -> None:
    assert run
    with pytest.raises(AirflowSkipException):
        tasks.deliver_releases.function()
