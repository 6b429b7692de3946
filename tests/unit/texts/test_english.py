"""English texts with plural forms and optional parts, word by word."""

from __future__ import annotations

import pytest
from longflow.texts import wording

YEAR = {"year": 2023, "in_percent": 3.0, "out_percent": 2.2}


@pytest.mark.parametrize(
    ("key", "values", "text"),
    [
        (
            "report.changes.summary",
            {"moved": 0, "stopping": 0},
            "No value moved. [changes.json](changes.json) lists what else differs.",
        ),
        (
            "report.changes.summary",
            {"moved": 1, "stopping": 0},
            "1 value moved. [changes.json](changes.json) lists every move and its possible causes.",
        ),
        (
            "report.changes.summary",
            {"moved": 1200, "stopping": 1},
            "1,200 values moved; 1 value of closed years lies outside its 95 % interval, or has "
            "none. [changes.json](changes.json) lists every move and its possible causes.",
        ),
        (
            "report.provenance.version",
            {"version": "0.2.0", "commit": "c" * 40, "modified": True},
            "0.2.0, commit `cccccccccccc` with uncommitted changes",
        ),
        (
            "report.provenance.version",
            {"version": "0.2.0", "commit": None, "modified": None},
            "0.2.0",
        ),
        (
            "findings.without_volume",
            {"years": [YEAR, {**YEAR, "year": 2024}], "minimum_subscribers": 10},
            "Consumers without volume in the week, who are not counted (IN / OUT):"
            " 2023 3.0 % / 2.2 %, 2024 3.0 % / 2.2 %.",
        ),
        (
            "findings.without_volume",
            {"years": [{**YEAR, "out_percent": None}], "minimum_subscribers": 10},
            "Consumers without volume in the week, who are not counted (IN / OUT):"
            " 2023 3.0 % / withheld. Withheld: fewer than 10 consumers.",
        ),
        (
            "findings.without_volume",
            {
                "years": [{"year": 2023, "in_percent": None, "out_percent": None}],
                "minimum_subscribers": 10,
            },
            "Consumers without volume in the week are not counted. Their share is withheld in every"
            " year, because they are fewer than 10.",
        ),
        (
            "findings.rows_withheld",
            {"withheld": 8, "rows": 1068, "years": []},
            "Withheld: 8 of 1,068 rows in the data file.",
        ),
        (
            "findings.beyond_the_axis",
            {"below_percent": 0.2, "above_percent": 0.0},
            "Of the consumers of each curve, at most 0.2 % lie below the axis (10 KB a day) and at"
            " most 0.0 % above it (100 GB a day), after rounding.",
        ),
        (
            "findings.sampling",
            {"service": "mobile", "intervals": [0, 1, 512]},
            "Sampling of mobile flows (from collector records): an unknown interval and every"
            " packet and 1/512. Volumes are estimates; light consumers may be missed entirely.",
        ),
        (
            "findings.growth_of_pppoe_not_split",
            {"service": "broadband", "years": [2018, 2019, 2020]},
            "Growth of broadband from or to 2018, 2019 or 2020 is not split: only PPPoE was"
            " counted.",
        ),
        (
            "findings.some_neighbours_missing",
            {"years": [{"year": 2023, "offsets_weeks": [2]}]},
            "The archive does not hold these neighbouring weeks, counted from the analysis week:"
            " 2023 (+2).",
        ),
    ],
)
def test_a_text_has_the_parts_that_its_values_ask_for(
    key: str, values: dict[str, object], text: str
) -> None:
    assert wording("en").text(key, **values) == text
