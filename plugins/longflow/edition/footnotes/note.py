"""What a footnote is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Note:
    """One footnote and the tables to which it belongs.

    `definition`: decided once for all editions. `finding`: something about the data of this edition
    that a reader has to know, such as a break, a gap or a value that is not given.
    """

    tables: tuple[str, ...]
    kind: Literal["definition", "finding"]
    text: str
