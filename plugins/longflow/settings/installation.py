"""Sections about the machine: memory, threads, and what runs left behind."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from longflow.settings.section import Kind, Section, shown, wrong
from longflow.settings.sizes import size_bytes

_LEAST_BYTES = 50 * 10**6
_MOST_BYTES = 64 * 10**12


def amount_of_memory(value: str) -> str:
    """An amount of memory, as DuckDB writes it.

    Raises:
        WrongSettingError: it is none, or out of bounds.
    """
    size = size_bytes(value)
    if size is None:
        raise wrong(
            f"{shown(value)} is not an amount of memory", "write a number and a unit, like 1GB"
        )
    if not _LEAST_BYTES <= size <= _MOST_BYTES:
        raise wrong(f"{shown(value)} is not between 50MB and 64TB", "write one like 1GB")
    return value


class DatabaseSettings(Section):
    """Limits of each DuckDB connection."""

    memory_limit: Annotated[str, AfterValidator(amount_of_memory), Kind("amount of memory")] = "1GB"
    """Memory of a connection before it spills to disk: a number with kB, MB, GB, TB (powers of
    1000) or KiB, MiB, GiB, TiB (powers of 1024)."""
    threads: Annotated[int, Field(ge=1, le=256)] = 2
    """Threads of a connection, and number of processes that stage nfcapd files."""


class TidySettings(Section):
    """When longflow removes the files that an unfinished run left behind."""

    # A failed task can be cleared, and its run go on, for as long.
    after_days: Annotated[float, Field(gt=0, le=3_650)] = 7
    """Days without a write after which the files of an unfinished Airflow run, or of a run on
    another host, are removed."""
