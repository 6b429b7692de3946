"""The rules of a contract: what breaks each, how much it matters, what to do."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

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
