"""The week of a source in PostgreSQL or MariaDB, and what can go wrong there."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from longflow.errors import LongflowError
from longflow.landing.databases.mariadb import MariadbSession
from longflow.landing.databases.postgresql import PostgresqlSession
from longflow.landing.databases.session import Server, Session
from longflow.records import Landed
from longflow.settings import Feed
from longflow.settings.databases import MARIADB, POSTGRESQL, BoundQuery

from tests.integration.landing.conftest import fetch_source
from tests.integration.landing.databases import (
    PASSWORD,
    READER,
    DatabaseServer,
    MariadbServer,
)
from tests.integration.landing.filled import (
    LONGER,
    OTHER_CERTIFICATE,
    content,
    filled_server,
    is_postgresql,
)
from tests.integration.landing.servers import HOST, CutNetwork, free_port
from tests.integration.landing.test_page_of_sources import example


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(POSTGRESQL, marks=pytest.mark.postgres),
        pytest.param(MARIADB, marks=pytest.mark.mariadbd),
    ],
)
def server(request: pytest.FixtureRequest) -> Iterator[DatabaseServer]:
    """Each of the servers, with a week of sessions and a longer table."""
    with filled_server(request.param) as filled:
        yield filled


Rows = Callable[..., Landed]


@pytest.fixture
def rows(server: DatabaseServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Rows:
    """Return a function that fetches the week of a query."""

    def fetched(query: str = "", *, url: str = "", more: str = "", extra: str = "") -> Landed:
        password = PASSWORD.replace(" ", "%20").replace(",", "%2C")
        monkeypatch.setenv("AIRFLOW_CONN_RADIUS", f"any://{READER}:{password}@/?{extra}")
        preset = f"freeradius-{'postgresql' if is_postgresql(server) else 'mysql'}"
        asks = f'query = """{query}"""' if query else f'preset = "{preset}"'
        source = f'[[sources]]\nname = "radius"\nfeed = "assignments"\n{asks}\n{more}\n'
        source += f'url = "{url or server.url}"\nconnection = "radius"\n'
        return fetch_source(tmp_path, source, Feed.ASSIGNMENTS)

    return fetched


def refusal(landed: Landed) -> str:
    (line,) = [one.sentence for one in landed.findings if one.severity == "critical"]
    assert "\n" not in line
    assert PASSWORD not in landed.model_dump_json()
    return line


def test_the_preset_reads_the_sessions_of_the_week(
    server: DatabaseServer, rows: Rows, tmp_path: Path
) -> None:
    landed = rows()
    into, still = {
        True: (
            "2024-04-30 23:00:00+00:00,,2024-06-02 15:00:00+00:00",
            "2024-06-09 14:59:59+00:00,,",
        ),
        False: ("2024-05-01 08:00:00,,2024-06-03 00:00:00", "2024-06-09 23:59:59,,"),
    }[is_postgresql(server)]
    assert content(tmp_path) == (
        "radacctid,acctuniqueid,username,nasipaddress,acctstarttime,acctupdatetime,acctstoptime,"
        "framedipaddress,framedipv6prefix,delegatedipv6prefix,acctterminatecause\n"
        f"2,into,bob,10.0.0.1,{into},100.64.0.2,,,\n"
        f'3,open,"a,""b""",10.0.0.1,{still},100.64.0.3,,,\n'
    )
    (file,) = landed.files
    assert file.database is not None
    assert file.database.server == server.url
    assert file.database.rows == 2
    assert file.database.values["week_end"].startswith("2024-06-10 00:00:00")
    assert PASSWORD not in landed.model_dump_json()
    assert READER not in landed.model_dump_json()


def test_rows_are_sorted_whatever_the_order_of_the_server(
    server: DatabaseServer, rows: Rows, tmp_path: Path
) -> None:
    query = "SELECT i, text FROM longer WHERE :week_start_epoch > 0 ORDER BY i {}"
    first, again = (rows(query.format(order)).files[0] for order in ("DESC", "ASC"))
    assert first.sha256 == again.sha256
    numbers = [line.partition(",")[0] for line in content(tmp_path).splitlines()[1:]]
    assert numbers == [str(number) for number in range(1, LONGER + 1)]


def test_the_example_of_the_page(
    server: DatabaseServer, rows: Rows, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows()  # sets the connection
    if is_postgresql(server):
        source, feed = example("postgresql://radius.example.net/radius", server.url), "assignments"
    else:
        monkeypatch.setenv("AIRFLOW_CONN_CRM", os.environ["AIRFLOW_CONN_RADIUS"])
        server.run(
            "CREATE TABLE customer (id int, kind varchar(9))",
            "CREATE TABLE line (login varchar(9), contract_id int, service varchar(9), "
            "access varchar(9), customer_id int, opened_at datetime, closed_at datetime)",
            "INSERT INTO customer VALUES (1, 'consumer')",
            "INSERT INTO line VALUES ('ann', 7, 'broadband', 'pppoe', 1, '2024-06-09', NULL), "
            "('bob', 8, 'broadband', 'ipoe', 1, '2024-06-10', NULL)",
            f"GRANT SELECT ON customer TO {READER}",
            f"GRANT SELECT ON line TO {READER}",
        )
        source, feed = example("mariadb://crm.example.net/crm", server.url), "subscribers"
    landed = fetch_source(tmp_path, source, Feed(feed))
    assert landed.findings == ()
    (file,) = tmp_path.rglob(landed.files[0].name)
    assert {"assignments": "2,into,bob", "subscribers": "ann,7,broadband,pppoe,consumer"}[
        feed
    ] in file.read_text()


TYPES = {
    POSTGRESQL: {
        "timestamptz '2024-06-03 00:00:00.25+09'": "2024-06-02 15:00:00.25+00:00",
        "timestamp '2024-06-03 00:00:00'": "2024-06-03 00:00:00",
        "date '2024-06-03'": "2024-06-03",
        "true": "true",
        "9007199254740993::bigint": "9007199254740993",
        "1.50::numeric": "1.50",
        "0.1::real": "0.1",
        "timestamptz 'infinity'": "infinity",
        "inet '2001:db8::/64'": "2001:db8::/64",
        "'\\\\x00ff'::bytea": "\\x00ff",
        """'{"a": 1}'::json""": '"{""a"": 1}"',
        "'東京'": "東京",
        "'#x'": "#x",
        "NULL": "",
    },
    MARIADB: {
        "CAST('2024-06-03 00:00:00.25' AS DATETIME(2))": "2024-06-03 00:00:00.25",
        "at": "2024-06-02 15:00:00+00:00",
        "never": "0000-00-00 00:00:00",
        "CAST('2024-06-03' AS DATE)": "2024-06-03",
        "CAST(18446744073709551615 AS UNSIGNED)": "18446744073709551615",
        "1.50": "1.50",
        "TRUE": "1",
        "b'101'": "\\x05",
        "bits": "5",
        "INET6_ATON('10.0.0.1')": "\\x0a000001",
        "INET6_NTOA(INET6_ATON('2001:db8::'))": "2001:db8::",
        """JSON_OBJECT('a', 1)""": '"{""a"": 1}"',
        "'東京'": "東京",
        "NULL": "",
    },
}


def test_values_of_every_type(server: DatabaseServer, rows: Rows, tmp_path: Path) -> None:
    types = TYPES[POSTGRESQL if is_postgresql(server) else MARIADB]
    table = ""
    if not is_postgresql(server):
        server.run(
            "SET time_zone = '+09:00'",
            "CREATE OR REPLACE TABLE times (at timestamp, never datetime, bits bit(3))",
            "INSERT INTO times VALUES ('2024-06-03', '0000-00-00', 5)",
            f"GRANT SELECT ON times TO {READER}",
        )
        table = "FROM times"
    columns = ", ".join(f"{one} AS c{number}" for number, one in enumerate(types))
    rows(f"SELECT {columns} {table} WHERE :week_start_epoch > 0")
    assert content(tmp_path).splitlines()[1] == ",".join(types.values())


def test_a_local_time_is_compared_with_the_bounds_by_the_clock_of_the_source(
    server: DatabaseServer, rows: Rows, tmp_path: Path
) -> None:
    kind = "timestamp" if is_postgresql(server) else "datetime"
    values = [f"('2024-06-{text}')" for text in ("02 23:59:59", "03 00:00:00", "09 23:59:59")]
    server.run(
        "DROP TABLE IF EXISTS local",
        f"CREATE TABLE local (at {kind})",
        f"INSERT INTO local VALUES {', '.join(values)}",
        f"GRANT SELECT ON local TO {READER}",
    )
    query = "SELECT at FROM local WHERE at >= :week_start AND at < :week_end"
    rows(query)
    assert content(tmp_path) == "at\n2024-06-03 00:00:00\n2024-06-09 23:59:59\n"
    # The week of Tokyo begins at 22 o'clock of Bangkok.
    rows(query, more='time_zone = "Asia/Bangkok"')
    assert content(tmp_path) == "at\n2024-06-02 23:59:59\n2024-06-03 00:00:00\n"


def run(session: Session, query: BoundQuery) -> list[list[str]]:
    session.run(query, {})
    return [array.to_pylist() for batch in session.batches() for array in batch]


@pytest.fixture
def session(server: DatabaseServer) -> Iterator[Session]:
    """A session of the reader, begun."""
    given = Server(
        url=server.url,
        source="radius",
        named="connection 'radius'",
        host=HOST,
        port=server.port,
        database="radius",
        login=READER,
        password=PASSWORD,
        tls={},
    )
    opened: Session = (PostgresqlSession if is_postgresql(server) else MariadbSession)(given, 60)
    yield opened
    opened.close()


def test_a_session_reads_one_snapshot(server: DatabaseServer, session: Session) -> None:
    server.run("INSERT INTO longer (i) VALUES (0)")
    count = run(session, BoundQuery("SELECT count(*) AS n FROM longer", ()))
    server.run("DELETE FROM longer WHERE i = 0")
    assert count == [[str(LONGER)]]


def test_a_session_cannot_write(server: DatabaseServer, session: Session) -> None:
    if is_postgresql(server):
        writing = "LANGUAGE sql SECURITY DEFINER AS 'DELETE FROM radacct; SELECT 1'"
    else:
        writing = "BEGIN DELETE FROM radacct; RETURN 1; END"
        server.run(f"GRANT EXECUTE ON radius.* TO {READER}")
    server.run(f"CREATE FUNCTION wipe() RETURNS int {writing}")
    with pytest.raises(LongflowError, match="would write, and the session is read-only"):
        run(session, BoundQuery("SELECT wipe() AS n", ()))
    session.close()
    server.run("DROP FUNCTION wipe")
    assert server.run("SELECT count(*) FROM radacct") == [(4,)]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT acctstop FROM radacct WHERE acctstarttime < :week_end", "acctstop"),
        ("SELECT * FORM radacct WHERE acctstarttime < :week_end", "syntax"),
    ],
)
def test_a_query_that_fails_is_one_line(rows: Rows, query: str, expected: str) -> None:
    line = refusal(rows(query))
    assert "the query fails: " in line
    assert expected in line
    assert line.endswith("; correct the query of source 'radius'")


def test_a_missing_right_is_one_line(rows: Rows) -> None:
    line = refusal(rows("SELECT username FROM secret WHERE :week_start_epoch > 0"))
    assert "denied" in line
    assert "give the user of connection 'radius' the right to read" in line


def test_a_value_in_the_message_of_a_server_is_masked(server: DatabaseServer, rows: Rows) -> None:
    if not is_postgresql(server):
        pytest.skip("MariaDB only warns")
    query = "SELECT username::int FROM radacct WHERE acctstarttime < :week_end"
    line = refusal(rows(query))
    assert "invalid input syntax for type integer: '…'" in line


def test_two_columns_of_one_name_are_one_line(rows: Rows) -> None:
    query = "SELECT username, username FROM radacct WHERE acctstarttime < :week_end"
    assert "has 2 columns named 'username'; name each column once" in refusal(rows(query))


def test_no_columns_are_one_line(server: DatabaseServer, rows: Rows) -> None:
    if not is_postgresql(server):
        pytest.skip("MariaDB has no such queries")
    line = refusal(rows("SELECT FROM radacct WHERE acctstarttime < :week_end"))
    assert "the query fails: it gives no columns; " in line


def test_no_rows_are_one_line(rows: Rows) -> None:
    line = refusal(rows("SELECT * FROM radacct WHERE acctstarttime > :week_end_utc AND 1 = 0"))
    assert "the query of source 'radius' gave no rows for week 2024-06-03; check its cond" in line


def test_a_wrong_password_is_one_line(
    server: DatabaseServer, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.integration.landing.test_databases.PASSWORD", "guessed")
    line = refusal(rows())
    assert line.startswith(f"{server.url}: the login is refused: ")
    assert line.endswith("; check login and password in connection 'radius'")


def test_an_unknown_database_is_one_line(server: DatabaseServer, rows: Rows) -> None:
    if not is_postgresql(server):
        # MariaDB tells only those who have rights everywhere that a database does not exist.
        server.run(f"GRANT SELECT ON *.* TO {READER}")
    try:
        line = refusal(rows(url=server.url.replace("/radius", "/radus")))
    finally:
        if not is_postgresql(server):
            server.run(f"REVOKE SELECT ON *.* FROM {READER}")
    assert "radus" in line
    assert line.endswith("; check the name of the database in url of source 'radius'")


def test_a_server_that_is_down_is_a_fault_of_the_network(
    server: DatabaseServer, rows: Rows
) -> None:
    url = server.url.replace(str(server.port), str(free_port()))
    with pytest.raises(ConnectionError) as caught:
        rows(url=url)
    assert str(caught.value).startswith(f"{url}: ")
    assert "refused" in str(caught.value)


def test_a_query_that_takes_too_long_is_ended(server: DatabaseServer, rows: Rows) -> None:
    sleep = "pg_sleep(20)" if is_postgresql(server) else "SLEEP(20)"
    query = f"SELECT {sleep} AS username FROM radacct WHERE acctstarttime < :week_end"
    line = refusal(rows(query, more="query_timeout_minutes = 0.005"))
    assert "the query took longer than query_timeout_minutes: " in line


def test_a_connection_that_is_cut_begins_the_query_again(
    server: DatabaseServer, rows: Rows
) -> None:
    query = "SELECT i, text FROM longer WHERE :week_start_epoch > 0"
    expected = rows(query).files[0].sha256
    network = CutNetwork(server.port, cuts=2, after_bytes=700_000)
    cut = rows(
        query, url=server.url.replace(str(server.port), str(network.port)), extra="sslmode=disable"
    )
    network.close()
    assert network.cuts_left == 0
    assert cut.files[0].sha256 == expected


def test_a_session_that_is_ended_three_times_is_a_fault_of_the_network(
    server: DatabaseServer, rows: Rows
) -> None:
    stop = SimpleNamespace(now=False)

    def end_sessions() -> None:
        while not stop.now:
            if isinstance(server, MariadbServer):
                for (number,) in server.run(
                    "SELECT id FROM information_schema.processlist "
                    f"WHERE user = '{READER}' AND info LIKE '%SLEEP%'"
                ):
                    server.run(f"KILL {number}")
            else:
                server.run(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    f"WHERE usename = '{READER}' AND wait_event = 'PgSleep'"
                )
            time.sleep(0.05)

    thread = threading.Thread(target=end_sessions)
    thread.start()
    sleep = "pg_sleep(20)" if is_postgresql(server) else "SLEEP(20)"
    query = f"SELECT {sleep} AS username FROM radacct WHERE acctstarttime < :week_end"
    try:
        with pytest.raises(ConnectionError) as caught:
            rows(query)
    finally:
        stop.now = True
        thread.join()
    assert str(caught.value).startswith(f"{server.url}: ")


def test_a_certificate_is_verified_on_request(
    server: DatabaseServer, rows: Rows, tmp_path: Path
) -> None:
    verified = rows(extra=f"sslmode=verify-full&sslrootcert={server.certificate}")
    assert verified.findings == ()
    other = tmp_path / "other.pem"
    other.write_text(OTHER_CERTIFICATE)
    line = refusal(rows(extra=f"sslmode=verify-full&sslrootcert={other}"))
    assert "certificate" in line
    assert "; check sslmode, sslrootcert, sslcert and sslkey in the extra of conn" in line
