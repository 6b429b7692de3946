"""The id of a printed number, by which findings, changes and readers name it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from longflow.edition.tables import promise_of

_SIGNS = {">=": "ge", "<": "lt"}
_OTHERS = re.compile(r"[^a-z0-9+_-]+")


@dataclass(frozen=True)
class Place:
    """Where a number stands in the data files: table, values of its key columns, and column."""

    table: str
    key: Mapping[str, Any]
    column: str

    @property
    def id(self) -> str:
        """Its id in the report."""
        return cell_id(
            self.table, (self.key[name] for name in promise_of(self.table).key), self.column
        )


def cell_id(table: str, key: Iterable[Any], column: str) -> str:
    """The id of a number: `table-3.2024.port.tcp.443.share_percent`.

    Args:
        table: id of the table.
        key: values of its key columns, in the order of its contract.
        column: the column.
    """
    return ".".join((table, *map(_part, key), column))


def _part(value: object) -> str:
    if value is None:
        return "-"
    text = str(value).lower()
    for sign, word in _SIGNS.items():
        text = text.replace(sign, word)
    return _OTHERS.sub("-", text)
