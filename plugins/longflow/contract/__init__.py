"""Contracts of tables: every column, its type, unit, meaning and rules, written once in YAML."""

from longflow.contract.chart import Chart
from longflow.contract.reading import chart_of, contract
from longflow.contract.rules import Rule, RuleSeverity
from longflow.contract.table import Column, Contract, Drawn, Link, Publication, Role

__all__ = [
    "Chart",
    "Column",
    "Contract",
    "Drawn",
    "Link",
    "Publication",
    "Role",
    "Rule",
    "RuleSeverity",
    "chart_of",
    "contract",
]
