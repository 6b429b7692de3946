"""Sizes in px of 1/96 inch, and how wide texts are in the fonts of the drawings."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from longflow.errors import LongflowError
from longflow.texts import Wording

# 8 points, the smallest size that print needs.
SIZE = 10.7
TITLE_SIZE = 11.7

# Two columns of A4 and one: 174 mm and 84 mm.
WIDE = 174 * 96 / 25.4
NARROW = 84 * 96 / 25.4

_FULL_WIDTH = 1000

# What no line may begin with, in Japanese (kinsoku); most marks are closing ones to Unicode.
_NEVER_FIRST = "ーぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ々〻・、。，．：；？！％"


@dataclass(frozen=True)
class Face:
    """A font of drawings.

    Attributes:
        family: its name.
        instead: what programs without it take, the first of about the same widths.
        widths: of the signs from the space to the tilde, in thousandths of the size.
        other: likewise of signs that are neither these nor as wide as they are high.
    """

    family: str
    instead: str
    widths: tuple[int, ...]
    other: int

    @property
    def families(self) -> str:
        """The font and what stands for it, as SVG names fonts."""
        return f"{self.family}, {self.instead}"

    def width(self, text: str) -> float:
        """How wide a text of `SIZE` is, in px."""
        return sum(map(self._units, text)) / 1000 * SIZE

    def _units(self, sign: str) -> int:
        if 0 <= (place := ord(sign) - 32) < len(self.widths):
            return self.widths[place]
        return _FULL_WIDTH if _is_wide(sign) else self.other

    def lines_of(self, text: str, room: float) -> list[str]:
        """A text in lines that are no wider than `room`; a longer word stands by itself.

        Lines break at spaces, and beside signs that are as wide as they are high.
        """
        found: list[str] = []
        for gap, word in _words(text):
            longer = f"{found[-1]}{gap}{word}" if found else word
            if found and self.width(longer) <= room:
                found[-1] = longer
            else:
                found.append(word)
        return found


def _is_wide(sign: str) -> bool:
    return unicodedata.east_asian_width(sign) in {"W", "F"}


def _words(text: str) -> list[tuple[str, str]]:
    """Parts of a text between which a line may end, each with the space before it."""
    found: list[tuple[str, str]] = []
    for word in re.split("[ \n]+", text.strip()):
        gap = " "
        for part in _parts(word):
            found.append((gap, part))
            gap = ""
    return found


def _parts(word: str) -> list[str]:
    found = [""]
    for sign in word:
        before = found[-1][-1:]
        breaks = _is_wide(sign) or (before and _is_wide(before))
        is_closing = unicodedata.category(sign) in {"Pe", "Pf"} or sign in _NEVER_FIRST
        is_opened = before and unicodedata.category(before) in {"Ps", "Pi"}
        if before and breaks and not is_closing and not is_opened:
            found.append(sign)
        else:
            found[-1] += sign
    return found


# vl-convert has this font within itself. The widths are those of Helvetica.
_LIBERATION = Face(
    "Liberation Sans",
    "Arial, Helvetica, sans-serif",
    (
        *(278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278),
        *(556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556),
        *(1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778),
        *(667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556),
        *(333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556),
        *(556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584),
    ),
    600,
)

# A package has it (`longflow.release.fonts`). Many of its other signs are as wide as they are high.
_NOTO_JAPANESE = Face(
    "Noto Sans CJK JP",
    "Noto Sans JP, Hiragino Sans, Yu Gothic, Meiryo, sans-serif",
    (
        *(224, 323, 474, 555, 555, 921, 680, 278, 338, 338, 467, 555, 278, 347, 278, 392),
        *(555, 555, 555, 555, 555, 555, 555, 555, 555, 555, 278, 278, 555, 555, 555, 474),
        *(946, 608, 657, 638, 688, 589, 552, 689, 728, 293, 535, 646, 543, 812, 723, 742),
        *(633, 742, 635, 596, 599, 721, 575, 878, 573, 531, 603, 338, 392, 338, 555, 559),
        *(606, 563, 618, 510, 620, 554, 325, 564, 607, 275, 275, 552, 284, 926, 610, 606),
        *(620, 620, 388, 468, 377, 607, 521, 802, 498, 521, 475, 338, 270, 338, 555),
    ),
    _FULL_WIDTH,
)

FACES = {face.family: face for face in (_LIBERATION, _NOTO_JAPANESE)}


def face_of(words: Wording) -> Face:
    """The font of a language's drawings.

    Raises:
        LongflowError: the language names a font that drawings do not have.
    """
    family = words.text("fonts.drawing")
    try:
        return FACES[family]
    except KeyError:
        raise LongflowError(
            f"the language {words.language} names the font {family!r} for drawings, which have"
            f" {' and '.join(FACES)}",
            remedy="name one of these in its file, at fonts.drawing",
        ) from None
