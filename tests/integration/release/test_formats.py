"""An edition has the formats that its settings name; the PDF is verified like everything else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from longflow.release import publish, verify
from longflow.settings import Settings

from tests.forging import copied, write_and_sum_up
from tests.unit.conftest import with_formats


@pytest.fixture
def pdf_alone(lake_settings: Settings) -> Settings:
    return with_formats(lake_settings, "pdf")


def test_formats_are_those_of_the_settings_and_a_forged_pdf_is_found(
    pdf_alone: Settings, tmp_path: Path
) -> None:
    release = publish(pdf_alone, 2024).path
    assert (release / "report.pdf").read_bytes().startswith(b"%PDF-1.7")
    assert not (release / "workbook.xlsx").exists()
    documents = json.loads((release / "manifest.json").read_bytes())["documents"]
    assert documents[:2] == ["report.html", "report.pdf"]
    assert verify(pdf_alone, release).problems == ()

    forged = copied(release, tmp_path / "2024")
    data = (release / "report.pdf").read_bytes()
    write_and_sum_up(forged, "report.pdf", data.replace(b"%PDF-1.7", b"%PDF-1.6"))
    assert verify(pdf_alone, forged).problems == (
        "report.pdf: is not what its tables and manifest give",
    )


def test_another_format_is_another_release(pdf_alone: Settings) -> None:
    first = publish(pdf_alone, 2024)
    # Its report says what changed since the first one.
    second = publish(with_formats(pdf_alone, "pdf", "xlsx"), 2024)
    assert second.created
    assert second.path != first.path
    assert {"report.pdf", "workbook.xlsx"} <= {file.name for file in second.path.iterdir()}
