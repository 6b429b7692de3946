"""The command line, `longflow …`: the commands, and one clear line for every error."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module

from longflow import __version__
from longflow.commands.arguments import OneLineParser
from longflow.endings import ending

# What each command is for; `commands/<name>.py` defines its arguments and what it does.
COMMANDS = {
    "try": "read one file of a source, and show how it is understood",
    "ingest": "load weeks: fetch, stage, judge, load",
    "publish": "publish an edition as a release",
    "sql": "ask the archive in SQL, read only",
    "explain": "trace a table, or one figure, back to the delivered files",
    "deliver": "copy releases to the places of the settings",
    "verify": "compare every file of a release with what the archive gives",
    "sign": "sign a release, or add its signature",
    "check": "check that every file of the archive is as it was written",
    "listing": "list what sources have delivered of a week, without downloading it",
    "status": "show coverage and verdict of each week and feed",
    "export": "write the aggregates of a week as Parquet, at any revision",
    "settings": "check the settings, and print those in force",
    "import-published": "import figures of earlier reports, for years without dumps",
    "quarantine": "list, show or release quarantined rows",
    "tidy": "remove what killed runs left behind",
    "decode": "print the flows of nfcapd files as columns",
    "simulate": "write the dumps of a simulated provider, with the truth beside them",
}


def module_of(command: str) -> str:
    """The module of a command."""
    # No module can be called by a keyword of Python.
    return "try_source" if command == "try" else command.replace("-", "_")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Returns:
        Its exit status: 0 done; 1 refused, or a fault of input; 2 wrong usage; 3 a fault of the
        machine: disk, memory, permissions, network. For all but 0 one line states the reason.
    """
    given = sys.argv[1:] if arguments is None else arguments
    try:
        args = _parser(given).parse_args(given)
        command: Callable[[argparse.Namespace], int] = args.command
        status = command(args)
        # Here, because at exit Python itself would report a full disk behind the output.
        sys.stdout.flush()
        return status
    except BrokenPipeError:
        # The reader of our output is gone; what is still buffered must not fail at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        print("longflow: interrupted", file=sys.stderr)
        return 130
    except BaseException as error:
        return ending(error)


def _parser(given: Sequence[str]) -> argparse.ArgumentParser:
    parser = OneLineParser(
        prog="longflow",
        description="From a provider's collector dumps to printed long-term traffic statistics.",
    )
    parser.add_argument("--version", action="version", version=f"longflow {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    # Only the chosen one is imported, so that all start fast.
    chosen = next((word for word in given if not word.startswith("-")), None)
    for name, purpose in COMMANDS.items():
        one = commands.add_parser(name, help=purpose)
        if name == chosen:
            module = import_module(f"longflow.commands.{module_of(name)}")
            module.add_arguments(one)
            one.set_defaults(command=module.run)
    return parser


if __name__ == "__main__":
    sys.exit(main())
