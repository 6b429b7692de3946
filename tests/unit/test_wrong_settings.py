"""Wrong settings: each is one clear line with the line of the file and the name of the setting."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest
from longflow.cli import main
from longflow.errors import LongflowError
from longflow.settings import Settings


class Wrong(NamedTuple):
    """Settings that are wrong: TOML, the line of the file, the setting, and what is said of it."""

    text: str
    line: int | None
    setting: str | None
    said: str


PROVIDER = '[provider]\nname = "Test"\ntime_zone = "Asia/Tokyo"\n'
SOURCE = '[[sources]]\nname = "east"\nfeed = "flows"\nservice = "broadband"\nformat = "csv"\n'
RADIUS = '[[sources]]\nname = "radius"\nfeed = "assignments"\nformat = "csv"\n'
USAGE = '[[sources]]\nname = "cdr"\nfeed = "usage"\nservice = "mobile"\nformat = "csv"\n'
NFCAPD = SOURCE.replace("csv", "nfcapd")
EDITION = (
    '[editions.2024]\ntitle = "Test"\n'
    "[editions.2024.analysis_weeks]\n2023 = 2023-05-29\n2024 = 2024-06-03\n"
)


def at_top(text: str, *said: str) -> Wrong:
    """A setting in the first line, before any section."""
    return Wrong(f"{text}\n{PROVIDER}{SOURCE}", 1, *said)


def in_source(text: str, *said: str, source: str = SOURCE) -> Wrong:
    """A setting at the end of the only source."""
    before = f"{PROVIDER}{source}"
    return Wrong(f"{before}{text}\n", before.count("\n") + 1, *said)


def in_section(section: str, text: str, *said: str) -> Wrong:
    """A setting in the first line of another section."""
    before = f"{PROVIDER}{SOURCE}[{section}]\n"
    return Wrong(f"{before}{text}\n", before.count("\n") + 1, *said)


def in_edition(text: str, *said: str) -> Wrong:
    """A setting of an edition, above its weeks."""
    return in_section("editions.2024", text + "\n" + EDITION.partition("\n")[2], *said)


def weeks(text: str, *said: str) -> Wrong:
    """Analysis weeks of an edition."""
    before = f'{PROVIDER}{SOURCE}[editions.2024]\ntitle = "Test"\n[editions.2024.analysis_weeks]\n'
    return Wrong(f"{before}{text}\n", before.count("\n") + 1, *said)


HUGE = "1" + "0" * 30
BREAK = 'first = 2024-06-10\nreason = "x"\n'

WRONG = {
    # The file as a whole.
    "no TOML": Wrong("this is no TOML", 1, None, "not TOML: Expected '='"),
    "an open text": Wrong(
        'var = "var', None, None, "not TOML: Unterminated string (at end of document)"
    ),
    "a key twice": Wrong(f"var = 'a'\nvar = 'b'\n{SOURCE}", 2, None, "not TOML: Cannot overwrite"),
    "a section twice": Wrong(f"{PROVIDER}{PROVIDER}{SOURCE}", 4, None, "not TOML: Cannot declare"),
    "brackets without end": Wrong("x = " + "[" * 5_000, None, None, "brackets are nested too deep"),
    "5,000 digits": Wrong("x = " + "1" * 5_000, None, None, "a number has thousands of digits"),
    "no provider": Wrong(SOURCE, None, "provider", "is missing; add a section [provider]"),
    "no sources": Wrong(PROVIDER, None, "sources", "is missing; name each source"),
    "sources are a text": Wrong(f'sources = "x"\n{PROVIDER}', 1, "sources", "is the text 'x'"),
    "sources in single brackets": Wrong(
        PROVIDER + SOURCE.replace("[[", "[").replace("]]", "]"), 4, "sources", "double brackets"
    ),
    "a section misspelt": Wrong(f"{PROVIDER}{SOURCE}[weak]\n", 9, "weak", "did you mean week?"),
    "a section of its own": at_top("x = {}", "x", "there is no such section; take it out"),
    "a setting in no section": at_top("threads = 3", "threads", "it belongs into [database]"),
    "the model's own field": at_top("file = 'x'", "file", "there is no such setting"),
    "a control character": at_top('var = "a\\u0000b"', "var", "has a control character"),
    # Where things lie.
    "var is a list": at_top("var = ['a']", "var", "is a list; write a path in quotes"),
    "var is empty": at_top("var = ''", "var", "is empty"),
    "var in a home": at_top("var = '~/var'", "var", "~ is not replaced by a home"),
    "var is a file": at_top("var = 'longflow.toml'", "var", "is a file, not a folder"),
    "var below a file": at_top("var = 'longflow.toml/x'", "var", "longflow.toml is a file"),
    "var has 300 letters": at_top(f"var = '{'a' * 300}'", "var", "file name too long"),
    "var is a URL": at_top("var = 's3://bucket/x'", "var", "is a URL"),
    "a catalogue of no such kind": at_top(
        "archive_catalogue = 'foo:bar'", "archive_catalogue", "'foo' is no kind of catalogue"
    ),
    "a catalogue of no kind": at_top(
        "archive_catalogue = 'bar'", "archive_catalogue", "names no kind; write sqlite:PATH"
    ),
    "a catalogue in PostgreSQL": at_top(
        "archive_catalogue = 'postgres:dbname=x'", "archive_catalogue", "is not possible yet"
    ),
    "a catalogue nowhere": at_top("archive_catalogue = 'sqlite:'", "archive_catalogue", "is empty"),
    "a catalogue is a folder": at_top(
        "archive_catalogue = 'sqlite:.'", "archive_catalogue", "is a folder, not a file"
    ),
    "a catalogue is a number": at_top(
        "archive_catalogue = 3", "archive_catalogue", "is the number"
    ),
    "data in a bucket": at_top("archive_data = 's3://x'", "archive_data", "is a URL"),
    "data is a file": at_top("archive_data = 'longflow.toml'", "archive_data", "is a file"),
    # Provider, week, landing.
    "a provider without name": Wrong(
        f"[provider]\ntime_zone = 'Asia/Tokyo'\n{SOURCE}", 1, "provider.name", "is missing"
    ),
    "a provider without time zone": Wrong(
        f"[provider]\nname = 'a'\n{SOURCE}", 1, "provider.time_zone", "is missing"
    ),
    "an empty name": Wrong(
        f"[provider]\nname = ' '\ntime_zone = 'Asia/Tokyo'\n{SOURCE}",
        2,
        "provider.name",
        "is empty",
    ),
    "a name of 2,000 letters": Wrong(
        f"[provider]\nname = '{'a' * 2_000}'\ntime_zone = 'Asia/Tokyo'\n{SOURCE}",
        2,
        "provider.name",
        "has 2,000 characters",
    ),
    "no such time zone": Wrong(
        f"[provider]\nname = 'a'\ntime_zone = 'Asia/Tokio'\n{SOURCE}",
        3,
        "provider.time_zone",
        "'Asia/Tokio' is not",
    ),
    "a time zone outside": Wrong(
        f"[provider]\nname = 'a'\ntime_zone = '../etc'\n{SOURCE}",
        3,
        "provider.time_zone",
        "'../etc' is not",
    ),
    "a provider's key misspelt": Wrong(
        f"{PROVIDER}timezone = 'UTC'\n{SOURCE}", 4, "provider.timezone", "did you mean time_zone?"
    ),
    "a grace below 0": in_section("week", "grace_hours = -1", "week.grace_hours", "at least 0"),
    "a grace of a month": in_section("week", "grace_hours = 720", "week.grace_hours", "at most 72"),
    "a grace that is no number": in_section(
        "week", "grace_hours = nan", "week.grace_hours", "finite"
    ),
    "a grace without end": in_section("week", "grace_hours = inf", "week.grace_hours", "finite"),
    "a grace is true": in_section(
        "week", "grace_hours = true", "week.grace_hours", "is true; write"
    ),
    "landing is a number": in_section(
        "landing", "url = 3", "landing.url", "write a text in quotes"
    ),
    "landing at no folder": in_section(
        "landing", "pattern = ''", "landing.pattern", "for every week"
    ),
    "an unknown placeholder": in_section(
        "landing",
        "pattern = '{feed}/{sorce}/{monday}'",
        "landing.pattern",
        "did you mean {source}?",
    ),
    # Sources: name, feed, format.
    "a source without name": Wrong(
        PROVIDER + SOURCE.replace('name = "east"\n', ""), 4, "sources.#1.name", "is missing"
    ),
    "a name with a slash": Wrong(
        PROVIDER + SOURCE.replace("east", "a/b"), 5, "sources.a/b.name", "'a/b' cannot be a name"
    ),
    "a name of 200 letters": Wrong(
        PROVIDER + SOURCE.replace("east", "a" * 200), 5, None, "has 200 characters; use at most 100"
    ),
    "a feed misspelt": Wrong(
        PROVIDER + SOURCE.replace("flows", "flow"), 6, "sources.east.feed", "did you mean flows?"
    ),
    "no such format": Wrong(
        PROVIDER + SOURCE.replace("csv", "xml"), 8, "sources.east.format", "is 'xml'; it may be"
    ),
    "flows without service": Wrong(
        PROVIDER + SOURCE.replace('service = "broadband"\n', ""), 4, None, "flows need a service"
    ),
    "no such service": Wrong(
        PROVIDER + SOURCE.replace("broadband", "mobil"), 7, "sources.east.service", "mean mobile?"
    ),
    "nfcapd without flows": Wrong(
        PROVIDER + USAGE.replace("csv", "nfcapd"), 8, "sources.cdr.format", "hold flows only"
    ),
    "an access of mobile": in_source(
        'access = "ipoe"', "sources.cdr.access", "mobile lines have no access", source=USAGE
    ),
    "usage of PPPoE": in_source(
        'access = "pppoe"',
        "sources.cdr.access",
        "comes from flows",
        source=USAGE.replace("mobile", "broadband"),
    ),
    "a source twice": Wrong(f"{PROVIDER}{SOURCE}{SOURCE}", 10, "sources.east.name", "named twice"),
    "the same files twice": Wrong(
        f"{PROVIDER}{SOURCE}{SOURCE.replace('east', 'west')}pattern = 'flows/east/{{monday}}'\n",
        9,
        "sources.west.files",
        "the same files as those of source 'east' would count twice",
    ),
    "a source's key misspelt": in_source(
        "slot_minuts = 5", "sources.east.slot_minuts", "did you mean"
    ),
    # Sources: names of files and folders.
    "{time} twice": in_source("files = '{time}-{time}'", "sources.east.files", "{time} and {time}"),
    "{date} and {time}": in_source(
        "files = '{date}{time}'", "sources.east.files", "{date} and {time}"
    ),
    "a placeholder misspelt": in_source(
        "files = '{tim}'", "sources.east.files", "did you mean {time}?"
    ),
    "a placeholder of folders": in_source(
        "files = '{source}'", "sources.east.files", "is no placeholder"
    ),
    "a placeholder of nothing": in_source(
        "files = '{}'", "sources.east.files", "'{}' is no placeholder"
    ),
    "an open brace": in_source("files = 'a{'", "sources.east.files", "has a lone brace"),
    "a closing brace": in_source("files = 'a}'", "sources.east.files", "has a lone brace"),
    "no name": in_source("files = ''", "sources.east.files", "is empty; write * for every name"),
    "a folder in a name": in_source("files = 'a/*'", "sources.east.files", "has a slash"),
    "a name of 300 letters": in_source(
        f"files = '{'*' * 300}'", "sources.east.files", "at most 255"
    ),
    "several patterns": in_source("files = ['*']", "sources.east.files", "is a list; write a text"),
    "one folder for all weeks": in_source(
        "pattern = '{feed}'", "sources.east.pattern", "names the same folder for every week"
    ),
    "one folder for a month": in_source(
        "pattern = '{year}/{month}'", "sources.east.pattern", "the same folder for several weeks"
    ),
    "a day without month": in_source(
        "pattern = '{year}/{day}'", "sources.east.pattern", "has {day} without year and month"
    ),
    "a tree by day, names without": Wrong(
        f"{PROVIDER}{SOURCE}pattern = '{{year}}/{{month}}/{{day}}'\n",
        4,
        "sources.east.files",
        "'*' tells no time",
    ),
    "a placeholder that formats": in_source(
        "pattern = '{source:>999999999}/{monday}'",
        "sources.east.pattern",
        "is no placeholder of it",
    ),
    "a placeholder that looks inside": in_source(
        "pattern = '{source.__class__}/{monday}'", "sources.east.pattern", "is no placeholder of it"
    ),
    # Sources: URLs.
    "no such protocol": in_source("url = 'foo://b'", "sources.east.url", "not known to fsspec"),
    "a driver that is not there": in_source(
        "url = 's3://b'", "sources.east.url", "driver of protocol 's3' is not installed; install it"
    ),
    "a driver without its package": in_source(
        "url = 'sftp://h/x'", "sources.east.url", '"paramiko"'
    ),
    "a cache before no protocol": in_source(
        "url = 'simplecache::foo://b'", "sources.east.url", "protocol 'foo' is not known"
    ),
    "one slash too few": in_source("url = 's3:/b'", "sources.east.url", "is no folder and no URL"),
    "a host and a folder": in_source(
        "url = 'host:/x'", "sources.east.url", "is no folder and no URL"
    ),
    "a folder in a home": in_source("url = '~/x'", "sources.east.url", "~ is not replaced"),
    "no URL": in_source("url = ''", "sources.east.url", "is empty"),
    "a file URL that is relative": in_source(
        "url = 'file://x'", "sources.east.url", "no full path"
    ),
    "a port that is none": in_source(
        "url = 'ftp://h:abc/x'", "sources.east.url", "brackets and port"
    ),
    "brackets of IPv6": in_source("url = 'ftp://[::1/x'", "sources.east.url", "brackets and port"),
    "a URL without host": in_source(
        "url = 'ftp://'", "sources.east.url", "ends after the protocol"
    ),
    # Sources: slots, units, columns.
    "slots of 0": in_source("slot_minutes = 0", "sources.east.slot_minutes", "give more than 0"),
    "slots below 0": in_source(
        "slot_minutes = -5", "sources.east.slot_minutes", "give more than 0"
    ),
    "slots of 7": in_source("slot_minutes = 7", "sources.east.slot_minutes", "do not divide a day"),
    "slots of two days": in_source(
        "slot_minutes = 2880", "sources.east.slot_minutes", "do not divide"
    ),
    "slots of ages": in_source(
        f"slot_minutes = {HUGE}", "sources.east.slot_minutes", "do not divide"
    ),
    "slots of 5.5": in_source("slot_minutes = 5.5", "sources.east.slot_minutes", "a whole number"),
    "slots are a text": in_source(
        "slot_minutes = '5'", "sources.east.slot_minutes", "is the text '5'"
    ),
    "slots are true": in_source(
        "slot_minutes = true", "sources.east.slot_minutes", "is true; write"
    ),
    "an interval of 0": in_source(
        "sampling_interval = 0", "sources.east.sampling_interval", "is 0"
    ),
    "an interval of 10^30": in_source(
        f"sampling_interval = {HUGE}", "sources.east.sampling_interval", "give at most 16,777,216"
    ),
    "no such unit": in_source("time_unit = 'min'", "sources.east.time_unit", "is 'min'; it may be"),
    "who scaled": in_source(
        "scaled_by = 'me'", "sources.east.scaled_by", "'collector' or 'nobody'"
    ),
    "a clock without limit": in_source(
        "clock_limit_minutes = inf", "sources.east.clock_limit_minutes", "is the number inf"
    ),
    "a clock of 10^300": in_source(
        "clock_limit_minutes = 1e300", "sources.east.clock_limit_minutes", "give at most 10,080"
    ),
    "a zone of a source": in_source(
        "time_zone = 'Asia'", "sources.east.time_zone", "'Asia' is not"
    ),
    "a delimiter of two letters": in_source(
        "delimiter = ';;'", "sources.east.delimiter", "not one ASCII"
    ),
    "no delimiter": in_source("delimiter = ''", "sources.east.delimiter", "not one ASCII"),
    "a delimiter of two bytes": in_source(
        "delimiter = '§'", "sources.east.delimiter", "not one ASCII"
    ),
    "a quote for delimiter": in_source(
        "delimiter = '\"'", "sources.east.delimiter", "stands in values"
    ),
    "a line's end for delimiter": in_source(
        'delimiter = "\\n"', "sources.east.delimiter", "stands in values"
    ),
    "a digit for delimiter": in_source(
        "delimiter = '1'", "sources.east.delimiter", "stands in values"
    ),
    "a delimiter of JSON": in_source(
        "delimiter = ';'",
        "sources.east.delimiter",
        "is for csv, not for json",
        source=SOURCE.replace("csv", "json"),
    ),
    "a column of no such name": in_source(
        "columns = {first_sen_ms = 'a'}", "sources.east.columns.first_sen_ms", "mean first_seen_ms?"
    ),
    "a column of another feed": in_source(
        "columns = {bytes = 'a'}",
        "sources.radius.columns.bytes",
        "assignments have no column",
        source=RADIUS,
    ),
    "a column called nothing": in_source(
        "columns = {bytes = ''}", "sources.east.columns.bytes", "empty"
    ),
    "a column by number": in_source(
        "columns = {bytes = 3}", "sources.east.columns.bytes", "the number 3"
    ),
    "a list of columns": in_source(
        "columns = ['a']", "sources.east.columns", "is a list; write a section"
    ),
    "columns of nfcapd": in_source(
        "columns = {bytes = 'x'}",
        "sources.east.columns",
        "nfcapd files describe themselves",
        source=NFCAPD,
    ),
    "sampled sessions": in_source(
        "scaled_by = 'nobody'",
        "sources.radius.scaled_by",
        "is for flows, not for assignments",
        source=RADIUS,
    ),
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
        "database", "memory_limit = '1e30TB'", "database.memory_limit", "is no amount of memory"
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
        "no single rows",
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
        "nothing to quarantine",
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
        "no week would be judged",
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
    "a break that ends before": in_section(
        "[known_breaks]", f"last = 2024-06-03\n{BREAK}", "known_breaks.#1.last", "exchange the two"
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
        "simulator", "weeks = [2024-06-04]", "simulator.weeks", "no Monday"
    ),
    "a simulator's slots": in_section(
        "simulator", "slot_minutes = 7", "simulator.slot_minutes", "an hour"
    ),
    "a simulator of 10^30 lines": in_section(
        "simulator", f"pppoe_contracts = {HUGE}", "simulator.pppoe_contracts", "from 1 to 500000"
    ),
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_one_line_with_line_and_setting(
    wrong: Wrong, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "longflow.toml"
    file.write_text(wrong.text, encoding="utf-8")

    assert main(["status", "--settings", str(file)]) == 1

    told = capsys.readouterr().err.splitlines()
    place = ", ".join(filter(None, [f"line {wrong.line}" if wrong.line else "", wrong.setting]))
    first = next(line for line in told if place in line)
    assert first.startswith(f"longflow: {file}: {place}")
    assert wrong.said in first
    assert "; " in first.removeprefix(f"longflow: {file}")
    assert len(told) == 1, "\n".join(told)


def test_all_that_is_wrong_is_told_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "longflow.toml"
    file.write_text(
        "[provider]\nname = 'Test'\ntime_zone = 'Mars'\n[database]\nthreads = 0\nmemory = '1GB'\n"
        f"[validation.severity]\n'flows.redable' = 'warn'\n{SOURCE}delimiter = ';;'\n"
        f"[[known_breaks]]\nlast = 2024-06-03\nrule = 'pst.*'\n{BREAK}"
    )

    with pytest.raises(LongflowError) as error:
        Settings.load(file)

    places = [line.removeprefix(f"{file}: ").partition(": ")[0] for line in error.value.lines]
    assert places == [
        "line 3, provider.time_zone",
        "line 5, database.threads",
        "line 6, database.memory",
        "line 8, validation.severity.flows.redable",
        "line 14, sources.east.delimiter",
        "line 16, known_breaks.#1.last",
        "line 17, known_breaks.#1.rule",
    ]
    assert str(error.value).splitlines() == list(error.value.lines)


@pytest.mark.parametrize(
    "line", ["a.b = 1", "url = 'ftp://user:secret@host:x/'", "token = 'secret'"]
)
def test_no_line_shows_a_password(line: str, tmp_path: Path) -> None:
    file = tmp_path / "longflow.toml"
    file.write_text(f"{PROVIDER}{SOURCE}{line}\n")
    with pytest.raises(LongflowError) as error:
        Settings.load(file)
    assert "secret" not in str(error.value)
