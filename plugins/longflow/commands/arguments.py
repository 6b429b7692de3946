"""Arguments that commands share: one line for each wrong argument, before anything runs."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from typing import NoReturn

from longflow.errors import WrongUsageError
from longflow.reasons import checked_reason
from longflow.settings.installation import amount_of_memory
from longflow.settings.section import WrongSettingError
from longflow.week import FIRST_YEAR, LAST_YEAR

# DuckDB's largest BIGINT, the type of snapshot numbers.
_MOST = 2**63 - 1


class OneLineParser(argparse.ArgumentParser):
    """A parser that reports an error in one line, without repeating the usage."""

    def error(self, message: str) -> NoReturn:
        """End with exit status 2."""
        line = " ".join(message.split())
        self.exit(2, f"longflow: {line}; see {self.prog} --help\n")


def whole(least: int, most: int = _MOST) -> Callable[[str], int]:
    """A whole number from `least` to `most`."""

    def parse(text: str) -> int:
        if not re.fullmatch(r"[+-]?\d{1,30}", text.strip(), re.ASCII):
            raise argparse.ArgumentTypeError(f"'{text[:40]}' is not a whole number")
        if not least <= int(text) <= most:
            upper = f" to {most:,}" if most != _MOST else " upwards"
            raise argparse.ArgumentTypeError(f"{text} is not from {least:,}{upper}")
        return int(text)

    return parse


def year(text: str) -> int:
    """The year of an edition."""
    if not re.fullmatch(r"\d{4}", text, re.ASCII) or not FIRST_YEAR <= int(text) <= LAST_YEAR:
        raise argparse.ArgumentTypeError(
            f"'{text[:40]}' is not a year; write one from {FIRST_YEAR} to {LAST_YEAR}"
        )
    return int(text)


def feeds(text: str) -> list[str]:
    """Names of feeds, comma-separated; the plan checks whether they exist."""
    names = [name.strip() for name in text.split(",")]
    if not all(names):
        raise argparse.ArgumentTypeError(
            f"'{text[:40]}' has an empty name; separate feeds by single commas"
        )
    return names


def reason(text: str) -> str:
    """A sentence that is recorded and printed."""
    try:
        return checked_reason(text)
    except WrongUsageError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def memory(text: str) -> str:
    """An amount of memory, as in the settings."""
    try:
        return amount_of_memory(text)
    except WrongSettingError as error:
        problem = error.problems[0]
        raise argparse.ArgumentTypeError(f"{problem.what}; {problem.remedy}") from None


def path(text: str) -> str:
    """The name of a file or folder."""
    if not text.strip():
        raise argparse.ArgumentTypeError("is empty; name a file or folder")
    return text


def add_settings(parser: argparse.ArgumentParser) -> None:
    """The option that names the settings file."""
    parser.add_argument(
        "--settings",
        metavar="FILE",
        help="settings file (default: LONGFLOW_SETTINGS, else longflow.toml here)",
    )
