"""A session with MariaDB or MySQL."""

from __future__ import annotations

import getpass
import os
import re
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pymysql
from pymysql.constants import FIELD_TYPE

from longflow.landing.databases.session import (
    ANSWER_SECONDS,
    BATCH_ROWS,
    CONNECT_SECONDS,
    Column,
    Server,
    without_values,
)
from longflow.settings.databases import BoundQuery

_WHOLE = {
    *(FIELD_TYPE.TINY, FIELD_TYPE.SHORT, FIELD_TYPE.INT24, FIELD_TYPE.LONG, FIELD_TYPE.LONGLONG),
    FIELD_TYPE.YEAR,
}
_STRINGS = {
    *(FIELD_TYPE.VARCHAR, FIELD_TYPE.VAR_STRING, FIELD_TYPE.STRING, FIELD_TYPE.BLOB),
    *(FIELD_TYPE.TINY_BLOB, FIELD_TYPE.MEDIUM_BLOB, FIELD_TYPE.LONG_BLOB),
}
# The character set of bytes that are no text.
_BINARY = 63
# Error numbers of server and driver.
_KINDS = {
    **dict.fromkeys((1045, 1698, 1130, 1251, 1275, 2054, 2059, 2061), "login"),
    **dict.fromkeys((1049,), "database"),
    **dict.fromkeys((1044, 1142, 1143, 1227, 1370), "right"),
    **dict.fromkeys((1792, 1290), "writes"),
    **dict.fromkeys((1969, 3024), "slow"),
    **dict.fromkeys((2026,), "tls"),
    **dict.fromkeys((1040, 1053, 1077, 1079, 1080, 1152, 1158, 1159, 1160, 1161, 1184), "cut"),
    **dict.fromkeys(
        (1203, 1205, 1213, 1226, 1317, 1927, 2002, 2003, 2005, 2006, 2013, 2014), "cut"
    ),
}
# Errors whose words quote the statement and its names, not values of rows.
_OF_STATEMENTS = {1046, 1051, 1052, 1054, 1060, 1064, 1103, 1146, 1210, 1221, 1305, 1327}


class _Field(NamedTuple):
    """A column as the server describes it: numbers of its type and of its character set."""

    name: str
    type: int
    charset: int


class MariadbSession:
    """A read-only transaction with one snapshot of a MariaDB or MySQL database."""

    def __init__(self, server: Server, timeout_seconds: float) -> None:
        """Log in and begin.

        Raises:
            LongflowError: the server refuses the login or a read-only session.
            OSError: it cannot be reached.
        """
        self._server = server
        self._timeout_seconds = timeout_seconds
        options = Path("~/.my.cnf").expanduser()
        password = server.password or os.environ.get("MYSQL_PWD", "")
        with self._clear():
            self._connection = pymysql.connect(
                host=server.host,
                port=server.port or 3306,
                database=server.database,
                user=server.login or (None if options.is_file() else getpass.getuser()),
                # Otherwise the driver takes only letters of Western Europe.
                password=password.encode(),
                read_default_file=str(options) if options.is_file() else None,
                charset="utf8mb4",
                use_unicode=False,
                conv={},
                connect_timeout=CONNECT_SECONDS,
                # The first rows may come as late as the whole query.
                read_timeout=round(timeout_seconds) + ANSWER_SECONDS,
                write_timeout=ANSWER_SECONDS,
                autocommit=True,
                program_name="longflow",
                **_tls(server),
            )
        try:
            with self._clear():
                self._begin()
        except BaseException:
            self.close()
            raise

    def _begin(self) -> None:
        self._cursor = pymysql.cursors.SSCursor(self._connection)
        (version,) = self._one("SELECT VERSION()")
        is_mariadb = "mariadb" in version.lower()
        self.version = f"{'MariaDB' if is_mariadb else 'MySQL'} {version.partition('-')[0]}"
        seconds = max(self._timeout_seconds, 0.001)
        limit = (
            ("max_statement_time", seconds)
            if is_mariadb
            else ("max_execution_time", max(1, round(seconds * 1000)))
        )
        self._execute(
            "SET SESSION time_zone = '+00:00', net_write_timeout = 600, "
            f"{limit[0]} = {limit[1]:f}".removesuffix(".000000")
        )
        self._execute("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        self._execute("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
        read_only = "tx_read_only" if is_mariadb else "transaction_read_only"
        isolation = "tx_isolation" if is_mariadb else "transaction_isolation"
        is_read_only, level, at = self._one(
            f"SELECT @@SESSION.{read_only}, @@SESSION.{isolation}, UTC_TIMESTAMP(6)"
        )
        if (is_read_only, level) != ("1", "REPEATABLE-READ"):
            raise self._server.fault("read-write", f"{read_only} = {is_read_only}, {level}")
        self.snapshot_at = datetime.fromisoformat(at).replace(tzinfo=UTC)

    def run(self, query: BoundQuery, values: Mapping[str, str]) -> list[Column]:
        """Send a query, its values apart from it; see `Session`."""
        with self._clear():
            # The statement is prepared on the server with marks for its values, which follow.
            self._execute("PREPARE longflow FROM %s", [query.text])
            names = list(dict.fromkeys(query.names))
            for name in names:
                value = values[name]
                # A number is compared with numbers as one; a text is read as a time.
                is_number = name.endswith("_epoch")
                self._execute(
                    f"SET @{name} = {'CAST(%s AS SIGNED)' if is_number else '%s'}", [value]
                )
            using = ", ".join(f"@{name}" for name in query.names)
            self._execute(f"EXECUTE longflow{f' USING {using}' if using else ''}")
        result: Any = self._cursor._result  # type: ignore[attr-defined]
        self._fields = [_Field(_text(f.name), f.type_code, f.charsetnr) for f in result.fields]
        return [Column(field.name, field.type in _WHOLE) for field in self._fields]

    def batches(self) -> Iterator[list[pa.Array]]:
        """The rows as texts; see `Session`."""
        while True:
            with self._clear():
                rows = self._cursor.fetchmany(BATCH_ROWS)
            if not rows:
                return
            yield [
                self._texts(*one) for one in zip(self._fields, zip(*rows, strict=True), strict=True)
            ]

    def _texts(self, field: _Field, values: Sequence[bytes | None]) -> pa.Array:
        kind = field.type
        if kind == FIELD_TYPE.BIT:
            return pa.array([None if one is None else str(int.from_bytes(one)) for one in values])
        if kind == FIELD_TYPE.GEOMETRY or (kind in _STRINGS and field.charset == _BINARY):
            return pa.array(
                [None if one is None else rf"\x{one.hex()}" for one in values], pa.string()
            )
        if kind == FIELD_TYPE.TIMESTAMP:
            # In the session's zone, which is UTC; a date of zeros is none in any zone.
            values = [
                one if one is None or one.startswith(b"0000-00-00") else one + b"+00:00"
                for one in values
            ]
        try:
            return pa.array(values, pa.binary()).cast(pa.string())
        except pa.ArrowInvalid:
            raise self._server.fault("encoding", f"column '{field.name}'") from None

    def close(self) -> None:
        """End the transaction and the connection, whatever state they are in."""
        # Otherwise the driver would read the rest of an answer that nobody waits for.
        if self._connection._result is not None:  # type: ignore[attr-defined]
            self._connection._result.unbuffered_active = False  # type: ignore[attr-defined]
        self._connection._force_close()  # type: ignore[attr-defined]

    def _execute(self, sql: str, values: Sequence[object] | None = None) -> None:
        self._cursor.execute(sql, values)

    def _one(self, sql: str) -> list[str]:
        """The only row of a statement."""
        self._cursor.execute(sql)
        (row,) = self._cursor.fetchall()
        return [_text(one) for one in row]

    @contextmanager
    def _clear(self) -> Iterator[None]:
        """Raise one line for a fault of the driver."""
        try:
            yield
        except (pymysql.Error, ssl.SSLError) as error:
            raise self._server.fault(*_read(error)) from None


def _tls(server: Server) -> dict[str, Any]:
    """Arguments of the driver for libpq's settings of TLS.

    Raises:
        LongflowError: a file of keys is missing or useless.
    """
    tls = server.tls
    mode = tls.get("sslmode", "verify-ca" if "sslrootcert" in tls else "prefer")
    if mode == "disable":
        return {"ssl_disabled": True}
    if mode == "prefer":
        return {}
    try:
        context = ssl.create_default_context(cafile=tls.get("sslrootcert"))
        # Certificates that servers make for themselves do not keep all of X.509's rules.
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        context.check_hostname = mode == "verify-full"
        context.verify_mode = ssl.CERT_NONE if mode == "require" else ssl.CERT_REQUIRED
        if "sslcert" in tls:
            context.load_cert_chain(tls["sslcert"], tls.get("sslkey"))
    except OSError as error:
        raise server.fault("tls", f"a file cannot be read: {error.strerror or error}") from None
    return {"ssl": context}


def _read(error: pymysql.Error | ssl.SSLError) -> tuple[str, str]:
    """The kind of a fault, and its words without values of rows."""
    number, text = (*error.args, "", "")[:2] if error.args else ("", "")
    text = str(text or error)
    if isinstance(error, ssl.SSLError) or re.search(r"\bSSL|certificate", text):
        return ("cut" if re.search(r"\bEOF\b", text) else "tls"), text
    # The driver gives 0 to what it does with a connection that is closed.
    if isinstance(number, int) and number:
        kind = _KINDS.get(number, "query")
        if kind == "query" and number not in _OF_STATEMENTS:
            text = without_values(text)
        return kind, text
    return "cut", text or type(error).__name__


def _text(value: bytes | str | None) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
