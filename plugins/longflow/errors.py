"""Errors that end in one clear line with file, place and remedy: a user's, and the machine's."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


class OneLineError(Exception):
    """An error that is reported in one line, without a traceback.

    Args:
        what: what is wrong, a clause without a full stop.
        file: the file, folder or URL in which it was found.
        place: where in it: a line, a column, a byte offset, a setting's name.
        remedy: what the user can do about it.
    """

    def __init__(
        self,
        what: str,
        *,
        file: str | Path | None = None,
        place: str | None = None,
        remedy: str | None = None,
    ) -> None:
        self.what = what
        self.file = None if file is None else str(file)
        self.place = place
        self.remedy = remedy
        super().__init__(str(self))

    def __str__(self) -> str:
        """One line: `file: place: what; remedy`."""
        head = ": ".join(part for part in (self.file, self.place) if part)
        line = f"{head}: {self.what}" if head else self.what
        if self.remedy:
            line = f"{line}; {self.remedy}"
        return " ".join(line.split())

    @property
    def lines(self) -> tuple[str, ...]:
        """What to print, one whole line each."""
        return (str(self),)


class LongflowError(OneLineError):
    """Something a user can cause and fix: an input, a setting, an argument."""


class WrongUsageError(LongflowError):
    """The request makes no sense, whatever the input: the command ends with status 2."""


class MachineError(OneLineError):
    """A fault of disk, memory, permissions or network: a retry may work once it is fixed.

    Not a `LongflowError`, so that nothing mistakes it for a fault of a delivery.
    """


class CollectedError(LongflowError):
    """Several things that a user can fix, all at once; its text has a line for each.

    `what`, `file`, `place` and `remedy` are those of the first.
    """

    def __init__(self, errors: Sequence[LongflowError]) -> None:
        self.errors = tuple(errors)
        first = self.errors[0]
        super().__init__(first.what, file=first.file, place=first.place, remedy=first.remedy)

    def __str__(self) -> str:
        """A line each."""
        return "\n".join(self.lines)

    def __reduce__(self) -> tuple[type[CollectedError], tuple[tuple[LongflowError, ...]]]:
        """How pickle restores it."""
        return (CollectedError, (self.errors,))

    @property
    def lines(self) -> tuple[str, ...]:
        """A whole line for each error."""
        return tuple(str(error) for error in self.errors)
