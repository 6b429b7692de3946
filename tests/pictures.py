"""`python -m tests.pictures RELEASE`: the pictures of the report in README.md and docs/report.md.

They show a published release, best that of `make run ONCE=1`, in Debian's Chromium. docs/report.md
lists every figure that the release has drawn.
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from tests.browser import Browser, chromium

DOCS = Path(__file__).parents[1] / "docs"
PAGE = DOCS / "report.md"
BEGIN, END = "<!-- begin of figures -->", "<!-- end of figures -->"


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


class Figure(NamedTuple):
    """A figure of a report: its table, what it is called and what is seen in it."""

    table: str
    number: str
    title: str
    alternative: str


def figures(browser: Browser, report: Path) -> list[Figure]:
    """The figures that a report shows, in its order."""
    found = browser.page(report).evaluate(
        "[...document.querySelectorAll('section:has(figure.drawn)')].map(section => {"
        " const [number, title] = section.querySelector('h2').childNodes;"
        " return [section.id, number.textContent, title.textContent,"
        " section.querySelector('figcaption').textContent].map(text => text.trim()); })"
    )
    return [Figure(*one) for one in found]


def listed(page: str, shown: Sequence[Figure]) -> str:
    """A page with these figures between its marks, in place of those that stood there."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    entries = "".join(
        f"\n### {one.number}: {one.title}\n\n![{one.title}](report/{one.table}.png)\n\n"
        f"{one.alternative}\n"
        for one in shown
    )
    return f"{before}{BEGIN}\n{entries}\n{END}{after}"


def show_figures(release: Path, shown: Sequence[Figure]) -> None:
    """Copy the pictures of figures from a release, and list them in docs/report.md."""
    for old in (DOCS / "report").glob("figure-*.png"):
        old.unlink()
    for figure in shown:
        shutil.copyfile(
            release / "figures" / f"{figure.table}.png", DOCS / "report" / f"{figure.table}.png"
        )
    PAGE.write_text(listed(PAGE.read_text(encoding="utf-8"), shown), encoding="utf-8")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("release", type=Path, help="folder of a release, with its report.html")
    release = parser.parse_args().release.resolve()
    report = release / "report.html"
    with chromium() as browser:
        for picture in PICTURES:
            file = DOCS / picture.file
            file.parent.mkdir(exist_ok=True)
            file.write_bytes(take(browser, report, picture))
            print(file.relative_to(DOCS.parent))
        show_figures(release, figures(browser, report))


if __name__ == "__main__":
    main()
