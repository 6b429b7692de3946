"""`longflow export`: the aggregates of a week as Parquet."""

from __future__ import annotations

import argparse
from pathlib import Path

from longflow.amounts import counted
from longflow.archive.export import export_week
from longflow.commands import arguments
from longflow.settings import Settings
from longflow.week import Week


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Define the command's arguments."""
    parser.description = (
        "Write the archive's rows of a week, one Parquet file for each table. Every revision has "
        "a snapshot; longflow status --week shows its number."
    )
    arguments.add_settings(parser)
    parser.add_argument("--week", required=True, metavar="MONDAY")
    parser.add_argument(
        "--snapshot", type=arguments.whole(0), metavar="N", help="default: the newest"
    )
    parser.add_argument("--output", required=True, type=arguments.path, metavar="FOLDER")


def run(args: argparse.Namespace) -> int:
    """Write the files and print their names and numbers of rows; the exit status."""
    settings = Settings.load(args.settings)
    week = Week.parse(args.week, settings.zone)
    written = export_week(settings, week, Path(args.output), snapshot=args.snapshot)
    for path, rows in written.items():
        print(f"{path}  {counted(rows, 'rows')}")
    return 0
