"""What a table promises: its columns, their types, units and meanings, its key and its rules."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from longflow.contract.rules import Rule
from longflow.sqlfile import identifier

# What a column of a published table is, beside its keys: a figure; the error of a figure; something
# said about a figure of another table; how much was measured; whether a row is computed, imported
# or withheld; a text about the row.
Role = Literal["figure", "error", "about", "coverage", "status", "label"]

# What a published table is made of: the distribution of subscribers' volumes, their volumes by
# access, volumes by port, interface counters, modes of two distributions, or the other published
# tables.
Drawn = Literal["subscribers", "accesses", "ports", "counters", "modes", "tables"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Column(_Part):
    """One column: an SQL type of DuckDB, a unit where it has one, what it means."""

    type: str
    meaning: str
    unit: str | None = None
    # `published`: empty only in rows whose status is published, of which not everything is known.
    nullable: bool | Literal["published"] = True
    # Names or addresses of subscribers: must not get into logs, messages or Data Docs.
    private: bool = False
    # The values that there are, where these are few.
    values: tuple[int | str, ...] = ()
    # Of published tables, of columns that are no key.
    role: Role | None = None
    # How the report prints a figure; nothing where it stands in the data files alone.
    decimals: int | None = Field(default=None, ge=0)


class Publication(_Part):
    """What publishing a table needs.

    Attributes:
        id: how readers name it: `table-1`; name of its files, and of its section in the report.
        order: its place among the tables of an edition; tables of lower numbers come first.
        number: what the report calls it: `Table 1`.
        title: its heading.
        unit: of its figures, in words.
        layout: which layout of the report prints it; none: it stands in the data files alone.
        service: the one that all of it is about; none: each row says of which it is.
        span: its rows are of every year known (`years`), of the last years that port tables print
            (`last_years`), or compare years of the look back (`look_back`).
        drawn_from: what it is made of.
        only_with: the switch of an edition without which it is not published.
    """

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    order: int
    number: str
    title: str
    unit: str
    layout: str | None
    service: Literal["broadband", "mobile"] | None = None
    span: Literal["years", "last_years", "look_back"]
    drawn_from: tuple[Drawn, ...] = Field(min_length=1)
    only_with: Literal["publish_totals"] | None = None


class Contract(_Part):
    """What a table promises."""

    table: str
    meaning: str
    columns: dict[str, Column]
    key: tuple[str, ...] = ()
    # Of staged feeds: the columns in which they are delivered; without optional ones one is whole.
    delivered: dict[str, Literal["required", "optional"]] = {}
    # Columns whose sum is a row's bytes, for tables whose bytes must add up.
    byte_columns: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    # Of tables that Python makes for queries: the function, by its full name.
    made_by: str | None = None
    # What such a function reads; it is called once these stand. Without, another function calls it.
    made_of: tuple[str, ...] = ()
    # Tables that its queries read and that are none of `sql/`.
    reads: tuple[str, ...] = ()
    # Made for the edition's own analysis weeks, and kept when it is run over the weeks around them.
    once: bool = False
    # Not kept but read anew by each query: of what costs less to read than to keep.
    view: bool = False
    # Of tables that an edition publishes.
    published: Publication | None = None

    @model_validator(mode="after")
    def _coherent(self) -> Contract:
        seen: set[str] = set()
        for rule in self.rules:
            named = {*rule.columns, *([rule.column] if rule.column else [])}
            if unknown := named - set(self.columns):
                raise ValueError(f"rule {rule.id}: there is no column {sorted(unknown)[0]}")
            if rule.id in seen:
                raise ValueError(f"rule {rule.id} stands there twice")
            seen.add(rule.id)
        if unknown := set(self.key) - set(self.columns):
            raise ValueError(f"key: there is no column {sorted(unknown)[0]}")
        if self.published is not None:
            if self.published.span != "look_back" and "year" not in self.key:
                raise ValueError(
                    f"key: rows of span {self.published.span} are of a year each, so that year has"
                    " to be part of it"
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
        """SQL expression of a row's bytes, a HUGEINT; a missing value counts 0."""
        # 128 bits wide: one row with absurd numbers must not make the sum of a week fail.
        columns = (f"coalesce({identifier(c)}, 0)::HUGEINT" for c in self.byte_columns)
        return " + ".join(columns) or "0::HUGEINT"

    def column_definitions(self) -> str:
        """The columns as SQL, for CREATE TABLE: `"name" TYPE [NOT NULL], …`."""
        return ", ".join(
            f"{identifier(name)} {column.type}{'' if column.nullable else ' NOT NULL'}"
            for name, column in self.columns.items()
        )

    def columns_of(self, *roles: Role) -> list[str]:
        """Names of the columns of a published table that have one of these roles."""
        return [name for name, column in self.columns.items() if column.role in roles]
