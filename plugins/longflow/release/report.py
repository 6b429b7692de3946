"""The readable report of a release: one HTML file that asks no network for anything."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
import polars as pl

from longflow.edition import CompiledEdition
from longflow.edition.published.order import merged_order
from longflow.edition.scope import is_month_between
from longflow.edition.tables import ERRORS, promise_of, publication_of, published_tables
from longflow.release.bars import Bars
from longflow.release.changes import Changes
from longflow.settings import Edition

_TEMPLATES = Path(__file__).parent / "templates"

_MEASURES = {
    "yearly_growth_percent": "Yearly growth, %",
    "ratio_to_base": "Ratio to the OUT rate of {base_month}",
    "annualised_ratio": "The same ratio per year",
    "yearly_mode_ratio": "Ratio of modes, year to year",
    "ipoe_share_percent": "Share of IPoE in broadband, %",
}

_PARTS = {
    "volume": "Growth, %",
    "subscribers": "Subscribers",
    "volume_per_subscriber": "Volume per subscriber",
    "access_mix": "Move to IPoE",
}

# Smaller shares rest on too few packets for a week more or less to tell anything, percent.
_SMALL_SHARE = 1.0

_FEEDS = ("flows", "assignments", "usage", "subscribers")


@dataclass(frozen=True)
class Section:
    """One table of the report: heading, unit, body as the template's macro of its kind needs it."""

    id: str
    number: str
    title: str
    unit: str
    body: dict[str, Any]
    definitions: tuple[str, ...]
    findings: tuple[str, ...]


def render_report(
    compiled: CompiledEdition, manifest: dict[str, Any], changes: Changes | None = None
) -> str:
    """The report as HTML.

    Args:
        compiled: the edition.
        manifest: the manifest of the release, for what the figures come from.
        changes: what moved since the last release of the edition.
    """
    bars = Bars(compiled.tables[ERRORS])
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            manifest=manifest,
            weeks=[
                {"year": year, "span": week_span(monday)}
                for year, monday in compiled.settings.analysis_weeks.items()
            ],
            sections=[
                _section(table, layout, compiled, bars)
                for table in compiled.tables
                if (layout := publication_of(table).layout) is not None
            ],
            weekly_inputs=_weekly_inputs(compiled),
            month_coverage=_month_coverage(compiled),
            feeds=_FEEDS,
            changes=changes,
        )
    )


@cache
def _environment() -> jinja2.Environment:
    """The templates, read once a process."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["decimals"] = decimals
    environment.filters["signed"] = signed
    return environment


def decimals(value: float | None, places: int) -> str:
    """A number with a fixed number of decimals, thousands set off; nothing for no value."""
    return "" if value is None else f"{value:,.{places}f}".replace("-", "\N{MINUS SIGN}")


def signed(value: float) -> str:
    """A difference with one decimal and its sign."""
    text = decimals(value, 1)
    return f"+{text}" if value > 0 and text != "0.0" else text.replace("\N{MINUS SIGN}0.0", "0.0")


def week_span(monday: date) -> str:
    """A week as people write it: 3–9 June 2024, 29 May – 4 June 2023."""
    sunday = monday + timedelta(days=6)
    if monday.year != sunday.year:
        return f"{monday:%-d %B %Y} – {sunday:%-d %B %Y}"
    if monday.month != sunday.month:
        return f"{monday:%-d %B} – {sunday:%-d %B %Y}"
    return f"{monday.day}–{sunday:%-d %B %Y}"


def _section(table: str, layout: str, compiled: CompiledEdition, bars: Bars) -> Section:
    published, frame = publication_of(table), compiled.tables[table]
    notes = [note for note in compiled.notes if table in note.tables]
    return Section(
        id=table,
        number=published.number,
        title=published.title,
        unit=published.unit,
        body={
            "kind": layout,
            "is_empty": frame.is_empty(),
            **LAYOUTS[layout](table, frame, bars, compiled.settings),
        },
        definitions=tuple(note.text for note in notes if note.kind == "definition"),
        findings=tuple(note.text for note in notes if note.kind == "finding"),
    )


def _decimals(table: str) -> dict[str, int]:
    """How many decimals the figures of a table have that are printed."""
    return {
        name: column.decimals
        for name, column in promise_of(table).columns.items()
        if column.decimals is not None
    }


def _volumes(table: str, frame: pl.DataFrame, bars: Bars, _: Edition) -> dict[str, Any]:
    places = _decimals(table)
    rows: list[dict[str, Any]] = []
    for (year,), cells in frame.group_by("year", maintain_order=True):
        by_direction = {
            row["direction"]: {
                name: (row[name], bars.of(table, name, row, places[name])) for name in places
            }
            for row in cells.iter_rows(named=True)
        }
        row = {
            "year": year,
            "directions": [by_direction.get(direction) for direction in ("in", "out")],
            "population": cells["population"][0],
            "coverage": cells["coverage_percent"].min(),
            "published": "published" in cells["status"],
        }
        # A line between years that do not count the same subscribers.
        row["is_break"] = bool(rows) and rows[-1]["population"] != row["population"]
        rows.append(row)
    return {"rows": rows, "places": places}


def _ports(table: str, frame: pl.DataFrame, bars: Bars, _: Edition) -> dict[str, Any]:
    """Lines by protocol and port, of the table by IP version a row a version; columns by year."""
    places = _decimals(table)["share_percent"]
    by_version = "ip_version" in frame.columns
    years = frame["year"].unique(maintain_order=True).to_list()
    versions = frame["ip_version"].unique().sort().to_list() if by_version else [None]
    lines: dict[tuple[Any, ...], dict[str, Any]] = {}
    sequences: dict[tuple[int, Any], list[tuple[Any, ...]]] = {}
    for row in frame.iter_rows(named=True):
        key = (row["level"], row["protocol"], row["port"])
        version = row.get("ip_version")
        line = lines.setdefault(
            key, {**row, "rows": {of: {} for of in versions}, "is_rest": _is_rest(row)}
        )
        line["rows"][version][row["year"]] = (
            row["share_percent"],
            bars.of(table, "share_percent", row, places),
        )
        line["label"] = line["label"] or row["label"]
        sequences.setdefault((row["year"], version), []).append(key)
    coverage = frame.group_by("year", maintain_order=True).agg(pl.col("coverage_percent").min())
    has_classes = "class" in frame["level"]
    order = [sequences.get((year, of), []) for year in years[::-1] for of in versions]
    return {
        "places": places,
        "by_version": by_version,
        "years": years,
        "lines": [lines[key] for key in merged_order(order)],
        "coverage": dict(coverage.iter_rows()),
        "published": frame.filter(status="published")["year"].unique().to_list(),
        "port_depth": 2 if has_classes else 1,
    }


def _is_rest(row: dict[str, Any]) -> bool:
    port = row["port"] or ""
    return port.startswith("other") or port == "unknown"


def _columns(frame: pl.DataFrame) -> list[tuple[str, str]]:
    """Service and direction of the columns, those that the table has."""
    present = set(frame.select("service", "direction").iter_rows())
    wanted = [(service, way) for service in ("broadband", "mobile") for way in ("in", "out")]
    return [pair for pair in wanted if pair in present]


def _concentration(table: str, frame: pl.DataFrame, bars: Bars, _: Edition) -> dict[str, Any]:
    places = _decimals(table)["share_percent"]
    rows = [
        {
            "year": year,
            "cells": {
                (row["service"], row["direction"], row["top_percent"]): (
                    row["share_percent"],
                    bars.of(table, "share_percent", row, places),
                )
                for row in cells.iter_rows(named=True)
            },
            "published": "published" in cells["status"],
        }
        for (year,), cells in frame.group_by("year", maintain_order=True)
    ]
    return {
        "places": places,
        "columns": _columns(frame),
        "tops": frame["top_percent"].unique().sort().to_list(),
        "rows": rows,
    }


def _growth(table: str, frame: pl.DataFrame, bars: Bars, edition: Edition) -> dict[str, Any]:
    groups = []
    # Of the monthly series the month of growth stands for its year.
    shown = frame.filter(~is_month_between(edition))
    for (measure,), cells in shown.group_by("measure", maintain_order=True):
        # A percent is the hundredth of a ratio, and has a decimal less.
        places = _decimals(table)["value"] - str(measure).endswith("percent")
        spans: dict[tuple[str, str], dict[tuple[str, str], Any]] = {}
        for row in cells.iter_rows(named=True):
            span = spans.setdefault((row["from"], row["to"]), {})
            span[row["service"], row["direction"]] = {
                **row,
                "bar": bars.of(table, "value", row, places),
            }
        groups.append(
            {
                "measure": measure,
                "title": measure_title(str(measure), edition.base_month),
                "places": places,
                "rows": [
                    {"period": _period(str(measure), *span), "cells": values}
                    for span, values in sorted(spans.items())
                ],
            }
        )
    return {"columns": _columns(frame), "groups": groups}


def _growth_parts(table: str, frame: pl.DataFrame, bars: Bars, _: Edition) -> dict[str, Any]:
    """A group a service, a row a period, the parts of both directions side by side."""
    places = _decimals(table)["growth_points"]
    present = set(frame["part"])
    groups = [
        {
            "service": service,
            "rows": [
                {
                    "period": f"{first} → {last}",
                    "cells": {
                        (row["direction"], row["part"]): {
                            **row,
                            "bar": bars.of(table, "growth_points", row, places),
                        }
                        for row in rows.to_dicts()
                    },
                }
                for (first, last), rows in cells.group_by("from", "to", maintain_order=True)
            ],
        }
        for (service,), cells in frame.group_by("service", maintain_order=True)
    ]
    parts = {name: title for name, title in _PARTS.items() if name in present}
    return {"places": places, "parts": parts, "groups": groups}


def _totals(table: str, frame: pl.DataFrame, _: Bars, __: Edition) -> dict[str, Any]:
    """A row a year; by service the known consumers, by direction those counted and their volume."""
    columns = _columns(frame)
    return {
        "places": _decimals(table),
        "columns": columns,
        "rows": [
            {
                "year": year,
                "cells": {
                    (row["service"], row["direction"]): row for row in cells.iter_rows(named=True)
                },
            }
            for (year,), cells in frame.group_by("year", maintain_order=True)
        ],
    }


def _sensitivity(_: str, frame: pl.DataFrame, __: Bars, ___: Edition) -> dict[str, Any]:
    """A group a table, a row a figure, by year its value and the range of its neighbours."""
    is_small = (pl.col("column") == "share_percent") & (pl.col("edition_value") < _SMALL_SHARE)
    shown = frame.filter(pl.col("table") != "table-4-by-ip-version", ~is_small)
    groups: dict[str, dict[str, dict[int, dict[str, Any]]]] = {}
    keys = ["table", "service", "direction", "top_percent", "level", "protocol", "port", "column"]
    in_order = shown.sort(pl.col("table").cast(pl.Enum([*published_tables()])), maintain_order=True)
    for key, rows in in_order.group_by(*keys, "year", maintain_order=True):
        row = dict(zip([*keys, "year"], key, strict=True))
        number = publication_of(str(row["table"])).number
        cells = groups.setdefault(number, {}).setdefault(_figure(row), {})
        cells[int(str(row["year"]))] = {
            "value": rows["edition_value"][0],
            "least": rows["difference_percent"].min(),
            "most": rows["difference_percent"].max(),
        }
    return {
        "years": shown["year"].unique().sort().to_list(),
        "groups": groups,
    }


def _figure(row: Mapping[str, Any]) -> str:
    """What a figure is called: IN mean, Broadband IN top 1 %, TCP 443."""
    if row["top_percent"] is not None:
        return (
            f"{row['service'].capitalize()} {row['direction'].upper()} top {row['top_percent']} %"
        )
    if row["direction"] is not None:
        return f"{row['direction'].upper()} {row['column'].removesuffix('_mb')}"
    return f"{row['protocol']} {row['port'] or ''}".replace(">=", "\N{GREATER-THAN OR EQUAL TO}")


# What the layouts of contracts print, by their names.
LAYOUTS: dict[str, Callable[[str, pl.DataFrame, Bars, Edition], dict[str, Any]]] = {
    "volumes": _volumes,
    "ports": _ports,
    "concentration": _concentration,
    "growth": _growth,
    "parts": _growth_parts,
    "totals": _totals,
    "sensitivity": _sensitivity,
}


def _period(measure: str, first: str, last: str) -> str:
    if measure == "ratio_to_base" or first == last:
        return last
    return f"{first} → {last}"


def measure_title(measure: str, base_month: str) -> str:
    """What a measure is called in the report."""
    if measure in _MEASURES:
        return _MEASURES[measure].format(base_month=base_month)
    span = measure.removesuffix("_ratio").removesuffix("_mode").removesuffix("_year")
    what = "Ratio of modes" if measure.endswith("_mode_ratio") else "Ratio of traffic"
    return f"{what} over {span} year{'' if span == 'one' else 's'}"


def _weekly_inputs(compiled: CompiledEdition) -> list[dict[str, Any]]:
    """Loads of the analysis weeks: a row a week, a cell a feed."""
    loads = {
        (row["week"], row["feed"]): row
        for row in compiled.inputs.iter_rows(named=True)
        if row["feed"] != "counters"
    }
    return [
        {"week": monday, "loads": [loads.get((monday, feed)) for feed in _FEEDS]}
        for monday in compiled.settings.analysis_weeks.values()
    ]


def _month_coverage(compiled: CompiledEdition) -> dict[str, Any]:
    """Coverage of the months that growth rests on: a row a month, a cell a service."""
    services = {
        name.removeprefix("growth "): months
        for name, months in compiled.coverage_percent.items()
        if name.startswith("growth ")
    }
    months: Iterable[str] = sorted({month for found in services.values() for month in found})
    return {
        "services": list(services),
        "rows": [
            {"month": month, "cells": [found.get(month) for found in services.values()]}
            for month in months
        ],
    }
