"""What was found about each rule of a contract, and the counting of it without a suite."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import duckdb

from longflow.contract import Contract, Rule
from longflow.settings import Settings
from longflow.sqlfile import identifier
from longflow.validation.rules import max_share, tolerated_rows


@dataclass(frozen=True)
class Outcome:
    """What was reported about a rule.

    Attributes:
        rule: the rule.
        expectation: name of the expectation that judged it.
        arguments: of the expectation.
        kept: the expectation was met; for a rule on rows, no more than `max_share` violate it.
        observed: rows that violate the rule; for `row_count`, all rows.
        rows: all rows of the feed.
        max_share: share of the feed's rows that may violate the rule.
        error: why the check could not run, without any value of a row. `kept` is then false, the
            counts are 0, and nothing is known about the rows.
    """

    rule: Rule
    expectation: str
    arguments: dict[str, Any]
    kept: bool
    observed: int
    rows: int
    max_share: float
    error: str | None = None

    @property
    def broken(self) -> bool:
        """Something was found, whether or not it is tolerated."""
        if self.error is not None:
            return False
        return not self.kept if self.rule.kind == "row_count" else self.observed > 0


class Runner(Protocol):
    """Judges the table of a contract by its rules."""

    def run(self, contract: Contract) -> list[Outcome]:
        """An outcome for every rule, in the contract's order."""
        ...


@dataclass(frozen=True)
class Counting:
    """Counts the rows that violate rules, as the suites do, without Great Expectations.

    The library takes ten seconds to import, and a single file is judged for a person who waits.
    """

    connection: duckdb.DuckDBPyConnection
    settings: Settings

    def run(self, contract: Contract) -> list[Outcome]:
        """An outcome for every rule, in the contract's order."""
        about_rows = [rule for rule in contract.rules if rule.kind != "row_count"]
        counts = ", ".join(
            f"count(*) FILTER ({rule.violation(contract.table)})" for rule in about_rows
        )
        rows, *violating = self.connection.execute(
            f"SELECT count(*), {counts} FROM {identifier(contract.table)}"
        ).fetchall()[0]
        found = dict(zip((rule.id for rule in about_rows), violating, strict=True))
        return [self._outcome(rule, found.get(rule.id, rows), rows) for rule in contract.rules]

    def _outcome(self, rule: Rule, observed: int, rows: int) -> Outcome:
        share = max_share(rule, self.settings)
        if rule.kind == "row_count":
            kept = rows >= (rule.min or 0)
        else:
            kept = observed <= tolerated_rows(share, rows)
        return Outcome(rule, "count", {}, kept, observed, rows, share)
