"""Load a week: aggregate what was accepted, check that nothing is lost, replace the week whole."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import duckdb
import polars as pl

from longflow import __version__
from longflow.archive.aggregates import (
    AGGREGATES,
    ATTRIBUTION,
    LACKING,
    PORT_SUBSCRIBERS,
    Aggregate,
    not_renewed,
    refuse_unusable,
    renewed,
)
from longflow.archive.claim import OvertakenError, check_keys, claim, make_claimable
from longflow.archive.damaged_week import LOGS, DamagedWeek
from longflow.archive.data_files import Damage, DataFiles, Written
from longflow.archive.lake import Archive, in_transaction, open_archive, without_weeks
from longflow.archive.log import Attempt, attempts, findings_of, in_force
from longflow.archive.pseudonyms import pseudonym_key
from longflow.archive.revision import amount_changes, file_changes
from longflow.archive.unchanged import brings_nothing, input_digests
from longflow.archive.week_input import (
    FLOW_SUMS,
    create_calendar,
    create_coverage,
    create_empty_parts,
    create_staged_views,
    create_subscribers,
    week_parameters,
)
from longflow.database import create_from, create_functions, execute_named, sums_fit
from longflow.errors import LongflowError
from longflow.records import (
    Companion,
    FeedJudgement,
    FeedLoad,
    Finding,
    Judged,
    Landed,
    Loaded,
    Staged,
)
from longflow.settings import Feed, Settings
from longflow.spans import length_ms
from longflow.sqlfile import identifier, literal, query
from longflow.sums import countable
from longflow.validation.data_docs import write_page
from longflow.validation.held import Predecessor, Renewed, losses
from longflow.validation.quarantine import keep, put_in_place
from longflow.validation.review import REVIEWED, review_week
from longflow.week import Week
from longflow.workspace import Workspace

# Flows that are joined and split at a time; some 60 bytes of memory each.
_PIECE_ROWS = 4_000_000

# So often a load begins again because another run loaded the same week meanwhile.
_LOADS_AT_ONCE = 20


def load_week(
    settings: Settings, week: Week, workspace: Workspace, accept_reason: str | None = None
) -> Loaded:
    """Write a judged week's aggregates and its log into the archive, in one transaction.

    The same input a second time changes nothing. Feeds that were refused, or that are held because
    they hold less than what was loaded before, are logged as such and leave that untouched.
    Companions of the run's feeds are used as they were loaded, and get no revision; what cannot be
    made anew without them stays as it was.

    Args:
        settings: the settings.
        week: the week.
        workspace: of the run.
        accept_reason: why feeds are loaded that would be held otherwise.

    When another run has loaded feeds of the same week meanwhile, the load begins again from what
    that one left, so that of several runs each makes a revision of its own or changes nothing.

    Raises:
        LongflowError: the week has not been judged, or rows or bytes do not add up.
    """
    landed = workspace.read("landed", Landed)
    staged = workspace.read("staged", Staged)
    judged = workspace.read("judged", Judged)
    if landed is None or staged is None or judged is None:
        raise LongflowError(f"week {week} has not been judged", file=workspace.root)
    digests = input_digests(settings, landed, judged)
    # The key comes first: an archive is never begun without one.
    key = pseudonym_key(settings)
    with open_archive(settings, read_only=False) as archive:
        for _ in range(_LOADS_AT_ONCE):
            with suppress(OvertakenError):
                loaded, reviewed = _load(
                    archive,
                    settings,
                    week,
                    workspace,
                    landed,
                    staged,
                    judged,
                    digests,
                    key,
                    accept_reason,
                )
                break
        else:
            raise LongflowError(
                f"other runs loaded week {week} again and again meanwhile",
                remedy="nothing was loaded; take the week in again when they have ended",
            )
    workspace.write("reviewed", reviewed)
    write_page(settings, week, reviewed, workspace.suites)
    workspace.write("loaded", loaded)
    return loaded


def _load(
    archive: Archive,
    settings: Settings,
    week: Week,
    workspace: Workspace,
    landed: Landed,
    staged: Staged,
    judged: Judged,
    digests: Mapping[Feed, str],
    key: bytes,
    accept_reason: str | None,
) -> tuple[Loaded, Judged]:
    """Load the week once over what the archive holds now; the result, and the last judgements.

    Raises:
        OvertakenError: another run loaded feeds of the week meanwhile; nothing was written.
    """
    files = DataFiles.read(archive.connection, settings)
    damaged = _set_aside(archive, settings, week, files, landed, judged)
    log = _log_of(archive, week)
    _put_quarantine_in_place(settings, week, log)
    before = {attempt.feed: attempt for attempt in log}
    companions = _settled(archive.connection, week, landed, judged)
    found = findings_of(archive.connection, week)
    held = {feed for feed, attempt in before.items() if attempt.verdict == "held"}
    wanted = bool(accept_reason and held & digests.keys())
    if not (wanted or damaged.damaged) and brings_nothing(
        log,
        digests,
        judged.accepted(),
        {one.feed for one in companions if not one.lack},
        {finding.feed for finding in found if finding.rule == LACKING},
    ):
        loaded = Loaded(
            unchanged=tuple(sorted(digests)), snapshot=archive.snapshot, companions=companions
        )
        return loaded, _as_logged(judged, before, found)
    load = _WeekLoad(
        archive.connection, settings, week, workspace, landed, staged, judged, companions
    )
    load.damaged = damaged
    load.prepare(key)
    load.settle(load.review({a.feed: a for a in log if a.loaded}, files, accept_reason))
    feeds = [load.account(j, before.get(j.feed)) for j in load.judged.feeds]
    keep(settings, week, workspace, landed, {f.feed: (f.revision, digests[f.feed]) for f in feeds})
    seen = {attempt.feed: attempt.revision for attempt in log}
    make_claimable(archive.connection, week)
    files = DataFiles.read(archive.connection, settings)
    in_transaction(archive.connection, lambda: load.replace(feeds, digests, seen, files))
    damaged.remove_stand_ins()
    _put_quarantine_in_place(settings, week, _log_of(archive, week))
    loaded = Loaded(
        feeds=tuple(feeds),
        snapshot=archive.snapshot,
        aggregates=tuple(a.name for a in load.aggregates),
        companions=companions,
    )
    return loaded, load.judged


def _log_of(archive: Archive, week: Week) -> list[Attempt]:
    return attempts(archive.connection, week)


def _put_quarantine_in_place(settings: Settings, week: Week, log: Sequence[Attempt]) -> None:
    put_in_place(settings, week, {(a.feed, a.revision): a.input_digest for a in log})


def _set_aside(
    archive: Archive,
    settings: Settings,
    week: Week,
    files: DataFiles,
    landed: Landed,
    judged: Judged,
) -> DamagedWeek:
    """Set damaged files of the week aside that this load replaces."""
    damaged = DamagedWeek.find(files, archive.snapshot, week)
    if not damaged.damaged:
        return damaged
    accepted = judged.accepted()
    companions = {one.feed for one in landed.companions if not one.lack}
    expected = {source.feed for source in settings.sources}
    by_table: list[dict[str, Collection[str]]] = []
    for feeds, made in (
        (accepted, renewed(accepted, companions)),
        (expected, renewed(expected, set())),
    ):
        of: dict[str, list[str]] = {}
        for aggregate in made:
            of.setdefault(aggregate.table, []).append(aggregate.name)
        of["week_load"] = ["week_load"]
        by_table.append({**of, **dict.fromkeys(LOGS, sorted(feed.value for feed in feeds))})
    return damaged.set_aside(archive.connection, files, *by_table)


def _settled(
    connection: duckdb.DuckDBPyConnection, week: Week, landed: Landed, judged: Judged
) -> tuple[Companion, ...]:
    """The companions, with what speaks against one now that it is judged.

    The rows that are used must be those that its load in force was made of.
    """
    loads = in_force(connection, week)
    judgements = {judgement.feed: judgement for judgement in judged.companions}
    settled = []
    for one in landed.companions:
        lack, load = one.lack, loads.get(one.feed)
        if not lack and (load is None or load.files != _files(landed, one.feed)):
            lack = "it was taken in anew meanwhile"
        elif not lack and load is not None:
            now = judgements[one.feed]
            counts = (now.delivered_rows, now.quarantined_rows, now.quarantined_bytes)
            then = (load.delivered_rows, load.quarantined_rows, load.quarantined_bytes)
            if not now.accepted or counts != then:
                lack = f"it is not judged as it was in revision {load.revision}"
        settled.append(one.model_copy(update={"lack": lack}))
    return tuple(settled)


def _files(landed: Landed, feed: Feed) -> frozenset[tuple[str, str, str]]:
    return frozenset((f.source, f.name, f.sha256) for f in landed.files if f.feed is feed)


def _as_logged(judged: Judged, before: dict[Feed, Attempt], found: Sequence[Finding]) -> Judged:
    """The judgements of a week that stands in the archive already, with what its review found."""
    return Judged(
        feeds=tuple(
            judgement.model_copy(
                update={
                    "verdict": before[judgement.feed].verdict,
                    "findings": tuple(f for f in found if f.feed is judgement.feed),
                }
            )
            for judgement in judged.feeds
        )
    )


class _WeekLoad:
    """One week on its way into the archive."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        settings: Settings,
        week: Week,
        workspace: Workspace,
        landed: Landed,
        staged: Staged,
        judged: Judged,
        companions: Sequence[Companion],
    ) -> None:
        self.connection = connection
        self.settings = settings
        self.week = week
        self.workspace = workspace
        self.landed = landed
        self.staged = staged
        self.parameters = week_parameters(settings, week)
        self.damaged = DamagedWeek(week, (), 0)
        self.companions = {one.feed for one in companions if not one.lack}
        self.reasons = {one.feed: one.lack for one in companions if one.lack}
        self._accept(judged)

    def _accept(self, judged: Judged) -> None:
        self.judged = refuse_unusable(judged, self.companions, self.reasons)
        self.accepted = self.judged.accepted()
        self.aggregates = renewed(self.accepted, self.companions)
        # Every feed whose rows are read: what nothing is made of need not be.
        self.used = self.accepted.union(*(one.feeds for one in self.aggregates))
        self.parameters["attributed"] = self.used >= ATTRIBUTION

    def prepare(self, key: bytes) -> None:
        """Compute every aggregate that is made anew: temporary tables `new_<table>`.

        All the work is done here, before the transaction, which only has to move rows.
        """
        create_functions(self.connection)
        create_calendar(self.connection, self.week)
        create_coverage(self.connection, self.settings, self.week, self.landed, self.staged)
        create_staged_views(self.connection, self.settings, self.workspace, self.landed, self.used)
        if Feed.SUBSCRIBERS in self.used:
            create_subscribers(self.connection, key, self.used)
        if Feed.ASSIGNMENTS in self.used:
            self._table("holding")
        with sums_fit(Feed.FLOWS):
            self._flow_parts()
        with sums_fit(Feed.USAGE):
            self._table("usage_part", "query" if Feed.USAGE in self.used else "none")
        if Feed.COUNTERS in self.used:
            with sums_fit(Feed.COUNTERS):
                self._table("counter_part")
        for table in sorted({a.table for a in self.aggregates}):
            with sums_fit(next(a.main for a in self.aggregates if a.table == table)):
                self._aggregate(table)

    def _aggregate(self, table: str) -> None:
        """From the parts of the week to the rows of a table of the archive."""
        execute_named(
            self.connection,
            f"CREATE OR REPLACE TEMP TABLE {identifier('new_' + table)} AS "
            + query("archive", table),
            self.parameters,
        )

    def _flow_parts(self) -> None:
        """Sum the flows up, a piece of the week at a time, so that memory does not grow with it."""
        create_empty_parts(self.connection)
        if Feed.FLOWS not in self.used:
            return
        self.connection.execute(
            "CREATE OR REPLACE TEMP VIEW sampling_ledger AS "
            f"SELECT * FROM read_parquet({literal(self.workspace.sampling_ledger)})"
        )
        self._view("broadband_flow")
        if self.parameters["attributed"]:
            self._table("exporter_scope")
            self._table("endpoint_owner")
        # Left to itself the optimizer builds the hash table of a lookup from the flows, because it
        # does not know how many a Parquet file holds: the queries name the smaller side last.
        self.connection.execute("SET disabled_optimizers = 'build_side_probe_side'")
        for first_file, last_file in self._pieces():
            piece: dict[str, object] = {"first_file": first_file, "last_file": last_file}
            if self.parameters["attributed"]:
                self._table("piece_owner", more=piece)
                self._view("flow_owned", "attributed")
            else:
                self._view("flow_owned", "unattributed")
            self._table("flow_placed", more=piece)
            self._table("flow_split")
            self._view("flow_part")
            self._table("port_hour")
            for part in FLOW_SUMS:
                self.connection.execute(f"INSERT INTO {part} BY NAME {query('week', part)}")
        self.connection.execute("RESET disabled_optimizers")

    def _pieces(self) -> Iterator[tuple[int, int]]:
        """First and last number of the files of each piece of the flows."""
        first, last, rows = -1, -1, 0
        of_flows = self.staged.files_of(Feed.FLOWS, self.landed)
        for file in sorted(of_flows, key=lambda f: f.index):
            if rows and rows + file.rows > _PIECE_ROWS:
                yield first, last
                rows = 0
            first = first if rows else file.index
            last = file.index
            rows += file.rows
        if rows:
            yield first, last

    def _table(
        self, name: str, variant: str = "query", more: Mapping[str, object] | None = None
    ) -> None:
        text = f"CREATE OR REPLACE TEMP TABLE {name} AS {query('week', name, variant)}"
        execute_named(self.connection, text, {**self.parameters, **(more or {})})

    def _view(self, name: str, variant: str = "query") -> None:
        self.connection.execute(
            f"CREATE OR REPLACE TEMP VIEW {name} AS {query('week', name, variant)}"
        )

    def review(
        self, before: dict[Feed, Attempt], files: DataFiles, accept_reason: str | None
    ) -> Judged:
        """The judgements with what the aggregates show; nothing is replaced yet.

        Args:
            before: the newest loaded revision of each feed.
            files: the archive's files; damaged weeks of the past are no measure.
            accept_reason: why a feed is accepted that holds less than that.
        """
        told = [
            *self._review(files),
            *file_changes(
                self.connection,
                self.week,
                {feed: attempt for feed, attempt in before.items() if feed in self.accepted},
                self.landed,
                self.staged,
            ),
            *amount_changes(
                self.connection,
                self.week,
                [
                    (aggregate.told_of(self.accepted), aggregate.table, aggregate.rows)
                    for aggregate in self.aggregates
                    if aggregate.table not in self.damaged.tables
                ],
            ),
            *self._losses(before),
            *(self.damaged.findings(min(self.accepted)) if self.accepted else ()),
        ]
        return self.judged.with_findings(told, accept_reason)

    def _losses(self, before: dict[Feed, Attempt]) -> list[Finding]:
        """What this revision lacks that the load in force holds."""
        in_force = {}
        for feed, attempt in before.items():
            ((files, slots),) = self.connection.execute(
                query("archive", "load_log", "files"),
                {"week": self.week.monday, "feed": feed.value, "revision": attempt.revision},
            ).fetchall()
            rows = attempt.delivered_rows - attempt.quarantined_rows
            in_force[feed] = Predecessor(attempt.revision, rows, files, slots)
        return losses(
            self.connection,
            self.settings,
            self.week,
            self.landed,
            self.staged,
            {
                judgement.feed: judgement.delivered_rows - judgement.quarantined_rows
                for judgement in self.judged.feeds
                if judgement.feed in self.accepted
            },
            in_force,
            [
                Renewed(aggregate.table, aggregate.rows)
                for aggregate in self.aggregates
                if aggregate.table not in self.damaged.tables
            ],
        )

    def _review(self, files: DataFiles) -> list[Finding]:
        replaced: dict[str, list[str]] = {}
        for aggregate in self.aggregates:
            replaced.setdefault(aggregate.table, []).append(aggregate.rows)
        first = self.week.monday - timedelta(weeks=self.settings.validation.past.reach_weeks)
        # Whether a file is there costs nothing to ask; its digest is asked where reading fails.
        for read in (False, True):
            past = [
                file
                for file in files.chosen(None, dict.fromkeys(REVIEWED))
                if file.end is None and file.week and first <= file.week < self.week.monday
            ]
            damaged = files.damage(past, read=read)
            try:
                found = review_week(
                    self.connection,
                    self.settings,
                    self.week,
                    self.judged.feeds,
                    replaced,
                    self.used,
                    without_weeks([*damaged, *self.damaged.left]),
                )
            except duckdb.Error:
                if read:
                    raise
                continue
            told = [finding for findings in found.values() for finding in findings]
            return [*told, *self._past_left_out(damaged)]
        return []

    def _past_left_out(self, damaged: list[Damage]) -> Iterator[Finding]:
        weeks = sorted({str(one.file.week) for one in damaged})
        if weeks and self.accepted:
            yield Finding(
                rule="archive.past_damaged",
                severity="warning",
                feed=min(self.accepted),
                sentence=f"files of {', '.join(weeks)} are damaged, so this week was not held "
                "against those; see longflow check",
                count=len(weeks),
                unit="weeks",
            )

    def settle(self, judged: Judged) -> None:
        """Take over what the review said: what it refused is left out of every aggregate.

        Parts of the week stay as they are, and so do aggregates: each is made of parts of its own
        feeds alone. Only ports tell their subscribers where flows are attributed, by feeds beside.
        """
        attributed = self.parameters["attributed"]
        self._accept(judged)
        made = {one.table for one in self.aggregates}
        if self.parameters["attributed"] != attributed and "port_week" in made:
            self._aggregate("port_week")
        held = self._held()
        if not self.parameters["attributed"] and "port_week" in made and PORT_SUBSCRIBERS in held:
            self.connection.execute(
                "CREATE OR REPLACE TEMP TABLE new_port_week AS "
                + query("archive", "port_week", "subscribers_kept"),
                {"week": self.week.monday},
            )
        left = not_renewed(
            self.accepted,
            self.companions,
            self.reasons,
            {judgement.feed for judgement in judged.feeds},
            held,
        )
        self.judged = self.judged.with_findings(left)

    def _held(self) -> set[str]:
        """Names of the aggregates of which the archive holds rows of the week."""
        counts = {one.name: (one.table, "count(*)", one.rows) for one in AGGREGATES}
        counts[PORT_SUBSCRIBERS] = ("port_week", "count(subscribers)", "true")
        # What cannot be read stays as well.
        left = {one.file.table for one in self.damaged.left}
        return {
            name
            for name, (table, count, rows) in counts.items()
            if table in left
            or self.connection.execute(
                f"SELECT {count} FROM {identifier(table)} WHERE week = $week AND {rows}",
                {"week": self.week.monday},
            ).fetchall()[0][0]
        }

    def account(self, judgement: FeedJudgement, before: Attempt | None) -> FeedLoad:
        """What becomes of a feed's rows and bytes.

        Raises:
            LongflowError: delivered is not loaded + quarantined + out of week.
        """
        revision = max(0 if before is None else before.revision, self.damaged.highest_revision) + 1
        if judgement.feed not in self.accepted:
            # Refused whole: nothing of it gets into the archive.
            return FeedLoad(
                feed=judgement.feed,
                revision=revision,
                quarantined_rows=judgement.delivered_rows,
                quarantined_bytes=judgement.delivered_bytes,
            )
        with sums_fit(judgement.feed):
            row = execute_named(
                self.connection, query("week", "ledger", judgement.feed), self.parameters
            ).fetchone()
        assert row is not None  # noqa: S101 - an aggregate without GROUP BY gives one row
        loaded_rows, loaded_bytes, outside_rows, outside_bytes = (int(n) for n in row)
        load = FeedLoad(
            feed=judgement.feed,
            revision=revision,
            loaded_rows=loaded_rows,
            loaded_bytes=loaded_bytes,
            quarantined_rows=judgement.quarantined_rows,
            quarantined_bytes=judgement.quarantined_bytes,
            out_of_week_rows=outside_rows,
            out_of_week_bytes=outside_bytes,
        )
        for unit, delivered, parts in (
            ("rows", judgement.delivered_rows, (loaded_rows, load.quarantined_rows, outside_rows)),
            (
                "bytes",
                judgement.delivered_bytes,
                (loaded_bytes, load.quarantined_bytes, outside_bytes),
            ),
        ):
            if delivered != sum(parts):
                raise LongflowError(
                    f"{judgement.feed}: {delivered} {unit} were delivered, but loaded + "
                    f"quarantined + out of week are {' + '.join(map(str, parts))}",
                    remedy="nothing was loaded; this is an error of longflow, please report it",
                )
        return load

    def replace(
        self,
        loads: list[FeedLoad],
        digests: Mapping[Feed, str],
        seen: Mapping[Feed, int],
        files: DataFiles,
    ) -> None:
        """Put the new rows in the place of the week's old ones, and write the log.

        Args:
            loads: what became of each feed's rows.
            digests: of each feed's input.
            seen: newest revision of each feed of the week that the load builds upon.
            files: the archive's files before; those that come get their digests beside them.

        Raises:
            OvertakenError: another run has loaded feeds of the week since.
        """
        written = Written(self.connection, files)
        claim(self.connection, self.week, seen)
        written.note("week_load", "week_load", self.week.monday)
        for aggregate in self.aggregates:
            table = identifier(aggregate.table)
            kept = self._delete(aggregate)
            if kept:
                self.connection.execute(f"INSERT INTO {table} BY NAME FROM kept")
                written.note(aggregate.table, "", self.week.monday)
            self.connection.execute(
                f"INSERT INTO {table} BY NAME SELECT * FROM "
                f"{identifier('new_' + aggregate.table)} WHERE {aggregate.rows}"
            )
            written.note(aggregate.table, aggregate.name, self.week.monday)
        for table in LOGS:
            if lost := self.damaged.of_log(table, self.accepted, self.settings):
                self.connection.execute(
                    f"DELETE FROM {identifier(table)} WHERE week = $week AND filename IN "
                    f"({', '.join(map(literal, lost))})",
                    {"week": self.week.monday},
                )
        for load in loads:
            self.connection.execute(
                f"INSERT INTO load_log BY NAME {query('archive', 'load_log')}",
                self._log_row(load, digests[load.feed]),
            )
            written.note("load_log", load.feed.value, self.week.monday)
        self._write_findings(loads)
        written.note("finding", ",".join(load.feed.value for load in loads), self.week.monday)
        told = {judgement.feed: len(judgement.findings) for judgement in self.judged.feeds}
        keys = {(load.feed, load.revision): told[load.feed] for load in loads}
        check_keys(self.connection, self.week, keys)
        written.record()

    def _delete(self, aggregate: Aggregate) -> bool:
        """Delete the old rows, always whole files; whether rows of others go back from `kept`.

        Files that are deleted in part would need a file beside them that says so.
        """
        table, week = identifier(aggregate.table), {"week": self.week.monday}
        shared = [
            name
            for (name,) in self.connection.execute(
                f"SELECT filename FROM {table} WHERE week = $week GROUP BY filename "
                f"HAVING bool_or({aggregate.rows}) AND NOT bool_and({aggregate.rows})",
                week,
            ).fetchall()
        ]
        if shared:
            self.connection.execute(
                f"CREATE OR REPLACE TEMP TABLE kept AS SELECT * FROM {table} WHERE week = $week "
                f"AND NOT ({aggregate.rows}) AND filename IN ({', '.join(map(literal, shared))})",
                week,
            )
        whole = [*shared, *self.damaged.of(aggregate.table)]
        also = f" OR filename IN ({', '.join(map(literal, whole))})" if whole else ""
        self.connection.execute(
            f"DELETE FROM {table} WHERE week = $week AND ({aggregate.rows}{also})", week
        )
        return bool(shared)

    def _write_findings(self, loads: list[FeedLoad]) -> None:
        """Keep what was found, with the revision it is about."""
        judged = {judgement.feed: judgement.findings for judgement in self.judged.feeds}
        found = [
            {"feed": load.feed.value, "revision": load.revision, "number": number}
            | finding.model_dump(mode="json", exclude={"feed"})
            | {name: countable(getattr(finding, name)) for name in ("rows", "bytes", "count")}
            for load in loads
            for number, finding in enumerate(judged[load.feed], start=1)
        ]
        columns = {
            "feed": pl.String,
            "revision": pl.Int64,
            "number": pl.Int64,
            **dict.fromkeys(("rule", "severity", "source", "file", "unit", "sentence"), pl.String),
            **dict.fromkeys(("rows", "bytes", "count", "start_ms", "end_ms"), pl.Int64),
        }
        create_from(self.connection, "found", pl.DataFrame(found, schema=columns))
        self.connection.execute(
            f"INSERT INTO finding BY NAME {query('archive', 'finding')}",
            {"week": self.week.monday},
        )

    def _log_row(self, load: FeedLoad, digest: str) -> dict[str, object]:
        judgement = next(j for j in self.judged.feeds if j.feed is load.feed)
        counted = {file.index: file for file in self.staged.files}
        files = [
            f.model_dump(include={"source", "name", "size_bytes", "sha256", "slot_ms"})
            # Of a feed that was refused at the door, nothing was counted.
            | (counted[f.index].model_dump(include={"rows", "bytes"}) if f.index in counted else {})
            for f in self.landed.files
            if f.feed is load.feed
        ]
        slots = [s for s in self.staged.slots if s.feed is load.feed]
        # `account` has held these three against what was delivered; refused rows may be absurd.
        kept_bytes = load.loaded_bytes + load.out_of_week_bytes
        quarantined_bytes = countable(load.quarantined_bytes, beside=kept_bytes)
        expected_ms = len(slots) * (self.week.end_ms - self.week.start_ms)
        return {
            "week": self.week.monday,
            "loaded_at": datetime.now(UTC),
            "input_digest": digest,
            "files": json.dumps(files),
            "slots": json.dumps([s.model_dump(mode="json") for s in slots]),
            "verdict": judgement.verdict,
            "aggregates": json.dumps([a.name for a in self.aggregates if load.feed in a.feeds]),
            "delivered_rows": judgement.delivered_rows,
            "expected_ms": expected_ms,
            "delivered_ms": expected_ms - sum(length_ms(s.missing) for s in slots),
            "version": __version__,
            "accepted_reason": judgement.accepted_reason,
            **load.model_dump(mode="json"),
            "quarantined_bytes": quarantined_bytes,
            "delivered_bytes": kept_bytes + quarantined_bytes,
        }
