"""PostgreSQL's and MariaDB's own servers on this machine, each in a folder of its own."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Protocol

import psycopg
import pymysql
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.integration.landing.servers import HOST, free_port

READER, PASSWORD = "reader", "let me in, please"


class DatabaseServer(Protocol):
    """A server with an empty database `radius`, which the user `reader` may log in to.

    Attributes:
        url: of its database.
        port: on which it listens.
        certificate: its own, by which it can be verified.
    """

    url: str
    port: int
    certificate: Path

    def run(self, *statements: str) -> list[tuple[object, ...]]:
        """Run statements as the administrator; the rows of the last."""


class PostgresqlServer:
    """PostgreSQL; see `DatabaseServer`."""

    def __init__(self, port: int, certificate: Path) -> None:
        self.port, self.certificate = port, certificate
        self.url = f"postgresql://{HOST}:{port}/radius"

    def run(self, *statements: str, database: str = "radius") -> list[tuple[object, ...]]:
        """Run statements as the administrator; the rows of the last."""
        with psycopg.connect(
            host=HOST, port=self.port, user="admin", dbname=database, autocommit=True
        ) as connection:
            for statement in statements:
                cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []


class MariadbServer:
    """MariaDB; see `DatabaseServer`."""

    def __init__(self, port: int, certificate: Path, socket: Path) -> None:
        self.port, self.certificate = port, certificate
        self.url = f"mariadb://{HOST}:{port}/radius"
        self._socket = socket

    def run(self, *statements: str, database: str = "radius") -> list[tuple[object, ...]]:
        """Run statements as the administrator; the rows of the last."""
        with (
            pymysql.connect(
                unix_socket=str(self._socket), user="root", database=database, autocommit=True
            ) as connection,
            connection.cursor() as cursor,
        ):
            for statement in statements:
                cursor.execute(statement)
            return list(cursor.fetchall())


@contextlib.contextmanager
def postgresql_server() -> Iterator[PostgresqlServer]:
    """Start PostgreSQL, until the end of the block."""
    (programs,) = sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1:]
    port = free_port()
    with _folder() as folder:
        certificate, key = _certificate(folder)
        data = folder / "data"
        initdb: list[str | Path] = [
            programs / "initdb",
            "-D",
            data,
            "-U",
            "admin",
            "--encoding=UTF8",
            "--no-sync",
        ]
        _run([*initdb, "--locale=C", "--auth-local=trust", "--auth-host=trust"])
        (data / "pg_hba.conf").write_text(
            f"host all admin {HOST}/32 trust\nhost all all {HOST}/32 scram-sha-256\n"
        )
        with (data / "postgresql.conf").open("a") as configuration:
            configuration.write(
                f"port = {port}\nlisten_addresses = '{HOST}'\nunix_socket_directories = ''\n"
                # What a provider's server may prefer, and longflow must not mind.
                "timezone = 'America/New_York'\ndatestyle = 'SQL, DMY'\nfsync = off\n"
                f"ssl = on\nssl_cert_file = '{certificate}'\nssl_key_file = '{key}'\n"
            )
        server = PostgresqlServer(port, certificate)
        with _running([programs / "postgres", "-D", data], signal.SIGINT):
            _until(lambda: server.run("SELECT 1", database="postgres"))
            server.run("CREATE DATABASE radius", database="postgres")
            server.run(f"CREATE ROLE {READER} LOGIN PASSWORD '{PASSWORD}'")
            yield server


@contextlib.contextmanager
def mariadb_server() -> Iterator[MariadbServer]:
    """Start MariaDB, until the end of the block."""
    port = free_port()
    with _folder() as folder:
        certificate, key = _certificate(folder)
        data, socket = folder / "data", folder / "socket"
        install = ["mariadb-install-db", "--no-defaults", f"--datadir={data}", "--skip-test-db"]
        _run([*install, "--auth-root-authentication-method=normal"])
        program = shutil.which("mariadbd") or "/usr/sbin/mariadbd"
        command = [
            *(program, "--no-defaults", f"--datadir={data}", f"--socket={socket}"),
            *(f"--port={port}", f"--bind-address={HOST}", f"--pid-file={folder}/pid"),
            # What a provider's server may prefer, and longflow must not mind.
            *("--default-time-zone=-05:00", "--skip-name-resolve", "--sql-mode="),
            *(
                "--innodb-flush-log-at-trx-commit=0",
                f"--ssl-cert={certificate}",
                f"--ssl-key={key}",
            ),
        ]
        server = MariadbServer(port, certificate, socket)
        with _running(command, signal.SIGTERM):
            _until(lambda: server.run("SELECT 1", database="mysql"))
            server.run(
                "CREATE DATABASE radius CHARACTER SET utf8mb4",
                f"CREATE USER {READER} IDENTIFIED BY '{PASSWORD}'",
                database="mysql",
            )
            yield server


def _user() -> str | None:
    """Whom a server runs as: neither runs as root."""
    if os.geteuid() != 0:
        return None
    return "nobody"


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    """A folder of whom a server runs as; pytest's own are closed to others."""
    with tempfile.TemporaryDirectory(prefix="longflow-server-") as name:
        if user := _user():
            os.chown(name, pwd.getpwnam(user).pw_uid, -1)
        yield Path(name)


def _certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate of this machine, signed by itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "longflow")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(HOST))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    files = folder / "certificate.pem", folder / "key.pem"
    pem = serialization.Encoding.PEM
    files[0].write_bytes(certificate.public_bytes(pem))
    files[1].write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    files[1].chmod(0o600)
    if user := _user():
        os.chown(files[1], pwd.getpwnam(user).pw_uid, -1)
    return files


def _run(command: Sequence[str | Path]) -> None:
    quiet = subprocess.DEVNULL
    subprocess.run(command, check=True, user=_user(), cwd="/", env=_environment(), stdout=quiet)


def _environment() -> dict[str, str]:
    return {"PATH": f"{os.environ['PATH']}:/usr/sbin", "LC_ALL": "C"}


@contextlib.contextmanager
def _running(command: Sequence[str | Path], end: signal.Signals) -> Iterator[None]:
    quiet = subprocess.DEVNULL
    with subprocess.Popen(
        command, user=_user(), cwd="/", env=_environment(), stdout=quiet, stderr=quiet
    ) as process:
        try:
            yield
        finally:
            process.send_signal(end)


def _until(answers: Callable[[], object]) -> None:
    for _ in range(300):
        with contextlib.suppress(psycopg.Error, pymysql.Error):
            answers()
            return
        time.sleep(0.1)
    raise TimeoutError("the server does not answer")
