"""`longflow explain`: the way of a table, or of one figure, back to what was delivered."""

from __future__ import annotations

import argparse

from longflow.commands import arguments
from longflow.edition.tables import promise_of, published_tables
from longflow.errors import WrongUsageError
from longflow.explain.cell import conditions, find_cell
from longflow.explain.cell_page import cell_page
from longflow.explain.page import list_page, way_page
from longflow.explain.release import find_release
from longflow.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.description = (
        "Trace a published table back: print each query from publication to the staged feeds. "
        "With --where, trace one row of a release: the rows it was made from, their loads, the "
        "delivered files and what was found about them. Without a table, list the published ones."
    )
    arguments.add_settings(parser)
    parser.add_argument("table", nargs="?", metavar="ID", help="a published table, such as table-3")
    parser.add_argument(
        "--where",
        action="append",
        default=[],
        metavar="COLUMN=VALUE",
        help="a key column of the row and its value, such as year=2024; once for each column",
    )
    parser.add_argument("--column", metavar="NAME", help="a figure of the row (default: all)")
    parser.add_argument(
        "--release",
        type=arguments.path,
        metavar="RELEASE",
        help="folder or name of a release (default: the one in force of the newest edition that"
        " publishes the table)",
    )
    parser.add_argument("--files", action="store_true", help="name every delivered file")


def run(args: argparse.Namespace) -> int:
    """Print the way back of a table or of one of its rows; the exit status."""
    is_cell = bool(args.where or args.column or args.release or args.files)
    if args.table is None and is_cell:
        raise WrongUsageError(
            "--where, --column, --release and --files need the ID of a table",
            remedy="name the table first",
        )
    if args.table is not None and args.table not in published_tables():
        raise WrongUsageError(
            f"there is no table '{args.table[:40]}'",
            remedy=f"the tables are {', '.join(published_tables())}",
        )
    if args.table is None:
        lines = list_page()
    elif not is_cell:
        lines = way_page(args.table)
    else:
        where = conditions(args.where)
        source = find_release(Settings.load(args.settings), args.table, args.release)
        promise = promise_of(args.table)
        cell = find_cell(promise, source.table(args.table), where, args.column)
        lines = cell_page(source, args.table, cell, all_files=args.files)
    for line in lines:
        print(line)
    return 0
