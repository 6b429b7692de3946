"""Figures that footnotes quote are those that were measured."""

from __future__ import annotations

import re
from pathlib import Path

from longflow.edition import CompiledEdition

from tests.unit.conftest import worded

BENCHMARKS = Path(__file__).parents[3] / "docs" / "benchmarks"


def test_what_bars_miss_inside_flows_is_quoted_as_measured(compiled: CompiledEdition) -> None:
    page = " ".join((BENCHMARKS / "packet_sizes.md").read_text(encoding="utf-8").split())
    mixed = re.search(
        r"Bars of volumes contain the true value in ([\d to]+) %, those of shares in ([\d to]+) %",
        page,
    )
    web = re.search(r"Bars of shares contain the true value in ([\d to]+) %", page)
    assert mixed is not None
    assert web is not None
    (note,) = [note for note in compiled.notes if note.key == "packet_sizes"]
    about = {
        "table-3",
        "table-4",
        "table-4-by-ip-version",
        "growth-parts",
        "figure-7",
        "figure-8",
        "figure-12",
        "figure-13",
    }
    assert about == set(note.tables)
    text = worded(note)
    assert f"{web[1]} % of cases for web and video" in text
    assert f"{mixed[2]} % where packet sizes vary" in text
    assert (
        f"For these mixed sizes, intervals of volumes contained the true value in {mixed[1]} %"
        in text
    )


def test_months_without_value_are_no_footnotes_of_hours(compiled: CompiledEdition) -> None:
    found = [note for note in compiled.notes if note.key.startswith("months_")]
    of_broadband = ("growth", "growth-by-access")
    assert {note.tables for note in found} == {of_broadband, ("figure-1",)}
