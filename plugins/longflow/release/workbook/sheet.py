"""The sheet of a table or figure: title, unit, data, notes; of a figure also its picture."""

from __future__ import annotations

import io
import math

from xlsxwriter.worksheet import Worksheet

from longflow.release.report.figure import FigureBody
from longflow.release.report.report import Report
from longflow.release.report.sections import Section
from longflow.release.workbook.rectangle import Filling, Number, Rectangle, rectangle_of
from longflow.release.workbook.styles import Styles
from longflow.texts import breadth

# Widths of columns, in signs.
_LEAST, _MOST_NUMBER, _MOST_TEXT = 9, 16, 40

_LINE_HEIGHT = 15

# Rows above the headings: title, unit, link.
_ABOVE = 3

# Pictures have twice the pixels of the screen.
_PICTURE_SCALE = 0.5


def write_section(
    sheet: Worksheet, section: Section, report: Report, styles: Styles, contents: str
) -> None:
    """Write the sheet of a table or figure.

    Args:
        sheet: the sheet.
        section: what it prints.
        report: of which it is a part.
        styles: of the workbook.
        contents: name of the sheet with the contents.
    """
    words = section.words
    title = report.say("label", number=words.number, title=words.title)
    write_text(sheet, 0, 0, title, styles, bold=True, font_size=14)
    write_text(sheet, 1, 0, words.unit, styles, **styles.minor_properties)
    sheet.write_url(
        2, 0, f"internal:'{contents}'!A1", styles.link, report.say("workbook.to_contents")
    )
    if section.is_empty:
        sheet.write_string(_ABOVE, 0, report.say("no_values"), styles.of())
        below = _ABOVE + 1
    else:
        rectangle = rectangle_of(section.body, report.say)
        below = write_rectangle(sheet, _ABOVE, rectangle, styles)
        if isinstance(section.body, FigureBody):
            _write_picture(sheet, section, len(rectangle.heads) + 1)
    _write_notes(sheet, below + 1, section, report, styles)


def write_rectangle(
    sheet: Worksheet, top: int, rectangle: Rectangle, styles: Styles, *, is_alone: bool = True
) -> int:
    """Write headings and rows; where it stands alone, freeze the headings and offer filters.

    Args:
        sheet: the sheet.
        top: number of the row of the headings, from 0.
        rectangle: what is written.
        styles: of the workbook.
        is_alone: whether it is the only one of its sheet.

    Returns:
        The number of the first row below.
    """
    heads, rows = rectangle.heads, rectangle.rows
    widths = [_width(rectangle, at) for at in range(len(heads))]
    for at, (head, width) in enumerate(zip(heads, widths, strict=True)):
        sheet.set_column(at, at, width)
        is_name = at < rectangle.keys or _is_text(rectangle, at)
        sheet.write_string(top, at, head, styles.head if is_name else styles.number_head)
    sheet.set_row(top, _LINE_HEIGHT * max(map(_lines, heads, widths), default=1))
    for number, row in enumerate(rows, start=top + 1):
        for at, filling in enumerate(row):
            _write(sheet, number, at, filling, styles, is_key=at < rectangle.keys)
    if is_alone:
        sheet.freeze_panes(top + 1, rectangle.keys)
        sheet.repeat_rows(top)
        if rows:
            sheet.autofilter(top, 0, top + len(rows), len(heads) - 1)
        # Years are headings here, and no numbers to count with.
        sheet.ignore_errors({"number_stored_as_text": f"A{top + 1}:XFD{top + 1}"})
    return top + len(rows) + 1


def write_text(
    sheet: Worksheet, row: int, column: int, text: str, styles: Styles, **properties: object
) -> None:
    """Write a text that no program takes for a formula."""
    sheet.write_string(row, column, text, styles.text(text, **properties))


def _write(
    sheet: Worksheet, row: int, column: int, filling: Filling, styles: Styles, *, is_key: bool
) -> None:
    match filling:
        case None:
            pass
        case Number():
            sheet.write_number(row, column, filling.value, styles.number(filling))
        case _ if is_key and filling.isascii() and filling.isdecimal():
            # A year. As a text, programs would mark it as a faulty number.
            sheet.write_number(row, column, int(filling), styles.of(num_format="0", align="left"))
        case _:
            align = "left" if is_key else "right"
            write_text(sheet, row, column, filling, styles, align=align)


def _is_text(rectangle: Rectangle, at: int) -> bool:
    """Whether a column holds words alone."""
    return not any(isinstance(row[at], Number) for row in rectangle.rows)


def _width(rectangle: Rectangle, at: int) -> int:
    """The width of a column, in signs: of its texts, and of the longest word of its heading."""
    texts = [row[at] for row in rectangle.rows]
    longest = max((_signs(filling) for filling in texts), default=0)
    word = max(map(breadth, rectangle.heads[at].split()), default=0)
    is_text = at < rectangle.keys or _is_text(rectangle, at)
    # The sign of the filter needs two more.
    wanted = max(longest, word + 3, _LEAST) + 1
    return min(wanted, _MOST_TEXT if is_text else max(_MOST_NUMBER, longest + 1))


def _signs(filling: Filling) -> int:
    if isinstance(filling, Number):
        text = f"{filling.value:,.6g}" if filling.places is None else (
            f"{filling.value:,.{filling.places}f}"
        )  # fmt: skip
        return len(text) + 2 * filling.is_published
    return breadth(filling or "")


def _lines(text: str, width: int) -> int:
    """How many lines a heading takes; the last one leaves room for the sign of the filter."""
    lines, used = 1, 0
    for word in text.split():
        if used and used + 1 + breadth(word) > width - 3:
            lines, used = lines + 1, breadth(word)
        else:
            used += breadth(word) + bool(used)
    return lines


def _write_picture(sheet: Worksheet, section: Section, column: int) -> None:
    """Put the picture of a figure to the right of its data."""
    body = section.body
    if not isinstance(body, FigureBody):
        return
    picture = {
        "image_data": io.BytesIO(body.drawing.png),
        "x_scale": _PICTURE_SCALE,
        "y_scale": _PICTURE_SCALE,
        "description": body.alternative,
    }
    sheet.insert_image(_ABOVE, column, f"{section.id}.png", picture)


def _write_notes(
    sheet: Worksheet, top: int, section: Section, report: Report, styles: Styles
) -> None:
    between = report.printing.words.writing.between
    lines = [f"{remark.number}. {remark.text}" for remark in section.remarks]
    if section.elsewhere:
        notes = between.join(
            report.say("note_of", table=note.of_table, number=note.number)
            for note in section.elsewhere
        )
        lines.append(report.say("elsewhere", list=notes))
    if section.definitions:
        named = between.join(
            report.say("definition_link", number=of.number, title=of.title)
            for of in section.definitions
        )
        lines.append(report.say("defined", list=named))
    for number, line in enumerate(lines, start=top):
        write_text(sheet, number, 0, line, styles, **styles.minor_properties)


def height_of(text: str, width: int) -> float:
    """The height of a row with a wrapped text in a column of so many signs, in points."""
    return _LINE_HEIGHT * max(1, math.ceil(breadth(text) * 1.05 / width))
