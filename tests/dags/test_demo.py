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
from longflow.settings import Settings
from longflow.var_folder import VarFolder

PROJECT = Path(__file__).parents[2]
SETTINGS = Settings.load(PROJECT / "longflow.toml")


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
