"""The looks of cells, each made once a workbook."""

from __future__ import annotations

from dataclasses import dataclass, field

import xlsxwriter
from xlsxwriter.format import Format

from longflow.release.figures.palette import CATEGORIES, GRID, INK, SOFT
from longflow.release.workbook.rectangle import Number

# Programs for workbooks read a text that begins with one of these as a formula once it is edited.
_FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Styles:
    """The formats of a workbook."""

    book: xlsxwriter.Workbook
    _made: dict[tuple[tuple[str, object], ...], Format] = field(default_factory=dict)

    def of(self, **properties: object) -> Format:
        """The format with these properties, beside those that all cells have."""
        key = tuple(sorted(properties.items()))
        if key not in self._made:
            self._made[key] = self.book.add_format(
                {"font_color": INK.light, "valign": "top", **properties}
            )
        return self._made[key]

    def number(self, number: Number) -> Format:
        """The format of a number: grouped thousands, its decimals, and `p` if it was published."""
        places = number.places
        plain = "General" if places is None else "#,##0" + ("." + "0" * places if places else "")
        return self.of(num_format=f'{plain}" p"' if number.is_published else plain)

    def text(self, text: str, **properties: object) -> Format:
        """The format of a text, which no program takes for a formula."""
        if text.startswith(_FORMULA_SIGNS):
            return self.of(**properties, quote_prefix=True)
        return self.of(**properties)

    @property
    def minor_properties(self) -> dict[str, object]:
        """What sets off what is said about a sheet."""
        return {"font_color": SOFT.light}

    @property
    def head(self) -> Format:
        """The format of the headings over names of rows."""
        return self._head("left")

    @property
    def number_head(self) -> Format:
        """The format of the headings over numbers."""
        return self._head("right")

    def _head(self, align: str) -> Format:
        return self.of(
            bold=True,
            text_wrap=True,
            align=align,
            valign="bottom",
            bottom=1,
            bottom_color=INK.light,
            bg_color=GRID.light,
        )

    @property
    def link(self) -> Format:
        """The format of a link."""
        return self.of(font_color=CATEGORIES[0].light, underline=1)
