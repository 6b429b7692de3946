"""A week's workspace that holds whatever rows a test puts into it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any, Literal

import pytest
from longflow.contract import Contract
from longflow.records import (
    FeedJudgement,
    Finding,
    Judged,
    Landed,
    LandedFile,
    Staged,
    StagedFile,
)
from longflow.settings import Feed, SessionSettings, Settings, ValidationSettings
from longflow.staging.sampling_notes import SamplingNotes
from longflow.validation import judge_week
from longflow.week import Week
from longflow.workspace import Workspace

from tests.conftest import MakeSettings
from tests.unit.validation.tables import Row, write_parquet

Deliver = Callable[..., None]
Judge = Callable[..., FeedJudgement]


@pytest.fixture
def settings(make_settings: MakeSettings) -> Settings:
    return make_settings("usage")


@pytest.fixture
def week(settings: Settings) -> Week:
    return Week(date(2024, 6, 3), settings.zone)


@pytest.fixture
def workspace(settings: Settings, week: Week) -> Workspace:
    return Workspace.of(settings, "run", week)


@pytest.fixture
def deliver(workspace: Workspace) -> Deliver:
    """Put a feed's rows into the workspace as if fetched and staged, in two files.

    `staged=False`: the feed was refused in staging; `findings` are those of landing and staging.
    """

    def deliver_rows(
        contract: Contract,
        rows: list[Row],
        *,
        staged: bool = True,
        findings: tuple[tuple[Finding, ...], tuple[Finding, ...]] = ((), ()),
    ) -> None:
        feed = Feed(contract.table)
        landed = tuple(
            LandedFile(
                index=index,
                feed=feed,
                source="gateway",
                name=name,
                size_bytes=1,
                sha256="",
                fetched_at=datetime(2024, 6, 10, tzinfo=UTC),
            )
            for index, name in enumerate(["a.csv", "b.csv"])
        )
        counted = []
        for file in landed:
            of_file = [row for row in rows if row.get("file_index", 0) == file.index]
            size = sum(row.get(name) or 0 for row in of_file for name in contract.byte_columns)
            counted.append(StagedFile(index=file.index, rows=len(of_file), bytes=size))
        if staged:
            write_parquet(contract, rows, workspace.staged / feed / "0.parquet")
            SamplingNotes().write(workspace.notes, "gateway")
        workspace.write("landed", Landed(feeds=(feed,), files=landed, findings=findings[0]))
        workspace.write(
            "staged",
            Staged(
                feeds=(feed,) if staged else (),
                files=tuple(counted) if staged else (),
                slots=(),
                findings=findings[1],
            ),
        )

    return deliver_rows


@pytest.fixture
def judge(
    settings: Settings,
    week: Week,
    workspace: Workspace,
    deliver: Deliver,
    monkeypatch: pytest.MonkeyPatch,
) -> Judge:
    """Deliver the rows of one feed, judge the week, and give the feed's judgement."""

    def judge_rows(
        promised: Contract,
        rows: list[Row],
        *,
        shares: dict[str, float] | None = None,
        shared_pools: Literal["public", "all", "none"] = "public",
        **delivery: Any,  # noqa: ANN401 # handed on to `deliver`
    ) -> FeedJudgement:
        deliver(promised, rows, **delivery)
        monkeypatch.setattr("longflow.validation.judge.contract", lambda step, table: promised)
        chosen = ValidationSettings.model_construct(max_share=shares or {})
        pools = SessionSettings(shared_pools=shared_pools)
        changed = settings.model_copy(update={"validation": chosen, "sessions": pools})
        judged = judge_week(changed, week, workspace)
        assert workspace.read("judged", Judged) == judged
        (judgement,) = judged.feeds
        return judgement

    return judge_rows
