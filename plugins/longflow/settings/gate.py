"""Sections about judging: what the gate tolerates, and breaks that are known."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from pydantic import Field, ValidationInfo, field_validator, model_validator

from longflow.contract import RuleSeverity
from longflow.settings.rules import rules_without_effect, unknown_pattern, unknown_rules
from longflow.settings.section import (
    Monday,
    Section,
    Text,
    WrongSettingError,
    not_before_first,
    wrong,
)
from longflow.settings.source import Source

Share = Annotated[float, Field(ge=0, le=1)]
Percent = Annotated[float, Field(gt=0, le=1_000)]


class Tolerance(Section):
    """How far two measurements may differ before a warning is raised, and before a refusal."""

    warn_percent: Percent = 15
    """Percent above which a warning is raised."""
    refuse_percent: Percent = 30
    """Percent above which the feed's week is refused."""

    @model_validator(mode="after")
    def _in_order(self) -> Tolerance:
        if self.refuse_percent < self.warn_percent:
            raise wrong(
                f"{self.refuse_percent:g} is less than warn_percent {self.warn_percent:g}",
                "set it above the warning level",
                "refuse_percent",
            )
        return self


class Unexplained(Tolerance):
    """The same for bytes without a session, with limits of its own unless set."""

    warn_percent: Percent = 10
    """Percent above which a warning is raised."""
    refuse_percent: Percent = 50
    """Percent above which the feed's week is refused."""


class OutsidePrefixes(Tolerance):
    """The same for bytes of flows, and for sessions, outside `provider.prefixes`."""

    warn_percent: Percent = 1
    """Percent above which a warning is raised."""
    refuse_percent: Percent = 50
    """Percent above which the feed's week is refused."""


class PastSettings(Section):
    """The comparison of a week with earlier ones: which weeks, and how far it may differ."""

    weeks: Annotated[int, Field(ge=1, le=520)] = 8
    """Maximum number of weeks in the baseline of a week."""
    least_weeks: Annotated[int, Field(ge=2, le=520)] = 4
    """Minimum number of weeks in a baseline; with fewer, a week is not compared."""
    reach_weeks: Annotated[int, Field(ge=1, le=520)] = 26
    """How many weeks back the baseline reaches. Older weeks, such as analysis weeks of other years,
    are not comparable."""
    width: Annotated[float, Field(gt=0, le=1_000)] = 5
    """Half-width of the band, in robust standard deviations: 1.4826 times the median absolute
    deviation."""
    least_percent: Annotated[float, Field(ge=0, le=1_000)] = 25
    """Minimum half-width of the band, in percent of the median; smaller deviations are not
    reported."""
    least_share_points: Annotated[float, Field(ge=0, le=100)] = 2
    """Minimum half-width for shares of ports, in percentage points."""

    @model_validator(mode="after")
    def _can_judge(self) -> PastSettings:
        most = min(self.weeks, self.reach_weeks)
        if self.least_weeks > most:
            raise wrong(
                f"least_weeks {self.least_weeks} is more than the {most} weeks that weeks and "
                "reach_weeks allow, so no week would be compared with its baseline",
                "ask for fewer",
                "least_weeks",
            )
        return self


class HeldSettings(Section):
    """How much less than the load in force a revision may hold.

    The limits apply to a source, service or interface, on one day or over the week. A revision
    below them is held until a person accepts it.
    """

    bytes_percent: Annotated[float, Field(ge=0, le=100)] = 2
    """Percent by which bytes may decrease."""
    rows_percent: Annotated[float, Field(ge=0, le=100)] = 2
    """Percent by which rows may decrease."""
    subscribers_percent: Annotated[float, Field(ge=0, le=100)] = 2
    """Percent by which subscribers may decrease."""


class CoverageLimits(Section):
    """Percentage of the week that each source of the feed must deliver."""

    warn_percent: Annotated[float, Field(ge=0, le=100)] = 95
    """Percentage below which the source raises a warning."""
    refuse_percent: Annotated[float, Field(ge=0, le=100)] = 0
    """Percentage below which the feed's week is refused. At 0, missing files only lower the
    published coverage."""

    @model_validator(mode="after")
    def _in_order(self) -> CoverageLimits:
        if self.refuse_percent > self.warn_percent:
            raise wrong(
                f"{self.refuse_percent:g} is above warn_percent {self.warn_percent:g}, so nothing "
                "would warn",
                "set it below the warning level",
                "refuse_percent",
            )
        return self


class CoverageSettings(Section):
    """The least coverage of a source, by its feed."""

    flows: CoverageLimits = CoverageLimits()
    assignments: CoverageLimits = CoverageLimits()
    usage: CoverageLimits = CoverageLimits()
    counters: CoverageLimits = CoverageLimits()
    subscribers: CoverageLimits = CoverageLimits()

    def limits(self, source: Source) -> CoverageLimits:
        """The limits of a source: its own, else its feed's.

        One of a source's own counts before the other of its feed: a refusal that is set above the
        feed's warning warns at once.
        """
        of_feed: CoverageLimits = getattr(self, source.feed.value)
        warn, refuse = source.coverage_warn_percent, source.coverage_refuse_percent
        if refuse is None:
            refuse = of_feed.refuse_percent if warn is None else min(of_feed.refuse_percent, warn)
        if warn is None:
            warn = max(of_feed.warn_percent, refuse)
        return CoverageLimits(warn_percent=warn, refuse_percent=refuse)


class ValidationSettings(Section):
    """What the validation of a week tolerates, by rule or by name."""

    max_share: dict[str, Share] = Field(default_factory=dict)
    """For each rule: the share of a feed's rows that may violate it before the feed's week is
    refused."""
    severity: dict[str, RuleSeverity] = Field(default_factory=dict)
    """For each rule: a severity that replaces the default; `quarantine` only for rules on rows."""
    broken_files_max_share: Share = 0.0
    """Share of a source's files that may be broken before the feed's week is refused."""
    two_exporters_max_share: Share = 0.001
    """Share of a service's flows above which flows that seem to come from two exporters raise a
    warning."""
    silent_session_hours: Annotated[float, Field(gt=0, le=8_784)] = 48
    """Hours of silence after which an open session is reported as never-ending."""
    address_reuse_minutes: Annotated[float, Field(gt=0, le=10_080)] = 5
    """An address that changes hands within this many minutes is reported."""
    unexplained: Unexplained = Unexplained()
    """Share of a collector's bytes that no accounting session explains."""
    outside_prefixes: OutsidePrefixes = OutsidePrefixes()
    """Share of a source's bytes of flows, or of its sessions, outside `provider.prefixes`."""
    flows_counters: Tolerance = Tolerance()
    """Difference between PPPoE flows and interface counters, by day."""
    usage_counters: Tolerance = Tolerance()
    """Difference between usage records and interface counters, by day."""
    coverage: CoverageSettings = CoverageSettings()
    """The least coverage of a source, by its feed."""
    least_subscribers: Annotated[int, Field(ge=1, le=1_000_000_000)] = 50
    """With fewer subscribers, a day's usage is not compared with counters, because a single one
    could dominate it."""
    past: PastSettings = PastSettings()
    """Rows, bytes, subscribers and port shares of a week are compared with the median of earlier
    weeks, the baseline (docs/method.md, rule 20). Outside a band around it they raise a warning."""
    held: HeldSettings = HeldSettings()
    """How much less than the load in force a revision may hold. A revision below these limits is
    held until a person accepts it."""

    @field_validator("max_share", "severity")
    @classmethod
    def _rules_exist(cls, value: dict[str, Any]) -> dict[str, Any]:
        if problems := [*unknown_rules(value)]:
            raise WrongSettingError(*problems)
        return value

    @model_validator(mode="after")
    def _rules_have_effect(self) -> ValidationSettings:
        if problems := [*rules_without_effect(self.max_share, self.severity)]:
            raise WrongSettingError(*problems)
        return self


class KnownBreak(Section):
    """A known change, in the weeks from `first` to `last`, or in that of `first` alone.

    Findings of these weeks that match `rule` and `source` become `info`, even those that would hold
    or refuse the week. Baselines of later weeks use no week before the change.
    """

    first: Monday
    """Monday of the first week."""
    last: Monday | None = None
    """Monday of the last week."""
    rule: Text = "past.*"
    """Rules whose findings become `info`; `*` matches any text."""
    source: Text = "*"
    """Sources whose findings become `info`; `*` matches any text."""
    reason: Text
    """What changed; printed beside the finding."""

    @field_validator("rule")
    @classmethod
    def _explains_some_rule(cls, value: str) -> str:
        if value != cls.model_fields["rule"].default and (problems := [*unknown_pattern(value)]):
            raise WrongSettingError(*problems)
        return value

    @field_validator("last")
    @classmethod
    def _in_order(cls, value: date | None, info: ValidationInfo) -> date | None:
        return not_before_first("week", value, info)
