"""`longflow sql`: a question to the archive."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import get_args

from longflow.amounts import counted
from longflow.ask.answer import Format, chosen_format, write_answer
from longflow.ask.dictionary import page
from longflow.ask.opening import MOST_SPILLED, open_to_ask
from longflow.commands import arguments
from longflow.errors import LongflowError, WrongUsageError
from longflow.settings import Settings

# No question is longer than this.
_MOST_CHARACTERS = 1_000_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Define the command's arguments."""
    parser.description = (
        "Ask the archive in DuckDB's SQL. A question is one SELECT over the tables, views and "
        "macros that longflow sql without a question lists, with units. It reads one snapshot, "
        "writes nothing, and reaches no other file. Subscribers are pseudonyms."
    )
    arguments.add_settings(parser)
    parser.add_argument(
        "question",
        nargs="?",
        metavar="SELECT",
        help="the SQL; - reads it from the standard input; without it the dictionary is printed",
    )
    parser.add_argument(
        "--snapshot",
        type=arguments.whole(0),
        metavar="N",
        help="default: the newest; longflow status --week shows those of a week",
    )
    parser.add_argument(
        "--release",
        type=arguments.path,
        metavar="RELEASE",
        help="the snapshot that a release was compiled from: its folder or name",
    )
    parser.add_argument("--format", choices=get_args(Format), help="default: by --output, or table")
    parser.add_argument("--output", type=arguments.path, metavar="FILE", help="write a new file")
    parser.add_argument(
        "--rows",
        type=arguments.whole(1, 1_000_000),
        default=200,
        metavar="N",
        help="rows of a table at most (default: %(default)s); other formats hold all",
    )
    parser.add_argument(
        "--memory-limit",
        type=arguments.memory,
        metavar="SIZE",
        help="such as 4GB (default: database.memory_limit of the settings); beyond it DuckDB "
        f"spills up to {MOST_SPILLED} to disk",
    )
    parser.add_argument(
        "--time-limit",
        type=arguments.whole(1, 7 * 86_400),
        default=600,
        metavar="SECONDS",
        help="after which the question is stopped (default: %(default)s)",
    )


def run(args: argparse.Namespace) -> int:
    """Print or write the answer; the exit status."""
    if args.question is None:
        if args.output or args.format:
            raise WrongUsageError(
                "there is no question",
                remedy='write one, such as longflow sql "FROM dictionary" --format csv',
            )
        for line in page():
            print(line)
        return 0
    question = _read() if args.question == "-" else str(args.question)
    output = None if args.output is None else Path(args.output)
    chosen = chosen_format(args.format, output)
    settings = Settings.load(args.settings)
    with open_to_ask(
        settings,
        snapshot=args.snapshot,
        release=args.release,
        memory_limit=args.memory_limit,
    ) as questions:
        rows = write_answer(
            questions, question, chosen, output, seconds=args.time_limit, most_rows=args.rows
        )
        if output is not None:
            print(f"{output}  {counted(rows, 'rows')}, snapshot {questions.snapshot}")
    return 0


def _read() -> str:
    try:
        text = sys.stdin.read(_MOST_CHARACTERS + 1)
    except UnicodeDecodeError:
        raise LongflowError(
            "the question is no UTF-8", file="the standard input", remedy="write it in UTF-8"
        ) from None
    if len(text) > _MOST_CHARACTERS:
        raise LongflowError(
            f"the question is longer than {_MOST_CHARACTERS:,} characters",
            file="the standard input",
            remedy="write one SELECT",
        )
    return text
