"""What the figures come from: loads of the analysis weeks, and coverage of the months."""

from __future__ import annotations

from longflow.release.report.naming import cell_id
from longflow.release.report.printing import Printing
from longflow.release.report.table import (
    Cell,
    Column,
    Content,
    Group,
    Mark,
    Row,
    SourceLine,
    Table,
    Title,
)

_FEEDS = ("flows", "assignments", "usage", "subscribers")


def weekly_loads(printing: Printing) -> Table:
    """Coverage of the loads that the analysis weeks were drawn from, a row a week.

    Beside it stand marks: `w` for a load with warnings, `r2` for the second revision.
    """
    loads = {
        (row["week"], row["feed"]): row for row in printing.compiled.inputs.iter_rows(named=True)
    }
    missing = Mark("–", printing.say("cells.not_in_archive"))
    rows = []
    for year, monday in printing.edition.analysis_weeks.items():
        cells: list[Content] = []
        for feed in _FEEDS:
            load = loads.get((monday, feed))
            if load is None or load["coverage_percent"] is None:
                cells.append(missing)
                continue
            marks = "w" if load["verdict"] == "warned" else ""
            marks += f"r{load['revision']}" if load["revision"] > 1 else ""
            cells.append(_percent(("week", year, feed), load["coverage_percent"], printing, marks))
        rows.append(Row(Title(printing.words.week(monday)), tuple(cells)))
    columns = tuple(Column((printing.heading(feed),)) for feed in _FEEDS)
    return Table(printing.say("provenance.week"), columns, (Group(None, tuple(rows)),))


def month_coverage(printing: Printing) -> Table | None:
    """Coverage of the months that growth rests on by counters, a row a month; None without any."""
    services = {
        name.removeprefix("growth "): months
        for name, months in printing.compiled.coverage_percent.items()
        if name.startswith("growth ")
    }
    months = sorted({month for found in services.values() for month in found})
    if not months:
        return None
    missing = Mark("–", printing.say("cells.not_in_archive"))
    rows = tuple(
        Row(
            Title(printing.words.month(month)),
            tuple(
                _percent(("month", month, service), of[month], printing)
                if of.get(month) is not None
                else missing
                for service, of in services.items()
            ),
        )
        for month in months
    )
    columns = tuple(Column((printing.heading(service),)) for service in services)
    return Table(printing.say("provenance.month"), columns, (Group(None, rows),))


def _percent(place: tuple[object, ...], value: float, printing: Printing, marks: str = "") -> Cell:
    text = printing.words.numbers.number(value, 1)
    source = (SourceLine("formula", printing.say("source.coverage_formula")),)
    place_id = cell_id("provenance", place, "coverage_percent")
    return Cell(place_id, text, 1, marks, value=value, source=source)
