"""`longflow tidy`: removes what killed runs left behind."""

from __future__ import annotations

import argparse

from longflow.amounts import counted
from longflow.archive.catalogue import catalogue_exists
from longflow.archive.lake import open_archive
from longflow.archive.orphans import left_files, left_notes
from longflow.commands.arguments import add_settings
from longflow.left_overs import LeftOver, left_drafts, left_spill, left_workspaces
from longflow.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Define the command's arguments."""
    parser.description = (
        "Remove workspaces of runs that will not resume, files of the archive left by killed "
        "writers, and files set aside for processes that are gone. Nothing that a live run may use "
        "is removed. Each run tidies up for its own weeks."
    )
    add_settings(parser)
    parser.add_argument("--dry-run", action="store_true", help="only list what would be removed")


def run(args: argparse.Namespace) -> int:
    """Remove left-overs, or list what would be removed; the exit status."""
    settings = Settings.load(args.settings)
    found = left_workspaces(settings) + left_spill(settings) + left_drafts(settings)
    if catalogue_exists(settings):
        with open_archive(settings, read_only=False, tidy=False) as archive:
            found += left_files(settings, archive.connection)
    found += left_notes(settings)
    for one in found:
        if not args.dry_run:
            one.remove()
        print(("would remove " if args.dry_run else "removed ") + one.line, flush=True)
    _sum_up(found, dry_run=args.dry_run)
    return 0


def _sum_up(found: list[LeftOver], *, dry_run: bool) -> None:
    if not found:
        print("nothing is left over")
        return
    files = counted(sum(one.files for one in found), "files")
    size = counted(sum(one.bytes for one in found), "bytes")
    print(f"{'would free' if dry_run else 'freed'} {size} in {files}")
