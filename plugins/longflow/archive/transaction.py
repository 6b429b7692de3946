"""Transactions on the archive, tried again where another writer was faster."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

# Under this name the archive is attached to a connection.
NAME = "archive"
ATTEMPTS = 12
# Nobody writes so long at a stretch: whoever waited longer tries without its turn.
_TURN_SECONDS = 600


def in_transaction(connection: duckdb.DuckDBPyConnection, work: Callable[[], None]) -> None:
    """Do some writing in one transaction, again from the start when another writer was faster.

    Raises:
        duckdb.Error: what `work` raised for another reason, or a conflict that did not go away.
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
    """Let one process after the other write through a catalogue that is an SQLite file.

    SQLite commits only while nobody reads, and a transaction that writes has read before: several
    at once keep each other from committing until all give up. What is right does not hang on this
    queue: where it cannot be kept, or somebody stays in it, the transaction is tried all the same.
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
                # A file system that keeps no locks.
                break
            else:
                break
        yield


def roll_back(connection: duckdb.DuckDBPyConnection) -> None:
    """End the transaction under way, if there is one, with nothing written."""
    try:
        connection.execute("ROLLBACK")
    except duckdb.TransactionException:
        # A failed COMMIT has ended the transaction already.
        return


def is_conflict(error: duckdb.Error) -> bool:
    """Whether an error says that another writer was faster, so that trying again may help."""
    text = str(error).lower()
    return any(word in text for word in ("conflict", "locked", "busy", "already exists"))
