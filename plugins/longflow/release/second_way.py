"""The numbers of a release once more by another way: plain Polars over the archive's Parquet files.

Nothing here is shared with the way that made them: no query, no statistics, not the archive's own
reader. Every row of a table is taken at its word - this year, this population, this port - and its
value worked out from the files that DuckLake's catalogue names for the snapshot. Which rows a table
has is not checked here; rebuilding the tables does that.
"""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import polars as pl

from longflow.release import second_disclosure
from longflow.release.second_errors import SecondErrors, exact_total, total

TOLERANCE = 1e-9

# Data file and, where rows of it were deleted, the file that names them.
Files = list[tuple[str, str | None]]

Row = Mapping[str, Any]

# What a row should hold, by column; an empty figure is one that was not given or withheld.
Expected = dict[str, float | str | None]

_SERVICES = {
    "table-1": "broadband",
    "table-2": "mobile",
    "table-3": "broadband",
    "table-4": "mobile",
    "table-4-by-ip-version": "mobile",
}
# The table of the volumes of a service's consumers.
_VOLUMES = {"broadband": "table-1", "mobile": "table-2"}
# What tells the rows of a table of analysis weeks apart, beside the year.
_PLACES = ("service", "direction", "top_percent", "ip_version", "level", "protocol", "port")
_CLASSES = {
    "<1024": pl.col("port") < 1024,
    ">=1024": pl.col("port") >= 1024,
    "unknown": pl.col("port").is_null(),
}


# Parts of growth; the last is of services with several accesses.
_PARTS = ("volume", "subscribers", "volume_per_subscriber", "access_mix")


@dataclass(frozen=True)
class _Access:
    """Consumers of one access in one week and direction.

    Attributes:
        number: how many the customer system names.
        volumes: bytes of those with any, smallest first.
        bytes: their sum.
        variance: of the sum of these, by sampling.
        packets: sampled packets behind it.
    """

    number: int
    volumes: pl.Series
    bytes: int
    variance: float
    packets: int


@dataclass(frozen=True)
class SecondWay:
    """The archive's files at a snapshot, and what the release was compiled by.

    Attributes:
        files_of: the files of a table of the archive.
        snapshot: number of the snapshot.
        weeks: Monday of each year's analysis week.
        minimum_subscribers: fewest subscribers that a value may tell about.
        time_zone: of the months.
        protocols: names of protocols by number.
    """

    files_of: Callable[[str], Files]
    snapshot: int
    weeks: Mapping[int, date]
    minimum_subscribers: int
    time_zone: str
    protocols: Mapping[int, str]
    _volumes: dict[tuple[int, str, str, str], pl.DataFrame] = field(default_factory=dict)
    _ports: dict[tuple[int, str], pl.DataFrame] = field(default_factory=dict)
    _accesses: dict[tuple[int, str, str, str], _Access] = field(default_factory=dict)
    _neighbours: dict[int, SecondWay] = field(default_factory=dict)

    def compare(self, tables: Mapping[str, pl.DataFrame]) -> tuple[dict[str, int], list[str]]:
        """Work out the values of tables again.

        Args:
            tables: the released tables by id.

        Returns:
            Number of values that were worked out, by table; and a line for each that differs.
        """
        counts: dict[str, int] = {}
        problems: list[str] = []
        modes = {
            (row["year"], _SERVICES[table], row["direction"]): row["mode_mb"]
            for table in ("table-1", "table-2")
            if table in tables
            for row in tables[table].iter_rows(named=True)
        }
        values: dict[str, Callable[[pl.DataFrame, Row], Expected]] = {
            "table-1": lambda _, row: self._daily_volume("broadband", row),
            "table-2": lambda _, row: self._daily_volume("mobile", row),
            "table-3": lambda frame, row: self._port_share("broadband", frame, row),
            "table-4": lambda frame, row: self._port_share("mobile", frame, row),
            "table-4-by-ip-version": lambda frame, row: self._port_share("mobile", frame, row),
            "concentration": lambda _, row: self._concentration(row, tables),
            "growth": lambda _, row: self._growth(row, modes),
            "growth-parts": lambda _, row: self._growth_part(row, tables),
            "totals": lambda _, row: self._totals(row, tables),
            "sensitivity": lambda _, row: self._neighbour(row, tables),
        }
        for table, work_out in values.items():
            if table not in tables:
                continue
            frame = tables[table]
            for number, row in enumerate(frame.iter_rows(named=True), start=1):
                if row.get("status") == "published":
                    expected = self._printed(table, row)
                else:
                    expected = work_out(frame, row)
                counts[table] = counts.get(table, 0) + len(expected.keys() - {"status"})
                problems += [
                    f"tables/{table}.parquet: row {number}, {column}: {row[column]},"
                    f" a second way gives {value}"
                    for column, value in expected.items()
                    if not _agree(row[column], value)
                ]
        if self.minimum_subscribers > 1:
            problems += self._given_away_by_ports(tables)
        if "errors" in tables:
            errors = SecondErrors(
                tables, self._of_distribution(tables), _mode_places, self.minimum_subscribers > 1
            )
            counts["errors"], of_errors = errors.compare()
            problems += of_errors
        return counts, problems

    def _of_distribution(
        self, tables: Mapping[str, pl.DataFrame]
    ) -> Callable[[int, str, str], pl.DataFrame]:
        """Volumes by year, service and direction: who is counted stands in the tables."""

        def volumes(year: int, service: str, direction: str) -> pl.DataFrame:
            (population,) = (
                tables[_VOLUMES[service]].filter(year=year)["population"].unique().to_list()
            )
            return self._sorted_volumes(year, service, population, direction)

        return volumes

    def _scan(self, table: str) -> Iterator[pl.LazyFrame]:
        """Rows of a table of the archive as they stood at the snapshot, a file at a time."""
        for data, deleted in self.files_of(table):
            rows = pl.scan_parquet(data, hive_partitioning=False)
            if deleted is not None:
                gone = _as_of(pl.scan_parquet(deleted, hive_partitioning=False), self.snapshot)
                rows = rows.with_row_index("row_position").with_columns(
                    pl.col("row_position").cast(pl.Int64)
                )
                positions = gone.select(pl.col("pos").alias("row_position"))
                rows = rows.join(positions, on="row_position", how="anti").drop("row_position")
            yield _as_of(rows, self.snapshot)

    def _week_of(self, table: str, year: int) -> list[pl.LazyFrame]:
        return [rows.filter(pl.col("week") == self.weeks[year]) for rows in self._scan(table)]

    def _sorted_volumes(
        self, year: int, service: str, population: str, direction: str
    ) -> pl.DataFrame:
        """Bytes of the week of every consumer with any, and their variance; smallest first."""
        name = (year, service, population, direction)
        if name not in self._volumes:
            accesses = _accesses(service, population)
            days = [
                rows.filter(
                    (pl.col("service") == service)
                    & (pl.col("segment") == "consumer")
                    & pl.col("access").is_in(accesses)
                ).select(
                    "subscriber",
                    pl.col(f"{direction}_bytes").alias("bytes"),
                    pl.col(f"{direction}_variance_bytes2").alias("variance_bytes2"),
                )
                for rows in self._week_of("subscriber_day", year)
            ]
            totals = (
                pl.concat(days).group_by("subscriber").agg(pl.col("bytes", "variance_bytes2").sum())
            )
            volumes = totals.filter(pl.col("bytes") > 0).select(
                "bytes", pl.col("variance_bytes2").cast(pl.Float64)
            )
            self._volumes[name] = volumes.sort("bytes").collect()
        return self._volumes[name]

    def _daily_volume(self, service: str, row: Row) -> Expected:
        found = self._sorted_volumes(row["year"], service, row["population"], row["direction"])
        volumes, bins = found["bytes"], _bins(found["bytes"])
        count, least = len(volumes), self.minimum_subscribers
        middle = volumes[(count - 1) // 2] + volumes[count // 2]
        places = {10 ** (place - 6): place for place in _mode_places(bins)}
        printed = row["mode_estimate_mb"] or 0.0
        estimate = min(places, key=lambda value: abs(value - printed))
        # Half-way between two values of the grid, the last digit decides.
        steps = (math.floor(20 * places[estimate] + half) for half in (0.5 - 1e-9, 0.5 + 1e-9))
        grid = [10 ** (step / 20 - 6) for step in steps]
        mode = min(grid, key=lambda value: abs(value - (row["mode_mb"] or 0.0)))
        figures = {
            "mean_mb": total(volumes) / count / 7e6,
            "median_mb": middle / 2 / 7e6,
            "mode_estimate_mb": estimate,
            "mode_mb": mode,
        }
        if least == 1:
            return {**figures, "status": "computed"}
        at_the_hill = sum(
            number
            for place, number in bins.items()
            if abs(place - 20 * math.log10(1e6 * mode)) < 4.5
        )
        heaviest = total(volumes.tail(least)) / least
        rounding = {
            "mean_mb": second_disclosure.step_of(heaviest / count / 7e6),
            "median_mb": second_disclosure.shared_step(volumes, figures["median_mb"], least),
            "mode_estimate_mb": second_disclosure.shared_step(volumes, estimate, least),
        }
        told = (
            min(count, at_the_hill) >= least
            and None not in rounding.values()
            and not second_disclosure.is_outweighed(total(volumes), volumes, least)
        )
        return _rounded(figures, rounding) if told else _withheld(figures)

    def _concentration(self, row: Row, tables: Mapping[str, pl.DataFrame]) -> Expected:
        year, service, direction = row["year"], row["service"], row["direction"]
        volumes = self._of_distribution(tables)(year, service, direction)["bytes"]
        top = -(-len(volumes) * row["top_percent"] // 100)
        part, whole = total(volumes.tail(top)), total(volumes)
        figures = {"share_percent": 100 * part / whole}
        least = self.minimum_subscribers
        if least == 1:
            return {**figures, "status": "computed"}
        tops = tables["concentration"].filter(year=year, service=service, direction=direction)
        smaller = [
            -(-len(volumes) * percent // 100)
            for percent in tops["top_percent"]
            if percent < row["top_percent"]
        ]
        between = top - max((number for number in smaller if number >= least), default=0)
        told = min(between, len(volumes) - top) >= least
        if not told or second_disclosure.is_outweighed(part, volumes, least):
            return _withheld(figures)
        heaviest = total(volumes.tail(least)) / least / whole
        return _rounded(figures, {"share_percent": second_disclosure.step_of(100 * heaviest)})

    def _port_week(self, year: int, service: str) -> pl.DataFrame:
        if (year, service) not in self._ports:
            rows = pl.concat(self._week_of("port_week", year)).filter(service=service).collect()
            self._ports[year, service] = rows.with_columns(
                name=pl.col("protocol")
                .replace({58: 1})
                .replace_strict(dict(self.protocols), default=pl.col("protocol").cast(pl.String))
            )
        return self._ports[year, service]

    def _port_share(self, service: str, frame: pl.DataFrame, row: Row) -> Expected:
        week = self._port_week(row["year"], service)
        whole = week
        if "ip_version" in row and row["level"] != "version":
            whole = week.filter(ip_version=row["ip_version"])
        figures: Expected = {**_share_of(whole, week.filter(_belongs(_siblings(frame, row), row)))}
        # Which rows may stay is looked at over all of them.
        return _withheld(figures) if row["status"] == "withheld" else figures

    def _given_away_by_ports(self, tables: Mapping[str, pl.DataFrame]) -> list[str]:
        """What the port tables of a year give away about too few subscribers, a line each."""
        rows: dict[tuple[int, str], list[tuple[pl.DataFrame, Row]]] = {}
        for table in ("table-3", "table-4", "table-4-by-ip-version"):
            frame = tables.get(table, pl.DataFrame(schema={"status": pl.String()}))
            for row in frame.filter(pl.col("status") != "published").iter_rows(named=True):
                rows.setdefault((row["year"], _SERVICES[table]), []).append((frame, row))
        problems = []
        for (year, service), found in rows.items():
            week = self._port_week(year, service).filter(pl.col("bytes") > 0)
            signature = {
                str(number): _belongs(_siblings(frame, row), row).fill_null(value=False)
                for number, (frame, row) in enumerate(found)
            }
            wholes = {
                row["ip_version"]: number
                for number, (_, row) in enumerate(found)
                if row["level"] == "version"
            }
            counted = sum(n for (*of, _), n in self._counted.items() if of == [year, service])
            # Ports that no row tells apart are one part; of one unknown port nobody knows how many.
            subscribers = pl.col("subscribers")
            parts = (
                week.select("bytes", subscribers, **signature)
                .group_by(*signature, maintain_order=True)
                .agg(
                    pl.when(subscribers.null_count() == 0).then(subscribers.max()),
                    pl.col("bytes").cast(pl.Float64).sum() * (counted / total(week["bytes"])),
                )
            )
            given = second_disclosure.given_away(
                ((tuple(row[:-2]), row[-2], row[-1]) for row in parts.iter_rows()),
                [row["status"] != "withheld" for _, row in found],
                [
                    None if row["level"] == "version" else wholes.get(row.get("ip_version"))
                    for _, row in found
                ],
                self.minimum_subscribers,
            )
            problems += [f"port tables of {service}, {year}: {line}" for line in given]
        return problems

    @cached_property
    def _month_rates(self) -> dict[tuple[str, str, str], tuple[float, float]]:
        """Octets a second by month, service and access, IN and OUT: interfaces added."""
        hours = (
            pl.concat(list(self._scan("rate_hour")))
            .with_columns(
                month=pl.col("hour_start").dt.convert_time_zone(self.time_zone).dt.strftime("%Y-%m")
            )
            .group_by("month", "service", "access", "interface")
            .agg(pl.col("in_bytes", "out_bytes", "covered_ms").sum())
            .sort("month", "service", "access", "interface")
            .collect()
        )
        rates: dict[tuple[str, str, str], tuple[float, float]] = {}
        for row in hours.iter_rows(named=True):
            seconds = row["covered_ms"] / 1000
            if seconds:
                name = (row["month"], row["service"], row["access"])
                before = rates.get(name, (0.0, 0.0))
                rates[name] = (
                    before[0] + row["in_bytes"] / seconds,
                    before[1] + row["out_bytes"] / seconds,
                )
        return rates

    def _rate(self, month: str, service: str, direction: str, access: str | None = None) -> float:
        return math.fsum(
            rate[direction == "out"]
            for (of, name, by), rate in self._month_rates.items()
            if (of, name) == (month, service) and access in {None, by}
        )

    def _growth(self, row: Row, modes: Mapping[tuple[int, str, str], float | None]) -> Expected:
        if self.minimum_subscribers > 1 and not self._growth_is_told(row, modes):
            return _withheld({"value": None})
        return {"value": self._growth_value(row, modes), "status": "computed"}

    def _growth_is_told(self, row: Row, modes: Mapping[tuple[int, str, str], float | None]) -> bool:
        """Whether enough subscribers are behind a row: of a service, of both accesses, of modes."""
        service = row["service"]
        if "mode" in row["measure"]:
            ends = (modes[int(row[end]), service, row["direction"]] for end in ("from", "to"))
            return None not in ends
        if row["measure"] == "ipoe_share_percent":
            year = int(row["to"][:4])
            numbers = [
                self._counted.get((year, service, access), 0) for access in ("ipoe", "pppoe")
            ]
        else:
            numbers = [
                sum(
                    n for (of, name, _), n in self._counted.items() if (of, name) == (year, service)
                )
                for year in {of for of, name, _ in self._counted if name == service}
            ]
        return min(numbers, default=0) >= self.minimum_subscribers

    @cached_property
    def _counted(self) -> dict[tuple[int, str, str], int]:
        """Subscribers in the snapshot of each year's analysis week, by service and access."""
        found: dict[tuple[int, str, str], int] = {}
        for year in self.weeks:
            for rows in self._week_of("subscriber_snapshot", year):
                columns = rows.select("service", "access", "subscribers").collect()
                for service, access, number in columns.iter_rows():
                    name = (year, service, access)
                    found[name] = found.get(name, 0) + number
        return found

    def _growth_value(self, row: Row, modes: Mapping[tuple[int, str, str], float | None]) -> float:
        measure, service, direction = row["measure"], row["service"], row["direction"]
        if "mode" in measure:
            ends = [modes[int(row[end]), service, direction] or math.nan for end in ("from", "to")]
            return ends[1] / ends[0]
        later = self._rate(row["to"], service, direction)
        if measure == "ipoe_share_percent":
            return 100 * self._rate(row["to"], service, direction, "ipoe") / later
        base = "out" if measure == "ratio_to_base" else direction
        ratio = later / self._rate(row["from"], service, base)
        if measure == "yearly_growth_percent":
            return 100 * (ratio - 1)
        if measure == "annualised_ratio":
            return float(ratio ** (1 / (int(row["to"][:4]) - int(row["from"][:4]))))
        return ratio

    def _by_access(self, year: int, service: str, direction: str, access: str) -> _Access:
        """Consumers of an access in the customer system, and what was seen of them."""
        name = (year, service, direction, access)
        if name not in self._accesses:
            is_own = (
                (pl.col("service") == service)
                & (pl.col("segment") == "consumer")
                & (pl.col("access") == access)
            )
            listed = pl.concat(self._week_of("subscriber_snapshot", year)).filter(is_own).collect()
            seen = (
                pl.concat(self._week_of("subscriber_day", year))
                .filter(is_own)
                .group_by("subscriber")
                .agg(
                    pl.col(f"{direction}_{column}").sum()
                    for column in ("bytes", "variance_bytes2", "sampled_packets")
                )
                .collect()
            )
            volumes = seen[f"{direction}_bytes"]
            self._accesses[name] = _Access(
                number=sum(listed["subscribers"]),
                volumes=volumes.filter(volumes > 0).sort(),
                bytes=exact_total(volumes),
                variance=total(seen[f"{direction}_variance_bytes2"]),
                packets=exact_total(seen[f"{direction}_sampled_packets"]),
            )
        return self._accesses[name]

    def _growth_part(self, row: Row, tables: Mapping[str, pl.DataFrame]) -> Expected:
        service, direction = row["service"], row["direction"]
        years = int(row["from"]), int(row["to"])
        volumes_of = tables[_VOLUMES[service]].filter(pl.col("year").is_in(years))
        if service == "broadband" and set(volumes_of["population"]) != {"pppoe+ipoe"}:
            # Of PPPoE alone there is no such row.
            return {"growth_points": None, "error_points": None, "status": None}
        names = ["pppoe", "ipoe"] if service == "broadband" else [""]
        weeks = [
            [self._by_access(year, service, direction, name) for name in names] for year in years
        ]
        numbers = [[access.number for access in week] for week in weeks]
        volumes = [[float(access.bytes) for access in week] for week in weeks]
        points = {
            part: _part_of_growth(part, numbers, volumes) for part in _PARTS[: 2 + len(names)]
        }
        few = any(of.packets < 30 and of.variance for week in weeks for of in week)
        error = None if few else 1.96 * math.sqrt(_variance_of(row["part"], weeks))
        least = self.minimum_subscribers
        if least == 1:
            return {
                "growth_points": points[row["part"]],
                "error_points": error,
                "status": "computed",
            }
        if any(
            len(of.volumes) < least or second_disclosure.is_outweighed(of.bytes, of.volumes, least)
            for week in weeks
            for of in week
        ):
            return _withheld({"growth_points": None, "error_points": None})
        whole = self._of_distribution(tables)
        heaviest = [total(whole(year, service, direction)["bytes"].tail(least)) for year in years]
        step = second_disclosure.step_of(100 * max(heaviest) / least / sum(volumes[0]))
        rounded = {part: second_disclosure.rounded(value, step) for part, value in points.items()}
        rounded["volume"] = sum(value for part, value in rounded.items() if part != "volume")
        if error is not None:
            error += step / 2 * (len(points) - 1 if row["part"] == "volume" else 1)
        if error:
            step = second_disclosure.step_of(error / 50)
            error = math.ceil(error / step) * step
        return {"growth_points": rounded[row["part"]], "error_points": error, "status": "computed"}

    def _totals(self, row: Row, tables: Mapping[str, pl.DataFrame]) -> Expected:
        """Numbers by tens or what is asked for; the volume by what a mean so rounded tells."""
        year, service, direction = row["year"], row["service"], row["direction"]
        volumes = self._of_distribution(tables)(year, service, direction)["bytes"]
        (published,) = tables[_VOLUMES[service]].filter(year=year, direction=direction).to_dicts()
        names = _accesses(service, published["population"])
        known = sum(self._by_access(year, service, direction, name).number for name in names)
        step = second_disclosure.step_of(self.minimum_subscribers)
        counted = second_disclosure.rounded(len(volumes), step)
        mean = self._daily_volume(service, published)["mean_mb"]
        return {
            "counted_subscribers": counted,
            "known_subscribers": second_disclosure.rounded(known, step),
            "week_tb": float(mean or 0.0) * counted * 7 / 1e6,
        }

    def _neighbour(self, row: Row, tables: Mapping[str, pl.DataFrame]) -> Expected:
        """A figure of a neighbouring week, worked out as if that had been the analysis week."""
        offset, table, column = row["offset_weeks"], row["table"], row["column"]
        if offset not in self._neighbours:
            self._neighbours[offset] = SecondWay(
                files_of=self.files_of,
                snapshot=self.snapshot,
                weeks={year: week + timedelta(weeks=offset) for year, week in self.weeks.items()},
                minimum_subscribers=self.minimum_subscribers,
                time_zone=self.time_zone,
                protocols=self.protocols,
            )
        way, frame = self._neighbours[offset], tables[table]
        same = [
            pl.col(name).eq_missing(pl.lit(row[name]))
            for name in ("year", *_PLACES)
            if name in frame.columns
        ]
        (published,) = frame.filter(same).to_dicts()
        asked = {**published, "mode_mb": row["value"], "mode_estimate_mb": row["value"]}
        if table in {"table-1", "table-2"}:
            figures = way._daily_volume(_SERVICES[table], asked)
        elif table == "concentration":
            figures = way._concentration(asked, tables)
        else:
            figures = way._port_share(_SERVICES[table], frame, {**published, "status": "computed"})
        value, edition_value = figures[column], published[column]
        difference = None
        if isinstance(value, float) and edition_value:
            difference = 100 * (value - edition_value) / edition_value
        return {"value": value, "edition_value": edition_value, "difference_percent": difference}

    @cached_property
    def _printed_figures(self) -> dict[tuple[str, str], dict[str, float]]:
        found: dict[tuple[str, str], dict[str, float]] = {}
        for rows in self._scan("published_figure"):
            for row in rows.collect().iter_rows(named=True):
                if row["value"] is not None:
                    key = json.dumps(sorted(json.loads(row["key"]).items()))
                    found.setdefault((row["table_id"], key), {})[row["column_name"]] = row["value"]
        return found

    def _printed(self, table: str, row: Row) -> Expected:
        """The figures that were imported for a published row: every one stands in it."""
        for (of, key), figures in self._printed_figures.items():
            if of == table and all(row[name] == value for name, value in json.loads(key)):
                return dict(figures)
        return {name: None for name, value in row.items() if isinstance(value, float)}


def _accesses(service: str, population: str) -> list[str]:
    """Accesses of the subscribers of a population; mobile has none to tell apart."""
    return [""] if service == "mobile" else population.split("+")


def _as_of(rows: pl.LazyFrame, snapshot: int) -> pl.LazyFrame:
    """Rows as they stood at a snapshot, without what DuckLake keeps for itself.

    Files that it has merged say of each row in which snapshot it came, or went; those that hold
    rows which were updated, the number of each.
    """
    own = [name for name in rows.collect_schema().names() if name.startswith("_ducklake_internal_")]
    column = "_ducklake_internal_snapshot_id"
    if column in own:
        rows = rows.filter(pl.col(column) <= snapshot)
    return rows.drop(own)


def _share_of(whole: pl.DataFrame, part: pl.DataFrame) -> dict[str, float | None]:
    """Share of some rows of a week in others, and its error by sampling."""
    all_bytes, volume = exact_total(whole["bytes"]), exact_total(part["bytes"])
    share = volume / all_bytes
    variance, all_variance = total(part["variance_bytes2"]), total(whole["variance_bytes2"])
    rest = all_variance - variance
    error = 196 * math.sqrt((1 - share) ** 2 * variance + share**2 * rest) / all_bytes
    few = exact_total(part["sampled_packets"]) < 30 and all_variance > 0
    return {"share_percent": 100 * share, "error_points": None if few else error}


def _variance_of(part: str, weeks: list[list[_Access]]) -> float:
    """Variance of the points that a part brought: of each volume by the square of its slope."""
    numbers = [[of.number for of in week] for week in weeks]
    volumes = [[float(of.bytes) for of in week] for week in weeks]
    variance = 0.0
    for week, access in itertools.product((0, 1), range(len(weeks[0]))):
        # The slope by five points, four of them aside.
        slope = 0.0
        for step, weight in ((-2, 1), (-1, -8), (1, 8), (2, -1)):
            moved = [list(of) for of in volumes]
            moved[week][access] *= 1 + step / 1000
            slope += weight * _part_of_growth(part, numbers, moved) / 0.012
        if weeks[week][access].variance:
            variance += (slope / volumes[week][access]) ** 2 * weeks[week][access].variance
    return variance


def _part_of_growth(part: str, numbers: list[list[int]], volumes: list[list[float]]) -> float:
    """Points of growth in percent that a part brought, by logarithmic means of each access.

    Args:
        part: what brought it; volume for all of it.
        numbers: subscribers of the earlier and the later week, by access.
        volumes: their volumes.
    """
    all_earlier, all_later = (sum(week) for week in numbers)
    brought = 0.0
    for n0, n1, v0, v1 in zip(*numbers, *volumes, strict=True):
        if part == "volume":
            brought += v1 - v0
        elif min(n0, n1, v0, v1) > 0:
            factor = {
                "subscribers": all_later / all_earlier,
                "volume_per_subscriber": v1 / n1 / (v0 / n0),
                "access_mix": n1 / all_later / (n0 / all_earlier),
            }[part]
            brought += _mean_between(v0, v1) * math.log(factor)
        elif part == ("volume_per_subscriber" if min(n0, n1) > 0 else "access_mix"):
            brought += v1 - v0
    return 100 * brought / sum(volumes[0])


def _mean_between(earlier: float, later: float) -> float:
    """The logarithmic mean, as the mean height of the exponential curve from one to the other."""
    rise = math.log(later / earlier)
    term = mean = 1.0
    for power in range(2, 400):
        term *= rise / power
        mean += term
        if abs(term) < 1e-18:
            break
    return earlier * mean


def _siblings(frame: pl.DataFrame, row: Row) -> pl.DataFrame:
    """The rows of a port table that add up with a row: of its year and IP version."""
    rows = frame.filter(year=row["year"])
    return rows.filter(ip_version=row["ip_version"]) if "ip_version" in row else rows


def _belongs(siblings: pl.DataFrame, row: Row) -> pl.Expr:
    """Which rows of a week a row of a port table sums up; a rest is what no other row names."""
    if "ip_version" not in row:
        return _belongs_by_port(siblings, row)
    of_version = pl.col("ip_version") == pl.lit(row["ip_version"])
    if row["level"] == "version":
        return of_version
    return of_version & _belongs_by_port(siblings, row)


def _belongs_by_port(year: pl.DataFrame, row: Row) -> pl.Expr:
    level: str = row["level"]
    protocol: str = row["protocol"]
    port: str = row["port"] or ""
    if level == "protocol":
        named = year.filter(level="protocol")["protocol"].to_list()
        return pl.col("name") == protocol if protocol != "other" else ~pl.col("name").is_in(named)
    inside = pl.col("name") == protocol
    siblings = year.filter(level=level, protocol=protocol)["port"].to_list()
    if port in _CLASSES:
        return inside & _CLASSES[port]
    if level == "class":
        return inside & ~pl.any_horizontal([_CLASSES[name] for name in siblings if name != port])
    if port.isdigit():
        return inside & (pl.col("port") == int(port))
    numbers = [int(name) for name in siblings if name.isdigit()]
    rest = inside & pl.col("port").is_not_null() & ~pl.col("port").is_in(numbers)
    class_name = port.removeprefix("other").strip()
    return rest & _CLASSES[class_name] if class_name else rest


def _bins(volumes: pl.Series) -> dict[int, int]:
    """Number of volumes of a week by bin of 0.05 decades, centred on 10^(k/20) bytes a day."""
    nearest = (20 * (volumes / 7).log10() + 0.5).floor().cast(pl.Int64)
    return dict(nearest.value_counts().iter_rows())


def _mode_places(bins: Mapping[int, int]) -> list[float]:
    """The middle of the hill of the density, as log10 of bytes a day (docs/method.md, rule 7).

    Bins of 0.05 decades, each smoothed by a bell of 0.1 decades to four times its width; the hill
    is where the density is at least 90 % of its top. Several where tops are equal but for the last
    digit.
    """

    def density(place: int) -> float:
        return math.fsum(
            count * math.exp(-((place - center) ** 2) / 8)
            for center, count in bins.items()
            if abs(place - center) <= 8
        )

    heights = {place: density(place) for place in range(min(bins) - 9, max(bins) + 10)}
    highest = max(heights.values())
    found = []
    for top in (place for place, height in heights.items() if height >= highest * (1 - 1e-12)):
        edges = []
        for step in (-1, 1):
            place = top
            while heights[place + step] >= 0.9 * heights[top]:
                place += step
            inside, outside = heights[place], heights[place + step]
            edges.append(place + step * (inside - 0.9 * heights[top]) / (inside - outside))
        found.append(sum(edges) / 2 / 20)
    return found


def _withheld(figures: Mapping[str, object]) -> Expected:
    return {**dict.fromkeys(figures), "status": "withheld"}


def _rounded(figures: Mapping[str, float], steps: Mapping[str, float | None]) -> Expected:
    return {
        **{
            name: value
            if (step := steps.get(name)) is None
            else second_disclosure.rounded(value, step)
            for name, value in figures.items()
        },
        "status": "computed",
    }


def _agree(value: float | str | None, expected: float | str | None) -> bool:
    if isinstance(value, str) or isinstance(expected, str) or value is None or expected is None:
        return value == expected
    return math.isclose(value, expected, rel_tol=TOLERANCE, abs_tol=1e-12)
