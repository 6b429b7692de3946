"""Transactions on the archive, retried if another writer was faster."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

# The archive is attached to a connection under this name.
NAME = "archive"
ATTEMPTS = 12
# No writer takes this long: whoever has waited longer tries out of turn.
_TURN_SECONDS = 600


def in_transaction(connection: duckdb.DuckDBPyConnection, work: Callable[[], None]) -> None:
    """Do some writing in one transaction, restarted if another writer was faster.

    Raises:
        duckdb.Error: `work` failed for another reason, or the conflict persisted.
    """
    with _turn(connection):
        for attempt in range(ATTEMPTS):
            connection.execute("BEGIN TRANSACTION")
            try:
                work()
                connection.execute("COMMIT")
            except duckdb.Error as error:
                roll_back(connection)
                if attempt + 1 == ATTEMPTS or not is_conflict(error):
                    raise
                time.sleep(0.05 * 2 ** min(attempt, 6))
            except BaseException:
                roll_back(connection)
                raise
            else:
                return


@contextmanager
def _turn(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Let processes write one after the other through a catalogue that is an SQLite file.

    SQLite commits only while nobody reads, and a transaction that writes has read before: several
    at once keep each other from committing until all give up. Correctness does not depend on this
    queue: where it cannot work, or a process stays in it, the transaction is tried all the same.
    """
    places = connection.execute(
        "SELECT path FROM duckdb_databases() WHERE database_name = $name", {"name": NAME}
    ).fetchall()
    place = str(places[0][0]) if places else ""
    if not place.startswith("sqlite:"):
        yield
        return
    with Path(f"{place.removeprefix('sqlite:')}.turn").open("a") as file:
        until = time.monotonic() + _TURN_SECONDS
        while time.monotonic() < until:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(0.05)
            except OSError:
                # A file system without locks.
                break
            else:
                break
        yield


def roll_back(connection: duckdb.DuckDBPyConnection) -> None:
    """End the transaction under way, if any, without writing."""
    try:
        connection.execute("ROLLBACK")
    except duckdb.TransactionException:
        # A failed COMMIT has already ended the transaction.
        return


def is_conflict(error: duckdb.Error) -> bool:
    """Whether an error means that another writer was faster, so that a retry may help."""
    text = str(error).lower()
    return any(word in text for word in ("conflict", "locked", "busy", "already exists"))
