"""Sentences worked out again: every number from the cells that it names, and whether it moved.

The cells themselves have second ways of their own. Whether a change is beyond its error is decided
here by distances: of two independent figures they are squared and added, of others added.
Source: docs/method.md, rule 25.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import polars as pl

from longflow.release.second_way.model import SERVICES, Row

_MORE_THAN_TWO_DIGITS = 100
# Where a number means that nothing changed.
_NOTHING = {"ratio": 1.0}
_PER_GIGABYTE = 1000.0
# Smaller errors round to nothing, at one decimal or two.
_LEAST_ERROR = {"ratio": 0.005, "gigabytes": 0.005}


@dataclass(frozen=True)
class _Found:
    """A released figure with the ends of its interval, and where these come from."""

    value: float
    low: float
    high: float
    source: str


@dataclass(frozen=True)
class SecondSentences:
    """The sentences of a release against its tables.

    Attributes:
        tables: the released tables by id.
    """

    tables: Mapping[str, pl.DataFrame]

    def compare(self, sentences: Sequence[Mapping[str, Any]]) -> tuple[int, list[str]]:
        """Work out the numbers of sentences, as `findings.json` holds them.

        Returns:
            How many numbers were worked out, and a line for each that differs.
        """
        count, problems = 0, []
        for place, sentence in enumerate(sentences, start=1):
            for name, number in sentence["numbers"].items():
                if number is None:
                    continue
                count += 1
                problems += [
                    f"findings.json: sentence {place} ({sentence['key']}), {name}: {what}"
                    for what in [
                        *self._differences(number),
                        *_misnamed(sentence, number),
                        *self._since_another_week(sentence, number),
                    ]
                ]
        return count, problems

    def _differences(self, number: Mapping[str, Any]) -> Iterator[str]:
        cells = [self._cell(cell) for cell in number["cells"]]
        if None in cells:
            yield "one of its cells is withheld or missing"
            return
        found = [cell for cell in cells if cell is not None]
        scale = 1 / _PER_GIGABYTE if number["unit"] == "gigabytes" else 1.0
        value, low, high = (scale * end for end in _made(number, found))
        half_width = max(value - low, high - value)
        is_known = all(cell.source == "errors" for cell in found)
        error = half_width if is_known else 0.0
        slack = 1e-9 * abs(value) + 1e-12
        # Two digits of an error are at least tenths of it.
        least = max(0.5 * 10.0 ** -number["places"], 0.05 * error)
        if not is_known and number["unit"] == "percent" and abs(value) >= _MORE_THAN_TWO_DIGITS:
            # Without an error, a percentage is said with two digits of its own: 110 for 113.5.
            least = 0.5 * 10.0 ** (math.floor(math.log10(abs(value))) - 1)
        if abs(number["value"] - value) > least + slack:
            yield f"{number['value']}, its cells give {value}"
        said = number["error"]
        if said is None:
            if error > _LEAST_ERROR.get(number["unit"], 0.05) + slack:
                yield f"without an error, which is {error}"
        elif not is_known or not _rounds(said, error, number["error_places"]):
            yield f"an error of {said}, its cells give {error if is_known else None}"
        if number["imported"] and number["independent"] and len(found) > 1:
            yield "it treats the rounding of printed figures as independent errors"
        if number["imported"] != any(cell.source == "printed" for cell in found):
            yield "it states wrongly whether an earlier report printed it"
        nothing = _NOTHING.get(number["unit"], 0.0)
        # What equals the error is not beyond it, whatever the last digit of a double says.
        is_beyond = abs(value - nothing) > half_width + 1e-9 * max(abs(value), 1.0)
        if not is_beyond or (not is_known and number["value"] == nothing):
            moved = "none"
        else:
            moved = "up" if value > nothing else "down"
        is_change = number["form"] not in {"cell", "hour"} or number["moved"] is not None
        if is_change and number["moved"] != moved:
            yield f"moved {number['moved']}, its cells give {moved}"

    def _since_another_week(
        self, sentence: Mapping[str, Any], number: Mapping[str, Any]
    ) -> Iterator[str]:
        """A published change since the oldest week, in a sentence that names another one."""
        for cell in number["cells"]:
            if cell["column"] != "change_points":
                continue
            of = {name: cell["key"][name] for name in ("service", "direction")}
            rows = self.tables[cell["table"]].filter(**of).drop_nulls("daytime_share_percent")
            before, oldest = sentence["values"]["before"], min(rows["week"].to_list()).isoformat()
            if before != oldest:
                yield f"a change since the week {oldest}, the sentence names {before}"

    def _cell(self, cell: Mapping[str, Any]) -> _Found | None:
        table, column, key = cell["table"], cell["column"], cell["key"]
        rows = self._rows_by(table, tuple(key)).get(tuple(key.values()), [])
        if len(rows) != 1 or rows[0][column] is None:
            return None
        row = rows[0]
        value, status = float(row[column]), row.get("status")
        if status == "withheld":
            return None
        if status == "published":
            half = 0.5 * 10.0 ** -self._decimals(table, column, row.get("measure"))
            return _Found(value, value - half, value + half, "printed")
        error = self._errors.get((table, column, *_keyed(cell["key"])))
        if error is None and f"{column}_low" in row:
            # Of plotted values.
            error = {**{end: row[f"{column}_{end}"] for end in ("low", "high")}, "reason": None}
        if error is None or error["reason"] == "counters":
            return _Found(value, value, value, "counters")
        if error["low"] is None:
            return None
        return _Found(value, error["low"], error["high"], "errors")

    def _rows_by(
        self, table: str, names: tuple[str, ...]
    ) -> Mapping[tuple[object, ...], list[Row]]:
        """Rows of a table by the values of some columns."""
        if (table, names) not in self._read:
            found: dict[tuple[object, ...], list[Row]] = {}
            for row in self.tables[table].iter_rows(named=True):
                found.setdefault(tuple(_text_of_day(row[name]) for name in names), []).append(row)
            self._read[table, names] = found
        return self._read[table, names]

    @cached_property
    def _read(self) -> dict[tuple[str, tuple[str, ...]], dict[tuple[object, ...], list[Row]]]:
        return {}

    @cached_property
    def _errors(self) -> dict[tuple[object, ...], Row]:
        """Rows of `errors` by table, column and the key columns that are not empty."""
        apart = {
            *("table_id", "column_name", "value", "sampling_error", "population_error", "error"),
            *("low", "high", "sampling_shift", "few_packets_percent", "reason"),
        }
        found: dict[tuple[object, ...], Row] = {}
        for row in self.tables["errors"].iter_rows(named=True):
            key = {name: value for name, value in row.items() if name not in apart}
            found[row["table_id"], row["column_name"], *_keyed(key)] = row
            # The service of a table that is about one is no part of its key.
            del key["service"]
            found.setdefault((row["table_id"], row["column_name"], *_keyed(key)), row)
        return found

    def _decimals(self, table: str, column: str, measure: str | None) -> int:
        """The most decimals with which earlier reports printed a column, or a measure in it."""
        rows = self.tables[table].filter(pl.col("status") == "published")
        if measure is not None:
            rows = rows.filter(pl.col("measure") == measure)
        digits = [str(value).partition(".")[2] for value in rows[column].drop_nulls()]
        return max((len(of) for of in digits if of != "0"), default=0)


def _keyed(key: Mapping[str, Any]) -> tuple[tuple[str, object], ...]:
    found = ((name, _text_of_day(of)) for name, of in key.items() if of is not None)
    return tuple(sorted(found))


def _text_of_day(value: object) -> object:
    """A value as JSON has it: days are texts there."""
    return f"{value}" if isinstance(value, date) else value


def _rounds(said: float, error: float, decimals: int) -> bool:
    """Whether an error is said as it is, rounded to two digits and to these decimals."""
    second = math.pow(10, math.floor(math.log10(said)) - 1) if said > 0 else 0.0
    step = max(math.pow(10, -decimals), second)
    is_multiple = abs(said / step - round(said / step)) < 1e-6
    return is_multiple and abs(said - error) <= (0.5 + 1e-9) * step


def _made(number: Mapping[str, Any], cells: Sequence[_Found]) -> tuple[float, float, float]:
    """What cells make, and the ends of its interval."""
    first, form = cells[0], number["form"]
    if form == "hour":
        (cell,) = number["cells"]
        return (float(cell["key"]["hour"]),) * 3
    if form == "cell":
        return first.value, first.low, first.high
    last = cells[-1]
    add = math.hypot if number["independent"] else (lambda one, other: one + other)
    if form == "difference":
        value = first.value - last.value
        return (
            value,
            value - add(first.value - first.low, last.high - last.value),
            value + add(first.high - first.value, last.value - last.low),
        )
    ratio = first.value / last.value
    low = ratio / math.exp(add(math.log(first.value / first.low), math.log(last.high / last.value)))
    high = ratio * math.exp(
        add(math.log(first.high / first.value), math.log(last.value / last.low))
    )
    if form == "ratio":
        return ratio, low, high
    return 100 * ratio - 100, 100 * low - 100, 100 * high - 100


def _misnamed(sentence: Mapping[str, Any], number: Mapping[str, Any]) -> Iterator[str]:
    """Years, weeks and services of cells that the sentence does not name."""
    values = sentence["values"]
    named = set(re.findall(r"\b(?:19|20|21)\d\d\b", str(values)))
    services = {values["service"]} if values.get("service") else {"broadband", "mobile"}
    for cell in number["cells"]:
        key = cell["key"]
        years = {str(key[name])[:4] for name in ("year", "from", "to") if key.get(name)}
        outside = sorted(year for year in years if not min(named) <= year <= max(named))
        if outside:
            yield f"a cell of {', '.join(outside)}, a year that the sentence does not name"
        if key.get("week") and key["week"] != values.get("week"):
            yield f"a cell of the week {key['week']}, which the sentence does not name"
        service = key.get("service") or SERVICES.get(cell["table"])
        if service is not None and service not in services:
            yield f"a cell of {service}"
