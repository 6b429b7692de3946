"""`longflow status`: the verdicts of all weeks, or every finding about one, down to the file."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table
from rich.text import Text

from longflow.amounts import amounts
from longflow.archive.catalogue import catalogue_exists
from longflow.archive.data_files import Damage
from longflow.archive.lake import open_archive
from longflow.archive.log import Attempt, attempts, findings_of
from longflow.commands import arguments
from longflow.errors import LongflowError
from longflow.records import Finding
from longflow.settings import Feed, Settings
from longflow.spans import minute
from longflow.week import Week

# The worst first; normal findings come last.
_SEVERITIES = ("error", "critical", "hold", "quarantine", "warning", "info")
_FILES_NAMED = 5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Define the command's arguments."""
    arguments.add_settings(parser)
    parser.add_argument("--week", metavar="MONDAY", help="all findings about this week")
    parser.add_argument(
        "--revision",
        type=arguments.whole(1),
        metavar="N",
        help="findings of this revision (default: the newest)",
    )


def run(args: argparse.Namespace) -> int:
    """Print what the archive holds about all weeks, or about one; the exit status."""
    settings = Settings.load(args.settings)
    # A pipe gets lines in full, a terminal gets its own width.
    console = Console(width=None if sys.stdout.isatty() else 140, soft_wrap=True)
    if args.week is not None:
        return _print_week(settings, args.week, args.revision, console)
    if args.revision is not None:
        raise LongflowError("--revision needs --week", remedy="name the week with --week")
    return _print_weeks(settings, console)


def _print_weeks(settings: Settings, console: Console) -> int:
    """Print coverage and verdict of every week and feed; the exit status.

    A week whose log is damaged is left out and named in a line of its own; the status is then 1.
    """
    newest: dict[date, dict[Feed, str]] = {}
    in_force: dict[tuple[date, Feed], int] = {}
    damaged: tuple[Damage, ...] = ()
    if catalogue_exists(settings):
        with open_archive(settings, leave_out_damage_of=["load_log"]) as archive:
            damaged = archive.left_out
            for attempt in attempts(archive.connection):
                shown = f"{attempt.coverage_percent:.1f} % {attempt.verdict}"
                if attempt.loaded:
                    in_force[attempt.week, attempt.feed] = attempt.revision
                elif revision := in_force.get((attempt.week, attempt.feed)):
                    shown += f", revision {revision} in force"
                newest.setdefault(attempt.week, {})[attempt.feed] = shown
    for one in damaged:
        print(f"longflow: {one.error()}", file=sys.stderr)
    if not newest:
        if not damaged:
            print("the archive is empty: no week has been loaded")
        return 1 if damaged else 0
    table = Table("week", *(feed.value for feed in Feed))
    for week in sorted(newest):
        table.add_row(str(week), *(newest[week].get(feed, "–") for feed in Feed))
    console.print(table)
    return 1 if damaged else 0


def _print_week(settings: Settings, monday: str, revision: int | None, console: Console) -> int:
    """Print a week's verdicts and findings; the exit status.

    Raises:
        LongflowError: the week, or that revision of it, was never judged.
    """
    week = Week.parse(monday, settings.zone)
    reads = {table: [week.monday] for table in ("load_log", "finding")}
    with open_archive(settings, reads=reads) as archive:
        log = attempts(archive.connection, week)
        shown = _shown(log, week, revision)
        found = findings_of(archive.connection, week, revision)
    if not shown:
        what = f"week {week}" if revision is None else f"revision {revision} of week {week}"
        raise LongflowError(
            f"{what} is not in the archive", remedy="run longflow status to list those that are"
        )
    in_force = {one.feed: one.revision for one in log if one.week == week.monday and one.loaded}
    console.print(_verdicts(shown, in_force))
    for one in shown:
        if one.accepted_reason:
            console.print(f"{one.feed.value}: accepted: {one.accepted_reason}", markup=False)
    for feed in (attempt.feed for attempt in shown):
        for group in _grouped([f for f in found if f.feed is feed]):
            console.print(_told(group, settings.zone))
    if not found:
        console.print("nothing was found")
    return 0


def _shown(log: Sequence[Attempt], week: Week, revision: int | None) -> list[Attempt]:
    """The newest attempt of each feed of the week, or the one of a revision."""
    of_week = [a for a in log if a.week == week.monday and revision in {None, a.revision}]
    return list({attempt.feed: attempt for attempt in of_week}.values())


def _verdicts(shown: Sequence[Attempt], in_force: Mapping[Feed, int]) -> Table:
    table = Table("feed", "verdict", "revision", "in force", "coverage", *_COUNTS, "snapshot")
    for attempt in shown:
        counts = (getattr(attempt, f"{name.replace(' ', '_')}_rows") for name in _COUNTS)
        table.add_row(
            attempt.feed.value,
            attempt.verdict,
            str(attempt.revision),
            str(in_force.get(attempt.feed, "none")),
            f"{attempt.coverage_percent:.1f} %",
            *(f"{count:,}" for count in counts),
            str(attempt.snapshot),
        )
    return table


_COUNTS = ("delivered", "loaded", "quarantined", "out of week")


def _grouped(findings: Sequence[Finding]) -> list[list[Finding]]:
    """Findings with the same message about several files or times, grouped; the worst first."""
    groups: dict[tuple[str, str, str | None, str], list[Finding]] = {}
    for finding in findings:
        key = (finding.severity, finding.rule, finding.source, finding.sentence)
        groups.setdefault(key, []).append(finding)
    return sorted(groups.values(), key=lambda group: _SEVERITIES.index(group[0].severity))


def _told(group: Sequence[Finding], zone: ZoneInfo) -> Text:
    """A group in two lines: what and how much; its meaning and remedy."""
    one = group[0]
    parts = [one.feed.value if one.source is None else f"{one.feed.value} {one.source}"]
    sums = (sum(f.rows for f in group), sum(f.bytes for f in group), sum(f.count for f in group))
    parts += amounts(*sums, one.unit)
    if files := sorted({f.file for f in group if f.file is not None}):
        named = ", ".join(files[:_FILES_NAMED])
        more = len(files) - _FILES_NAMED
        place = f" {one.place}" if one.place and len(files) == 1 else ""
        parts.append(named + place + (f" and {more} more" if more > 0 else ""))
    starts = [f.start_ms for f in group if f.start_ms is not None]
    if starts:
        ends = [f.end_ms for f in group if f.end_ms is not None] or starts
        parts.append(f"{minute(min(starts), zone)} to {minute(max(ends), zone)}")
    colour = {"info": "dim", "warning": "yellow"}.get(one.severity, "red")
    text = Text(f"{one.severity:<10} ", style=colour)
    text.append(f"{one.rule}", style="bold")
    text.append(f"  {' · '.join(parts)}\n", style="default")
    text.append(f"           {one.sentence}", style="default")
    return text
