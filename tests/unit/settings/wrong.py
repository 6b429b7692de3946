"""A wrong settings file: its text, and the line that reports it."""

from __future__ import annotations

from typing import NamedTuple


class Wrong(NamedTuple):
    """Settings that are wrong: TOML, the line of the file, the setting, and what is said of it."""

    text: str
    line: int | None
    setting: str | None
    said: str


PROVIDER = '[provider]\nname = "Test"\ntime_zone = "Asia/Tokyo"\n'
SOURCE = '[[sources]]\nname = "east"\nfeed = "flows"\nservice = "broadband"\nformat = "csv"\n'
RADIUS = '[[sources]]\nname = "radius"\nfeed = "assignments"\nformat = "csv"\n'
USAGE = '[[sources]]\nname = "cdr"\nfeed = "usage"\nservice = "mobile"\nformat = "csv"\n'
COUNTERS = '[[sources]]\nname = "snmp"\nfeed = "counters"\nformat = "csv"\n'
NFCAPD = SOURCE.replace("csv", "nfcapd")
EDITION = (
    '[editions.2024]\ntitle = "Test"\n'
    "[editions.2024.analysis_weeks]\n2023 = 2023-05-29\n2024 = 2024-06-03\n"
)


def at_top(text: str, *said: str) -> Wrong:
    """A setting in the first line, before any section."""
    return Wrong(f"{text}\n{PROVIDER}{SOURCE}", 1, *said)


def in_source(text: str, *said: str, source: str = SOURCE) -> Wrong:
    """A setting at the end of the only source."""
    before = f"{PROVIDER}{source}"
    return Wrong(f"{before}{text}\n", before.count("\n") + 1, *said)


def in_section(section: str, text: str, *said: str) -> Wrong:
    """A setting in the first line of another section."""
    before = f"{PROVIDER}{SOURCE}[{section}]\n"
    return Wrong(f"{before}{text}\n", before.count("\n") + 1, *said)


def in_edition(text: str, *said: str) -> Wrong:
    """A setting of an edition, above its weeks."""
    return in_section("editions.2024", text + "\n" + EDITION.partition("\n")[2], *said)


def weeks(text: str, *said: str) -> Wrong:
    """Analysis weeks of an edition."""
    before = f'{PROVIDER}{SOURCE}[editions.2024]\ntitle = "Test"\n[editions.2024.analysis_weeks]\n'
    return Wrong(f"{before}{text}\n", before.count("\n") + 1, *said)


HUGE = "1" + "0" * 30
BREAK = 'first = 2024-06-10\nreason = "x"\n'
