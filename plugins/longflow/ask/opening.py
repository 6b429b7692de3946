"""Open the archive to questions: one snapshot, read-only, locked, with limits."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from longflow.archive.catalogue import catalogue_file, copy_catalogue, data_place
from longflow.archive.data_files import DataFiles
from longflow.archive.lake import Archive, open_archive
from longflow.ask.dictionary import STEP, entries, names, views
from longflow.ask.failures import as_one_line
from longflow.ask.guard import check_question
from longflow.contract.creating import create_table
from longflow.edition.scope import create_functions, population_of_broadband
from longflow.errors import WrongUsageError
from longflow.release.named import named_release
from longflow.release.recorded import read_recorded, recorded_settings
from longflow.settings import Settings
from longflow.sqlfile import identifier, literal, query, sql_root
from longflow.sqlnames import tables_read

# Data that one question may spill to disk.
MOST_SPILLED = "20GB"


@dataclass(frozen=True)
class Questions:
    """The archive at one snapshot, open to questions.

    Attributes:
        snapshot: number of the snapshot.
    """

    snapshot: int
    _archive: Archive
    _files: DataFiles

    def sql(self, question: str) -> duckdb.DuckDBPyRelation:
        """A question as a relation of DuckDB, which runs when its rows are fetched.

        `.pl()` gives a Polars frame, `.df()` one of pandas, `.show()` prints it, and
        `.to_arrow_reader()` streams it.

        Raises:
            LongflowError: it is not one SELECT over the archive, or DuckDB refuses it.
        """
        reads = check_question(question, names())
        self._require_whole(reads)
        with as_one_line():
            return self._archive.connection.sql(question)

    def stop(self) -> None:
        """Interrupt the question that runs, from another thread."""
        self._archive.connection.interrupt()

    def _require_whole(self, reads: set[str]) -> None:
        """Check that the files of tables are there and have their sizes.

        Raises:
            OneLineError: one of them is damaged.
        """
        behind = {name for name in reads if name not in views()}
        for name in reads - behind:
            behind |= {read.lower() for read in tables_read(query(STEP, name))}
        damaged = self._files.damage(
            self._files.chosen(self.snapshot, dict.fromkeys(behind)), read=False
        )
        if damaged:
            raise damaged[0].error(len(damaged) - 1)


@contextmanager
def open_to_ask(
    settings: Settings | str | Path | None = None,
    *,
    snapshot: int | None = None,
    release: str | None = None,
    memory_limit: str | None = None,
) -> Iterator[Questions]:
    """Open the archive to questions.

    Loads go on meanwhile: what they write is not seen, and they wait for no question.

    Args:
        settings: the settings, or their file; by default as for the command line.
        snapshot: the archive as of this snapshot; the newest if omitted.
        release: as of the snapshot that a release was compiled from, by folder or name.
        memory_limit: memory before DuckDB spills to disk; by default that of the settings.

    Raises:
        LongflowError: the archive is empty or damaged, or there is no such snapshot or release.
        WrongUsageError: both a snapshot and a release are named.
    """
    if snapshot is not None and release is not None:
        raise WrongUsageError(
            "a release has a snapshot of its own", remedy="name a snapshot or a release, not both"
        )
    if not isinstance(settings, Settings):
        settings = Settings.load(settings)
    editions = settings
    if release is not None:
        manifest = read_recorded(named_release(settings, release))
        snapshot = int(manifest["archive"]["snapshot"])
        editions = recorded_settings(manifest, settings)
    if memory_limit is not None:
        database = settings.database.model_copy(update={"memory_limit": memory_limit})
        settings = settings.model_copy(update={"database": database})
    # Once as it is, which undoes the commit of a killed writer and finds the snapshot.
    with open_archive(settings, snapshot=snapshot) as archive:
        snapshot = archive.snapshot
    with _copied(settings) as copied, open_archive(copied, snapshot=snapshot) as archive:
        files = DataFiles.read(archive.connection, copied)
        _lay_out(archive.connection, editions)
        _lock(archive.connection, settings)
        yield Questions(snapshot, archive, files)


@contextmanager
def _copied(settings: Settings) -> Iterator[Settings]:
    """Settings that name a copy of the catalogue, so that no question keeps it locked."""
    file = catalogue_file(settings)
    if file is None:
        yield settings
        return
    with tempfile.TemporaryDirectory(prefix="longflow-ask-") as folder:
        copy = Path(folder) / file.name
        copy_catalogue(file, copy)
        places = {"archive_catalogue": f"sqlite:{copy}", "archive_data": data_place(settings)}
        yield settings.model_copy(update=places)


def _lay_out(connection: duckdb.DuckDBPyConnection, editions: Settings) -> None:
    """Create views, macros and dictionary."""
    create_functions(connection)
    connection.execute((sql_root() / STEP / "functions.sql").read_text(encoding="utf-8"))
    for name in views():
        connection.execute(f"CREATE TEMP VIEW {identifier(name)} AS {query(STEP, name)}")
    create_table(connection, STEP, "week_of_edition", weeks_of_editions(editions))
    create_table(connection, STEP, "dictionary", entries())


def weeks_of_editions(settings: Settings) -> Sequence[tuple[object, ...]]:
    """Edition, year, Monday and population of broadband of each analysis week in the settings."""
    return [
        (number, year, monday, population_of_broadband(edition, year))
        for number, edition in sorted(settings.editions.items())
        for year, monday in sorted(edition.analysis_weeks.items())
    ]


def _lock(connection: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Let DuckDB reach nothing but the archive's data files, whatever it is asked."""
    data = Path(data_place(settings)).absolute()
    for statement in (
        # Rows come in the order that the question states.
        "SET preserve_insertion_order = true",
        f"SET max_temp_directory_size = {literal(MOST_SPILLED)}",
        f"SET allowed_directories = [{literal(f'{data}/')}]",
        # Names of tables are no variables of Python.
        "SET python_enable_replacements = false",
        "SET enable_external_access = false",
        "SET lock_configuration = true",
    ):
        connection.execute(statement)
