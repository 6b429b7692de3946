"""Findings as sentences: what a violated rule means and what to do, without any value of a row."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from longflow.contract import Rule
from longflow.records import LINE, Finding, LandedFile, Severity, StagedFile
from longflow.settings import Feed, Source
from longflow.settings.feeds import TIME_COLUMNS
from longflow.sums import MOST_BYTES
from longflow.validation.feed import FileCount, WrongColumn
from longflow.validation.outcome import Outcome
from longflow.validation.rules import tolerated_rows


def wrong_column(feed: Feed, column: WrongColumn) -> Finding:
    """A staged file does not have the columns that the contract promises."""
    what = "is missing" if column.found is None else f"is {column.found}"
    return Finding(
        rule=f"{feed}.schema",
        severity="critical",
        feed=feed,
        file=column.file.name,
        sentence=f"column {column.column} {what} where the contract says {column.expected}; "
        "load the week again with the same version of longflow",
    )


def too_few_rows(feed: Feed, outcome: Outcome) -> Finding:
    """The feed has fewer rows than its `row_count` rule requires."""
    rule = outcome.rule
    return Finding(
        rule=rule.id,
        severity=_severity(outcome),
        feed=feed,
        sentence=f"{rule.sentence} ({outcome.observed:,} of at least {rule.min:,} rows); "
        f"{rule.remedy}",
    )


def violated(
    feed: Feed,
    outcome: Outcome,
    count: FileCount,
    file: LandedFile | None,
    source: Source | None = None,
    staged: StagedFile | None = None,
) -> Finding:
    """Rows of one delivered file violate a rule.

    Args:
        feed: the feed.
        outcome: of the rule.
        count: the rows.
        file: the delivered file.
        source: the source that delivered it.
        staged: the file after staging.
    """
    rule = outcome.rule
    sentence, remedy = rule.sentence, rule.remedy
    if count.unreadable == LINE:
        sentence = "not a record: its fields or quotes do not match the titles, or it is not JSON"
        remedy = "look at the line; check delimiter and format of the source"
    elif count.unreadable is not None:
        sentence = f"{count.unreadable} is {no_value(feed, count.unreadable)}"
        if staged and staged.rows:
            sentence += f" in {count.rows:,} of {staged.rows:,} rows"
        remedy = _remedy_of(feed, count.unreadable)
        if file and source and source.format != "nfcapd":
            remedy = f"longflow try {source.name} {file.name} shows it; {remedy}"
    if _severity(outcome) == "critical":
        sentence += (
            f"; {_percent(outcome.observed / outcome.rows)} of the feed's rows violate this rule, "
            f"{_percent(outcome.max_share)} are tolerated, so the week is refused"
        )
    return Finding(
        rule=rule.id,
        severity=_severity(outcome),
        feed=feed,
        sentence=f"{sentence}; {remedy}",
        source=file.source if file else None,
        file=file.name if file else None,
        place=_place(count, source, staged),
        rows=count.rows,
        bytes=count.bytes,
    )


def _place(count: FileCount, source: Source | None, staged: StagedFile | None) -> str:
    """Where the first rows lie, such as `lines 7, 9, 12 …`."""
    if source is None or not count.positions:
        return ""
    kind = "record" if source.format == "nfcapd" else "row"
    if staged and staged.is_by_line:
        kind = "line"
    return places(kind, count.positions, count.rows)


def places(kind: str, numbers: Sequence[int], rows: int) -> str:
    """Where rows lie: `line 7`, `lines 7, 9 …`; `numbers` are the first of so many rows."""
    shown = ", ".join(f"{number:,}" for number in numbers)
    plural = "s" if rows > 1 else ""
    return f"{kind}{plural} {shown}{' …' if rows > len(numbers) else ''}"


def _remedy_of(feed: Feed, column: str) -> str:
    if column in TIME_COLUMNS[feed]:
        settings = "time_unit, time_format, time_zone and null_values"
    else:
        settings = "columns and null_values"
    return f"check {settings} of the source"


def no_value(feed: Feed, column: str) -> str:
    """What a value of a delivered column is not, if it cannot be read: `no time`."""
    if column in TIME_COLUMNS[feed]:
        return "no time"
    if column == "protocol":
        return "no protocol"
    if column == "duration":
        return "no length of time"
    return "no address" if column in _ADDRESSES else "no whole number"


_ADDRESSES = {"src_addr", "dst_addr", "framedipaddress", "framedipv6prefix", "delegatedipv6prefix"}

# Delivered columns that hold times.


def not_run(feed: Feed, rule: Rule, error: str) -> Finding:
    """A check could not run, which says nothing about the rows."""
    return Finding(
        rule=rule.id,
        severity="error",
        feed=feed,
        sentence=f"the check for '{rule.sentence}' could not run ({error}); "
        f"correct the rule in sql/staged/{feed}/contract.yml",
    )


def unreadable(feed: Feed, error: duckdb.Error) -> Finding:
    """The feed's staged files could not be read to the end."""
    return Finding(
        rule=f"{feed}.readable_files",
        severity="error",
        feed=feed,
        sentence=f"the staged files could not be read ({type(error).__name__}); "
        "check for a full disk, then load the week again",
    )


def too_many_bytes(feed: Feed, accepted_bytes: int) -> list[Finding]:
    """The accepted rows of a feed add up to more than the archive can hold."""
    if accepted_bytes <= MOST_BYTES:
        return []
    return [
        Finding(
            rule=f"{feed}.sum",
            severity="critical",
            feed=feed,
            sentence=f"the rows add up to {accepted_bytes:,} bytes, more than any network carries "
            f"in a week and more than the archive can count ({MOST_BYTES:,}); look for rows with "
            "absurd volumes, and for a sampling interval applied twice",
        )
    ]


def _severity(outcome: Outcome) -> Severity:
    rule = outcome.rule
    if rule.severity in {"info", "warn"}:
        return "info" if rule.severity == "info" else "warning"
    if not outcome.kept:
        return "critical"
    normal = tolerated_rows(rule.normal_share, outcome.rows)
    return "info" if outcome.observed <= normal else "quarantine"


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"
