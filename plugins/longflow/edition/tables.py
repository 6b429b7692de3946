"""The tables that an edition publishes, by id, as their contracts define them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import polars as pl

from longflow.contract import Contract, Drawn, Publication, contract
from longflow.settings import Edition
from longflow.sqlfile import tables

# The values of a table's key columns, in the order of its contract.
Key = tuple[Any, ...]

# The table with the errors of all others.
ERRORS = "errors"

# The table with the figures of the others for other weeks.
SENSITIVITY = "sensitivity"


@cache
def published_tables() -> dict[str, Contract]:
    """Contracts of the tables that editions publish, by id, in the order of publication.

    Raises:
        ValueError: two tables have the same id, or the same position.
    """
    found = {
        promise.table: promise.published
        for name in tables("edition")
        if (promise := contract("edition", name)).published is not None
    }
    in_order = sorted(found.items(), key=lambda item: item[1].order)
    for what in ("id", "order"):
        if len({getattr(published, what) for published in found.values()}) < len(found):
            raise ValueError(f"two tables of sql/edition have the same {what}")
    return {published.id: contract("edition", name) for name, published in in_order}


def promise_of(table: str) -> Contract:
    """The contract of a published table, by its id."""
    return published_tables()[table]


def publication_of(table: str) -> Publication:
    """The publication entry of a table, by its id."""
    published = promise_of(table).published
    if published is None:
        raise LookupError(f"{table} is not published")
    return published


def is_published(table: str, edition: Edition) -> bool:
    """Whether an edition publishes a table: some need a switch in the settings."""
    switch = publication_of(table).only_with
    return switch is None or bool(getattr(edition, switch))


def is_about_others(table: str) -> bool:
    """Whether a table is made from the others, as published."""
    return "tables" in publication_of(table).drawn_from


def is_drawn(table: str) -> bool:
    """Whether a table is a figure."""
    return publication_of(table).layout == "figure"


def is_drawn_from_tables(table: str) -> bool:
    """Whether a table is a figure of other tables, with the figures of earlier reports in them."""
    return is_drawn(table) and is_about_others(table)


def is_of_weeks(table: str) -> bool:
    """Whether each row of a table describes exactly one analysis week."""
    spans = {"years", "last_years", "last_two_years", "last_year"}
    return publication_of(table).span in spans and not is_about_others(table)


def most_years(table: str, edition: Edition) -> int | None:
    """How many years a table covers at most, the last ones; None: all of them."""
    most = {"last_years": edition.port_years, "last_two_years": 2, "last_year": 1}
    return most.get(publication_of(table).span)


def years_of(table: str, edition: Edition) -> list[int]:
    """The years of an edition that a table covers."""
    most = most_years(table, edition)
    return edition.years if most is None else edition.years[-most:]


def drawn_from(*sources: Drawn, service: str | None = None) -> tuple[str, ...]:
    """Tables made from any of these sources, without those about others, in publication order.

    Args:
        sources: the sources.
        service: only tables that can have a row about this service.
    """
    return tuple(
        table
        for table in published_tables()
        if {*sources} & {*publication_of(table).drawn_from}
        and not is_about_others(table)
        and (service is None or publication_of(table).service in {service, None})
    )


def by_service(source: Drawn) -> dict[str, str]:
    """Tables made from a source and about one service, each with its service."""
    return {
        table: service
        for table in drawn_from(source)
        if (service := publication_of(table).service) is not None
    }


def figure_columns(promise: Contract) -> list[str]:
    """Columns with the figures of a table, not with statements about them."""
    return promise.columns_of("figure")


def guarded_columns(promise: Contract) -> list[str]:
    """Columns that are empty in a withheld row: figures and their errors."""
    return promise.columns_of("figure", "error", "about")


def key_of(table: str, row: Mapping[str, Any]) -> Key:
    """The values of a table's key columns in a row that has them."""
    return tuple(row[name] for name in promise_of(table).key)


def rows_by_key(table: str, frame: pl.DataFrame) -> dict[Key, dict[str, Any]]:
    """Rows of a published table by their keys, in the order of the table."""
    return {key_of(table, row): row for row in frame.iter_rows(named=True)}


def by_figure(errors: pl.DataFrame) -> dict[tuple[str, Key, str], dict[str, Any]]:
    """Rows of the table `errors` by the table, key and column of the figure that they are about."""
    return {
        (row["table_id"], key_of(row["table_id"], row), row["column_name"]): row
        for row in errors.iter_rows(named=True)
        # Another version may have other tables.
        if row["table_id"] in published_tables()
    }
