"""One file staged and judged as a run would do it, alone in its week, and what came of it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl

from longflow.errors import LongflowError
from longflow.landing.naming import FileName, FileTime
from longflow.records import Finding, Landed, LandedFile, StagedFile
from longflow.settings import Settings, Source
from longflow.settings.feeds import delivered_columns
from longflow.staging.stage import stage_week
from longflow.staging.tabular import LineCount, delivered
from longflow.staging.tabular.values import without_nulls
from longflow.trial.sample import TIMES
from longflow.validation.judge import judge_file
from longflow.week import Week
from longflow.workspace import Workspace

# Weeks of the years 1990 to 2998.
_FIRST_MS, _LAST_MS = 631_584_000_000, 32_471_000_000_000
_ROWS_SHOWN = 3
_PLACES_SHOWN = 5


@dataclass
class Unread:
    """Values of a delivered column that cannot be read.

    Attributes:
        column: longflow's name; empty for lines that are no record.
        rows: how many.
        values: how many values the column has.
        places: numbers of the first lines.
        texts: values of these.
    """

    column: str
    rows: int
    values: int
    places: list[int]
    texts: list[str] = field(default_factory=list)


@dataclass
class Reading:
    """What became of a file.

    Attributes:
        source: the settings under which it was read.
        week: the week in which it was judged.
        time: what its name states.
        file: its rows and lines.
        rows: all rows in the staged schema, to be queried.
        findings: what judging it found, each with what would become of its week.
        unread: values that cannot be read.
        continued: lines that continue the record before.
        other_half: the counter that no row has, where each row has one: `in_octets` or
            `out_octets`. It may come in another file; what judging said of that is left out.
    """

    source: Source
    week: Week
    time: FileTime | None
    file: StagedFile
    rows: pl.LazyFrame
    findings: tuple[Finding, ...]
    unread: list[Unread] = field(default_factory=list)
    continued: int = 0
    other_half: str = ""

    @property
    def stopping(self) -> list[Finding]:
        """Findings for which nothing of the file would be loaded."""
        return [one for one in self.findings if one.severity in {"critical", "error", "hold"}]

    @property
    def first_rows(self) -> pl.DataFrame:
        """The first rows that could be read."""
        return self.rows.filter(pl.col("unreadable").is_null()).head(_ROWS_SHOWN).collect()


@contextmanager
def read_alone(
    settings: Settings, source: Source, file: Path, middle_ms: int | None = None
) -> Iterator[Reading]:
    """Stage and judge a file as if it were all that its source delivered in a week.

    Args:
        settings: the settings; their sources and folders are not used.
        source: the source.
        file: the delivered file.
        middle_ms: when its records occurred, if that is known.

    Raises:
        LongflowError: the file cannot be staged at all.
        MachineError: disk or memory failed.
    """
    with tempfile.TemporaryDirectory(prefix="longflow-try-") as folder:
        alone = settings.model_copy(
            update={"sources": (source,), "var": Path(folder), "known_breaks": ()}
        )
        time = FileName.of(source, settings.zone).time(file.name)
        week = _week(time, middle_ms, settings)
        reading = _read(alone, source, file, time, week, Path(folder) / "first")
        if middle_ms is None and (column := TIMES.get(source.feed)):
            # Most records; the clocks of a few may be wrong.
            middle = reading.rows.select(pl.col(column).median()).collect().item()
            placed = _week(time, middle, settings)
            if placed != week:
                reading = _read(alone, source, file, time, placed, Path(folder) / "again")
        if source.format != "nfcapd":
            reading.unread, reading.continued = _unread(reading, file)
        yield reading


def _read(
    settings: Settings,
    source: Source,
    file: Path,
    time: FileTime | None,
    week: Week,
    folder: Path,
) -> Reading:
    workspace = Workspace(folder)
    place = workspace.landed / source.feed / source.name
    place.mkdir(parents=True)
    (place / file.name).symlink_to(file.resolve())
    landed = Landed(
        feeds=(source.feed,),
        files=(
            LandedFile(
                index=0,
                feed=source.feed,
                source=source.name,
                name=file.name,
                size_bytes=file.stat().st_size,
                sha256="",
                fetched_at=datetime.now(UTC),
                slot_ms=None if time is None else time.start_ms,
                times=() if time is None else time.times,
            ),
        ),
    )
    workspace.write("landed", landed)
    staged = stage_week(settings, week, workspace)
    findings = judge_file(settings, week, workspace, landed, staged)
    (parquet,) = (workspace.staged / source.feed).glob("*.parquet")
    rows = pl.scan_parquet(parquet)
    other_half = _other_half(rows) if source.has_one_counter_a_row else ""
    if other_half:
        findings = tuple(f for f in findings if f.rule != f"counters.{other_half}_present")
    return Reading(source, week, time, staged.files[0], rows, findings, other_half=other_half)


def _other_half(rows: pl.LazyFrame) -> str:
    """The counter that no row has; empty if there are both, or no rows."""
    sides = ("in_octets", "out_octets")
    counts = rows.select(pl.col(sides).count()).collect().row(0, named=True)
    missing = [side for side in sides if not counts[side]]
    return missing[0] if len(missing) == 1 else ""


def _week(time: FileTime | None, middle_ms: float | None, settings: Settings) -> Week:
    """The week of a file: of its name, else of its records, else the last one."""
    moment = datetime.now(settings.zone) - timedelta(days=7)
    if time is not None:
        middle_ms = time.start_ms
    if middle_ms is not None and _FIRST_MS <= middle_ms < _LAST_MS:
        moment = datetime.fromtimestamp(middle_ms / 1000, tz=settings.zone)
    day = moment.date()
    return Week(day - timedelta(days=day.weekday()), settings.zone)


def _unread(reading: Reading, file: Path) -> tuple[list[Unread], int]:
    """The values that could not be read, looked up in the file, and the lines continued."""
    found = {
        column: Unread(column, rows, 0, sorted(places))
        for column, rows, places in reading.rows.filter(pl.col("unreadable").is_not_null())
        .group_by("unreadable")
        .agg(pl.len(), pl.col("position").bottom_k(_PLACES_SHOWN))
        .collect()
        .iter_rows()
        if column is not None
    }
    count = LineCount()
    source = reading.source
    known = delivered_columns(source.feed)
    try:
        for piece in delivered(file, source, count):
            for one in found.values():
                if one.column not in known or one.column not in piece.columns:
                    continue
                values = without_nulls(piece[one.column], source.null_values)
                one.values += len(values) - values.null_count()
                rows = piece.filter(pl.col("position").is_in(one.places))
                one.texts += rows[one.column].drop_nulls().to_list()
    except LongflowError:
        pass  # staging has said so
    return sorted(found.values(), key=lambda one: -one.rows), count.continued
