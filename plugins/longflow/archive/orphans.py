"""Parquet files of the archive that no snapshot knows, left behind by killed writers.

A writer leaves a note in the archive's folder while it writes, and removes it afterwards. The note
of a process that is gone explains the later files that the catalogue does not know. Notes lie
beside the files, so that both have their times from the same clock. Files without a note may be the
other half of a catalogue that was restored from an older copy: they are left to `longflow tidy`,
which spares them until they are old.
"""

from __future__ import annotations

import itertools
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb

from longflow.archive.catalogue import data_folder
from longflow.left_overs import LeftOver, is_left, remove_all
from longflow.owners import token
from longflow.settings import Settings

log = logging.getLogger(__name__)

_WHAT = "of the archive, from a writer that was killed"
# The tables of DuckLake's catalogue, beside the archive that they describe.
_CATALOGUE = "__ducklake_metadata_archive"
_number = itertools.count(1)


@contextmanager
def noted_writer(settings: Settings) -> Iterator[None]:
    """Note that this process writes into the archive, until it has done so without a fault.

    Not on an object store, where no leftovers are looked for.
    """
    folder = data_folder(settings)
    if folder is None:
        yield
        return
    folder.mkdir(parents=True, exist_ok=True)
    note = folder / f".writer-{token()}.{next(_number)}"
    note.touch()
    yield
    # After a fault it stays as long as this process lives, and explains what is left behind.
    note.unlink(missing_ok=True)


def remove_explained(settings: Settings, connection: duckdb.DuckDBPyConnection) -> None:
    """Remove the files of killed writers, and log their removal.

    Args:
        settings: where the archive is.
        connection: the archive, of a writer that has left its note but not begun to write.
    """
    alive, gone = _notes(settings)
    if not gone:
        return
    since, until = min(gone.values()), min(alive.values(), default=float("inf"))
    unknown = _unknown(settings, connection)
    explained = [LeftOver.of(p, _WHAT) for p, written in unknown if since <= written < until]
    for line in remove_all(explained):
        log.warning("%s", line)
    for note in gone:
        note.unlink(missing_ok=True)


def left_files(settings: Settings, connection: duckdb.DuckDBPyConnection) -> list[LeftOver]:
    """Left-over files of the archive: those that a note explains, and those that are old.

    Args:
        settings: where the archive is.
        connection: the archive, of a writer that has left its note but writes nothing.
    """
    alive, gone = _notes(settings)
    since = min(gone.values(), default=float("inf"))
    until = min(alive.values(), default=float("-inf"))
    ((newest,),) = connection.execute(
        f"SELECT epoch(max(snapshot_time::TIMESTAMPTZ)) FROM {_CATALOGUE}.ducklake_snapshot"
    ).fetchall()
    # Files newer than everything in the catalogue may have been written with a newer one.
    old = min(time.time() - settings.tidy.after_days * 86_400, newest)
    return [
        LeftOver.of(path, _WHAT)
        for path, written in _unknown(settings, connection)
        if written < old or since <= written < until
    ]


def left_notes(settings: Settings) -> list[LeftOver]:
    """Notes of writers that are gone."""
    _, gone = _notes(settings)
    return [LeftOver.of(note, "a note of a writer that was killed") for note in sorted(gone)]


def _notes(settings: Settings) -> tuple[dict[Path, float], dict[Path, float]]:
    """Notes of writers that may be alive, and of those that are gone: when each began to write."""
    alive: dict[Path, float] = {}
    gone: dict[Path, float] = {}
    folder = data_folder(settings)
    for note in [] if folder is None else folder.glob(".writer-*"):
        with suppress(FileNotFoundError):
            (gone if is_left(settings, note, note.name) else alive)[note] = note.stat().st_mtime
    return alive, gone


def _unknown(settings: Settings, connection: duckdb.DuckDBPyConnection) -> list[tuple[Path, float]]:
    """Files in the archive's folder that its catalogue does not know, with their times of writing.

    On an object store nothing is looked for.
    """
    folder = data_folder(settings)
    if folder is None:
        return []
    # The folder is read before the catalogue: a file added in between is then known to it.
    files = [path for path in folder.rglob("*.parquet") if path.is_file()]
    rows = connection.execute(
        f"SELECT path FROM {_CATALOGUE}.ducklake_data_file"
        f" UNION ALL SELECT path FROM {_CATALOGUE}.ducklake_delete_file"
        f" UNION ALL SELECT path FROM {_CATALOGUE}.ducklake_files_scheduled_for_deletion"
    ).fetchall()
    # Every file has a unique name, whatever folder it is in.
    known = {str(path).rpartition("/")[2] for (path,) in rows}
    found = []
    for path in files:
        if path.name not in known:
            with suppress(FileNotFoundError):
                found.append((path, path.stat().st_mtime))
    return found
