"""Reasons that people give, which are recorded and printed."""

from __future__ import annotations

from longflow.errors import WrongUsageError

_MOST_CHARACTERS = 1_000


def checked_reason(text: str) -> str:
    """A reason as it is recorded: one line, without surrounding blanks.

    Raises:
        WrongUsageError: it is empty, of several lines, or longer than 1,000 characters.
    """
    if not text.strip():
        raise WrongUsageError("the reason is empty", remedy="write why")
    if len(text) > _MOST_CHARACTERS or not text.isprintable():
        raise WrongUsageError(
            "the reason is not a single line of text",
            remedy=f"write one line of at most {_MOST_CHARACTERS:,} characters",
        )
    return text.strip()
