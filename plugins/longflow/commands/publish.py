"""`longflow publish`: an edition as a release, verified and in force."""

from __future__ import annotations

import argparse
import sys

from longflow import release
from longflow.commands import arguments
from longflow.commands.deliver import after_publication
from longflow.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Define the command's arguments."""
    parser.description = (
        "Compile an edition, verify it and put it in force. A release that fails verification is "
        "set aside with the reason, and the previous one stays in force."
    )
    arguments.add_settings(parser)
    parser.add_argument("--edition", required=True, type=arguments.year, metavar="YEAR")
    parser.add_argument(
        "--accept-changes",
        type=arguments.reason,
        metavar="REASON",
        help="release although values of closed years moved beyond their error, and record why",
    )


def run(args: argparse.Namespace) -> int:
    """Publish an edition and print the path of its release; the exit status."""
    settings = Settings.load(args.settings)
    published = release.publish(settings, args.edition, args.accept_changes)
    not_held = published.verified.not_held if published.verified else ()
    for line in (*published.said, *not_held):
        print(f"longflow: {line}", file=sys.stderr)
    if published.unsigned:
        print(f"{published.path} (not in force: it needs a signature, see longflow sign)")
    elif published.created:
        print(published.path)
    elif published.returned:
        print(f"{published.path} (in force again: this content was released already)")
    else:
        print(f"{published.path} (unchanged: this content was released already)")
    after_publication(settings)
    return 0
