"""Every rule that a finding can name: those of contracts, and those checked in code."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from longflow.contract import Rule, contract
from longflow.sqlfile import tables

# Rules outside contracts; a test compares this list with the findings made in code.
_IN_CODE = (
    "archive.damaged",
    "archive.past_damaged",
    "assignments.readable_files",
    "assignments.schema",
    "assignments.sum",
    "attribution.not_in_snapshot",
    "attribution.unexplained",
    "counters.readable_files",
    "counters.reset",
    "counters.schema",
    "counters.sum",
    "coverage.file_of_another_time",
    "coverage.gap",
    "coverage.hour_missing",
    "coverage.low",
    "coverage.sequence_failures",
    "doubles.two_exporters",
    "flows.readable_files",
    "flows.schema",
    "flows.sum",
    "landing.file_unexpected",
    "landing.no_source",
    "landing.source",
    "landing.source_unexpected",
    "landing.time_left_out",
    "load.feed_lacking",
    "load.not_made",
    "load.not_renewed",
    "past.bytes",
    "past.port_share",
    "past.rows",
    "past.subscribers",
    "reconciliation.flows_counters",
    "reconciliation.usage_counters",
    "revision.bytes_down",
    "revision.changed",
    "revision.copied_file",
    "revision.coverage_down",
    "revision.files_added",
    "revision.files_changed",
    "revision.files_gone",
    "revision.rows_down",
    "revision.slots_lost",
    "revision.subscribers_down",
    "sampling.configured_otherwise",
    "sampling.disagrees",
    "sampling.interval_changed",
    "sampling.not_scaled",
    "sampling.scaled_twice",
    "sessions.address_reused",
    "sessions.never_ending",
    "sessions.overlapping",
    "sessions.silent_server",
    "sessions.without_updates",
    "subscribers.readable_files",
    "subscribers.schema",
    "subscribers.sum",
    "usage.readable_files",
    "usage.schema",
    "usage.sum",
)


@cache
def rule_ids() -> Mapping[str, Rule | None]:
    """Every rule id, sorted, with its rule if a contract defines it."""
    of_contracts = {
        rule.id: rule
        for step, names in (("staged", tables("staged")), ("judge", ("delivered_file",)))
        for name in names
        for rule in contract(step, name).rules
    }
    return dict(sorted({**dict.fromkeys(_IN_CODE), **of_contracts}.items()))


def takes_rows_out(rule: Rule | None) -> bool:
    """Whether a rule judges single rows, so that violating rows can be quarantined."""
    return rule is not None and rule.kind != "row_count"
