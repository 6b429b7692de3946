"""Sentences on the hours of the day."""

from __future__ import annotations

from collections.abc import Iterator

from longflow.edition.sentences.figures import Figures
from longflow.edition.sentences.numbers import level
from longflow.edition.sentences.sentence import Number, Sentence
from longflow.edition.sentences.wanted import DIRECTIONS, SERVICES, is_said, last_two, sentence

_TABLE = "peak"


def hours(figures: Figures) -> Iterator[Sentence]:
    """The busy hour of each access on weekdays."""
    for service in SERVICES:
        year, _ = last_two(figures.years(_TABLE, "busy_hour", service=service))
        accesses = {row["access"] for row in figures.rows(_TABLE, service=service)}
        # PPPoE before IPoE.
        for access in sorted(accesses, reverse=True):
            numbers: dict[str, Number | None] = {}
            for direction in DIRECTIONS:
                key = {
                    "year": year,
                    "service": service,
                    "access": access,
                    "direction": direction,
                    "day_type": "weekday",
                }
                numbers[f"{direction}_hour"] = level(
                    figures.get(_TABLE, "busy_hour", **key), "hour"
                )
                ratio = figures.get(_TABLE, "peak_ratio", **key)
                numbers[f"{direction}_ratio"] = level(ratio, "ratio")
            if is_said(numbers, *numbers):
                yield sentence(
                    "hours", "busy_hour", numbers, service=service, access=access, year=year
                )
