"""The severity of findings: by rule from the settings, and lowered by known breaks."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from fnmatch import fnmatchcase

from longflow.records import Finding, Severity
from longflow.settings import KnownBreak, Settings
from longflow.week import Week

_SEVERITIES: dict[str, Severity] = {
    "info": "info",
    "warn": "warning",
    "quarantine": "quarantine",
    "refuse": "critical",
}


def settled(findings: Iterable[Finding], settings: Settings, week: Week) -> tuple[Finding, ...]:
    """Findings with the severity that the settings, or a known break, give them.

    A check that could not run stays an error, and a known break does not restore quarantined rows.
    """
    return tuple(_explained(_overridden(one, settings), settings, week) for one in findings)


def _overridden(finding: Finding, settings: Settings) -> Finding:
    wanted = settings.validation.severity.get(finding.rule)
    # A rule that quarantines rows has already taken its severity from the settings.
    if wanted is None or wanted == "quarantine" or finding.severity == "error":
        return finding
    return finding.model_copy(update={"severity": _SEVERITIES[wanted]})


def _explained(finding: Finding, settings: Settings, week: Week) -> Finding:
    if finding.severity not in {"warning", "hold", "critical"}:
        return finding
    for known in settings.known_breaks:
        if _covers(known, week.monday) and _chooses(known, finding):
            return finding.model_copy(
                update={
                    "severity": "info",
                    "sentence": f"known: {known.reason} ({finding.sentence})",
                }
            )
    return finding


def _covers(known: KnownBreak, monday: date) -> bool:
    return known.first <= monday <= (known.last or known.first)


def _chooses(known: KnownBreak, finding: Finding) -> bool:
    return fnmatchcase(finding.rule, known.rule) and fnmatchcase(finding.source or "", known.source)
