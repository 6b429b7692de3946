"""`longflow listing`: which slots of a week are there, by listings alone."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table

from longflow.amounts import counted
from longflow.commands import arguments
from longflow.delivered import delivered
from longflow.landing.listing import SourceListing
from longflow.settings import Settings
from longflow.settings.feeds import feeds_named
from longflow.spans import Span, merged, minute
from longflow.week import Week

_NAMED = 5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Define the command's arguments."""
    parser.description = (
        "List what sources have delivered of a week, and what is missing, new or changed since "
        "the week was last loaded. Nothing is downloaded. The exit status is 1 unless every slot "
        "is there."
    )
    arguments.add_settings(parser)
    parser.add_argument("--week", required=True, metavar="MONDAY", help="the week, YYYY-MM-DD")
    parser.add_argument(
        "--feeds",
        type=arguments.feeds,
        metavar="FEED,…",
        help="only these feeds, comma-separated (default: all)",
    )
    parser.add_argument("--files", action="store_true", help="name every file")


def run(args: argparse.Namespace) -> int:
    """Print what has been delivered; the exit status: 1 unless every slot is there."""
    settings = Settings.load(args.settings)
    week = Week.parse(args.week, settings.zone)
    listed = delivered(settings, week, feeds_named(args.feeds))
    # A pipe gets lines in full, a terminal gets its own width.
    console = Console(width=None if sys.stdout.isatty() else 140, soft_wrap=True)
    if args.files:
        console.print(_files(listed, settings.zone))
    console.print(_sources(listed, settings.zone))
    for one in listed:
        for line in _lines(one, week):
            console.print(f"{one.feed} {one.source}: {line}", markup=False, highlight=False)
    problems = [one for one in listed if one.problem is not None]
    for one in problems:
        print(f"longflow: {one.feed} {one.source}: {one.problem}", file=sys.stderr)
    return 0 if all(one.is_complete for one in listed) else 1


def _sources(listed: Sequence[SourceListing], zone: ZoneInfo) -> Table:
    table = Table("feed", "source", "slots", "files", "bytes", "last change", "new", "changed")
    for one in listed:
        there = one.expected - len(one.missing) - one.to_come
        sizes = [file.entry.size_bytes for file in one.files]
        known = sum(size for size in sizes if size is not None)
        times = [file.entry.modified_at for file in one.files if file.entry.modified_at]
        table.add_row(
            one.feed.value,
            one.source,
            "–" if one.problem or not one.expected else f"{there:,} of {one.expected:,}",
            f"{len(one.files):,}",
            f"{known:,}" if None not in sizes else f"{known:,} known",
            f"{max(times).astimezone(zone):%Y-%m-%d %H:%M}" if times else "–",
            f"{len(one.names('new')):,}",
            f"{len(one.names('changed')):,}",
        )
    return table


def _lines(one: SourceListing, week: Week) -> list[str]:
    """What a person should know of a source beside its numbers."""
    lines = []
    if one.folders and not one.files:
        more = f" to {one.folders[-1]}" if len(one.folders) > 1 else ""
        lines.append(f"no file of the week in {one.folders[0]}{more}")
    if one.missing:
        gaps = merged(one.missing)
        shown = ", ".join(_gap(gap, week.zone) for gap in gaps[:_NAMED])
        lines.append(f"missing: {shown}{_more(len(gaps))}")
    if one.to_come:
        lines.append(f"{counted(one.to_come, 'slots')} of the week not over yet")
    for what, names in (("changed", one.names("changed")), ("gone", one.gone)):
        if names:
            lines.append(f"{what}: {', '.join(names[:_NAMED])}{_more(len(names))}")
    lines += [f"{finding.file}: {finding.sentence}" for finding in one.findings[:_NAMED]]
    if len(one.findings) > _NAMED:
        lines.append(f"{counted(len(one.findings) - _NAMED, 'names')} more like these")
    return lines


def _gap(gap: Span, zone: ZoneInfo) -> str:
    return f"{minute(gap[0], zone)} to {minute(gap[1], zone)}"


def _more(number: int) -> str:
    return f" and {number - _NAMED:,} more" if number > _NAMED else ""


def _files(listed: Sequence[SourceListing], zone: ZoneInfo) -> Table:
    table = Table("feed", "source", "file", "bytes", "last change", "state")
    for one in listed:
        for file in one.files:
            entry = file.entry
            changed = entry.version or "–"
            if entry.modified_at:
                changed = f"{entry.modified_at.astimezone(zone):%Y-%m-%d %H:%M:%S}"
            size = "–" if entry.size_bytes is None else f"{entry.size_bytes:,}"
            table.add_row(one.feed.value, one.source, entry.name, size, changed, file.state)
    return table
