"""The calendar: public holidays and school terms, as dates, ranges or files of them."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, PrivateAttr, ValidationInfo, model_validator

from longflow.amounts import counted
from longflow.settings.places import located
from longflow.settings.section import Day, Kind, Section, Text, shortened, shown, wrong

# More than a year is surely a typing error, in a holiday as in a term.
_MOST_DAYS = 366
_MOST_BYTES = 1024 * 1024


@dataclass(frozen=True, order=True)
class Span:
    """Days from the first to the last, both included, and their name; empty without one."""

    first: date
    last: date
    name: str = ""

    def days(self) -> list[date]:
        """Each of the days."""
        number = (self.last - self.first).days + 1
        return [self.first + timedelta(days=place) for place in range(number)]


def _calendar_file(value: object, info: ValidationInfo) -> object:
    return located(value, info) if isinstance(value, str) else value


CalendarFile = Annotated[Path, BeforeValidator(_calendar_file), Kind("path of a CSV file")]


class CalendarEntry(Section):
    """One day, a range of days, or a file of them."""

    date: Day | None = None
    """A single day."""
    first: Day | None = None
    """First day of a range."""
    last: Day | None = None
    """Last day of a range; it belongs to the range."""
    name: Text | None = None
    """What the day or range is called."""
    path: CalendarFile | None = None
    """A CSV file in UTF-8, in place of the other settings. Its first line names the columns:
    `date`, or `first` and `last`, and optionally `name`. Dates are written as 2024-06-03."""
    _spans: tuple[Span, ...] = PrivateAttr(default=())

    @property
    def spans(self) -> tuple[Span, ...]:
        """The days that the entry names, in the order of the file."""
        return self._spans

    @model_validator(mode="after")
    def _names_days(self) -> CalendarEntry:
        if self.path is not None:
            if self.date or self.first or self.last or self.name:
                raise wrong("names a file and days", "write them as two entries", "path")
            self._spans = tuple(_read(self.path))
        elif self.date is not None:
            if self.first or self.last:
                raise wrong("names a day and a range", "write them as two entries", "date")
            self._spans = (Span(self.date, self.date, self.name or ""),)
        elif self.first is not None and self.last is not None:
            if problem := _range_problem(self.first, self.last):
                raise wrong(*problem, "last")
            self._spans = (Span(self.first, self.last, self.name or ""),)
        else:
            raise wrong("names no days", "write date, or first and last, or path")
        return self


class Holiday(CalendarEntry):
    """A public holiday, a range of holidays, or a file of them.

    Editions leave these days out of weekday means (`leave_out_holidays`), and a footnote names
    chosen weeks that contain one.
    """


class Term(CalendarEntry):
    """A school term, or a file of terms.

    Editions compare the daytime in and out of term (`daytime-by-term`), and a footnote names chosen
    weeks that lie outside them.
    """


def _range_problem(first: date, last: date) -> tuple[str, str] | None:
    if last < first:
        return f"{last} lies before the first day, {first}", "swap the two"
    if (last - first).days >= _MOST_DAYS:
        return f"{first} to {last} is longer than a year", "correct the dates"
    return None


def _read(file: Path) -> list[Span]:
    """The days that a file names.

    Raises:
        WrongSettingError: it cannot be read, or a line is not as it should be.
    """
    spans = []
    try:
        with file.open("rb") as opened:
            content = opened.read(_MOST_BYTES + 1)
    except OSError as error:
        what = (error.strerror or "cannot be read").lower()
        raise wrong(f"{file}: {what}", "name a CSV file that can be read", "path") from None
    if len(content) > _MOST_BYTES:
        raise wrong(f"{file}: more than {_MOST_BYTES:,} bytes", "name a calendar", "path")
    try:
        text = content.decode("utf-8-sig")
        lines = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        what = "not UTF-8" if isinstance(error, UnicodeDecodeError) else f"not CSV: {error}"
        raise wrong(f"{file}: {what}", "save it as CSV in UTF-8", "path") from None
    header = [name.strip() for name in lines[0]] if lines else []
    dated = [name for name in header if name != "name"]
    if dated not in (["date"], ["first", "last"]) or header.count("name") > 1:
        raise wrong(
            f"{file}: line 1 names the columns {shown(', '.join(header))}",
            "name them date, or first,last, and optionally name",
            "path",
        )
    for number, line in enumerate(lines[1:], start=2):
        if not any(cell.strip() for cell in line):
            continue
        spans.append(_span(file, number, header, line))
    if not spans:
        raise wrong(f"{file}: there are no days in it", "add them, or remove the entry", "path")
    return spans


def _span(file: Path, number: int, header: list[str], line: list[str]) -> Span:
    """The days of one line of a file."""
    place = f"{file}: line {number}"
    if len(line) != len(header):
        cells_there = counted(len(line), "cells")
        raise wrong(f"{place} has {cells_there}, not {len(header)}", "correct the line", "path")
    cells = {name: cell.strip() for name, cell in zip(header, line, strict=True)}
    days = [_date(place, cells[name]) for name in ("first", "last", "date") if name in cells]
    first, last = days[0], days[-1]
    if problem := _range_problem(first, last):
        raise wrong(f"{place}: {problem[0]}", problem[1], "path")
    return Span(first, last, shortened(" ".join(cells.get("name", "").split()), 1_000))


def _date(place: str, text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.isoformat() != text:
        raise wrong(f"{place}: {shown(text)} is not a date", "write it as 2024-06-03", "path")
    return day


def spans_of(entries: tuple[CalendarEntry, ...]) -> tuple[Span, ...]:
    """The days that some entries name, in order, each span once."""
    return tuple(sorted({span for entry in entries for span in entry.spans}))


def days_of(entries: tuple[CalendarEntry, ...]) -> dict[date, str]:
    """Each day that some entries name, in order, and its name; of several, the first."""
    found: dict[date, str] = {}
    for span in spans_of(entries):
        for day in span.days():
            found.setdefault(day, span.name)
    return dict(sorted(found.items()))
