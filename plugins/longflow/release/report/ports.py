"""The layout `ports`: lines by protocol and port, of the table by IP version a row a version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from longflow.edition.published.order import merged_order
from longflow.release.bars import Bars
from longflow.release.report.cells import Cell, decimals_of
from longflow.settings import Edition

_Key = tuple[str, str | None, str | None]


@dataclass
class PortLine:
    """A protocol, class or port.

    Attributes:
        label: its name; None where it has none.
        rows: by IP version, one of None where the table has none; then by year.
    """

    level: str
    protocol: str | None
    port: str | None
    label: str | None
    rows: dict[int | None, dict[int, Cell]] = field(default_factory=dict)

    @property
    def is_rest(self) -> bool:
        """Whether it is what the other lines of its level leave."""
        port = self.port or ""
        return port.startswith("other") or port == "unknown"


@dataclass(frozen=True)
class Ports:
    """All lines.

    Attributes:
        places: decimals of a share.
        by_version: whether lines have a row for each IP version.
        years: its columns.
        coverage: of each year, percent.
        published: years of earlier reports.
        port_depth: how far ports are set in.
    """

    places: int
    by_version: bool
    years: tuple[int, ...]
    lines: tuple[PortLine, ...]
    coverage: Mapping[int, float]
    published: tuple[int, ...]
    port_depth: int


def ports(table: str, frame: pl.DataFrame, bars: Bars, _: Edition) -> Ports:
    """The body of a table of port shares."""
    places = decimals_of(table)["share_percent"]
    by_version = "ip_version" in frame.columns
    years = frame["year"].unique(maintain_order=True).to_list()
    versions = frame["ip_version"].unique().sort().to_list() if by_version else [None]
    lines: dict[_Key, PortLine] = {}
    sequences: dict[tuple[int, int | None], list[_Key]] = {}
    for row in frame.iter_rows(named=True):
        key = (row["level"], row["protocol"], row["port"])
        version = row.get("ip_version")
        line = lines.setdefault(key, PortLine(*key, row["label"], {of: {} for of in versions}))
        line.rows[version][row["year"]] = Cell(
            row["share_percent"], bars.of(table, "share_percent", row, places)
        )
        line.label = line.label or row["label"]
        sequences.setdefault((row["year"], version), []).append(key)
    coverage = frame.group_by("year", maintain_order=True).agg(pl.col("coverage_percent").min())
    order = [sequences.get((year, of), []) for year in years[::-1] for of in versions]
    return Ports(
        places=places,
        by_version=by_version,
        years=tuple(years),
        lines=tuple(lines[key] for key in merged_order(order)),
        coverage=dict(coverage.iter_rows()),
        published=tuple(frame.filter(status="published")["year"].unique()),
        port_depth=2 if "class" in frame["level"] else 1,
    )
