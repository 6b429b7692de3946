"""The rules of contracts, of staged rows and published tables alike: what each means in SQL.

A missing value (NULL) breaks `not_null`. It breaks nothing of `between`, `not_after` and
`violation`, and repeats nothing of `unique`: what has to be there is a rule of its own. Of `in_set`
each rule says what a missing value does (`missing`). In a staged row it is none of the values that
are known, so it `breaks` the rule. In a published table it `keeps` it: whether a row may lack the
value is said by the column (`nullable`).
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from longflow.sqlfile import identifier, literal

RuleKind = Literal["row_count", "not_null", "between", "in_set", "not_after", "unique", "violation"]
RuleSeverity = Literal["info", "warn", "quarantine", "refuse"]


class Rule(BaseModel):
    """One rule of a table; `sentence` says what a violation is, `remedy` what to do.

    severity `quarantine` takes the violating rows out and, above `max_share` of the feed's rows,
    refuses the feed's week; up to `normal_share` that is as usual. `refuse` refuses it at the first
    violation; `warn` and `info` only tell.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, Field(pattern=r"^[a-z_]+\.[a-z0-9_]+$")]
    kind: RuleKind
    severity: RuleSeverity
    sentence: str
    remedy: str
    column: str | None = None
    columns: tuple[str, ...] = ()
    min: int | None = None
    max: int | None = None
    # Of kind `in_set`; a contract gives a rule without any those of its column.
    values: tuple[int | str, ...] = ()
    # Of kind `in_set`: what a missing value does.
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
        """The condition that holds for exactly the rows that break the rule.

        Args:
            table: name of the table or view that holds the rows; of kind `unique` it has the
                columns file_index and position.

        Returns:
            A boolean SQL expression over the columns of `table`; NULL breaks nothing.

        Raises:
            ValueError: the rule is of kind `row_count`, which is about no single row.
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
    """The query for the rows that repeat an earlier one in some columns.

    Earlier is by file_index, then position; rows with NULL in one of the columns repeat nothing.

    Returns:
        A SELECT of file_index and position.
    """
    names = [identifier(name) for name in columns]
    listed = ", ".join(names)
    present = " AND ".join(f"{name} IS NOT NULL" for name in names)
    # Hashes find the few candidates in little memory; the window then compares the values.
    return (
        f'SELECT "file_index", "position" FROM {identifier(table)} '
        f"WHERE {present} AND hash({listed}) IN ("
        f"SELECT hash({listed}) FROM {identifier(table)} WHERE {present} "
        "GROUP BY 1 HAVING count(*) > 1) "
        f'QUALIFY row_number() OVER (PARTITION BY {listed} ORDER BY "file_index", "position") > 1'
    )
