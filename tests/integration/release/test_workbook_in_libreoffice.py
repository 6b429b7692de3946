"""LibreOffice opens the workbook and reads every sheet as it was written."""

from __future__ import annotations

import csv
import subprocess
from pathlib import Path

import pytest
from longflow.edition import CompiledEdition
from longflow.release.figures import draw_edition
from longflow.release.report import compose
from longflow.release.workbook import workbook_of

from tests.unit.release.test_report import MANIFEST

# Every sheet as a file, cells as they are shown.
AS_CSV = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,true,false,false,-1"


@pytest.mark.soffice
def test_libreoffice_reads_every_sheet(compiled: CompiledEdition, tmp_path: Path) -> None:
    report = compose(compiled, MANIFEST, draw_edition(compiled, ()))
    (tmp_path / "workbook.xlsx").write_bytes(workbook_of(report))
    done = subprocess.run(
        [
            *("soffice", f"-env:UserInstallation=file://{tmp_path}/profile", "--headless"),
            *("--convert-to", AS_CSV, "--outdir", tmp_path, tmp_path / "workbook.xlsx"),
        ],
        capture_output=True,
        text=True,
        check=True,
        env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
    )
    assert "Error" not in done.stderr
    for section in report.sections:
        file = tmp_path / f"workbook-{section.words.number}.csv"
        rows = list(csv.reader(file.read_text(encoding="utf-8").splitlines()))
        assert rows[0][0] == f"{section.words.number}: {section.words.title}"
        assert rows[1][0] == section.words.unit
    table = list(csv.reader((tmp_path / "workbook-Table 1.csv").read_text("utf-8").splitlines()))
    mean = compiled.tables["table-1"].row(0, named=True)["mean_mb"]
    assert table[4][:2] == ["2019", f"{mean:,.0f}"]
