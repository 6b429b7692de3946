"""The layout `parts`: a group a service, a row a period, the parts of both directions."""

from __future__ import annotations

import polars as pl

from longflow.release.report.printing import Printing, decimals_of
from longflow.release.report.table import Column, Group, Row, Table, Title

# In the order of the report.
_PARTS = ("volume", "subscribers", "volume_per_subscriber", "access_mix")


def parts(table: str, frame: pl.DataFrame, printing: Printing) -> Table:
    """The body of the table of what growth comes from."""
    places = decimals_of(table)["growth_points"]
    present = set(frame["part"])
    columns = [
        (direction, part) for direction in ("in", "out") for part in _PARTS if part in present
    ]
    groups = []
    for (service,), of_service in frame.group_by("service", maintain_order=True):
        rows = []
        for (first, last), of_period in of_service.group_by("from", "to", maintain_order=True):
            cells = {
                (row["direction"], row["part"]): row for row in of_period.iter_rows(named=True)
            }
            figures = (
                printing.figure_or_mark(table, cells.get(column), "growth_points", places)
                for column in columns
            )
            rows.append(Row(Title(f"{first} → {last}"), tuple(figures)))
        groups.append(Group(printing.heading(str(service)), tuple(rows)))
    heads = tuple(
        Column((printing.words.name(direction), printing.say(f"parts.{part}")))
        for direction, part in columns
    )
    return Table(printing.say("heads.period"), heads, tuple(groups))
