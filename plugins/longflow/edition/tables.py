"""The tables that an edition publishes, by their ids: all of it from their contracts."""

from __future__ import annotations

from functools import cache

from longflow.contract import Contract, Drawn, Publication, contract
from longflow.settings import Edition
from longflow.sqlfile import tables

# The table in which the errors of all others stand.
ERRORS = "errors"

# The table in which figures of the others stand as they would be for other weeks.
SENSITIVITY = "sensitivity"


@cache
def published_tables() -> dict[str, Contract]:
    """Contracts of the tables that editions publish, by id, in the order of publication.

    Raises:
        ValueError: two tables have the same id, or the same place.
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
    """What publishing a table needs, by its id."""
    published = promise_of(table).published
    if published is None:
        raise LookupError(f"{table} is not published")
    return published


def is_published(table: str, edition: Edition) -> bool:
    """Whether an edition publishes a table: some stand behind a switch of the settings."""
    switch = publication_of(table).only_with
    return switch is None or bool(getattr(edition, switch))


def is_about_others(table: str) -> bool:
    """Whether a table is made of the others, as these are published."""
    return "tables" in publication_of(table).drawn_from


def is_of_weeks(table: str) -> bool:
    """Whether each row of a table is of one analysis week, and of nothing else."""
    return publication_of(table).span != "look_back" and not is_about_others(table)


def drawn_from(*sources: Drawn, service: str | None = None) -> tuple[str, ...]:
    """Tables that are made of any of these, in the order of publication; none about the others.

    Args:
        sources: what they are made of.
        service: those alone of which a row can be about this service.
    """
    return tuple(
        table
        for table in published_tables()
        if {*sources} & {*publication_of(table).drawn_from}
        and not is_about_others(table)
        and (service is None or publication_of(table).service in {service, None})
    )


def by_service(source: Drawn) -> dict[str, str]:
    """Tables that are made of a source and about one service, each with that service."""
    return {
        table: service
        for table in drawn_from(source)
        if (service := publication_of(table).service) is not None
    }


def figure_columns(promise: Contract) -> list[str]:
    """Columns of a table that hold its figures, not what is said about them."""
    return promise.columns_of("figure")


def guarded_columns(promise: Contract) -> list[str]:
    """Columns of a table that say nothing where its row is withheld: figures and their errors."""
    return promise.columns_of("figure", "error", "about")
