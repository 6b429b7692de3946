"""The archive's Parquet files as DuckLake's catalogue names them, read without DuckLake."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import polars as pl

# Data file and, if some of its rows were deleted, the file that lists these.
Files = list[tuple[str, str | None]]


@dataclass(frozen=True)
class DataFiles:
    """The archive's files at a snapshot.

    Attributes:
        files_of: returns the files of a table of the archive.
        snapshot: number of the snapshot.
    """

    files_of: Callable[[str], Files]
    snapshot: int

    def scan(self, table: str) -> Iterator[pl.LazyFrame]:
        """Rows of a table of the archive as of the snapshot, one file at a time."""
        for data, deleted in self.files_of(table):
            rows = pl.scan_parquet(data, hive_partitioning=False)
            if deleted is not None:
                gone = _as_of(pl.scan_parquet(deleted, hive_partitioning=False), self.snapshot)
                rows = rows.with_row_index("row_position").with_columns(
                    pl.col("row_position").cast(pl.Int64)
                )
                positions = gone.select(pl.col("pos").alias("row_position"))
                rows = rows.join(positions, on="row_position", how="anti").drop("row_position")
            yield _as_of(rows, self.snapshot)


def _as_of(rows: pl.LazyFrame, snapshot: int) -> pl.LazyFrame:
    """Rows as of a snapshot, without DuckLake's own columns.

    Files that DuckLake has merged state for each row in which snapshot it was added or removed;
    files with updated rows state the number of each.
    """
    own = [name for name in rows.collect_schema().names() if name.startswith("_ducklake_internal_")]
    column = "_ducklake_internal_snapshot_id"
    if column in own:
        rows = rows.filter(pl.col(column) <= snapshot)
    return rows.drop(own)
