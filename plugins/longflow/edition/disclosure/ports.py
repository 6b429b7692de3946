"""Which rows of the port tables describe few subscribers, by themselves or by a difference.

Rows of port tables add up: a protocol less its other rows gives the withheld row. So a withheld row
forces others to be withheld, until everything that follows from the remaining rows describes enough
subscribers (complementary suppression). All tables of a service are considered together.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import duckdb
import numpy as np
import numpy.typing as npt
import polars as pl

from longflow.contract.creating import create_table
from longflow.database import execute_named
from longflow.edition.tables import by_service
from longflow.sqlfile import query

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
        subscribers: for each part, the subscribers known to be behind it; None if unknown.
        average_subscribers: for each part, how many average subscribers of the service have its
            volume; used if the number is unknown.
        rows: the parts that each row sums up; rows without volume are not included.
        totals: parts whose sum is 100 %, by the IP version of the shares; None means both.
        shares: the share of each row, to withhold as little as possible.
    """

    subscribers: list[int | None]
    average_subscribers: list[float]
    rows: dict[RowKey, Parts] = field(default_factory=dict)
    totals: dict[int | None, Parts] = field(default_factory=dict)
    shares: dict[RowKey, float] = field(default_factory=dict)

    def behind(self, parts: Parts) -> int:
        """The certain number of subscribers behind some parts together; if unknown, the average."""
        known = [self.subscribers[part] for part in parts]
        if None in known:
            # A billionth more, so that rounding leaves no sum of fractions below a whole number.
            return int(sum(self.average_subscribers[part] for part in parts) + 1e-9)
        return max(number for number in known if number is not None)


def find_port_disclosure(
    connection: duckdb.DuckDBPyConnection,
    tables: Mapping[str, pl.DataFrame],
    parameters: dict[str, object],
) -> None:
    """Make the table `port_disclosure`: the smallest number of subscribers of each port row.

    Args:
        connection: the connection with the archive's `port_week`.
        tables: the computed tables; only port tables are used.
        parameters: the query parameters that come from the settings.
    """
    minimum = int(str(parameters["minimum_subscribers"]))
    services = by_service("ports")
    ports = {name: frame for name, frame in tables.items() if name in services}
    named = [frame.select("protocol", "port") for frame in ports.values()]
    create_table(
        connection,
        "edition",
        "named_port",
        pl.concat(named).unique().filter(pl.col("port").str.contains(r"^\d+$")),
    )
    parts = execute_named(connection, query("edition", "port_disclosure", "parts"), parameters).pl()
    # A row without volume describes nobody.
    found = dict.fromkeys(_rows(ports), minimum)
    for (_, service), week_parts in parts.group_by("year", "service", maintain_order=True):
        mine = {name: frame for name, frame in ports.items() if services[name] == service}
        week = _week(week_parts, mine)
        found |= least_subscribers(week, minimum)
    rows = [(*key, number) for key, number in found.items()]
    create_table(connection, "edition", "port_disclosure", rows)


def _rows(tables: Mapping[str, pl.DataFrame]) -> Iterator[RowKey]:
    for table, frame in tables.items():
        for row in frame.iter_rows(named=True):
            yield RowKey(
                table,
                row["year"],
                row.get("ip_version"),
                row["level"],
                row["protocol"],
                row["port"],
            )


def least_subscribers(week: Week, minimum: int) -> dict[RowKey, int]:
    """For each row with volume, the smallest number of subscribers that it would describe.

    Args:
        week: parts and rows.
        minimum: the smallest number of subscribers that may be described.

    Returns:
        At least the minimum for rows that may stay. For others the number behind the row itself or,
        if it is withheld to protect another row, the number behind what it would reveal.
    """
    behind = {key: week.behind(parts) for key, parts in week.rows.items()}
    published: set[RowKey] = set()
    # The main table first; nothing of it is withheld for the sake of rows by IP version.
    for of_version in (False, True):
        may_go = {key for key in week.rows if (key.ip_version is not None) == of_version}
        published |= {key for key in may_go if behind[key] >= minimum}
        while exposed := _exposed(week, published, minimum):
            gone = _least_to_withhold(week, exposed, published, may_go, minimum)
            for key in gone:
                behind[key] = week.behind(exposed)
            published -= gone
    return behind


def _exposed(week: Week, published: set[RowKey], minimum: int) -> Parts | None:
    """Parts whose sum follows from published rows, with too few subscribers behind it."""
    sums = _sums(week, published)
    combinations = (
        frozenset(np.flatnonzero(line).tolist())
        for line in _combinations(_reduced(_known(week, sums)))
    )
    found = {parts for parts in (*_differences(sums), *combinations) if parts}
    exposed = [parts for parts in found if week.behind(parts) < minimum]
    # The smallest first, in a fixed order.
    return min(exposed, key=lambda parts: (len(parts), sorted(parts)), default=None)


def _differences(sums: set[Parts]) -> Iterator[Parts]:
    """The remainders of a sum without all others in it, without one of them, and without two."""
    for whole in sums:
        inside = [part for part in sums if part < whole]
        yield whole.difference(*inside)
        yield from (whole - part for part in inside)
        for one, other in itertools.combinations(inside, 2):
            if not one & other:
                yield whole - one - other


def _sums(week: Week, published: set[RowKey]) -> set[Parts]:
    """Sums of parts that published rows reveal: their own, and 100 % of their total."""
    # The row of an IP version is its share of both.
    versions = {None if key.level == "version" else key.ip_version for key in published}
    return {
        *(week.rows[key] for key in published),
        *(week.totals[version] for version in versions),
    }


def _known(week: Week, sums: set[Parts]) -> npt.NDArray[np.float64]:
    """One line per known sum, one column per part: 1 if the sum contains the part."""
    known = np.zeros((len(sums), len(week.subscribers)))
    for line, parts in zip(known, sorted(sums, key=sorted), strict=True):
        line[list(parts)] = 1
    return known


def _combinations(reduced: npt.NDArray[np.float64]) -> Iterator[npt.NDArray[np.float64]]:
    """Sums of parts, each once, that follow from known sums.

    A single part that follows from them is a row of their reduced form, and a sum of parts is a sum
    of such rows. A sum of rows without negative entries has no fewer subscribers than each of them,
    so only other rows are combined.
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
    """The reduced row echelon form, without zero rows."""
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


class _Way(NamedTuple):
    """A way to hide exposed parts. The first in their order costs the least."""

    leaves_too_few: bool
    loss: float
    names: list[str]
    rows: set[RowKey]


def _least_to_withhold(
    week: Week, exposed: Parts, published: set[RowKey], may_go: set[RowKey], minimum: int
) -> set[RowKey]:
    """Of the ways to hide exposed parts with other rows, the rows of the cheapest one."""
    for ways in (_with_one_other, _with_other_pairs):
        found = ways(week, exposed, published, may_go)
        for way in sorted(_way(week, minimum, exposed | parts, rows) for parts, rows in found):
            sums = _sums(week, published - way.rows)
            known, hidden = _known(week, sums), _known(week, {*sums, exposed})
            if len(_reduced(hidden)) > len(_reduced(known)):
                return way.rows
    # There is no other row to hide it.
    return published & may_go


def _way(week: Week, minimum: int, together: Parts, rows: set[RowKey]) -> _Way:
    loss = sum(week.shares[key] for key in rows)
    return _Way(week.behind(together) < minimum, loss, sorted(map(str, rows)), rows)


def _with_one_other(
    week: Week, exposed: Parts, published: set[RowKey], may_go: set[RowKey]
) -> Iterator[tuple[Parts, set[RowKey]]]:
    """Parts that hide exposed ones, with the rows that must go for it: one other row's parts."""
    for other in published & may_go:
        parts = week.rows[other]
        if not parts <= exposed:
            # A row that contains one of the two without the other would reveal it again.
            between = {
                key for key in published if (week.rows[key] >= parts) != (week.rows[key] >= exposed)
            }
            if between <= may_go:
                yield parts, between


def _with_other_pairs(
    week: Week, exposed: Parts, published: set[RowKey], may_go: set[RowKey]
) -> Iterator[tuple[Parts, set[RowKey]]]:
    """The same where the main table stays: it less one IP version is the other one.

    So rows go in pairs, of both versions: those of the exposed parts, and those of another protocol
    or port. Then neither the main table nor the rest of a version gives any of them away.
    """

    def of_both_versions(keys: Iterable[RowKey]) -> set[RowKey]:
        named = {(key.level, key.protocol, key.port) for key in keys}
        return {key for key in published & may_go if (key.level, key.protocol, key.port) in named}

    own = of_both_versions(key for key, parts in week.rows.items() if parts <= exposed)
    for other in published & may_go:
        if not week.rows[other] <= exposed:
            yield week.rows[other], own | of_both_versions([other])


def _week(parts: pl.DataFrame, tables: Mapping[str, pl.DataFrame]) -> Week:
    rows = list(parts.iter_rows(named=True))
    week = Week(
        subscribers=[row["subscribers"] for row in rows],
        average_subscribers=[row["average_subscribers"] for row in rows],
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
            week.totals[version] = frozenset(number for number, _ in of_version)
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
    """Whether a row of a port table includes a part of the volume."""
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
