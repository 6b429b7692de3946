"""Every rule that a finding can name: those of contracts, and those checked in code."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from longflow.contract import Rule, contract
from longflow.sqlfile import tables

# Rules outside contracts, and what each finds; a test compares the ids with the findings made in
# code.
_IN_CODE: Mapping[str, str] = {
    "archive.damaged": "a damaged data file that the new revision replaces",
    "archive.past_damaged": "damaged files of earlier weeks, with which the week was not compared",
    "assignments.outside_prefixes": "sessions with addresses outside the provider's prefixes",
    "assignments.readable_files": "files that cannot be read",
    "assignments.schema": "a file whose columns are not those of the feed",
    "assignments.sum": "amounts too large to be added up",
    "attribution.apart": "flows of sessions with port ranges, from sources that set no access",
    "attribution.no_port": "flows without a port at addresses whose ports are shared",
    "attribution.not_in_snapshot": (
        "subscribers with volume but in no snapshot of the customer system"
    ),
    "attribution.unexplained": "bytes of a collector that belong to no accounting session",
    "counters.readable_files": "files that cannot be read",
    "counters.bits_32": "32-bit counters that wrap too fast to be corrected",
    "counters.nothing_chosen": (
        "a source of which no row is of a counter or interface that its settings name"
    ),
    "counters.name_unmatched": "names under uplinks or interfaces that no interface has",
    "counters.other_counter": "rows of counters that are not of this report, which are left out",
    "counters.other_interface": "interfaces that are not of this report, which are left out",
    "counters.in_turns": "counters that jump back and forth: several devices share a name",
    "counters.reset": "a counter that restarted, or jumped by more than any network carries",
    "counters.wrapped": "32-bit counters that wrapped, which was corrected",
    "counters.schema": "a file whose columns are not those of the feed",
    "counters.sum": "amounts too large to be added up",
    "coverage.file_of_another_time": (
        "a file whose records belong to another time than its name states"
    ),
    "coverage.gap": "time for which a source delivered nothing",
    "coverage.hour_missing": "time for which no source of the feed delivered anything",
    "coverage.low": "a source that delivered less of the week than its limit",
    "coverage.sequence_failures": "export packets lost between exporter and collector",
    "doubles.two_exporters": "flows that seem to come from two exporters",
    "flows.both_ways": "records that count both directions of a connection: two flows each",
    "flows.collector_counted_more": "flows or bytes that the collector counted but the file lacks",
    "flows.equal_ways": "biflows with equal counters, which probably count the same packets twice",
    "flows.nat_events": "events of NAT gateways and firewalls, which have no volume",
    "flows.outside_prefixes": "flows with neither address in the provider's prefixes",
    "flows.passed_over": "records or blocks of unknown kinds in nfcapd files",
    "flows.readable_files": "files that cannot be read",
    "flows.schema": "a file whose columns are not those of the feed",
    "flows.way_back_lost": "reverse directions whose bytes the collector did not store",
    "flows.way_back_unread": "biflows in CSV, JSON or Parquet: only the forward direction is read",
    "flows.without_map": "flows of nfdump 1.6 whose extension map is missing",
    "flows.sum": "amounts too large to be added up",
    "landing.file_unexpected": "a file whose name does not match the pattern of its source",
    "landing.no_source": "a feed without a source in the settings",
    "landing.source": "a source that could not be fetched",
    "landing.source_unexpected": "a folder of a source that the settings do not name",
    "landing.time_left_out": "a file whose name states an hour that the clock skipped",
    "load.feed_lacking": "a feed that was not loaded, because one that it needs could not be used",
    "load.not_made": "aggregates that were not computed, because another feed could not be used",
    "load.not_renewed": (
        "aggregates that stayed as they were, because another feed could not be used"
    ),
    "past.bytes": "bytes outside the band around the baseline",
    "past.port_share": "a port's share outside the band around the baseline",
    "past.rows": "rows outside the band around the baseline",
    "past.subscribers": "subscribers outside the band around the baseline",
    "reconciliation.flows_counters": "PPPoE flows and interface counters that differ",
    "reconciliation.usage_counters": "usage records and interface counters that differ",
    "revision.bytes_down": "a revision with fewer bytes than the load in force",
    "revision.changed": "what a revision changes in an aggregate",
    "revision.copied_file": "a file whose content was already loaded under another week or name",
    "revision.coverage_down": "a revision that covers less time than the load in force",
    "revision.files_added": "files that the load in force did not have",
    "revision.files_changed": "files whose content differs from that in the load in force",
    "revision.files_gone": "files of the load in force that are gone",
    "revision.rows_down": "a revision with fewer rows than the load in force",
    "revision.slots_lost": "slots that the load in force has and the revision lacks",
    "revision.subscribers_down": "a revision with fewer subscribers than the load in force",
    "sampling.configured_otherwise": "an announced sampling interval that the settings contradict",
    "sampling.disagrees": "packet counts that contradict the announced sampling interval",
    "sampling.interval_changed": "an exporter that changed its sampling interval",
    "sampling.not_scaled": "sampled flows that nobody multiplied by the sampling interval",
    "sampling.scaled_twice": "flows multiplied by the sampling interval twice",
    "subscribers.login_spelling": "logins that RADIUS and the customer system spell differently",
    "sessions.address_reused": "an address that changed hands within minutes",
    "sessions.never_ending": "open sessions that showed no activity for a long time",
    "sessions.overlapping": "sessions that hold the same address at the same time",
    "sessions.silent_server": "an access server whose records end long before the week does",
    "sessions.without_updates": "open sessions of access servers that send no interim updates",
    "staging.passed_over": "files with many lines that hold no record",
    "staging.repeated_hour": "local times that can be two instants, in the hour that comes twice",
    "subscribers.readable_files": "files that cannot be read",
    "subscribers.schema": "a file whose columns are not those of the feed",
    "subscribers.sum": "amounts too large to be added up",
    "usage.readable_files": "files that cannot be read",
    "usage.schema": "a file whose columns are not those of the feed",
    "usage.sum": "amounts too large to be added up",
}


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


def meaning_of(name: str) -> str:
    """What a rule finds, in a few words, for `docs/settings.md`.

    Raises:
        KeyError: there is no such rule.
    """
    rule = rule_ids()[name]
    return _IN_CODE[name] if rule is None else rule.sentence


def takes_rows_out(rule: Rule | None) -> bool:
    """Whether a rule judges single rows, so that violating rows can be quarantined."""
    return rule is not None and rule.kind != "row_count"
