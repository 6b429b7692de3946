"""Read the contract of a table from `sql/`."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from longflow.contract.table import Contract
from longflow.sqlfile import sql_root

# Below `sql/`.
FIELDS = "fields.yml"

# The C parser takes a tenth of the time of the Python parser, but an installation may lack it.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@cache
def contract(step: str, table: str) -> Contract:
    """The contract of `sql/<step>/<table>/contract.yml`.

    A column that names a `field` is defined in `sql/fields.yml`, except for what it states itself.
    A rule of kind `in_set` without its own values uses those of its column.

    Raises:
        LookupError: the field does not exist.
    """
    content = _read(sql_root() / step / table / "contract.yml")
    columns = {name: _column(said) for name, said in content["columns"].items()}
    rules = [
        {"values": columns[rule["column"]].get("values", ()), **rule}
        if rule["kind"] == "in_set"
        else rule
        for rule in content.get("rules", ())
    ]
    return Contract.model_validate({**content, "columns": columns, "rules": rules})


def _column(said: dict[str, Any]) -> dict[str, Any]:
    own = {name: value for name, value in said.items() if name != "field"}
    return {**fields()[said["field"]], **own} if "field" in said else own


@cache
def fields() -> dict[str, dict[str, Any]]:
    """The columns that several tables share, by name: `sql/fields.yml`."""
    return _read(sql_root() / FIELDS)


def _read(file: Path) -> dict[str, Any]:
    content: dict[str, Any] = yaml.load(file.read_bytes(), Loader=_Loader)  # noqa: S506 - it is safe
    return content
