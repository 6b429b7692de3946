"""The command `longflow simulate`."""

from __future__ import annotations

import argparse
import dataclasses
import sys
import time
from pathlib import Path

from longflow.simulator.faults import ALL, FAULTS
from longflow.simulator.provider import Provider, SimulatorError, parse_monday, read_settings

# Option, parameter of the provider, help text.
OPTIONS = (
    ("--interval", "sampling_interval", "one packet in this many is sampled; 1: all, unsampled"),
    ("--pppoe-contracts", "pppoe_contracts", "PPPoE lines in June 2024"),
    ("--ipoe-contracts", "ipoe_contracts", "IPoE lines in June 2024"),
    ("--mobile-numbers", "mobile_numbers", "mobile numbers in June 2024"),
    ("--pppoe-flows", "pppoe_flows_per_week", "true flows of a PPPoE line in a week, on average"),
    ("--mobile-flows", "mobile_flows_per_week", "true flows of a number in a week, on average"),
    ("--slot-minutes", "slot_minutes", "minutes covered by one nfcapd file"),
    (
        "--grace-hours",
        "grace_hours",
        "hours of collecting a dump after its week has ended",
    ),
    ("--seed", "seed", "the same seed gives the same bytes"),
)
DEFAULT_SETTINGS = Path("longflow.toml")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `longflow simulate` to a parser."""
    parser.add_argument("--landing", type=Path, required=True, metavar="DIR", help="landing tree")
    parser.add_argument(
        "--truth", type=Path, required=True, metavar="DIR", help="where to write the truth"
    )
    parser.add_argument(
        "--settings",
        type=Path,
        metavar="FILE",
        help="file whose [simulator] section sets the defaults below (longflow.toml if it exists)",
    )
    parser.add_argument(
        "--week", nargs="+", default=None, metavar="MONDAY", help="weeks with all feeds"
    )
    parser.add_argument(
        "--counters-week",
        nargs="+",
        default=None,
        metavar="MONDAY",
        help="weeks with counters only",
    )
    defaults = Provider()
    for option, name, text in OPTIONS:
        parser.add_argument(
            option,
            dest=name,
            type=int,
            metavar="N",
            help=f"{text} ({getattr(defaults, name)})",
        )
    parser.add_argument(
        "--fault",
        dest="faults",
        action="append",
        default=[],
        metavar="NAME",
        help=f"plant a fault in each week with all feeds; repeat for more: {', '.join(FAULTS)}; "
        f"or {ALL}: those that can be combined",
    )
    parser.add_argument(
        "--jobs", type=int, default=2, metavar="N", help="weeks at a time (%(default)s)"
    )


def run(args: argparse.Namespace) -> int:
    """Create the weeks that the arguments or the settings name.

    Returns:
        Exit status: 0; 1 or, for a fault of the disk, 3 after one line on standard error.
    """
    try:
        return _run(args)
    except SimulatorError as error:
        print(f"longflow simulate: {error}", file=sys.stderr)
    except OSError as error:
        print(
            f"longflow simulate: {error.filename}: cannot be written ({error.strerror}); "
            "choose another --landing or --truth",
            file=sys.stderr,
        )
        return 3
    return 1


def _run(args: argparse.Namespace) -> int:
    begun = time.monotonic()
    settings_file = args.settings
    if settings_file is None and DEFAULT_SETTINGS.is_file():
        settings_file = DEFAULT_SETTINGS
    settings = read_settings(settings_file)
    given = {name: getattr(args, name) for _, name, _ in OPTIONS if getattr(args, name) is not None}
    provider = dataclasses.replace(settings.provider, **given, faults=tuple(args.faults))
    weeks, counters_weeks = settings.weeks, settings.counters_weeks
    if args.week is not None or args.counters_week is not None:
        weeks = tuple(parse_monday(one, "--week") for one in args.week or ())
        counters_weeks = tuple(
            parse_monday(one, "--counters-week") for one in args.counters_week or ()
        )
    if not weeks and not counters_weeks:
        raise SimulatorError("no week is named; name Mondays with --week, or in [simulator] weeks")
    if args.jobs < 1:
        raise SimulatorError(f"--jobs: {args.jobs} is less than 1; give at least 1")

    # Arrays and tables take a second to import, which other commands should not pay for.
    from longflow.simulator.simulate import simulate  # noqa: PLC0415

    def progress(line: str) -> None:
        print(f"{time.monotonic() - begun:5.0f} s  {line}", flush=True)

    simulate(provider, weeks, counters_weeks, args.landing, args.truth, args.jobs, progress)
    return 0
