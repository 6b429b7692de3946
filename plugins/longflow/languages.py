"""The languages in which a release can be written: those that have a file in `texts/`."""

from __future__ import annotations

from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "texts"


@cache
def languages() -> tuple[str, ...]:
    """Their codes, such as `en`, sorted."""
    return tuple(sorted(file.stem for file in FOLDER.glob("*.yml")))
