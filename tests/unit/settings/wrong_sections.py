"""Wrong settings of the other sections."""

from __future__ import annotations

from tests.unit.settings.wrong import (
    BREAK,
    EDITION,
    HUGE,
    PROVIDER,
    SOURCE,
    Wrong,
    in_edition,
    in_section,
    weeks,
)

WRONG = {
    # Database.
    "memory of abc": in_section(
        "database", "memory_limit = 'abc'", "database.memory_limit", "'abc' is no"
    ),
    "memory of 1": in_section("database", "memory_limit = '1'", "database.memory_limit", "a unit"),
    "memory below 0": in_section(
        "database", "memory_limit = '-1'", "database.memory_limit", "'-1' is no"
    ),
    "memory by share": in_section(
        "database", "memory_limit = '80%'", "database.memory_limit", "a unit"
    ),
    "memory is a number": in_section(
        "database", "memory_limit = 1", "database.memory_limit", "the number"
    ),
    "too little memory": in_section(
        "database", "memory_limit = '1KB'", "database.memory_limit", "between"
    ),
    "too much memory": in_section(
        "database", "memory_limit = '9999TB'", "database.memory_limit", "between"
    ),
    "memory beyond number": in_section(
        "database", "memory_limit = '1e30TB'", "database.memory_limit", "is not an amount of memory"
    ),
    "no threads": in_section("database", "threads = 0", "database.threads", "give at least 1"),
    "10^30 threads": in_section(
        "database", f"threads = {HUGE}", "database.threads", "give at most 256"
    ),
    # Validation and known breaks.
    "a share of no such rule": in_section(
        "validation.max_share",
        "'flows.redable' = 0.1",
        "validation.max_share.flows.redable",
        "there is no rule 'flows.redable'; did you mean flows.readable?",
    ),
    "a severity of no such rule": in_section(
        "validation.severity",
        "nonsense = 'warn'",
        "validation.severity.nonsense",
        "there is no rule",
    ),
    "a share above 1": in_section(
        "validation.max_share",
        "'flows.readable' = 1.1",
        "validation.max_share.flows.readable",
        "at most 1",
    ),
    "a share of no rows": in_section(
        "validation.max_share",
        "'coverage.gap' = 0.1",
        "validation.max_share.coverage.gap",
        "does not judge single rows",
    ),
    "no such severity": in_section(
        "validation.severity",
        "'flows.readable' = 'bad'",
        "validation.severity.flows.readable",
        "'bad'",
    ),
    "a quarantine of no rows": in_section(
        "validation.severity",
        "'coverage.gap' = 'quarantine'",
        "validation.severity.coverage.gap",
        "cannot quarantine any",
    ),
    "a rule without quotes": in_section(
        "validation.severity",
        "flows.readable = 'warn'",
        "validation.severity.flows",
        "is a section",
    ),
    "a share of a warning": in_section(
        "validation",
        "max_share.'flows.readable' = 0.1\nseverity.'flows.readable' = 'warn'",
        "validation.max_share.flows.readable",
        "takes no rows out",
    ),
    "refusing below warning": in_section(
        "validation.flows_counters",
        "refuse_percent = 10\nwarn_percent = 20",
        "validation.flows_counters.refuse_percent",
        "is less than warn_percent 20",
    ),
    "a tolerance without end": in_section(
        "validation.unexplained",
        "warn_percent = inf",
        "validation.unexplained.warn_percent",
        "finite",
    ),
    "a past that judges nothing": in_section(
        "validation.past",
        "least_weeks = 9",
        "validation.past.least_weeks",
        "no week would be compared with its baseline",
    ),
    "a past of 10^30 weeks": in_section(
        "validation.past",
        f"reach_weeks = {HUGE}",
        "validation.past.reach_weeks",
        "give at most 520",
    ),
    "silence below 0": in_section(
        "validation",
        "silent_session_hours = -1",
        "validation.silent_session_hours",
        "give more than 0",
    ),
    "an event that ends before it begins": in_section(
        "[events]",
        "last = 2024-06-09\nfirst = 2024-06-10\ntext = 'x'",
        "events.#1.last",
        "swap the two",
    ),
    "an event that is a sentence": in_section(
        "[events]", f"text = '{'x' * 41}'\nfirst = 2024-06-10", "events.#1.text", "at most 40"
    ),
    "an event of no such kind": in_section(
        "[events]",
        "kind = 'breaks'\nfirst = 2024-06-10\ntext = 'x'",
        "events.#1.kind",
        "did you mean break?",
    ),
    "a break that ends before": in_section(
        "[known_breaks]", f"last = 2024-06-03\n{BREAK}", "known_breaks.#1.last", "swap the two"
    ),
    "a break on a Tuesday": in_section(
        "[known_breaks]",
        "first = 2024-06-11\nreason = 'x'",
        "known_breaks.#1.first",
        "mean 2024-06-10?",
    ),
    "a break without reason": in_section(
        "[known_breaks]", "reason = ''\nfirst = 2024-06-10", "known_breaks.#1.reason", "is empty"
    ),
    "a break of no such rule": in_section(
        "[known_breaks]", f"rule = 'pats.*'\n{BREAK}", "known_breaks.#1.rule", "there is no rule"
    ),
    "a break in June": in_section(
        "[known_breaks]", "first = 'June'\nreason = 'x'", "known_breaks.#1.first", "is not a date"
    ),
    "a break at midnight": in_section(
        "[known_breaks]",
        "first = 2024-06-10T00:00:00\nreason = 'x'",
        "known_breaks.#1.first",
        "not a date",
    ),
    "a break in the year 1": in_section(
        "[known_breaks]",
        "first = 0001-01-01\nreason = 'x'",
        "known_breaks.#1.first",
        "1990 to 2999",
    ),
    "a break in single brackets": Wrong(
        f"{PROVIDER}{SOURCE}[known_breaks]\n{BREAK}", 9, "known_breaks", "double brackets"
    ),
    # Editions.
    "a week on a Tuesday": weeks(
        "2024 = 2024-06-04", "editions.2024.analysis_weeks.2024", "is a Tuesday; a week is named by"
    ),
    "a week of another year": weeks(
        "2022 = 2023-05-29\n2024 = 2024-06-03",
        "editions.2024.analysis_weeks.2022",
        "not lie in 2022",
    ),
    "a week that is a number": weeks(
        "2024 = 20240603", "editions.2024.analysis_weeks.2024", "20240603 is not a date"
    ),
    "a week of no year": weeks(
        "x = 2024-06-03", "editions.2024.analysis_weeks.x", "'x' is not a year"
    ),
    "a setting among the weeks": weeks(
        "archive_data = 'x'",
        "editions.2024.analysis_weeks.archive_data",
        "belongs to the top of the file",
    ),
    "an edition of no year": Wrong(
        f"{PROVIDER}{SOURCE}[editions.24]\n", 9, "editions.24", "'24' is not a year"
    ),
    "an edition without weeks": Wrong(
        f"{PROVIDER}{SOURCE}[editions.2024]\ntitle = 'x'\n",
        9,
        "editions.2024.analysis_weeks",
        "is missing",
    ),
    "an edition without any week": Wrong(
        f"{PROVIDER}{SOURCE}[editions.2024]\ntitle = 'x'\nanalysis_weeks = {{}}\n",
        11,
        "editions.2024.analysis_weeks",
        "needs at least one analysis week",
    ),
    "an edition that ends before": Wrong(
        f"{PROVIDER}{SOURCE}{EDITION.replace('2024 = 2024-06-03', '')}",
        11,
        "editions.2024.analysis_weeks",
        "the last analysis week is that of 2023, not of 2024",
    ),
    "a title that is a number": Wrong(
        PROVIDER + SOURCE + EDITION.replace('"Test"', "5"),
        10,
        "editions.2024.title",
        "is the number 5",
    ),
    "the month 0000-01": in_edition(
        "base_month = '0000-01'", "editions.2024.base_month", "not a month"
    ),
    "the month 2020-13": in_edition(
        "base_month = '2020-13'", "editions.2024.base_month", "not a month"
    ),
    "the thirteenth month": in_edition(
        "growth_month = 13", "editions.2024.growth_month", "at most 12"
    ),
    "hours of a Tuesday": in_edition(
        "hour_weeks.x = 2024-06-04", "editions.2024.hour_weeks.x", "is a Tuesday"
    ),
    "hours of a day of a Tuesday": in_edition(
        "day_weeks = [2024-06-04]", "editions.2024.day_weeks", "is a Tuesday"
    ),
    "days by hour out of order": in_edition(
        "day_weeks = [2024-06-03, 2023-06-05]",
        "editions.2024.day_weeks",
        "not in ascending order",
    ),
    "a daytime that ends before it begins": in_edition(
        "daytime_hours = [17, 9]", "editions.2024.daytime_hours", "ends at 9, not after 17"
    ),
    "rows below 0": in_edition("port_rows.most = -1", "editions.2024.port_rows.most", "at least 0"),
    "10^30 neighbours": in_edition(
        f"neighbour_weeks = {HUGE}", "editions.2024.neighbour_weeks", "give at most 12"
    ),
    "totals of yes": in_edition(
        "publish_totals = 'yes'", "editions.2024.publish_totals", "true or false"
    ),
    "no subscribers": in_edition(
        "minimum_subscribers = 0", "editions.2024.minimum_subscribers", "give at least 1"
    ),
    # The simulator.
    "a simulator's key misspelt": in_section(
        "simulator", "sed = 1", "simulator.sed", "did you mean seed?"
    ),
    "a simulator's week": in_section(
        "simulator", "weeks = [2024-06-04]", "simulator.weeks", "not a Monday"
    ),
    "a simulator's slots": in_section(
        "simulator", "slot_minutes = 7", "simulator.slot_minutes", "an hour"
    ),
    "a simulator of 10^30 lines": in_section(
        "simulator", f"pppoe_contracts = {HUGE}", "simulator.pppoe_contracts", "from 1 to 500000"
    ),
}
