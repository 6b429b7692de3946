"""The second way says which tables it works out."""

from __future__ import annotations

import polars as pl
from longflow.release.second_way import errors_without_method, without_method
from longflow.release.second_way.model import Basis
from longflow.release.second_way.observed import Observed
from longflow.release.second_way.sensitivity import sensitivity


def test_table_without_a_second_method_is_named() -> None:
    assert without_method(["table-1", "no-such-table", "errors"]) == ["no-such-table"]


def test_table_whose_errors_have_no_second_method_is_named() -> None:
    assert errors_without_method(["table-1", "percentiles", "totals"]) == ["totals"]


def test_other_weeks_of_a_table_without_a_second_method_are_passed_over() -> None:
    observed = Observed(files=None, weeks={}, time_zone="UTC", protocols={})  # type: ignore[arg-type]
    basis = Basis(observed, {"no-such-table": pl.DataFrame()}, 1, 90, 90)
    row = {"table": "no-such-table", "column": "share_percent", "offset_weeks": 1}
    assert sensitivity(basis, "sensitivity", row) == {}
