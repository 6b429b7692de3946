"""The release in which a figure stands, with the settings by which it was compiled."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from longflow.errors import LongflowError
from longflow.faults import raise_machine_fault
from longflow.release import files
from longflow.release.named import edition_folders, named_release
from longflow.release.recorded import read_recorded, recorded_settings
from longflow.settings import Edition, Settings
from longflow.var_folder import VarFolder


@dataclass(frozen=True)
class Source:
    """A release, read to be explained.

    Attributes:
        path: its folder.
        manifest: its manifest, whole.
        settings: those by which it was compiled, over the archive at hand.
        is_in_force: whether it was looked for as the release in force.
    """

    path: Path
    manifest: dict[str, Any]
    settings: Settings

    @property
    def year(self) -> int:
        """Its edition."""
        return int(self.manifest["edition"])

    @property
    def edition(self) -> Edition:
        """The section of its edition."""
        return self.settings.edition(self.year)

    @property
    def snapshot(self) -> int:
        """The archive's snapshot that it was compiled from."""
        return int(self.manifest["archive"]["snapshot"])

    def publishes(self, table: str) -> bool:
        """Whether it holds a table."""
        return table in {one["id"] for one in self.manifest["tables"]}

    def table(self, table: str) -> pl.DataFrame:
        """A table as it was published.

        Raises:
            LongflowError: its file is missing, or not the one that was written.
        """
        name = f"tables/{table}.parquet"
        file = self.path / name
        remedy = "restore the release from a backup"
        try:
            data = file.read_bytes()
            if files.checksums(self.path).get(name) != files.sha256(data):
                raise LongflowError("does not agree with SHA256SUMS", file=file, remedy=remedy)
            return pl.read_parquet(io.BytesIO(data))
        except (OSError, pl.exceptions.PolarsError) as error:
            raise_machine_fault(error)
            raise LongflowError("cannot be read", file=file, remedy=remedy) from None


def find_release(settings: Settings, table: str, named: str | None) -> Source:
    """The release that is named; else the one in force of the newest edition with the table.

    Args:
        settings: where releases and archive are.
        table: id of the table.
        named: folder or name of a release.

    Raises:
        LongflowError: there is no such release, none publishes the table, or its manifest is
            damaged.
    """
    if named is not None:
        found = _source(settings, named_release(settings, named))
        if not found.publishes(table):
            raise LongflowError(
                f"the release does not publish {table}",
                file=found.path,
                remedy=f"it holds {', '.join(one['id'] for one in found.manifest['tables'])}",
            )
        return found
    folders = edition_folders(settings)
    for folder in reversed(folders):
        path = files.in_force(folder)
        if path is not None and (found := _source(settings, path)).publishes(table):
            return found
    root = VarFolder.of(settings).releases
    raise LongflowError(
        f"no release publishes {table}" if folders else "nothing was published yet",
        file=root,
        remedy="publish an edition first (longflow publish --edition YEAR), or name the folder of a"
        " release with --release",
    )


def _source(settings: Settings, path: Path) -> Source:
    manifest = read_recorded(path)
    return Source(path, manifest, recorded_settings(manifest, settings))
