"""The rules by which a feed is judged, as severe and as lenient as the settings say."""

from __future__ import annotations

import math
from fractions import Fraction

from longflow.contract import Contract, Rule
from longflow.settings import Settings
from longflow.validation.files import file_rules


def in_force(contract: Contract, settings: Settings) -> Contract:
    """A contract with the rules of files before its own, all as severe as the settings say."""
    severity = settings.validation.severity
    rules = (*file_rules(), *contract.rules)
    settled = tuple(
        rule.model_copy(update={"severity": severity[rule.id]}) if rule.id in severity else rule
        for rule in rules
    )
    return contract.model_copy(update={"rules": settled})


def max_share(rule: Rule, settings: Settings) -> float:
    """Share of a feed's rows that may violate a rule before the rule stops the feed's week."""
    if rule.severity != "quarantine":
        return 0.0
    return settings.validation.max_share.get(rule.id, rule.max_share)


def tolerated_rows(share: float, rows: int) -> int:
    """The most rows that make up no more than a share, exact where the share is written so."""
    return math.floor(Fraction(str(share)) * rows)
