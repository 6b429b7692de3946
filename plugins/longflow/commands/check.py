"""`longflow check`: whether the archive's files are as they were written; if not, the repair."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from longflow.amounts import counted
from longflow.archive import catalogue, open_archive
from longflow.archive.data_files import Damage, DataFiles
from longflow.commands.arguments import add_settings
from longflow.errors import LongflowError
from longflow.release import files as release_files
from longflow.settings import Settings
from longflow.sqlfile import tables
from longflow.var_folder import VarFolder

_RELEASES_NAMED = 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Define the command's arguments."""
    parser.description = (
        "Check the catalogue and every data file of the archive against the digests taken when "
        "they were written. For each damaged file, print what is wrong, which revisions and "
        "releases read it, and how to repair it."
    )
    add_settings(parser)


def run(args: argparse.Namespace) -> int:
    """Check catalogue and data files against their digests, and print what is wrong.

    Returns:
        The exit status: 1 if a file is damaged.

    Raises:
        LongflowError: there is no archive, or its catalogue is damaged.
    """
    settings = Settings.load(args.settings)
    # Opening the archive checks the catalogue against its seal.
    with open_archive(settings, reads=dict.fromkeys(tables("archive"), ())) as archive:
        files, newest = archive.data_files, archive.snapshot
    if files is None or files.folder is None:
        raise LongflowError(
            "the data of the archive are not in a local folder, so they cannot be checked",
            file=settings.file,
            place="archive_data",
            remedy="check them with the tools of your storage",
        )
    file = catalogue.catalogue_file(settings)
    if file is not None:
        sealed = catalogue.sealed(file.absolute())
        said = "as it was written" if sealed else "not sealed: written by another tool, or just now"
        print(f"{file}: {said}")
    damaged = files.damage(files.files)
    releases = _snapshots_of_releases(settings)
    for one in damaged:
        print(f"longflow: {_line(one, newest, releases)}", file=sys.stderr)
    without = [one for one in files.files if not one.sha256]
    size = sum(one.size_bytes for one in files.files)
    number = counted(len(files.files), "data files")
    print(f"{number}, {counted(size, 'bytes')}; damaged: {len(damaged):,}")
    if without:
        print(
            f"without a digest yet: {counted(len(without), 'data files')}, in which changed bytes "
            "would go unnoticed; the next run that writes to the archive adds what is missing"
        )
    _print_strangers(files)
    return 1 if damaged else 0


def _line(damage: Damage, newest: int, releases: Sequence[tuple[Path, int]]) -> str:
    """What is wrong with a file, what reads it, and how to repair it."""
    file = damage.file
    touched = [path for path, snapshot in releases if file.is_in(snapshot)]
    shown = ", ".join(f"{path.parent.name}/{path.name}" for path in touched[:_RELEASES_NAMED])
    if len(touched) > _RELEASES_NAMED:
        shown += f" and {len(touched) - _RELEASES_NAMED} more"
    until = newest if file.end is None else file.end - 1
    one = file.begin == until
    reads = f"snapshot {until} reads it" if one else f"snapshots {file.begin} to {until} read it"
    reads += f", and so do the releases {shown}" if touched else ", but no release does"
    return str(
        LongflowError(
            f"this data file of {damage.of} {damage.what}; {reads}",
            file=damage.path,
            remedy=damage.remedy,
        )
    )


def _snapshots_of_releases(settings: Settings) -> list[tuple[Path, int]]:
    found = []
    root = VarFolder.of(settings).releases
    for edition in sorted(root.iterdir()) if root.is_dir() else ():
        for release in release_files.releases(edition):
            try:
                snapshot = release_files.read_manifest(release)["archive"]["snapshot"]
            except (LongflowError, KeyError, TypeError):
                # A damaged release is what `verify` is for.
                print(f"{release}: its manifest names no snapshot", file=sys.stderr)
                continue
            found.append((release, int(snapshot)))
    return found


def _print_strangers(files: DataFiles) -> None:
    """Files in the folder of the data that the catalogue does not name."""
    assert files.folder is not None  # noqa: S101 - asked before
    known = {files.place(one) for one in files.files}
    strangers = sorted(path for path in files.folder.rglob("*.parquet") if path not in known)
    if strangers:
        print(
            f"unknown to the catalogue: {counted(len(strangers), 'files')} in {files.folder}, such "
            f"as {strangers[0].relative_to(files.folder)}; a run is writing or was killed while "
            "writing, or a compaction has replaced files; nothing reads them (see longflow tidy)"
        )
