"""Hold a release against itself made anew: compiled from its snapshot by the code at hand."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

from longflow.archive import Archive, open_archive
from longflow.edition import CompiledEdition, compile_edition, scope
from longflow.edition.scope import protocol_names
from longflow.errors import LongflowError
from longflow.faults import raise_machine_fault
from longflow.release import changes, files
from longflow.release.differences import (
    Difference,
    json_differences,
    line_difference,
    table_differences,
)
from longflow.release.found import Found, bytes_of, one_line
from longflow.release.manifest import (
    build_manifest,
    code_at_hand,
    content_digest,
    csv_bytes,
    parquet_bytes,
    settings_part,
)
from longflow.release.recorded import recorded_settings
from longflow.release.report import render_report
from longflow.release.second_way import SecondWay, without_method
from longflow.release.writer import Writer
from longflow.settings import Settings

REPORT = "report.html"

# What of a manifest comes from archive and settings, whichever version writes it. The rest is
# wording, and what only the version that wrote it can give again.
_FACTS = {
    *("edition", "title", "provider", "release", "archive", "inputs"),
    *("published_figures", "coverage_percent", "settings"),
}


class Check:
    """One release with a whole manifest, held against what it should be."""

    def __init__(
        self,
        settings: Settings,
        release: Path,
        manifest: dict[str, Any],
        listed: set[str],
        found: Found,
    ) -> None:
        self.settings = settings
        self.release = release
        self.manifest = manifest
        self.listed = listed
        self.found = found
        self.writer = Writer(manifest["code"], code_at_hand())
        self.recorded = recorded_settings(manifest, settings)

    def run(self) -> None:
        """Compare everything; what was found is in `found`."""
        found, manifest = self.found, self.manifest
        found.problems += self.writer.problems
        self._check_place()
        self._check_settings()
        stored = self._stored_tables([table["id"] for table in manifest["tables"]])
        snapshot = manifest["archive"]["snapshot"]
        try:
            reads = scope.reads(self.recorded.edition(manifest["edition"]))
            with open_archive(self.recorded, snapshot=snapshot, reads=reads) as archive:
                compiled = compile_edition(self.recorded, manifest["edition"], archive)
                self._check_against(compiled, stored)
                self._check_second_way(archive, stored, compiled.tables)
        except MemoryError:
            raise
        except Exception as error:  # what a forged manifest asks for can fail anywhere
            raise_machine_fault(error)
            found.problems.append(f"it cannot be rebuilt from the archive: {one_line(error)}")
            found.not_held.append(
                "tables, manifest, changes and report: only checksums were held, and that CSV and"
                " Parquet files say the same"
            )
            for table, frame in stored.items():
                self._check_csv(table, frame, "the Parquet file gives")

    def _check_place(self) -> None:
        """A release lies under its own name, and in the folder of its edition."""
        name, edition = files.name_of(self.release.resolve()), self.release.resolve().parent.name
        if name != self.manifest["release"]:
            self.found.problems.append(
                f"{files.MANIFEST}: release: {self.manifest['release']}, but the folder is {name}"
            )
        if edition.isdigit() and edition != str(self.manifest["edition"]):
            self.found.problems.append(
                f"{files.MANIFEST}: edition: {self.manifest['edition']}, but the folder is that of"
                f" {edition}"
            )

    def _check_settings(self) -> None:
        """Title, provider, weeks and rules are those of the settings file that was used."""
        recorded = self.manifest["settings"]["sha256"]
        is_used = files.sha256(self.settings.file.read_bytes()) == recorded
        differing = self._differences_to(self.settings)
        if is_used and differing:
            # The settings in hand can be other than their file; the file is what is recorded.
            differing = self._differences_to(Settings.load(self.settings.file))
        if is_used:
            self.found.problems += [
                line.line(files.MANIFEST, "the settings give") for line in differing
            ]
            return
        places = ", ".join(".".join(line.place) for line in differing[:5])
        self.found.not_held.append(
            "settings: the file at hand is not the one that was used; title, provider, weeks and"
            " rules are as the manifest says"
            + (f"; they differ in {places}" if places else " and the same in the file at hand")
        )

    def _differences_to(self, settings: Settings) -> list[Difference]:
        """Where the manifest says something else of the settings than these do."""
        edition = settings.editions.get(self.manifest["edition"])
        if edition is None:
            year = str(self.manifest["edition"])
            return [Difference(("edition",), year, "no such edition", is_absent=False)]
        part = settings_part(settings, edition)
        recorded = {name: self.manifest["settings"][name] for name in part}
        return list(
            json_differences(
                {
                    "title": self.manifest["title"],
                    "provider": self.manifest["provider"],
                    "settings": recorded,
                },
                {"title": edition.title, "provider": settings.provider.name, "settings": part},
            )
        )

    def _stored_tables(self, tables: list[str]) -> dict[str, pl.DataFrame]:
        stored = {}
        for table in tables:
            file = self.release / "tables" / f"{table}.parquet"
            if not file.is_file():
                continue
            try:
                stored[table] = pl.read_parquet(file, hive_partitioning=False)
            except (OSError, pl.exceptions.PolarsError) as error:
                raise_machine_fault(error)
                self.found.problems.append(
                    f"tables/{table}.parquet: cannot be read: {one_line(error)}"
                )
        return stored

    def _check_against(self, compiled: CompiledEdition, stored: dict[str, pl.DataFrame]) -> None:
        """Hold every file against what the archive gives."""
        found, tables = self.found, compiled.tables
        stored |= self._stored_tables([table for table in tables if table not in stored])
        self._check_names(tables)
        for table, frame in stored.items():
            if table not in tables:
                self._unless_of_another(f"tables/{table}", "the archive gives no such table")
                continue
            found.values += frame.height * frame.width
            self._check_table(table, frame, tables[table])
        rebuilt = build_manifest(
            self.recorded,
            compiled,
            release=self.manifest["release"],
            code=self.manifest["code"],
            settings_sha256=self.manifest["settings"]["sha256"],
        )
        moved = self._moved(tables, rebuilt)
        if "changes" in self.manifest:
            rebuilt["changes"] = self.manifest["changes"] if moved is None else moved.summary()
        self._check_manifest(rebuilt)
        held = [files.MANIFEST]
        if moved is not None:
            held += self._check_text(
                changes.CHANGES, files.json_bytes(moved.content()), "the two releases give"
            )
        told = moved if moved is not None else self._told_changes()
        if told is not None:
            rebuilt["changes"] = told.summary()
            report = render_report(compiled, rebuilt, told).encode()
            held += self._check_text(REPORT, report, "its tables and manifest give")
        found.compared.append(
            f"{found.values} values of {len(stored)} tables against the archive, rebuilt, and"
            f" {', '.join(held)}"
        )

    def _unless_of_another(self, name: str, what: str) -> None:
        """A problem of a release of this version; of another one it can be right."""
        if self.writer.is_this:
            self.found.problems.append(f"{name}: {what}")
        else:
            self.found.not_held.append(f"{name}: {what}; {self.writer} wrote it")

    def _check_names(self, tables: Mapping[str, pl.DataFrame]) -> None:
        """A release holds these files and no others, whatever its list of checksums says."""
        of_tables = {f"tables/{table}.{kind}" for table in tables for kind in ("csv", "parquet")}
        expected = {files.MANIFEST, changes.CHANGES, REPORT, *of_tables}
        if not self.writer.is_this:
            expected -= of_tables
            expected |= {
                f"tables/{table['id']}.{kind}"
                for table in self.manifest["tables"]
                for kind in ("csv", "parquet")
            }
        present = set(files.files_of(self.release))
        self.found.problems += [
            f"{name}: is missing" for name in sorted(expected - present - self.listed)
        ]
        self.found.problems += [
            f"{name}: is no file of a release"
            for name in sorted((present & self.listed) - expected)
        ]

    def _check_table(self, table: str, stored: pl.DataFrame, rebuilt: pl.DataFrame) -> None:
        found = self.found
        if not self.writer.is_this and stored.columns != rebuilt.columns:
            common = [name for name in stored.columns if name in rebuilt.columns]
            others = sorted(set(stored.columns) ^ set(rebuilt.columns))
            found.not_held.append(
                f"tables/{table}: columns that one of the versions does not have:"
                f" {', '.join(others)}; {self.writer} wrote it"
            )
            found.problems += table_differences(
                table, stored.select(common), rebuilt.select(common)
            )
            self._check_csv(table, stored, "the Parquet file gives")
            return
        differing = table_differences(table, stored, rebuilt)
        found.problems += differing
        if not differing and self.writer.packs_the_same:
            name = f"tables/{table}.parquet"
            data = bytes_of(self.release / name, name, found)
            if data is not None and data != parquet_bytes(rebuilt):
                found.problems.append(f"{name}: holds more than the values of the table")
        self._check_csv(table, rebuilt, "the archive gives")

    def _check_csv(self, table: str, frame: pl.DataFrame, source: str) -> None:
        name = f"tables/{table}.csv"
        if (self.release / name).is_file():
            data = bytes_of(self.release / name, name, self.found)
            if data is not None and data != csv_bytes(frame):
                self.found.problems.append(f"{name}: does not hold what {source}")

    def _check_manifest(self, rebuilt: dict[str, Any]) -> None:
        wording = set()
        csv = [name for name in files.files_of(self.release) if name.endswith(".csv")]
        for difference in json_differences(self.manifest, rebuilt):
            if self.writer.is_this or self._is_fact(difference):
                self.found.problems.append(difference.line(files.MANIFEST, "the archive gives"))
            else:
                wording.add(difference.place[0])
        if self.writer.is_this:
            return
        self._say_who(sorted(wording))
        # Format 1 counted revisions of loads among what is published.
        if self.manifest["format"] == rebuilt["format"]:
            digests = {name: files.sha256((self.release / name).read_bytes()) for name in csv}
            if content_digest(self.manifest, digests) != self.manifest["content_sha256"]:
                self.found.problems.append(
                    f"{files.MANIFEST}: content_sha256: not the digest of what the release tells"
                )

    @staticmethod
    def _is_fact(difference: Difference) -> bool:
        """Whether a place of the manifest must hold the same whichever version wrote it."""
        place = difference.place
        # A version may add a column to what it records of loads, and a table with its coverage.
        is_whole_entry = len(place) <= {"inputs": 2, "published_figures": 2}.get(place[0], 1)
        return place[0] in _FACTS and (not difference.is_absent or is_whole_entry)

    def _say_who(self, wording: list[str]) -> None:
        queries = self.writer.differing_queries
        parts = [f"{files.MANIFEST} ({', '.join(wording)})"] if wording else []
        parts += [f"{queries} digests of SQL"] if queries else []
        if parts:
            self.found.not_held.append(
                f"{', '.join(parts)}: only {self.writer}, which wrote it, can tell"
            )

    def _moved(
        self, tables: Mapping[str, pl.DataFrame], rebuilt: dict[str, Any]
    ) -> changes.Changes | None:
        """What moved since the release that this one was compared with; None if it is gone."""
        told = self.manifest.get("changes")
        if told is None:
            self.found.not_held.append(f"{changes.CHANGES}: {self.writer} wrote none")
            return None
        folder = files.edition_folder(self.release, self.settings.var, self.manifest["edition"])
        former = None if told["compared_with"] is None else folder / told["compared_with"]
        if former is None:
            older = [
                release.name
                for release in files.releases(folder)
                if release.name < self.manifest["release"]
            ]
            if older:
                self.found.problems.append(
                    f"{files.MANIFEST}: changes.compared_with: None, but there was {older[-1]}"
                )
        elif not former.is_dir():
            self.found.not_held.append(
                f"{changes.CHANGES}: the release {former.name}, with which this one was compared,"
                " is gone"
            )
            return None
        try:
            if former is not None:
                _require_intact(former)
            moved = changes.compare(former, tables, rebuilt)
        except (LongflowError, OSError) as error:
            raise_machine_fault(error)
            self.found.not_held.append(f"{changes.CHANGES}: {one_line(error)}")
            return None
        if not moved.stopping:
            return moved
        if told["accepted"] is None:
            self.found.problems.append(
                f"{changes.CHANGES}: values of closed years moved beyond their error, and no reason"
                " is given"
            )
            return moved
        return changes.accept(moved, self.manifest["edition"], told["accepted"])

    def _told_changes(self) -> changes.Changes | None:
        """What the release itself says of what moved: its report must say the same."""
        try:
            content = json.loads((self.release / changes.CHANGES).read_bytes())
            told = changes.Changes.read(content)
            same = told.summary() == self.manifest.get("changes") and content == json.loads(
                files.json_bytes(told.content())
            )
        except OSError:
            return None
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            self._unless_of_another(changes.CHANGES, "it is not what was written")
            return None
        if not same:
            self._unless_of_another(changes.CHANGES, f"it does not agree with {files.MANIFEST}")
        return told

    def _check_text(self, name: str, expected: bytes, source: str) -> list[str]:
        """Compare a file byte by byte; returns its name where it agrees."""
        if any(line.startswith(f"{name}: ") for line in self.found.problems):
            return []
        data = bytes_of(self.release / name, name, self.found)
        if data is None:
            return []
        if data == expected:
            return [name]
        if self.writer.is_this:
            self.found.problems.append(line_difference(name, data, expected, source))
        else:
            self.found.not_held.append(
                f"{name}: this version writes it otherwise; only {self.writer}, which wrote it, can"
                " tell"
            )
        return []

    def _check_second_way(
        self,
        archive: Archive,
        stored: Mapping[str, pl.DataFrame],
        rebuilt: Mapping[str, pl.DataFrame],
    ) -> None:
        """Work the figures out by a second way: the published ones, where they have their rows."""
        edition = self.recorded.edition(self.manifest["edition"])
        way = SecondWay(
            files_of=cache(archive.files),
            snapshot=archive.snapshot,
            weeks=edition.analysis_weeks,
            minimum_subscribers=edition.minimum_subscribers,
            time_zone=self.recorded.provider.time_zone,
            protocols=protocol_names(),
        )
        tables = {
            table: stored[table] if table in stored and _rows_agree(stored[table], frame) else frame
            for table, frame in rebuilt.items()
        }
        try:
            counts, problems = way.compare(tables)
        except (ArithmeticError, LookupError, ValueError, TypeError) as error:
            # No value of the archive leads there: those that do were named cell by cell.
            if all(tables[table] is rebuilt[table] for table in tables) or not self.found.problems:
                raise
            self.found.not_held.append(f"the published values by a second way: {one_line(error)}")
            counts, problems = way.compare(rebuilt)
        self.found.problems += problems
        self.found.not_held += [
            f"tables/{table}: no second way works its figures out"
            for table in without_method(rebuilt)
        ]
        numbers = ", ".join(f"{table} {count}" for table, count in counts.items())
        self.found.compared.append(
            f"{sum(counts.values())} figures by a second way, plain Polars over the archive's"
            f" files: {numbers}"
        )


def _rows_agree(stored: pl.DataFrame, rebuilt: pl.DataFrame) -> bool:
    """Whether a table has the rows of the other one, and differs in values of figures alone."""
    if stored.schema != rebuilt.schema or stored.height != rebuilt.height:
        return False
    texts = [name for name, kind in rebuilt.schema.items() if not kind.is_float()]
    return stored.select(texts).equals(rebuilt.select(texts)) and stored.select(
        pl.all().is_null()
    ).equals(rebuilt.select(pl.all().is_null()))


def _require_intact(release: Path) -> None:
    """Raises LongflowError where a file of a release is not the one of its list of checksums."""
    for name, digest in files.checksums(release).items():
        file = release / name
        if not file.is_file() or files.sha256(file.read_bytes()) != digest:
            raise LongflowError("it is not what was released", file=file)
