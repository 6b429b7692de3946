"""What a verification finds, line by line."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from longflow.errors import LongflowError
from longflow.faults import raise_machine_fault


@dataclass(frozen=True)
class Verified:
    """What a verification found.

    Attributes:
        problems: what is wrong, a clear line each; empty when everything agrees.
        compared: what was compared, in numbers, a line each.
        values: number of values that were rebuilt and compared.
        not_held: what could not be compared, and why, a line each.
        signed: who signed the release, for people.
    """

    problems: tuple[str, ...]
    compared: tuple[str, ...]
    values: int
    not_held: tuple[str, ...] = ()
    signed: str = "unsigned"


@dataclass
class Found:
    """What is found so far; `verified` is all of it."""

    problems: list[str] = field(default_factory=list)
    compared: list[str] = field(default_factory=list)
    not_held: list[str] = field(default_factory=list)
    values: int = 0
    signed: str = "unsigned"

    def verified(self) -> Verified:
        """What was found, when everything was looked at."""
        return Verified(
            tuple(self.problems),
            tuple(self.compared),
            self.values,
            tuple(self.not_held),
            self.signed,
        )


def bytes_of(file: Path, name: str, found: Found) -> bytes | None:
    """The bytes of a file; None, and a problem, where it cannot be read.

    Raises:
        MachineError: the disk failed, which says nothing about the file.
    """
    try:
        return file.read_bytes()
    except OSError as error:
        raise_machine_fault(error)
        found.problems.append(f"{name}: cannot be read: {error.strerror}")
        return None


def one_line(error: Exception) -> str:
    """An error for people, in one line."""
    if isinstance(error, LongflowError):
        return str(error)
    kind = "" if isinstance(error, duckdb.Error | OSError) else f"{type(error).__name__}: "
    return kind + " ".join(str(error).split())[:300]
