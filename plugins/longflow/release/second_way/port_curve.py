"""Volumes of port groups by hour: `figure-7` and `figure-8`."""

from __future__ import annotations

import math
from typing import Any

from longflow.release.second_way import disclosure
from longflow.release.second_way.model import Basis, Expected, Row, withheld
from longflow.release.second_way.port_hours import DRAWN, instant

_SERVICES = {"figure-7": "broadband", "figure-8": "mobile"}
_VALUE, _LOW, _HIGH = ("relative_volume", "relative_volume_low", "relative_volume_high")


def port_curve(basis: Basis, table: str, row: Row) -> Expected:
    """The value of an hour and port group, its interval, and how much of the hour was delivered."""
    service = _SERVICES[table]
    hours = basis.port_hours(row["year"], service)
    at, group = instant(row["hour_start"]), row["port_group"]
    if group not in DRAWN[service]:
        raise LookupError(f"{group} has no curve")
    figures: dict[str, Any] = dict.fromkeys((_VALUE, _LOW, _HIGH))
    about = {"week_hour": hours.week_hour(at), "coverage_percent": hours.coverage(at)}
    if at not in hours.covered or hours.peak is None:
        return {**figures, **about, "status": "computed"}
    if (at, group) in hours.withheld:
        return {**withheld(figures), **about}
    figures[_VALUE], interval = hours.relative(at, group)
    if interval is not None:
        figures[_LOW], figures[_HIGH] = interval
    if basis.minimum_subscribers > 1 and hours.subscribers:
        step = disclosure.step_of(1 / hours.subscribers)
        figures[_VALUE] = disclosure.rounded(figures[_VALUE], step)
        if interval is not None:
            figures[_LOW] = math.floor(interval[0] / step) / round(1 / step)
            figures[_HIGH] = math.ceil(interval[1] / step) / round(1 / step)
    return {**figures, **about, "status": "computed"}
