"""Batches of rows on their way into a Parquet file, the small ones gathered into larger row groups.

The foot of a row group costs as much as some thousand rows, to write and to read, and the files of
a small provider hold a few flows each.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from longflow.staging.parquet import FlatParquetWriter, Run, Texts, Values

# A batch of so many rows is a row group by itself.
LARGE_ROWS = 16_384
# So many rows are gathered before they are written; 75 bytes each.
GATHERED_ROWS = 65_536


class GatheringWriter:
    """Writes batches into a Parquet file; rows of small ones wait for the next.

    The order of rows is that of the batches only within each batch: a large one overtakes those
    that wait. Nothing is complete before `flush`.
    """

    def __init__(self, writer: FlatParquetWriter) -> None:
        self._writer = writer
        self._waiting: list[Mapping[str, Values]] = []
        self._lengths: list[int] = []
        self._rows = 0

    def write(self, values: Mapping[str, Values], rows: int) -> None:
        """Take a batch of `rows` rows, whose memory may be overwritten afterwards."""
        if rows >= LARGE_ROWS:
            self._writer.write(values, rows)
        elif rows:
            self._waiting.append({name: _kept(column) for name, column in values.items()})
            self._lengths.append(rows)
            self._rows += rows
            if self._rows >= GATHERED_ROWS:
                self.flush()

    def flush(self) -> None:
        """Write the rows that wait."""
        if self._waiting:
            self._writer.write(joined(self._waiting, self._lengths), self._rows)
            self._waiting, self._lengths, self._rows = [], [], 0


def joined(batches: Sequence[Mapping[str, Values]], lengths: Sequence[int]) -> dict[str, Values]:
    """The columns of batches with these numbers of rows, one below the other."""
    if len(batches) == 1:
        return {**batches[0]}
    return {name: _joined([batch[name] for batch in batches], lengths) for name in batches[0]}


def _kept(column: Values) -> Values:
    if isinstance(column, Run):
        return column
    if isinstance(column, Texts):
        return Texts(column.places.copy(), column.texts)
    return column.copy()


def _joined(columns: Sequence[Values], lengths: Sequence[int]) -> Values:
    texts = [column for column in columns if isinstance(column, Texts)]
    if texts:
        return _joined_texts(texts)
    return np.concatenate(
        [
            np.arange(column.first, column.first + rows) if isinstance(column, Run) else column
            for column, rows in zip(columns, lengths, strict=True)
            if not isinstance(column, Texts)
        ]
    )


def _joined_texts(columns: Sequence[Texts]) -> Texts:
    """Each distinct text once, so that what files repeat is not stored as often."""
    index: dict[str, int] = {}
    places = []
    for column in columns:
        own = [index.setdefault(text, len(index)) for text in column.texts]
        places.append(np.array(own, dtype=np.int32)[column.places])
    return Texts(np.concatenate(places), [*index])
