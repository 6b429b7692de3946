"""`make run`: what it requests, and how it talks to Airflow."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from longflow.errors import LongflowError
from longflow.orchestration import demo, run_requests
from longflow.orchestration.airflow_api import AirflowApi, Run
from longflow.settings import Feed, Settings
from longflow.var_folder import VarFolder

PROJECT = Path(__file__).parents[2]
SETTINGS = Settings.load(PROJECT / "longflow.toml")
REQUESTS = {r.run_id: r for r in run_requests.requests(SETTINGS, SETTINGS.editions[2024])}


def test_a_run_is_asked_for_each_analysis_week_those_beside_it_growth_months_and_hours() -> None:
    assert list(REQUESTS) == [
        "week-2024-05-27",
        "week-2024-06-10",
        "counters-2019-05-27-to-2019-06-24",
        "week-2019-06-03",
        "counters-2019-12-30-to-2020-01-27",
        "week-2020-02-17",
        "week-2020-06-01",
        "counters-2020-06-01-to-2020-06-29",
        "week-2021-05-31",
        "counters-2021-05-31-to-2021-06-28",
        "week-2022-05-30",
        "counters-2022-05-30-to-2022-06-27",
        "week-2023-05-29",
        "counters-2023-05-29-to-2023-06-26",
        "counters-2023-10-02-to-2023-10-02",
        "counters-2024-01-29-to-2024-01-29",
        "counters-2024-05-27-to-2024-06-24",
        "week-2024-06-03",
    ]


def test_a_single_week_brings_all_feeds() -> None:
    request = REQUESTS["week-2024-06-03"]
    assert request.form == {"week": "2024-06-03"}
    assert request.note == "The analysis week of 2024, all feeds"
    assert request.feeds == set(Feed)


def test_a_month_brings_counters_of_every_week_that_touches_it() -> None:
    request = REQUESTS["counters-2019-12-30-to-2020-01-27"]
    assert request.note == "Counters of the weeks that touch January 2020"
    assert request.form == {
        "first_week": "2019-12-30",
        "last_week": "2020-01-27",
        "feeds": ["counters"],
    }
    assert len(request.weeks) == 5


def test_the_requests_together_bring_all_that_the_edition_uses() -> None:
    for week, feeds in SETTINGS.editions[2024].weeks_used().items():
        brought = [r.feeds for r in REQUESTS.values() if week in r.weeks]
        assert feeds <= set().union(*brought)


@pytest.mark.parametrize(
    ("missing", "loaded"), [(None, True), (date(2019, 6, 10), False), (date(2024, 6, 3), True)]
)
def test_a_request_is_loaded_when_every_week_of_it_is(
    missing: date | None, *, loaded: bool
) -> None:
    request = REQUESTS["counters-2019-05-27-to-2019-06-24"]
    weeks = {week: {Feed.COUNTERS, Feed.USAGE} for week in request.weeks if week != missing}
    assert request.is_loaded(weeks) is loaded


def test_settings_without_a_simulated_provider_are_reported(
    make_settings: Callable[..., Settings], capsys: pytest.CaptureFixture[str]
) -> None:
    settings = make_settings("counters")
    assert demo.main(["--settings", str(settings.file)]) == 1
    assert "have no simulated provider" in capsys.readouterr().err


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """The demonstration's settings in a folder of their own."""
    file = tmp_path / "longflow.toml"
    file.write_text((PROJECT / "longflow.toml").read_text(encoding="utf-8"), encoding="utf-8")
    return file


def test_a_busy_port_is_one_clear_line(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert demo.main(["--settings", str(small), "--port", str(port)]) == 1
    assert capsys.readouterr().err == (
        f"longflow: port {port} is in use; choose another: make run PORT={port + 1}\n"
    )


def test_a_second_run_in_the_same_folder_is_reported(
    small: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with demo._alone(VarFolder(small.parent / "var")):
        assert demo.main(["--settings", str(small)]) == 1
    assert "another `make run` is using this folder" in capsys.readouterr().err


RUN = {"dag_id": "d", "dag_run_id": "r", "state": "queued", "partition_key": None}


class Answers(AirflowApi):
    """An API with its answers at hand, and what was asked of it."""

    def __init__(self, **answers: tuple[int, dict[str, Any]]) -> None:
        super().__init__("127.0.0.1", 0, "admin", "")
        self.answers = answers
        self.asked: list[tuple[str, str, object]] = []

    def _send(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, *, known: bool = False
    ) -> tuple[int, dict[str, Any]]:
        self.asked.append((method, path, body))
        for word, answer in self.answers.items():
            if word in path:
                return answer
        return 404, {"detail": "no such thing"}


def test_a_run_is_triggered_with_the_form_filled_in() -> None:
    api = Answers(dagRuns=(200, RUN))
    api.trigger("d", "r", {"week": "2024-06-03"}, "why")
    form = {"week": "2024-06-03"}
    body = {"dag_run_id": "r", "logical_date": None, "conf": form, "note": "why"}
    assert api.asked == [("POST", "/api/v2/dags/d/dagRuns", body)]


def test_an_unknown_run_is_none_and_any_other_refusal_is_reported() -> None:
    api = Answers(trouble=(403, {"detail": "not allowed"}))
    assert api.run("d", "r") is None
    with pytest.raises(LongflowError, match="Airflow answered 403: not allowed"):
        api.run("d", "trouble")


def test_a_dag_that_cannot_be_imported_is_reported() -> None:
    parts = ("metadatabase", "scheduler", "dag_processor")
    error = {"filename": "dags/x.py", "stack_trace": "Traceback\n  …\nLongflowError: no such file"}
    api = Answers(
        health=(200, {part: {"status": "healthy"} for part in parts}),
        importErrors=(200, {"import_errors": [error]}),
    )
    with pytest.raises(LongflowError, match=r"dags/x.py: LongflowError: no such file"):
        api.ready({"x"})


LOCKED = (500, {"detail": "database is locked"})


class Answering(AirflowApi):
    """An API that gives these answers in turn, and what was asked for each."""

    def __init__(self, *answers: tuple[int, dict[str, Any]] | None) -> None:
        super().__init__("127.0.0.1", 0, "admin", "")
        self.answers = iter(answers)
        self.asked: list[str] = []

    def _send(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, *, known: bool = False
    ) -> tuple[int, dict[str, Any]]:
        self.asked.append(f"{method} {path.rpartition('/')[2]}")
        answer = next(self.answers)
        if answer is None:
            raise TimeoutError
        return answer


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """No pause takes time."""
    monkeypatch.setattr("time.sleep", lambda seconds: None)


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("fault", [None, LOCKED])
def test_what_only_reads_is_asked_again_when_airflow_is_slow(
    fault: tuple[int, dict[str, Any]] | None,
) -> None:
    api = Answering(fault, fault, (200, {"dag_runs": []}))
    assert api.unfinished() == []


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("fault", [None, LOCKED])
def test_a_run_is_triggered_once_when_airflow_is_slow(
    fault: tuple[int, dict[str, Any]] | None,
) -> None:
    """The run's id shows whether an unanswered request was carried out."""
    came_through = Answering(fault, (200, RUN))
    came_through.trigger("d", "r", {}, "why")
    assert came_through.asked == ["POST dagRuns", "GET r"]
    lost = Answering(fault, (404, {}), fault, (404, {}), (200, RUN))
    lost.trigger("d", "r", {}, "why")
    assert lost.asked == ["POST dagRuns", "GET r"] * 2 + ["POST dagRuns"]


@pytest.mark.usefixtures("at_once")
def test_request_that_comes_through_late_is_no_conflict() -> None:
    api = Answering(None, (404, {}), (409, {"detail": "exists"}), (200, RUN))
    api.trigger("d", "r", {}, "why")
    assert api.asked[-1] == "GET r"


@pytest.mark.usefixtures("at_once")
def test_a_run_is_cleared_once_when_airflow_is_slow() -> None:
    """Cleared, it is at work again."""
    ended = {**RUN, "state": "failed"}
    came_through = Answering(LOCKED, (200, RUN))
    came_through.clear(Run("d", "r", "failed"), only_failed=True)
    assert came_through.asked == ["POST clear", "GET r"]
    lost = Answering(LOCKED, (200, ended), (200, {}))
    lost.clear(Run("d", "r", "failed"), only_failed=True)
    assert lost.asked == ["POST clear", "GET r", "POST clear"]


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize(
    ("fault", "reported"),
    [(None, "Airflow does not answer"), (LOCKED, "Airflow answered 500: database is locked")],
)
def test_airflow_that_never_answers_is_reported(
    fault: tuple[int, dict[str, Any]] | None, reported: str
) -> None:
    with pytest.raises(LongflowError, match=reported):
        Answering(*[fault] * 30).trigger("d", "r", {}, "why")


def test_the_newest_run_of_an_edition_is_not_one_of_another() -> None:
    runs = [
        {"dag_id": "d", "dag_run_id": name, "state": "success", "partition_key": key}
        for name, key in (("newest", "2023"), ("ours", "2024"), ("older", "2024"))
    ]
    newest = Answers(dagRuns=(200, {"dag_runs": runs})).newest("d", "2024")
    assert newest == Run("d", "ours", "success", "2024")


def test_the_faults_of_a_task_are_its_error_lines_and_exceptions() -> None:
    events = [
        {"event": "fine", "level": "info"},
        {"event": "week 2024-06-03: no file", "level": "error"},
        {"event": "Task exited", "level": "error"},
        {
            "event": "Task failed with exception",
            "level": "error",
            "error_detail": [{"exc_type": "OSError", "exc_value": "disk full"}],
        },
    ]
    api = Answers(logs=(200, {"content": events}))
    task = {"task_id": "t", "try_number": 1, "map_index": -1}
    assert api.faults(Run("d", "r", "failed"), task) == [
        "week 2024-06-03: no file",
        "OSError: disk full",
    ]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_each_signal_to_end_ends(number: signal.Signals) -> None:
    with pytest.raises(demo._Ended):
        demo._end(number, None)


def test_weeks_are_cut_into_ranges_where_one_is_missing() -> None:
    monday = date(2024, 6, 3)
    weeks = [monday + timedelta(days=7 * n) for n in (0, 1, 3)]
    assert [len(part) for part in run_requests._consecutive(weeks)] == [2, 1]
