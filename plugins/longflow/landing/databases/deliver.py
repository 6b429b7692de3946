"""The rows of a query as a file of the delivery, read in one snapshot."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pyarrow as pa

from longflow.errors import LongflowError
from longflow.landing.databases.session import Column, Server, Session
from longflow.landing.databases.sorted_file import write_sorted
from longflow.records import DatabaseRead
from longflow.settings import Settings, Source
from longflow.settings.databases import POSTGRESQL, BoundQuery, bound, system_of
from longflow.week import Week

# A query whose connection breaks off is asked again, in a new snapshot.
_TRIES = 3


class Delivered(NamedTuple):
    """A file written from a database: its size in bytes, its SHA-256, and where it comes from."""

    size_bytes: int
    sha256: str
    read: DatabaseRead


def deliver(settings: Settings, week: Week, source: Source, path: Path) -> Delivered:
    """Write the rows of a source's query to a CSV file with titles.

    Raises:
        LongflowError: the server refuses the login or the query, or there are no rows.
        OSError: the server cannot be reached or broke off, or the disk failed.
    """
    server = Server.of(source)
    system = system_of(source.url)
    query = bound(source.query or "", str(system))
    values = bounds(week, source.zone(settings.zone), with_offset=system == POSTGRESQL)
    for remaining in reversed(range(_TRIES)):
        try:
            return _delivered(settings, week, source, server, query, values, path)
        except ConnectionError:
            if not remaining:
                raise
    raise AssertionError


def bounds(week: Week, zone: ZoneInfo, *, with_offset: bool) -> dict[str, str]:
    """Values that a query may name, as texts.

    `week_start` and `week_end` are local times of the source, for PostgreSQL with their offset from
    UTC: it reads it where it compares with an instant, and leaves it out where it compares with
    a local time. `…_utc` are the same in UTC, `…_epoch` in seconds since 1970.
    """
    found = {}
    for name, epoch_ms in (("week_start", week.start_ms), ("week_end", week.end_ms)):
        instant = datetime.fromtimestamp(epoch_ms / 1000, tz=UTC)
        for suffix, local in (("", instant.astimezone(zone)), ("_utc", instant)):
            shown = local if with_offset else local.replace(tzinfo=None)
            found[f"{name}{suffix}"] = shown.isoformat(sep=" ")
        found[f"{name}_epoch"] = str(epoch_ms // 1000)
    return found


def _delivered(
    settings: Settings,
    week: Week,
    source: Source,
    server: Server,
    query: BoundQuery,
    values: Mapping[str, str],
    path: Path,
) -> Delivered:
    seconds = source.query_timeout_minutes * 60
    session = _session(source, server, seconds)
    try:
        columns = session.run(query, values)
        _check_titles(columns, source, server)
        rows = _Rows(session, columns, server, seconds)
        try:
            size_bytes, digest = write_sorted(settings, rows.reader(), columns, path)
        except Exception:
            if rows.fault is not None:
                raise rows.fault from None
            raise
    finally:
        session.close()
    if not rows.count:
        raise LongflowError(
            f"the query of source '{source.name}' gave no rows for week {week}",
            file=server.url,
            remedy="check its condition, and time_zone of the source",
        )
    read = DatabaseRead(
        server=server.url,
        version=session.version,
        snapshot_at=session.snapshot_at,
        query=source.query or "",
        values={name: values[name] for name in query.names},
        rows=rows.count,
    )
    return Delivered(size_bytes, digest, read)


def _session(source: Source, server: Server, seconds: float) -> Session:
    # Drivers are slow to import, and most sources are folders.
    if system_of(source.url) == POSTGRESQL:
        from longflow.landing.databases.postgresql import PostgresqlSession  # noqa: PLC0415

        return PostgresqlSession(server, seconds)
    from longflow.landing.databases.mariadb import MariadbSession  # noqa: PLC0415

    return MariadbSession(server, seconds)


def _check_titles(columns: list[Column], source: Source, server: Server) -> None:
    """Refuse two columns of one name, for nobody knows which one is meant, and no columns.

    Raises:
        LongflowError: there are such, or none.
    """
    if not columns:
        raise server.fault("query", "it gives no columns")
    for name, count in Counter(one.name for one in columns).items():
        if count > 1:
            raise LongflowError(
                f"the query of source '{source.name}' has {count} columns named '{name}'",
                file=server.url,
                remedy="name each column once, with AS where two tables have it",
            )


class _Rows:
    """The rows of a session, as DuckDB takes them.

    Attributes:
        count: how many have come.
        fault: what ended them early; DuckDB would raise it as text.
    """

    def __init__(
        self, session: Session, columns: list[Column], server: Server, seconds: float
    ) -> None:
        self._columns = columns
        self.count = 0
        self.fault: BaseException | None = None
        self._session = session
        self._server = server
        self._end = time.monotonic() + seconds

    def reader(self) -> pa.RecordBatchReader:
        """The rows; columns are named by their numbers."""
        schema = pa.schema([(f"c{number}", pa.string()) for number in range(len(self._columns))])
        return pa.RecordBatchReader.from_batches(schema, self._batches(schema))

    def _batches(self, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        try:
            for arrays in self._session.batches():
                if time.monotonic() > self._end:
                    raise self._server.fault("slow", f"{self.count:,} rows had come")
                self.count += len(arrays[0])
                yield pa.RecordBatch.from_arrays(arrays, schema=schema)
        except BaseException as error:
            self.fault = error
            raise
