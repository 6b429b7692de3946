"""What a load of a week replaces, and what of the week stays in the archive as it was."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from functools import cached_property

import duckdb

from longflow.archive.aggregates import (
    AGGREGATES,
    ATTRIBUTION,
    PORT_SUBSCRIBERS,
    Aggregate,
    not_renewed,
    refuse_unusable,
    renewed,
)
from longflow.archive.data_files import DataFiles
from longflow.records import Companion, Judged
from longflow.settings import Feed
from longflow.sqlfile import identifier
from longflow.week import Week


@dataclass(frozen=True)
class Renewal:
    """The feeds that a load accepts, and the aggregates that it makes of them.

    Attributes:
        judged: the judgements, with every feed refused of which nothing can be made.
        companions: feeds that can be used in addition to those of the run.
        reasons: why other companions cannot be used.
    """

    judged: Judged
    companions: frozenset[Feed]
    reasons: Mapping[Feed, str]

    @classmethod
    def of(cls, judged: Judged, companions: Sequence[Companion]) -> Renewal:
        """What can be made after the judge, with the companions at hand."""
        usable = frozenset(one.feed for one in companions if not one.lack)
        reasons = {one.feed: one.lack for one in companions if one.lack}
        return cls(refuse_unusable(judged, usable, reasons), usable, reasons)

    def after(self, judged: Judged) -> Renewal:
        """What can still be made after further findings."""
        return replace(self, judged=refuse_unusable(judged, self.companions, self.reasons))

    def reporting_what_stays(self, archived: AbstractSet[str]) -> Renewal:
        """The same, with a finding for each aggregate that could not be replaced.

        Args:
            archived: names of the aggregates for which the archive has rows of the week.
        """
        feeds = {judgement.feed for judgement in self.judged.feeds}
        left = not_renewed(self.accepted, self.companions, self.reasons, feeds, archived)
        return replace(self, judged=self.judged.with_findings(left))

    @cached_property
    def accepted(self) -> frozenset[Feed]:
        """Feeds of the run that are loaded."""
        return frozenset(self.judged.accepted())

    @cached_property
    def aggregates(self) -> tuple[Aggregate, ...]:
        """Aggregates that are replaced."""
        return tuple(renewed(self.accepted, self.companions))

    @cached_property
    def tables(self) -> frozenset[str]:
        """Tables of these aggregates."""
        return frozenset(one.table for one in self.aggregates)

    @cached_property
    def used(self) -> frozenset[Feed]:
        """All feeds whose rows are read; those of which nothing is made need not be."""
        return self.accepted.union(*(one.feeds for one in self.aggregates))

    @property
    def is_attributed(self) -> bool:
        """Whether flows are attributed to subscribers."""
        return self.used >= ATTRIBUTION


def archived_aggregates(
    connection: duckdb.DuckDBPyConnection,
    files: DataFiles,
    week: Week,
    unreadable: Collection[str],
) -> frozenset[str]:
    """Names of the aggregates for which the archive has rows of the week.

    Args:
        connection: the archive.
        files: its files.
        week: the week.
        unreadable: tables with damaged files that the load does not touch: what cannot be read
            stays, too.
    """
    counts = {one.name: (one.table, "count(*)", one.rows) for one in AGGREGATES}
    counts[PORT_SUBSCRIBERS] = ("port_week", "count(subscribers)", "true")
    return frozenset(
        name
        for name, (table, count, rows) in counts.items()
        if table in unreadable
        or (
            files.may_hold(table, week.monday, week.monday)
            and connection.execute(
                f"SELECT {count} FROM {identifier(table)} WHERE week = $week AND {rows}",
                {"week": week.monday},
            ).fetchall()[0][0]
        )
    )
