"""Rules that every DAG keeps, and how these two are wired."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import jinja2
import pytest

PROJECT = Path(__file__).parents[2]
EXPECTED = {"weekly_ingest", "retrospective"}
TAGS = {"longflow", "ingest", "edition"}
HEAVY = ("duckdb", "great_expectations", "numpy", "pandas", "polars", "pyarrow")


def test_the_dags_are_there(dags: dict[str, Any]) -> None:
    assert dags.keys() == EXPECTED


def test_every_dag_file_is_expected() -> None:
    assert {file.stem for file in (PROJECT / "dags").glob("*.py")} == EXPECTED


@pytest.mark.parametrize("dag_id", sorted(EXPECTED))
def test_a_dag_has_an_operators_manual(dags: dict[str, Any], dag_id: str) -> None:
    manual = dags[dag_id].doc_md or ""
    for heading in ("When it runs", "The form", "writes", "When it fails"):
        assert heading in manual
    for name, param in dags[dag_id].params.items():
        title = dags[dag_id].params.get_param(name).schema["title"]
        assert title in manual, f"{name} = {param!r} is not explained"


@pytest.mark.parametrize("dag_id", sorted(EXPECTED))
def test_a_dag_has_tags_and_a_description_and_makes_up_no_runs(
    dags: dict[str, Any], dag_id: str
) -> None:
    dag = dags[dag_id]
    assert dag.tags
    assert dag.tags <= TAGS
    assert dag.description
    assert dag.catchup is False


@pytest.mark.parametrize("dag_id", sorted(EXPECTED))
def test_a_task_has_an_owner_retries_and_a_policy_for_them(
    dags: dict[str, Any], dag_id: str
) -> None:
    assert dags[dag_id].tasks
    for task in dags[dag_id].tasks:
        assert task.owner == "traffic-statistics"
        assert task.retries
        assert task.retry_policy is not None
        assert task.doc or task.python_callable.__doc__


def test_a_week_goes_from_the_landing_to_the_archive(dags: dict[str, Any]) -> None:
    order = [task.task_id for task in dags["weekly_ingest"].topological_sort()]
    assert order == [
        "plan_weeks",
        "weeks.fetch_dumps",
        "weeks.stage_dumps",
        "weeks.judge_weeks",
        "weeks.load_archive",
        "weeks.report_weeks",
        "announce_editions",
    ]


def test_an_edition_is_announced_only_after_every_report(dags: dict[str, Any]) -> None:
    announce = dags["weekly_ingest"].get_task("announce_editions")
    assert announce.upstream_task_ids == {"weeks.report_weeks"}
    assert announce.op_kwargs == {"reported_by": "weeks.report_weeks"}


def test_tasks_of_a_batch_are_labelled_with_its_mondays(dags: dict[str, Any]) -> None:
    mapped = [t for t in dags["weekly_ingest"].tasks if t.task_id.startswith("weeks.")]
    task = type("Task", (), {"op_kwargs": {"batch": {"weeks": ["2024-06-03", "2024-06-10"]}}})
    for template in (one.map_index_template for one in mapped):
        assert template
        label = jinja2.Environment(autoescape=True).from_string(template).render(task=task)
        assert label == "2024-06-03 2024-06-10"


def test_fetching_waits_longer_and_longer_for_other_peoples_machines(
    dags: dict[str, Any],
) -> None:
    fetch = dags["weekly_ingest"].get_task("weeks.fetch_dumps")
    assert fetch.retries == 5
    assert fetch.retry_delay == timedelta(minutes=1)
    assert fetch.retry_exponential_backoff == 2


def test_the_retrospective_follows_the_asset_that_is_announced(dags: dict[str, Any]) -> None:
    (outlet,) = dags["weekly_ingest"].get_task("announce_editions").outlets
    schedule = dags["retrospective"].timetable
    assert schedule.asset_condition.name == outlet.name
    assert type(schedule).__name__ == "PartitionedAssetTimetable"


def test_releases_are_delivered_even_if_nothing_was_verified(dags: dict[str, Any]) -> None:
    delivery = dags["retrospective"].get_task("deliver_releases")
    assert delivery.upstream_task_ids == {"verify_release"}
    assert delivery.trigger_rule == "none_failed"


def test_the_form_offers_the_feeds_and_the_editions(dags: dict[str, Any]) -> None:
    feeds = dags["weekly_ingest"].params.get_param("feeds")
    assert feeds.value == feeds.schema["examples"]
    assert feeds.value == ["flows", "assignments", "usage", "counters", "subscribers"]
    edition = dags["retrospective"].params.get_param("edition")
    assert (edition.value, edition.schema["enum"]) == (2024, [2024])


def test_airflow_does_not_import_the_package_file_by_file() -> None:
    ignored = (PROJECT / "plugins" / ".airflowignore").read_text(encoding="utf-8").split()
    assert ignored == ["longflow"]


def test_parsing_a_dag_file_imports_nothing_heavy() -> None:
    code = f"""
import pathlib, runpy, sys

for file in sorted(pathlib.Path({str(PROJECT / "dags")!r}).glob("*.py")):
    runpy.run_path(str(file))
print(*(set({HEAVY!r}) & sys.modules.keys()))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PROJECT
    )
    assert done.stdout.strip() == ""
