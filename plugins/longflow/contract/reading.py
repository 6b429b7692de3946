"""Read the contract of a table from `sql/`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from longflow.contract.chart import Chart
from longflow.contract.table import Contract
from longflow.sqlfile import sql_root
from longflow.yamlfile import read_yaml

# Below `sql/`.
FIELDS = "fields.yml"

# Stands among the columns of a table about others, for key columns of theirs that it does not list.
_OTHER_KEYS = "other_keys"

# Steps whose tables can be linked by rows.
_LINKED = ("edition", "archive")


@cache
def contract(step: str, table: str) -> Contract:
    """The contract of `sql/<step>/<table>/contract.yml`.

    A column that names a `field` is defined in `sql/fields.yml`, except for what it states itself.
    A rule of kind `in_set` without its own values uses those of its column. The entry `other_keys`
    is replaced by the key columns of published tables that the contract does not list itself, so
    that a table about all others can address each of their rows.

    Raises:
        LookupError: the field does not exist.
        ValueError: a rule or a link names a table or column that does not exist.
    """
    content = read_yaml(sql_root() / step / table / "contract.yml")
    columns = {name: _column(said) for name, said in content["columns"].items()}
    if _OTHER_KEYS in columns:
        others = _keys_of_published(frozenset(columns))
        columns = dict(_in_place(columns.items(), others.items()))
        content["key"] = [*content.get("key", ()), *others]
    rules = [
        {"values": columns[rule["column"]].get("values", ()), **rule}
        if rule["kind"] == "in_set"
        else rule
        for rule in content.get("rules", ())
    ]
    promise = Contract.model_validate({**content, "columns": columns, "rules": rules})
    _check_links(promise)
    return promise


@cache
def chart_of(table: str) -> Chart:
    """How a figure is drawn: `sql/edition/<table>/chart.yml`.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it names a column that the table does not have, or a column of the key has no
            place.
    """
    chart = Chart.model_validate(read_yaml(sql_root() / "edition" / table / "chart.yml"))
    if problem := chart.problem_with(contract("edition", table)):
        raise ValueError(f"{table}: chart.yml: {problem}")
    return chart


def _check_links(promise: Contract) -> None:
    """Check that the links of a contract name existing tables and columns."""
    for table, link in promise.rows_of.items():
        steps = [s for s in _LINKED if (sql_root() / s / table / "contract.yml").is_file()]
        if not steps:
            raise ValueError(f"{promise.table}: rows_of {table}: there is no such table")
        unknown = link.columns_named("input") - {*contract(steps[0], table).columns}
        if unknown:
            raise ValueError(
                f"{promise.table}: rows_of {table}: there is no column input.{min(unknown)}"
            )


def _keys_of_published(named: frozenset[str]) -> dict[str, dict[str, Any]]:
    """Key columns of the published tables that are not about others, but for those named."""
    found: dict[str, dict[str, Any]] = {}
    for file in sorted((sql_root() / "edition").glob("*/contract.yml")):
        content = read_yaml(file)
        published = content.get("published")
        if published is None or "tables" in published["drawn_from"]:
            continue
        for name in content["key"]:
            if name not in named:
                of_table = {"nullable": True, "meaning": f"key column, as in {published['id']}"}
                found.setdefault(name, {**_column(content["columns"][name]), **of_table})
    return found


def _in_place(
    columns: Iterable[tuple[str, dict[str, Any]]], others: Iterable[tuple[str, dict[str, Any]]]
) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, column in columns:
        if name == _OTHER_KEYS:
            yield from others
        else:
            yield name, column


def _column(said: dict[str, Any]) -> dict[str, Any]:
    own = {name: value for name, value in said.items() if name != "field"}
    return {**fields()[said["field"]], **own} if "field" in said else own


@cache
def fields() -> dict[str, dict[str, Any]]:
    """The columns that several tables share, by name: `sql/fields.yml`."""
    return read_yaml(sql_root() / FIELDS)
