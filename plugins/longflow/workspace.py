"""The working folder of one run over one week: the only thing that steps pass to each other."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from longflow.errors import LongflowError
from longflow.settings import Settings
from longflow.var_folder import VarFolder
from longflow.week import Week

R = TypeVar("R", bound=BaseModel)

# What to do when a step does not find what the step before it writes.
UNFINISHED = (
    "the files of the run are gone, or an earlier task did not finish: clear fetch_dumps with "
    "Downstream, or load the week again"
)


@dataclass(frozen=True)
class Workspace:
    """`var/staging/<run>/<Monday>/`, made by fetch and removed when the run is concluded."""

    root: Path

    @classmethod
    def of(cls, settings: Settings, run_key: str, week: Week) -> Workspace:
        """The folder of a run's week; a run is named as Airflow or the command line names it."""
        safe = re.sub(r"[^A-Za-z0-9._-]+", "-", run_key).strip("-.") or "run"
        return cls(VarFolder.of(settings).workspaces / safe / week.key)

    @property
    def landed(self) -> Path:
        """Dumps as they were delivered: `<feed>/<source>/files`."""
        return self.root / "landed"

    @property
    def unfinished(self) -> Path:
        """Copies of dumps that are not whole yet."""
        return self.root / "unfinished"

    @property
    def staged(self) -> Path:
        """One Parquet schema a feed: `<feed>/*.parquet`."""
        return self.root / "staged"

    @property
    def notes(self) -> Path:
        """Staging's notes on sampling: `<table>/<source>.parquet`."""
        return self.root / "notes"

    @property
    def sampling_ledger(self) -> Path:
        """The sampling ledger that the judge made from staging's notes."""
        return self.notes / "sampling_ledger.parquet"

    @property
    def suites(self) -> Path:
        """The result of every check of the week's suites: `<feed>.json`."""
        return self.root / "suites"

    @property
    def quarantined(self) -> Path:
        """Refused rows: `<feed>.parquet`."""
        return self.root / "quarantined"

    def fresh(self, folder: Path) -> Path:
        """An empty folder that replaces whatever an earlier try left."""
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return folder

    def write(self, name: str, record: BaseModel) -> None:
        """Write a step's result as `<name>.json`, whole or not at all."""
        self.root.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=self.root, prefix=f".{name}.")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(record.model_dump_json(indent=1))
        Path(temporary).replace(self.root / f"{name}.json")

    def read(self, name: str, kind: type[R]) -> R | None:
        """A step's result; None if that step has not ended."""
        path = self.root / f"{name}.json"
        return kind.model_validate_json(path.read_bytes()) if path.exists() else None

    def remove(self) -> None:
        """Free the space; a run's folder is removed with its last week."""
        shutil.rmtree(self.root, ignore_errors=True)
        with contextlib.suppress(OSError):
            self.root.parent.rmdir()


def unfinished(week: Week, step: str, workspace: Workspace) -> LongflowError:
    """The error of a step whose week has not been `fetched`, `staged` or `judged`."""
    return LongflowError(f"week {week} has not been {step}", file=workspace.root, remedy=UNFINISHED)
