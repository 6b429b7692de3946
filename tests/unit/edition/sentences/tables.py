"""Small tables of an edition about which every sentence can be said."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl
from longflow.contract.types import polars_schema
from longflow.edition.tables import guarded_columns, promise_of

Rows = dict[str, list[dict[str, Any]]]

ERRORS = "errors"
# Half widths of the 95 % intervals, in parts of the figure.
OF_VOLUME, OF_RATIO = 0.02, 0.03


class Made:
    """Rows by table, with the errors of their figures.

    Attributes:
        rows: by table, each a dict by column.
    """

    def __init__(self, rows: Rows) -> None:
        self.rows = rows

    def copy(self) -> Made:
        """The same, to be changed."""
        return Made(copy.deepcopy(self.rows))

    def find(self, table: str, key: Mapping[str, Any]) -> dict[str, Any]:
        """The row of a key."""
        [row] = [
            row
            for row in self.rows[table]
            if all(row.get(name) == value for name, value in key.items())
        ]
        return row

    def put(self, table: str, key: Mapping[str, Any], column: str, value: float) -> Made:
        """A copy in which a figure is another one; its interval moves with it."""
        made = self.copy()
        row = made.find(table, key)
        before, row[column] = row[column], value
        for end in (f"{column}_low", f"{column}_high"):
            if row.get(end) is not None:
                row[end] += value - before
        for error in made.rows[ERRORS]:
            if (error["table_id"], error["column_name"]) == (table, column) and all(
                error.get(name) == of for name, of in key.items()
            ):
                error["value"] = value
                if error.get("low") is not None:
                    error["low"] += value - before
                    error["high"] += value - before
        return made

    def at_hour(self, table: str, key: Mapping[str, Any], hour: int) -> Made:
        """A copy in which a row is about another hour."""
        made = self.copy()
        row = made.find(table, key)
        before = {name: row[name] for name in promise_of(table).key}
        row["hour"] = hour
        for error in made.rows[ERRORS]:
            if error["table_id"] == table and all(error[name] == of for name, of in before.items()):
                error["hour"] = hour
        return made

    def withhold(self, table: str, key: Mapping[str, Any]) -> Made:
        """A copy in which a row is withheld."""
        made = self.copy()
        row = made.find(table, key)
        for column in guarded_columns(promise_of(table)):
            row[column] = None
        row["status"] = "withheld"
        return made

    def printed(self) -> Made:
        """A copy in which every row was printed in an earlier report, with fewer digits."""
        made = self.copy()
        made.rows[ERRORS] = []
        for table, rows in made.rows.items():
            figures = [] if table == ERRORS else promise_of(table).columns_of("figure")
            for row in rows:
                row["status"] = "published"
                for column in figures:
                    if row.get(column) is not None:
                        row[column] = round(row[column], 2)
        return made

    def without(self, table: str) -> Made:
        """A copy without the rows of a table."""
        made = self.copy()
        made.rows[table] = []
        return made

    @property
    def tables(self) -> dict[str, pl.DataFrame]:
        """The tables, with the columns of their contracts."""
        found = {}
        for table, rows in self.rows.items():
            schema = polars_schema(promise_of(table))
            full = [{name: row.get(name) for name in schema} for row in rows]
            found[table] = pl.DataFrame(full, schema=schema)
        return found


def full() -> Made:
    """Every figure that a sentence names, each year well beyond the error of the one before."""
    made: Rows = {ERRORS: []}
    years = (2022, 2023, 2024)
    for place, (service, table) in enumerate((("broadband", "table-1"), ("mobile", "table-2"))):
        for year in years:
            for direction in ("in", "out"):
                size = (1 if direction == "in" else 8) * (1 if place else 40) * 1.2 ** (year - 2022)
                row: dict[str, Any] = {"year": year, "direction": direction}
                row["status"] = "computed"
                row["population"] = "numbers" if place else "pppoe+ipoe"
                made.setdefault(table, []).append(row)
                for column, times in (("mean_mb", 20.2), ("median_mb", 10.3), ("mode_mb", 14.1)):
                    row[column] = times * size
                    _error(made, table, column, row, OF_VOLUME, service=service)
                _concentration(made, year, service, direction)
        _growth(made, service, years)
        _ports(made, table.replace("1", "3").replace("2", "4"), service, years)
        _spread(made, service)
        _beyond(made, f"figure-{3 + place}")
    _by_access(made)
    _segments(made)
    _businesses(made)
    _by_version(made, years)
    _peak(made)
    _hours(made)
    return Made(made)


def _error(
    made: Rows, table: str, column: str, row: dict[str, Any], part: float, **of: str
) -> None:
    """An interval that reaches so far to either side, in parts of the figure."""
    key = {name: row[name] for name in promise_of(table).key if name in row}
    value = row[column]
    ends = {"low": value * (1 - part), "high": value * (1 + part), "error": value * part}
    made[ERRORS].append(
        {"table_id": table, "column_name": column, "value": value, **of, **key, **ends}
    )


def _counted(made: Rows, table: str, column: str, row: dict[str, Any]) -> None:
    """The row about a figure of counters, which has no error."""
    key = {name: row[name] for name in promise_of(table).key}
    about = {"table_id": table, "column_name": column, "reason": "counters"}
    made[ERRORS].append({**about, "value": row[column], "sampling_error": 0.0, **key})


def _concentration(made: Rows, year: int, service: str, direction: str) -> None:
    for top in (1, 10):
        share = (
            (12.2 if direction == "out" else 31.3) * (1 if top == 1 else 2) * 1.1 ** (year - 2022)
        )
        key = {"year": year, "service": service, "direction": direction, "top_percent": top}
        row = {**key, "share_percent": share, "status": "computed"}
        made.setdefault("concentration", []).append(row)
        _error(made, "concentration", "share_percent", row, OF_VOLUME)


def _spread(made: Rows, service: str) -> None:
    for direction, spread in (("in", 47.3), ("out", 44.1)):
        key: dict[str, Any] = {"year": 2024, "service": service, "direction": direction}
        row = {**key, "spread_percent": spread * (1.5 if service == "mobile" else 1.0)}
        row |= {"measured_percent": 90.0, "status": "computed"}
        made.setdefault("day-to-day-spread", []).append(row)
        _error(made, "day-to-day-spread", "spread_percent", row, OF_VOLUME)


def _beyond(made: Rows, table: str) -> None:
    """The first and the last row of each curve of the last year."""
    for direction, more in (("in", 1.0), ("out", 0.5)):
        for end, share in ((4.0, 1.3), (11.0, 0.7)):
            row: dict[str, Any] = {"year": 2024, "direction": direction, "log10_bytes": end}
            row |= {"density": 0.01, "beyond_percent": share * more, "status": "computed"}
            row |= {
                "beyond_percent_low": share * more - 0.1,
                "beyond_percent_high": share * more + 0.1,
            }
            made.setdefault(table, []).append(row)


def _growth(made: Rows, service: str, years: Sequence[int]) -> None:
    def put(measure: str, direction: str, ends: tuple[str, str], value: float) -> dict[str, Any]:
        key = {"measure": measure, "service": service, "direction": direction}
        row = {**key, "from": ends[0], "to": ends[1], "value": value, "status": "computed"}
        made.setdefault("growth", []).append(row)
        return row

    for direction, more in (("in", 1.0), ("out", 1.4)):
        for year in years[1:]:
            months = (f"{year - 1}-06", f"{year}-06")
            growth = (7.7 if year == 2024 else 11.23) * more
            _counted(
                made, "growth", "value", put("yearly_growth_percent", direction, months, growth)
            )
            ratio = 1.21 * more if year == 2023 else 1.12
            row = put("yearly_mode_ratio", direction, (str(year - 1), str(year)), ratio)
            _error(made, "growth", "value", row, OF_RATIO)
            if service == "broadband":
                share = 41.3 * more + year - 2022
                row = put("ipoe_share_percent", direction, (months[1], months[1]), share)
                _counted(made, "growth", "value", row)
        whole = (f"{years[0]}-06", f"{years[-1]}-06")
        for measure, value in (("two_year_ratio", 1.44), ("annualised_ratio", 1.2)):
            _counted(made, "growth", "value", put(measure, direction, whole, value * more))
        base = put("ratio_to_base", direction, ("2020-01", whole[1]), 0.21 if more == 1 else 1.93)
        _counted(made, "growth", "value", base)
        parts = {"volume": 20.0, "subscribers": 5.0, "volume_per_subscriber": 13.0}
        if service == "broadband":
            parts["access_mix"] = 2.0
        for part, points in parts.items():
            key = {"service": service, "direction": direction, "from": "2023", "to": "2024"}
            row = {**key, "part": part, "growth_points": points * more, "status": "computed"}
            made.setdefault("growth-parts", []).append(row)
            _error(made, "growth-parts", "growth_points", row, 0.3)


def _by_access(made: Rows) -> None:
    for access, growth in (("pppoe", 2.4), ("ipoe", 21.2)):
        for direction in ("in", "out"):
            for start, end, more in (("2022-06", "2023-06", 1.3), ("2023-06", "2024-06", 0.0)):
                key = {"access": access, "direction": direction, "from": start, "to": end}
                row = {**key, "growth_percent": growth + more, "status": "computed"}
                made.setdefault("growth-by-access", []).append(row)
                _counted(made, "growth-by-access", "growth_percent", row)


def _segments(made: Rows) -> None:
    for service in ("broadband", "mobile"):
        for segment, ratio in (("consumer", 9.8), ("business", 2.1)):
            key: dict[str, Any] = {"year": 2024, "service": service, "segment": segment}
            row = {**key, "out_in_ratio": ratio, "status": "computed"}
            made.setdefault("segments", []).append(row)
            _error(made, "segments", "out_in_ratio", row, OF_RATIO)


def _businesses(made: Rows) -> None:
    for service in ("broadband", "mobile"):
        for start, growth in (("2022", 8.4), ("2023", 12.6)):
            row: dict[str, Any] = {"service": service, "from": start, "to": str(int(start) + 1)}
            row |= {"growth_percent": growth, "coverage_percent": 100.0, "status": "computed"}
            made.setdefault("growth-of-businesses", []).append(row)
            _error(made, "growth-of-businesses", "growth_percent", row, 0.2)


_SHARES = {
    ("protocol", "TCP", None): (67.5, -3.0),
    ("protocol", "UDP", None): (28.2, 2.8),
    ("port", "TCP", "443"): (53.8, -3.1),
    ("port", "UDP", "443"): (21.0, 2.9),
    ("port", "TCP", "80"): (6.5, -0.8),
    ("port", "TCP", "31000"): (1.4, 0.1),
    ("port", "UDP", "4500"): (0.9, -0.1),
}


def _ports(made: Rows, table: str, service: str, years: Sequence[int]) -> None:
    for (level, protocol, port), (share, a_year) in _SHARES.items():
        for year in years:
            key = {"year": year, "level": level, "protocol": protocol, "port": port}
            value = share + a_year * (year - 2024)
            row = {
                **key,
                "share_percent": value,
                "error_points": value * 0.01,
                "status": "computed",
            }
            made.setdefault(table, []).append(row)
            _error(made, table, "share_percent", row, 0.01, service=service)


def _by_version(made: Rows, years: Sequence[int]) -> None:
    table = "table-4-by-ip-version"
    shares = {
        ("version", None, None): (60.0, 40.0),
        ("port", "TCP", "443"): (40.2, 47.3),
        ("port", "UDP", "443"): (20.4, 29.6),
    }
    for (level, protocol, port), of_versions in shares.items():
        for year in years:
            for version, share in zip((4, 6), of_versions, strict=True):
                key = {"year": year, "ip_version": version, "level": level}
                row = {**key, "protocol": protocol, "port": port, "status": "computed"}
                row["share_percent"] = share + (year - 2024) * (version - 5) * 2.5
                made.setdefault(table, []).append(row)
                _error(made, table, "share_percent", row, 0.01, service="mobile")


def _peak(made: Rows) -> None:
    for service, access, hour in (
        ("broadband", "pppoe", 21),
        ("broadband", "ipoe", 20),
        ("mobile", "", 12),
    ):
        for direction in ("in", "out"):
            key = {"year": 2024, "service": service, "access": access, "direction": direction}
            row = {**key, "day_type": "weekday", "busy_hour": hour, "status": "computed"}
            row["peak_ratio"] = 1.87 if direction == "out" else 1.53
            made.setdefault("peak", []).append(row)
            for column in ("busy_hour", "peak_ratio"):
                _counted(made, "peak", column, row)


# First hours of peaks, and of dips between them, with their ratios to the mean of a weekday.
_PEAKS = {
    "broadband": {"out": {21: 1.71, 3: 0.31}, "in": {11: 1.22, 12: 1.07, 15: 1.31, 21: 1.43}},
    "mobile": {"out": {8: 1.21, 12: 1.52, 19: 1.63, 23: 1.11}, "in": {12: 1.41, 19: 1.52}},
}


def _hours(made: Rows) -> None:
    """Peaks and dips of the last week, and the daytime in that week and the oldest one."""
    oldest, week = date(2020, 2, 17), date(2024, 6, 3)
    for service, of_directions in _PEAKS.items():
        for direction, hours in of_directions.items():
            for hour, ratio in hours.items():
                is_dip = hour == 3 or (service, direction, hour) == ("broadband", "in", 12)
                key = {"week": week, "service": service, "direction": direction, "hour": hour}
                row: dict[str, Any] = {**key, "kind": "dip" if is_dip else "peak"}
                row |= {"mean_ratio": ratio, "prominence_percent": 40 * ratio}
                row["status"] = "computed"
                made.setdefault("hour-peaks", []).append(row)
                for column in ("mean_ratio", "prominence_percent"):
                    _counted(made, "hour-peaks", column, row)
            for of in (oldest, week):
                share = (41.3 if direction == "in" else 33.1) + (2.4 if of == week else 0.0)
                key = {"week": of, "service": service, "direction": direction}
                row = {**key, "daytime_share_percent": share, "status": "computed"}
                row["change_points"] = 2.4 if of == week else 0.0
                made.setdefault("daytime-share", []).append(row)
                for column in ("daytime_share_percent", "change_points"):
                    _counted(made, "daytime-share", column, row)
