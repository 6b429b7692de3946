"""Airflow embedded in one folder: its configuration, its processes, their end.

SQLite, the local executor, and a UI on loopback only. For a production installation see `docker/`.
"""

from __future__ import annotations

import base64
import configparser
import contextlib
import json
import os
import secrets
import sqlite3
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from longflow.errors import LongflowError
from longflow.orchestration import processes
from longflow.owners import started_at

HOST = "127.0.0.1"
USER = "admin"

_PROJECT = Path(__file__).resolve().parents[3]

# No log server: the UI reads logs from the same disk. No task waits in the triggerer, but without
# it the UI's first page shows a red mark.
_COMPONENTS = {
    "api-server": ["api-server"],
    "scheduler": ["scheduler", "--skip-serve-logs"],
    "dag-processor": ["dag-processor"],
    "triggerer": ["triggerer", "--skip-serve-logs"],
}
# Tasks are forked from the scheduler, so no task has to import what the scheduler has imported.
# This import takes ten seconds, which every judge of a week would cost otherwise.
_LOCAL_SETTINGS = """import sys

if "scheduler" in sys.argv:
    import great_expectations
"""

# Tasks that have waited longer fail before they begin; ten minutes, the default, pass easily where
# a run brings many weeks.
_SECONDS_IN_THE_QUEUE = 7 * 24 * 3600

_AIRFLOW = [sys.executable, "-m", "airflow"]
_SECONDS_TO_END = 5.0
# How long a component waits for another's write to SQLite before it gives up. A scheduler that
# gives up ends; the five seconds that are the default pass easily on a busy machine.
_SECONDS_TO_WAIT_FOR_A_LOCK = 60
# A component that ends more often than that, within that time, is not started again.
_STARTS_AGAIN = 3
_WITHIN_SECONDS = 600.0


@dataclass
class EmbeddedAirflow:
    """One Airflow in `home`, which logs to `logs` and serves its UI on `port`."""

    home: Path
    logs: Path
    port: int
    settings_file: Path
    _processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    _started_again: dict[str, list[float]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Address of the UI and of the REST API."""
        return f"http://{HOST}:{self.port}"

    @property
    def database(self) -> Path:
        """Airflow's own SQLite database."""
        return self.home / "airflow.db"

    @property
    def password_file(self) -> Path:
        """JSON, user to password; created once, readable by its owner only."""
        return self.home / "passwords.json"

    @property
    def password(self) -> str:
        """The password of `USER`."""
        return str(json.loads(self.password_file.read_text(encoding="utf-8"))[USER])

    def configure(self) -> None:
        """Write Airflow's configuration again; keep secrets and password of an earlier start."""
        self.home.mkdir(parents=True, exist_ok=True)
        self.logs.mkdir(parents=True, exist_ok=True)
        file = self.home / "airflow.cfg"
        config = configparser.ConfigParser(interpolation=None)
        config.read(file)
        keys = {
            ("core", "fernet_key"): base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
            ("api", "secret_key"): secrets.token_urlsafe(32),
            ("api_auth", "jwt_secret"): secrets.token_urlsafe(48),
        }
        kept = {key: config.get(*key, fallback=made) for key, made in keys.items()}
        config = configparser.ConfigParser(interpolation=None)
        config.read_dict(self._options())
        for (section, option), value in kept.items():
            if not config.has_section(section):
                config.add_section(section)
            config.set(section, option, value)
        with _private(file) as out:
            config.write(out)
        local_settings = self.home / "config" / "airflow_local_settings.py"
        local_settings.parent.mkdir(exist_ok=True)
        local_settings.write_text(_LOCAL_SETTINGS, encoding="utf-8")
        if not self.password_file.exists():
            with _private(self.password_file) as out:
                json.dump({USER: secrets.token_urlsafe(12)}, out)

    def _options(self) -> dict[str, dict[str, str]]:
        def path(value: Path) -> str:
            return str(value).replace("%", "%%")  # Airflow expands % in its configuration

        return {
            "core": {
                "dags_folder": path(_PROJECT / "dags"),
                "plugins_folder": path(_PROJECT / "plugins"),
                "load_examples": "False",
                "dags_are_paused_at_creation": "False",
                "executor": "LocalExecutor",
                "parallelism": str(max(2, os.cpu_count() or 2)),
                "execution_api_server_url": f"{self.url}/execution/",
                "simple_auth_manager_users": f"{USER}:admin",
                "simple_auth_manager_passwords_file": path(self.password_file),
            },
            "database": {
                "sql_alchemy_conn": f"sqlite:///{path(self.database)}"
                f"?timeout={_SECONDS_TO_WAIT_FOR_A_LOCK}"
            },
            "logging": {
                "base_log_folder": path(self.logs),
                "dag_processor_child_process_log_directory": path(self.logs / "dag_processor"),
                "colored_console_log": "False",
            },
            "api": {
                "host": HOST,
                "port": str(self.port),
                "base_url": self.url,
                "workers": "1",
                "instance_name": "longflow",
            },
            # A task's key to the API begins when it is queued, and long ones may be before it.
            "execution_api": {"jwt_expiration_time": str(_SECONDS_IN_THE_QUEUE)},
            # How long the end of a task may go unnoticed.
            "workers": {"min_heartbeat_interval": "1"},
            "scheduler": {
                # Tasks take minutes elsewhere and seconds here, so look more often.
                "scheduler_idle_sleep_time": "0.5",
                # Unfinished work of a killed run is resumed within seconds.
                "scheduler_health_check_threshold": "20",
                "orphaned_tasks_check_interval": "10",
            },
            "dag_processor": {"parsing_processes": "1", "min_file_process_interval": "120"},
        }

    def migrate(self) -> None:
        """Create or upgrade Airflow's own database.

        Raises:
            LongflowError: it cannot; names the log.
        """
        log = self.logs / "migrate.log"
        process = processes.start([*_AIRFLOW, "db", "migrate"], log, self._environment())
        try:
            status = process.wait()
        finally:
            processes.kill_session(process.pid)
        if status:
            raise LongflowError(
                "Airflow's database cannot be created or read",
                file=log,
                remedy="see the end of that file; `make clean` starts from scratch",
            )
        # Readers and the writer then do not wait for each other, and a commit waits for the disk
        # only once; the setting stays in the file. Without it, requests and heartbeats fail on a
        # busy machine.
        with contextlib.closing(sqlite3.connect(self.database)) as connection:
            connection.execute("PRAGMA journal_mode = wal")

    def start(self) -> None:
        """Start the components."""
        for name in _COMPONENTS:
            self._start(name)
        self._write_record()

    def _start(self, name: str) -> None:
        command = [*_AIRFLOW, *_COMPONENTS[name]]
        log = self.logs / f"{name}.log"
        self._processes[name] = processes.start(command, log, self._environment())

    def check(self) -> list[str]:
        """Start every component again that has ended; unfinished tasks resume.

        Returns:
            One line for each component that was started again.

        Raises:
            LongflowError: a component keeps ending; names its log.
        """
        ended = [name for name, process in self._processes.items() if process.poll() is not None]
        for name in ended:
            now = time.monotonic()
            earlier = [t for t in self._started_again.get(name, ()) if now - t < _WITHIN_SECONDS]
            if len(earlier) >= _STARTS_AGAIN:
                raise LongflowError(
                    f"Airflow's {name} has ended {len(earlier) + 1} times "
                    f"within {_WITHIN_SECONDS / 60:.0f} minutes",
                    file=self.logs / f"{name}.log",
                    remedy="see the end of that file",
                )
            self._started_again[name] = [*earlier, now]
        return [self._start_again(name) for name in ended]

    def _start_again(self, name: str) -> str:
        dead = self._processes[name]
        processes.kill_session(dead.pid)  # what it has started cannot go on without it
        self._start(name)
        self._write_record()
        return (
            f"{self.logs / f'{name}.log'}: Airflow's {name} has ended with status "
            f"{dead.returncode} and was started again; unfinished tasks resume"
        )

    def stop(self) -> None:
        """End the components and everything they started; unfinished tasks resume next time."""
        for process in self._processes.values():
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
        deadline = time.monotonic() + _SECONDS_TO_END
        for process in self._processes.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, deadline - time.monotonic()))
        for process in self._processes.values():
            processes.kill_session(process.pid)
            process.wait()
        self._processes.clear()
        self._record().unlink(missing_ok=True)

    def end_leftovers(self) -> bool:
        """End what a killed run left running; whether there was anything."""
        record = self._record()
        if not record.exists():
            return False
        left = [
            pid
            for pid, started in json.loads(record.read_text(encoding="utf-8"))
            # A leader that is gone may have left other processes of its session.
            if started_at(pid) in (started, None) and processes.kill_session(pid)
        ]
        record.unlink()
        return bool(left)

    def _record(self) -> Path:
        return self.home / "processes.json"

    def _write_record(self) -> None:
        names = [[p.pid, started_at(p.pid)] for p in self._processes.values()]
        self._record().write_text(json.dumps(names), encoding="utf-8")

    def _environment(self) -> dict[str, str]:
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("AIRFLOW_")}
        return inherited | {
            "AIRFLOW_HOME": str(self.home),
            "LONGFLOW_SETTINGS": str(self.settings_file),
            # Tasks talk to the API on loopback, never through a proxy.
            "NO_PROXY": ",".join(filter(None, [os.environ.get("NO_PROXY"), HOST, "localhost"])),
            "no_proxy": ",".join(filter(None, [os.environ.get("no_proxy"), HOST, "localhost"])),
        }


def _private(path: Path) -> IO[str]:
    """Open a new file that only its owner may read."""
    path.unlink(missing_ok=True)
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w")
