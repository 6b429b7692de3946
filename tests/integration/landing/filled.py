"""Servers of databases with a week of sessions as FreeRADIUS keeps them, and a longer table."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from longflow.settings.databases import MARIADB, POSTGRESQL

from tests.integration.landing.databases import (
    READER,
    DatabaseServer,
    PostgresqlServer,
    mariadb_server,
    postgresql_server,
)

LONGER = 1_500
# What FreeRADIUS' own schemas have, as far as sources read it.
RADACCT = {
    POSTGRESQL: """
        CREATE TABLE radacct (RadAcctId bigserial PRIMARY KEY, AcctUniqueId text NOT NULL UNIQUE,
        UserName text, NASIPAddress inet NOT NULL, AcctStartTime timestamptz,
        AcctUpdateTime timestamptz, AcctStopTime timestamptz, AcctTerminateCause text,
        FramedIPAddress inet, FramedIPv6Prefix inet, DelegatedIPv6Prefix inet)""",
    MARIADB: """
        CREATE TABLE radacct (radacctid bigint(21) NOT NULL auto_increment PRIMARY KEY,
        acctuniqueid varchar(32) NOT NULL UNIQUE, username varchar(64) NOT NULL default '',
        nasipaddress varchar(15) NOT NULL default '', acctstarttime datetime NULL,
        acctupdatetime datetime NULL, acctstoptime datetime NULL,
        acctterminatecause varchar(32) NOT NULL default '', framedipaddress varchar(15) NOT NULL,
        framedipv6prefix varchar(45) NOT NULL default '',
        delegatedipv6prefix varchar(45) NOT NULL default '')""",
}
SESSIONS = """
    INSERT INTO radacct (acctuniqueid, username, nasipaddress, acctstarttime, acctstoptime,
    framedipaddress) VALUES
    ('before', 'ann', '10.0.0.1', '2024-05-01 08:00:00{0}', '2024-06-02 23:59:59{0}', '100.64.0.1'),
    ('into', 'bob', '10.0.0.1', '2024-05-01 08:00:00{0}', '2024-06-03 00:00:00{0}', '100.64.0.2'),
    ('open', 'a,"b"', '10.0.0.1', '2024-06-09 23:59:59{0}', NULL, '100.64.0.3'),
    ('after', 'cid', '10.0.0.1', '2024-06-10 00:00:00{0}', NULL, '100.64.0.4')"""

# Of nobody here.
OTHER_CERTIFICATE = """\
-----BEGIN CERTIFICATE-----
MIIBdzCCAR2gAwIBAgIUDvmc7iqZMUfUBqMWez/a6KeMd2swCgYIKoZIzj0EAwIw
EDEOMAwGA1UEAwwFb3RoZXIwIBcNMjYxMTI3MTk1OTU0WhgPMjEyNjExMDMxOTU5
NTRaMBAxDjAMBgNVBAMMBW90aGVyMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE
jVM5H6wKmKs2Vt4ANqNKsB6zr0FUcg/R99cLld4b/t4DhqoR8vuqdowOiCyA7VXn
KlQzCsmZFEg6ytKEUqUcW6NTMFEwHQYDVR0OBBYEFNSaN7mNMKpf0IaPg/kCvH/v
x61RMB8GA1UdIwQYMBaAFNSaN7mNMKpf0IaPg/kCvH/vx61RMA8GA1UdEwEB/wQF
MAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIgEEwI1Gsvdr+slIOig6vVHHPIXvnakdHF
Lkq0iKPXctgCIQCFWGw7XiM0cFXeZvE7f3tzZYcGvXDNjyZsvsEHXh3xHQ==
-----END CERTIFICATE-----
"""


@contextmanager
def filled_server(system: str) -> Iterator[DatabaseServer]:
    """Start a server and fill it, until the end of the block."""
    if system == POSTGRESQL:
        with postgresql_server() as postgresql:
            postgresql.run(RADACCT[POSTGRESQL], SESSIONS.format("+09"))
            postgresql.run(
                "CREATE TABLE longer AS SELECT i, repeat('x', 1000) AS text "
                f"FROM generate_series(1, {LONGER}) AS i ORDER BY i DESC",
                "CREATE TABLE secret (username text)",
                f"GRANT SELECT ON radacct, longer TO {READER}",
            )
            yield postgresql
    else:
        with mariadb_server() as mariadb:
            mariadb.run(RADACCT[MARIADB], SESSIONS.format(""))
            mariadb.run(
                "CREATE TABLE longer AS SELECT seq AS i, repeat('x', 1000) AS text "
                f"FROM seq_{LONGER}_to_1",
                "CREATE TABLE secret (username text)",
                f"GRANT SELECT ON radius.radacct TO {READER}",
                f"GRANT SELECT ON radius.longer TO {READER}",
            )
            yield mariadb


def is_postgresql(server: DatabaseServer) -> bool:
    return isinstance(server, PostgresqlServer)


def content(folder: Path) -> str:
    (file,) = folder.rglob("radius.csv")
    return file.read_text()
