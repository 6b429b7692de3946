"""Flows that came twice: records equal in every column, and traffic seen by two exporters."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import duckdb
import numpy as np
import polars as pl
from numpy.typing import NDArray

from longflow.contract import contract
from longflow.database import create_from
from longflow.records import Finding
from longflow.settings import Feed, Settings
from longflow.sqlfile import identifier, query

# Hashes held at a time: 8 bytes each, and as much again while they are sorted.
_WINDOW_ROWS = 10_000_000
# Of larger weeks, traffic of two exporters is looked for in a part of the address pairs.
_LOOKED_AT_ROWS = 2_000_000
_APART_MS = 30_000


def create_repetitions(connection: duckdb.DuckDBPyConnection) -> None:
    """Table `flows_repetition`: place of every record that is equal to an earlier one.

    Needs the view `flows`. Hashes of all records of a stretch of time find the candidates in 8
    bytes a record; the candidates alone are then compared column by column.
    """
    connection.execute(
        "CREATE OR REPLACE TABLE flows_repetition (file_index INTEGER, position BIGINT)"
    )
    told = [name for name in contract("staged", Feed.FLOWS).columns if name not in _PLACE]
    columns = ", ".join(map(identifier, told))
    for first_ms, last_ms in _windows(connection):
        window = {"first_ms": first_ms, "last_ms": last_ms}
        within = "first_seen_ms >= $first_ms AND first_seen_ms < $last_ms"
        hashes = _numbers(
            connection, f"SELECT hash({columns}) AS code FROM flows WHERE {within}", window
        )
        hashes.sort()
        repeated = np.unique(hashes[1:][hashes[1:] == hashes[:-1]])
        if not len(repeated):
            continue
        create_from(connection, "repeated_code", pl.DataFrame({"code": repeated}))
        connection.execute(
            "INSERT INTO flows_repetition SELECT file_index, position FROM flows "
            f"WHERE {within} AND hash({columns}) IN (SELECT code FROM repeated_code) "
            f"QUALIFY row_number() OVER (PARTITION BY {columns} ORDER BY file_index, position) > 1",
            window,
        )


_PLACE = ("file_index", "position", "unreadable")


def _windows(connection: duckdb.DuckDBPyConnection) -> Iterator[tuple[int, int]]:
    """Stretches of time that hold no more records than can be sorted at once, roughly."""
    rows, first, last = connection.execute(
        "SELECT count(*), min(first_seen_ms), max(first_seen_ms) FROM flows"
    ).fetchall()[0]
    if first is None:
        return
    parts = -(-rows // _WINDOW_ROWS)
    shares = [n / parts for n in range(1, parts)]
    edges = [first]
    if shares:
        edges += connection.execute(
            "SELECT approx_quantile(first_seen_ms, $shares::FLOAT[]) FROM flows",
            {"shares": shares},
        ).fetchall()[0][0]
    edges = [*sorted(set(edges)), last + 1]
    yield from itertools.pairwise(edges)


def _numbers(
    connection: duckdb.DuckDBPyConnection, sql: str, parameters: dict[str, int]
) -> NDArray[np.uint64]:
    """The one column of a query, without more than a copy of it in memory."""
    reader = connection.execute(sql, parameters).to_arrow_reader(1 << 17)
    pieces = [batch.column(0).to_numpy() for batch in reader]
    return np.concatenate(pieces) if pieces else np.empty(0, dtype=np.uint64)


def two_exporters(connection: duckdb.DuckDBPyConnection, settings: Settings) -> list[Finding]:
    """Tell the share of flows that looks exported twice, where it is more than by chance.

    Needs the view `flows`.
    """
    rows = connection.execute("SELECT count(*) FROM flows").fetchall()[0][0]
    one_in = max(1, rows // _LOOKED_AT_ROWS)
    copies, size, flows = connection.execute(
        query("judge", "two_exporters"), {"one_in": one_in, "apart_ms": _APART_MS}
    ).fetchall()[0]
    if copies <= settings.validation.two_exporters_max_share * flows:
        return []
    about = "" if one_in == 1 else f", estimated from one in {one_in} address pairs"
    return [
        Finding(
            rule="doubles.two_exporters",
            severity="warning",
            feed=Feed.FLOWS,
            sentence=f"{100 * copies / flows:.2g} % of the flows look exported by two exporters"
            f"{about}, so their traffic would count twice; nothing was taken out: check on which "
            "interfaces and in which direction exporters sample",
            rows=copies,
            bytes=int(size),
        )
    ]
