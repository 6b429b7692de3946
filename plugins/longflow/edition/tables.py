"""The tables that an edition publishes, by their ids, and which of their columns hold figures."""

from __future__ import annotations

from longflow.contract import Contract

# Tables of an edition by id, in the order in which they are published.
TABLES = (
    "table-1",
    "table-2",
    "table-3",
    "table-4",
    "table-4-by-ip-version",
    "concentration",
    "growth",
    "growth-parts",
    "totals",
    "errors",
    "sensitivity",
)

# Those of them that are made of the others, as these are published.
ABOUT_OTHERS = ("totals", "errors", "sensitivity")

# Tables of daily volumes, by the service whose consumers they are about.
VOLUME_TABLES = {"table-1": "broadband", "table-2": "mobile"}

# Tables of port shares, by the service whose flows they are made of.
PORT_TABLES = {
    "table-3": "broadband",
    "table-4": "mobile",
    "table-4-by-ip-version": "mobile",
}


def folder(table: str) -> str:
    """Name of the folder in `sql/edition` of a table's id."""
    return table.replace("-", "_")


# Columns that say something about a figure and are none themselves.
_ABOUT_FIGURES = {"coverage_percent", "error_points"}


def figure_columns(promise: Contract) -> list[str]:
    """Columns of a table that hold its figures, not what is said about them."""
    return [
        name
        for name, column in promise.columns.items()
        if column.type == "DOUBLE" and name not in {*promise.key, *_ABOUT_FIGURES}
    ]


def guarded_columns(promise: Contract) -> list[str]:
    """Columns of a table that say nothing where its row is withheld: figures and their errors."""
    return [
        name
        for name, column in promise.columns.items()
        if column.type == "DOUBLE" and name not in {*promise.key, "coverage_percent"}
    ]
