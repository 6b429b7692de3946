"""Rows as a CSV file that depends on them alone, not on the order in which they come.

Equal rows have equal digests, whatever a server's collations are and whatever it does at once. So
the rows are sorted here: whole numbers as numbers, other values as bytes, missing values first, by
the columns from left to right. What is more than memory holds goes to disk.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl
import pyarrow as pa

from longflow.database import connect
from longflow.landing.databases.session import Column
from longflow.settings import Settings

_WRITTEN_ROWS = 20_000


def write_sorted(
    settings: Settings, rows: pa.RecordBatchReader, columns: Sequence[Column], path: Path
) -> tuple[int, str]:
    """Sort rows and write them; the size in bytes and the SHA-256.

    Args:
        settings: limits of memory and threads, and where to spill.
        rows: texts, in columns named `c0`, `c1` and so on.
        columns: their titles, and which hold whole numbers.
        path: the file.

    Raises:
        OSError, MachineError: disk or memory failed.
    """
    order = ", ".join(
        f"{f'CAST(c{number} AS HUGEINT)' if column.is_whole else f'c{number}'} NULLS FIRST"
        for number, column in enumerate(columns)
    )
    digest, size_bytes = hashlib.sha256(), 0
    with connect(settings) as sorting, path.open("wb") as file:
        sorting.register("delivered", rows)
        ordered = sorting.execute(f"SELECT * FROM delivered ORDER BY {order}")
        for text in _texts(columns, ordered.to_arrow_reader(_WRITTEN_ROWS)):
            file.write(text)
            digest.update(text)
            size_bytes += len(text)
    return size_bytes, digest.hexdigest()


def _texts(columns: Sequence[Column], batches: pa.RecordBatchReader) -> Iterator[bytes]:
    """Lines of CSV, RFC 4180 with line feeds, some thousand at a time."""
    titles = pl.DataFrame({f"c{number}": [one.name] for number, one in enumerate(columns)})
    yield _lines(titles)
    for batch in batches:
        yield _lines(pl.DataFrame(pl.from_arrow(batch)))


def _lines(frame: pl.DataFrame) -> bytes:
    fields = []
    for number, name in enumerate(frame.columns):
        column = pl.col(name).fill_null("")
        needs_quotes = column.str.contains(r'[",\r\n]')
        if number == 0:
            # A line that begins so looks like a comment, or a drawing of a client.
            needs_quotes |= column.str.contains(r"^[#+\-(]")
        doubled = column.str.replace_all('"', '""', literal=True)
        quoted = pl.concat_str(pl.lit('"'), doubled, pl.lit('"'))
        fields.append(pl.when(needs_quotes).then(quoted).otherwise(column))
    lines = frame.select(pl.concat_str(fields, separator=",")).to_series()
    return "".join(f"{line}\n" for line in lines).encode()
