"""A session with PostgreSQL."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime

import psycopg
import pyarrow as pa
import pyarrow.compute as pc
from psycopg.conninfo import make_conninfo
from psycopg.types.string import TextLoader

from longflow.landing.databases.session import (
    ANSWER_SECONDS,
    BATCH_ROWS,
    CONNECT_SECONDS,
    Column,
    Server,
    without_values,
)
from longflow.settings.databases import BoundQuery

# Object identifiers of pg_type that never change: bool, timestamptz; int8, int2, int4 and oid.
_BOOL, _INSTANT, _WHOLE = 16, 1184, {20, 21, 23, 26}
# How values are written, whatever the server, its user or its database prefer.
_SPELLINGS = {
    "TimeZone": "UTC",
    "DateStyle": "ISO, YMD",
    "IntervalStyle": "iso_8601",
    "bytea_output": "hex",
    "extra_float_digits": "1",
    "lc_monetary": "C",
    # The sort on this side may take longer than a pause between two batches may.
    "idle_in_transaction_session_timeout": "0",
}
# Of a login that failed, libpq has words only.
_REFUSALS = (
    ("authentication failed|no password supplied|no pg_hba.conf entry|role .* does not", "login"),
    ("database .* does not exist", "database"),
    ("permission denied", "right"),
)
_TLS = r"\bssl\b|certificate|tls"
_CUT = (
    "refused|timeout|timed out|could not translate|server closed|reset by peer|broken pipe|"
    "unreachable|no route|too many|starting up|shutting down|recovery|remaining connection slots|"
    "could not receive|could not send|name resolution|name or service|closed unexpectedly|eof"
)


class PostgresqlSession:
    """A read-only transaction with one snapshot of a PostgreSQL database."""

    def __init__(self, server: Server, timeout_seconds: float) -> None:
        """Log in and begin.

        Raises:
            LongflowError: the server refuses the login or a read-only session.
            OSError: it cannot be reached.
        """
        self._server = server
        self._types: list[int] = []
        given = {
            "host": server.host,
            "port": server.port,
            "dbname": server.database,
            "user": server.login,
            "password": server.password,
            "connect_timeout": CONNECT_SECONDS,
            "application_name": "longflow",
            "client_encoding": "UTF8",
            # A network that is cut is noticed after a minute without an answer.
            "keepalives_idle": ANSWER_SECONDS // 4,
            "keepalives_interval": ANSWER_SECONDS // 4,
            "keepalives_count": 3,
            "tcp_user_timeout": ANSWER_SECONDS * 1000,
            **server.tls,
        }
        with self._clear(is_login=True):
            self._connection = psycopg.connect(
                make_conninfo("", **{name: value for name, value in given.items() if value}),
                # A pool in between may hand the next statement to another session.
                prepare_threshold=None,
            )
        try:
            with self._clear():
                self._begin(timeout_seconds)
        except BaseException:
            self.close()
            raise

    def _begin(self, timeout_seconds: float) -> None:
        one = self._connection
        one.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        one.read_only = True
        settings = {**_SPELLINGS, "statement_timeout": str(max(1, round(timeout_seconds * 1000)))}
        for name, value in settings.items():
            one.execute("SELECT set_config(%s, %s, true)", (name, value))
        # Of those who are not allowed to, messages come in the server's language.
        with suppress(psycopg.errors.InsufficientPrivilege), one.transaction():
            one.execute("SELECT set_config('lc_messages', 'C', true)")
        row = one.execute(
            "SELECT current_setting('transaction_read_only'), "
            "current_setting('transaction_isolation'), current_setting('server_version'), "
            "transaction_timestamp()"
        ).fetchone()
        read_only, isolation, version, at = row or ("", "", "", None)
        if (read_only, isolation) != ("on", "repeatable read") or not isinstance(at, datetime):
            raise self._server.fault("read-write", f"{read_only}, {isolation}")
        self.version = f"PostgreSQL {str(version).partition(' ')[0]}"
        self.snapshot_at = at

    def run(self, query: BoundQuery, values: Mapping[str, str]) -> list[Column]:
        """Send a query, its values apart from it; see `Session`."""
        with self._clear():
            cursor = psycopg.RawServerCursor(self._connection, "longflow")
            # Values of no stated type: the server takes the type of what they are compared with.
            cursor.execute(query.text, [values[name] for name in query.names])
            self._cursor = cursor
            self._types = [one.type_code for one in cursor.description or ()]
            for oid in set(self._types):
                cursor.adapters.register_loader(oid, TextLoader)
            return [Column(one.name, one.type_code in _WHOLE) for one in cursor.description or ()]

    def batches(self) -> Iterator[list[pa.Array]]:
        """The rows as texts; see `Session`."""
        while True:
            with self._clear():
                rows = self._cursor.fetchmany(BATCH_ROWS)
            if not rows:
                return
            columns = zip(*rows, strict=True)
            yield [_texts(oid, one) for oid, one in zip(self._types, columns, strict=True)]

    def close(self) -> None:
        """End the transaction and the connection, whatever state they are in."""
        with suppress(psycopg.Error, OSError):
            self._connection.close()

    @contextmanager
    def _clear(self, *, is_login: bool = False) -> Iterator[None]:
        """Raise one line for a fault of the driver."""
        try:
            yield
        except psycopg.Error as error:
            raise self._server.fault(*_read(error, is_login=is_login)) from None
        except UnicodeDecodeError:
            # Databases of the encoding SQL_ASCII hold any bytes.
            raise self._server.fault("encoding", "a text of the rows") from None


def _texts(oid: int, values: Sequence[str | None]) -> pa.Array:
    texts = pa.array(values, pa.string())
    if oid == _BOOL:
        return pc.if_else(pc.equal(texts, "t"), "true", "false")
    if oid == _INSTANT:
        # PostgreSQL leaves out minutes of offsets that have none; ISO 8601 does not.
        whole = pc.binary_join_element_wise(texts, ":00", "")
        return pc.if_else(pc.ends_with(texts, "+00"), whole, texts)
    return texts


def _read(error: psycopg.Error, *, is_login: bool) -> tuple[str, str]:
    """The kind of a fault, and its words without values of rows."""
    state = error.sqlstate
    if state is None:
        return (_of_login(str(error)) if is_login else "cut"), _last_line(str(error))
    text = error.diag.message_primary or type(error).__name__
    if state in {"57014"}:
        return ("slow" if "statement timeout" in text or "lock" in text else "cut"), text
    if state[:2] in {"08", "53", "57", "40", "58"}:
        return "cut", text
    kinds = {"28000": "login", "28P01": "login", "3D000": "database", "42501": "right"}
    kind = kinds.get(state, "writes" if state == "25006" else "query")
    # Messages about what is wrong with a statement quote its names; others may quote values.
    return kind, text if state[:2] in {"42", "25", "28", "3D", "3F"} else without_values(text)


def _of_login(text: str) -> str:
    """The kind of a fault while logging in, which has no number."""
    low = text.lower()
    found = next((kind for words, kind in _REFUSALS if re.search(words, low)), None)
    if found is None and re.search(_CUT, low):
        return "cut"
    return found or ("tls" if re.search(_TLS, low) else "refused")


def _last_line(text: str) -> str:
    """What is wrong with a connection: libpq tries every address of a host, a line for each."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return next((line for line in reversed(lines) if "failed" in line), lines[-1] if lines else "")
