"""Footnotes that say how figures are defined, as the contracts of the tables name them."""

from __future__ import annotations

from longflow.edition.footnotes.note import Note, Value, definition
from longflow.edition.intervals import MINIMUM_SUBSCRIBERS
from longflow.edition.tables import is_published, publication_of, published_tables
from longflow.settings import Edition

# A definition, and the settings that it states.
_Named = tuple[str, tuple[str, ...]]


def definitions(edition: Edition) -> list[Note]:
    """The definitions of the tables that an edition publishes, in the order of their contracts."""
    settings = stated_settings(edition)
    named = {
        table: list(publication_of(table).definitions.items())
        for table in published_tables()
        if is_published(table, edition)
    }
    order: list[_Named] = []
    for of_table in named.values():
        _merge(order, of_table)
    return [
        definition(
            tuple(table for table, of_table in named.items() if (key, names) in of_table),
            key,
            **{name: settings[name] for name in names},
        )
        for key, names in order
    ]


def stated_settings(edition: Edition) -> dict[str, Value]:
    """What definitions can state: the settings of the edition, and what is the same in all.

    `least_consumers` is of how many consumers a mean, median, mode or share has an interval.
    """
    return {**edition.model_dump(mode="json"), "least_consumers": MINIMUM_SUBSCRIBERS}


def _merge(order: list[_Named], of_table: list[_Named]) -> None:
    """Add the definitions of a table where it has them: before and behind those that are known."""
    known = [order.index(item) for item in of_table if item in order]
    place = min(known, default=len(order))
    for item in of_table:
        if item in order:
            place = order.index(item) + 1
        else:
            order.insert(place, item)
            place += 1
