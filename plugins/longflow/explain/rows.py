"""The rows that a row of a published table was made of, at each step of edition and archive."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import duckdb
import polars as pl

from longflow.contract.table import ANALYSIS_WEEK
from longflow.explain.links import Joint, joint
from longflow.explain.made_from import Place, contract_of, made_from
from longflow.explain.way_back import way_back
from longflow.sqlfile import identifier

# Steps whose rows are kept; what lies behind them is gone when a week is loaded.
KEPT = ("edition", "archive")


@dataclass
class Rows:
    """Rows of one table, in temporary tables.

    Attributes:
        place: the table.
        part: name of the table of the rows that the explained one was made of.
        whole: that of the rows that it was held against; None where there are none.
        joints: how they were found, by what is made of them.
    """

    place: Place
    part: str
    whole: str | None = None
    joints: dict[Place, Joint] = field(default_factory=dict)

    @property
    def keys(self) -> list[str]:
        """Columns of the key by which the rows were found."""
        found = {name for one in self.joints.values() for name in one.keys}
        promise = contract_of(self.place)
        return [] if promise is None else [name for name in promise.columns if name in found]

    @property
    def sums(self) -> list[str]:
        """Columns that may be added up."""
        return list(dict.fromkeys(name for one in self.joints.values() for name in one.sums))

    @property
    def each(self) -> list[str]:
        """Columns that may be shown of single rows."""
        return list(dict.fromkeys(name for one in self.joints.values() for name in one.each))


def find_rows(
    connection: duckdb.DuckDBPyConnection, root: Place, row: pl.DataFrame
) -> dict[Place, Rows]:
    """The rows behind a row, by table, from publication to the archive.

    Args:
        connection: on which the edition's tables stand as they were compiled.
        root: the published table.
        row: the row, in the columns of the table's contract.

    Returns:
        The root, and each table of which rows were looked for. Their rows are in temporary tables
        `explained_<number>`.
    """
    connection.register("incoming", row.to_arrow())
    connection.execute("CREATE OR REPLACE TEMP TABLE explained_0 AS FROM incoming")
    connection.unregister("incoming")
    found = {root: Rows(root, "explained_0")}
    for stage in way_back(root):
        place = stage.place
        if place in found or place.step not in KEPT or is_list(place):
            continue
        rows = Rows(place, f"explained_{len(found)}")
        parents = [one for one in found.values() if place in made_from(one.place)]
        for parent in parents:
            link = joint(parent.place, place)
            if link is not None:
                rows.joints[parent.place] = link
        if not rows.joints:
            continue
        _keep(connection, rows.part, place, list(_parts(connection, rows, found)))
        wholes = list(_wholes(connection, rows, found))
        if wholes:
            rows.whole = f"{rows.part}_whole"
            _keep(connection, rows.whole, place, wholes)
        found[place] = rows
    return found


def is_list(place: Place) -> bool:
    """Whether a table of the edition is laid out of settings or names, of which no rows lead on."""
    promise = contract_of(place)
    return (
        place.step == "edition"
        and promise is not None
        and promise.made_by is not None
        and not made_from(place)
    )


def _parts(
    connection: duckdb.DuckDBPyConnection, rows: Rows, found: dict[Place, Rows]
) -> Iterator[str]:
    for parent, link in rows.joints.items():
        yield _select(connection, rows.place, found[parent].part, link, link.part)


def _wholes(
    connection: duckdb.DuckDBPyConnection, rows: Rows, found: dict[Place, Rows]
) -> Iterator[str]:
    for parent, link in rows.joints.items():
        if link.whole is not None:
            yield _select(connection, rows.place, found[parent].part, link, link.whole)
        above = found[parent].whole
        if above is not None:
            yield _select(connection, rows.place, above, link, link.part)


def _select(
    connection: duckdb.DuckDBPyConnection, place: Place, outputs: str, link: Joint, condition: str
) -> str:
    """The rows of a table for which a condition holds beside any of the outputs."""
    named = link.columns(condition)
    columns = [f"one.{identifier(name)}" for name in named if name != ANALYSIS_WEEK]
    weeks = ""
    if ANALYSIS_WEEK in named:
        columns.append(f"analysis_week.week AS {ANALYSIS_WEEK}")
        weeks = " JOIN analysis_week ON analysis_week.year = one.year"
        # Named one by one, so that files of other weeks are passed over.
        of_years = connection.execute(
            f"SELECT DISTINCT week FROM analysis_week SEMI JOIN {outputs} USING (year)"
        ).fetchall()
        listed = ", ".join(f"DATE '{week}'" for (week,) in of_years)
        condition = f"input.week IN ({listed}) AND {condition}" if listed else "false"
    made = f"SELECT DISTINCT {', '.join(columns) or '1'} FROM {outputs} AS one{weeks}"
    return (
        f"SELECT input.* FROM {identifier(place.table)} AS input, ({made}) AS output"
        f" WHERE {condition}"
    )


def _keep(
    connection: duckdb.DuckDBPyConnection, name: str, place: Place, selects: list[str]
) -> None:
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT DISTINCT * FROM"
        f" ({' UNION ALL '.join(selects)})"
    )
