"""`longflow quarantine list|show|release`: refused rows, the reasons, and taking them in later."""

from __future__ import annotations

import argparse
from collections import Counter

from longflow.amounts import counted
from longflow.archive.lake import open_archive
from longflow.archive.log import latest_attempts
from longflow.commands.arguments import add_settings, whole
from longflow.commands.ingest import ingest
from longflow.errors import LongflowError
from longflow.settings import Feed, Settings
from longflow.validation.quarantine import Kept, counts, kept, kept_of_dry_run, rows
from longflow.week import Week


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Define the command's arguments."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="rows in quarantine, by rule and source")
    listing.add_argument("--week", metavar="MONDAY", help="only this week")
    show = actions.add_parser("show", help="rows of one quarantine, without addresses and names")
    release = actions.add_parser(
        "release",
        help="load a week again after a rule or a setting was changed",
        description="Load a week again as a new revision. Rows that the current rules and "
        "settings accept leave the quarantine; the dumps must still be at their sources.",
    )
    for one in (show, release):
        one.add_argument("--week", required=True, metavar="MONDAY")
        one.add_argument("--feed", required=True, choices=[feed.value for feed in Feed])
    which = show.add_mutually_exclusive_group()
    which.add_argument("--revision", type=whole(1), metavar="N", help="default: the newest")
    which.add_argument(
        "--dry-run", action="store_true", help="rows that the week's last dry run took out"
    )
    show.add_argument("--rule", metavar="ID", help="only rows of this rule")
    show.add_argument("--most", type=whole(1), default=20, metavar="N", help="rows (default: 20)")
    for one in (listing, show, release):
        add_settings(one)


def run(args: argparse.Namespace) -> int:
    """Do what the arguments say; the exit status."""
    settings = Settings.load(args.settings)
    if args.action == "list":
        return _list(settings, args.week)
    if args.action == "show":
        if args.dry_run:
            one = _of_dry_run(settings, args.week, args.feed)
        else:
            one = _chosen(settings, args.week, args.feed, args.revision)
        held = _by_rule(settings, one)
        if args.rule is not None and args.rule not in held:
            raise LongflowError(
                f"none of these rows violates rule '{args.rule}'",
                remedy=f"they violate {', '.join(held)}",
            )
        for row in rows(settings, one, args.rule, args.most):
            print("  ".join(f"{name}={value}" for name, value in row.items()))
        return 0
    return _release(settings, args.week, args.feed)


def _list(settings: Settings, monday: str | None) -> int:
    week = None if monday is None else Week.parse(monday, settings.zone).monday
    shown = [one for one in kept(settings) if week in {None, one.week}]
    for one in shown:
        for rule, source, files, number in counts(settings, one):
            print(
                f"{one.week} {one.feed:<12} r{one.revision:<3} {rule:<32} {source:<16} "
                f"{counted(number, 'rows'):>15} in {counted(files, 'files')}"
            )
    if not shown:
        print("nothing is in quarantine")
    return 0


def _chosen(settings: Settings, monday: str, feed: str, revision: int | None) -> Kept:
    week = Week.parse(monday, settings.zone)
    found = [
        one
        for one in kept(settings)
        if (one.week, one.feed) == (week.monday, feed) and revision in {None, one.revision}
    ]
    if not found:
        raise LongflowError(
            f"no rows of {feed} of week {week} are in quarantine"
            + (f" in revision {revision}" if revision is not None else ""),
            remedy="see longflow quarantine list",
        )
    return found[-1]


def _of_dry_run(settings: Settings, monday: str, feed: str) -> Kept:
    week = Week.parse(monday, settings.zone)
    found = kept_of_dry_run(settings, week, Feed(feed))
    if found is None:
        raise LongflowError(
            f"no dry run took out rows of {feed} of week {week}, or the week was loaded since",
            remedy=f"longflow ingest --first {week} --dry-run",
        )
    return found


def _release(settings: Settings, monday: str, feed: str) -> int:
    held = _by_rule(settings, _chosen(settings, monday, feed, None))
    before = _newest_revision(settings, monday, feed)
    status = ingest(settings, monday)
    after = _newest_revision(settings, monday, feed)
    if after == before:
        raise LongflowError(
            f"nothing was released: the judgement of {feed} of week {monday} is as before",
            file=settings.file,
            place="validation",
            remedy="first change max_share or severity of the rule, or the setting that it applies",
        )
    week = Week.parse(monday, settings.zone).monday
    left: Counter[str] = Counter()
    for one in kept(settings):
        if (one.week, one.feed, one.revision) == (week, feed, after):
            left = _by_rule(settings, one)
    for rule in sorted({*held, *left}):
        print(f"{rule}: {counted(held[rule], 'rows')} in quarantine before, {left[rule]:,} now")
    return status


def _newest_revision(settings: Settings, monday: str, feed: str) -> int:
    week = Week.parse(monday, settings.zone)
    with open_archive(settings, reads={"load_log": [week.monday]}) as archive:
        newest = latest_attempts(archive.connection, week)
    return newest[Feed(feed)].revision if Feed(feed) in newest else 0


def _by_rule(settings: Settings, one: Kept) -> Counter[str]:
    numbers: Counter[str] = Counter()
    for rule, _, _, number in counts(settings, one):
        numbers[rule] += number
    return numbers
