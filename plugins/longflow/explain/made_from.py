"""What a table is made of: out of the FROM and JOIN of its queries, and out of its contract."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from typing import NamedTuple

from longflow.contract import Contract, contract
from longflow.edition.making import made_of
from longflow.edition.sensitivity import WEEK_FIGURE, of_weeks
from longflow.edition.tables import promise_of
from longflow.sqlfile import queries, query, tables
from longflow.sqlnames import tables_read

# The steps of `sql/`, from publication back to delivery. What a step reads is its own or behind it.
STEPS = ("edition", "archive", "week", "judge", "staged")

_QUERY = "query"


class Place(NamedTuple):
    """A table of `sql/`: its step, and its name."""

    step: str
    table: str


def contract_of(place: Place) -> Contract | None:
    """The contract of a table; None where its queries alone say what it is."""
    with suppress(FileNotFoundError):
        return contract(place.step, place.table)
    return None


def queries_of(place: Place) -> tuple[str, ...]:
    """Names of the queries that make a table: its own one, else every one of its folder.

    A folder without a query named `query` holds variants of it, or queries for the function that
    makes the table.
    """
    names = queries(place.step, place.table)
    return (_QUERY,) if _QUERY in names else names


@cache
def made_from(place: Place) -> tuple[Place, ...]:
    """The tables that a table is directly made of, in the order of their steps, then by name.

    Args:
        place: the table. What only withholds or rounds its rows is not among them
            (`guarded_by`).
    """
    names = {name for text in _texts(place) for name in tables_read(text)}
    promise = contract_of(place)
    if promise is not None:
        names |= {*promise.made_of}
    if place == Place("edition", WEEK_FIGURE):
        # It holds figures of whatever tables are made of single weeks.
        names |= {promise_of(table).table for table in of_weeks()}
    if place.step == "edition":
        names |= made_of(place.table) - {other.table for other in guarded_by(place)}
    return tuple(_places(place, names))


@cache
def guarded_by(place: Place) -> tuple[Place, ...]:
    """The tables that withhold or round the rows of a published table, and make none of them."""
    if place.step != "edition":
        return ()
    with suppress(FileNotFoundError):
        guard = tables_read(query(place.step, place.table, "disclosure"))
        own = {name for text in _texts(place) for name in tables_read(text)}
        return tuple(_places(place, guard - own))
    return ()


def _texts(place: Place) -> Iterator[str]:
    return (query(place.step, place.table, name) for name in queries_of(place))


def _places(place: Place, names: set[str] | frozenset[str]) -> Iterator[Place]:
    """The tables behind some names, as a query of a step finds them."""
    left = names - {place.table}
    for step in STEPS[STEPS.index(place.step) :]:
        found = left & {*tables(step)}
        left -= found
        yield from (Place(step, name) for name in sorted(found))
