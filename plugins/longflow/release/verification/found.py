"""The results of a verification, line by line."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from longflow.errors import LongflowError
from longflow.faults import raise_machine_fault


@dataclass(frozen=True)
class Verified:
    """The result of a verification.

    Attributes:
        problems: one clear line per problem; empty if everything agrees.
        compared: what was compared, in numbers, one line each.
        values: number of values that were rebuilt and compared.
        not_held: what could not be compared, and why, one line each.
        signed: who signed the release, as text.
    """

    problems: tuple[str, ...]
    compared: tuple[str, ...]
    values: int
    not_held: tuple[str, ...] = ()
    signed: str = "unsigned"


@dataclass
class Found:
    """The results so far; `verified` returns all of them."""

    problems: list[str] = field(default_factory=list)
    compared: list[str] = field(default_factory=list)
    not_held: list[str] = field(default_factory=list)
    values: int = 0
    signed: str = "unsigned"

    def verified(self) -> Verified:
        """The complete result."""
        return Verified(
            tuple(self.problems),
            tuple(self.compared),
            self.values,
            tuple(self.not_held),
            self.signed,
        )


def bytes_of(file: Path, name: str, found: Found) -> bytes | None:
    """The bytes of a file; None and a reported problem if it cannot be read.

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
    """An error as one line."""
    if isinstance(error, LongflowError):
        return str(error)
    kind = "" if isinstance(error, duckdb.Error | OSError) else f"{type(error).__name__}: "
    return kind + " ".join(str(error).split())[:300]
