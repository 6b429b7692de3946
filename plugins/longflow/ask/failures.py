"""Errors of questions, each in one line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb
import pyarrow

from longflow.ask.guard import PLACE
from longflow.errors import LongflowError

_MEMORY = "Out of Memory Error"
# DuckDB puts the kind of error in front, and an excerpt of the question with a mark behind.
_KIND = re.compile(r"^(?:[A-Z][A-Za-z]*(?: [A-Za-z]+)*? Error): ")
_EXCERPT = re.compile(r"\n\s*\nLINE \d+:.*", re.DOTALL)
_CANDIDATES = re.compile(r"\n\tCandidate functions:.*", re.DOTALL)


@contextmanager
def as_one_line() -> Iterator[None]:
    """Report what DuckDB says about a question in one line.

    Faults of files and disk are left to whoever has opened the archive.

    Raises:
        LongflowError: the question is wrong, or needs more memory than it may have.
    """
    try:
        yield
    except (duckdb.Error, OSError, pyarrow.ArrowException) as error:
        line = _line(error)
        if line is None:
            raise
        raise line from None


def _line(error: Exception) -> LongflowError | None:
    text = str(error)
    if _MEMORY in text:
        return LongflowError(
            "it needs more memory, or more space to spill, than it may have",
            place=PLACE,
            remedy="ask for fewer weeks or columns, or raise --memory-limit",
        )
    if isinstance(error, duckdb.InternalException | duckdb.FatalException):
        return None
    if isinstance(error, duckdb.IOException | duckdb.SerializationException):
        return None
    if not isinstance(error, duckdb.Error):
        # Arrow passes on DuckDB's text of an error that comes between rows.
        if not _KIND.match(text) or text.startswith("IO Error"):
            return None
    elif type(error) is duckdb.Error:
        return None
    said = _CANDIDATES.sub("", _EXCERPT.sub("", text))
    return LongflowError(
        _KIND.sub("", said).replace("\n", " ").strip().rstrip("!."),
        place=PLACE,
        remedy="correct the SQL; FROM dictionary lists tables, columns and macros",
    )
