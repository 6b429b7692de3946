"""Growth of monthly rates, ratios of modes and IPoE's share: `growth`."""

from __future__ import annotations

import math

from longflow.release.second_way.model import Basis, Expected, Row, withheld


def growth(basis: Basis, _table: str, row: Row) -> Expected:
    """The value of a row, from the rates of two months or the released modes of two years."""
    if basis.minimum_subscribers > 1 and not _may_be_published(basis, row):
        return withheld({"value": None})
    return {"value": _value(basis, row), "status": "computed"}


def _may_be_published(basis: Basis, row: Row) -> bool:
    """Whether a row has enough subscribers: of a service, of both accesses, of modes."""
    service, counted = row["service"], basis.observed.counted
    if "mode" in row["measure"]:
        ends = (basis.modes[int(row[end]), service, row["direction"]] for end in ("from", "to"))
        return None not in ends
    if row["measure"] == "ipoe_share_percent":
        year = int(row["to"][:4])
        numbers = [counted.get((year, service, access), 0) for access in ("ipoe", "pppoe")]
    else:
        years = {year for year, name, _ in counted if name == service}
        numbers = [basis.observed.subscribers(year, service) for year in years]
    return min(numbers, default=0) >= basis.minimum_subscribers


def _value(basis: Basis, row: Row) -> float:
    measure, service, direction = row["measure"], row["service"], row["direction"]
    if "mode" in measure:
        earlier, late = (
            basis.modes[int(row[end]), service, direction] or math.nan for end in ("from", "to")
        )
        return late / earlier
    rate = basis.observed.rate
    later = rate(row["to"], service, direction)
    if measure == "ipoe_share_percent":
        return 100 * rate(row["to"], service, direction, "ipoe") / later
    base = "out" if measure == "ratio_to_base" else direction
    ratio = later / rate(row["from"], service, base)
    if measure == "yearly_growth_percent":
        return 100 * (ratio - 1)
    if measure == "annualised_ratio":
        return float(ratio ** (1 / (int(row["to"][:4]) - int(row["from"][:4]))))
    return ratio
