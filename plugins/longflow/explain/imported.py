"""Where the figures of a row come from that an earlier report printed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from longflow.archive import open_archive
from longflow.contract import Contract
from longflow.explain.cell import Cell
from longflow.explain.release import Source


@dataclass(frozen=True)
class Imported:
    """A figure as it was imported.

    Attributes:
        column: where it stands in the table.
        value: the figure, or the text.
        file: name of the imported file.
        line: its place in the file, counted from 1.
        sha256: of the file.
        imported_at: time of the import.
        note: what was remarked beside it.
    """

    column: str
    value: float | str | None
    file: str
    line: int
    sha256: str
    imported_at: datetime
    note: str | None


def imported_figures(source: Source, table: str, promise: Contract, cell: Cell) -> list[Imported]:
    """The imported figures of a row, in the order of their file.

    Raises:
        LongflowError: the archive is damaged, or lacks the release's snapshot.
    """
    key = {name: cell.values[name] for name in promise.key}
    reads = {"published_figure": None}
    with open_archive(source.settings, snapshot=source.snapshot, reads=reads) as archive:
        found = archive.connection.execute(
            "SELECT key, column_name, coalesce(value::VARCHAR, text), value, file, position,"
            " file_sha256, imported_at, note FROM published_figure WHERE table_id = ?"
            " ORDER BY position, column_name",
            [table],
        ).fetchall()
    return [
        Imported(column, text if value is None else value, file, line, sha256, at, note)
        for said, column, text, value, file, line, sha256, at, note in found
        if json.loads(said) == key
    ]
