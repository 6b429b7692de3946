"""The tables that an edition publishes, by their ids."""

# Tables of an edition by id, in the order in which they are published.
TABLES = (
    "table-1",
    "table-2",
    "table-3",
    "table-4",
    "table-4-by-ip-version",
    "concentration",
    "growth",
)


def folder(table: str) -> str:
    """Name of the folder in `sql/edition` of a table's id."""
    return table.replace("-", "_")
