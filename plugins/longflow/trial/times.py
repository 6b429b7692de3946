"""How a file writes times: their unit, or their format."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import polars as pl

from longflow.settings import Feed
from longflow.settings.feeds import TIME_COLUMNS
from longflow.settings.presets import filled
from longflow.trial.sample import START, Sample
from longflow.trial.spellings import plain

# Formats of times that are not ISO 8601, the commoner first. Where days and months can be
# mistaken for each other, both are tried, and only one may fit.
TIME_FORMATS = (
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H:%M",
    "%d/%m/%Y %H:%M:%S",
    "%m/%d/%Y %H:%M:%S",
    "%d/%m/%Y %H:%M",
    "%m/%d/%Y %H:%M",
    "%d-%m-%Y %H:%M:%S",
    "%m/%d/%Y %I:%M:%S %p",
    "%d-%b-%Y %H:%M:%S",
    "%d %b %Y %H:%M:%S",
    "%b %d %Y %H:%M:%S",
    "%a %b %d %H:%M:%S %Y",
    "%d/%b/%Y:%H:%M:%S %z",
    "%y%m%d%H%M%S",
    # TimeStamp of 3GPP TS 32.298.
    "%y%m%d%H%M%S%z",
    "%Y年%m月%d日 %H:%M:%S",
    "%Y%m%d-%H%M%S",
)


def with_times(
    given: dict[str, Any], feed: Feed, sample: Sample, preset: str | None
) -> dict[str, Any]:
    """The unit of times, or their format, as their first values show it, if the preset's is not."""
    default = preset or ("ms" if feed is Feed.FLOWS else "iso")
    texts = sample.texts(given)
    names = [name for name in TIME_COLUMNS[feed] if texts is not None and name in texts.columns]
    if texts is None or not names:
        return given
    values = texts[names[0]].drop_nulls().str.strip_chars()
    values = values.filter(values != "")
    if preset and values.is_empty():
        return given
    unit = unit_of_numbers(values)
    if unit != default:
        given = {**given, "time_unit": unit}
    if unit != "iso" or not sample.unread(given).get(names[0]):
        return given
    fitting = []
    for time_format in TIME_FORMATS:
        trial = {key: value for key, value in given.items() if key != "time_unit"}
        trial["time_format"] = time_format
        # A format reads every value, or it is another one.
        if not any(sample.unread(trial).get(name) for name in names):
            fitting.append(trial)
    return fitting[0] if len(fitting) == 1 else given


# How titles end, without case and separators.
_UNIT_IN_TITLE = (
    (r"(?:ns|nsecs?|nanos|nanoseconds)$", "ns"),
    (r"(?:us|usecs?|micros|microseconds)$", "us"),
    (r"(?:ms|msecs?|millis|milliseconds)$", "ms"),
    (r"(?:secs?|seconds)$", "s"),
)
_UNITS = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
# Collectors and gateways close records that last longer, or deliver them in files of days.
_LONG_S = 3_600


def with_duration(given: dict[str, Any], feed: Feed, sample: Sample) -> tuple[dict[str, Any], str]:
    """The unit of durations, if they stand for an end and are not in seconds; and a remark.

    A title may state the unit. Else seconds are doubted if more than one duration in twenty is
    longer than an hour and than the time between the first and the last start.
    """
    names = filled(given).get("columns", {}).get("duration", "duration")
    texts = sample.texts(given)
    if feed not in {Feed.FLOWS, Feed.USAGE} or texts is None or "duration" not in texts.columns:
        return given, ""
    end, start = TIME_COLUMNS[feed][1], START[feed]
    if end in texts.columns and texts[end].count():
        return given, ""
    for title in [names] if isinstance(names, str) else names:
        for pattern, unit in _UNIT_IN_TITLE:
            if re.search(pattern, plain(title)):
                return ({**given, "duration_unit": unit} if unit != "s" else given), ""
    lengths = texts["duration"].str.strip_chars().cast(pl.Float64, strict=False).drop_nulls()
    typical = lengths.quantile(0.95)
    if typical is None or (lengths != lengths.floor()).any():
        return given, ""
    starts = sample.column(given, start).drop_nulls()
    in_order = starts.sort().to_list() or [0]
    most = max(_LONG_S, (in_order[-1] - in_order[0]) / 1000)
    unit = next((u for u, parts in _UNITS.items() if typical / parts <= most), "ns")
    if unit == "s":
        return given, ""
    return {**given, "duration_unit": unit}, f'duration_unit = "{unit}" is guessed from the values'


def unit_of_numbers(values: pl.Series) -> str:
    """`s`, `ms`, `us` or `ns`, by the size of numbers; `iso` for anything else."""
    numbers = values.cast(pl.Float64, strict=False)
    typical = numbers.drop_nulls().median()
    if numbers.null_count() * 2 > len(values) or not isinstance(typical, float):
        return "iso"
    first = values.filter(numbers.is_not_null())[0]
    if re.fullmatch(r"(19|20)\d{6}([01]\d|2[0-3])[0-5]\d[0-5]\d", first) and _is_date(first):
        return "iso"
    return next(
        (u for u, most in (("s", 1e11), ("ms", 1e14), ("us", 1e17)) if typical < most), "ns"
    )


def _is_date(text: str) -> bool:
    try:
        datetime.strptime(text, "%Y%m%d%H%M%S")  # noqa: DTZ007 - only whether it is one
    except ValueError:
        return False
    return True
