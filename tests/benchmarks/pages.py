"""The command line of a benchmark that writes one page."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path


def page_asked_for(description: str | None, page: Path) -> Path:
    """The page that the command line names, otherwise `page`; creates its folder."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("page", type=Path, nargs="?", default=page)
    file: Path = parser.parse_args().page
    file.parent.mkdir(parents=True, exist_ok=True)
    return file


def write_page(description: str | None, page: Path, measure: Callable[[], str]) -> None:
    """Measure, and write the page that the command line names, otherwise `page`."""
    page_asked_for(description, page).write_text(measure(), encoding="utf-8")
