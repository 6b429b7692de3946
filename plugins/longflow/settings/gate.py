"""Sections about judging: what the gate tolerates, and breaks that are known."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from pydantic import Field, ValidationInfo, field_validator, model_validator

from longflow.contract import RuleSeverity
from longflow.settings.delivery import Source
from longflow.settings.rules import rules_without_effect, unknown_pattern, unknown_rules
from longflow.settings.section import Monday, Section, Text, WrongSettingError, wrong

Share = Annotated[float, Field(ge=0, le=1)]
Percent = Annotated[float, Field(gt=0, le=1_000)]


class Tolerance(Section):
    """How far two measurements may differ: up to one limit it passes, up to the other it warns."""

    warn_percent: Percent = 15
    """Percent above which it is a warning."""
    refuse_percent: Percent = 30
    """Percent above which the feed's week is refused."""

    @model_validator(mode="after")
    def _in_order(self) -> Tolerance:
        if self.refuse_percent < self.warn_percent:
            raise wrong(
                f"{self.refuse_percent:g} is less than warn_percent {self.warn_percent:g}",
                "refuse at more than what warns",
                "refuse_percent",
            )
        return self


class Unexplained(Tolerance):
    """The same for bytes without a session, with limits of its own unless set."""

    warn_percent: Percent = 10
    """Percent above which it is a warning."""
    refuse_percent: Percent = 50
    """Percent above which the feed's week is refused."""


class PastSettings(Section):
    """Bands around a week's past: median ± `width` robust standard deviations."""

    weeks: Annotated[int, Field(ge=1, le=520)] = 8
    """Weeks of the past that a week is held against, at most."""
    least_weeks: Annotated[int, Field(ge=2, le=520)] = 4
    """Weeks of the past that it takes to judge."""
    reach_weeks: Annotated[int, Field(ge=1, le=520)] = 26
    """Weeks that lie further back are another time: analysis weeks of other years are no
    measure."""
    width: Annotated[float, Field(gt=0, le=1_000)] = 5
    """Robust standard deviations to each side of the median."""
    least_percent: Annotated[float, Field(ge=0, le=1_000)] = 25
    """No band is narrower: a quiet past must not make every ripple a finding."""
    least_share_points: Annotated[float, Field(ge=0, le=100)] = 2
    """The same for shares of ports, in points."""

    @model_validator(mode="after")
    def _can_judge(self) -> PastSettings:
        most = min(self.weeks, self.reach_weeks)
        if self.least_weeks > most:
            raise wrong(
                f"least_weeks {self.least_weeks} is more than weeks or reach_weeks leave, {most}, "
                "so that no week would be judged by its past",
                "ask for fewer",
                "least_weeks",
            )
        return self


class HeldSettings(Section):
    """How much less a revision may hold than the load that it would replace.

    Of a source, service or interface, on one day or over the week. A revision that holds less than
    that is held until a person accepts it.
    """

    bytes_percent: Annotated[float, Field(ge=0, le=100)] = 2
    """Percent by which bytes may be fewer."""
    rows_percent: Annotated[float, Field(ge=0, le=100)] = 2
    """Percent by which rows may be fewer."""
    subscribers_percent: Annotated[float, Field(ge=0, le=100)] = 2
    """Percent by which subscribers may be fewer."""


class CoverageLimits(Section):
    """Of the week, the percentage of time that a source has to deliver; below it the gate acts."""

    warn_percent: Annotated[float, Field(ge=0, le=100)] = 95
    """Percentage below which it is a warning."""
    refuse_percent: Annotated[float, Field(ge=0, le=100)] = 0
    """Percentage below which the feed's week is refused; at 0 missing files lower the coverage that
    is published, and refuse nothing."""

    @model_validator(mode="after")
    def _in_order(self) -> CoverageLimits:
        if self.refuse_percent > self.warn_percent:
            raise wrong(
                f"{self.refuse_percent:g} is above warn_percent {self.warn_percent:g}, so nothing "
                "would warn",
                "refuse at less than what warns",
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
    """What the gate tolerates, by rule id or by name."""

    max_share: dict[str, Share] = Field(default_factory=dict)
    """By rule: of a feed's rows, the share that may violate it before the feed's week is
    refused."""
    severity: dict[str, RuleSeverity] = Field(default_factory=dict)
    """By rule: how bad it is, where its own word is not to hold; `quarantine` for rules of rows."""
    broken_files_max_share: Share = 0.0
    """Of a source's files, the share that may be broken before the feed's week is refused."""
    two_exporters_max_share: Share = 0.001
    """Share of a service's flows that may look exported twice."""
    silent_session_hours: Annotated[float, Field(gt=0, le=8_784)] = 48
    """An open session without a sign of life for so long before the records were drawn never
    ended."""
    address_reuse_minutes: Annotated[float, Field(gt=0, le=10_080)] = 5
    """An address that changes hands within so many minutes is told."""
    unexplained: Unexplained = Unexplained()
    """Share of a collector's bytes that no assignment explains."""
    flows_counters: Tolerance = Tolerance()
    """Difference of PPPoE flows and interface counters, by day."""
    usage_counters: Tolerance = Tolerance()
    """Difference of usage records and interface counters, by day."""
    coverage: CoverageSettings = CoverageSettings()
    """The least coverage of a source, by its feed."""
    least_subscribers: Annotated[int, Field(ge=1, le=1_000_000_000)] = 50
    """Of fewer subscribers, usage of a day is not held against counters: single ones rule it."""
    past: PastSettings = PastSettings()
    """Bands around a week's past."""
    held: HeldSettings = HeldSettings()
    """How much less a revision may hold than the load that it would replace, before it is held
    until a person accepts it."""

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
    """A change that is known: it explains findings, and no week before it is a measure after it.

    It holds from `first` to `last`, or only in the week of `first`.
    """

    first: Monday
    """Monday of the first week."""
    last: Monday | None = None
    """Monday of the last week."""
    rule: Text = "past.*"
    """Rules whose findings it explains, with `*`."""
    source: Text = "*"
    """Sources whose findings it explains, with `*`."""
    reason: Text
    """What changed; it is told beside the finding."""

    @field_validator("rule")
    @classmethod
    def _explains_some_rule(cls, value: str) -> str:
        if value != cls.model_fields["rule"].default and (problems := [*unknown_pattern(value)]):
            raise WrongSettingError(*problems)
        return value

    @field_validator("last")
    @classmethod
    def _in_order(cls, value: date | None, info: ValidationInfo) -> date | None:
        first = info.data.get("first")
        if value is not None and first is not None and value < first:
            raise wrong(f"the last week {value} lies before the first {first}", "exchange the two")
        return value
