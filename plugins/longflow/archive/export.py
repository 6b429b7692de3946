"""The aggregates of a week as plain files, at any revision."""

from __future__ import annotations

from pathlib import Path

from longflow.archive.lake import open_archive
from longflow.contract import contract
from longflow.errors import LongflowError
from longflow.settings import Settings
from longflow.sqlfile import identifier, tables
from longflow.week import Week


def export_week(
    settings: Settings, week: Week, folder: Path, *, snapshot: int | None = None
) -> dict[Path, int]:
    """Write every table of the archive that has rows of a week as Parquet.

    Args:
        settings: where the archive is.
        week: the week.
        folder: receives `<table>.parquet`, with the columns and order of the table's contract; it
            is created if missing.
        snapshot: the archive as of this snapshot, which `longflow status --week` shows for each
            revision; the newest if omitted.

    Returns:
        The files and the number of their rows.

    Raises:
        LongflowError: the archive holds nothing of that week then, there is no such snapshot, a
            file of the week is damaged, or a file already exists.
    """
    written: dict[Path, int] = {}
    promises = {table: contract("archive", table) for table in tables("archive")}
    promises = {table: of for table, of in promises.items() if "week" in of.columns}
    reads = {table: [week.monday] for table in promises}
    with open_archive(settings, snapshot=snapshot, reads=reads) as archive:
        for table, promise in promises.items():
            ((rows,),) = archive.connection.execute(
                f"SELECT count(*) FROM {identifier(table)} WHERE week = $week",
                {"week": week.monday},
            ).fetchall()
            if not rows:
                continue
            path = folder / f"{table}.parquet"
            if path.exists():
                raise LongflowError("already exists", file=path, remedy="name an empty folder")
            _make(folder)
            names = ", ".join(map(identifier, promise.columns))
            archive.connection.execute(
                f"COPY (SELECT {names} FROM {identifier(table)} "
                f"WHERE week = $week ORDER BY {', '.join(map(identifier, promise.key))}) "
                "TO $path (FORMAT parquet, COMPRESSION zstd)",
                {"week": week.monday, "path": str(path)},
            )
            written[path] = rows
    if not written:
        then = "" if snapshot is None else f" at snapshot {snapshot}"
        raise LongflowError(
            f"the archive holds nothing of week {week}{then}",
            remedy="see longflow status for its weeks, status --week for their snapshots",
        )
    return written


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise LongflowError(
            "is a file, not a folder", file=folder, remedy="name an empty folder"
        ) from None
