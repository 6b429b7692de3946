"""The sheets that are no table and no figure: cover, contents, findings, definitions and origin."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import chain

from xlsxwriter.worksheet import Worksheet

from longflow.release.report.marks import unmarked
from longflow.release.report.report import Report
from longflow.release.workbook.rectangle import of_table
from longflow.release.workbook.sheet import height_of, write_rectangle, write_text
from longflow.release.workbook.styles import Styles

# Writes a sheet; it knows the name of the sheet of each table and figure.
Page = Callable[[Worksheet, Report, Styles, Mapping[str, str]], None]

# Widths of columns, in signs.
_NUMBER, _NAME, _TEXT = 6, 26, 110


def write_cover(sheet: Worksheet, report: Report, styles: Styles, _: Mapping[str, str]) -> None:
    """Title, who publishes it, what the weeks are, and how to read the sheets."""
    manifest = report.manifest
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, _NAME)
    sheet.set_column(1, 1, _TEXT)
    write_text(sheet, 1, 0, report.title, styles, bold=True, font_size=20)
    sheet.set_row(1, 28)
    edition = report.say("edition", edition=manifest["edition"])
    write_text(sheet, 2, 0, f"{report.provider} · {edition}", styles)
    release = report.say("provenance.release_name", release=manifest["release"])
    lines = [
        (report.say("provenance.release"), release),
        (report.say("workbook.reading"), report.say("workbook.how")),
        ("", report.say("workbook.marks")),
        *(("", line) for line in report.terms),
    ]
    below = _write_pairs(sheet, 4, lines, styles)
    write_text(
        sheet,
        below + 1,
        0,
        report.say("weeks", time_zone=manifest["settings"]["time_zone"]),
        styles,
    )
    weeks = (
        (str(year), report.printing.words.week(monday))
        for year, monday in report.printing.edition.analysis_weeks.items()
    )
    _write_pairs(sheet, below + 2, weeks, styles)


def write_contents(
    sheet: Worksheet, report: Report, styles: Styles, sheets: Mapping[str, str]
) -> None:
    """Every table and figure with a link to its sheet."""
    sheet.set_column(0, 0, _NAME)
    sheet.set_column(1, 1, 70)
    sheet.set_column(2, 2, 60)
    write_text(sheet, 0, 0, report.say("contents"), styles, bold=True, font_size=14)
    for number, section in enumerate(report.sections, start=2):
        words = section.words
        to = f"internal:'{sheets[section.id]}'!A1"
        sheet.write_url(number, 0, to, styles.link, words.number)
        write_text(sheet, number, 1, words.title, styles)
        write_text(sheet, number, 2, words.unit, styles, **styles.minor_properties)


def write_findings(sheet: Worksheet, report: Report, styles: Styles, _: Mapping[str, str]) -> None:
    """What the numbers say, a sentence a row."""
    sheet.set_column(0, 0, _TEXT)
    write_text(sheet, 0, 0, report.say("findings"), styles, bold=True, font_size=14)
    for number, sentence in enumerate(report.sentences, start=2):
        text = sentence.text
        write_text(sheet, number, 0, text, styles, text_wrap=True)
        sheet.set_row(number, height_of(text, _TEXT))


def write_definitions(
    sheet: Worksheet, report: Report, styles: Styles, _: Mapping[str, str]
) -> None:
    """What the words and figures mean, a definition a row."""
    sheet.set_column(0, 0, _NUMBER)
    sheet.set_column(1, 1, _NAME)
    sheet.set_column(2, 2, _TEXT)
    write_text(sheet, 0, 0, report.say("definitions.title"), styles, bold=True, font_size=14)
    for number, of in enumerate(report.definitions, start=2):
        sheet.write_number(number, 0, of.number, styles.of(align="left"))
        write_text(sheet, number, 1, of.title, styles, text_wrap=True)
        write_text(sheet, number, 2, of.text, styles, text_wrap=True)
        sheet.set_row(number, height_of(of.text, _TEXT))


def write_provenance(
    sheet: Worksheet, report: Report, styles: Styles, _: Mapping[str, str]
) -> None:
    """Where the figures come from: release, software, and coverage of weeks and months."""
    say, manifest = report.say, report.manifest
    code = manifest["code"]
    packages = say("provenance.package_list", version=code["python"], packages=code["packages"])
    version = say(
        "provenance.version",
        version=code["longflow"],
        commit=code["commit"],
        modified=code["modified"],
    )
    # The columns of the table below are narrower.
    write_text(sheet, 0, 0, say("provenance.title"), styles, bold=True, font_size=14)
    pairs = (
        (say("provenance.release"), say("provenance.release_name", release=manifest["release"])),
        (say("provenance.snapshot"), str(manifest["archive"]["snapshot"])),
        (say("provenance.longflow"), unmarked(version)),
        (say("provenance.packages"), packages),
        (say("provenance.content"), f"SHA-256 {manifest['content_sha256']}"),
    )
    for number, (name, text) in enumerate(pairs, start=2):
        write_text(sheet, number, 0, name, styles)
        write_text(sheet, number, 1, text, styles)
    top = len(pairs) + 3
    tables = {say("provenance.weeks_coverage"): report.weekly_loads}
    if report.month_coverage is not None:
        tables[say("provenance.months_coverage")] = report.month_coverage
    for title, table in tables.items():
        write_text(sheet, top, 0, title, styles, bold=True)
        top = write_rectangle(sheet, top + 1, of_table(table, say), styles, is_alone=False) + 1
    write_text(sheet, top, 0, say("provenance.key"), styles, **styles.minor_properties)
    sheet.set_column(0, 0, _NAME)


def write_moved(sheet: Worksheet, report: Report, styles: Styles, _: Mapping[str, str]) -> None:
    """What moved since the last release."""
    moved = report.moved
    if moved is None:
        return
    say = report.say
    sheet.set_column(0, 0, _TEXT)
    sheet.set_column(1, 2, 18)
    write_text(
        sheet, 0, 0, say("changes.heading", release=moved.since), styles, bold=True, font_size=14
    )
    lines = [unmarked(say("changes.summary", moved=moved.moves, stopping=moved.stopping))]
    if moved.accepted:
        lines.append(unmarked(say("changes.accepted", reason=moved.accepted)))
    causes = (say(f"causes.{kind}", count=count) for kind, count in moved.causes)
    lines += chain(moved.reloads, causes)
    for number, line in enumerate(lines, start=2):
        write_text(sheet, number, 0, line, styles, text_wrap=True)
        sheet.set_row(number, height_of(line, _TEXT))
    for number, value in enumerate(moved.values, start=len(lines) + 3):
        write_text(sheet, number, 0, value.place, styles)
        for at, text in enumerate((value.was, value.now), start=1):
            write_text(sheet, number, at, text, styles, align="right")


def _write_pairs(
    sheet: Worksheet, top: int, pairs: Iterable[tuple[str, str]], styles: Styles
) -> int:
    """Write names and texts beside them; returns the number of the first row below."""
    number = top - 1
    for number, (name, text) in enumerate(pairs, start=top):
        write_text(sheet, number, 0, name, styles, bold=True)
        write_text(sheet, number, 1, text, styles, text_wrap=True)
        sheet.set_row(number, height_of(text, _TEXT))
    return number + 1
