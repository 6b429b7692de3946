"""`longflow explain`: the way of a table back to what was delivered."""

from __future__ import annotations

import argparse

from longflow.commands import arguments
from longflow.edition.tables import published_tables
from longflow.errors import WrongUsageError
from longflow.explain.page import list_page, way_page


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.description = (
        "Print the way back of a published table: a table a line, from publication to the staged "
        "feeds. Without a table, list the published ones."
    )
    arguments.add_settings(parser)
    parser.add_argument("table", nargs="?", metavar="ID", help="a published table, such as table-3")


def run(args: argparse.Namespace) -> int:
    """Print the way back of a table; the exit status."""
    if args.table is not None and args.table not in published_tables():
        raise WrongUsageError(
            f"there is no table '{args.table[:40]}'",
            remedy=f"the tables are {', '.join(published_tables())}",
        )
    for line in list_page() if args.table is None else way_page(args.table):
        print(line)
    return 0
