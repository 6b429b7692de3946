"""The second way of `figure-10`: the IN rates of `figure-9`."""

from longflow.release.second_way.hour_figures import relative_rate
from longflow.release.second_way.model import Basis, Expected, Row


def expected(basis: Basis, _table: str, row: Row) -> Expected:
    """The IN rate of a week and hour, on the base of `figure-9`."""
    return relative_rate(basis, "figure-9", {**row, "direction": "in"})
