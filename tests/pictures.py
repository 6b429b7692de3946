"""`python -m tests.pictures RELEASE`: the pictures of the report in README.md and docs/report.md.

They show a published release, best that of `make run ONCE=1`, in Debian's Chromium.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import NamedTuple

from tests.browser import Browser, chromium

DOCS = Path(__file__).parents[1] / "docs"


class Picture(NamedTuple):
    """A picture: its file, the window, what is brought into view, and what is pressed."""

    file: str
    width: int = 1000
    height: int = 760
    dark: bool = False
    at: str | None = None
    press: str | None = None


PICTURES = (
    Picture("report.png", height=1320),
    Picture("report/figure.png", at="#figure-12", height=700),
    Picture("report/source.png", at="#table-3", press="#table-3 tbody tr td:last-child a.n[href]"),
    Picture("report/phone.png", width=390, height=844, at="#table-1"),
    Picture("report/dark.png", dark=True, at="#growth"),
)


def take(browser: Browser, report: Path, picture: Picture) -> bytes:
    """A picture of a report, as PNG."""
    page = browser.page(report, width=picture.width, height=picture.height, dark=picture.dark)
    page.evaluate("document.documentElement.style.scrollbarWidth = 'none'")
    if picture.at is not None:
        page.evaluate(f"document.querySelector({picture.at!r}).scrollIntoView(true)")
    if picture.press is not None:
        page.point(picture.press, press=True)
    return page.picture()


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("release", type=Path, help="folder of a release, with its report.html")
    report = parser.parse_args().release.resolve() / "report.html"
    with chromium() as browser:
        for picture in PICTURES:
            file = DOCS / picture.file
            file.parent.mkdir(exist_ok=True)
            file.write_bytes(take(browser, report, picture))
            print(file.relative_to(DOCS.parent))


if __name__ == "__main__":
    main()
