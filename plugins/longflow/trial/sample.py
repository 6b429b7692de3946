"""The first records of a file, to try settings on."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

import polars as pl
import pyarrow as pa
from pydantic import ValidationError

from longflow.errors import LongflowError
from longflow.settings import Feed, Source
from longflow.staging.sampling_notes import SamplingNotes
from longflow.staging.tabular import LineCount, delivered, read_tabular

T = TypeVar("T")

# Minutes that files of collectors cover.
_USUAL_SLOTS = (5, 10, 15, 30, 60, 120, 180, 360, 720, 1_440)
# The time of a record by which its file is placed: collectors write a record when it ends.
TIMES = {
    Feed.FLOWS: "last_seen_ms",
    Feed.ASSIGNMENTS: "start_ms",
    Feed.USAGE: "end_ms",
    Feed.COUNTERS: "time_ms",
}
# The time at which a record begins, of which a duration may follow.
START = {Feed.FLOWS: "first_seen_ms", Feed.USAGE: "start_ms"}


class Times(NamedTuple):
    """When the first records occurred.

    Attributes:
        middle_ms: as many are earlier as later.
        slot_minutes: the shortest usual slot in which nearly all lie; None if no slot is so long.
    """

    middle_ms: int
    slot_minutes: int | None


class _Read(NamedTuple):
    """What became of the first records under some settings; `texts` is None if nothing did."""

    texts: pl.DataFrame | None
    unread: dict[str, int]
    tables: list[pa.Table]


@dataclass
class Sample:
    """The first records of a file.

    Attributes:
        file: they alone, in UTF-8 and not packed.
        zone: time zone of times without offset.
    """

    file: Path
    zone: ZoneInfo
    _known: dict[str, _Read] = field(default_factory=dict)

    def source(self, given: Mapping[str, Any]) -> Source | None:
        """The source of some settings; None if there can be none."""
        try:
            return Source.model_validate(dict(given))
        except ValidationError:
            return None

    def texts(self, given: Mapping[str, Any]) -> pl.DataFrame | None:
        """The columns of the records, as they were delivered; None if they cannot be read."""
        return self._read(given).texts

    def unread(self, given: Mapping[str, Any]) -> dict[str, int]:
        """Columns that cannot be read, each with the number of records."""
        return self._read(given).unread

    def rate(self, given: Mapping[str, Any]) -> tuple[int, int]:
        """How badly settings read the records: whether not at all, and values not read."""
        found = self._read(given)
        return (1, 0) if found.texts is None else (0, sum(found.unread.values()))

    def column(self, given: Mapping[str, Any], name: str) -> pl.Series:
        """A staged column of the records; empty if they cannot be read."""
        tables = self._read(given).tables
        series = [pl.Series(table[name]) for table in tables]
        return pl.concat(series) if series else pl.Series(name, dtype=pl.Int64)

    def times(self, given: Mapping[str, Any]) -> Times | None:
        """When the records occurred; None if they do not say."""
        column = TIMES.get(Feed(given["feed"]))
        if column is None:
            return None
        times = self.column(given, column).drop_nulls().sort()
        if not len(times):
            return None
        # A few records may have come late.
        late = len(times) // 50
        minutes = (times[len(times) - 1 - late] - times[late]) / 60_000
        slot = next((slot for slot in _USUAL_SLOTS if minutes <= slot), None)
        return Times(times[len(times) // 2], slot)

    def _read(self, given: Mapping[str, Any]) -> _Read:
        key = json.dumps(given, sort_keys=True, default=str)
        if key not in self._known:
            # The records were written anew in UTF-8.
            in_utf8 = {name: value for name, value in given.items() if name != "encoding"}
            source = self.source(in_utf8)
            nothing = _Read(None, {}, [])
            self._known[key] = nothing if source is None else self._under(source)
        return self._known[key]

    def _under(self, source: Source) -> _Read:
        texts = list(_until_error(delivered(self.file, source, LineCount())))
        if not texts:
            return _Read(None, {}, [])
        zone = source.zone(self.zone)
        tables = list(_until_error(read_tabular(self.file, source, zone, 0, SamplingNotes())))
        unread: dict[str, int] = {}
        for table in tables:
            counts = pl.Series(table["unreadable"]).drop_nulls().value_counts()
            for name, count in counts.iter_rows():
                unread[name] = unread.get(name, 0) + count
        return _Read(pl.concat(texts, how="diagonal"), unread, tables)


def _until_error(pieces: Iterator[T]) -> Iterator[T]:
    """What can be read: the beginning of a list of objects, for one, ends in its middle."""
    try:
        yield from pieces
    except LongflowError:
        return
