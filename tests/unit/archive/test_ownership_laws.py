"""Who owns an address at an instant, by the SQL of a week and by docs/method.md, rule 1."""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Iterator
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
    number: int = 0

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

    def starts_after(self, session: Session, index: int, *, anywhere: bool) -> Iterator[int]:
        """Starts of others on a prefix of a session, or on one that overlaps."""
        prefix = session.prefixes[index]
        for other in self.sessions:
            met = any(
                prefix.version == one.version and prefix.overlaps(one) for one in other.prefixes
            )
            near = anywhere or other.server == session.server
            if other.turn > session.turn and met and near:
                yield other.start

    def end(self, session: Session, index: int, *, by_server: bool) -> int:
        """When a session ends, as it is seen for one of its prefixes."""
        if session.stop is not None:
            return session.stop
        ends = [LAST]
        for number, prefix in enumerate(session.prefixes):
            shared = self.is_shared(prefix.network_address)
            ends += self.starts_after(session, number, anywhere=shared)
        if not by_server:
            ends += self.starts_after(session, index, anywhere=True)
        ends += [
            other.stop
            for other in self.sessions
            if other.cause and other.stop is not None
            if other.server == session.server and other.stop > session.start
        ]
        return min(ends)

    def owner(self, exporter: str, address: Address, now: int) -> str | None:
        """The login that a flow which begins now belongs to."""
        by_server = any(
            one.server == exporter and (one.stop is None or one.stop >= FIRST) and one.prefixes
            for one in self.sessions
        )
        held = [
            (prefix.prefixlen, session.turn, session)
            for session in self.sessions
            for index, prefix in enumerate(session.prefixes)
            if address in prefix
            if not by_server or session.server == exporter or self.is_shared(address)
            if session.start <= now < self.end(session, index, by_server=by_server)
        ]
        if not held:
            return None
        *_, winner = max(held, key=lambda one: one[:2])
        return winner.login if not by_server or winner.server == exporter else None


times = st.integers(0, LAST - 1)


def sessions_of(world: int) -> st.SearchStrategy[Session]:
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
    ).filter(lambda one: one.stop is None or one.start <= one.stop)


networks = st.tuples(*(st.lists(sessions_of(world), max_size=7) for world in range(WORLDS)))


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
        }
        for name, prefix in (("framed", one.framed), ("delegated", one.delegated)):
            high, low = (None, None) if prefix is None else high_low(prefix.network_address)
            row |= {f"{name}_prefix_high": high, f"{name}_prefix_low": low}
            row[f"{name}_prefix_length"] = None if prefix is None else prefix.prefixlen
        rows.append(row)
    texts = ("session", "login", "access_server", "terminate_cause")
    schema: dict[str, type[pl.DataType]] = dict.fromkeys(_COLUMNS, pl.UInt64)
    schema |= dict.fromkeys(texts, pl.String)
    schema |= dict.fromkeys(("start_ms", "update_ms", "stop_ms"), pl.Int64)
    schema |= dict.fromkeys(("framed_prefix_length", "delegated_prefix_length"), pl.UInt8)
    schema["ipv4_address"] = pl.UInt32
    return pl.DataFrame(rows, schema=schema)


def flows() -> pl.DataFrame:
    """A flow of every exporter of a world from every address of it."""
    rows = [
        (world, number, exporter, address.version, *high_low(address), 0, 0)
        for world in range(WORLDS)
        for exporter in exporters(world)
        for number, address in enumerate(addresses(world))
    ]
    names = ("src_addr_high", "src_addr_low", "dst_addr_high", "dst_addr_low")
    schema: dict[str, type[pl.DataType]] = {"world": pl.Int64, "number": pl.Int64}
    schema |= {"exporter": pl.String, "ip_version": pl.UInt8}
    return pl.DataFrame(rows, schema=schema | dict.fromkeys(names, pl.UInt64), orient="row")


FOUND = f"""
    SELECT flow.exporter, flow.world, flow.number, now, list(login_or_number) AS logins
    FROM broadband_flow AS flow
    JOIN exporter_scope USING (exporter)
    CROSS JOIN (SELECT unnest(range({FIRST}, {LAST})) AS now)
    JOIN endpoint_owner AS owner
        ON owner.scope_id = exporter_scope.scope_id AND owner.ip_version = flow.ip_version
        AND owner.high = prefix_high(src_addr_high, longest_prefix_length)
        AND owner.low = network_low(flow.ip_version, src_addr_low, longest_prefix_length)
        AND from_ms <= now AND now < to_ms
    JOIN subscriber_key USING (subscriber_id)
    GROUP BY ALL
"""


@settings(max_examples=25, deadline=None)
@given(networks, st.sampled_from(["all", "public", "none"]))
def test_owners_are_those_of_rule_1(
    connection: duckdb.DuckDBPyConnection, drawn: tuple[list[Session], ...], shared_pools: str
) -> None:
    every = [one for world in drawn for one in world]
    every = [replace(one, number=number) for number, one in enumerate(every)]
    create_from(connection, "assignments", assignments(every))
    create_from(connection, "broadband_flow", flows())
    logins = pl.DataFrame({"login_or_number": ["ann", "bob", "cat"], "subscriber_id": [1, 2, 3]})
    keys = logins.with_columns(
        pl.col("subscriber_id").cast(pl.Int32), service=pl.lit("broadband"), access=pl.lit("pppoe")
    )
    create_from(connection, "subscriber_key", keys)
    parameters: dict[str, object] = {
        "window_start_ms": FIRST,
        "window_end_ms": LAST,
        "shared_pools": shared_pools,
    }
    for table in ("holding", "exporter_scope", "endpoint_owner"):
        text = f"CREATE OR REPLACE TEMP TABLE {table} AS {query('week', table)}"
        execute_named(connection, text, parameters)

    found = {tuple(key): logins for *key, logins in connection.execute(FOUND).fetchall()}

    rules = [
        Rule1([one for one in every if one.world == world], shared_pools) for world in range(WORLDS)
    ]
    expected = {
        (exporter, world, number, now): [owner]
        for world, rule in enumerate(rules)
        for exporter in exporters(world)
        for number, address in enumerate(addresses(world))
        for now in range(FIRST, LAST)
        if (owner := rule.owner(exporter, address, now)) is not None
    }
    assert found == expected
