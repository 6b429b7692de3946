"""Where a week is written: under temporary names, and put in place only when complete."""

from __future__ import annotations

import json
import os
import shutil
from datetime import date
from pathlib import Path

import polars as pl

from longflow.simulator.errors import SimulatorError
from longflow.simulator.provider import Provider

MARKER = "parameters.json"
FAULTS_FILE = "faults.json"
FULL, COUNTERS_ONLY = "all feeds", "counters only"


class Delivery:
    """The folders of one week, written under temporary names and put in place together.

    The truth comes last and its temporary folder stays until then, so that an interrupted week is
    recognised as ours and made again. Folders that are not ours are never replaced.
    """

    def __init__(self, landing: Path, truth_root: Path, monday: date) -> None:
        self.monday = monday
        self.landing = landing
        self.truth = truth_root / monday.isoformat()
        self._folders: list[tuple[Path, Path]] = []
        self._ours = (self.truth / MARKER).exists() or self._temporary(truth_root).exists()
        self._truth_folder = self._begin(truth_root)

    def _temporary(self, parent: Path) -> Path:
        return parent / f".{self.monday}.partial"

    def _begin(self, parent: Path) -> Path:
        folder = self._temporary(parent)
        if folder.exists():
            shutil.rmtree(folder)
        folder.mkdir(parents=True)
        return folder

    def folder(self, feed: str, source: str) -> Path:
        """A new folder for the files of a source.

        Raises:
            SimulatorError: The week has a folder there that no simulation with this truth made.
        """
        return self._claim(self.landing / feed / source)

    def late_folder(self, feed: str, source: str) -> Path:
        """A new folder for files of a source that arrive after the week was taken in.

        It lies in `late` beside the landing tree, so that it can be copied over it.

        Raises:
            SimulatorError: The week has a folder there that no simulation with this truth made.
        """
        return self._claim(self.landing.parent / "late" / feed / source)

    def _claim(self, parent: Path) -> Path:
        final = parent / self.monday.isoformat()
        if final.exists() and not self._ours:
            shutil.rmtree(self._truth_folder)
            raise SimulatorError(
                f"{final}: exists, but {self.truth} does not know it; "
                "remove it, or choose another --landing"
            )
        folder = self._begin(parent)
        self._folders.append((folder, final))
        return folder

    def write_faults(self, text: str) -> None:
        """Write what was planted."""
        (self._truth_folder / FAULTS_FILE).write_text(text, encoding="utf-8")

    def write_truth(self, name: str, table: pl.DataFrame) -> None:
        """Write one table of the truth."""
        table.write_parquet(self._truth_folder / f"{name}.parquet")

    def finish(self, kind: str, provider: Provider) -> int:
        """Put all folders in place, that with the marker last.

        Returns:
            Number of files delivered.
        """
        sizes = {
            os.path.relpath(final / path.name, self.landing): path.stat().st_size
            for folder, final in self._folders
            for path in sorted(folder.iterdir())
        }
        marker = {"kind": kind, "parameters": provider.parameters(), "files": sizes}
        (self._truth_folder / MARKER).write_text(
            json.dumps(marker, indent=1) + "\n", encoding="utf-8"
        )
        for folder, final in (*self._folders, (self._truth_folder, self.truth)):
            if final.exists():
                shutil.rmtree(final)
            folder.rename(final)
        return len(sizes)


def is_made(provider: Provider, monday: date, kind: str, landing: Path, truth_root: Path) -> bool:
    """Whether a week is complete, and made with the same parameters.

    A week with all feeds has its counters as well.

    Raises:
        SimulatorError: The week exists, but with other parameters or with fewer feeds.
    """
    path = truth_root / monday.isoformat() / MARKER
    if not path.exists():
        return False
    remedy = (
        f"remove {path.parent} and the folders {monday} under {landing}, "
        "or choose another --landing and --truth"
    )
    try:
        marker = json.loads(path.read_text(encoding="utf-8"))
        old, files, made = dict(marker["parameters"]), dict(marker["files"]), marker["kind"]
    except (ValueError, KeyError, TypeError) as error:
        raise SimulatorError(f"{path}: cannot be read as a week's marker; {remedy}") from error
    asked = provider.parameters()
    for name in asked | old:
        before, now = old.get(name, "none"), asked.get(name, "none")
        if before != now:
            raise SimulatorError(
                f"{path}: the week was made with {name} {before}, not {now}; {remedy}"
            )
    if kind == FULL and made != FULL:
        raise SimulatorError(f"{path}: the week was made with counters only; {remedy}")
    return all(
        (landing / name).is_file() and (landing / name).stat().st_size == size
        for name, size in files.items()
    )
