"""Figures of the weeks around each analysis week: `sensitivity`."""

from __future__ import annotations

import polars as pl

from longflow.release.second_way.concentration import concentration
from longflow.release.second_way.daily_volume import daily_volume
from longflow.release.second_way.model import Basis, Expected, Row
from longflow.release.second_way.port_share import PORT_TABLES, port_share

# The key of a table of analysis weeks, apart from the year.
_PLACES = ("service", "direction", "top_percent", "ip_version", "level", "protocol", "port")


# Tables whose figures can be computed for another week.
_VOLUMES = {"table-1", "table-2"}
_METHODS = {*_VOLUMES, *PORT_TABLES, "concentration"}


def sensitivity(basis: Basis, _table: str, row: Row) -> Expected:
    """A figure of a neighbouring week, computed as if that were the analysis week.

    None for a table without a second way; verification names such tables.
    """
    table, column = row["table"], row["column"]
    if table not in _METHODS:
        return {}
    around, frame = basis.of_neighbours(row["offset_weeks"]), basis.tables[table]
    same = [
        pl.col(name).eq_missing(pl.lit(row[name]))
        for name in ("year", *_PLACES)
        if name in frame.columns
    ]
    (published,) = frame.filter(same).to_dicts()
    asked = {**published, "mode_mb": row["value"], "mode_estimate_mb": row["value"]}
    if table in PORT_TABLES:
        figures = port_share(around, table, {**published, "status": "computed"})
    elif table in _VOLUMES:
        figures = daily_volume(around, table, asked)
    else:
        figures = concentration(around, table, asked)
    value, edition_value = figures[column], published[column]
    difference = None
    if isinstance(value, float) and edition_value:
        difference = 100 * (value - edition_value) / edition_value
    return {"value": value, "edition_value": edition_value, "difference_percent": difference}
