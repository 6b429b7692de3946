"""The command line, `longflow …`: the same steps as the DAGs, one clear line for every error."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from longflow import __version__, cli_arguments
from longflow.cli_arguments import OneLineParser, whole
from longflow.errors import LongflowError
from longflow.faults import machine_fault
from longflow.owners import token

if TYPE_CHECKING:
    from longflow.settings import Settings
    from longflow.steps import Batch

Command = Callable[[argparse.Namespace], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Returns:
        Its exit status: 0 done; 1 refused, or a fault of input; 2 wrong usage; 3 a fault of the
        machine: disk, memory, permissions, network. For 1 and 3 there is a line that tells it.
    """
    args = _parser().parse_args(arguments)
    command: Command = args.command
    try:
        status = command(args)
        # Here, because at exit a full disk behind the output would be told by Python itself.
        sys.stdout.flush()
        return status
    except LongflowError as error:
        for line in error.lines:
            print(f"longflow: {line}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        # Whoever read our output has gone; what is still buffered must not fail at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        print("longflow: interrupted", file=sys.stderr)
        return 130
    except BaseException as error:
        fault = machine_fault(error)
        if fault is None:
            raise
        print(f"longflow: {fault}", file=sys.stderr)
        return 3


def _parser() -> argparse.ArgumentParser:
    parser = OneLineParser(
        prog="longflow",
        description="From a provider's collector dumps to printed long-term traffic statistics.",
    )
    parser.add_argument("--version", action="version", version=f"longflow {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    ingest = commands.add_parser(
        "ingest",
        help="take weeks in: fetch, stage, judge, load",
        description="Fetch the dumps of weeks, judge them, and load what was accepted.",
    )
    _settings_argument(ingest)
    ingest.add_argument("--first", required=True, metavar="MONDAY", help="first week, YYYY-MM-DD")
    ingest.add_argument("--last", metavar="MONDAY", help="last week (default: the first)")
    ingest.add_argument(
        "--feeds",
        type=cli_arguments.feeds,
        metavar="FEED,…",
        help="only these, comma-separated (default: all)",
    )
    ingest.add_argument("--dry-run", action="store_true", help="judge, but load nothing")
    ingest.add_argument(
        "--accept",
        type=cli_arguments.reason,
        metavar="REASON",
        help="take in revisions that hold less than the load they replace, and record why",
    )
    ingest.set_defaults(command=_ingest)

    publish = commands.add_parser(
        "publish",
        help="publish an edition as a release",
        description="Compile an edition, verify it and put it in force. What does not verify stays "
        "aside with its reason, and what was in force stays so.",
    )
    _settings_argument(publish)
    publish.add_argument("--edition", required=True, type=cli_arguments.year, metavar="YEAR")
    publish.add_argument(
        "--accept-changes",
        type=cli_arguments.reason,
        metavar="REASON",
        help="release although values of closed years moved beyond their error, and record why",
    )
    publish.set_defaults(command=_publish)

    verify = commands.add_parser(
        "verify", help="compare every file of a release with what the archive gives"
    )
    _settings_argument(verify)
    verify.add_argument(
        "release", type=cli_arguments.path, metavar="RELEASE", help="folder of the release"
    )
    verify.set_defaults(command=_verify)

    sign = commands.add_parser(
        "sign",
        help="sign a release, or take its signature in",
        description="Verify a release and put a signature of its SHA256SUMS, in minisign's format, "
        "beside it. Where the settings demand signatures, it is in force from then on.",
    )
    _settings_argument(sign)
    sign.add_argument("release", metavar="RELEASE", help="folder of the release")
    what = sign.add_mutually_exclusive_group(required=True)
    what.add_argument("--key", metavar="FILE", help="secret key that minisign -G wrote")
    what.add_argument(
        "--signature", metavar="FILE", help="what minisign -S wrote elsewhere of SHA256SUMS"
    )
    sign.set_defaults(command=_sign)

    check = commands.add_parser(
        "check",
        help="is every file of the archive as it was written",
        description="Hold the catalogue and every data file of the archive against the digests "
        "that were taken when they were written. Of each damaged file it says what is wrong, which "
        "revisions and releases read it, and what mends it.",
    )
    _settings_argument(check)
    check.set_defaults(command=_check)

    status = commands.add_parser("status", help="weeks × feeds: coverage and verdict")
    _settings_argument(status)
    status.add_argument("--week", metavar="MONDAY", help="everything found about this week")
    status.add_argument(
        "--revision",
        type=whole(1),
        metavar="N",
        help="of an earlier revision (default: the newest)",
    )
    status.set_defaults(command=_status)

    export = commands.add_parser(
        "export",
        help="the aggregates of a week as Parquet, also of an earlier revision",
        description="Write the archive's rows of a week, a Parquet file a table. Every revision "
        "left a snapshot, which longflow status --week tells.",
    )
    _settings_argument(export)
    export.add_argument("--week", required=True, metavar="MONDAY")
    export.add_argument("--snapshot", type=whole(0), metavar="N", help="default: the newest")
    export.add_argument("--output", required=True, type=cli_arguments.path, metavar="FOLDER")
    export.set_defaults(command=_export)

    _settings_parser(commands)
    _published_parser(commands)
    _quarantine_parser(commands)
    _tidy_parser(commands)
    _decode_parser(commands)
    _simulate_parser(commands)
    return parser


def _settings_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--settings",
        metavar="FILE",
        help="settings file (default: LONGFLOW_SETTINGS, else longflow.toml here)",
    )


def _settings_parser(commands: argparse._SubParsersAction[OneLineParser]) -> None:
    from longflow import settings_command

    parser = commands.add_parser(
        "settings",
        help="check the settings, and print what is in force",
        description="Check the whole settings file. Print every setting, its value and the line "
        "that it comes from, or else its default; of URLs nothing that may be secret.",
    )
    _settings_argument(parser)
    settings_command.add_arguments(parser)
    parser.set_defaults(command=settings_command.run)


def _published_parser(commands: argparse._SubParsersAction[OneLineParser]) -> None:
    parser = commands.add_parser(
        "import-published",
        help="take in figures of earlier reports, of years without dumps",
        description="FILE is a CSV in UTF-8 with a header: the key columns of the table (year, "
        "direction, service, level, protocol, port, top_percent, measure, from, to), and its value "
        "columns by their names, or `column` and `value`, a figure a row. Parts of the key may "
        "stand in names of value columns: in_mean_mb, 2020, top_1_percent_share. `label` and "
        "`note` (a footnote) where there are; `table` for figures of several tables. An empty cell "
        "is not known. A file replaces what was imported of the tables and years that it names.",
    )
    _settings_argument(parser)
    parser.add_argument("file", type=cli_arguments.path, metavar="FILE")
    parser.add_argument("--table", metavar="ID", help="the table, where the columns fit several")
    parser.add_argument(
        "--anew",
        action="store_true",
        help="give up everything that was imported before, also where its files are damaged",
    )
    parser.set_defaults(command=_import_published)


def _quarantine_parser(commands: argparse._SubParsersAction[OneLineParser]) -> None:
    from longflow import quarantine_command

    parser = commands.add_parser("quarantine", help="what was refused: list, show, release")
    quarantine_command.add_arguments(parser)
    parser.set_defaults(command=lambda args: quarantine_command.run(args, _ingest_week))


def _tidy_parser(commands: argparse._SubParsersAction[OneLineParser]) -> None:
    parser = commands.add_parser(
        "tidy",
        help="remove what runs left behind that were killed",
        description="Remove workspaces of runs that will not come back, files of the archive that "
        "writers left, and what was put aside for processes that are gone. Nothing goes that a "
        "live run may use. Each run does so for its own weeks.",
    )
    _settings_argument(parser)
    parser.add_argument("--dry-run", action="store_true", help="only say what would go")
    parser.set_defaults(command=_tidy)


def _decode_parser(commands: argparse._SubParsersAction[OneLineParser]) -> None:
    from longflow.staging.nfcapd import decode

    parser = commands.add_parser("decode", help="print the flows of nfcapd files as columns")
    decode.add_arguments(parser)
    parser.set_defaults(command=decode.run)


def _simulate_parser(commands: argparse._SubParsersAction[OneLineParser]) -> None:
    from longflow.simulator import command

    parser = commands.add_parser("simulate", help="make a provider's dumps with known truth")
    command.add_arguments(parser)
    parser.set_defaults(command=command.run)


def _ingest(args: argparse.Namespace) -> int:
    from longflow.settings import Settings

    settings = Settings.load(args.settings)
    return _ingest_weeks(
        settings, args.first, args.last, args.feeds, dry_run=args.dry_run, accept_reason=args.accept
    )


def _ingest_week(settings: Settings, monday: str) -> int:
    return _ingest_weeks(settings, monday, None, None, dry_run=False)


def _ingest_weeks(
    settings: Settings,
    first: str,
    last: str | None,
    feeds: list[str] | None,
    *,
    dry_run: bool,
    accept_reason: str | None = None,
) -> int:
    from longflow import steps

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
        # The next run has another name: nothing of this one is of use to it.
        steps.give_up(settings, batches)
    return 1 if any(refused) else 0


def _ingest_batch(settings: Settings, batch: Batch) -> bool:
    """Take a batch in, and say what became of it; whether anything was refused."""
    from longflow import steps

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


def _import_published(args: argparse.Namespace) -> int:
    from longflow import published_command

    return published_command.run(args)


def _publish(args: argparse.Namespace) -> int:
    from longflow.release import publish
    from longflow.settings import Settings

    release = publish(Settings.load(args.settings), args.edition, args.accept_changes)
    for line in (*release.said, *(release.verified.not_held if release.verified else ())):
        print(f"longflow: {line}", file=sys.stderr)
    if release.unsigned:
        print(f"{release.path} (not in force: it waits for its signature, longflow sign)")
    elif release.created:
        print(release.path)
    elif release.returned:
        print(f"{release.path} (in force again: this content was released already)")
    else:
        print(f"{release.path} (unchanged: this content was released already)")
    return 0


def _tidy(args: argparse.Namespace) -> int:
    from longflow import tidy_command

    return tidy_command.run(args)


def _verify(args: argparse.Namespace) -> int:
    from pathlib import Path

    from longflow.release import verify
    from longflow.settings import Settings

    verified = verify(Settings.load(args.settings), Path(args.release))
    for problem in verified.problems:
        print(f"longflow: {problem}", file=sys.stderr)
    for line in verified.compared:
        print(line)
    for line in verified.not_held:
        print(f"not held: {line}")
    print(f"signed: {verified.signed}" if verified.signed != "unsigned" else "not signed")
    if not verified.problems:
        what = "what could be held agrees" if verified.not_held else "everything agrees"
        print(f"{args.release}: {what}")
    return 1 if verified.problems else 0


def _sign(args: argparse.Namespace) -> int:
    from longflow import sign_command

    return sign_command.run(args)


def _check(args: argparse.Namespace) -> int:
    from longflow.check_command import check
    from longflow.settings import Settings

    return check(Settings.load(args.settings))


def _status(args: argparse.Namespace) -> int:
    from rich.console import Console

    from longflow.settings import Settings

    settings = Settings.load(args.settings)
    # A pipe gets lines as wide as they are, a terminal its own width.
    console = Console(width=None if sys.stdout.isatty() else 140, soft_wrap=True)
    if args.revision is not None and args.week is None:
        raise LongflowError("--revision is of a week", remedy="name it with --week")
    if args.week is not None:
        from longflow.week_status import print_week

        return print_week(settings, args.week, args.revision, console)
    from longflow.week_status import print_weeks

    return print_weeks(settings, console)


def _export(args: argparse.Namespace) -> int:
    from pathlib import Path

    from longflow.archive.export import export_week
    from longflow.settings import Settings
    from longflow.week import Week

    settings = Settings.load(args.settings)
    week = Week.parse(args.week, settings.zone)
    written = export_week(settings, week, Path(args.output), snapshot=args.snapshot)
    for path, rows in written.items():
        print(f"{path}  {rows:,} rows")
    return 0


if __name__ == "__main__":
    sys.exit(main())
