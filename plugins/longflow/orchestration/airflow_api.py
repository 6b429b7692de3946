"""The REST API of an Airflow on loopback, as far as triggering and watching runs needs it."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from longflow.errors import LongflowError

UNFINISHED = ("queued", "running")
_SECONDS_TO_ANSWER = 30.0
_PAUSES = (1.0, 2.0, 4.0, 8.0)

Answer = dict[str, Any]


class NoAnswerError(LongflowError):
    """No answer, or a fault of Airflow's own: the request may or may not have been carried out."""


@dataclass(frozen=True)
class Run:
    """A DAG run as the API reports it."""

    dag: str
    id: str
    state: str
    partition_key: str | None = None

    @property
    def finished(self) -> bool:
        """Whether the run has ended."""
        return self.state not in UNFINISHED


@dataclass
class AirflowApi:
    """Requests on behalf of one user."""

    host: str
    port: int
    user: str
    password: str
    _token: str | None = field(default=None, repr=False)

    def ready(self, dags: set[str]) -> bool:
        """Whether scheduler and DAG processor are running and these DAGs are known.

        Raises:
            LongflowError: a DAG file cannot be imported; says why.
        """
        try:
            # Airflow builds the part that tasks talk to when it is first asked for. That takes
            # seconds, in which a request that has begun to write cannot end.
            self._send("GET", "/execution/health")
            status, health = self._send("GET", "/api/v2/monitor/health")
        except OSError:
            return False
        parts = ("metadatabase", "scheduler", "dag_processor")
        if status != http.HTTPStatus.OK or any(
            health[part]["status"] != "healthy" for part in parts
        ):
            return False
        for error in self._ask("GET", "/api/v2/importErrors")["import_errors"]:
            raise LongflowError(
                error["stack_trace"].strip().splitlines()[-1],
                file=error["filename"],
                remedy="correct the settings or the DAG",
            )
        known = self._ask("GET", "/api/v2/dags")["dags"]
        return dags <= {dag["dag_id"] for dag in known}

    def run(self, dag: str, run_id: str) -> Run | None:
        """A run; None if there is none with this id."""
        status, content = self._patient("GET", f"/api/v2/dags/{dag}/dagRuns/{run_id}")
        if status == http.HTTPStatus.NOT_FOUND:
            return None
        return _run(self._good(status, content))

    def unfinished(self) -> list[Run]:
        """Every run of any DAG that is queued or running."""
        found = self._ask(
            "POST",
            "/api/v2/dags/~/dagRuns/list",
            {"states": list(UNFINISHED), "page_limit": 100},
        )
        return [_run(content) for content in found["dag_runs"]]

    def newest(self, dag: str, key: str) -> Run | None:
        """The latest run of a DAG with this partition key, or without any."""
        path = f"/api/v2/dags/{dag}/dagRuns?order_by=-run_after&limit=20"
        runs = map(_run, self._ask("GET", path)["dag_runs"])
        return next((run for run in runs if run.partition_key in (key, None)), None)

    def trigger(self, dag: str, run_id: str, form: Mapping[str, Any], note: str) -> None:
        """Start a run with the form filled in."""
        body = {"dag_run_id": run_id, "logical_date": None, "conf": dict(form), "note": note}
        self._insist(f"/api/v2/dags/{dag}/dagRuns", body, lambda: self.run(dag, run_id) is not None)

    def clear(self, run: Run, *, only_failed: bool) -> None:
        """Have the tasks of a finished run executed again."""

        def at_work() -> bool:
            now = self.run(run.dag, run.id)
            return now is not None and not now.finished

        body = {"dry_run": False, "only_failed": only_failed}
        self._insist(f"/api/v2/dags/{run.dag}/dagRuns/{run.id}/clear", body, at_work)

    def tasks(self, *states: str, run: Run | None = None) -> list[Answer]:
        """Task instances in one of these states, of one run or of all."""
        where = f"{run.dag}/dagRuns/{run.id}" if run else "~/dagRuns/~"
        wanted = "&".join(f"state={state}" for state in states)
        path = f"/api/v2/dags/{where}/taskInstances?limit=100&{wanted}"
        found: list[Answer] = self._ask("GET", path)["task_instances"]
        return found

    def faults(self, run: Run, task: Mapping[str, Any]) -> list[str]:
        """What a failed task logged in its last try: its error lines, or its exception."""
        path = (
            f"/api/v2/dags/{run.dag}/dagRuns/{run.id}/taskInstances/{task['task_id']}"
            f"/logs/{task['try_number']}?map_index={task['map_index']}&full_content=true"
        )
        events = [e for e in self._ask("GET", path)["content"] if isinstance(e, dict)]
        messages = [
            e["event"] for e in events if e.get("level") == "error" and "error_detail" not in e
        ]
        raised = [
            f"{cause['exc_type']}: {cause['exc_value']}"
            for event in events
            for cause in event.get("error_detail") or ()
        ]
        return [line for line in messages if line != "Task exited"] + raised

    def _insist(self, path: str, body: Mapping[str, Any], done: Callable[[], bool]) -> None:
        """Request a change; without an answer it may still have been made: `done`."""
        for pause in _PAUSES:
            try:
                status, content = self._patient("POST", path, body)
            except NoAnswerError as error:
                problem = error
                time.sleep(pause)
                if done():
                    return
            else:
                if status == http.HTTPStatus.CONFLICT and done():
                    return
                self._good(status, content)
                return
        raise problem

    def _ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Answer:
        return self._good(*self._patient(method, path, body))

    def _patient(
        self, method: str, path: str, body: Mapping[str, Any] | None = None
    ) -> tuple[int, Answer]:
        """As `_send`, for requests that only read; they are repeated on an overloaded machine.

        Airflow may then be slow, or its SQLite locked for longer than Airflow waits (500).
        """
        problem = ""
        for pause in _PAUSES:
            try:
                status, content = self._send(method, path, body, known=True)
            except OSError:
                problem = "Airflow does not answer"
            else:
                if status < http.HTTPStatus.INTERNAL_SERVER_ERROR:
                    return status, content
                problem = _in_words(status, content)
            if method != "GET" and not path.endswith("/list"):
                break
            time.sleep(pause)
        raise NoAnswerError(problem, file=f"http://{self.host}:{self.port}")

    def _good(self, status: int, content: Answer) -> Answer:
        if status >= http.HTTPStatus.BAD_REQUEST:
            raise LongflowError(
                _in_words(status, content),
                file=f"http://{self.host}:{self.port}",
                remedy="see Airflow's logs",
            )
        return content

    def _send(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, *, known: bool = False
    ) -> tuple[int, Answer]:
        headers = {"Content-Type": "application/json"}
        if known:
            headers["Authorization"] = f"Bearer {self._token or self._log_in()}"
        connection = http.client.HTTPConnection(self.host, self.port, timeout=_SECONDS_TO_ANSWER)
        try:
            connection.request(method, path, json.dumps(body) if body else None, headers)
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        if not text:
            return answer.status, {}
        if "json" not in answer.headers.get("Content-Type", ""):  # a fault of the server itself
            return answer.status, {"detail": text.decode(errors="replace")}
        return answer.status, json.loads(text)

    def _log_in(self) -> str:
        body = {"username": self.user, "password": self.password}
        self._token = str(self._good(*self._send("POST", "/auth/token", body))["access_token"])
        return self._token


def _in_words(status: int, content: Answer) -> str:
    return f"Airflow answered {status}: {content.get('detail', content)}"


def _run(content: Mapping[str, Any]) -> Run:
    return Run(content["dag_id"], content["dag_run_id"], content["state"], content["partition_key"])
