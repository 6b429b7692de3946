"""The page of a week: everything that was found, and nothing from outside."""

from __future__ import annotations

import json
import re
from pathlib import Path

from longflow.records import FeedJudgement, Finding, Judged
from longflow.settings import Feed, Settings
from longflow.validation.data_docs import write_page
from longflow.week import Week


def test_a_page_shows_verdicts_findings_and_checks_and_asks_no_host(
    settings: Settings, week: Week, tmp_path: Path
) -> None:
    check = {
        "rule": "usage.time_order",
        "sentence": "ends before it starts",
        "success": False,
        "observed": 3,
        "rows": 1000,
        "error": None,
    }
    (tmp_path / "usage.json").write_text(json.dumps({"checks": [check]}))
    finding = Finding(
        rule="coverage.gap",
        severity="warning",
        feed=Feed.USAGE,
        source="gateway",
        sentence="nothing came <of late>",
        count=2,
        unit="slots",
        start_ms=week.start_ms,
        end_ms=week.start_ms + 7_200_000,
    )
    judged = Judged(feeds=(FeedJudgement(feed=Feed.USAGE, verdict="warned", findings=(finding,)),))

    page = write_page(settings, week, judged, tmp_path)

    text = page.read_text(encoding="utf-8")
    assert page == settings.var / "data_docs" / "2024-06-03.html"
    for reported in ("coverage.gap", "nothing came &lt;of late&gt;", "2 slots", "usage.time_order"):
        assert reported in text
    assert "2024-06-03 00:00 to 2024-06-03 02:00" in text
    assert not re.search(r"https?:|//[a-z]|src=|<link|<script|@import|url\(", text)
