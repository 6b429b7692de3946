"""Read the contract of a table from `sql/`."""

from __future__ import annotations

from functools import cache
from typing import Any

import yaml

from longflow.contract.table import Contract
from longflow.sqlfile import sql_root

# The parser in C takes a tenth of the time of the one in Python; an installation can lack it.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@cache
def contract(step: str, table: str) -> Contract:
    """The contract of `sql/<step>/<table>/contract.yml`.

    A rule of kind `in_set` without values of its own takes those of its column.
    """
    text = (sql_root() / step / table / "contract.yml").read_text(encoding="utf-8")
    content: dict[str, Any] = yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader
    rules = [
        {"values": content["columns"][rule["column"]].get("values", ()), **rule}
        if rule["kind"] == "in_set"
        else rule
        for rule in content.get("rules", ())
    ]
    return Contract.model_validate({**content, "rules": rules})
