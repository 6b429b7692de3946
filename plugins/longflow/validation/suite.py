"""Suites of Great Expectations, made from contracts. The one module that imports the library.

Expectations on rows are one class of our own. The library's own take shares of the values present,
accept NULL in a set, count the first of two equal rows as a duplicate, and fetch the offending
values; contracts are about all rows, and nobody may see values.
"""

from __future__ import annotations

import functools
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

import duckdb
import great_expectations as gx
import sqlalchemy as sa
from great_expectations.compatibility.pydantic import PrivateAttr
from great_expectations.core.expectation_validation_result import ExpectationValidationResult
from great_expectations.core.metric_domain_types import MetricDomainTypes
from great_expectations.core.metric_function_types import MetricPartialFunctionTypes
from great_expectations.data_context.data_context.context_factory import set_context
from great_expectations.data_context.data_context.ephemeral_data_context import (
    EphemeralDataContext,
)
from great_expectations.data_context.types.base import ProgressBarsConfig
from great_expectations.datasource.fluent.sql_datasource import SQLDatasource
from great_expectations.execution_engine.execution_engine import ExecutionEngine
from great_expectations.execution_engine.sqlalchemy_execution_engine import (
    SqlAlchemyExecutionEngine,
)
from great_expectations.expectations.core.expect_table_row_count_to_be_between import (
    ExpectTableRowCountToBeBetween,
)
from great_expectations.expectations.expectation import BatchExpectation, Expectation
from great_expectations.expectations.expectation_configuration import ExpectationConfiguration
from great_expectations.expectations.metadata_types import FailureSeverity
from great_expectations.expectations.metrics.metric_provider import metric_partial
from great_expectations.expectations.metrics.table_metric_provider import TableMetricProvider

from longflow.contract import Contract, Rule
from longflow.faults import fault_in_words
from longflow.settings import Settings
from longflow.validation.dialect import lend
from longflow.validation.outcome import Outcome
from longflow.validation.rules import max_share, tolerated_rows

# DuckDB's exceptions that describe the statement; all others may quote values of rows.
_SAFE_ERRORS = {"Binder", "Catalog", "Parser", "IO"}


class ViolationCount(TableMetricProvider):
    """Number of rows for which a condition holds.

    An aggregate, so that all rules of a feed are counted in one pass over its files.
    """

    metric_name = "table.violation_count"
    value_keys = ("violation",)

    @metric_partial(
        engine=SqlAlchemyExecutionEngine,
        partial_fn_type=MetricPartialFunctionTypes.AGGREGATE_FN,
        domain_type=MetricDomainTypes.TABLE,
    )
    def _sqlalchemy(
        cls,  # noqa: N805 # the library calls it with the class
        execution_engine: SqlAlchemyExecutionEngine,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any],
    ) -> tuple[sa.ColumnElement[int], dict[str, Any], dict[str, Any]]:
        condition: sa.ColumnElement[bool] = sa.literal_column(metric_value_kwargs["violation"])
        return sa.func.count().filter(condition), metric_domain_kwargs, {}


class ExpectViolationsToBeRare(BatchExpectation):
    """No more than a share of all rows may violate a rule.

    Attributes:
        violation: SQL condition that holds for a row that violates the rule.
        max_share: largest share of all rows that may.
    """

    violation: str
    max_share: float

    metric_dependencies: ClassVar[tuple[str, ...]] = ("table.row_count", "table.violation_count")
    success_keys: ClassVar[tuple[str, ...]] = ("violation", "max_share")
    args_keys: ClassVar[tuple[str, ...]] = ("violation", "max_share")

    _configuration: ExpectationConfiguration | None = PrivateAttr(default=None)

    @property
    def configuration(self) -> ExpectationConfiguration:
        """The library asks an expectation for it five times and more, and builds it each time."""
        if self._configuration is None:
            self._configuration = super().configuration
        return self._configuration

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any] | None = None,
        execution_engine: ExecutionEngine[Any] | None = None,
    ) -> dict[str, Any]:
        rows, violating = metrics["table.row_count"], metrics["table.violation_count"]
        return {
            "success": violating <= tolerated_rows(self.max_share, rows),
            "result": {"observed_value": violating, "element_count": rows},
        }


class _UnsavedContext(EphemeralDataContext):
    """The library's context in memory, which it writes anew at each change, for nobody to read."""

    def _save_project_config(self) -> None:
        """Save nothing."""


@functools.cache
def _context() -> EphemeralDataContext:
    """The library's context, created once a process: in memory, silent."""
    logging.getLogger("great_expectations").setLevel(logging.CRITICAL)
    config = gx.get_context(mode="ephemeral").config
    context = _UnsavedContext(project_config=config)
    set_context(context)
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    return context


def _expectation(rule: Rule, table: str, settings: Settings) -> Expectation:
    """The expectation of a rule on a table."""
    about: dict[str, Any] = {
        "meta": {"rule": rule.id},
        "description": f"{rule.id}: {rule.sentence}",
        "severity": FailureSeverity.WARNING
        if rule.severity in {"info", "warn"}
        else FailureSeverity.CRITICAL,
    }
    if rule.kind == "row_count":
        return ExpectTableRowCountToBeBetween(min_value=rule.min, **about)
    return ExpectViolationsToBeRare(
        violation=rule.violation(table), max_share=max_share(rule, settings), **about
    )


def _error(result: ExpectationValidationResult) -> str | None:
    """Why a check could not run; None when it could.

    Raises:
        MachineError: disk or memory failed it.
    """
    info: dict[str, Any] = result.exception_info or {}
    # One record, or one for each metric that failed.
    records = [info] if "raised_exception" in info else list(info.values())
    raised = [str(r.get("exception_message")) for r in records if r.get("raised_exception")]
    if not raised:
        return None
    # The library keeps exceptions as text. A full disk is no verdict on the feed.
    fault = fault_in_words(raised[0])
    if fault is not None:
        raise fault
    found = re.match(r"\([\w.]*?(\w+)Exception\) ([^\n]*)", raised[0])
    if not found:
        return "unknown error"
    kind, message = found.groups()
    return message if kind in _SAFE_ERRORS else f"{kind} error"


class Suites:
    """Runs suites on the tables and views of one DuckDB connection."""

    def __init__(self, source: SQLDatasource, settings: Settings) -> None:
        self._source = source
        self._settings = settings

    def run(self, contract: Contract) -> list[Outcome]:
        """Judge the table of a contract by its rules, in one pass over the rows.

        Returns:
            An outcome for every rule, in the contract's order.
        """
        table = contract.table
        asset = self._source.add_table_asset(name=table, table_name=table)
        # A batch definition would be stored, and with it all of the context written anew.
        batch = asset.get_batch(asset.build_batch_request())
        expectations = {
            rule.id: _expectation(rule, table, self._settings) for rule in contract.rules
        }
        suite = gx.ExpectationSuite(name=table, expectations=list(expectations.values()))
        results = {
            (result.expectation_config.meta or {})["rule"]: result
            for result in batch.validate(suite).results
            if result.expectation_config
        }
        if any(_error(result) for result in results.values()):
            # One check that cannot run spoils the shared pass; run separately, the others succeed.
            results = {name: batch.validate(one) for name, one in expectations.items()}
        return [self._outcome(rule, results[rule.id]) for rule in contract.rules]

    def _outcome(self, rule: Rule, result: ExpectationValidationResult) -> Outcome:
        configuration = result.expectation_config
        error = _error(result)
        found: dict[str, Any] = {} if error else result.result
        observed = int(found.get("observed_value", 0))
        return Outcome(
            rule=rule,
            expectation=configuration.type if configuration else "",
            arguments={
                key: value
                for key, value in (configuration.kwargs if configuration else {}).items()
                if key != "batch_id"
            },
            kept=bool(result.success),
            observed=observed,
            rows=int(found.get("element_count", observed)),
            max_share=max_share(rule, self._settings),
            error=error,
        )


@contextmanager
def suites(connection: duckdb.DuckDBPyConnection, settings: Settings) -> Iterator[Suites]:
    """Open a DuckDB connection to Great Expectations, and close it again."""
    context = _context()
    with lend(connection) as url:
        name = url.rpartition("/")[2]
        source = context.data_sources.add_sql(name=name, connection_string=url)
        try:
            yield Suites(source, settings)
        finally:
            context.data_sources.delete(name)
