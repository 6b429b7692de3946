"""The second way says which tables it works out."""

from __future__ import annotations

from longflow.release.second_way import without_method


def test_table_without_a_second_method_is_named() -> None:
    assert without_method(["table-1", "no-such-table", "errors"]) == ["no-such-table"]
