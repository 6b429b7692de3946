"""The rules by which a feed is judged, as strict as the settings make them."""

from __future__ import annotations

import math
from fractions import Fraction

from longflow.contract import Contract, Rule
from longflow.settings import Settings
from longflow.validation.files import file_rules


def in_force(contract: Contract, settings: Settings) -> Contract:
    """A contract with the rules on files before its own, with the severities of the settings."""
    severity = settings.validation.severity
    rules = (*file_rules(), *contract.rules)
    settled = tuple(
        rule.model_copy(update={"severity": severity[rule.id]}) if rule.id in severity else rule
        for rule in rules
    )
    return contract.model_copy(update={"rules": settled})


def max_share(rule: Rule, settings: Settings) -> float:
    """Share of a feed's rows that may violate a rule before the rule refuses the feed's week."""
    if rule.severity != "quarantine":
        return 0.0
    return settings.validation.max_share.get(rule.id, rule.max_share)


def tolerated_rows(share: float, rows: int) -> int:
    """The largest number of rows within a share, exact for shares written as decimals."""
    return math.floor(Fraction(str(share)) * rows)
