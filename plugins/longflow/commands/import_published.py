"""`longflow import-published`: figures of earlier reports into the archive, checked as a whole."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from longflow.archive.published_figures import import_figures
from longflow.commands import arguments
from longflow.edition.published import PublishedFileError, read_published
from longflow.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Define the command's arguments."""
    parser.description = (
        "FILE is a CSV in UTF-8 with a header: the key columns of the table (year, "
        "direction, service, level, protocol, port, top_percent, measure, from, to), and its value "
        "columns by name, or `column` and `value` with one figure a row. Parts of the key may be "
        "in the names of value columns: in_mean_mb, 2020, top_1_percent_share. Optional columns: "
        "`label`, `note` (a footnote), and `table` for figures of several tables. An empty cell is "
        "unknown. A file replaces what was imported for the tables and years that it names."
    )
    arguments.add_settings(parser)
    parser.add_argument("file", type=arguments.path, metavar="FILE")
    parser.add_argument("--table", metavar="ID", help="the table, if the columns fit several")
    parser.add_argument(
        "--anew",
        action="store_true",
        help="discard everything that was imported before, even if its files are damaged",
    )


def run(args: argparse.Namespace) -> int:
    """Import a file and print the changes; if it has errors, one line for each."""
    settings = Settings.load(args.settings)
    try:
        file = read_published(Path(args.file), args.table)
    except PublishedFileError as error:
        for fault in error.faults:
            print(f"longflow: {fault}", file=sys.stderr)
        print("longflow: nothing was imported", file=sys.stderr)
        return 1
    imported = import_figures(settings, file, anew=args.anew)
    added = [change for change in imported.changes if change.was is None]
    for change in imported.changes:
        if change.was is not None:
            print(change)
    tables = ", ".join(dict(file.years))
    changed = len(imported.changes) - len(added)
    print(f"{tables}: {len(added)} new, {changed} changed, {imported.unchanged} as before")
    return 0
