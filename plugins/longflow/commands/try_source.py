"""`longflow try`: one file of a source, as longflow reads it, before anything is loaded."""

from __future__ import annotations

import argparse
import os
import re
import sys
from pathlib import Path

from longflow.commands import arguments
from longflow.errors import WrongUsageError
from longflow.settings import Feed, Settings
from longflow.settings.reading import VARIABLE
from longflow.trial.page import page
from longflow.trial.trial import Asked, before_sources, section_of, tried, without_settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Define the command's arguments."""
    parser.description = (
        "Read one file of a source and show how longflow understands it: its format, the first "
        "rows, what cannot be read and why, what it adds up to, and the section of the settings "
        "that reads it. Nothing is loaded. Names, logins and addresses are not shown."
    )
    arguments.add_settings(parser)
    parser.add_argument(
        "source",
        nargs="?",
        metavar="SOURCE",
        type=arguments.path,
        help="a source of the settings; its last file but one is fetched, because the last may "
        "still be written",
    )
    parser.add_argument(
        "file", nargs="?", metavar="FILE", type=arguments.path, help="a file to read in its place"
    )
    parser.add_argument(
        "--feed",
        choices=[feed.value for feed in Feed],
        help="the feed of a file that no source delivers yet",
    )
    parser.add_argument(
        "--time-zone",
        metavar="ZONE",
        help="time zone of the clock, for a file that no source delivers yet (default: the "
        "provider's, else UTC)",
    )
    parser.add_argument(
        "--show-values", action="store_true", help="also show names, logins and addresses"
    )


def run(args: argparse.Namespace) -> int:
    """Try a file; the exit status: 0 if it can be loaded as it is, else 1.

    Raises:
        LongflowError: there is no such source or file, or it is none that longflow reads.
    """
    with tried(_asked(args)) as trial:
        print("\n".join(page(trial, show_values=args.show_values)))
        sys.stdout.flush()
        refusals = trial.refusals
        if refusals:
            more = f" (and {len(refusals) - 1} more)" if len(refusals) > 1 else ""
            print(f"longflow: {refusals[0]}{more}", file=sys.stderr)
        return 1 if refusals else 0


def _asked(args: argparse.Namespace) -> Asked:
    words = [word for word in (args.source, args.file) if word is not None]
    if not words:
        raise WrongUsageError(
            "names neither a source nor a file",
            remedy="longflow try SOURCE [FILE], or longflow try --feed FEED FILE",
        )
    settings = _settings(args)
    names = {source.name for source in settings.sources} if settings else set[str]()
    is_new = len(words) == 1 and words[0] not in names and _looks_like_a_file(words[0], args)
    if not is_new:
        if settings is None:
            # Says which file is missing.
            settings = Settings.load(args.settings)
        file = Path(words[1]) if len(words) == 2 else None
        if args.time_zone:
            raise WrongUsageError(
                "--time-zone is for files without a source", remedy="set time_zone of the source"
            )
        return Asked(settings, section_of(settings, words[0], args.feed), file, is_new=False)
    own = {"name": _name_of(Path(words[0]))}
    if args.feed:
        own["feed"] = args.feed
    if args.time_zone:
        # The section says so, too: the provider's clock may be another one.
        own["time_zone"] = args.time_zone
    if settings is None:
        settings = without_settings(args.time_zone or "UTC")
    return Asked(settings, own, Path(words[0]), is_new=True)


def _settings(args: argparse.Namespace) -> Settings | None:
    """The settings; None if there is no file yet and nobody named one."""
    named = args.settings is not None or VARIABLE in os.environ
    if not named and not Path("longflow.toml").exists():
        return None
    return before_sources(args.settings) or Settings.load(args.settings)


def _looks_like_a_file(word: str, args: argparse.Namespace) -> bool:
    return bool(args.feed) or "/" in word or "." in word or Path(word).exists()


def _name_of(file: Path) -> str:
    """A name for a source, from a file's: its first letters."""
    found = re.match(r"[A-Za-z][A-Za-z-]*[A-Za-z]", file.name.partition(".")[0])
    return found[0].lower() if found else "source-1"
