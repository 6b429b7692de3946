"""The rules of contracts and their meaning in SQL, for staged rows and published tables alike.

A missing value (NULL) breaks `not_null`. It does not break `between`, `not_after` and `violation`,
and is no repetition for `unique`: a required value needs a separate rule. For `in_set` each rule
states the effect of a missing value (`missing`). In a staged row it is none of the known values, so
it `breaks` the rule. In a published table it `keeps` it: the column states whether a row may lack
the value (`nullable`).
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from longflow.sqlfile import identifier, literal

RuleKind = Literal["row_count", "not_null", "between", "in_set", "not_after", "unique", "violation"]
RuleSeverity = Literal["info", "warn", "quarantine", "refuse"]


class Rule(BaseModel):
    """One rule of a table; `sentence` describes a violation, `remedy` states what to do.

    Severity `quarantine` excludes the violating rows and, above `max_share` of the feed's rows,
    refuses the feed's week; up to `normal_share` violations are normal. `refuse` refuses the week
    at the first violation; `warn` and `info` only report.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, Field(pattern=r"^[a-z_][a-z0-9_]*\.[a-z0-9_]+$")]
    kind: RuleKind
    severity: RuleSeverity
    sentence: str
    remedy: str
    column: str | None = None
    columns: tuple[str, ...] = ()
    min: int | None = None
    max: int | None = None
    # For kind `in_set`; a rule without any gets those of its column from the contract.
    values: tuple[int | str, ...] = ()
    # For kind `in_set`: the effect of a missing value.
    missing: Literal["breaks", "keeps"] | None = None
    sql: str | None = None
    max_share: Annotated[float, Field(ge=0, le=1)] = 0.0
    normal_share: Annotated[float, Field(ge=0, le=1)] = 0.0

    @model_validator(mode="after")
    def _complete(self) -> Rule:
        needed = {
            "row_count": self.min is not None,
            "not_null": self.column is not None,
            "between": self.column is not None and self.min is not None and self.max is not None,
            "in_set": self.column is not None and bool(self.values) and self.missing is not None,
            "not_after": len(self.columns) == 2,
            "unique": bool(self.columns),
            "violation": self.sql is not None,
        }
        if not needed[self.kind]:
            raise ValueError(f"rule {self.id}: a rule of kind {self.kind} lacks what it compares")
        if self.kind == "row_count" and self.severity == "quarantine":
            raise ValueError(f"rule {self.id}: a number of rows cannot be quarantined")
        return self

    def violation(self, table: str) -> str:
        """The condition that is true for exactly the rows that break the rule.

        Args:
            table: name of the table or view with the rows; for kind `unique` it has the columns
                file_index and position.

        Returns:
            A boolean SQL expression over the columns of `table`; NULL breaks nothing.

        Raises:
            ValueError: the rule is of kind `row_count`, which does not concern single rows.
        """
        match self.kind:
            case "not_null":
                return f"{identifier(self.column or '')} IS NULL"
            case "between":
                return f"{identifier(self.column or '')} NOT BETWEEN {self.min} AND {self.max}"
            case "in_set":
                values = ", ".join(
                    str(value) if isinstance(value, int) else literal(value)
                    for value in self.values
                )
                others = f"{identifier(self.column or '')} NOT IN ({values})"
                return f"coalesce({others}, true)" if self.missing == "breaks" else others
            case "not_after":
                first, second = map(identifier, self.columns)
                return f"{first} > {second}"
            case "unique":
                return f'("file_index", "position") IN ({_repetitions(self.columns, table)})'
            case "violation":
                return f"({self.sql})"
            case "row_count":
                raise ValueError(f"rule {self.id} judges the table, not its rows")


def _repetitions(columns: tuple[str, ...], table: str) -> str:
    """The query for the rows that repeat an earlier row in some columns.

    The order is by file_index, then position. A row with NULL in one of the columns is no
    repetition.

    Returns:
        A SELECT of file_index and position.
    """
    names = [identifier(name) for name in columns]
    listed = ", ".join(names)
    present = " AND ".join(f"{name} IS NOT NULL" for name in names)
    # Hashes find the few candidates in little memory; the window then compares values.
    return (
        f'SELECT "file_index", "position" FROM {identifier(table)} '
        f"WHERE {present} AND hash({listed}) IN ("
        f"SELECT hash({listed}) FROM {identifier(table)} WHERE {present} "
        "GROUP BY 1 HAVING count(*) > 1) "
        f'QUALIFY row_number() OVER (PARTITION BY {listed} ORDER BY "file_index", "position") > 1'
    )
