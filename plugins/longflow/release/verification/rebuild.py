"""Compare a release with a rebuilt one, compiled from its snapshot by the present code."""

from __future__ import annotations

import polars as pl

from longflow.archive import open_archive
from longflow.edition import CompiledEdition, compile_edition, scope
from longflow.faults import raise_machine_fault
from longflow.release import changes, files
from longflow.release.documents import documents_of
from longflow.release.findings import FINDINGS
from longflow.release.manifest import build_manifest
from longflow.release.verification.changes_json import moved_since, stated_changes
from longflow.release.verification.checked import Checked
from longflow.release.verification.claims import check_place, check_settings
from longflow.release.verification.documents import check_documents, check_file
from longflow.release.verification.drawings import check_drawings
from longflow.release.verification.figures import check_second_way
from longflow.release.verification.findings_json import check_sentences, written_findings
from longflow.release.verification.found import one_line
from longflow.release.verification.manifest_json import check_manifest
from longflow.release.verification.tables import (
    check_csv,
    check_names,
    check_table,
    stored_tables,
)
from longflow.release.worded import drawn_in_words


def check_rebuilt(checked: Checked) -> None:
    """Compare everything with the archive; results are added to `found`."""
    found, manifest = checked.found, checked.manifest
    found.problems += checked.writer.problems
    check_place(checked)
    check_settings(checked)
    stored = stored_tables(checked, [table["id"] for table in manifest["tables"]])
    snapshot = manifest["archive"]["snapshot"]
    try:
        reads = scope.reads(checked.recorded.edition(manifest["edition"]))
        with open_archive(checked.recorded, snapshot=snapshot, reads=reads) as archive:
            compiled = compile_edition(checked.recorded, manifest["edition"], archive)
            _check_files(checked, compiled, stored)
            check_second_way(checked, archive, stored, compiled.tables)
            check_sentences(checked, compiled)
    except MemoryError:
        raise
    except Exception as error:  # a forged manifest can make anything fail
        raise_machine_fault(error)
        found.problems.append(f"it cannot be rebuilt from the archive: {one_line(error)}")
        found.not_held.append(
            "tables, manifest, changes and report, beyond their checksums and the agreement of CSV"
            " with Parquet files"
        )
        for table, frame in stored.items():
            check_csv(checked, table, frame, "the Parquet file gives")


def _check_files(
    checked: Checked, compiled: CompiledEdition, stored: dict[str, pl.DataFrame]
) -> None:
    """Compare every file with what the archive gives."""
    found, tables = checked.found, compiled.tables
    stored |= stored_tables(checked, [table for table in tables if table not in stored])
    check_names(checked, tables)
    for table, frame in stored.items():
        if table not in tables:
            checked.unless_of_another(f"tables/{table}", "the archive gives no such table")
            continue
        found.values += frame.height * frame.width
        check_table(checked, table, frame, tables[table])
    rebuilt = build_manifest(
        checked.recorded,
        compiled,
        release=checked.manifest["release"],
        code=checked.manifest["code"],
        settings_sha256=checked.manifest["settings"]["sha256"],
    )
    moved = moved_since(checked, tables, rebuilt)
    if "changes" in checked.manifest:
        rebuilt["changes"] = checked.manifest["changes"] if moved is None else moved.summary()
    check_manifest(checked, rebuilt)
    held = [files.MANIFEST]
    if moved is not None:
        held += check_file(
            checked, changes.CHANGES, files.json_bytes(moved.content()), "the two releases give"
        )
    findings = written_findings(checked, compiled)
    if findings is not None:
        held += check_file(checked, FINDINGS, findings, "its tables give")
    stated = moved if moved is not None else stated_changes(checked)
    if stated is not None:
        rebuilt["changes"] = stated.summary()
    drawings: dict[str, bytes] = {}
    documents: list[str] = []
    for language, drawn in drawn_in_words(compiled, checked.recorded.events):
        for drawing in drawn.values():
            drawings |= drawing.contents()
        if stated is not None:
            made = documents_of(compiled, rebuilt, drawn, stated, language)
            documents += check_documents(checked, made)
    held += [*check_drawings(checked, drawings), *documents]
    found.compared.append(
        f"{found.values} values of {len(stored)} tables with those that the archive gives, and"
        f" {', '.join(held)}"
    )
