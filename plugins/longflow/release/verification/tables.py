"""Whether the tables of a release match the archive, and there are no other files."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from longflow.edition.tables import is_drawn
from longflow.faults import raise_machine_fault
from longflow.release import changes, files
from longflow.release.manifest import csv_bytes, parquet_bytes
from longflow.release.verification.checked import Checked
from longflow.release.verification.differences import table_differences
from longflow.release.verification.documents import expected_documents
from longflow.release.verification.findings_json import expected_findings
from longflow.release.verification.found import bytes_of, one_line


def stored_tables(checked: Checked, tables: list[str]) -> dict[str, pl.DataFrame]:
    """Tables of the release by id, as far as their Parquet files can be read."""
    stored = {}
    for table in tables:
        file = checked.release / "tables" / f"{table}.parquet"
        if not file.is_file():
            continue
        try:
            stored[table] = pl.read_parquet(file, hive_partitioning=False)
        except (OSError, pl.exceptions.PolarsError) as error:
            raise_machine_fault(error)
            checked.found.problems.append(
                f"tables/{table}.parquet: cannot be read: {one_line(error)}"
            )
    return stored


def check_names(checked: Checked, tables: Mapping[str, pl.DataFrame]) -> None:
    """Check that a release has exactly these files, whatever its list of checksums says."""
    of_tables = {f"tables/{table}.{kind}" for table in tables for kind in ("csv", "parquet")}
    languages = checked.recorded.edition(checked.manifest["edition"]).languages
    of_tables |= {
        name
        for table in tables
        if is_drawn(table)
        for language in languages
        for name in files.drawing_files(table, language, languages)
    }
    expected = {files.MANIFEST, changes.CHANGES, *of_tables}
    expected |= expected_findings(checked) | expected_documents(checked)
    if not checked.writer.is_this:
        expected -= of_tables
        expected |= {
            f"tables/{table['id']}.{kind}"
            for table in checked.manifest["tables"]
            for kind in ("csv", "parquet")
        }
        expected |= {
            name for table in checked.manifest["tables"] for name in table.get("drawings", [])
        }
    present = set(files.files_of(checked.release))
    checked.found.problems += [
        f"{name}: is missing" for name in sorted(expected - present - checked.listed)
    ]
    checked.found.problems += [
        f"{name}: is no file of a release" for name in sorted((present & checked.listed) - expected)
    ]


def check_table(checked: Checked, table: str, stored: pl.DataFrame, rebuilt: pl.DataFrame) -> None:
    """Compare a table cell by cell with the rebuilt one, and its files with its cells."""
    found = checked.found
    if not checked.writer.is_this and stored.columns != rebuilt.columns:
        common = [name for name in stored.columns if name in rebuilt.columns]
        others = sorted(set(stored.columns) ^ set(rebuilt.columns))
        found.not_held.append(
            f"tables/{table}: columns that one of the versions does not have:"
            f" {', '.join(others)}; {checked.writer} wrote it"
        )
        found.problems += table_differences(table, stored.select(common), rebuilt.select(common))
        check_csv(checked, table, stored, "the Parquet file gives")
        return
    differing = table_differences(table, stored, rebuilt)
    found.problems += differing
    if not differing and checked.writer.packs_the_same:
        name = f"tables/{table}.parquet"
        data = bytes_of(checked.release / name, name, found)
        if data is not None and data != parquet_bytes(rebuilt):
            found.problems.append(f"{name}: holds more than the values of the table")
    check_csv(checked, table, rebuilt, "the archive gives")


def check_csv(checked: Checked, table: str, frame: pl.DataFrame, source: str) -> None:
    """Compare a CSV file with its expected values, by `source`."""
    name = f"tables/{table}.csv"
    if (checked.release / name).is_file():
        data = bytes_of(checked.release / name, name, checked.found)
        if data is not None and data != csv_bytes(frame):
            checked.found.problems.append(f"{name}: does not hold what {source}")
