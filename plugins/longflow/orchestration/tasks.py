"""The tasks of the DAGs: each calls one step, reports to the operator, and keeps Airflow out of it.

Through XCom a task passes on a batch (weeks, feeds) or a short summary: no address, no
subscriber. Steps are imported inside the tasks, because a DAG file is parsed over and over.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from airflow.sdk import ExceptionRetryPolicy, RetryAction, RetryRule, get_current_context, task
from airflow.sdk.exceptions import AirflowSkipException

from longflow.errors import LongflowError
from longflow.faults import machine_fault
from longflow.orchestration.connections import export_connections
from longflow.orchestration.schedule import EDITION_WEEKS
from longflow.orchestration.week_choice import choose_edition, choose_weeks
from longflow.reasons import checked_reason
from longflow.settings import Settings

log = logging.getLogger(__name__)

Json = dict[str, Any]


class _FaultOfMachine(SystemExit):
    """The machine failed and the log has its line: Airflow retries, without a traceback."""


_ON_FAULT = ExceptionRetryPolicy(
    rules=[
        RetryRule(_FaultOfMachine, action=RetryAction.RETRY, reason="the machine failed"),
        RetryRule(SystemExit, action=RetryAction.FAIL, reason="only a person can fix this"),
        RetryRule(OSError, action=RetryAction.RETRY, reason="network or storage fault"),
    ]
)

# Works on local files: a second try helps if a worker died.
LOCAL_WORK: Json = {
    "retries": 1,
    "retry_delay": timedelta(seconds=10),
    "retry_policy": _ON_FAULT,
}
# Fetching depends on other people's machines: retried after 1, 2, 4, 8 and 16 minutes.
REMOTE_WORK: Json = {
    "retries": 5,
    "retry_delay": timedelta(minutes=1),
    "retry_exponential_backoff": 2.0,
    "max_retry_delay": timedelta(minutes=30),
    "retry_policy": _ON_FAULT,
}

_MONDAYS = "{{ task.op_kwargs['batch']['weeks'] | join(' ') }}"


@contextmanager
def _one_clear_line() -> Iterator[None]:
    """End the task on a fault of a user or of the machine, with its line in the log, no traceback.

    Only a fault of the machine is retried.
    """
    try:
        yield
    except LongflowError as error:
        for line in error.lines:
            log.error("%s", line)
        raise SystemExit(1) from None
    except BaseException as error:
        fault = machine_fault(error)
        if fault is None:
            raise
        log.error("%s", fault)
        raise _FaultOfMachine(3) from None


def _report(lines: Sequence[str], problems: Sequence[str]) -> None:
    """Log what was done; problems end the task with their lines and without a traceback."""
    for line in lines:
        log.info("%s", line)
    for problem in problems:
        log.error("%s", problem)
    if problems:
        raise SystemExit(1)


def _batch_step(name: str, batch: Json) -> Json:
    """Run one step of `longflow.steps` over a batch and return its summary."""
    from longflow import steps  # noqa: PLC0415 - heavy, and not for every parse

    with _one_clear_line():
        summary: Json = getattr(steps, name)(Settings.load(), steps.Batch.from_json(batch))
    log.info("%s: %s", ", ".join(batch["weeks"]), summary)
    return summary


@task(**LOCAL_WORK)
def plan_weeks() -> list[Json]:
    """Determine which weeks the run covers and divide them into batches.

    Returns:
        Batches as JSON; the following tasks run once for each.
    """
    from longflow import steps  # noqa: PLC0415 - heavy, and not for every parse

    context = get_current_context()
    run, form = context["dag_run"], context["params"]
    with _one_clear_line():
        settings = Settings.load()
        weeks = choose_weeks(
            settings,
            partition_key=run.partition_key,
            scheduled=run.run_type != "manual",
            form=form,
        )
        batches = steps.plan(
            settings,
            run_key=run.run_id,
            first=weeks.first.monday,
            last=weeks.last.monday,
            feeds=form["feeds"],
            dry_run=form["dry_run"],
            accept_reason=form.get("accept") or None,
        )
    log.info("weeks: %s; batches: %d; feeds: %s", weeks, len(batches), ", ".join(form["feeds"]))
    if form["dry_run"]:
        log.info("dry run: everything is judged, nothing is written to the archive")
    return [batch.to_json() for batch in batches]


@task(map_index_template=_MONDAYS, **REMOTE_WORK)
def fetch_dumps(batch: Json) -> Json:
    """Fetch the batch's dumps from their sources, with a manifest and checksums."""
    with _one_clear_line():
        export_connections(Settings.load())
    return _batch_step("fetch", batch)


@task(map_index_template=_MONDAYS, **LOCAL_WORK)
def stage_dumps(batch: Json) -> Json:
    """Convert the dumps to one Parquet schema per feed."""
    return _batch_step("stage", batch)


@task(map_index_template=_MONDAYS, **LOCAL_WORK)
def judge_weeks(batch: Json) -> Json:
    """Judge the staged files by their contracts; quarantine rows or refuse a feed's week."""
    return _batch_step("judge", batch)


@task(map_index_template=_MONDAYS, **LOCAL_WORK)
def load_archive(batch: Json) -> Json:
    """Aggregate the accepted rows and replace each week in the archive in one transaction."""
    return _batch_step("load", batch)


@task(map_index_template=_MONDAYS, **LOCAL_WORK)
def report_weeks(batch: Json) -> list[int]:
    """Report the outcome of every week and feed; fail if a feed's week was refused or held.

    Returns:
        Editions whose weeks are now all in the archive.
    """
    from longflow import steps  # noqa: PLC0415 - heavy, and not for every parse

    with _one_clear_line():
        conclusion = steps.conclude(Settings.load(), steps.Batch.from_json(batch))
    _report(conclusion.lines, conclusion.refusals)
    return conclusion.editions_due


@task(outlets=[EDITION_WEEKS], **LOCAL_WORK)
def announce_editions(reported_by: str) -> list[int]:
    """Emit one event for each edition whose last missing week this run loaded.

    This is a separate task, skipped if no edition is due: a task that succeeded without naming an
    edition would emit an event under the key of its run, which is a week.

    Args:
        reported_by: id of the task whose instances, one per batch, returned the editions due.
    """
    context = get_current_context()
    # A list of tasks, though it is one: for a single task with a single instance, Airflow would
    # pass that instance's list instead of a list of lists.
    due = context["ti"].xcom_pull(task_ids=[reported_by])
    editions = sorted({edition for batch in due for edition in batch})
    if not editions:
        raise AirflowSkipException("no edition became complete with these weeks")
    context["outlet_events"][EDITION_WEEKS].add_partitions([str(year) for year in editions])
    log.info("editions complete: %s", ", ".join(map(str, editions)))
    return editions


@task(**LOCAL_WORK)
def publish_edition() -> Json:
    """Compile the edition and write an unverified release.

    Returns:
        Edition, folder of the release, and whether the release has to be verified and put in force.
    """
    from longflow.release import prepare  # noqa: PLC0415 - as above

    context = get_current_context()
    with _one_clear_line():
        settings = Settings.load()
        edition = choose_edition(
            settings, partition_key=context["dag_run"].partition_key, form=context["params"]
        )
        candidate = prepare(settings, edition, _reason(context["params"]))
    for line in candidate.said:
        log.warning("%s", line)
    what = "in force with the same content" if candidate.in_force else "to be verified"
    log.info("edition %d: %s: %s", edition, what, candidate.path)
    return {"edition": edition, "path": str(candidate.path), "new": not candidate.in_force}


@task(**LOCAL_WORK)
def verify_release(published: Json) -> int:
    """Compare every file of the release with the archive, then put the release in force.

    Args:
        published: the result of `publish_edition`.

    Returns:
        Number of values compared.
    """
    if not published["new"]:
        raise AirflowSkipException("nothing new was released")
    from longflow.release import NotVerifiedError, put_in_force  # noqa: PLC0415 - as above

    with _one_clear_line():
        reason = _reason(get_current_context()["params"])
        try:
            release = put_in_force(Settings.load(), published["edition"], published["path"], reason)
        except NotVerifiedError as error:
            for problem in error.problems:
                log.error("%s", problem)
            raise
    verified = release.verified
    for line in release.said:
        log.warning("%s", line)
    for line in verified.not_held if verified else ():
        log.warning("not checked: %s", line)
    for line in verified.compared if verified else ():
        log.info("compared: %s", line)
    what = "needs a signature, see longflow sign" if release.unsigned else "in force"
    log.info("edition %d: %s: %s", release.edition, what, release.path)
    return verified.values if verified else 0


@task(trigger_rule="none_failed", **REMOTE_WORK)
def deliver_releases() -> list[str]:
    """Copy the releases that the places of the settings lack, then `latest.json`.

    It also runs if nothing new was released, so that a run makes up for a delivery that failed.

    Returns:
        What each place was given, one line each.
    """
    from longflow.deliver import deliver, raise_failures  # noqa: PLC0415 - as above

    with _one_clear_line():
        settings = Settings.load()
        if not settings.deliver:
            raise AirflowSkipException("the settings name no place for releases")
        export_connections(settings)
        delivered = deliver(settings, settings.deliver)
        lines = [str(one) for one in delivered if one.failed is None]
        for line in lines:
            log.info("delivered: %s", line)
        raise_failures(delivered)
    return lines


def _reason(form: Mapping[str, Any]) -> str | None:
    """Why values of closed years may move, if the run's form gives a reason."""
    given = form["accept_changes"]
    return checked_reason(given) if given else None
