"""Contracts of tables: every column, its type, unit, meaning and rules, written once in YAML."""

from longflow.contract.reading import contract
from longflow.contract.rules import Rule, RuleSeverity
from longflow.contract.table import Column, Contract, Drawn, Link, Publication, Role

__all__ = [
    "Column",
    "Contract",
    "Drawn",
    "Link",
    "Publication",
    "Role",
    "Rule",
    "RuleSeverity",
    "contract",
]
