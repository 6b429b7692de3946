"""How a file writes times: their unit, or their format."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import polars as pl

from longflow.settings import Feed
from longflow.settings.feeds import TIME_COLUMNS
from longflow.trial.sample import Sample

# Formats of times that are not ISO 8601, the commoner first. Where days and months can be
# mistaken for each other, both are tried, and only one may fit.
_TIME_FORMATS = (
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
    unit = _unit(values)
    if unit != default:
        given = {**given, "time_unit": unit}
    if unit != "iso" or not sample.unread(given).get(names[0]):
        return given
    fitting = []
    for time_format in _TIME_FORMATS:
        trial = {key: value for key, value in given.items() if key != "time_unit"}
        trial["time_format"] = time_format
        # A format reads every value, or it is another one.
        if not any(sample.unread(trial).get(name) for name in names):
            fitting.append(trial)
    return fitting[0] if len(fitting) == 1 else given


def _unit(values: pl.Series) -> str:
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
