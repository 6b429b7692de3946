"""`make run`: the simulated provider's five years through Airflow, just as for a user.

Starts Airflow and the simulator side by side, triggers the missing runs over the REST API, waits
for the edition, and prints where everything is.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from rich.console import Console

from longflow.endings import ending
from longflow.errors import LongflowError
from longflow.orchestration import processes
from longflow.orchestration.airflow_api import AirflowApi, Run
from longflow.orchestration.airflow_process import HOST, USER, EmbeddedAirflow
from longflow.orchestration.progress import Progress, State
from longflow.orchestration.run_requests import Request, requests
from longflow.settings import Settings
from longflow.var_folder import VarFolder

INGEST = "weekly_ingest"
PUBLISH = "retrospective"

_SECONDS_BETWEEN_LOOKS = 2.0
_SECONDS_TO_START = 180.0
# Between the end of the last run and the start of the one that its event triggers.
_SECONDS_FOR_EVENT = 30.0


class _Ended(Exception):  # noqa: N818 - not an error: somebody pressed Ctrl-C
    """The user, or the machine, asks us to stop."""


@dataclass
class Demonstration:
    """One `make run`, from start to end."""

    settings: Settings
    port: int
    console: Console
    airflow: EmbeddedAirflow = field(init=False)
    api: AirflowApi = field(init=False)
    _simulator: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        var = VarFolder.of(self.settings)
        self.airflow = EmbeddedAirflow(
            home=var.airflow, logs=var.logs, port=self.port, settings_file=self.settings.file
        )
        self.year = max(self.settings.editions)
        self.edition = self.settings.editions[self.year]

    def run(self) -> bool:
        """Take in what is missing and publish; whether everything succeeded."""
        with Progress(self.console) as progress:
            asked = requests(self.settings, self.edition)
            self._start(asked, progress)
            before = self.api.newest(PUBLISH, f"{self.year}")
            ended = self._ingest(asked, progress)
            well = all(run.state == "success" for run in ended)
            if well:
                published = self._publish(before, expected=bool(ended), progress=progress)
                well = published is None or published.state == "success"
                ended += [published] if published else []
        for run in ended:
            for line in self._faults(run):
                self.console.print(f"{run.id}: {line}", style="red", highlight=False, markup=False)
        return well and self.release() is not None

    def release(self) -> Path | None:
        """The folder of the release in force."""
        latest = VarFolder.of(self.settings).releases / str(self.year) / "latest.json"
        if not latest.exists():
            return None
        return latest.parent / str(json.loads(latest.read_text(encoding="utf-8"))["release"])

    def check(self) -> None:
        """Keep Airflow running, and say which of its components had to be started again.

        Raises:
            LongflowError: a component keeps ending.
        """
        for line in self.airflow.check():
            self.console.print(line, style="yellow", soft_wrap=True, markup=False)

    def stop(self) -> None:
        """Leave no process behind."""
        if self._simulator:
            processes.kill_session(self._simulator.pid)
            self._simulator.wait()
        self.airflow.stop()

    def _start(self, asked: Sequence[Request], progress: Progress) -> None:
        """Start Airflow and, beside it, the simulator."""
        dumps, ui = "dumps of the simulated provider", "Airflow"
        progress.show(ui, "running", "creating its database")
        self.airflow.configure()
        log = self.airflow.logs / "simulate.log"
        log.unlink(missing_ok=True)
        self._simulator = processes.start(self._simulate_command(asked), log)
        progress.show(dumps, "running")
        self.airflow.migrate()
        progress.show(ui, "running", "starting its processes")
        self.airflow.start()
        self.api = AirflowApi(HOST, self.port, USER, self.airflow.password)
        deadline = time.monotonic() + _SECONDS_TO_START
        ready = False
        while not (ready and self._simulator.poll() is not None):
            self.check()
            if not ready and self.api.ready({INGEST, PUBLISH}):
                ready = True
                progress.show(ui, "done", self.airflow.url)
            if not ready and time.monotonic() > deadline:
                raise LongflowError(
                    f"Airflow did not start within {_SECONDS_TO_START:.0f} s",
                    file=self.airflow.logs,
                    remedy="see the logs there",
                )
            self._show_simulator(dumps, log, progress)
            time.sleep(0.5)
        self._show_simulator(dumps, log, progress)

    def _simulate_command(self, asked: Sequence[Request]) -> list[str]:
        settings = self.settings
        single = sorted({str(r.weeks[0]) for r in asked if "week" in r.form})
        ranges = sorted({str(week) for r in asked if "week" not in r.form for week in r.weeks})
        return [
            *(sys.executable, "-m", "longflow.cli", "simulate"),
            *("--settings", str(settings.file)),
            *("--landing", str(settings.file.parent / settings.landing.url)),
            *("--truth", str(VarFolder.of(settings).truth)),
            *("--jobs", str(os.cpu_count() or 1)),
            *("--week", *single),
            *("--counters-week", *ranges),
        ]

    def _show_simulator(self, title: str, log: Path, progress: Progress) -> None:
        assert self._simulator  # noqa: S101 - started before it is shown
        lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        last = lines[-1].strip() if lines else ""
        status = self._simulator.poll()
        if status is None:
            progress.show(title, "running", last)
        elif status == 0:
            progress.show(title, "done", last)
        else:
            raise LongflowError(
                f"the simulator ended with status {status}: {last}",
                file=log,
                remedy="see the end of that file",
            )

    def _ingest(self, asked: Sequence[Request], progress: Progress) -> list[Run]:
        """Request what is missing, resume what is under way, wait for all of it."""
        from longflow import steps  # noqa: PLC0415 - DuckDB is heavy, and Airflow is starting

        loaded = {week: set(feeds) for week, feeds in steps.loaded_weeks(self.settings).items()}
        open_runs = {run.id for run in self.api.unfinished() if run.dag == INGEST}
        waiting: list[str] = []
        for request in asked:
            if request.is_loaded(loaded) and request.run_id not in open_runs:
                progress.show(request.run_id, "done", "in the archive")
                continue
            progress.show(request.run_id, "waiting")
            waiting.append(request.run_id)
            run = self.api.run(INGEST, request.run_id)
            if run is None:
                self.api.trigger(INGEST, request.run_id, request.form, request.note)
            elif run.finished:
                self.api.clear(run, only_failed=run.state == "failed")
        return self._wait(INGEST, waiting, progress)

    def _publish(self, before: Run | None, *, expected: bool, progress: Progress) -> Run | None:
        """Wait for the run that the last week's event triggered; request it if there was none.

        Args:
            before: the newest run before any week was taken in.
            expected: whether weeks were just taken in, so that an event may be on its way.
            progress: where to show it.
        """
        title = f"{PUBLISH} {self.year}"
        if not expected and self.release() and (before is None or before.finished):
            progress.show(title, "done", "released before")
            return None
        progress.show(title, "running")
        deadline = time.monotonic() + (_SECONDS_FOR_EVENT if expected else 0)
        while True:
            run = self.api.newest(PUBLISH, f"{self.year}")
            if run and (not run.finished or before is None or run.id != before.id):
                run_id = run.id
                break
            if time.monotonic() > deadline:
                run_id = self._ask_for_edition(run)
                break
            time.sleep(_SECONDS_BETWEEN_LOOKS)
        return self._wait(PUBLISH, [run_id], progress, title)[0]

    def _ask_for_edition(self, newest: Run | None) -> str:
        """Id of the failed run of an earlier start, restarted; otherwise of a new one."""
        if newest and newest.state == "failed":
            self.api.clear(newest, only_failed=True)
            return newest.id
        note = "Requested by hand: every week was already in the archive"
        run_id = f"edition-{self.year}-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}"
        self.api.trigger(PUBLISH, run_id, {"edition": self.year}, note)
        return run_id

    def _wait(
        self, dag: str, run_ids: Sequence[str], progress: Progress, title: str | None = None
    ) -> list[Run]:
        ended: dict[str, Run] = {}
        while len(ended) < len(run_ids):
            time.sleep(_SECONDS_BETWEEN_LOOKS)
            self.check()
            states = {run.id: run.state for run in self.api.unfinished() if run.dag == dag}
            doing: dict[str, str] = {}
            for task in self.api.tasks("running", "up_for_retry"):
                word = task["task_id"].rpartition(".")[2]
                if task["state"] != "running":
                    word += ": will be retried"
                doing[task["dag_run_id"]] = word
            for run_id in run_ids:
                if run_id in ended:
                    continue
                if run_id in states:
                    at_work: State = "running" if states[run_id] == "running" else "waiting"
                    progress.show(title or run_id, at_work, doing.get(run_id, ""))
                elif run := self.api.run(dag, run_id):
                    ended[run_id] = run
                    well = run.state == "success"
                    progress.show(title or run_id, "done" if well else "failed")
        return list(ended.values())

    def _faults(self, run: Run) -> Iterator[str]:
        """What the failed tasks of a run logged, one line each."""
        if run.state != "success":
            for task in self.api.tasks("failed", run=run):
                for line in self.api.faults(run, task):
                    yield f"{task['task_id'].rpartition('.')[2]}: {line}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demonstration; its exit status: 0 published, 1 a fault that was reported."""
    parser = argparse.ArgumentParser(prog="make run", description=__doc__)
    parser.add_argument("--settings", type=Path, default=Path("longflow.toml"))
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--once", action="store_true", help="end after publishing")
    options = parser.parse_args(arguments)
    console = Console(highlight=False)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _end)
    try:
        settings = _checked(Settings.load(options.settings))
        with _alone(VarFolder.of(settings)):
            return _demonstrate(Demonstration(settings, options.port, console), once=options.once)
    except _Ended:
        return 130
    except Exception as error:
        return ending(error)


def _demonstrate(demonstration: Demonstration, *, once: bool) -> int:
    airflow, console = demonstration.airflow, demonstration.console
    if airflow.end_leftovers():
        console.print("Ended what a killed run had left running.")
    if not processes.port_is_free(HOST, demonstration.port):
        raise LongflowError(
            f"port {demonstration.port} is in use",
            remedy=f"choose another: make run PORT={demonstration.port + 1}",
        )
    began = time.monotonic()
    status = 130
    try:
        status = 0 if demonstration.run() else 1
        minutes, seconds = divmod(round(time.monotonic() - began), 60)
        console.print(f"\n{minutes} min {seconds} s")
        _say_where(demonstration)
        if not once:
            console.print("Ctrl-C ends Airflow; `make run` resumes where this stopped.")
            while True:
                demonstration.check()
                time.sleep(1)
    except _Ended:
        # Ctrl-C is the normal way to end this once everything is published.
        console.print("\nEnding Airflow and everything it started.")
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        demonstration.stop()
    return status


def _say_where(demonstration: Demonstration) -> None:
    airflow, release = demonstration.airflow, demonstration.release()
    password = airflow.password if demonstration.console.is_terminal else airflow.password_file
    rows = [("Airflow", airflow.url), ("log in as", f"{USER}, password {password}")]
    if release:
        rows = [
            ("report", f"{release / 'report.html'}"),
            ("tables", f"{release / 'tables'}"),
            *rows,
        ]
    for name, where in rows:
        demonstration.console.print(f"  {name:<10} {where}", soft_wrap=True, markup=False)


def _checked(settings: Settings) -> Settings:
    if not settings.simulator or not settings.editions:
        raise LongflowError(
            "these settings have no simulated provider with an edition",
            file=settings.file,
            place="simulator, editions",
            remedy="`make run` runs the simulated provider only; for your own collectors use "
            "docker/compose.yaml or `longflow ingest`",
        )
    return settings


@contextmanager
def _alone(var: VarFolder) -> Iterator[None]:
    """Lock the folder; anyone else who wants it gets an error."""
    var.root.mkdir(parents=True, exist_ok=True)
    with var.run_lock.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LongflowError(
                "another `make run` is using this folder",
                file=var.root,
                remedy="end it with Ctrl-C, or choose other settings: make run SETTINGS=…",
            ) from None
        yield


def _end(number: int, frame: FrameType | None) -> None:
    raise _Ended


if __name__ == "__main__":
    sys.exit(main())
