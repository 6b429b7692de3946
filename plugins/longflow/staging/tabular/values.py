"""Texts to numbers and instants, a whole column at a time; null where a text is none.

The spelling that nearly every file has is tried first. What is left is looked at more closely, so
that unusual spellings cost only where they occur.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar
from zoneinfo import ZoneInfo

import polars as pl

from longflow.staging.protocols import PROTOCOLS

# A column, or an expression of one.
Text = TypeVar("Text", pl.Series, pl.Expr)

# A float64 holds every whole number up to here.
_EXACT = 2**53
_PER_SECOND = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
# Protocols whose ports are a type and a code.
ICMP = (1, 58)
# How databases write a date that is missing. Digits alone may be a number.
_NO_DATE = r"^0000([-/.])00[-/.]00(?:[ T]00:00:00(?:\.0+)?)?$"

# Other spellings of ISO 8601 than 2024-06-03T08:00:00+09:00, brought to that one in turn.
_SPELLINGS = (
    (r"^(\d{4})/(\d{1,2})/(\d{1,2})", "$1-$2-$3"),
    (r"^(\d{4})(\d{2})(\d{2})[T ]?(\d{2})(\d{2})(\d{2})", "$1-$2-${3}T$4:$5:$6"),
    (r"^(\d{4}-\d{1,2}-\d{1,2})[Tt ]+", "${1}T"),
    (r"^(\d{4}-\d{1,2}-\d{1,2})$", "${1}T00:00:00"),
    (r"\s*(?:[Zz]|UTC|GMT)$", "+00:00"),
    (r"(T\S+?)\s*([+-]\d{2})$", "$1$2:00"),
    (r"(T\S+?)\s*([+-]\d{2}):?(\d{2})$", "$1$2:$3"),
    (r"(T\d{1,2}:\d{2})([+-]\d{2}:\d{2})?$", "$1:00$2"),
    (r"(:\d{2}),(\d)", "$1.$2"),
)


def without_nulls(text: pl.Series, null_values: Sequence[str]) -> pl.Series:
    """Texts without padding; null where one says that there is no value."""
    return text.to_frame("text").select(meant(pl.col("text"), null_values)).to_series()


def meant(text: pl.Expr, null_values: Sequence[str]) -> pl.Expr:
    """The expression of `without_nulls`."""
    stripped = text.str.strip_chars()
    is_null = stripped.is_in(["", *null_values]) | stripped.str.contains(_NO_DATE)
    return pl.when(~is_null).then(stripped)


def whole_numbers(text: pl.Series, dtype: type[pl.DataType]) -> pl.Series:
    """Whole numbers; also as `1000000.0` and `1e6`, up to 2^53, as programs with floats write."""

    def written_as_floats(rest: pl.Series) -> pl.Series:
        floats = rest.cast(pl.Float64, strict=False)
        whole = (floats == floats.floor()) & (floats.abs() <= _EXACT)
        return floats.set(~whole.fill_null(value=False), None).cast(dtype, strict=False)

    return _in_turn(text, lambda given: given.cast(dtype, strict=False), written_as_floats)


def instants(text: pl.Series, unit: str, zone: ZoneInfo, time_format: str | None) -> pl.Series:
    """Epoch milliseconds.

    Args:
        text: times.
        unit: `s`, `ms`, `us` or `ns` since 1970, or `iso`: date and time of the day.
        zone: time zone of times without an offset.
        time_format: strptime's format, in place of ISO 8601's.
    """
    if unit != "iso":
        return _since_1970(text, unit)
    if time_format is not None:
        return usual_instants(text, unit, zone, time_format)
    return _in_turn(
        text,
        lambda one: usual_instants(one, unit, zone, time_format),
        lambda rest: _in_turn(
            rest,
            lambda one: _with_offset(one.str.replace(" ", "T", literal=True), zone),
            lambda others: _spelled_otherwise(others, zone),
        ),
    )


def usual_instants(text: Text, unit: str, zone: ZoneInfo, time_format: str | None) -> Text:
    """Epoch milliseconds as `instants`, of the spelling that nearly all files have."""
    if unit == "s":
        return _of_seconds(text)
    if unit in {"ms", "us", "ns"}:
        return text.cast(pl.Int64, strict=False) // (_PER_SECOND[unit] // 1000)
    if time_format is not None:
        return _local_or_aware(text, time_format, zone, has_offset="%z" in time_format)
    spelled = text.str.replace(" ", "T", literal=True)
    return _local_or_aware(spelled, "%Y-%m-%dT%H:%M:%S%.f", zone, has_offset=False)


def durations_ms(text: pl.Series, unit: str) -> pl.Series:
    """Lengths of time in milliseconds: numbers of a unit, with decimals or not, or `h:mm:ss`."""
    return _in_turn(
        text,
        lambda given: _milliseconds(given.cast(pl.Float64, strict=False) / _PER_SECOND[unit]),
        _of_hours,
    )


def _milliseconds(seconds: pl.Series) -> pl.Series:
    return (seconds * 1000).round().cast(pl.Int64, strict=False)


def _of_hours(text: pl.Series) -> pl.Series:
    parts = text.str.extract_groups(
        r"^\s*(\d+):([0-5]?\d):([0-5]?\d(?:\.\d+)?)\s*$"
    ).struct.unnest()
    hours, minutes, seconds = (parts[name].cast(pl.Float64) for name in parts.columns)
    return _milliseconds(hours * 3_600 + minutes * 60 + seconds)


def protocols(text: pl.Series) -> pl.Series:
    """Protocol numbers, from numbers or IANA's names."""
    # A file names few protocols.
    names = text.unique().drop_nulls()
    numbers = _in_turn(
        names,
        lambda given: whole_numbers(given, pl.UInt8),
        lambda rest: rest.str.to_uppercase().replace_strict(
            PROTOCOLS, default=None, return_dtype=pl.UInt8
        ),
    )
    return text.replace_strict(names, numbers, default=None, return_dtype=pl.UInt8)


def icmp_ports(text: pl.Series) -> pl.Series:
    """Ports of ICMP flows: type.code as type × 256 + code; any other text as it is."""
    is_both = text.str.contains(r"^\s*\d{1,3}\.\d{1,3}\s*$").fill_null(value=False)
    kind, code = text.filter(is_both).str.strip_chars().str.splitn(".", 2).struct.unnest()
    combined = kind.cast(pl.UInt8, strict=False).cast(pl.UInt16) * 256 + code.cast(
        pl.UInt8, strict=False
    )
    # A type or code that there cannot be stays as it is, and is no number.
    return text.scatter(is_both.arg_true(), combined.cast(pl.String).fill_null("type.code"))


def _in_turn(
    text: pl.Series,
    first: Callable[[pl.Series], pl.Series],
    then: Callable[[pl.Series], pl.Series],
) -> pl.Series:
    """What a first reading gives, and another one where that gave nothing."""
    found = first(text)
    left = found.is_null() & text.is_not_null()
    return _placed(found, left, then(text.filter(left))) if left.any() else found


def _placed(series: pl.Series, rows: pl.Series, values: pl.Series) -> pl.Series:
    return series.scatter(rows.arg_true(), values.cast(series.dtype))


def _of_seconds(text: Text) -> Text:
    # Seconds may have decimals; a float64 holds milliseconds of this era exactly.
    return (text.cast(pl.Float64, strict=False) * 1000).round().cast(pl.Int64, strict=False)


def _since_1970(text: pl.Series, unit: str) -> pl.Series:
    if unit == "s":
        return _of_seconds(text)
    return whole_numbers(text, pl.Int64) // (_PER_SECOND[unit] // 1000)


def _spelled_otherwise(text: pl.Series, zone: ZoneInfo) -> pl.Series:
    column = pl.col("text")
    for pattern, spelling in _SPELLINGS:
        column = column.str.replace(pattern, spelling)
    spelled = pl.DataFrame({"text": text}).select(column).to_series()
    has_offset = spelled.str.contains(r"T.*[+-]\d{2}:\d{2}$").fill_null(value=False)
    local = _local_or_aware(
        spelled.set(has_offset, None), "%Y-%m-%dT%H:%M:%S%.f", zone, has_offset=False
    )
    return local.zip_with(~has_offset, _with_offset(spelled.set(~has_offset, None), zone))


def _with_offset(text: Text, zone: ZoneInfo) -> Text:
    return _local_or_aware(text, "%Y-%m-%dT%H:%M:%S%.f%z", zone, has_offset=True)


def _local_or_aware(text: Text, time_format: str, zone: ZoneInfo, *, has_offset: bool) -> Text:
    read = text.str.to_datetime(time_format, time_unit="ms", strict=False)
    if not has_offset:
        read = read.dt.replace_time_zone(zone.key, ambiguous="earliest", non_existent="null")
    return read.dt.epoch("ms")
