"""The embedded Airflow: its secrets, its database, its components, and that nothing outlives it."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from longflow.errors import LongflowError
from longflow.orchestration import processes
from longflow.orchestration.airflow_process import EmbeddedAirflow
from longflow.owners import started_at


@pytest.fixture
def airflow(tmp_path: Path) -> EmbeddedAirflow:
    return EmbeddedAirflow(tmp_path / "home", tmp_path / "log", 8080, tmp_path / "longflow.toml")


def test_secrets_are_the_owners_alone_and_survive_a_restart(airflow: EmbeddedAirflow) -> None:
    airflow.configure()
    password, config = airflow.password, (airflow.home / "airflow.cfg").read_text()
    assert len(password) >= 12
    for file in ("airflow.cfg", "passwords.json"):
        assert (airflow.home / file).stat().st_mode & 0o777 == 0o600
    airflow.configure()
    assert (airflow.password, (airflow.home / "airflow.cfg").read_text()) == (password, config)


def test_airflow_listens_on_loopback_alone(airflow: EmbeddedAirflow) -> None:
    airflow.configure()
    lines = (airflow.home / "airflow.cfg").read_text().splitlines()
    assert "host = 127.0.0.1" in lines
    assert f"base_url = {airflow.url}" in lines
    assert "load_examples = False" in lines


def test_who_reads_airflows_database_does_not_keep_its_writer_waiting(
    airflow: EmbeddedAirflow,
) -> None:
    airflow.configure()
    airflow.migrate()
    with (
        contextlib.closing(sqlite3.connect(airflow.database)) as reader,
        contextlib.closing(sqlite3.connect(airflow.database, timeout=0)) as writer,
    ):
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM dag").fetchall()
        writer.execute("DELETE FROM dag")
        writer.commit()


def test_airflow_waits_a_minute_for_a_locked_database(airflow: EmbeddedAirflow) -> None:
    airflow.configure()
    config = (airflow.home / "airflow.cfg").read_text()
    assert f"sql_alchemy_conn = sqlite:///{airflow.database}?timeout=60\n" in config


def test_a_task_may_wait_a_week_in_the_queue(airflow: EmbeddedAirflow) -> None:
    airflow.configure()
    config = (airflow.home / "airflow.cfg").read_text()
    assert "[execution_api]\njwt_expiration_time = 604800\n" in config


class Standing(EmbeddedAirflow):
    """An Airflow whose components end when they are asked to, as `command` says."""

    command = "import time; time.sleep(60)"

    def _start(self, name: str) -> None:
        command = [sys.executable, "-c", self.command]
        self._processes[name] = processes.start(command, self.logs / f"{name}.log")


@pytest.fixture
def standing(tmp_path: Path) -> Iterator[Standing]:
    airflow = Standing(tmp_path / "home", tmp_path / "log", 8080, tmp_path / "longflow.toml")
    airflow.configure()
    yield airflow
    airflow.stop()


def test_a_component_that_ends_is_started_again_and_reported(standing: Standing) -> None:
    standing.start()
    scheduler, others = standing._processes["scheduler"], set(standing._processes.values())
    scheduler.kill()
    scheduler.wait()
    log = standing.logs / "scheduler.log"
    assert standing.check() == [
        f"{log}: Airflow's scheduler has ended with status -9 and was started again; "
        "unfinished tasks resume"
    ]
    assert standing.check() == []
    assert len(others & set(standing._processes.values())) == len(others) - 1
    recorded = json.loads((standing.home / "processes.json").read_text())
    assert {pid for pid, _ in recorded} == {p.pid for p in standing._processes.values()}


def test_a_component_that_keeps_ending_is_given_up(standing: Standing) -> None:
    standing.command = "raise SystemExit(3)"
    standing.start()

    def check_those_that_have_ended() -> None:
        for process in standing._processes.values():
            process.wait()
        standing.check()

    for _ in range(3):
        check_those_that_have_ended()
    with pytest.raises(LongflowError, match=r"has ended 4 times within 10 minutes"):
        check_those_that_have_ended()


@pytest.fixture
def family(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process in a session of its own, and its child in a process group of its own."""
    code = (
        "import subprocess, sys, time;"
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'], process_group=0);"
        "print('ready', flush=True); time.sleep(60)"
    )
    log = tmp_path / "family.log"
    process = processes.start([sys.executable, "-c", code], log)
    wait_until(lambda: b"ready" in log.read_bytes())
    yield process
    processes.kill_session(process.pid)
    process.wait()


def members(session: int) -> list[int]:
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
            if os.getsid(int(entry.name)) == session and state != "Z":
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def wait_until(condition: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_session_is_killed_with_those_who_left_its_group(
    family: subprocess.Popen[bytes],
) -> None:
    assert len(members(family.pid)) == 2
    assert processes.kill_session(family.pid)
    wait_until(lambda: members(family.pid) == [])


def test_what_a_killed_run_left_behind_is_ended(
    airflow: EmbeddedAirflow, family: subprocess.Popen[bytes]
) -> None:
    airflow.configure()
    record = [[family.pid, started_at(family.pid)]]
    (airflow.home / "processes.json").write_text(json.dumps(record))
    assert airflow.end_leftovers()
    wait_until(lambda: members(family.pid) == [])
    assert not airflow.end_leftovers()


def test_a_process_that_only_has_the_number_of_an_old_one_is_left_alone(
    airflow: EmbeddedAirflow, family: subprocess.Popen[bytes]
) -> None:
    airflow.configure()
    (airflow.home / "processes.json").write_text(json.dumps([[family.pid, "1"]]))
    assert not airflow.end_leftovers()
    assert len(members(family.pid)) == 2
