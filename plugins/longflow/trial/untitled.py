"""Titles for a table that has none: which column is which, as its values show. They are a guess."""

from __future__ import annotations

import contextlib
import csv
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from zoneinfo import ZoneInfo

import polars as pl

from longflow.masking import NO_VALUE_WORDS
from longflow.settings import Feed
from longflow.staging.tabular.csv_text import Header
from longflow.staging.tabular.values import durations_ms, instants, protocols
from longflow.trial.times import TIME_FORMATS, unit_of_numbers
from longflow.trial.words import known_words

_UTC = ZoneInfo("UTC")
# So large a part of a column must be of a kind.
_NEARLY_ALL = 0.95
_ADDRESS = r"^(?:(?:\d{1,3}\.){3}\d{1,3}|[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:.]+)$"
_PREFIX = r"^[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:.]*/\d{1,3}$"
_NUMBER_OF_SUBSCRIBER = r"^\+?\d{9,15}$"
_CAUSES = {"user-request", "lost-carrier", "lost-service", "idle-timeout", "session-timeout"}
_CAUSES |= {"admin-reset", "admin-reboot", "port-error", "nas-error", "nas-request", "nas-reboot"}
# Times of one file lie within so many milliseconds.
_LONGEST_FILE_MS = 400 * 86_400_000
_LEAST_ROWS = 5


@dataclass(frozen=True)
class _Column:
    """A column of texts, and what they can be."""

    place: int
    texts: pl.Series

    @cached_property
    def values(self) -> pl.Series:
        """The values that there are."""
        return self.texts.drop_nulls()

    @cached_property
    def distinct(self) -> float:
        """How many different values, of all."""
        return self.values.n_unique() / max(1, len(self.values))

    def is_like(self, pattern: str) -> bool:
        """Whether nearly all values match."""
        share = self.values.str.contains(pattern).mean() if len(self.values) else None
        return isinstance(share, float) and share >= _NEARLY_ALL

    @cached_property
    def numbers(self) -> pl.Series | None:
        """Whole numbers, nulls in place; None if some are none."""
        found = self.texts.cast(pl.Int64, strict=False)
        return found if len(self.values) and found.count() == len(self.values) else None

    @cached_property
    def times(self) -> pl.Series | None:
        """Instants in any spelling, nulls in place; None if some are none."""
        if self.is_like(_ADDRESS) or not len(self.values):
            return None
        found = self._instants()
        if found is None:
            return None
        known = found.drop_nulls().sort().to_list()
        if len(known) < _NEARLY_ALL * len(self.values):
            return None
        now_ms = datetime.now(UTC).timestamp() * 1000
        is_likely = known[0] >= 946_684_800_000 and known[-1] <= now_ms + 400 * 86_400_000
        return found if is_likely and known[-1] - known[0] <= _LONGEST_FILE_MS else None

    def _instants(self) -> pl.Series | None:
        unit = unit_of_numbers(self.values)
        if unit != "iso":
            return instants(self.texts, unit, _UTC, None)
        for time_format in (None, *TIME_FORMATS):
            found = instants(self.texts, "iso", _UTC, time_format)
            if found.count() >= _NEARLY_ALL * len(self.values):
                return found
        return None

    @property
    def is_subscriber(self) -> bool:
        """Whether these can be numbers or logins of subscribers."""
        if self.times is not None or self.is_like(_ADDRESS):
            return False
        if self.is_like(_NUMBER_OF_SUBSCRIBER):
            lengths = self.values.str.len_chars()
            beginnings = self.values.str.head(2).n_unique()
            return lengths.n_unique() <= 3 and beginnings <= 4
        return self.is_like(r"@[\w.-]+$")

    @property
    def is_identity(self) -> bool:
        """Whether each value is another one, and none is an amount."""
        if self.distinct < 1 or self.times is not None or self.is_like(_ADDRESS):
            return False
        if self.numbers is None:
            return True
        digits = self.values.str.len_chars()
        often: int = max(digits.value_counts()["count"].to_list())
        shortest: int = min(digits.to_list())
        return often >= 0.8 * len(digits) and shortest >= 8


@dataclass
class _Guess:
    """Columns that were given a name, and those left."""

    left: list[_Column]
    names: dict[int, str] = field(default_factory=dict)

    def take(self, name: str, column: _Column | None) -> _Column | None:
        """Name a column, if there is one."""
        if column is not None:
            self.names[column.place] = name
            self.left.remove(column)
        return column

    def first(self, name: str, fits: Callable[[_Column], bool]) -> _Column | None:
        """Name the first column left that fits."""
        return self.take(name, next((one for one in self.left if fits(one)), None))

    def times(self, *names: str) -> None:
        """Name columns of times in the order of their instants."""
        found = [one for one in self.left if one.times is not None]
        if len(found) < 2 or len(names) < 2:
            for name, one in zip(names, found, strict=False):
                self.take(name, one)
            return
        pairs = [pair for pair in itertools.permutations(found, 2) if _in_order(*pair)]
        first, last = max(pairs, key=_apart, default=(found[0], None))
        self.take(names[0], first)
        self.take(names[-1], last)
        between = [one for one in found if one not in (first, last)]
        for name, one in zip(names[1:-1], between, strict=False):
            self.take(name, one)


def _in_order(first: _Column, last: _Column) -> bool:
    """Whether nearly no instant of a column is later than that of another."""
    if first.times is None or last.times is None:
        return False
    share = (first.times <= last.times).mean()
    return isinstance(share, float) and share >= _NEARLY_ALL


def _apart(pair: tuple[_Column, _Column]) -> float:
    first, last = (one.times for one in pair)
    if first is None or last is None:
        return 0
    apart = (last - first).mean()
    return apart if isinstance(apart, float) else 0


def has_titles(lines: Sequence[str], delimiter: str) -> bool:
    """Whether the first line of a table can be titles: no value in it is of its column's kind."""
    columns = _columns(lines, delimiter)
    if columns is None:
        return True
    for one in columns:
        rest = _Column(one.place, one.texts[1:])
        head = _Column(one.place, one.texts[:1])
        for is_of_kind in (_is_address, _is_time, _is_number):
            if is_of_kind(rest) and len(rest.values) and len(head.values) and is_of_kind(head):
                return False
    return True


def _is_address(column: _Column) -> bool:
    return column.is_like(_ADDRESS)


def _is_time(column: _Column) -> bool:
    return column.times is not None


def _is_number(column: _Column) -> bool:
    return column.is_like(r"^-?\d+(?:\.\d+)?$")


def guessed_titles(lines: Sequence[str], delimiter: str, feed: Feed) -> list[str]:
    """A name for each column: longflow's, or `column 3` where the values show none.

    Args:
        lines: the first records of a table without titles.
        delimiter: what separates its columns.
        feed: the feed that it delivers.
    """
    columns = _columns(lines, delimiter)
    if columns is None:
        return []
    guess = _Guess(list(columns))
    {
        Feed.FLOWS: _flows,
        Feed.ASSIGNMENTS: _assignments,
        Feed.USAGE: _usage,
        Feed.COUNTERS: _counters,
        Feed.SUBSCRIBERS: _subscribers,
    }[feed](guess)
    return [guess.names.get(one.place, f"column {one.place + 1}") for one in columns]


def _columns(lines: Sequence[str], delimiter: str) -> list[_Column] | None:
    """The columns of lines with as many fields as most; None if these are too few."""
    rows = list(_rows(lines, delimiter))
    sizes = [len(row) for row in rows]
    if not sizes:
        return None
    size = max(set(sizes), key=sizes.count)
    rows = [row for row in rows if len(row) == size]
    if len(rows) < _LEAST_ROWS or size < 2:
        return None
    columns = []
    for place in range(size):
        texts = [row[place] for row in rows]
        known = [None if one.lower() in NO_VALUE_WORDS or not one else one for one in texts]
        columns.append(_Column(place, pl.Series(known, dtype=pl.String)))
    return columns


def _rows(lines: Sequence[str], delimiter: str) -> Iterator[Sequence[str]]:
    for line in lines:
        with contextlib.suppress(csv.Error, ValueError):
            yield Header.of_line(line, delimiter).names


def _usage(guess: _Guess) -> None:
    # Numbers with the code of a country are longer than other identities.
    subscribers = [one for one in guess.left if one.is_subscriber]
    lengths = {one.place: one.values.str.len_chars().median() or 0 for one in subscribers}
    guess.take("subscriber", max(subscribers, key=lambda one: lengths[one.place], default=None))
    guess.times("start_time", "end_time")
    guess.first("record", lambda one: one.is_identity)
    guess.first("gateway", _is_address)
    _volumes(guess, "in_bytes", "out_bytes")
    if "end_time" not in guess.names.values():
        guess.first("duration", _is_duration)


def _is_duration(column: _Column) -> bool:
    if column.is_like(r"^\d+:\d\d:\d\d"):
        return True
    lengths = durations_ms(column.values, "s").drop_nulls()
    return _is_number(column) and lengths.n_unique() > 1


def _volumes(guess: _Guess, inward: str, outward: str) -> None:
    """Name two columns of amounts that stand beside each other: OUT is the larger sum."""
    amounts = [one for one in guess.left if one.numbers is not None and one.distinct > 0]
    pairs = [
        (one, other) for one, other in itertools.pairwise(amounts) if other.place == one.place + 1
    ] or list(itertools.combinations(amounts, 2))
    if not pairs:
        return
    pair = max(pairs, key=lambda two: sorted(map(_sum, two)))
    less, more = sorted(pair, key=_sum)
    guess.take(inward, less)
    guess.take(outward, more)


def _sum(column: _Column) -> float:
    return 0 if column.numbers is None else float(column.numbers.cast(pl.Float64).sum())


def _assignments(guess: _Guess) -> None:
    guess.times("acctstarttime", "acctupdatetime", "acctstoptime")
    addresses = [one for one in guess.left if one.is_like(r"^(?:\d{1,3}\.){3}\d{1,3}$")]
    addresses.sort(key=lambda one: one.distinct)
    if len(addresses) > 1:
        guess.take("nasipaddress", addresses[0])
    if addresses:
        guess.take("framedipaddress", addresses[-1])
    prefixes = [one for one in guess.left if one.is_like(_PREFIX)]
    for name, one in zip(
        ("delegatedipv6prefix", "framedipv6prefix"), reversed(prefixes), strict=False
    ):
        guess.take(name, one)
    guess.first("acctterminatecause", lambda one: _is_of_words(one, _CAUSES))
    if guess.first("acctuniqueid", lambda one: one.is_like(r"^[0-9a-f]{32}$")) is None:
        identities = [
            one for one in guess.left if one.is_identity and not one.is_like(r"@|^\d+$")
        ] or [one for one in guess.left if one.is_identity and not one.is_like("@")]
        guess.take("acctuniqueid", identities[0] if identities else None)
    if guess.first("username", lambda one: one.is_like(r"@[\w.-]+$")) is None:
        texts = [one for one in guess.left if one.numbers is None and one.times is None]
        guess.take("username", max(texts, key=lambda one: one.distinct, default=None))


def _is_of_words(column: _Column, words: set[str]) -> bool:
    found = column.values.str.to_lowercase()
    share = found.is_in(list(words)).mean() if len(found) else None
    return isinstance(share, float) and share >= 0.5


def _flows(guess: _Guess) -> None:
    guess.times("first_seen_ms", "last_seen_ms")
    addresses = [
        guess.first("src_addr", _is_address),
        guess.first("dst_addr", _is_address),
    ]
    guess.first("protocol", _is_protocol)
    ports = [one for one in guess.left if _is_port(one)]
    behind = [one for one in ports for address in addresses if _is_behind(one, address)]
    beside = [pair for pair in itertools.pairwise(ports) if _is_behind(pair[1], pair[0])]
    for pair in ([behind] if len(behind) == len(addresses) else beside)[:1]:
        for name, one in zip(("src_port", "dst_port"), pair, strict=True):
            guess.take(name, one)
    if "last_seen_ms" not in guess.names.values():
        guess.first("duration", lambda one: one.is_like(r"^\d+\.\d+$|^\d+:\d\d:\d\d"))
    counts = [one for one in guess.left if one.numbers is not None]
    pairs = itertools.permutations(counts, 2)
    for packets, octets in sorted(pairs, key=lambda two: abs(two[0].place - two[1].place)):
        # Sizes of flows differ; what is the same in all is an interval of sampling.
        if _is_size(packets, octets) and octets.values.n_unique() > 1:
            guess.take("packets", packets)
            guess.take("bytes", octets)
            break
    guess.first("exporter", _is_address)


def _is_protocol(column: _Column) -> bool:
    found = protocols(column.values)
    known = {1, 2, 6, 17, 47, 50, 51, 58, 132}
    return len(found) > 0 and set(found.to_list()) <= known


def _is_port(column: _Column) -> bool:
    numbers = column.numbers
    if numbers is None:
        return False
    return numbers.drop_nulls().is_between(0, 65_535).all()


def _is_behind(column: _Column, other: _Column | None) -> bool:
    return other is not None and column.place == other.place + 1


def _is_size(packets: _Column, octets: _Column) -> bool:
    """Whether some numbers are bytes of others, which are packets."""
    if packets.numbers is None or octets.numbers is None:
        return False
    share = (octets.numbers / packets.numbers).is_between(20, 9_216).mean()
    return isinstance(share, float) and share >= _NEARLY_ALL


def _counters(guess: _Guess) -> None:
    guess.times("time")
    guess.first("device", lambda one: _is_address(one) and one.distinct < 1)
    _volumes(guess, "in_octets", "out_octets")
    texts = [one for one in guess.left if one.numbers is None and one.times is None]
    names = [one for one in texts if one.is_like(r"\d") and one.distinct < 1]
    interface = max(names, key=lambda one: one.values.n_unique(), default=None)
    guess.take("interface", interface)
    if "device" not in guess.names.values():
        guess.first("device", lambda one: one in texts and one.distinct < 1)


def _subscribers(guess: _Guess) -> None:
    for name in ("service", "segment", "access"):
        words = known_words(name)
        found = [one for one in guess.left if _is_of_words(one, words)]
        guess.take(name, found[0] if found else None)
    identities = [one for one in guess.left if one.times is None and one.distinct > 0.5]
    logins = [one for one in identities if one.is_subscriber] or identities
    guess.take("login_or_number", logins[0] if logins else None)
    guess.first("contract", lambda one: one in identities)
