"""The one palette of all drawings: safe for colour blindness, and legible in grey.

Colour never stands alone: lines differ by their dashes and markers as well. A test computes the
contrast of every colour on its ground, and the distance of every pair as people with deuteranopia
and protanopia see it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Colour:
    """A colour on white paper, and on the dark page.

    Attributes:
        name: of the CSS variable, `--figure-<name>`.
        light: on white.
        dark: on the ground of the dark page.
    """

    name: str
    light: str
    dark: str


@dataclass(frozen=True)
class Mark:
    """How a line looks: colour, dashes in px (none: solid), shape of its markers."""

    colour: Colour
    dash: tuple[int, ...]
    shape: str


GROUND = Colour("ground", "#ffffff", "#14181c")
INK = Colour("ink", "#1c2126", "#e6eaee")
SOFT = Colour("soft", "#56606a", "#a7b1ba")
GRID = Colour("grid", "#e2e6ea", "#2c343b")
RULE = Colour("rule", "#8a949d", "#77828c")
EVENT = Colour("event", "#6b757e", "#97a2ac")

# Of series without an order.
CATEGORIES = (
    Colour("1", "#0b5394", "#6aaef0"),
    Colour("2", "#d1660a", "#f5a04a"),
    Colour("3", "#4e0c0d", "#a3fad6"),
    Colour("4", "#51867b", "#598d83"),
    Colour("5", "#2f79e9", "#a47d49"),
    Colour("6", "#42103f", "#6ae6f4"),
    Colour("7", "#8e371a", "#b9f9a2"),
)

# Of series in an order, from the oldest to the newest: one hue, darker and darker.
SEQUENCE = (
    Colour("s1", "#5ca7e3", "#03699e"),
    Colour("s2", "#3c8dc8", "#2c82bc"),
    Colour("s3", "#0f74ad", "#509cd8"),
    Colour("s4", "#005b8a", "#6eb7f5"),
    Colour("s5", "#004368", "#a4d0fd"),
    Colour("s6", "#002d48", "#d9eaff"),
)

# Of waterfalls: what adds, what takes away, and the total.
RISE, FALL, TOTAL = CATEGORIES[0], CATEGORIES[1], RULE

DASHES: tuple[tuple[int, ...], ...] = (
    (),
    (6, 2),
    (2, 2),
    (8, 2, 2, 2),
    (4, 4),
    (10, 3),
    (1, 3),
)
SHAPES = ("circle", "square", "triangle-up", "diamond", "triangle-down", "cross", "stroke")

# The other line of a pair that one colour has: IN beside OUT, the year before beside the last one.
DASHED = (4, 2)

ALL = (GROUND, INK, SOFT, GRID, RULE, EVENT, *CATEGORIES, *SEQUENCE)


def marks(number: int, *, ordered: bool, dashes: bool = True) -> list[Mark]:
    """So many looks that can be told apart, in order.

    Args:
        number: how many; beyond the palette they repeat with other dashes.
        ordered: whether they show an order.
        dashes: whether dashes may tell them apart, which they do not where they mean something.
    """
    colours = _spread(number) if ordered else CATEGORIES
    return [
        Mark(
            colours[place % len(colours)],
            # An order ends with a solid line, which is the newest.
            DASHES[(number - 1 - place if ordered else place) % len(DASHES)] if dashes else (),
            SHAPES[place % len(SHAPES)],
        )
        for place in range(number)
    ]


def _spread(number: int) -> tuple[Colour, ...]:
    """So many colours of the sequence, the last one always among them."""
    last = len(SEQUENCE) - 1
    if number >= len(SEQUENCE):
        return SEQUENCE
    return tuple(SEQUENCE[last - (number - 1 - p) * last // max(number, 1)] for p in range(number))
