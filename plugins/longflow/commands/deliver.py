"""`longflow deliver`: releases to the places of the settings."""

from __future__ import annotations

import argparse

from longflow.commands import arguments
from longflow.deliver import Delivered, deliver, raise_failures, targets_named
from longflow.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Define the command's arguments."""
    parser.description = (
        "Copy the releases that the places of [[deliver]] lack, then latest.json. Publishing does "
        "so too; this repeats a delivery that failed."
    )
    arguments.add_settings(parser)
    parser.add_argument("--to", metavar="NAME", help="only this place (default: all)")


def run(args: argparse.Namespace) -> int:
    """Deliver, and print what each place was given; the exit status."""
    settings = Settings.load(args.settings)
    delivered = deliver(settings, targets_named(settings, args.to))
    report(delivered)
    return 0


def after_publication(settings: Settings) -> None:
    """Deliver what has come into force, if the settings name places."""
    if settings.deliver:
        report(deliver(settings, settings.deliver))


def report(delivered: list[Delivered]) -> None:
    """Print what each place was given; raise what failed."""
    for one in delivered:
        if one.failed is None:
            print(one)
    raise_failures(delivered)
