"""The workbook: cover, contents, findings, a sheet for each table and figure, and the method."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import NamedTuple

import xlsxwriter

from longflow.release.report.report import Report
from longflow.release.report.sections import Section
from longflow.release.workbook.names import sheet_names
from longflow.release.workbook.pages import (
    Page,
    write_contents,
    write_cover,
    write_definitions,
    write_findings,
    write_moved,
    write_provenance,
)
from longflow.release.workbook.sheet import write_section
from longflow.release.workbook.styles import Styles

# What is no formula, link or number in the report is none in the workbook. Bytes of pictures and
# sheets are held in memory, as those of all files of a release are.
_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": False,
}


class _Planned(NamedTuple):
    """A sheet before it is written: what it is called, and what it prints."""

    wanted: str
    prints: Page | Section


def workbook_of(report: Report) -> bytes:
    """The report as an Office Open XML workbook; equal reports give equal bytes."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, _OPTIONS) as book:
        book.set_properties(
            {
                "title": report.title,
                "author": report.provider,
                "created": report.time.replace(tzinfo=None),
            }
        )
        planned = list(_planned(report))
        names = sheet_names(plan.wanted for plan in planned)
        sections = {
            plan.prints.id: name
            for name, plan in zip(names, planned, strict=True)
            if isinstance(plan.prints, Section)
        }
        styles = Styles(book)
        for name, plan in zip(names, planned, strict=True):
            sheet = book.add_worksheet(name)
            sheet.set_landscape()
            sheet.set_paper(9)  # A4
            sheet.fit_to_pages(1, 0)
            if isinstance(plan.prints, Section):
                write_section(sheet, plan.prints, report, styles, names[1])
            else:
                plan.prints(sheet, report, styles, sections)
    return file.getvalue()


def _planned(report: Report) -> Iterator[_Planned]:
    yield _Planned(report.say("workbook.cover"), write_cover)
    yield _Planned(report.say("contents"), write_contents)
    if report.sentences:
        yield _Planned(report.say("findings"), write_findings)
    for section in report.sections:
        yield _Planned(section.words.number, section)
    yield _Planned(report.say("definitions.number"), write_definitions)
    yield _Planned(report.say("provenance.number"), write_provenance)
    if report.moved is not None:
        yield _Planned(report.say("changes.number"), write_moved)
