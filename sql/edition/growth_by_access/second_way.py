"""The second way of `growth-by-access`: the rates of two months by the archive's files."""

from longflow.release.second_way.model import Basis, Expected, Row, withheld


def expected(basis: Basis, _table: str, row: Row) -> Expected:
    """The growth of an access, unless one of the years has few subscribers of either."""
    least, counted = basis.minimum_subscribers, basis.observed.counted
    fewest = min(
        counted.get((int(row[end][:4]), "broadband", access), 0)
        for end in ("from", "to")
        for access in ("pppoe", "ipoe")
    )
    if 1 < least > fewest:
        return withheld({"growth_percent": None})
    earlier, later = (
        basis.observed.rate(row[end], "broadband", row["direction"], row["access"])
        for end in ("from", "to")
    )
    return {"growth_percent": 100 * (later - earlier) / earlier, "status": "computed"}
