"""Sentences on the hours of the day: peaks, the dip at noon, and the share of the daytime."""

from __future__ import annotations

from collections.abc import Iterator

from longflow.edition.sentences.figures import Figures
from longflow.edition.sentences.numbers import hour, level
from longflow.edition.sentences.sentence import Number, Sentence
from longflow.edition.sentences.wanted import DIRECTIONS, SERVICES, is_said, last_two, sentence

_BUSY, _PEAKS, _DAYTIME = "peak", "hour-peaks", "daytime-share"
_RATIO, _SHARE, _CHANGE = "mean_ratio", "daytime_share_percent", "change_points"

# A sentence names no more peaks of a direction, those that stand out most.
MOST_PEAKS = 3

# First hours in which a dip is one at noon.
_NOON = range(11, 14)


def hours(figures: Figures) -> Iterator[Sentence]:
    """When traffic peaks and dips on weekdays, and how much of it falls in the daytime."""
    for service in SERVICES:
        peaks = [*_peaks(figures, service)]
        yield from peaks
        yield from _noon_dip(figures, service)
        yield from _busy_hours(figures, service, of_accesses_alone=bool(peaks))
    for service in SERVICES:
        yield from _daytime(figures, service)


def _peaks(figures: Figures, service: str) -> Iterator[Sentence]:
    """The hours of the peaks of each direction, in the last week that has any."""
    of = {"service": service, "kind": "peak"}
    week = max((row["week"] for row in figures.rows(_PEAKS, **of)), default=None)
    numbers: dict[str, Number | None] = {}
    for direction in DIRECTIONS:
        rows = [
            row
            for row in figures.rows(_PEAKS, week=week, direction=direction, **of)
            # What stands out of the night is no peak of the day.
            if row[_RATIO] is not None and row[_RATIO] > 1
        ]
        rows.sort(key=lambda row: row["prominence_percent"], reverse=True)
        found = sorted(row["hour"] for row in rows[:MOST_PEAKS])
        for place, at in enumerate([*found, None, None, None][:MOST_PEAKS], start=1):
            key = {"week": week, "direction": direction, "hour": at, **of}
            peak = None if at is None else figures.get(_PEAKS, _RATIO, **key)
            numbers[f"{direction}_hour_{place}"] = hour(peak)
            numbers[f"{direction}_ratio_{place}"] = level(peak, "ratio")
    if is_said(numbers, *(f"{direction}_hour_1" for direction in DIRECTIONS)):
        yield sentence("hours", "peaks", numbers, service=service, week=f"{week}")


def _noon_dip(figures: Figures, service: str) -> Iterator[Sentence]:
    """The dip of uploads at noon, and the peaks on both sides of it."""
    of = {"service": service, "direction": "in"}
    week = max((row["week"] for row in figures.rows(_PEAKS, **of)), default=None)

    def hours_of(kind: str) -> list[int]:
        return sorted(row["hour"] for row in figures.rows(_PEAKS, week=week, kind=kind, **of))

    dip = next((at for at in hours_of("dip") if at in _NOON), None)
    if dip is None:
        return
    before = [at for at in hours_of("peak") if at < dip]
    after = [at for at in hours_of("peak") if at > dip]
    if not before or not after:
        return
    numbers: dict[str, Number | None] = {}
    for name, kind, at in (
        ("before", "peak", before[-1]),
        ("dip", "dip", dip),
        ("after", "peak", after[0]),
    ):
        found = figures.get(_PEAKS, _RATIO, week=week, kind=kind, hour=at, **of)
        numbers[f"{name}_hour"] = hour(found)
        numbers[f"{name}_ratio"] = level(found, "ratio")
    if is_said(numbers, *numbers):
        yield sentence("hours", "noon_dip", numbers, service=service, week=f"{week}")


def _busy_hours(figures: Figures, service: str, *, of_accesses_alone: bool) -> Iterator[Sentence]:
    """The busy hour of each access, and of a service without several unless its peaks are said."""
    year, _ = last_two(figures.years(_BUSY, "busy_hour", service=service))
    # PPPoE before IPoE.
    accesses = sorted({row["access"] for row in figures.rows(_BUSY, service=service)}, reverse=True)
    if of_accesses_alone and len(accesses) == 1:
        return
    for access in accesses:
        numbers: dict[str, Number | None] = {}
        for direction in DIRECTIONS:
            key = {
                "year": year,
                "service": service,
                "access": access,
                "direction": direction,
                "day_type": "weekday",
            }
            busy = figures.get(_BUSY, "busy_hour", **key)
            numbers[f"{direction}_hour"] = level(busy, "hour")
            ratio = figures.get(_BUSY, "peak_ratio", **key)
            numbers[f"{direction}_ratio"] = level(ratio, "ratio")
        if is_said(numbers, *numbers):
            yield sentence("hours", "busy_hour", numbers, service=service, access=access, year=year)


def _daytime(figures: Figures, service: str) -> Iterator[Sentence]:
    """The share of the daytime in the last week drawn, and its change since the oldest one."""
    weeks = {
        direction: [
            row["week"]
            for row in figures.rows(_DAYTIME, service=service, direction=direction)
            if row[_SHARE] is not None
        ]
        for direction in DIRECTIONS
    }
    if not all(weeks.values()):
        return
    week, oldest = max(weeks["out"]), min(weeks["out"])
    has_change = week > oldest == min(weeks["in"])
    numbers: dict[str, Number | None] = {}
    for direction in DIRECTIONS:
        key = {"service": service, "week": week, "direction": direction}
        numbers[f"{direction}_share"] = level(figures.get(_DAYTIME, _SHARE, **key), "percent")
        change = figures.get(_DAYTIME, _CHANGE, **key) if has_change else None
        numbers[f"{direction}_change"] = level(change, "points", none=0)
    if is_said(numbers, "out_share", "in_share"):
        before = f"{oldest}" if has_change else None
        yield sentence(
            "hours", "daytime_share", numbers, service=service, week=f"{week}", before=before
        )
