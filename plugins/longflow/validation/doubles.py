"""Duplicate flows: records equal in every column, and traffic reported by two exporters."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import duckdb
import numpy as np
import polars as pl
from numpy.typing import NDArray

from longflow.contract import contract
from longflow.database import create_from
from longflow.records import Finding
from longflow.settings import Feed, Settings
from longflow.sqlfile import identifier, query

# Hashes held at a time: 8 bytes each, and the same again while they are sorted.
_WINDOW_ROWS = 30_000_000
# Columns that single out candidates. They are few, because they are read for every record.
_CANDIDATE_COLUMNS = ("first_seen_ms", "src_addr_low", "dst_addr_low", "bytes")
# In larger weeks, a sample of the address pairs is searched for traffic from two exporters.
_LOOKED_AT_ROWS = 1_000_000
_APART_MS = 30_000
_HOUR_MS = 3_600_000


def create_repetitions(connection: duckdb.DuckDBPyConnection) -> None:
    """Table `flows_repetition`: position of every record that equals an earlier one.

    Needs the view `flows`. Hashes of all records in a stretch of time find the candidates at 8
    bytes a record; only the candidates are then compared column by column.
    """
    connection.execute(
        "CREATE OR REPLACE TABLE flows_repetition (file_index INTEGER, position BIGINT)"
    )
    columns = ", ".join(
        identifier(name) for name in contract("staged", Feed.FLOWS).columns if name not in _PLACE
    )
    code = f"hash({', '.join(_CANDIDATE_COLUMNS)})"
    for first_ms, last_ms, rows in _windows(connection):
        window = {"first_ms": first_ms, "last_ms": last_ms}
        within = "first_seen_ms >= $first_ms AND first_seen_ms < $last_ms"
        hashes = _numbers(connection, f"SELECT {code} FROM flows WHERE {within}", window, rows)
        _sort(hashes)
        repeated = np.unique(hashes[1:][hashes[1:] == hashes[:-1]])
        if not len(repeated):
            continue
        create_from(connection, "repeated_code", pl.DataFrame({"code": repeated}))
        connection.execute(
            "INSERT INTO flows_repetition SELECT file_index, position FROM flows "
            f"WHERE {within} AND {code} IN (SELECT code FROM repeated_code) "
            f"QUALIFY row_number() OVER (PARTITION BY {columns} ORDER BY file_index, position) > 1",
            window,
        )


_PLACE = ("file_index", "position", "unreadable")


def _windows(connection: duckdb.DuckDBPyConnection) -> Iterator[tuple[int, int, int]]:
    """Stretches of time with roughly no more records than can be sorted at once.

    Yields the beginning and end of each, in ms, and the number of records it holds.
    """
    counts = connection.execute(
        # Times before 1970 come from broken clocks only, which have a finding of their own.
        "SELECT first_seen_ms // 3600000, count(*) FROM flows WHERE first_seen_ms >= 0 "
        "GROUP BY 1 ORDER BY 1"
    ).fetchall()
    begin, rows = 0, 0
    for number, (hour, count) in enumerate(counts):
        if not rows:
            begin = hour
        rows += count
        if number + 1 == len(counts) or rows + counts[number + 1][1] > _WINDOW_ROWS:
            yield begin * _HOUR_MS, (hour + 1) * _HOUR_MS, rows
            rows = 0


def _numbers(
    connection: duckdb.DuckDBPyConnection, sql: str, parameters: dict[str, int], rows: int
) -> NDArray[np.uint64]:
    """The only column of a query with `rows` rows, without a second copy in memory."""
    result = np.empty(rows, dtype=np.uint64)
    done = 0
    for batch in connection.execute(sql, parameters).to_arrow_reader(1 << 17):
        result[done : done + len(batch)] = batch.column(0).to_numpy()
        done += len(batch)
    return result


def _sort(numbers: NDArray[np.uint64]) -> None:
    """Sort in place with two threads: one takes what lies below the middle, one what lies above."""
    middle = len(numbers) // 2
    if middle:
        numbers.partition(middle)
    with ThreadPoolExecutor(2) as pool:
        # An exception in a thread, such as a lack of memory, is raised here.
        list(pool.map(np.ndarray.sort, (numbers[:middle], numbers[middle:])))


def two_exporters(
    connection: duckdb.DuckDBPyConnection, settings: Settings, rows: int
) -> list[Finding]:
    """Report the share of flows that seem to be exported twice, where it exceeds chance.

    Args:
        connection: has the view `flows`.
        settings: the largest share that chance explains.
        rows: number of flows.
    """
    one_in = max(1, rows // _LOOKED_AT_ROWS)
    # Materialised, because it is read several times.
    connection.execute(
        f"CREATE OR REPLACE TABLE looked_at AS {query('judge', 'looked_at')}",
        {"one_in": one_in},
    )
    copies, size, flows = (
        number * one_in
        for number in connection.execute(
            query("judge", "two_exporters"), {"apart_ms": _APART_MS}
        ).fetchall()[0]
    )
    connection.execute("DROP TABLE looked_at")
    if copies <= settings.validation.two_exporters_max_share * flows:
        return []
    about = "" if one_in == 1 else f", estimated from one in {one_in} address pairs"
    return [
        Finding(
            rule="doubles.two_exporters",
            severity="warning",
            feed=Feed.FLOWS,
            sentence=f"{100 * copies / flows:.2g} % of the flows seem to come from two exporters"
            f"{about}, so their traffic would count twice; nothing was removed: check on which "
            "interfaces and in which direction exporters sample",
            rows=copies,
            bytes=int(size),
        )
    ]
