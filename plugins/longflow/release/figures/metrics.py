"""Sizes in px of 1/96 inch, and how wide texts are in the font of the drawings."""

from __future__ import annotations

# vl-convert has this font within itself. Browsers without it take one of the same widths.
FONT = "Liberation Sans"
FONTS = f"{FONT}, Arial, Helvetica, sans-serif"

# 8 points, the smallest size that print needs.
SIZE = 10.7
TITLE_SIZE = 11.7

# Two columns of A4 and one: 174 mm and 84 mm.
WIDE = 174 * 96 / 25.4
NARROW = 84 * 96 / 25.4

# Widths of Helvetica in thousandths of the size, from the space to the tilde.
_WIDTHS = (
    *(278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278),
    *(556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556),
    *(1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778),
    *(667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556),
    *(333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556),
    *(556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584),
)
_OTHER = 600


def width(text: str) -> float:
    """How wide a text of `SIZE` is, in px."""
    units = sum(
        _WIDTHS[ord(sign) - 32] if 32 <= ord(sign) < 32 + len(_WIDTHS) else _OTHER for sign in text
    )
    return units / 1000 * SIZE


def lines_of(text: str, room: float) -> list[str]:
    """A text in lines that are no wider than `room`; a longer word stands by itself."""
    found: list[str] = []
    for word in text.split():
        longer = f"{found[-1]} {word}" if found else word
        if found and width(longer) <= room:
            found[-1] = longer
        else:
            found.append(word)
    return found
