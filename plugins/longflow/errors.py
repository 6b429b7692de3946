"""The one kind of error that a user can cause: a clear line with file, place and remedy."""

from __future__ import annotations

from pathlib import Path


class LongflowError(Exception):
    """Something a user can cause and can mend.

    Args:
        what: what is wrong, a clause without a full stop.
        file: the file or folder (or URL) in which it was found.
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
