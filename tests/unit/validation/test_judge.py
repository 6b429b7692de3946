"""Verdicts of whole weeks, by Great Expectations: the one module whose tests import it."""

from __future__ import annotations

import json
import logging
import socket
import subprocess
import sys
from typing import Any

import polars as pl
import pytest
from longflow.contract import Rule
from longflow.errors import LongflowError
from longflow.records import FeedJudgement, Finding
from longflow.settings import Feed, Settings
from longflow.validation import judge_week
from longflow.week import Week
from longflow.workspace import Workspace

from tests.unit.validation.conftest import Judge
from tests.unit.validation.tables import Row, rule, small_contract

ONE_OF_EACH = [
    rule("not_null", "usage.not_null", column="a"),
    rule("between", "usage.between", column="a", min=1, max=2),
    rule("in_set", "usage.in_set", column="login", values=["x", "y"], missing="breaks"),
    rule("not_after", "usage.not_after", columns=["a", "b"]),
    rule("unique", "usage.unique", columns=["a", "b"]),
    rule("violation", "usage.violation", sql="bytes > 100 OR b::HUGEINT < 0"),
]
MIXED_ROWS: list[Row] = [
    {"login": login, "a": a, "b": b, "bytes": 50 * n, "file_index": n % 2}
    for n, (login, a, b) in enumerate(
        [("x", 1, 1), ("y", 1, 1), (None, None, 2), ("z", 3, 1), ("x", 2, None), ("y", 0, -1)]
    )
]


def quarantined(workspace: Workspace, feed: Feed = Feed.USAGE) -> list[tuple[int, int, str]]:
    path = workspace.quarantined / f"{feed}.parquet"
    if not path.exists():
        return []
    return pl.read_parquet(path).select("file_index", "position", "rule").rows()


def test_a_clean_feed_passes_and_leaves_no_quarantine(judge: Judge, workspace: Workspace) -> None:
    rows: list[Row] = [{"a": 1, "bytes": 5}, {"a": 2, "bytes": 6, "file_index": 1}]
    assert judge(small_contract(rule("not_null", column="a")), rows) == FeedJudgement(
        feed=Feed.USAGE, verdict="passed", delivered_rows=2, delivered_bytes=11
    )
    assert quarantined(workspace) == []


def test_violating_rows_go_to_quarantine_and_are_reported_by_file(
    judge: Judge, workspace: Workspace
) -> None:
    rows: list[Row] = [
        {"file_index": 0, "position": 0, "a": 1, "bytes": 1},
        {"file_index": 0, "position": 1, "a": None, "bytes": 20},
        {"file_index": 1, "position": 0, "a": None, "bytes": 300},
        {"file_index": 1, "position": 1, "a": None, "bytes": 4000},
    ]
    reported = Finding(
        rule="usage.rule",
        severity="quarantine",
        feed=Feed.USAGE,
        sentence="something is wrong; mend it",
        source="gateway",
    )
    assert judge(small_contract(rule("not_null", column="a")), rows) == FeedJudgement(
        feed=Feed.USAGE,
        verdict="warned",
        delivered_rows=4,
        delivered_bytes=4321,
        quarantined_rows=3,
        quarantined_bytes=4320,
        findings=(
            reported.model_copy(update={"file": "a.csv", "place": "row 1", "rows": 1, "bytes": 20}),
            reported.model_copy(
                update={"file": "b.csv", "place": "rows 0, 1", "rows": 2, "bytes": 4300}
            ),
        ),
    )
    assert quarantined(workspace) == [
        (0, 1, "usage.rule"),
        (1, 0, "usage.rule"),
        (1, 1, "usage.rule"),
    ]


def test_a_row_that_breaks_two_rules_is_reported_and_quarantined_under_the_first(
    judge: Judge, workspace: Workspace
) -> None:
    promised = small_contract(
        rule("not_null", "usage.b", column="b"), rule("not_null", "usage.a", column="a")
    )
    judgement = judge(promised, [{"bytes": 7}])
    assert [(f.rule, f.rows, f.bytes) for f in judgement.findings] == [
        ("usage.b", 1, 7),
    ]
    assert (judgement.quarantined_rows, judgement.quarantined_bytes) == (1, 7)
    assert quarantined(workspace) == [(0, 0, "usage.b")]


@pytest.mark.parametrize(("bad", "verdict"), [(2, "warned"), (3, "refused")])
def test_above_max_share_the_week_of_the_feed_is_refused(
    judge: Judge, bad: int, verdict: str
) -> None:
    promised = small_contract(rule("not_null", column="a", max_share=0.2))
    judgement = judge(promised, [{"a": None}] * bad + [{"a": 1}] * (10 - bad))
    assert (judgement.verdict, judgement.quarantined_rows) == (verdict, bad)


def test_a_refusal_says_which_share_was_found_and_which_is_tolerated(judge: Judge) -> None:
    promised = small_contract(rule("not_null", column="a", max_share=0.01))
    (finding,) = judge(promised, [{"a": None}, {"a": 1}, {"a": 1}]).findings
    assert finding.severity == "critical"
    assert finding.sentence == (
        "something is wrong; 33.3 % of the feed's rows violate this rule, 1 % are tolerated, "
        "so the week is refused; mend it"
    )


@pytest.mark.parametrize(("share", "verdict"), [(0.4, "refused"), (0.5, "warned")])
def test_the_settings_decide_over_the_contract(judge: Judge, share: float, verdict: str) -> None:
    promised = small_contract(rule("not_null", column="a", max_share=0))
    rows: list[Row] = [{"a": None}, {"a": 1}]
    assert judge(promised, rows, shares={"usage.rule": share}).verdict == verdict


def test_a_rule_that_refuses_does_so_at_the_first_violation(
    judge: Judge, workspace: Workspace
) -> None:
    promised = small_contract(rule("not_null", column="a", severity="refuse"))
    judgement = judge(promised, [{"a": None}] + [{"a": 1}] * 999)
    assert (judgement.verdict, judgement.findings[0].severity) == ("refused", "critical")
    assert quarantined(workspace) == []


def test_a_warning_takes_no_rows_out(judge: Judge, workspace: Workspace) -> None:
    promised = small_contract(rule("not_null", column="a", severity="warn"))
    judgement = judge(promised, [{"a": None, "bytes": 3}])
    assert (judgement.verdict, judgement.quarantined_rows) == ("warned", 0)
    assert [(f.severity, f.rows, f.bytes) for f in judgement.findings] == [("warning", 1, 3)]
    assert quarantined(workspace) == []


@pytest.mark.parametrize(("severity", "verdict"), [("refuse", "refused"), ("warn", "warned")])
def test_too_few_rows(judge: Judge, severity: str, verdict: str) -> None:
    promised = small_contract(rule("row_count", min=2, severity=severity))
    judgement = judge(promised, [{"a": 1}])
    assert judgement.verdict == verdict
    assert [f.sentence for f in judgement.findings] == [
        "something is wrong (1 of at least 2 rows); mend it"
    ]


def test_a_feed_without_any_row_is_judged(judge: Judge) -> None:
    promised = small_contract(rule("row_count", "usage.some_rows", min=1), *ONE_OF_EACH)
    judgement = judge(promised, [])
    assert [(f.rule, f.severity) for f in judgement.findings] == [("usage.some_rows", "critical")]


def test_a_check_that_cannot_run_is_not_one_that_failed(judge: Judge, workspace: Workspace) -> None:
    promised = small_contract(
        rule("not_null", "usage.fails", column="a"),
        rule("violation", "usage.errs", sql="colour = 'red'"),
    )
    judgement = judge(promised, [{"a": None}])
    assert judgement.verdict == "not_judged"
    assert [(f.rule, f.severity) for f in judgement.findings] == [
        ("usage.errs", "error"),
        ("usage.fails", "quarantine"),
    ]
    assert 'could not run (Binder Error: Referenced column "colour"' in judgement.findings[0].line
    assert quarantined(workspace) == []


def test_a_file_that_cannot_be_read_leaves_the_feed_not_judged(
    judge: Judge, workspace: Workspace, settings: Settings, week: Week
) -> None:
    promised = small_contract(rule("not_null", column="a"))
    judge(promised, [{"a": 1}])
    (workspace.staged / "usage" / "1.parquet").write_bytes(b"PAR1 and no more")
    (judgement,) = judge_week(settings, week, workspace).feeds
    assert (judgement.verdict, judgement.findings[0].severity) == ("not_judged", "error")


def test_a_wrong_type_refuses_the_feed_and_names_file_and_column(
    judge: Judge, workspace: Workspace, settings: Settings, week: Week
) -> None:
    judge(small_contract(rule("not_null", column="a")), [{"a": 1}])
    path = workspace.staged / "usage" / "0.parquet"
    pl.read_parquet(path).cast({"a": pl.String}).write_parquet(path)
    (judgement,) = judge_week(settings, week, workspace).feeds
    assert judgement.verdict == "refused"
    assert [(f.rule, f.file, f.sentence) for f in judgement.findings] == [
        (
            "usage.schema",
            "0.parquet",
            "column a is VARCHAR where the contract says BIGINT; "
            "load the week again with the same version of longflow",
        )
    ]


def found_before(severity: str) -> Finding:
    return Finding.model_validate(
        {"rule": "usage.landing", "severity": severity, "feed": "usage", "sentence": "as reported"}
    )


def test_a_feed_refused_before_is_refused_with_what_was_found_there(judge: Judge) -> None:
    critical = found_before("critical")
    judgement = judge(small_contract(), [], staged=False, findings=((critical,), (critical,)))
    assert (judgement.verdict, judgement.findings) == ("refused", (critical,))


def test_warnings_from_before_are_passed_on(judge: Judge) -> None:
    warning = found_before("warning")
    judgement = judge(small_contract(), [{"a": 1}], findings=((), (warning,)))
    assert (judgement.verdict, judgement.findings) == ("warned", (warning,))


def test_judging_again_leaves_nothing_of_the_first_time(judge: Judge, workspace: Workspace) -> None:
    promised = small_contract(rule("not_null", column="a"))
    judge(promised, [{"a": None}])
    judge(promised, [{"a": 1}])
    assert quarantined(workspace) == []


def test_a_week_that_was_not_staged_cannot_be_judged(
    settings: Settings, week: Week, workspace: Workspace
) -> None:
    with pytest.raises(
        LongflowError, match="week 2024-06-03 has not been fetched; the files of the run"
    ):
        judge_week(settings, week, workspace)


@pytest.mark.parametrize("judged", ONE_OF_EACH, ids=lambda judged: judged.kind)
def test_expectation_counts_and_quarantine_agree(
    judge: Judge, workspace: Workspace, judged: Rule
) -> None:
    promised = small_contract(judged)
    judgement = judge(promised, MIXED_ROWS)
    suite = json.loads((workspace.root / "suites" / "usage.json").read_text())
    expected = {"not_null": 1, "between": 2, "in_set": 2, "not_after": 2, "unique": 1}.get(
        judged.kind, 3
    )
    assert [
        next(c["observed"] for c in suite["checks"] if c["rule"] == judged.id),
        sum(finding.rows for finding in judgement.findings),
        judgement.quarantined_rows,
        len(quarantined(workspace)),
    ] == [expected] * 4


def test_all_rules_are_counted_in_one_pass_over_the_files(
    judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    from duckdb_engine import CursorWrapper  # noqa: PLC0415 # only here

    asked: list[str] = []
    execute = CursorWrapper.execute

    def listen(self: Any, statement: str, *rest: Any) -> None:  # noqa: ANN401 # passes on
        asked.append(statement)
        execute(self, statement, *rest)

    monkeypatch.setattr(CursorWrapper, "execute", listen)
    judge(small_contract(rule("row_count", "usage.rows", min=1), *ONE_OF_EACH), MIXED_ROWS)
    assert len([statement for statement in asked if "count" in statement]) == 1


PRIVATE = "(x.BinderException) subscriber-of-room-101 Error: "


def test_no_value_of_a_row_gets_into_what_people_see(
    judge: Judge,
    workspace: Workspace,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    promised = small_contract(
        rule("in_set", "usage.set", column="login", values=["x"], missing="breaks"),
        rule("unique", "usage.double", columns=["login"]),
        # Two whose error messages quote the value.
        rule("violation", "usage.cast", sql="login::INTEGER > 0"),
        rule("violation", "usage.raised", sql="error(login)"),
    )
    with caplog.at_level(logging.DEBUG):
        judgement = judge(promised, [{"login": PRIVATE}, {"login": PRIVATE}])
    assert {f.rule for f in judgement.findings if f.severity == "error"} == {
        "usage.cast",
        "usage.raised",
    }
    seen = [path.read_text() for path in workspace.root.rglob("*.json")]
    printed = capfd.readouterr()
    assert not any(PRIVATE in text for text in (*seen, caplog.text, printed.out, printed.err))


def test_judging_asks_no_other_host(judge: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []

    def refuse(*address: object, **_: object) -> None:
        asked.append(address)
        raise OSError

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert judge(small_contract(rule("not_null", column="a")), [{"a": 1}]).verdict == "passed"
    assert asked == []


def test_importing_the_package_does_not_import_great_expectations() -> None:
    code = "import sys, longflow.validation; sys.exit('great_expectations' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
