"""What a session with a database is, whichever system answers, and what its faults mean."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import NamedTuple, Protocol
from urllib.parse import urlsplit

import pyarrow as pa

from longflow.errors import LongflowError
from longflow.landing.connections import Connection, connection
from longflow.settings import Source
from longflow.settings.databases import BoundQuery

# Seconds to wait for a connection, and for the network to answer.
CONNECT_SECONDS = 30
ANSWER_SECONDS = 60
# Rows that are in memory at a time.
BATCH_ROWS = 10_000

_SCHEMES = ("verify-full", "verify-ca", "require", "prefer", "disable")
_TLS_FILES = ("sslrootcert", "sslcert", "sslkey")


class Server(NamedTuple):
    """Where a database is, and how to log in.

    Attributes:
        url: without the user, for messages and manifests.
        source: name of the source, for messages.
        named: the connection, for messages.
        host: name or address.
        port: None for the system's own.
        database: its name.
        login: user; empty to take what the environment says.
        password: empty likewise.
        tls: `sslmode`, `sslrootcert`, `sslcert` and `sslkey` as libpq has them; only those set.
    """

    url: str
    source: str
    named: str
    host: str
    port: int | None
    database: str
    login: str
    password: str
    tls: Mapping[str, str]

    @classmethod
    def of(cls, source: Source) -> Server:
        """The server of a source.

        Raises:
            LongflowError: its connection is missing or wrong.
        """
        parts = urlsplit(source.url or "")
        host = parts.hostname or ""
        shown = f"[{host}]" if ":" in host else host
        port = f":{parts.port}" if parts.port else ""
        url = f"{parts.scheme}://{shown}{port}{parts.path}"
        given = Connection("", "", {})
        if source.connection:
            try:
                given = connection(source.connection)
            except LongflowError as error:
                raise LongflowError(
                    error.what, file=error.file or url, place=error.place, remedy=error.remedy
                ) from None
        return cls(
            url=url,
            source=source.name,
            named=f"connection '{source.connection}'" if source.connection else "the environment",
            host=host,
            port=parts.port,
            database=parts.path.strip("/"),
            login=given.login or parts.username or "",
            password=given.password,
            tls=_tls(given.extra, url, source.connection),
        )

    def fault(self, kind: str, text: str) -> Exception:
        """What to raise for a fault: one line without secrets.

        Args:
            kind: a key of `_REMEDIES`, or `cut` for what a retry may mend.
            text: the server's or the driver's words.
        """
        words = self._clear(text)
        if kind == "cut":
            return ConnectionError(f"{self.url}: {words}")
        what, remedy = _REMEDIES[kind]
        return LongflowError(
            what.format(text=words),
            file=self.url,
            remedy=remedy.format(source=self.source, named=self.named, database=self.database),
        )

    def _clear(self, text: str) -> str:
        """A driver's words in one line, without the password in any spelling."""
        line = " ".join(text.split())
        if self.password:
            line = line.replace(self.password, "…").replace(repr(self.password)[1:-1], "…")
        return line or "the server gave no reason"


# Kind of a fault → what is wrong, with the server's words, and what to do about it.
_REMEDIES = {
    "login": ("the login is refused: {text}", "check login and password in {named}"),
    "database": ("{text}", "check the name of the database in url of source '{source}'"),
    "right": (
        "{text}",
        "give the user of {named} the right to read: GRANT SELECT on each table of the query",
    ),
    "tls": ("{text}", "check sslmode, sslrootcert, sslcert and sslkey in the extra of {named}"),
    "refused": ("{text}", "check url of source '{source}', and {named}"),
    "query": ("the query fails: {text}", "correct the query of source '{source}'"),
    "writes": (
        "the query would write, and the session is read-only: {text}",
        "correct the query of source '{source}'",
    ),
    "slow": (
        "the query took longer than query_timeout_minutes: {text}",
        "raise it for source '{source}', or give the columns of the condition an index",
    ),
    "read-write": (
        "the server did not make the session read-only ({text}), so nothing was read",
        "ask its administrator whether something between longflow and it changes statements",
    ),
    "encoding": (
        "{text} holds bytes that are not UTF-8",
        "convert it in the query of source '{source}'",
    ),
}


def _tls(extra: Mapping[str, str], url: str, named: str | None) -> dict[str, str]:
    """Settings of TLS of a connection's extra.

    Raises:
        LongflowError: `sslmode` is none.
    """
    mode = extra.get("sslmode")
    if mode is not None and mode not in _SCHEMES:
        raise LongflowError(
            f"sslmode in the extra of connection '{named}' is none of {', '.join(_SCHEMES)}",
            file=url,
            remedy="correct it",
        )
    return {name: extra[name] for name in ("sslmode", *_TLS_FILES) if extra.get(name)}


class Column(NamedTuple):
    """A column of a query's rows: its title, and whether it holds whole numbers."""

    name: str
    is_whole: bool


class Session(Protocol):
    """A read-only transaction with one snapshot of a database.

    Attributes:
        version: of the server, with the system's name.
        snapshot_at: the server's time at the snapshot.
    """

    version: str
    snapshot_at: datetime

    def run(self, query: BoundQuery, values: Mapping[str, str]) -> list[Column]:
        """Send a query, its values apart from it.

        Raises:
            LongflowError: the server refuses it.
            OSError: the connection failed.
        """

    def batches(self) -> Iterator[list[pa.Array]]:
        """The rows as texts, some thousand at a time, an array for each column.

        Raises:
            LongflowError: the query fails.
            OSError: the connection failed.
        """

    def close(self) -> None:
        """End the transaction and the connection, whatever state they are in."""


def without_values(text: str) -> str:
    """A message without what stands in quotes, which may be a value of a row."""
    return re.sub(r"""(["'`]).*\1""", "'…'", text, flags=re.DOTALL)
