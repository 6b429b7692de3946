"""Readings of counters: which rows belong to the report, and pairs of rows that are one reading.

Works on columns of text, before they are typed, so that whatever is read of a reading that came in
one row is read of one that came in two.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

import polars as pl

from longflow.errors import LongflowError
from longflow.settings import Source
from longflow.staging.tabular.values import without_nulls

_SIDES = ("in_octets", "out_octets")
# What two rows of one reading have in common.
_OF_READING = ("time", "device", "interface", "service", "access")
# So many rows are looked through for pairs at a time, and twice those that were left over, so that
# a file that has all IN before all OUT is not looked through again and again.
_ROWS = 500_000
_NAMES_KEPT = 5


@dataclass
class LeftOut:
    """Rows of one kind that are not of this report.

    Attributes:
        rows: how many.
        names: the first of what they are about.
    """

    rows: int = 0
    names: list[str] = field(default_factory=list)

    def add(self, about: pl.Series) -> None:
        """Count rows; `about` has the name of what each is about."""
        self.rows += len(about)
        if len(self.names) < _NAMES_KEPT:
            new = about.drop_nulls().unique(maintain_order=True).to_list()
            self.names += [name for name in new if name not in self.names]
            del self.names[_NAMES_KEPT:]


@dataclass
class ReadingCount:
    """Rows of counters that are no reading of their own.

    Attributes:
        joined: rows that gave the second counter of a reading.
        left_out: rows that are not of this report, by rule.
        interfaces: all that there are, by device and name, if the source names some.
    """

    joined: int = 0
    left_out: dict[str, LeftOut] = field(default_factory=dict)
    interfaces: set[tuple[str | None, str]] = field(default_factory=set)

    @property
    def rows_left_out(self) -> int:
        """How many rows are left out."""
        return sum(one.rows for one in self.left_out.values())

    def leave_out(self, rule: str, about: pl.Series) -> None:
        """Count rows that are left out."""
        if len(about):
            self.left_out.setdefault(rule, LeftOut()).add(about)


def chosen(
    pieces: Iterator[pl.DataFrame], source: Source, count: ReadingCount
) -> Iterator[pl.DataFrame]:
    """Rows of the interfaces that the source names, with service and access of each.

    Rows without an interface stay, to be quarantined.

    Args:
        pieces: columns of text, with `is_record`.
        source: names its interfaces.
        count: receives how many rows are left out.

    Raises:
        LongflowError: an interface is named for several accesses.
    """
    kinds: dict[tuple[str | None, str], str] = {}
    for piece in pieces:
        names = _names(piece, source)
        for one in names.unique().drop_nulls("interface").rows():
            if one not in kinds:
                device, interface = one
                kinds[one] = _kind(device, interface, source)
        table = pl.DataFrame(
            [(*names, kind) for names, kind in kinds.items()],
            schema={**names.schema, "kind": pl.String},
            orient="row",
        )
        kind = names.join(
            table, on=names.columns, how="left", nulls_equal=True, maintain_order="left"
        )["kind"]
        is_other = (kind == "").fill_null(value=False)
        count.leave_out("counters.other_interface", names["interface"].filter(is_other))
        yield piece.with_columns(
            service=kind.replace_strict(_SERVICES, default=None, return_dtype=pl.String),
            access=kind.set(kind == "mobile", None),
        ).filter(~is_other)


def noted(
    pieces: Iterator[pl.DataFrame], source: Source, count: ReadingCount
) -> Iterator[pl.DataFrame]:
    """The pieces as they are; `count` receives the interfaces in them."""
    for piece in pieces:
        count.interfaces.update(_names(piece, source).unique().drop_nulls("interface").rows())
        yield piece


def is_named(device: str | None, interface: str, names: Iterable[str]) -> bool:
    """Whether some names with wildcards name an interface, with or without its device."""
    full = interface if device is None else f"{device} {interface}"
    return any(fnmatchcase(full, one) or fnmatchcase(interface, one) for one in names)


def _names(piece: pl.DataFrame, source: Source) -> pl.DataFrame:
    """Device and interface of each row."""
    return pl.DataFrame(
        {
            name: without_nulls(_text(piece, name, source), source.null_values)
            for name in ("device", "interface")
        }
    )


_SERVICES = {"pppoe": "broadband", "ipoe": "broadband", "mobile": "mobile"}


def _text(piece: pl.DataFrame, name: str, source: Source) -> pl.Series:
    if name in piece.columns:
        return piece[name]
    return pl.Series([source.constants.get(name)] * piece.height, dtype=pl.String)


def _kind(device: str | None, interface: str, source: Source) -> str:
    """`pppoe`, `ipoe` or `mobile`; empty for an interface that the source does not name."""
    kinds = [
        kind for kind, names in source.interfaces.items() if is_named(device, interface, names)
    ]
    if len(kinds) > 1:
        full = interface if device is None else f"{device} {interface}"
        raise LongflowError(
            f"interface '{full}' is named for {' and for '.join(kinds)}",
            place=f"interfaces of source '{source.name}'",
            remedy="let it match the names of one alone",
        )
    return kinds[0] if kinds else ""


def paired(
    pieces: Iterator[pl.DataFrame],
    source: Source,
    count: ReadingCount,
    alone: list[pl.DataFrame] | None = None,
) -> Iterator[pl.DataFrame]:
    """Readings with both counters, from rows that have one counter each.

    The n-th row of IN and the n-th of OUT of the same interface and time are one reading, under the
    number of the earlier. A row without its other half stays alone, without a value there. Rows of
    other counters are left out.

    Args:
        pieces: columns of text, among them `counter` and `value`, with `position` and `is_record`.
        source: states what its names of counters mean.
        count: receives how many rows are joined to others, or left out.
        alone: receives the rows without another half, which then are no readings here.

    Raises:
        LongflowError: the file is broken; everything before was yielded or is in `alone`.
    """
    meanings = source.values["counter"]
    waiting: list[pl.DataFrame] = []
    rows, enough = 0, _ROWS
    broken: LongflowError | None = None
    try:
        for piece in pieces:
            sided, odd = _sided(piece, meanings, source, count)
            if odd.height:
                yield odd
            waiting.append(sided)
            rows += sided.height
            if rows >= enough:
                readings, left = _joined(pl.concat(waiting))
                count.joined += readings.height
                yield readings
                waiting, rows, enough = [left], left.height, max(_ROWS, 2 * left.height)
    except LongflowError as error:
        broken = error
    if waiting:
        readings, left = _joined(pl.concat(waiting))
        count.joined += readings.height
        if alone is None:
            yield pl.concat([readings, Halves.spread(left)], how="diagonal").sort("position")
        else:
            alone.append(left)
            yield readings
    if broken is not None:
        raise broken


class Halves:
    """Rows of one counter whose other half may be in another file of the delivery."""

    def __init__(self) -> None:
        self._waiting = pl.DataFrame()

    def matched(
        self, file: int, alone: Sequence[pl.DataFrame]
    ) -> Iterator[tuple[int, pl.DataFrame]]:
        """Readings whose second half a file brings, by the number of the file with the first.

        Args:
            file: number of the file.
            alone: its rows that are alone; those without a match wait for the next file.
        """
        came = pl.concat(alone, how="diagonal").with_columns(file=pl.lit(file, dtype=pl.Int32))
        readings, self._waiting = _joined(pl.concat([self._waiting, came], how="diagonal"))
        yield from _by_file(readings)

    def rest(self) -> Iterator[tuple[int, pl.DataFrame]]:
        """Rows without another half in any file, as readings that lack it, by number of file."""
        if self._waiting.height:
            yield from _by_file(self.spread(self._waiting))

    @staticmethod
    def spread(alone: pl.DataFrame) -> pl.DataFrame:
        """Rows of one counter as readings that lack the other."""
        return alone.select(
            pl.exclude("value", "side"),
            **{side: pl.when(pl.col("side") == side).then("value") for side in _SIDES},
        )


def _by_file(readings: pl.DataFrame) -> Iterator[tuple[int, pl.DataFrame]]:
    for (number,), of_file in readings.group_by("file", maintain_order=True):
        yield int(str(number)), of_file.drop("file").sort("position")


def _sided(
    piece: pl.DataFrame, meanings: Mapping[str, str], source: Source, count: ReadingCount
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows of the two counters, with `side`; and those that name none, to be quarantined."""
    names = without_nulls(piece["counter"], source.null_values)
    side = names.replace_strict(meanings, default=None, return_dtype=pl.String)
    is_other = side.is_null() & names.is_not_null()
    count.leave_out("counters.other_counter", names.filter(is_other))
    whole = piece.drop("counter").with_columns(side=side)
    odd = whole.filter(names.is_null()).drop("value", "side")
    return whole.filter(side.is_not_null()), odd


def _joined(rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Readings whose rows are both there, and rows that are alone yet.

    Rows of several files have a column `file`; the reading is in the file of the earlier row.
    """
    keys = [name for name in _OF_READING if name in rows.columns]
    of_side = [*keys, "side"]
    nth = pl.lit(0, dtype=pl.Int64)
    if rows.select(pl.struct(of_side).is_duplicated().any()).item():
        nth = pl.int_range(pl.len(), dtype=pl.Int64).over(of_side)
    place = [name for name in ("file", "position") if name in rows.columns]
    rows = rows.with_columns(nth=nth, row=pl.int_range(pl.len(), dtype=pl.Int64))
    halves = [
        rows.filter(pl.col("side") == side).rename({"value": side}).drop("side", "is_record")
        for side in _SIDES
    ]
    both = halves[0].join(
        halves[1], on=[*keys, "nth"], how="inner", nulls_equal=True, suffix="_other"
    )
    is_alone = ~pl.col("row").is_in(pl.concat([both["row"], both["row_other"]]).implode())
    alone = rows.filter(is_alone).drop("nth", "row")
    is_first = pl.col("row") < pl.col("row_other")
    readings = both.select(
        *keys,
        *_SIDES,
        *(pl.when(is_first).then(name).otherwise(f"{name}_other").alias(name) for name in place),
        is_record=pl.lit(value=True),
    )
    return readings.sort(place), alone
