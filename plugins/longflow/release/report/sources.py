"""Where a printed number comes from: formula, weeks or months, coverage, counts, error and status.

Nothing here names a source, an exporter or a file, and only numbers that the data files hold are
given.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from longflow.edition import CompiledEdition
from longflow.edition.tables import by_service, is_drawn, promise_of, publication_of
from longflow.release.bars import Bars
from longflow.release.report.table import SourceKind, SourceLine
from longflow.texts import Wording

Fields = Mapping[str, Any]


@dataclass(frozen=True)
class Sources:
    """What is known of where the numbers of an edition come from."""

    compiled: CompiledEdition
    words: Wording
    bars: Bars
    _known: dict[tuple[str, ...], tuple[SourceLine, ...]] = field(default_factory=dict)

    def say(self, key: str, /, **values: object) -> str:
        """The text of a key of `report`."""
        return self.words.text(f"report.{key}", **values)

    def of(self, table: str, row: Fields, column: str) -> tuple[SourceLine, ...]:
        """Where a figure of a row comes from, in the order of printing."""
        status = row.get("status", "computed")
        if status == "withheld":
            minimum = self.compiled.settings.minimum_subscribers
            return (SourceLine("status", self.say("source.withheld", minimum=minimum)),)
        if status == "published":
            return (SourceLine("status", self.say("source.published")),)
        return (
            *self._error(table, row, column),
            self._formula(table, row, column),
            *self._periods(row),
            *self._coverage(table, row),
            *self._counts(table, row),
            SourceLine("status", self.say("source.computed")),
        )

    def of_coverage(self, row: Fields) -> tuple[SourceLine, ...]:
        """Where the coverage of a row comes from."""
        return (SourceLine("formula", self.say("source.coverage_formula")), *self._periods(row))

    def of_repeated(self, number: str, year: int) -> tuple[SourceLine, ...]:
        """Where a figure comes from that repeats one of another table, of that number."""
        text = self.say("source.repeated", table=number)
        return (SourceLine("formula", text), *self._lines_of((str(year),)))

    def of_differences(self, year: int) -> tuple[SourceLine, ...]:
        """Where the differences of the weeks around a year's analysis week come from."""
        text = self.say("source.differences")
        return (SourceLine("formula", text), *self._lines_of((str(year),)))

    def _formula(self, table: str, row: Fields, column: str) -> SourceLine:
        key = {name: row[name] for name in promise_of(table).key}
        text = self.words.formula(table, column, key)
        return SourceLine("formula", text)

    def _error(self, table: str, row: Fields, column: str) -> Iterator[SourceLine]:
        found = self.bars.row_of(table, column, row)
        if found is None:
            return
        if found["low"] is None:
            yield SourceLine("error", self.say(f"source.reasons.{found['reason']}"))
            return
        low, high = self.bars.ends(found)
        yield SourceLine("error", self.say("source.interval", low=low, high=high))

    def _periods(self, row: Fields) -> tuple[SourceLine, ...]:
        """The weeks, or months, that a row is about."""
        if "week" in row:
            weeks = [self.words.week(row["week"])]
            return (SourceLine("weeks", self.say("source.list", items=weeks)),)
        if "period" in row:
            return (SourceLine("months", self.say("source.list", items=[self._twelve(row)])),)
        return self._lines_of(tuple(str(row[of]) for of in ("year", "from", "to") if of in row))

    def _twelve(self, row: Fields) -> str:
        """The twelve months that end with the growth month of a year, in words."""
        year, month = row["year"], self.compiled.settings.growth_month
        first = f"{year}-01" if month == 12 else f"{year - 1}-{month + 1:02}"
        return self.words.text("phrases.stretch", first=first, last=f"{year}-{month:02}")

    def _lines_of(self, periods: tuple[str, ...]) -> tuple[SourceLine, ...]:
        """The lines about some years and months, worded once: most rows share theirs."""
        if periods not in self._known:
            weeks = {
                str(year): week for year, week in self.compiled.settings.analysis_weeks.items()
            }
            each = dict.fromkeys(periods)
            named: dict[SourceKind, list[str]] = {
                "weeks": [self.words.week(weeks[period]) for period in each if period in weeks],
                "months": [self.words.month(period) for period in each if len(period) > 4],
            }
            self._known[periods] = tuple(
                SourceLine(kind, self.say("source.list", items=items))
                for kind, items in named.items()
                if items
            )
        return self._known[periods]

    def _coverage(self, table: str, row: Fields) -> Iterator[SourceLine]:
        """The coverage of the row, of the distribution that it is of, or of its months."""
        percent = row.get("coverage_percent")
        if percent is None and "service" in row:
            of_service = self._same_source.get(table, {}).get(row["service"])
            of_years = self.compiled.coverage_percent.get(of_service or "", {})
            of_months = self.compiled.coverage_percent.get(f"growth {row['service']}", {})
            known = {**of_years, **of_months}
            periods = [str(row[name]) for name in ("year", "from", "to") if name in row]
            percent = min((known[period] for period in periods if period in known), default=None)
        if percent is not None:
            yield SourceLine("coverage", self.say("source.percent", percent=percent))

    @cached_property
    def _same_source(self) -> Mapping[str, Mapping[str, str]]:
        """By table the table of one service that draws on the same source, by service."""
        return {
            table: {
                service: of
                for source in publication_of(table).drawn_from
                for of, service in by_service(source).items()
                if not is_drawn(of)
            }
            for table in self.compiled.tables
        }

    def _counts(self, table: str, row: Fields) -> Iterator[SourceLine]:
        """How many consumers, hours and packets stand behind a row, as far as it is published."""
        if (population := row.get("population")) is not None:
            yield SourceLine("counts", self.say("source.population", population=population))
        counted = self._consumers.get(self._distribution(table, row))
        if counted is not None:
            yield SourceLine("counts", self.say("source.counted", count=counted))
        if row.get("hours") is not None:
            yield SourceLine("counts", self.say("source.hours", count=row["hours"]))

    @staticmethod
    def _distribution(table: str, row: Fields) -> tuple[Any, Any, Any] | None:
        publication = publication_of(table)
        if "subscribers" not in publication.drawn_from:
            return None
        return (row.get("year"), publication.service or row.get("service"), row.get("direction"))

    @cached_property
    def _consumers(self) -> Mapping[tuple[Any, Any, Any] | None, int]:
        """Numbers of counted consumers, if the edition publishes them."""
        totals = self.compiled.tables.get("totals")
        if totals is None:
            return {}
        columns = totals.select("year", "service", "direction", "counted_subscribers")
        return {(year, service, way): count for year, service, way, count in columns.iter_rows()}
