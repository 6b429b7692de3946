"""Which rows of a table a row of another is made of.

By default a row belongs to those that have the same values in the columns that are part of either
key and stand in both tables, and that fulfil what the query's WHERE fixes. Where the one table has
a year and the other a week, it is the analysis week of the year. Where that is wrong or too wide,
the contract says so (`rows_of`).
"""

from __future__ import annotations

from dataclasses import dataclass

from longflow.contract import Contract
from longflow.contract.table import ANALYSIS_WEEK, columns_named
from longflow.explain.made_from import Place, contract_of, queries_of
from longflow.sqlfile import identifier, literal, query
from longflow.sqlnames import constants

# What a contract says where no single rows of a table lead on.
_NOTHING = "false"

_TABLE_ID = ("table_id", "table")


@dataclass(frozen=True)
class Joint:
    """How rows of an input belong to rows of what is made of it.

    Attributes:
        part: the SQL condition over `input` and `output` for rows that an output is made of.
        whole: that for the rows that it is held against, such as all of which it is a share.
        keys: columns of either key by which rows of the input were found.
        sums: columns of the input that may be added up.
        each: columns that may be shown of single rows.
    """

    part: str
    whole: str | None
    keys: tuple[str, ...]
    sums: tuple[str, ...]
    each: tuple[str, ...]

    def columns(self, condition: str) -> list[str]:
        """Columns of the output that a condition names."""
        return sorted(columns_named("output", condition))


def joint(output: Place, source: Place) -> Joint | None:
    """How rows of `source` belong to rows of `output`; None where nothing links them.

    Raises:
        LookupError: one of the two has no contract.
    """
    made, used = contract_of(output), contract_of(source)
    if made is None or used is None:
        raise LookupError(f"{output.table} or {source.table} has no contract")
    said = made.rows_of.get(source.table)
    part = said.part if said is not None and said.part is not None else _equal(output, made, used)
    if part in {"", _NOTHING}:
        return None
    named = columns_named("input", part)
    return Joint(
        part=part,
        whole=None if said is None else said.whole,
        keys=tuple(name for name in used.columns if name in named & {*used.key, *made.key}),
        sums=() if said is None else said.sums,
        each=() if said is None else said.each,
    )


def _shared(made: Contract, used: Contract) -> list[str]:
    """Columns of both tables that are part of a key of either."""
    return [
        name for name in used.columns if name in made.columns and name in {*made.key, *used.key}
    ]


def _equal(output: Place, made: Contract, used: Contract) -> str:
    """The condition that is taken where the contract states none."""
    conditions = [
        f"input.{column} IS NOT DISTINCT FROM output.{column}"
        if made.columns[name].type == used.columns[name].type
        else f"input.{column}::VARCHAR IS NOT DISTINCT FROM output.{column}::VARCHAR"
        for name in _shared(made, used)
        for column in [identifier(name)]
    ]
    if "week" in used.key and "year" in made.columns and "week" not in made.columns:
        conditions.append(f"input.week = output.{ANALYSIS_WEEK}")
    if not conditions:
        return ""
    conditions += [
        f"output.{identifier(name)} = {literal(used.published.id)}"
        for name in _TABLE_ID
        if used.published is not None and name in made.key
    ]
    for name in queries_of(output):
        conditions += [
            f"input.{identifier(column)} = {value}"
            for column, value in constants(query(*output, name)).items()
            if column in used.columns and column not in made.columns
        ]
    return " AND ".join(conditions)
