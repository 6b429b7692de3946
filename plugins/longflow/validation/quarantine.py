"""Refused rows are kept: one Parquet file for each revision of a feed, readable by the owner alone.

Rows are kept as they were staged, with addresses and names; that is why they lie outside the
archive. Commands that show them leave private columns out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import polars as pl

from longflow.contract import contract
from longflow.database import connect, create_from
from longflow.owners import token
from longflow.records import FeedJudgement, Landed
from longflow.settings import Feed, Settings
from longflow.sqlfile import identifier
from longflow.validation.rules import in_force
from longflow.var_folder import VarFolder
from longflow.week import Week
from longflow.workspace import Workspace

# As many digits of an input's digest distinguish one draft from another.
_DIGITS = 16


@dataclass(frozen=True)
class Kept:
    """The quarantine of one revision of a feed's week."""

    week: date
    feed: Feed
    revision: int
    path: Path


def keep(
    settings: Settings,
    week: Week,
    workspace: Workspace,
    landed: Landed,
    revisions: Mapping[Feed, tuple[int, str]],
) -> None:
    """Draft the rows that a week's judge took out, under the future revision of their feed.

    Each row has its rule, source, file and position, and the reason in words. Several runs may
    draft the same revision: `put_in_place` keeps the one that the log names.

    Args:
        settings: where the quarantine lies.
        week: the week.
        workspace: of the run.
        landed: its manifest.
        revisions: by feed, its revision and the digest of its input for the log.
    """
    for feed, (revision, digest) in revisions.items():
        _of_dry_run(settings, week, feed).unlink(missing_ok=True)
        rows = workspace.quarantined / f"{feed}.parquet"
        if rows.exists():
            folder = _folder(settings) / week.key / feed.value
            folder.mkdir(parents=True, exist_ok=True)
            _folder(settings).chmod(0o700)
            draft = folder / f"r{revision}.{digest[:_DIGITS]}.draft"
            # Written under a temporary name: a run over the same input drafts under the same name.
            aside = folder / f"r{revision}.{token()}.new"
            # It is gone if another run has loaded this revision meanwhile; the load notices that.
            with suppress(FileNotFoundError):
                _write(settings, feed, rows, landed, aside)
                aside.replace(draft)


def keep_of_dry_run(settings: Settings, week: Week, workspace: Workspace) -> None:
    """Keep the rows that a dry run's judge took out, to look at, until the week's next run."""
    landed = workspace.read("landed", Landed)
    for feed in landed.feeds if landed else ():
        rows = workspace.quarantined / f"{feed}.parquet"
        path = _of_dry_run(settings, week, feed)
        path.unlink(missing_ok=True)
        if landed and rows.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            _folder(settings).chmod(0o700)
            aside = path.with_name(f"dry-run.{token()}.new")
            _write(settings, feed, rows, landed, aside)
            aside.replace(path)


def quarantine_hint(judgement: FeedJudgement, week: Week) -> str:
    """The command that shows what a dry run kept; empty if that is nothing."""
    where = f"--week {week} --feed {judgement.feed} --dry-run"
    return f"; longflow quarantine show {where}" if judgement.quarantined_rows else ""


def kept_of_dry_run(settings: Settings, week: Week, feed: Feed) -> Kept | None:
    """The rows that the last dry run of a week took out; None if it took out none."""
    path = _of_dry_run(settings, week, feed)
    return Kept(week.monday, feed, 0, path) if path.exists() else None


def _of_dry_run(settings: Settings, week: Week, feed: Feed) -> Path:
    return _folder(settings) / week.key / feed.value / "dry-run.parquet"


def has_drafts(settings: Settings, week: Week) -> bool:
    """Whether drafts of a week wait to be put in place."""
    return next((_folder(settings) / week.key).glob("*/r*.*"), None) is not None


def put_in_place(settings: Settings, week: Week, logged: Mapping[tuple[Feed, int], str]) -> None:
    """Give drafts the name of their revision once it is in the log, and remove its other drafts.

    Drafts of revisions that are not in the log yet stay: their run may be about to log them.

    Args:
        settings: where the quarantine lies.
        week: the week.
        logged: digest of the input, for each feed and revision in the log.
    """
    for path in (_folder(settings) / week.key).glob("*/r*.*"):
        named = re.fullmatch(r"r(\d+)\.([0-9a-f-]+)\.(draft|new)", path.name)
        if not named or path.parent.name not in list(Feed):
            continue
        digest = logged.get((Feed(path.parent.name), int(named[1])))
        # Another run may be doing the same.
        with suppress(FileNotFoundError):
            if digest is None:
                continue
            if (named[2], named[3]) == (digest[:_DIGITS], "draft"):
                path.replace(path.with_name(f"r{named[1]}.parquet"))
            else:
                path.unlink()


def _write(settings: Settings, feed: Feed, rows: Path, landed: Landed, path: Path) -> None:
    rules = in_force(contract("staged", feed), settings).rules
    with closing(connect(settings)) as connection:
        reasons = [{"rule": r.id, "reason": f"{r.sentence}; {r.remedy}"} for r in rules]
        files = [{"file_index": f.index, "source": f.source, "file": f.name} for f in landed.files]
        create_from(connection, "rule", pl.DataFrame(reasons))
        create_from(
            connection,
            "file",
            pl.DataFrame(files, schema_overrides={"file_index": pl.Int32}),
        )
        connection.execute(
            "COPY (SELECT rule.rule, file.source, file.file, record.position, rule.reason, "
            "record.* EXCLUDE (rule, position) FROM read_parquet($rows) AS record "
            "LEFT JOIN file USING (file_index) LEFT JOIN rule USING (rule) "
            "ORDER BY file_index, position) TO $path (FORMAT parquet, COMPRESSION zstd)",
            {"rows": str(rows), "path": str(path)},
        )
    path.chmod(0o600)


def kept(settings: Settings) -> list[Kept]:
    """All quarantines, by week, feed and revision."""
    found = []
    for path in _folder(settings).glob("*/*/r*.parquet"):
        revision = re.fullmatch(r"r(\d+)", path.stem)
        if revision:
            week = date.fromisoformat(path.parents[1].name)
            found.append(Kept(week, Feed(path.parent.name), int(revision[1]), path))
    return sorted(found, key=lambda one: (one.week, one.feed, one.revision))


def counts(settings: Settings, one: Kept) -> list[tuple[str, str, int, int]]:
    """Rule, source, number of files and number of rows of a quarantine, by rule and source."""
    with closing(connect(settings)) as connection:
        return connection.execute(
            "SELECT rule, source, count(DISTINCT file), count(*) FROM read_parquet($path) "
            "GROUP BY 1, 2 ORDER BY 1, 2",
            {"path": str(one.path)},
        ).fetchall()


def rows(settings: Settings, one: Kept, rule: str | None, most: int) -> Iterator[dict[str, object]]:
    """Rows of a quarantine as dictionaries, without private and empty columns.

    Args:
        settings: limits of the connection.
        one: the quarantine.
        rule: only rows of this rule; all if omitted.
        most: at most this many rows.
    """
    private = [n for n, c in contract("staged", one.feed).columns.items() if c.private]
    hidden = ", ".join(map(identifier, ["file_index", "reason", *private]))
    with closing(connect(settings)) as connection:
        result: duckdb.DuckDBPyConnection = connection.execute(
            f"SELECT * EXCLUDE ({hidden}) FROM read_parquet($path) "
            "WHERE $rule IS NULL OR rule = $rule ORDER BY source, file, position LIMIT $most",
            {"path": str(one.path), "rule": rule, "most": most},
        )
        names = [column[0] for column in result.description or ()]
        for row in result.fetchall():
            yield {n: v for n, v in zip(names, row, strict=True) if v is not None}


def _folder(settings: Settings) -> Path:
    return VarFolder.of(settings).quarantine
