"""Ids of rules in settings: whether the rule exists, and whether its setting has an effect."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from fnmatch import fnmatchcase

from longflow.settings.section import Problem, shown


def unknown_rules(names: Iterable[str]) -> Iterator[Problem]:
    """A problem for each name that is not a rule, at that name."""
    for name in names:
        if name not in _rule_ids():
            yield _no_such_rule(name, name)


def unknown_pattern(pattern: str) -> Iterator[Problem]:
    """A problem if a pattern with `*` matches no rule."""
    if not any(fnmatchcase(rule, pattern) for rule in _rule_ids()):
        yield _no_such_rule(pattern)


def rules_without_effect(
    max_share: Mapping[str, float], severities: Mapping[str, str]
) -> Iterator[Problem]:
    """Settings of existing rules that would change nothing."""
    if not max_share and not severities:
        return
    from longflow.rule_ids import rule_ids, takes_rows_out  # noqa: PLC0415

    rules = rule_ids()
    for name, severity in severities.items():
        if name in rules and severity == "quarantine" and not takes_rows_out(rules[name]):
            yield Problem(
                "does not judge single rows, so it cannot quarantine any",
                "write info, warn or refuse",
                ("severity", name),
            )
    for name in max_share:
        rule = rules.get(name)
        if name in rules and (rule is None or not takes_rows_out(rule)):
            yield Problem(
                "does not judge single rows, so it has no share to tolerate",
                "set its severity instead",
                ("max_share", name),
            )
        elif rule and (severity := severities.get(name, rule.severity)) != "quarantine":
            yield Problem(
                f"has severity {severity}, so it takes no rows out",
                "remove one of the two",
                ("max_share", name),
            )


def _rule_ids() -> list[str]:
    # Contracts are read only where the settings name rules.
    from longflow.rule_ids import rule_ids  # noqa: PLC0415

    return list(rule_ids())


def _no_such_rule(name: str, *key: str) -> Problem:
    near = get_close_matches(name, _rule_ids(), n=1)
    remedy = f"did you mean {near[0]}?" if near else "docs/settings.md lists all ids"
    return Problem(f"there is no rule {shown(name)}", remedy, key)
