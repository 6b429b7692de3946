"""How a language sets texts and writes numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Literal
from unicodedata import east_asian_width

# Signs that are as wide as they are high, beside which Japanese has no spaces.
_WIDE = (
    "[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff01-\uff60\uffe0-\uffe6]"
)
_SPACES = re.compile(r"[ \n]+")
_BESIDE_WIDE = re.compile(f"(?<={_WIDE}) | (?={_WIDE})")


def breadth(text: str) -> int:
    """How much room a text needs, in half of its height."""
    return sum(2 if east_asian_width(sign) in {"W", "F"} else 1 for sign in text)


@dataclass(frozen=True)
class Writing:
    """How a language sets texts.

    Attributes:
        name: what the language calls itself.
        between: what stands between the items of a list.
        spaces: `kept`, or `dropped` beside signs that are as wide as they are high.
    """

    name: str
    between: str
    spaces: Literal["kept", "dropped"]

    def __post_init__(self) -> None:
        if self.spaces not in {"kept", "dropped"}:
            raise ValueError(f"writing.spaces is neither kept nor dropped, but {self.spaces!r}")

    def one_line(self, text: str) -> str:
        """A text without the line breaks of its file; spaces that must stay are no-break spaces."""
        text = _SPACES.sub(" ", text).strip(" ")
        return text if self.spaces == "kept" else _BESIDE_WIDE.sub("", text)


@dataclass(frozen=True)
class Numbers:
    """How a language writes numbers.

    Attributes:
        decimal: what stands before the decimals.
        thousands: what sets off thousands.
        minus: the sign of a number below 0.
        percent: what follows the number of a percentage.
    """

    decimal: str
    thousands: str
    minus: str
    percent: str

    def number(self, value: float | None, places: int | None = None) -> str:
        """A number with thousands set off; nothing for no value.

        Args:
            value: the number.
            places: how many decimals it has; None: as many as it needs, 6 digits at most.
        """
        if value is None:
            return ""
        if places is not None:
            plain = f"{value:,.{places}f}"
        else:
            plain = f"{int(value):,}" if float(value).is_integer() else f"{value:,.6g}"
        return plain.translate(self._signs)

    @cached_property
    def _signs(self) -> dict[int, str]:
        """What the language writes for each sign of Python's."""
        return str.maketrans({",": self.thousands, ".": self.decimal, "-": self.minus})

    def signed(self, value: float, places: int = 0) -> str:
        """A difference with its sign; 0 has none."""
        text = self.number(value, places)
        size = text.removeprefix(self.minus)
        if size == self.number(0, places):
            return size
        return f"+{text}" if value > 0 else text

    def percentage(self, value: float, places: int | None = None) -> str:
        """A number with its percent sign."""
        return self.number(value, places) + self.percent
