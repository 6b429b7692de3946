"""The commands that faults strike, and the installations in which they run, prepared once."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from longflow import cli
from longflow.simulator.provider import Provider

from tests.end_to_end.conftest import Site, new_site

MONDAY = date(2024, 6, 3)
# The weeks that touch June: the edition's growth needs them.
JUNE = tuple(date(2024, 5, 27) + timedelta(weeks=n) for n in range(5))

_PROVIDER = Provider(
    sampling_interval=1, pppoe_contracts=5, ipoe_contracts=5, mobile_numbers=10, seed=11
)
_EDITION = """
[editions.2024]
title = "A year"
base_month = "2024-06"
formats = []
minimum_subscribers = 1
analysis_weeks = { 2024 = 2024-06-03 }
"""
_FIGURES = (
    "table,year,direction,column,value\n"
    "table-1,2007,in,mean_mb,{value}\ntable-1,2008,in,mean_mb,490\n"
)
_LATE = Path("var", "landing", "flows", "mobile-core", str(MONDAY), "nfcapd.202406050900")


@dataclass(frozen=True)
class Command:
    """A command and its installation, a folder with the same name.

    Attributes:
        name: its name on the page.
        arguments: arguments of the command line apart from the settings.
        prepare: makes its installation in an empty folder, from the folder of the others.
        after: the command whose installation is its starting point.
        weight: how often it is struck, relative to the others.
        repeated: exit statuses of a second run after a successful one.
    """

    name: str
    arguments: tuple[str, ...]
    prepare: Callable[[Path, Path], None]
    after: str = "ingest"
    weight: int = 1
    repeated: tuple[int, ...] = (0,)

    def run(self, folder: Path) -> int:
        """Run it in a folder; return its exit status."""
        return run(Site(folder), *self.arguments)


def run(site: Site, *arguments: str) -> int:
    """Run a command line in an installation; return its exit status."""
    words = [word.replace("{folder}", str(site.folder)) for word in arguments]
    # The subcommand of `quarantine` accepts the settings, the command itself does not.
    head = 2 if words[0] == "quarantine" else 1
    return cli.main(
        [*words[:head], "--settings", str(site.folder / "longflow.toml"), *words[head:]]
    )


def _done(site: Site, *arguments: str) -> None:
    status = run(site, *arguments)
    if status != 0:
        raise SystemExit(f"preparing: {' '.join(arguments)} ended with status {status}")


def _fresh(folder: Path, _: Path) -> None:
    """Dumps of a week, and no archive yet."""
    site = new_site(folder, _PROVIDER, MONDAY)
    text = site.folder / "longflow.toml"
    kept = re.sub(r"(?s)\n\[editions\..*", "\n", text.read_text(encoding="utf-8"))
    text.write_text(kept + _EDITION, encoding="utf-8")
    shutil.rmtree(folder / "var" / "truth")


def _again(folder: Path, others: Path) -> None:
    """A loaded week with one late file."""
    site = Site(shutil.copytree(others / "ingest", folder, dirs_exist_ok=True))
    late = folder / _LATE
    sums = late.with_name("SHA256SUMS")
    kept = sums.read_text(encoding="utf-8")
    aside = late.rename(folder / "late")
    named = [line for line in kept.splitlines(keepends=True) if late.name not in line]
    sums.write_text("".join(named), encoding="utf-8")
    _done(site, "ingest", "--first", str(MONDAY))
    aside.rename(late)
    sums.write_text(kept, encoding="utf-8")


def _published(folder: Path, others: Path) -> None:
    """A released edition, before figures of earlier years are imported."""
    from longflow.simulator.simulate import simulate  # noqa: PLC0415 - as the command itself does

    site = Site(shutil.copytree(others / "ingest", folder, dirs_exist_ok=True))
    _done(site, "ingest", "--first", str(MONDAY))
    weeks = [week for week in JUNE if week != MONDAY]
    simulate(_PROVIDER, [], weeks, site.landing, folder / "var" / "truth")
    shutil.rmtree(folder / "var" / "truth")
    _done(site, "ingest", "--first", f"{JUNE[0]}", "--last", f"{JUNE[-1]}", "--feeds", "counters")
    _done(site, "publish", "--edition", "2024")
    figures = folder / "figures.csv"
    figures.write_text(_FIGURES.format(value=436), encoding="utf-8")
    _done(site, "import-published", "{folder}/figures.csv")
    shutil.rmtree(site.landing)


def _imported(folder: Path, others: Path) -> None:
    """Imported figures, one of them wrong."""
    shutil.copytree(others / "publish", folder, dirs_exist_ok=True)
    (folder / "figures.csv").write_text(_FIGURES.format(value=437), encoding="utf-8")


def _quarantined(folder: Path, others: Path) -> None:
    """A week loaded with a truncated file, and a setting that accepts its rows."""
    site = Site(shutil.copytree(others / "ingest", folder, dirs_exist_ok=True))
    cut = folder / _LATE
    cut.write_bytes(cut.read_bytes()[:-20])
    cut.with_name("SHA256SUMS").unlink()
    settings = folder / "longflow.toml"
    text = settings.read_text(encoding="utf-8") + "\n[validation]\nbroken_files_max_share = 0.05\n"
    settings.write_text(text, encoding="utf-8")
    _done(site, "ingest", "--first", str(MONDAY))
    more = '\n[validation.severity]\n"staging.broken_file" = "warn"\n'
    settings.write_text(text + more, encoding="utf-8")


COMMANDS = (
    Command("ingest", ("ingest", "--first", str(MONDAY)), _fresh, weight=2),
    Command("ingest again", ("ingest", "--first", str(MONDAY)), _again),
    Command("publish", ("publish", "--edition", "2024"), _published, weight=2),
    Command(
        "import-published",
        ("import-published", "{folder}/figures.csv"),
        _imported,
        after="publish",
        weight=2,
    ),
    Command(
        "quarantine release",
        ("quarantine", "release", "--week", str(MONDAY), "--feed", "flows"),
        _quarantined,
        # After the release, another judgement has nothing to release.
        repeated=(0, 1),
    ),
)
