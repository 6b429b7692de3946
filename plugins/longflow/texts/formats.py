"""How a language writes numbers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property


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
