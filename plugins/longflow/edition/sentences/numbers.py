"""Numbers of sentences, rounded as a report would, and whether a change is beyond its error.

Source: docs/method.md, rule 25.
"""

from __future__ import annotations

from typing import Protocol

from longflow.edition.sentences.figures import Figure
from longflow.edition.sentences.sentence import Form, Moved, Number, Unit
from longflow.edition.statistics import differences
from longflow.edition.statistics.differences import Interval

# No number has more decimals than this.
MOST_PLACES: dict[Unit, int] = {
    "percent": 1,
    "points": 1,
    "megabytes": 1,
    "gigabytes": 2,
    "ratio": 2,
    "hour": 0,
}
_LEAST_PLACES: dict[Unit, int] = {"ratio": 1}
_MEGABYTES_PER_GIGABYTE = 1000
_MOVED: dict[int, Moved] = {1: "up", 0: "none", -1: "down"}


def level(figure: Figure | None, unit: Unit, *, none: float | None = None) -> Number | None:
    """A figure as it is published, rounded.

    Args:
        figure: the figure; without one there is no number.
        unit: of the figure. From 1,000 megabytes on, the number is in gigabytes.
        none: for a figure that is a change itself, the value at which nothing changed.
    """
    if figure is None:
        return None
    interval = figure.interval
    if unit == "megabytes" and interval.value >= _MEGABYTES_PER_GIGABYTE:
        unit = "gigabytes"
        interval = interval.each(lambda megabytes: megabytes / _MEGABYTES_PER_GIGABYTE)
    return _number("cell", unit, interval, (figure,), none=none)


def hour(figure: Figure | None) -> Number | None:
    """The hour of the day in the key of a figure."""
    if figure is None:
        return None
    at = float(figure.row["hour"])
    return _number("hour", "hour", Interval(at, at, at), (figure,), none=None)


def change_in_points(
    later: Figure | None, earlier: Figure | None, *, independent: bool = True
) -> Number | None:
    """The difference of two percentages."""
    make = differences.difference
    return _of_two("difference", "points", later, earlier, make, none=0, independent=independent)


def change_in_percent(later: Figure | None, earlier: Figure | None) -> Number | None:
    """The change from one amount to another."""
    return _of_two("change", "percent", later, earlier, _percent, none=0)


def quotient(
    over: Figure | None, under: Figure | None, *, independent: bool = True
) -> Number | None:
    """One amount divided by another; it moved if it is not 1."""
    return _of_two("ratio", "ratio", over, under, _ratio, none=1, independent=independent)


def _ratio(over: Interval, under: Interval, *, independent: bool) -> Interval | None:
    """The ratio of two amounts above 0."""
    if min(over.low, under.low) <= 0:
        return None
    return differences.ratio(over, under, independent=independent)


def _percent(later: Interval, earlier: Interval, *, independent: bool) -> Interval | None:
    ratio = _ratio(later, earlier, independent=independent)
    return None if ratio is None else ratio.each(lambda end: 100 * (end - 1))


class _Make(Protocol):
    def __call__(
        self, later: Interval, earlier: Interval, /, *, independent: bool
    ) -> Interval | None:
        """What two figures make; None if they cannot."""


def _of_two(
    form: Form,
    unit: Unit,
    later: Figure | None,
    earlier: Figure | None,
    make: _Make,
    *,
    none: float,
    independent: bool = True,
) -> Number | None:
    """A number of two figures, if they are there, and both are computed or both imported.

    Args:
        form: of the number.
        unit: of the number.
        later: the first of the figures.
        earlier: the other one.
        make: makes the interval of the number of theirs.
        none: the value at which nothing changed.
        independent: whether chance moves the figures independently.
    """
    if later is None or earlier is None or later.imported != earlier.imported:
        return None
    # What rounding took from printed figures adds up.
    independent = independent and not later.imported
    interval = make(later.interval, earlier.interval, independent=independent)
    if interval is None:
        return None
    return _number(form, unit, interval, (later, earlier), none=none, independent=independent)


def _number(
    form: Form,
    unit: Unit,
    interval: Interval,
    figures: tuple[Figure, ...],
    *,
    none: float | None,
    independent: bool = True,
) -> Number:
    """A number, as it is said."""
    has_error = all(figure.has_error for figure in figures)
    places = _places(interval, unit, form, figures)
    value = round(interval.value, places)
    moved = None
    if none is not None:
        # Without an error, a change has to show in the last digit that is said.
        shows = has_error or value != none
        moved = _MOVED[interval.beyond(none) if shows else 0]
    # With the decimals of the number, or with two digits of its own where these show nothing.
    error_places = places
    # Exactly half of the last digit, as rounding leaves it, is one of these.
    if interval.half_width <= (1 + 1e-9) * 10.0**-places / 2:
        error_places = _significant(interval.half_width, unit)
    error = round(interval.half_width, error_places) if has_error else 0
    return Number(
        value=value,
        places=max(places, 0),
        unit=unit,
        form=form,
        cells=tuple(figure.cell for figure in figures),
        # An error that rounds to nothing is below the last digit.
        error=error or None,
        error_places=max(error_places, 0) if error else None,
        moved=moved,
        independent=independent,
        imported=any(figure.imported for figure in figures),
    )


def _places(interval: Interval, unit: Unit, form: Form, figures: tuple[Figure, ...]) -> int:
    """Decimals of a number; below 0 it is rounded to tens, hundreds and so on."""
    printed = [of.printed_decimals for of in figures if of.printed_decimals is not None]
    if form == "cell" and unit != "gigabytes" and printed:
        return min(MOST_PLACES[unit], *printed)
    if all(figure.has_error for figure in figures):
        places = _significant(interval.half_width, unit)
    elif unit == "percent":
        places = _significant(interval.value, unit)
    else:
        places = min(MOST_PLACES[unit], *(printed if unit == "points" else ()), 10)
    if form != "cell":
        return places
    # No decimals that rounding took; a ratio keeps one: 1.0 times.
    return min(places, max(_decimals(interval.value), _LEAST_PLACES.get(unit, 0)))


def _significant(value: float, unit: Unit) -> int:
    """Decimals for two significant digits, at most those of the unit."""
    if value == 0:
        return MOST_PLACES[unit]
    return min(MOST_PLACES[unit], 1 - int(f"{abs(value):.1e}".partition("e")[2]))


def _decimals(value: float) -> int:
    """Decimals that a number has, up to ten digits in all."""
    return len(f"{value:.10g}".partition(".")[2])
