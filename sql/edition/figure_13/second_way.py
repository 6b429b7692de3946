"""The second way of `figure-13`: as that of `growth-parts`, from the archive's files."""

from longflow.release.second_way.growth_parts import growth_part
from longflow.release.second_way.imported import imported
from longflow.release.second_way.model import Basis, Expected, Row


def expected(basis: Basis, _table: str, row: Row) -> Expected:
    """A part of growth and its error; those of earlier reports as they were imported."""
    if row["status"] == "published":
        return imported(basis, "growth-parts", row)
    return growth_part(basis, "growth-parts", row)
