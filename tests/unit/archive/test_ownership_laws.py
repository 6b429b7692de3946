"""Who owns a port of an address at an instant, by a week's SQL and by docs/method.md, rule 1."""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from longflow.database import connect, create_from, create_functions, execute_named
from longflow.settings import DatabaseSettings, Provider, Settings
from longflow.sqlfile import query

FIRST, LAST = 3, 12
"""The window: sessions lie around it, flows begin in it."""
WORLDS = 8
"""Networks that have nothing in common, side by side: a query for all of them is quicker."""
PORTLESS = 65536
ENDS = {0: 6, 1000: 6, 1500: 6, 2000: 17, 2500: 17, 3000: 6, PORTLESS: 1}
"""Ports from which flows begin, one in every stretch that ranges differ in; and the protocol."""
RANGES = [
    (1000, 1999, None),
    (1500, 2499, None),
    (2000, 2999, None),
    (0, 65535, None),
    (1000, 1499, 1000),
]
"""First port, last port and the distance at which a range repeats."""
LOGINS = {"ann": 1, "bob": 2, "cat": 3}
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def servers(world: int) -> list[str]:
    return [f"192.0.2.{world}", f"203.0.113.{world}"]


def exporters(world: int) -> list[str]:
    return [*servers(world), "192.0.2.99"]


def addresses(world: int) -> list[Address]:
    texts = (
        f"10.0.0.{world}",
        f"198.51.100.{world}",
        f"2001:db8:{world}::1",
        f"2001:db8:{world}:1::1",
        f"fd00:{world}::1",
    )
    return [ipaddress.ip_address(text) for text in texts]


def prefixes(world: int) -> list[ipaddress.IPv6Network]:
    texts = ("2001:db8:{}::/64", "2001:db8:{}:1::/64", "2001:db8:{}::/63")
    private = ("fd00:{}::/64", "fd00:{}::/63")
    return [ipaddress.IPv6Network(text.format(world)) for text in (*texts, *private)]


@dataclass(frozen=True)
class Session:
    """An accounting session as RADIUS gives it."""

    world: int
    login: str
    server: str
    start: int
    update: int | None
    stop: int | None
    cause: str | None
    ipv4: ipaddress.IPv4Address | None
    framed: ipaddress.IPv6Network | None
    delegated: ipaddress.IPv6Network | None
    ports: tuple[int, int, int | None] | None = None
    access: str = "pppoe"
    number: int = 0

    def holds(self, port: int) -> bool:
        """Whether a port of its IPv4 address is the session's."""
        if self.ports is None or self.ports[:2] == (0, 65535):
            return True
        first, last, distance = self.ports
        return (
            port <= 65535 and first <= port and (port - first) % (distance or 65536) <= last - first
        )

    @property
    def prefixes(self) -> list[Network]:
        held: list[Network | None]
        held = [None if self.ipv4 is None else ipaddress.ip_network(self.ipv4)]
        return [one for one in (*held, self.framed, self.delegated) if one is not None]

    @property
    def turn(self) -> tuple[int, int, int]:
        """Place in the order of starts; of equal ones the one that was seen later comes later."""
        chance = int.from_bytes(hashlib.md5(b"s%d" % self.number).digest()[8:], "little")  # noqa: S324
        return self.start, max(self.start, self.update or 0, self.stop or 0), chance >> 26


class Rule1:
    """Ownership by docs/method.md, rule 1, word by word, one instant and address at a time."""

    def __init__(self, sessions: list[Session], shared_pools: str) -> None:
        self.sessions = sessions
        self.shared_pools = shared_pools

    def is_shared(self, address: Address) -> bool:
        private = str(address).startswith(("10.", "fd"))
        return self.shared_pools == "all" or (self.shared_pools == "public" and not private)

    def starts_after(
        self, session: Session, index: int, ports: Iterable[int] = ENDS, *, anywhere: bool
    ) -> Iterator[int]:
        """Starts of others on a prefix of a session, on one that overlaps, and on these ports."""
        prefix = session.prefixes[index]
        for other in self.sessions:
            met = any(
                prefix.version == one.version
                and prefix.overlaps(one)
                and (one.version == 6 or any(session.holds(p) and other.holds(p) for p in ports))
                for one in other.prefixes
            )
            near = anywhere or other.server == session.server
            if other.turn > session.turn and met and near:
                yield other.start

    def end(self, session: Session, index: int, port: int, *, by_server: bool) -> int:
        """When a session ends, as it is seen for one of its prefixes and ports."""
        if session.stop is not None:
            return session.stop
        ends = [LAST]
        for number, prefix in enumerate(session.prefixes):
            shared = self.is_shared(prefix.network_address)
            ends += self.starts_after(session, number, anywhere=shared)
        if not by_server:
            ends += self.starts_after(session, index, [port], anywhere=True)
        ends += [
            other.stop
            for other in self.sessions
            if other.cause and other.stop is not None
            if other.server == session.server and other.stop > session.start
        ]
        return min(ends)

    def owner(self, exporter: str, address: Address, port: int, now: int) -> int | None:
        """The number of the login that a flow which begins now belongs to, or of nobody."""
        by_server = any(
            one.server == exporter and (one.stop is None or one.stop >= FIRST) and one.prefixes
            for one in self.sessions
        )
        held = [
            (prefix.prefixlen, session.turn, session)
            for session in self.sessions
            for index, prefix in enumerate(session.prefixes)
            if address in prefix and (prefix.version == 6 or session.holds(port))
            if not by_server or session.server == exporter or self.is_shared(address)
            if session.start <= now < self.end(session, index, port, by_server=by_server)
        ]
        if held:
            *_, winner = max(held, key=lambda one: one[:2])
            if not by_server or winner.server == exporter:
                return LOGINS[winner.login] if winner.access else -1
        shared = {
            session.access
            for session in self.sessions
            if session.ports and session.ipv4 == address
            if session.stop is None or session.stop >= FIRST
        }
        if not shared:
            return None
        if port == PORTLESS:
            return -3 if shared == {""} else -4
        return -2 if shared == {""} else None


times = st.integers(0, LAST - 1)


def _possible(one: Session) -> Session:
    """The same without what a judge would refuse."""
    start, stop = (one.start, one.stop) if one.stop is None else sorted((one.start, one.stop))
    ports = None if one.ipv4 is None else one.ports
    access = "pppoe" if ports is None else one.access
    return replace(one, start=start, stop=stop, ports=ports, access=access)


def sessions_of(world: int, *, with_ports: bool) -> st.SearchStrategy[Session]:
    return st.builds(
        Session,
        world=st.just(world),
        login=st.sampled_from(["ann", "bob", "cat"]),
        server=st.sampled_from(servers(world)),
        start=times,
        update=st.none() | times,
        stop=st.none() | times,
        cause=st.none() | st.none() | st.just("NAS-Reboot"),
        ipv4=st.none() | st.sampled_from([a for a in addresses(world) if a.version == 4]),
        framed=st.none() | st.sampled_from(prefixes(world)),
        delegated=st.none() | st.none() | st.sampled_from(prefixes(world)),
        ports=st.none() | st.sampled_from(RANGES) if with_ports else st.none(),
        access=st.sampled_from(["pppoe", ""]) if with_ports else st.just("pppoe"),
    ).map(_possible)


def networks(*, with_ports: bool) -> st.SearchStrategy[tuple[list[Session], ...]]:
    return st.tuples(
        *(
            st.lists(sessions_of(world, with_ports=with_ports), max_size=7)
            for world in range(WORLDS)
        )
    )


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    var = tmp_path_factory.mktemp("var")
    one_thread = DatabaseSettings(threads=1)
    here = Settings(
        file=Path(),
        provider=Provider(name="test", time_zone="Asia/Tokyo"),
        sources=(),
        var=var,
        database=one_thread,
    )
    with connect(here) as connection:
        create_functions(connection)
        yield connection


def high_low(address: Address) -> tuple[int, int]:
    return int(address) >> 64, int(address) & (1 << 64) - 1


_COLUMNS = (
    *("session", "login", "access_server", "start_ms", "update_ms", "stop_ms", "terminate_cause"),
    *("ipv4_address", "framed_prefix_high", "framed_prefix_low", "framed_prefix_length"),
    *("delegated_prefix_high", "delegated_prefix_low", "delegated_prefix_length"),
    *("port_first", "port_last", "port_distance", "access"),
)


def assignments(drawn: list[Session]) -> pl.DataFrame:
    rows = []
    for one in drawn:
        row = {
            "session": f"s{one.number}",
            "login": one.login,
            "access_server": one.server,
            "start_ms": one.start,
            "update_ms": one.update,
            "stop_ms": one.stop,
            "terminate_cause": one.cause,
            "ipv4_address": None if one.ipv4 is None else int(one.ipv4),
            "access": one.access,
        }
        first, last, distance = one.ports or (None, None, None)
        row |= {"port_first": first, "port_last": last, "port_distance": distance}
        for name, prefix in (("framed", one.framed), ("delegated", one.delegated)):
            high, low = (None, None) if prefix is None else high_low(prefix.network_address)
            row |= {f"{name}_prefix_high": high, f"{name}_prefix_low": low}
            row[f"{name}_prefix_length"] = None if prefix is None else prefix.prefixlen
        rows.append(row)
    texts = ("session", "login", "access_server", "terminate_cause", "access")
    schema: dict[str, type[pl.DataType]] = dict.fromkeys(_COLUMNS, pl.UInt64)
    schema |= dict.fromkeys(texts, pl.String)
    schema |= dict.fromkeys(("start_ms", "update_ms", "stop_ms"), pl.Int64)
    schema |= dict.fromkeys(("framed_prefix_length", "delegated_prefix_length"), pl.UInt8)
    schema |= {"ipv4_address": pl.UInt32, "port_distance": pl.Int32}
    schema |= {"port_first": pl.UInt16, "port_last": pl.UInt16}
    return pl.DataFrame(rows, schema=schema)


def flows(ports: Mapping[int, int]) -> pl.DataFrame:
    """A flow of every exporter of a world from these ports of every address, at every instant."""
    rows = [
        (world, exporter, str(address), address.version, *high_low(address), 0, 0)
        for world in range(WORLDS)
        for exporter in exporters(world)
        for address in addresses(world)
    ]
    names = ("src_addr_high", "src_addr_low", "dst_addr_high", "dst_addr_low")
    schema: dict[str, type[pl.DataType]] = {"world": pl.Int64, "exporter": pl.String}
    schema |= {"address": pl.String, "ip_version": pl.UInt8}
    from_addresses = pl.DataFrame(
        rows, schema=schema | dict.fromkeys(names, pl.UInt64), orient="row"
    )
    ends = pl.DataFrame(
        {"port": ports.keys(), "protocol": ports.values()},
        schema={"port": pl.Int32, "protocol": pl.UInt8},
    ).with_columns(
        src_port=(pl.col("port") % PORTLESS).cast(pl.UInt16), dst_port=pl.lit(443, pl.UInt16)
    )
    instants = pl.DataFrame({"first_seen_ms": range(FIRST, LAST)})
    return (
        from_addresses.join(ends, how="cross")
        .join(instants, how="cross")
        .with_columns(service=pl.lit("broadband"), file_index=pl.lit(0))
    )


ANY_PORT = {0: 6}
FLOWS = {False: flows(ANY_PORT), True: flows(ENDS)}
pools = st.sampled_from(["all", "public", "none"])


@settings(max_examples=25, deadline=None)
@given(networks(with_ports=False), pools)
def test_owners_are_those_of_rule_1(
    connection: duckdb.DuckDBPyConnection, drawn: tuple[list[Session], ...], shared_pools: str
) -> None:
    found, expected = owners(connection, drawn, shared_pools)

    assert found == expected


@settings(max_examples=5, deadline=None)
@given(networks(with_ports=True), pools)
def test_owners_of_port_ranges_are_those_of_rule_1(
    connection: duckdb.DuckDBPyConnection, drawn: tuple[list[Session], ...], shared_pools: str
) -> None:
    found, expected = owners(connection, drawn, shared_pools)

    assert found == expected


Row = tuple[object, ...]


def owners(
    connection: duckdb.DuckDBPyConnection, drawn: tuple[list[Session], ...], shared_pools: str
) -> tuple[list[Row], list[Row]]:
    """Owners of flows by the SQL, and by the rule."""
    every = [one for world in drawn for one in world]
    every = [replace(one, number=number) for number, one in enumerate(every)]
    create_from(connection, "assignments", assignments(every))
    by_port = any(one.ports for one in every)
    for table in ("flows", "broadband_flow"):
        create_from(connection, table, FLOWS[by_port])
    logins = pl.DataFrame({"login_or_number": LOGINS.keys(), "subscriber_id": LOGINS.values()})
    keys = logins.with_columns(
        pl.col("subscriber_id").cast(pl.Int32), service=pl.lit("broadband"), access=pl.lit("pppoe")
    )
    create_from(connection, "subscriber_key", keys)
    parameters: dict[str, object] = {
        "window_start_ms": FIRST,
        "window_end_ms": LAST,
        "shared_pools": shared_pools,
        "first_file": 0,
        "last_file": 0,
    }
    tables = ["port_claim", "holding", "exporter_scope", "endpoint_owner", "piece_owner"]
    tables += ["shared_address", "port_cell", "piece_port_owner"] if by_port else []
    for table in tables:
        text = f"CREATE OR REPLACE TEMP TABLE {table} AS {query('week', table)}"
        execute_named(connection, text, parameters)

    owned = query("week", "flow_owned", "attributed_by_port" if by_port else "attributed")
    found: list[Row] = connection.execute(
        "SELECT exporter, world, address, port, first_seen_ms, src_subscriber_id "
        f"FROM ({owned}) ORDER BY ALL"
    ).fetchall()
    expected: list[Row] = []
    for world in range(WORLDS):
        rule = Rule1([one for one in every if one.world == world], shared_pools)
        for exporter in exporters(world):
            for address in addresses(world):
                for now in range(FIRST, LAST):
                    for port in ENDS if by_port else ANY_PORT:
                        owner = rule.owner(exporter, address, port, now)
                        expected.append((exporter, world, str(address), port, now, owner))
    return found, sorted(expected, key=lambda row: row[:5])
