"""The second way of `figure-12`: as that of the port tables, from the archive's files."""

from longflow.release.second_way.imported import imported
from longflow.release.second_way.model import Basis, Expected, Row
from longflow.release.second_way.port_share import port_share

_TABLES = {"broadband": "table-3", "mobile": "table-4"}


def expected(basis: Basis, _table: str, row: Row) -> Expected:
    """The share of a port and its error; those of earlier reports as they were imported."""
    table, of_port = _TABLES[row["service"]], {**row, "level": "port"}
    if row["status"] == "published":
        return imported(basis, table, of_port)
    return port_share(basis, table, of_port)
