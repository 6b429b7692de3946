"""`longflow verify`: a release compared with the archive."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from longflow.commands import arguments
from longflow.release import verify
from longflow.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Define the command's arguments."""
    arguments.add_settings(parser)
    parser.add_argument(
        "release", type=arguments.path, metavar="RELEASE", help="folder of the release"
    )


def run(args: argparse.Namespace) -> int:
    """Verify a release and print what was compared; the exit status: 1 if something differs."""
    verified = verify(Settings.load(args.settings), Path(args.release))
    for problem in verified.problems:
        print(f"longflow: {problem}", file=sys.stderr)
    for line in verified.compared:
        print(f"compared: {line}")
    for line in verified.not_held:
        print(f"not checked: {line}")
    print(f"signed: {verified.signed}" if verified.signed != "unsigned" else "not signed")
    if not verified.problems:
        what = "what could be checked agrees" if verified.not_held else "everything agrees"
        print(f"{args.release}: {what}")
    return 1 if verified.problems else 0
