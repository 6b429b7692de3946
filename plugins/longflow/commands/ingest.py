"""`longflow ingest`: takes weeks in, step by step, and reports the result."""

from __future__ import annotations

import argparse
import sys
import time
from datetime import UTC, datetime

from longflow import steps
from longflow.commands import arguments
from longflow.owners import token
from longflow.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Define the command's arguments."""
    parser.description = "Fetch the dumps of weeks, judge them, and load what was accepted."
    arguments.add_settings(parser)
    parser.add_argument("--first", required=True, metavar="MONDAY", help="first week, YYYY-MM-DD")
    parser.add_argument("--last", metavar="MONDAY", help="last week (default: the first)")
    parser.add_argument(
        "--feeds",
        type=arguments.feeds,
        metavar="FEED,…",
        help="only these feeds, comma-separated (default: all)",
    )
    parser.add_argument("--dry-run", action="store_true", help="judge, but load nothing")
    parser.add_argument(
        "--accept",
        type=arguments.reason,
        metavar="REASON",
        help="load revisions that hold less than the load they replace, and record why",
    )


def run(args: argparse.Namespace) -> int:
    """Take weeks in; the exit status: 1 if a feed was refused or held."""
    return ingest(
        Settings.load(args.settings),
        args.first,
        args.last,
        args.feeds,
        dry_run=args.dry_run,
        accept_reason=args.accept,
    )


def ingest(
    settings: Settings,
    first: str,
    last: str | None = None,
    feeds: list[str] | None = None,
    *,
    dry_run: bool = False,
    accept_reason: str | None = None,
) -> int:
    """Take weeks in, in a run of their own; the exit status.

    Raises:
        LongflowError: see `steps.plan`.
    """
    batches = steps.plan(
        settings,
        run_key=f"cli-{datetime.now(UTC):%Y%m%dT%H%M%S}-{token()}",
        first=first,
        last=last,
        feeds=feeds,
        dry_run=dry_run,
        accept_reason=accept_reason,
    )
    try:
        refused = [_ingest_batch(settings, batch) for batch in batches]
    finally:
        # The next run has another name and can use nothing of this one.
        steps.give_up(settings, batches)
    return 1 if any(refused) else 0


def _ingest_batch(settings: Settings, batch: steps.Batch) -> bool:
    """Take a batch in and print the result; whether anything was refused."""
    name = batch.weeks[0] if len(batch.weeks) == 1 else f"{batch.weeks[0]} … {batch.weeks[-1]}"
    for title, step in (
        ("fetch", steps.fetch),
        ("stage", steps.stage),
        ("judge", steps.judge),
        ("load", steps.load),
    ):
        began = time.monotonic()
        step(settings, batch)
        print(f"{name}: {title} {time.monotonic() - began:.1f} s", file=sys.stderr, flush=True)
    conclusion = steps.conclude(settings, batch)
    print("\n".join(conclusion.lines), flush=True)
    for line in conclusion.refusals:
        print(f"longflow: {line}", file=sys.stderr)
    return bool(conclusion.refusals)
