"""The parameters of the simulated provider, and where they come from."""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from longflow.simulator.errors import SimulatorError
from longflow.simulator.faults import chosen

__all__ = [
    "Provider",
    "SimulatorError",
    "SimulatorSettings",
    "parse_monday",
    "read_settings",
    "section_problems",
]


# Least and most of each number.
RANGES = {
    "seed": (0, 2**32 - 1),
    "sampling_interval": (1, 65536),
    "pppoe_contracts": (1, 500_000),
    "ipoe_contracts": (1, 500_000),
    "mobile_numbers": (1, 5_000_000),
    "slot_minutes": (1, 60),
    "grace_hours": (0, 24),
    "pppoe_flows_per_week": (20, 1_000_000),
    "mobile_flows_per_week": (5, 1_000_000),
}
# Years whose weeks can be simulated; other years are more often typing errors.
YEARS = (1990, 2199)


def _out_of_range(name: str, value: object) -> tuple[str, str] | None:
    """What is wrong with a number, and the remedy; None if it is in its range."""
    least, most = RANGES[name]
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        return f"{_shown(value)} is not a whole number from {least} to {most}", "change it"
    if name == "slot_minutes" and 60 % value != 0:
        return (
            f"{value} does not divide an hour",
            "use 1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30 or 60",
        )
    return None


def _shown(value: object) -> str:
    try:
        text = repr(value)
    except ValueError:
        # Python writes no number of more than 4,300 digits.
        return "a number with thousands of digits"
    return text if len(text) <= 60 else f"{text[:59]}…"


@dataclasses.dataclass(frozen=True)
class Provider:
    """Size and habits of the simulated provider.

    The numbers of lines are those of June 2024; other years have the shares of them that `levels`
    defines.

    Attributes:
        time_zone: IANA name; days, weeks and file names follow it.
        seed: The same seed and parameters give the same bytes.
        sampling_interval: One packet in this many is sampled; 1 means every packet, unsampled.
        pppoe_contracts: PPPoE lines in June 2024.
        ipoe_contracts: IPoE lines in June 2024.
        mobile_numbers: Mobile numbers in June 2024.
        slot_minutes: Minutes that one nfcapd file covers.
        grace_hours: How long after its end the files of a week are still collected.
        pppoe_flows_per_week: True flows of a PPPoE line in a week, before sampling, on average.
        mobile_flows_per_week: The same for a mobile number.
        faults: Faults planted in what is delivered of every week with all feeds, by their names
            in `faults.FAULTS`, or `all`; kept in the order of the catalogue.
    """

    time_zone: str = "Asia/Tokyo"
    seed: int = 1
    sampling_interval: int = 8192
    pppoe_contracts: int = 600
    ipoe_contracts: int = 600
    mobile_numbers: int = 2000
    slot_minutes: int = 60
    grace_hours: int = 6
    pppoe_flows_per_week: int = 500
    mobile_flows_per_week: int = 100
    faults: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse parameters that do not describe a provider.

        Raises:
            SimulatorError: A parameter is out of its range; the line names it and the range.
        """
        try:
            ZoneInfo(self.time_zone)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise SimulatorError(
                f"time_zone: {self.time_zone!r} is not an IANA time zone; write one like Asia/Tokyo"
            ) from error
        for name in RANGES:
            if problem := _out_of_range(name, getattr(self, name)):
                raise SimulatorError(f"{name}: {problem[0]}; {problem[1]}")
        object.__setattr__(self, "faults", chosen(self.faults))

    def parameters(self) -> dict[str, str | int]:
        """All parameters by name, as they go into a week's marker file; faults where there are."""
        values: dict[str, str | int] = dataclasses.asdict(self)
        del values["faults"]
        return values | ({"faults": ", ".join(self.faults)} if self.faults else {})


@dataclasses.dataclass(frozen=True)
class SimulatorSettings:
    """What a longflow.toml says about the simulator: its provider and the weeks to make."""

    provider: Provider
    weeks: tuple[date, ...]
    counters_weeks: tuple[date, ...]


def parse_monday(text: object, place: str) -> date:
    """The Monday that names a week.

    Args:
        text: A date, or its text `YYYY-MM-DD`.
        place: Where it was written, for the error line.

    Raises:
        SimulatorError: It is not a date, or not a Monday.
    """
    try:
        day = text if type(text) is date else date.fromisoformat(str(text))
    except ValueError as error:
        raise SimulatorError(
            f"{place}: {_shown(text)} is not a date; write it as YYYY-MM-DD"
        ) from error
    if not YEARS[0] <= day.year <= YEARS[1]:
        raise SimulatorError(
            f"{place}: {day} lies outside the years {YEARS[0]} to {YEARS[1]}; correct it"
        )
    if day.weekday() != 0:
        raise SimulatorError(
            f"{place}: {day} is not a Monday; a week is named by its Monday, "
            f"here {date.fromordinal(day.toordinal() - day.weekday())}"
        )
    return day


def read_settings(path: Path | None) -> SimulatorSettings:
    """The `[simulator]` section and `[provider] time_zone` of a longflow.toml.

    Args:
        path: The file; None gives the defaults of `Provider` and no weeks.

    Raises:
        SimulatorError: The file cannot be read, or a key is unknown or out of range.
    """
    if path is None:
        return SimulatorSettings(Provider(), (), ())
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SimulatorError(
            f"{path}: cannot be read ({error.strerror}); name another file with --settings"
        ) from error
    except (ValueError, RecursionError) as error:
        raise SimulatorError(f"{path}: is not valid TOML ({error}); fix that line") from error
    given = content.get("simulator", {})
    if not isinstance(given, dict):
        raise SimulatorError(
            f"{path}: simulator is not a section; write [simulator] above its keys"
        )
    section: dict[str, Any] = dict(given)
    weeks = mondays_of(section.pop("weeks", []), f"{path}: [simulator] weeks")
    counters_weeks = mondays_of(
        section.pop("counters_weeks", []), f"{path}: [simulator] counters_weeks"
    )
    for key, what, remedy in section_problems(section):
        place = f"{path}: [simulator]"
        raise SimulatorError(f"{place} {key}: {what}; {remedy}")
    provided = content.get("provider")
    zone = provided.get("time_zone") if isinstance(provided, dict) else None
    if zone is not None:
        section["time_zone"] = zone
    try:
        provider = Provider(**section)
    except SimulatorError as error:
        raise SimulatorError(f"{path}: [simulator] {error}") from error
    return SimulatorSettings(provider, weeks, counters_weeks)


def section_problems(section: Mapping[str, object]) -> Iterator[tuple[str, str, str]]:
    """What is wrong with a `[simulator]` section: key, clause and remedy of each problem."""
    weeks = ("weeks", "counters_weeks")
    for key, value in section.items():
        if key in weeks:
            try:
                mondays_of(value, key)
            except SimulatorError as error:
                what, _, remedy = str(error).removeprefix(f"{key}: ").partition("; ")
                yield key, what, remedy
        elif key not in RANGES:
            near = get_close_matches(key, [*weeks, *RANGES], n=1)
            known = ", ".join([*weeks, *sorted(RANGES)])
            remedy = f"did you mean {near[0]}? " if near else ""
            yield key, f"{key} is not known", f"{remedy}known are {known}"
        elif problem := _out_of_range(key, value):
            yield key, *problem


def mondays_of(value: object, place: str) -> tuple[date, ...]:
    """The Mondays of a list, or of all weeks from a first to a last one.

    Args:
        value: A list of dates, or the dates `first` and `last`.
        place: Where it was written, for the error line.

    Raises:
        SimulatorError: It is neither, a date is not a Monday, or the last comes before the first.
    """
    if isinstance(value, dict):
        if value.keys() != {"first", "last"}:
            raise SimulatorError(
                f"{place}: a range needs first and last; "
                "write it as { first = 2023-05-29, last = 2024-06-03 }"
            )
        first, last = (parse_monday(value[end], f"{place}.{end}") for end in ("first", "last"))
        if last < first:
            raise SimulatorError(f"{place}: the last week {last} is before the first; swap them")
        weeks = (last - first).days // 7 + 1
        return tuple(first + timedelta(weeks=number) for number in range(weeks))
    if not isinstance(value, list):
        raise SimulatorError(f"{place}: is not a list; write it as [2024-06-03, 2023-05-29]")
    return tuple(parse_monday(item, place) for item in value)
