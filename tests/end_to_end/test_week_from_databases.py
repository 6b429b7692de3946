"""A week whose sessions and customers lie in databases, and the same week from folders."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl
import pytest

from tests.end_to_end.conftest import Site
from tests.integration.landing.databases import (
    PASSWORD,
    READER,
    DatabaseServer,
    mariadb_server,
    postgresql_server,
)
from tests.integration.landing.servers import CutNetwork

pytestmark = [pytest.mark.postgres, pytest.mark.mariadbd]

COLUMNS = {
    "acctuniqueid": "varchar(32)",
    "username": "varchar(64)",
    "nasipaddress": "varchar(15)",
    "acctstarttime": "timestamptz",
    "acctupdatetime": "timestamptz",
    "acctstoptime": "timestamptz",
    "framedipaddress": "varchar(15)",
    "framedipv6prefix": "varchar(45)",
    "delegatedipv6prefix": "varchar(45)",
    "acctterminatecause": "varchar(32)",
}


def fill(server: DatabaseServer, table: str, rows: pl.DataFrame, types: dict[str, str]) -> None:
    """Make a table of texts as they were delivered, in another order."""
    values = ", ".join(
        "(" + ", ".join("NULL" if one is None else repr(one) for one in row) + ")"
        for row in rows.reverse().rows()
    )
    columns = ", ".join(f"{name} {kind}" for name, kind in types.items())
    named = ", ".join(rows.columns)
    server.run(
        f"CREATE TABLE {table} ({columns})",
        f"INSERT INTO {table} ({named}) VALUES {values}",
        f"GRANT SELECT ON {table} TO {READER}",
    )


def test_a_week_from_databases_is_the_week_from_folders(
    site: Site, unsampled_week: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sessions in PostgreSQL, over a network that is cut; customers in MariaDB."""
    site.take_key_of(unsampled_week)
    password = PASSWORD.replace(" ", "%20").replace(",", "%2C")
    monkeypatch.setenv("AIRFLOW_CONN_READER", f"any://{READER}:{password}@/?sslmode=disable")
    (radacct,) = site.landing.rglob("radacct.csv")
    (customers,) = site.landing.rglob("subscribers.csv")
    with postgresql_server() as radius, mariadb_server() as crm:
        sessions = pl.read_csv(radacct, infer_schema=False)
        known = [name for name in sessions.columns if name in COLUMNS]
        types = {"radacctid": "serial", **COLUMNS}
        fill(radius, "radacct", sessions.select(known), types)
        snapshot = pl.read_csv(customers, infer_schema=False)
        fill(crm, "customer", snapshot, dict.fromkeys(snapshot.columns, "varchar(64)"))
        network = CutNetwork(radius.port, cuts=1, after_bytes=1_500)
        url = radius.url.replace(str(radius.port), str(network.port))
        from_database(site, "radius", f'preset = "freeradius-postgresql"\nurl = "{url}"')
        query = f"SELECT {', '.join(snapshot.columns)} FROM customer"
        from_database(site, "crm", f'query = "{query}"\nurl = "{crm.url}"')
        radacct.unlink()
        customers.unlink()
        assert site.ingest().refusals == []
        assert network.cuts_left == 0
        assert site.volumes() == unsampled_week.volumes()
        before = site.content()
        # Asked again, equal rows are equal input.
        site.ingest("again")
        assert site.content() == before
        network.close()
    assert PASSWORD not in str(before)
    (files,) = site.query("SELECT files FROM load_log WHERE feed = 'assignments'")["files"]
    assert url in files
    assert "acctstarttime < :week_end" in files


def from_database(site: Site, name: str, settings: str) -> None:
    """Let a source of the settings be one in a database."""
    file: Path = site.folder / "longflow.toml"
    section = re.compile(rf'(name = "{name}"\nfeed = "\w+"\n)format = "csv"\nfiles = "[^"]+"\n')
    text, count = section.subn(rf'\1{settings}\nconnection = "reader"\n', file.read_text())
    assert count == 1
    file.write_text(text)
