"""changes.json: what moved since the last release, why, and what stops a release."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from longflow import __version__, cli
from longflow.errors import LongflowError
from longflow.release import Release, files, publish
from longflow.release.changes import compare
from longflow.settings import Settings


def changes_of(release: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((release / "changes.json").read_text())
    return content


@pytest.fixture
def first(memory_settings: Settings, released: Path) -> Path:
    """The first release of the edition: that of an archive which holds the same."""
    folder = memory_settings.var / "releases" / "2024"
    shutil.copytree(released.parent, folder)
    return folder / released.name


def revise(connection: duckdb.DuckDBPyConnection, year: int, set_sql: str, table: str) -> None:
    """Let a week of flows be loaded again with other values."""
    monday = {2023: "2023-05-29", 2024: "2024-06-03"}[year]
    connection.execute(f"UPDATE {table} SET {set_sql} WHERE week = '{monday}'")
    connection.execute(
        "INSERT INTO load_log SELECT * REPLACE (revision + 1 AS revision, 'again' AS input_digest)"
        f" FROM load_log WHERE week = '{monday}' AND feed = 'flows'"
    )


def test_first_release_has_nothing_to_compare(released: Path) -> None:
    content = changes_of(released)
    assert (content["compared_with"], content["values"]) == (None, [])
    assert content["note"] == "first release of the edition: there is nothing to compare"
    manifest = json.loads((released / "manifest.json").read_text())
    assert manifest["changes"]["compared_with"] is None


def test_moved_value_is_reported_with_amount_and_cause(
    memory_settings: Settings, memory_connection: duckdb.DuckDBPyConnection, first: Path
) -> None:
    revise(memory_connection, 2024, "in_bytes = 2 * in_bytes", "subscriber_day")
    second = publish(memory_settings, 2024).path
    content = changes_of(second)
    assert content["compared_with"] == first.name
    assert content["accepted"] is None
    (mean,) = [
        value
        for value in content["values"]
        if (value["table"], value["column"]) == ("table-2", "mean_mb")
    ]
    assert mean["key"] == {"year": 2024, "direction": "in"}
    assert mean["now"] == pytest.approx(2 * mean["was"])
    assert mean["absolute"] == pytest.approx(mean["was"])
    assert mean["relative"] == pytest.approx(1)
    assert not mean["closed"]
    assert mean["because"] == ["revision of flows of week 2024-06-03: 1 → 2"]
    html = (second / "report.html").read_text()
    assert f"Since the release {first.name}" in html
    assert "Flows of 3–9 June 2024: revision 1 → 2" in html
    values = f"{mean['was']:,.6g} → {mean['now']:,.6g} (+100.0\N{NO-BREAK SPACE}%)"
    assert f"Table 2: 2024, IN, Mean</a>: {values}" in html


def test_closed_year_that_moves_stops_the_release(
    memory_settings: Settings, memory_connection: duckdb.DuckDBPyConnection, first: Path
) -> None:
    revise(memory_connection, 2023, "in_bytes = 2 * in_bytes", "subscriber_day")
    with pytest.raises(LongflowError) as caught:
        publish(memory_settings, 2024)
    line = str(caught.value)
    assert line.startswith("edition 2024: ")
    assert f"values of closed years moved beyond their error since release {first.name}: " in line
    assert "table-2 2023 in mean_mb" in line or "table-1 2023 in" in line
    assert line.endswith('longflow publish --edition 2024 --accept-changes "REASON"')
    assert files.releases(first.parent) == [first]


def test_reason_is_recorded_in_changes_manifest_and_report(
    memory_settings: Settings, memory_connection: duckdb.DuckDBPyConnection, first: Path
) -> None:
    revise(memory_connection, 2023, "in_bytes = 2 * in_bytes", "subscriber_day")
    second = publish(memory_settings, 2024, "the gateway had counted half").path
    assert changes_of(second)["accepted"] == "the gateway had counted half"
    manifest = json.loads((second / "manifest.json").read_text())
    assert manifest["changes"]["accepted"] == "the gateway had counted half"
    assert "the gateway had counted half" in (second / "report.html").read_text()


def test_reason_that_is_not_needed_is_not_recorded(
    memory_settings: Settings, memory_connection: duckdb.DuckDBPyConnection, first: Path
) -> None:
    revise(memory_connection, 2024, "in_bytes = 2 * in_bytes", "subscriber_day")
    assert changes_of(publish(memory_settings, 2024, "why not").path)["accepted"] is None


def test_empty_reason_is_refused(
    memory_settings: Settings, memory_connection: duckdb.DuckDBPyConnection, first: Path
) -> None:
    revise(memory_connection, 2023, "in_bytes = 2 * in_bytes", "subscriber_day")
    with pytest.raises(LongflowError, match="the reason for accepting changes is empty"):
        publish(memory_settings, 2024, " ")


def test_share_of_a_closed_year_may_move_within_its_error(
    memory_settings: Settings, memory_connection: duckdb.DuckDBPyConnection, first: Path
) -> None:
    revise(
        memory_connection,
        2023,
        "bytes = CASE WHEN port = 443 THEN bytes * 1.0001 ELSE bytes END",
        "port_week",
    )
    second = publish(memory_settings, 2024).path
    moved = [value for value in changes_of(second)["values"] if value["column"] == "share_percent"]
    assert any(value["closed"] for value in moved)
    for value in moved:
        low, high = value["interval"]
        assert not value["closed"] or low <= value["now"] <= high


def test_changes_alone_make_no_new_release(memory_settings: Settings, first: Path) -> None:
    again = publish(memory_settings, 2024)
    assert (again.path, again.created) == (first, False)


@pytest.fixture
def manifest(released: Path) -> dict[str, Any]:
    return files.read_manifest(released)


@pytest.fixture
def tables(released: Path) -> dict[str, pl.DataFrame]:
    return {file.stem: pl.read_parquet(file) for file in sorted(released.glob("tables/*.parquet"))}


def test_equal_tables_have_not_moved(
    released: Path, tables: dict[str, pl.DataFrame], manifest: dict[str, Any]
) -> None:
    changes = compare(released, tables, manifest)
    assert changes.moves == ()
    assert changes.causes == {
        "revisions": [],
        "settings": [],
        "code": [],
        "published_figures": [],
    }


def test_last_digit_does_not_move(
    released: Path, tables: dict[str, pl.DataFrame], manifest: dict[str, Any]
) -> None:
    tables["table-1"] = tables["table-1"].with_columns(pl.col("mean_mb") * (1 + 1e-12))
    assert compare(released, tables, manifest).moves == ()


def test_figure_of_a_closed_year_may_move_within_its_interval(
    released: Path, tables: dict[str, pl.DataFrame], manifest: dict[str, Any], tmp_path: Path
) -> None:
    former = tmp_path / released.name
    shutil.copytree(released, former, copy_function=shutil.copyfile)
    (former / "tables").chmod(0o755)
    (former / "tables" / "errors.parquet").unlink()
    known = tables["errors"].with_columns(
        low=0.9 * pl.col("value"),
        high=1.2 * pl.col("value"),
        reason=pl.when(pl.col("measure").is_null()).then(None).otherwise("reason"),
    )
    known.write_parquet(former / "tables" / "errors.parquet")

    def stopping(factor: float) -> set[tuple[str, str]]:
        moved = {
            "table-2": tables["table-2"].with_columns(pl.col("median_mb") * factor),
            "growth": tables["growth"].with_columns(pl.col("value") * factor),
        }
        return {(m.table, m.column) for m in compare(former, moved, manifest).stopping}

    assert stopping(1.15) == {("growth", "value")}
    assert stopping(0.85) == {("growth", "value"), ("table-2", "median_mb")}


def test_point_of_a_figure_may_move_within_the_interval_in_its_row(
    released: Path, tables: dict[str, pl.DataFrame], manifest: dict[str, Any]
) -> None:
    before = tables["figure-7"].filter(year=2023, port_group="udp_443")
    row = before.row(20, named=True)
    assert row["relative_volume_low"] < row["relative_volume"] < row["relative_volume_high"]

    def stopping(value: float) -> int:
        is_it = pl.col("week_hour") == row["week_hour"]
        moved = pl.when(is_it).then(value).otherwise("relative_volume").alias("relative_volume")
        figure = before.with_columns(moved)
        changes = compare(released, {"figure-7": figure}, manifest)
        return len([move for move in changes.stopping if move.now is not None])

    assert stopping(0.99 * row["relative_volume_high"]) == 0
    assert stopping(1.01 * row["relative_volume_high"]) == 1
    assert stopping(0.99 * row["relative_volume_low"]) == 1


def test_row_that_goes_stops_and_one_that_comes_does_not(
    released: Path, tables: dict[str, pl.DataFrame], manifest: dict[str, Any]
) -> None:
    ports = tables["table-4"]
    gone = ports.filter((pl.col("year") != 2019) | pl.col("port").ne_missing("4500"))
    (move,) = [m for m in compare(released, {"table-4": gone}, manifest).moves if m.beyond_error]
    assert str(move).startswith("table-4 2019 port UDP 4500 share_percent 0.99")
    assert str(move).endswith(" → none")
    new = ports.filter(year=2019, port="4500").with_columns(port=pl.lit("4501"))
    assert compare(released, {"table-4": pl.concat([ports, new])}, manifest).stopping == []


@pytest.mark.parametrize(
    ("kind", "place", "value", "text"),
    [
        ("settings", ["edition", "growth_month"], 7, "edition.growth_month: 6 → 7"),
        ("code", ["longflow"], "9.9", f"longflow: {__version__} → 9.9"),
    ],
)
def test_causes_are_settings_and_code(
    released: Path,
    tables: dict[str, pl.DataFrame],
    manifest: dict[str, Any],
    kind: str,
    place: list[str],
    value: object,
    text: str,
) -> None:
    part = manifest[kind]
    for name in place[:-1]:
        part = part[name]
    part[place[-1]] = value
    tables["table-1"] = tables["table-1"].with_columns(pl.col("mean_mb") * 2)
    changes = compare(released, tables, manifest)
    assert changes.causes[kind] == [text]
    assert {move.because for move in changes.moves} == {(text,)}


def test_command_line_hands_the_reason_on(
    monkeypatch: pytest.MonkeyPatch, memory_settings: Settings, first: Path
) -> None:
    seen = []

    def stub(_: Settings, year: int, reason: str | None) -> Release:
        seen.append((year, reason))
        return publish(memory_settings, 2024)

    monkeypatch.setattr("longflow.release.publish", stub)
    arguments = ["publish", "--settings", str(memory_settings.file), "--edition", "2024"]
    assert cli.main([*arguments, "--accept-changes", "recounted"]) == 0
    assert seen == [(2024, "recounted")]
