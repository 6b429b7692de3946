"""Which rows of the port tables tell about few subscribers, by themselves or by a difference.

Rows of port tables add up: a protocol less its other rows is the one that is withheld. So with a
row that is withheld others must be, until what can be worked out from the rows that stay tells
about enough subscribers (complementary suppression). Tables of one service are looked at together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import duckdb
import numpy as np
import numpy.typing as npt
import polars as pl

from longflow.database import create_from, execute_named
from longflow.edition.tables import PORT_TABLES
from longflow.sqlfile import query

# Where flows are not attributed, so many sampled packets stand for a subscriber: as many as a cell
# needs for an error of its own. Of how many subscribers they are nobody can say.
PACKETS_FOR_A_SUBSCRIBER = 30

Parts = frozenset[int]


class RowKey(NamedTuple):
    """A row of a port table, in the columns of `port_disclosure`."""

    table_id: str
    year: int
    ip_version: int | None
    level: str
    protocol: str | None
    port: str | None


@dataclass
class Week:
    """The volume of a service in an analysis week, in parts, and the rows that sum them up.

    Attributes:
        subscribers: of each part the subscribers known to be behind it; None where nobody knows.
        sampled_packets: of each part.
        rows: the parts that each row sums up; rows without volume are not among them.
        totals: parts whose sum is 100 % of a table, known without a row.
        shares: of each row, by which the least is withheld.
    """

    subscribers: list[int | None]
    sampled_packets: list[int]
    rows: dict[RowKey, Parts] = field(default_factory=dict)
    totals: list[Parts] = field(default_factory=list)
    shares: dict[RowKey, float] = field(default_factory=dict)

    def behind(self, parts: Parts) -> int:
        """How many subscribers are surely behind some parts together."""
        known = [self.subscribers[part] for part in parts]
        if None in known:
            return sum(self.sampled_packets[part] for part in parts) // PACKETS_FOR_A_SUBSCRIBER
        return max(number for number in known if number is not None)


def find_port_disclosure(
    connection: duckdb.DuckDBPyConnection,
    tables: Mapping[str, pl.DataFrame],
    parameters: dict[str, object],
) -> None:
    """Make the table `port_disclosure`: of each row of a port table the fewest subscribers.

    Args:
        connection: on which the archive's `port_week` is.
        tables: the tables as computed; those of `PORT_TABLES` are looked at.
        parameters: what the settings bind in queries.
    """
    minimum = int(str(parameters["minimum_subscribers"]))
    ports = {name: frame for name, frame in tables.items() if name in PORT_TABLES}
    named = [frame.select("protocol", "port") for frame in ports.values()]
    create_from(
        connection,
        "named_port",
        pl.concat(named).unique().filter(pl.col("port").str.contains(r"^\d+$")),
    )
    parts = execute_named(connection, query("edition", "port_share", "parts"), parameters).pl()
    found: list[tuple[Any, ...]] = []
    for (_, service), week_parts in parts.group_by("year", "service", maintain_order=True):
        mine = {name: frame for name, frame in ports.items() if PORT_TABLES[name] == service}
        week = _week(week_parts, mine)
        found += [(*key, number) for key, number in least_subscribers(week, minimum).items()]
    create_from(
        connection,
        "port_disclosure",
        pl.DataFrame(
            found,
            schema={
                "table_id": pl.String(),
                "year": pl.Int32(),
                "ip_version": pl.UInt8(),
                "level": pl.String(),
                "protocol": pl.String(),
                "port": pl.String(),
                "least_subscribers": pl.Int64(),
            },
            orient="row",
        ),
    )


def least_subscribers(week: Week, minimum: int) -> dict[RowKey, int]:
    """Of each row with volume the fewest subscribers that it would tell about.

    Args:
        week: parts and rows.
        minimum: fewest subscribers that may be told about.

    Returns:
        At least the minimum for rows that may stay. For others those behind the row itself or,
        where it has to go with another row, those behind what it would give away.
    """
    told = {key: week.behind(parts) for key, parts in week.rows.items()}
    published = {key for key, number in told.items() if number >= minimum}
    while exposed := _exposed(week, published, minimum):
        behind = week.behind(exposed)
        gone = _least_to_withhold(week, exposed, published, minimum)
        for key in gone:
            told[key] = behind
        published -= gone
    return told


def _exposed(week: Week, published: set[RowKey], minimum: int) -> Parts | None:
    """Parts whose sum can be worked out from published rows, with too few subscribers behind it."""
    if len(published) == len(week.rows) or not published:
        return None
    for combination in _combinations(_reduced(_known(week, published))):
        parts = frozenset(np.flatnonzero(combination).tolist())
        if parts and week.behind(parts) < minimum:
            return parts
    return None


def _known(week: Week, published: set[RowKey]) -> npt.NDArray[np.float64]:
    """A line for each sum that is known, a column for each part: 1 where the sum holds it."""
    sums = [*(week.rows[key] for key in week.rows if key in published), *week.totals]
    known = np.zeros((len(sums), len(week.subscribers)))
    for line, parts in zip(known, sums, strict=True):
        line[list(parts)] = 1
    return known


def _combinations(reduced: npt.NDArray[np.float64]) -> Iterator[npt.NDArray[np.float64]]:
    """Sums of parts, each once, among what follows from known sums.

    A single part that follows from them is a row of their reduced form, and a sum of parts is a sum
    of such rows. Of rows without anything negative no sum has fewer subscribers than each of them,
    so only others are tried together.
    """
    mixed = []
    for line in reduced:
        if line.min() < 0:
            mixed.append(line)
        if np.isin(line, (0, 1)).all():
            yield line
    for index, first in enumerate(mixed):
        for second in reduced:
            if np.isin(total := first + second, (0, 1)).all():
                yield total
        for second in mixed[:index]:
            for total in (first - second, second - first):
                if np.isin(total, (0, 1)).all():
                    yield total


def _reduced(lines: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The reduced row echelon form, without rows of zeros."""
    lines = lines.copy()
    pivots = 0
    for column in range(lines.shape[1]):
        candidates = np.flatnonzero(np.abs(lines[pivots:, column]) > 1e-9)
        if not len(candidates):
            continue
        chosen = pivots + candidates[0]
        lines[[pivots, chosen]] = lines[[chosen, pivots]]
        lines[pivots] /= lines[pivots, column]
        others = np.arange(len(lines)) != pivots
        lines[others] -= np.outer(lines[others, column], lines[pivots])
        pivots += 1
        if pivots == len(lines):
            break
    return np.round(lines[:pivots], 9)


def _least_to_withhold(
    week: Week, exposed: Parts, published: set[RowKey], minimum: int
) -> set[RowKey]:
    """Of the ways to hide exposed parts with another row, the rows of the one that takes least."""
    options = []
    for other in week.rows:
        parts = week.rows[other]
        if other in published and not parts <= exposed:
            # A row that holds one of the two without the other would give it away again.
            between = {
                key for key in published if (week.rows[key] >= parts) != (week.rows[key] >= exposed)
            }
            too_few = week.behind(parts | exposed) < minimum
            options.append((too_few, sum(week.shares[key] for key in between), between))
    for _, _, between in sorted(options, key=lambda option: option[:2]):
        known = _known(week, published - between)
        hidden = np.zeros((1, known.shape[1]))
        hidden[0, list(exposed)] = 1
        if len(_reduced(np.vstack([known, hidden]))) > len(_reduced(known)):
            return between
    # There is nothing to hide it among.
    return set(published)


def _week(parts: pl.DataFrame, tables: Mapping[str, pl.DataFrame]) -> Week:
    rows = list(parts.iter_rows(named=True))
    week = Week(
        subscribers=[row["subscribers"] for row in rows],
        sampled_packets=[row["sampled_packets"] for row in rows],
    )
    year = rows[0]["year"]
    for table, frame in tables.items():
        named = {
            (row["protocol"], row["port"])
            for row in frame.filter(level="port").iter_rows(named=True)
        }
        cells = frame.filter(year=year)
        versions = (
            cells["ip_version"].unique().to_list() if "ip_version" in cells.columns else [None]
        )
        for version in versions:
            of_version = [
                (number, row)
                for number, row in enumerate(rows)
                if version is None or row["ip_version"] == str(version)
            ]
            week.totals.append(frozenset(number for number, _ in of_version))
            lines = cells if version is None else cells.filter(ip_version=version)
            for cell in lines.iter_rows(named=True):
                inside = frozenset(
                    number for number, part in of_version if _sums_up(cell, part, named)
                )
                if inside:
                    key = RowKey(
                        table, year, version, cell["level"], cell["protocol"], cell["port"]
                    )
                    week.rows[key] = inside
                    week.shares[key] = cell["share_percent"]
    return week


def _sums_up(cell: Mapping[str, Any], part: Mapping[str, Any], named: set[tuple[str, str]]) -> bool:
    """Whether a row of a port table sums up a part of the volume."""
    level, port = cell["level"], cell["port"]
    if level == "version":
        return True
    if part["protocol"] != cell["protocol"]:
        return False
    if level == "protocol":
        return True
    if level == "class" or port == "unknown":
        return bool(part["class"] == port)
    if port.startswith("other"):
        is_named = (part["protocol"], part["port"]) in named
        return (
            not is_named
            and part["class"] != "unknown"
            and port in {"other", f"other {part['class']}"}
        )
    return bool(part["port"] == port)
