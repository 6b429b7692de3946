"""Contracts of tables: every column, its type, unit, meaning and rules, written once in YAML."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from longflow.sqlfile import identifier, sql_root

RuleKind = Literal["row_count", "not_null", "between", "in_set", "not_after", "unique", "violation"]
RuleSeverity = Literal["info", "warn", "quarantine", "refuse"]


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


class Rule(_Part):
    """One rule of a table; `sentence` says what a violation is, `remedy` what to do.

    severity `quarantine` takes the violating rows out and, above `max_share` of the feed's rows,
    refuses the feed's week; up to `normal_share` that is as usual. `refuse` refuses it at the first
    violation; `warn` and `info` only tell.
    """

    id: Annotated[str, Field(pattern=r"^[a-z_]+\.[a-z0-9_]+$")]
    kind: RuleKind
    severity: RuleSeverity
    sentence: str
    remedy: str
    column: str | None = None
    columns: tuple[str, ...] = ()
    min: int | None = None
    max: int | None = None
    values: tuple[int | str, ...] = ()
    sql: str | None = None
    max_share: Annotated[float, Field(ge=0, le=1)] = 0.0
    normal_share: Annotated[float, Field(ge=0, le=1)] = 0.0

    @model_validator(mode="after")
    def _complete(self) -> Rule:
        needed = {
            "row_count": self.min is not None,
            "not_null": self.column is not None,
            "between": self.column is not None and self.min is not None and self.max is not None,
            "in_set": self.column is not None and bool(self.values),
            "not_after": len(self.columns) == 2,
            "unique": bool(self.columns),
            "violation": self.sql is not None,
        }
        if not needed[self.kind]:
            raise ValueError(f"rule {self.id}: a rule of kind {self.kind} lacks what it compares")
        if self.kind == "row_count" and self.severity == "quarantine":
            raise ValueError(f"rule {self.id}: a number of rows cannot be quarantined")
        return self


class Contract(_Part):
    """What a table promises."""

    table: str
    meaning: str
    columns: dict[str, Column]
    key: tuple[str, ...] = ()
    # Columns whose sum is a row's bytes, for tables whose bytes must add up.
    byte_columns: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()

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


@cache
def contract(step: str, table: str) -> Contract:
    """The contract of `sql/<step>/<table>/contract.yml`."""
    text = (sql_root() / step / table / "contract.yml").read_text(encoding="utf-8")
    return Contract.model_validate(yaml.safe_load(text))
