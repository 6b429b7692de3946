"""Numbers of sentences, rounded as a report would, and whether a change is beyond its error.

Source: docs/method.md, rule 25.
"""

from __future__ import annotations

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
        interval = Interval(
            *(
                end / _MEGABYTES_PER_GIGABYTE
                for end in (interval.value, interval.low, interval.high)
            )
        )
    return _number("cell", unit, interval, (figure,), none=none)


def change_in_points(
    later: Figure | None, earlier: Figure | None, *, independent: bool = True
) -> Number | None:
    """The difference of two percentages."""
    pair = _comparable(later, earlier)
    if pair is None:
        return None
    independent = _add_squares(pair, independent=independent)
    interval = differences.difference(*(of.interval for of in pair), independent=independent)
    return _number("difference", "points", interval, pair, none=0, independent=independent)


def change_in_percent(
    later: Figure | None, earlier: Figure | None, *, independent: bool = True
) -> Number | None:
    """The change from one amount to another."""
    divided = _divided(later, earlier, independent=independent)
    if divided is None:
        return None
    ratio, pair, independent = divided
    percent = Interval(*(100 * (end - 1) for end in (ratio.value, ratio.low, ratio.high)))
    return _number("change", "percent", percent, pair, none=0, independent=independent)


def quotient(
    over: Figure | None, under: Figure | None, *, independent: bool = True
) -> Number | None:
    """One amount divided by another; it moved if it is not 1."""
    divided = _divided(over, under, independent=independent)
    if divided is None:
        return None
    ratio, pair, independent = divided
    return _number("ratio", "ratio", ratio, pair, none=1, independent=independent)


def _add_squares(pair: tuple[Figure, Figure], *, independent: bool) -> bool:
    """Whether errors are added as squares; what rounding took from printed figures adds up."""
    return independent and not pair[0].imported


def _comparable(later: Figure | None, earlier: Figure | None) -> tuple[Figure, Figure] | None:
    """Both figures, if they are there, and both are computed or both imported."""
    if later is None or earlier is None or later.imported != earlier.imported:
        return None
    return later, earlier


def _divided(
    over: Figure | None, under: Figure | None, *, independent: bool
) -> tuple[Interval, tuple[Figure, Figure], bool] | None:
    """The ratio of two amounts above 0, both figures, and whether errors were added as squares."""
    pair = _comparable(over, under)
    if pair is None or min(figure.interval.low for figure in pair) <= 0:
        return None
    independent = _add_squares(pair, independent=independent)
    ratio = differences.ratio(*(of.interval for of in pair), independent=independent)
    return ratio, pair, independent


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
    if interval.half_width < 10.0**-places / 2:
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
