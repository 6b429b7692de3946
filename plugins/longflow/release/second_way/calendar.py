"""The days that the settings name, as the second way needs them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Calendar:
    """Holidays, terms and daytime of an edition.

    Attributes:
        holidays: the days that are left out of weekday means.
        terms: first and last day of each school term.
        daytime: first hour of the daytime, and the hour at which it ends.
        growth_month: the month with which the twelve months of a year end.
    """

    holidays: frozenset[date] = frozenset()
    terms: tuple[tuple[date, date], ...] = ()
    daytime: tuple[int, int] = (9, 17)
    growth_month: int = 6


NO_CALENDAR = Calendar()
"""No holidays and no terms, and the defaults of an edition."""
