"""The layout `ports`: rows by protocol and port, of the table by IP version a row a version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import polars as pl

from longflow.edition.published.order import merged_order
from longflow.release.report.printing import Printing, decimals_of, least_covered, port_title
from longflow.release.report.table import Column, Content, Group, Row, Table, Title

_Key = tuple[str, str | None, str | None]


@dataclass
class _Line:
    """A protocol, class or port, with its name; its rows by IP version, then by year."""

    level: str
    protocol: str | None
    port: str | None
    name: str | None
    rows: dict[int | None, dict[int, Mapping[str, Any]]] = field(default_factory=dict)

    @property
    def kind(self) -> Literal["part", "whole", "rest"]:
        port = self.port or ""
        if port.startswith("other") or port == "unknown":
            return "rest"
        return "whole" if self.level in {"version", "protocol"} else "part"

    def depth(self, of_ports: int) -> int:
        return {"version": 0, "protocol": 0, "class": 1}.get(self.level, of_ports)

    def title(self, printing: Printing) -> str:
        if self.level == "version":
            return printing.say("ports.all_bytes")
        if self.kind == "rest" and self.name:
            return str(self.protocol)
        return port_title(self.protocol, self.port)


def ports(table: str, frame: pl.DataFrame, printing: Printing) -> Table:
    """The body of a table of port shares."""
    places = decimals_of(table)["share_percent"]
    by_version = "ip_version" in frame.columns
    years = frame["year"].unique(maintain_order=True).to_list()
    versions = frame["ip_version"].unique().sort().to_list() if by_version else [None]
    of_ports = 2 if "class" in frame["level"] else 1
    rows = []
    for line in _lines(frame, years, versions):
        for number, (version, of_years) in enumerate(line.rows.items()):
            cells: list[Content] = [
                printing.figure(table, of_years[year], "share_percent", places).unmarked
                if year in of_years
                else None
                for year in years
            ]
            if by_version:
                cells.insert(0, printing.say("ports.ip_version", version=version))
            title = Title(
                line.title(printing),
                "" if line.level == "version" else _label(line, printing),
                line.depth(of_ports),
                len(line.rows),
            )
            rows.append(Row(title if number == 0 else None, tuple(cells), line.kind))
    published = set(frame.filter(status="published")["year"])
    columns = [Column((str(year),), is_published=year in published) for year in years]
    if by_version:
        columns.insert(0, Column((printing.say("heads.ip_version"),), is_text=True))
    return Table(
        printing.say("heads.port"),
        tuple(columns),
        (Group(None, tuple(rows)),),
        Group(None, (_coverage(table, frame, years, printing),)),
    )


def _label(line: _Line, printing: Printing) -> str:
    return printing.say("ports.label", label=line.name) if line.name else ""


def _lines(frame: pl.DataFrame, years: list[int], versions: list[int | None]) -> list[_Line]:
    """The lines of all years, in the order of the last year, with others where they belong."""
    lines: dict[_Key, _Line] = {}
    sequences: dict[tuple[int, int | None], list[_Key]] = {}
    for row in frame.iter_rows(named=True):
        key = (row["level"], row["protocol"], row["port"])
        version = row.get("ip_version")
        line = lines.setdefault(key, _Line(*key, row["label"], {of: {} for of in versions}))
        line.rows[version][row["year"]] = row
        line.name = line.name or row["label"]
        sequences.setdefault((row["year"], version), []).append(key)
    order = [sequences.get((year, of), []) for year in years[::-1] for of in versions]
    return [lines[key] for key in merged_order(order)]


def _coverage(table: str, frame: pl.DataFrame, years: list[int], printing: Printing) -> Row:
    """The coverage of each year's week, in percent."""
    # Of rows with equal coverage the last one names the cell.
    least = [
        least_covered(frame.filter(year=year).reverse().iter_rows(named=True)) for year in years
    ]
    cells: list[Content] = [printing.coverage(table, row) for row in least]
    if "ip_version" in frame.columns:
        cells.insert(0, None)
    return Row(Title(printing.say("ports.coverage")), tuple(cells))
