"""The report in a real browser: pressed, touched, read by keyboard, dark, on a phone, on paper."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from longflow.edition import CompiledEdition
from longflow.release.figures import draw_edition
from longflow.release.report import compose, page_of
from pypdf import PdfReader

from tests.browser import Browser, Page, chromium
from tests.unit.release.test_report import MANIFEST

pytestmark = pytest.mark.chromium

PHONE = 390  # pixels wide
NUMBER = "#" + "table-3.2024.port.tcp.443.share_percent".replace(".", "\\.")

# Every text that is seen against what lies under it, where the contrast is too small for WCAG 2.2
# level AA. Large text could do with less.
TOO_FAINT = """(() => {
  const channels = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const luminance = (colour) => {
    const [r, g, b] = channels(colour).map((of) => of / 255)
      .map((of) => of <= 0.04045 ? of / 12.92 : ((of + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const under = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if (channels(colour)[3] !== 0) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const found = {}, walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let seen = 0;
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.getClientRects().length) continue;
    const [text, back] = [getComputedStyle(element).color, under(element)];
    const [high, low] = [luminance(text), luminance(back)].sort((a, b) => b - a);
    seen += 1;
    if ((high + 0.05) / (low + 0.05) < 4.5) found[`${text} on ${back}`] = walker.currentNode.data;
  }
  return { seen, found };
})()"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture
def file(compiled: CompiledEdition, tmp_path: Path) -> Path:
    file = tmp_path / "report.html"
    html = page_of(compose(compiled, MANIFEST, draw_edition(compiled, ())))
    file.write_text(html, encoding="utf-8")
    return file


def shown(page: Page) -> str | None:
    """The text of the panel that says where a number comes from; None if it is closed."""
    panel = 'document.querySelector("#source")'
    text = page.evaluate(f'{panel}.matches(":popover-open") ? {panel}.innerText : null')
    return None if text is None else re.sub(r"\s+", " ", text)


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.id"))


def test_a_press_on_a_number_says_where_it_comes_from(
    browser: Browser, file: Path, compiled: CompiledEdition
) -> None:
    page = browser.page(file)
    before = page.evaluate(f"getComputedStyle(document.querySelector({json.dumps(NUMBER)})).color")
    page.point(NUMBER)
    hovered = page.evaluate(f"getComputedStyle(document.querySelector({json.dumps(NUMBER)})).color")
    assert hovered != before
    assert shown(page) is None
    page.point(NUMBER, press=True)
    text = shown(page)
    assert text is not None
    assert text.startswith("Table 3, TCP 443, 2024 ")
    coverage = compiled.tables["table-3"].filter(year=2024)["coverage_percent"][0]
    for part in ("95 % interval from ", "3–9 June 2024", f"{coverage:.1f} %", "Definitions: "):
        assert part in text
    # Nothing was asked of any host; what the page is made of came with it.
    assert page.requested() == [file.as_uri()]


def test_numbers_are_reached_and_pressed_by_keyboard(browser: Browser, file: Path) -> None:
    page = browser.page(file)
    page.evaluate("document.querySelector('#table-3 .wide').focus()")
    page.press("Tab")
    first = focused(page)
    page.press("ArrowDown")
    page.press("ArrowRight")
    second = focused(page)
    assert first.startswith("table-3.")
    assert second.startswith("table-3.")
    assert second != first
    page.press("Enter")
    assert shown(page) is not None
    page.press("Escape")
    assert shown(page) is None
    assert focused(page) == second


def test_a_phone_shows_the_page_without_cutting_it(browser: Browser, file: Path) -> None:
    page = browser.page(file, width=PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE
    # Only wide tables and drawings reach beyond the edge, and these scroll.
    beyond = page.evaluate(
        "[...document.querySelectorAll('body *')]"
        ".filter((e) => !e.closest('.wide, .drawing, .skip')"
        f" && e.getBoundingClientRect().right > {PHONE} + 0.5).map((e) => e.outerHTML.slice(0, 80))"
    )
    assert beyond == []
    page.point(NUMBER, touch=True)
    assert "Table 3, TCP 443, 2024" in str(shown(page))
    left, right = page.evaluate(
        "(() => { const r = document.querySelector('#source').getBoundingClientRect();"
        " return [r.left, r.right]; })()"
    )
    assert 0 <= left < right <= PHONE


def test_every_text_stands_out_in_light_and_dark(browser: Browser, file: Path) -> None:
    papers = set()
    for dark in (False, True):
        page = browser.page(file, dark=dark)
        page.point(NUMBER, press=True)
        result = page.evaluate(TOO_FAINT)
        assert result["found"] == {}
        assert result["seen"] > 500
        papers.add(page.evaluate("getComputedStyle(document.documentElement).backgroundColor"))
    assert len(papers) == 2


@pytest.mark.parametrize(("width", "is_narrow"), [(PHONE, True), (500, True), (1280, False)])
def test_a_narrow_screen_shows_the_narrow_picture(
    browser: Browser, file: Path, width: int, is_narrow: bool
) -> None:
    page = browser.page(file, width=width)
    shown_pictures = page.evaluate(
        "[...document.querySelectorAll('#figure-12 .drawing svg')].map((e) =>"
        " getComputedStyle(e).display !== 'none')"
    )
    assert shown_pictures == [not is_narrow, is_narrow]
    # Its values are where they are drawn.
    x, y, text = page.evaluate(
        "(() => { const drawing = document.querySelector('#figure-12 .drawing');"
        " drawing.scrollIntoView(); const of = drawing.dataset,"
        " narrow = innerWidth < 640, frame = drawing.querySelectorAll('svg')[+narrow]"
        ".getBoundingClientRect(), scale = frame.width / (narrow ? of.narrowWidth : of.width);"
        " const spots = JSON.parse(of.spots), places = JSON.parse(of.narrowPlaces),"
        " [x, y] = (narrow ? places : spots)[0];"
        " return [frame.x + x * scale, frame.y + y * scale, spots[0][2]]; })()"
    )
    page.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
    box = "document.querySelector('#figure-12 .spot')"
    assert page.evaluate(f"{box}.textContent") == text
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_figure_answers_to_pointer_and_keys(browser: Browser, file: Path) -> None:
    page = browser.page(file)
    box = "document.querySelector('#figure-12 .spot')"
    x, y, text = page.evaluate(
        "(() => { const drawing = document.querySelector('#figure-12 .drawing');"
        " drawing.scrollIntoView(); const frame = drawing.querySelector('svg')"
        ".getBoundingClientRect(), scale = frame.width / drawing.dataset.width;"
        " const [x, y, text] = JSON.parse(drawing.dataset.spots)[0];"
        " return [frame.x + x * scale, frame.y + y * scale, text]; })()"
    )
    page.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
    assert page.evaluate(f"{box}.textContent") == text
    page.evaluate("document.querySelector('#figure-12 .drawing').focus()")
    page.press("ArrowRight")
    second = page.evaluate(f"{box}.hidden ? null : {box}.textContent")
    page.press("ArrowRight")
    third = page.evaluate(f"{box}.hidden ? null : {box}.textContent")
    assert second
    assert third
    assert second != third
    page.press("Escape")
    assert page.evaluate(f"{box}.hidden")
    assert page.evaluate("document.querySelector('#figure-12 .drawing').ariaLabel.length") > 40


def test_paper_keeps_headings_with_their_tables(browser: Browser, file: Path) -> None:
    page = browser.page(file)
    titles = page.evaluate(
        "[...document.querySelectorAll('h2, h3, .unit, tr.heading')].map((e) => e.innerText)"
    )
    heads = page.evaluate(
        "[...document.querySelectorAll('table')].flatMap((table) => {"
        " const corner = table.querySelector('thead th').innerText;"
        " return [...table.tHead.rows].map((row) => corner + [...row.cells]"
        ".map((cell) => cell.innerText).filter((text) => text !== corner).join(''));"
        " })"
    )
    # The words of drawings are no lines of the page, and a panel may be named as a heading is.
    page.evaluate(
        "document.querySelectorAll('.drawing svg').forEach((e) => e.style.visibility = 'hidden')"
    )
    headings = {re.sub(r"\s", "", title) for title in titles if title.strip()}
    heads_of_columns = {re.sub(r"\s", "", head) for head in heads}
    pages = PdfReader(io.BytesIO(page.pdf())).pages
    assert len(pages) > 3
    seen = 0
    for number, paper in enumerate(pages, 1):
        lines = [re.sub(r"\s", "", line) for line in paper.extract_text().splitlines()]
        printed = [line for line in lines if line and line != str(number)]
        assert str(number) in lines
        assert headings.isdisjoint(printed[-1:])
        # Behind the heads of columns stand at least three rows.
        places = [at for at, line in enumerate(printed) if line in heads_of_columns]
        assert all(at + 3 < len(printed) for at in places)
        seen += len(places)
    assert seen > 5
