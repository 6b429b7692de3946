"""The contract of a table: columns with types, units and meanings, the key and the rules."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from longflow.contract.rules import Rule
from longflow.sqlfile import identifier

# The role of a column of a published table, apart from its keys: a figure; the error of a figure;
# a statement about a figure of another table; how much was measured; whether a row is computed,
# imported or withheld; a text about the row.
Role = Literal["figure", "error", "about", "coverage", "status", "label"]

# The source of a published table: the distribution of subscribers' volumes, their volumes by
# access, volumes by port, volumes by port group and hour, interface counters, modes of two
# distributions, or the other published tables.
Drawn = Literal["subscribers", "accesses", "ports", "port_hours", "counters", "modes", "tables"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Column(_Part):
    """One column: DuckDB type, unit if it has one, and meaning."""

    type: str
    meaning: str
    unit: str | None = None
    # `published`: empty only in rows with status published, of which not everything is known.
    nullable: bool | Literal["published"] = True
    # Names or addresses of subscribers: must not appear in logs, messages or Data Docs.
    private: bool = False
    # The possible values, if there are only a few.
    values: tuple[int | str, ...] = ()
    # For columns of published tables that are not part of the key.
    role: Role | None = None
    # How the report prints a figure; none if only the data files contain it.
    decimals: int | None = Field(default=None, ge=0)


class Grid(_Part):
    """How the layout `grid` prints a table; each key column has one of three places.

    Attributes:
        groups: key columns whose values head a group of rows.
        rows: those whose values name a row.
        columns: those whose values name a column.
        one_figure_a_row: whether each row of the table has only one of its figures; otherwise each
            column is repeated for every figure.
    """

    groups: tuple[str, ...] = ()
    rows: tuple[str, ...] = Field(min_length=1)
    columns: tuple[str, ...] = Field(min_length=1)
    one_figure_a_row: bool = False

    @property
    def keys(self) -> tuple[str, ...]:
        """All key columns that have a place."""
        return (*self.groups, *self.rows, *self.columns)


class Publication(_Part):
    """What is needed to publish a table.

    Attributes:
        id: its name for readers, such as `table-1`; names its files and its section in the report.
        order: its position among the tables of an edition; lower numbers come first.
        layout: the report layout that prints it; none if only the data files contain it.
        beside: id of the table that its section follows in the report; by default `order` decides.
        service: the service of the whole table; none if each row names its service.
        span: whether its rows cover every known year (`years`), the last years that port tables
            print (`last_years`), the last two (`last_two_years`) or the last one (`last_year`),
            describe other weeks that the settings name (`weeks`), or compare years of the look
            back (`look_back`).
        drawn_from: its sources.
        only_with: the edition's switch that it requires to be published.
        definitions: keys of the footnotes that define its figures, in the order of printing, each
            with the settings of the edition that it states.
        grid: where the layout `grid` prints each key column.
    """

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    order: int
    layout: str | None
    beside: str | None = None
    service: Literal["broadband", "mobile"] | None = None
    span: Literal["years", "last_years", "last_two_years", "last_year", "weeks", "look_back"]
    drawn_from: tuple[Drawn, ...] = Field(min_length=1)
    only_with: Literal["publish_totals"] | None = None
    definitions: dict[str, tuple[str, ...]] = {}
    grid: Grid | None = None


# An additional column of the outputs of a link, if they have a year.
ANALYSIS_WEEK = "analysis_week"


def columns_named(side: Literal["input", "output"], condition: str | None) -> set[str]:
    """The columns of one table that the condition of a link names."""
    found = re.findall(rf'\b{side}\.("\w+"|\w+)', condition or "")
    return {name.strip('"') for name in found}


class Link(_Part):
    """Which rows of an input table a row is made of, for `longflow explain`.

    The conditions are SQL. They name columns of the two tables as `input.…` and `output.…`. An
    output with a year also has `analysis_week`, the Monday of that year's analysis week.

    Attributes:
        part: selects the rows that an output row is made of. By default, they are the rows with
            equal values in the shared columns that belong to the key of either table.
        whole: selects the rows that the part is compared with, such as the denominator of a share.
        sums: columns of the input whose sums may be shown (docs/decisions/disclosure.md).
        each: columns that may be shown row by row if there are only a few rows.
    """

    part: str | None = None
    whole: str | None = None
    sums: tuple[str, ...] = ()
    each: tuple[str, ...] = ()

    def columns_named(self, side: Literal["input", "output"]) -> set[str]:
        """The columns of one of the two tables that the link names."""
        shown = {*self.sums, *self.each} if side == "input" else set()
        return columns_named(side, self.part) | columns_named(side, self.whole) | shown


class Contract(_Part):
    """The contract of a table."""

    table: str
    meaning: str
    columns: dict[str, Column]
    key: tuple[str, ...] = ()
    # For staged feeds: the delivered columns. A delivery may lack the optional ones, and those that
    # a duration can stand for.
    delivered: dict[str, Literal["required", "optional", "or duration"]] = {}
    # Columns whose sum is the bytes of a row, for tables whose bytes must add up.
    byte_columns: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    # For tables that Python makes for queries: the full name of the function.
    made_by: str | None = None
    # The tables that this function reads, made first. Without any, another function calls it.
    made_of: tuple[str, ...] = ()
    # For tables that combine queries of other folders: the name that these queries have in common.
    union_of: str | None = None
    # For tables of an edition: which rows of its input tables a row is made of, where equal keys
    # do not say so.
    rows_of: dict[str, Link] = {}
    # Tables that its queries read and that are not in `sql/`.
    reads: tuple[str, ...] = ()
    # Made for the edition's own analysis weeks, and kept while it runs over the weeks around them.
    once: bool = False
    # Not stored but evaluated by each query, because that costs less than storing.
    view: bool = False
    # For tables that an edition publishes.
    published: Publication | None = None

    @model_validator(mode="after")
    def _coherent(self) -> Contract:
        seen: set[str] = set()
        for rule in self.rules:
            named = {*rule.columns, *([rule.column] if rule.column else [])}
            if unknown := named - set(self.columns):
                raise ValueError(f"rule {rule.id}: there is no column {sorted(unknown)[0]}")
            if rule.id in seen:
                raise ValueError(f"rule {rule.id} is defined twice")
            seen.add(rule.id)
        for table, link in self.rows_of.items():
            named = link.columns_named("output") - {ANALYSIS_WEEK}
            if unknown := named - set(self.columns):
                raise ValueError(f"rows_of {table}: there is no column output.{min(unknown)}")
        if unknown := set(self.key) - set(self.columns):
            raise ValueError(f"key: there is no column {sorted(unknown)[0]}")
        if self.published is not None:
            grid = self.published.grid
            if (grid is None) == (self.published.layout == "grid"):
                raise ValueError("published: the layout grid, and no other, needs an entry grid")
            if grid is not None and sorted(grid.keys) != sorted(self.key):
                raise ValueError("published: grid needs each column of the key once")
            period = {"look_back": None, "weeks": "week"}.get(self.published.span, "year")
            if period is not None and period not in self.key:
                raise ValueError(
                    f"key: rows of span {self.published.span} are of a {period} each, so that"
                    f" {period} has to be part of it"
                )
            for name, column in self.columns.items():
                if (column.role is None) != (name in self.key):
                    raise ValueError(
                        f"column {name}: of a published table it needs a role, or is part of the"
                        " key, which has none"
                    )
        return self

    @property
    def bytes_sql(self) -> str:
        """SQL expression for the bytes of a row, a HUGEINT; a missing value counts as 0."""
        # 128 bits wide, so that one row with absurd numbers cannot make a week's sum fail.
        columns = (f"coalesce({identifier(c)}, 0)::HUGEINT" for c in self.byte_columns)
        return " + ".join(columns) or "0::HUGEINT"

    def column_definitions(self) -> str:
        """The columns as SQL, for CREATE TABLE: `"name" TYPE [NOT NULL], …`."""
        return ", ".join(
            f"{identifier(name)} {column.type}{'' if column.nullable else ' NOT NULL'}"
            for name, column in self.columns.items()
        )

    def columns_of(self, *roles: Role) -> list[str]:
        """Names of the columns of a published table with one of these roles."""
        return [name for name, column in self.columns.items() if column.role in roles]
